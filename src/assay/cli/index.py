"""`assay index`: rebuild the store's index from its files, and ask it for facts."""

from __future__ import annotations

import argparse

from assay.cli.clock import today
from assay.cli.init import store_options, wanted_store
from assay.cli.options import clock_options, examples, write_json
from assay.workflow.answers.ask import parse_date
from assay.workflow.keeping.indexing import facts_in_index, rebuild_index

__all__ = ["add", "run"]

_COLUMNS = ("supplier", "product", "operator", "attribute")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("index")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    store_options(sub.add_parser("rebuild", help="write the SQLite index anew from the store's files"))
    facts = sub.add_parser("facts", help="facts out of the store that hold on a day as known at another")
    clock_options(facts)
    for name in _COLUMNS:
        facts.add_argument(f"--{name}", default="", help="of this one only")
    store_options(facts)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    store = wanted_store(args)
    if args.verb == "rebuild":
        made = rebuild_index(store)
        if args.format == "json":
            write_json(made)
        else:
            print(f"{made['records']:,} statements, {made['facts']:,} facts, {made['ended']:,} ended: {made['index']}")
        return 0
    on = parse_date(args.on, "--on") if args.on else today()
    known = parse_date(args.known_at, "--known-at") if args.known_at else today()
    wanted = [(name, value) for name in _COLUMNS if (value := getattr(args, name))]
    found = facts_in_index(store, on, known, wanted)
    if args.format == "json":
        write_json(found)
        return 0
    for row in found["facts"]:
        subject = " ".join(filter(None, (row["supplier"], row["product"], row["operator"])))
        print(f"{row['id']}  {subject}  {row['attribute']} = {row['value']}  from {row['valid_from'] or 'always'}")
    print(f"{len(found['facts']):,} facts")
    return 0
