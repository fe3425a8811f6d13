"""`assay backtest CASES.csv`: how often the packs say what law and advice said."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli.clock import today
from assay.cli.options import examples, write_json
from assay.reports.backtest import render_backtest
from assay.workflow.answers.backtest import backtest, read_rows, summary
from assay.workflow.ground.files import write_json_file

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("backtest")
    parser.add_argument("table", type=Path, metavar="CSV", help="a truth table; columns: data/law/BACKTEST.md")
    parser.add_argument(
        "--only", action="append", default=[], metavar="CODE", help="rows of one jurisdiction (repeatable)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write rows and summary")
    parser.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Compare and show; exit 1 where a row differs."""
    rows = [r for r in read_rows(args.table) if not args.only or r.get("jurisdiction") in args.only]
    compared = list(backtest(rows, today(), tuple(args.laws)))
    found = {"schema": "assay-backtest/1", "rows": compared, "summary": summary(compared) if compared else {}}
    if args.json:
        write_json_file(args.json, found)
    if args.format == "json":
        write_json(found)
    else:
        print(render_backtest(found))
    return 0 if all(row["agrees"] for row in compared) else 1
