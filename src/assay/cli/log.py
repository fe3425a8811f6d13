"""`assay log`: show the store's log, check every byte of the store."""

from __future__ import annotations

import argparse

from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.workflow.evidence import check_store, show_log

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("log")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in (
        ("show", "the newest signed checkpoint"),
        ("fsck", "check log, receipts, signatures and stored bytes; exit code 3 where one does not hold"),
    ):
        store_options(sub.add_parser(verb, help=text, description=text))


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    store = wanted_store(args)
    if args.verb == "show":
        shown = show_log(store)
        if args.format == "json":
            write_json(shown)
        else:
            print(f"log key    {shown['key']}\nentries    {shown['size']}\nroot       {shown['root']}\n")
            print(shown["checkpoint"], end="")
        return 0
    found = check_store(store)
    if args.format == "json":
        write_json(found)
    else:
        for text in found["problems"]:
            print(f"problem   {text}")
        for text in found["leftovers"]:
            print(f"leftover  {text}")
        print(f"{found['entries']} entries, {found['statements']} statements, {len(found['problems'])} problems")
    return 3 if found["problems"] else 0
