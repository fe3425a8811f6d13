"""`assay outlook`: one supplier in all jurisdictions and network parts on one date."""

from __future__ import annotations

import argparse
import csv
import sys

from assay.cli.options import asked_dates, clock_options, examples, law_options, paint, write_json
from assay.cli.shelf import wanted_shelf
from assay.reports.outlook import outlook_cells, render_outlook
from assay.workflow.answers.ask import parse_assumptions
from assay.workflow.answers.outlook import COLUMNS, outlook

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("outlook")
    parser.add_argument("--supplier", required=True, help="name or id")
    parser.add_argument(
        "--activity", default="purchase", help="purchase, install, operate, maintain or supply-components"
    )
    clock_options(parser)
    law_options(parser)
    parser.add_argument("--format", choices=("human", "json", "csv"), default="human")


def run(args: argparse.Namespace) -> int:
    """Ask everywhere and show."""
    on, known = asked_dates(args)
    found = outlook(
        args.supplier, args.activity, on, known, laws=tuple(args.laws), facts=args.facts,
        assumptions=parse_assumptions(args.assume), shelf=wanted_shelf(args),
    )  # fmt: skip
    if args.format == "json":
        write_json(found)
    elif args.format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(outlook_cells(found, COLUMNS))
    else:
        print(render_outlook(found, paint))
    return 0
