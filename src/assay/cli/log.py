"""`assay log`: show the store's log, check every byte of the store, watch a log."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.errors import UsageError
from assay.evidence.note import VerifierKey
from assay.workflow.keeping.evidence import check_store, show_log
from assay.workflow.keeping.trust import trust_of
from assay.workflow.keeping.witnessing import Watched, watch

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("log")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in (
        ("show", "the newest signed checkpoint"),
        ("fsck", "check log, receipts, signatures and stored bytes; exit code 3 where one does not hold"),
        ("watch", "hold the checkpoint and its cosignatures against the last seen; exit code 3 for a fork or rollback"),
    ):
        store_options(sub.add_parser(verb, help=text, description=text))
    watched = sub.choices["watch"]
    watched.add_argument("--memory", type=Path, required=True, metavar="FILE", help="where the last one seen is kept")
    watched.add_argument("--every", type=float, metavar="SECONDS", help="again and again until interrupted")
    watched.add_argument("--log", type=Path, metavar="DIR", help="a log's folder without a store; then also --key")
    watched.add_argument("--key", metavar="VKEY", help="the log's key")
    watched.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a known witness (repeatable)")
    watched.add_argument(
        "--threshold", type=int, metavar="N", help="how many must have cosigned (default: the policy's)"
    )


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    if args.verb == "watch":
        return _watch(args)
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
        counts = f"{found['entries']} entries, {found['statements']} statements, {found['erased']} erased"
        print(f"{counts}, {len(found['problems'])} problems")
    return 3 if found["problems"] else 0


def _watch(args: argparse.Namespace) -> int:
    watched = _watched(args)
    while True:
        found = watch(watched, args.memory)
        if args.format == "json":
            write_json(found)
        else:
            by = f", cosigned at {found['cosigned']:,} by {', '.join(found['witnesses'])}" if found["witnesses"] else ""
            print(f"{found['size']:,} entries, {found['size'] - found['before']:,} new, consistent{by}", flush=True)
        if args.every is None:
            return 0
        time.sleep(args.every)


def _watched(args: argparse.Namespace) -> Watched:
    if args.log is not None:
        if not args.key:
            raise UsageError("E0525", "a log without a store needs its key", expected="--key VKEY")
        witnesses = tuple(map(VerifierKey.parse, args.witness))
        return Watched(args.log, VerifierKey.parse(args.key), witnesses, args.threshold or 0)
    store = wanted_store(args)
    policy = trust_of(store).policy
    witnesses = (*policy.witness_keys(), *map(VerifierKey.parse, args.witness))
    threshold = policy.log.threshold if args.threshold is None else args.threshold
    return Watched(store.log, store.log_key, witnesses, threshold)
