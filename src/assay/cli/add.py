"""`assay add FILE...`: keep bytes, sign what they are, log it, write the receipt."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli.clock import moment
from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.cli.passphrase import asking
from assay.workflow.answers.ask import parse_date
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import open_keys

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("add")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="evidence, of any format")
    parser.add_argument(
        "--type", default="document", metavar="T", help="what it is, as in lab-report (default: document)"
    )
    parser.add_argument("--subject", default="", metavar="S", help="what it speaks of, in free words")
    parser.add_argument("--supplier", default="", metavar="ID", help="the supplier of whom it makes facts")
    parser.add_argument("--product", default="", metavar="P", help="the product and version of which it makes facts")
    parser.add_argument("--operator", default="", metavar="O", help="the operator of whom it makes facts")
    parser.add_argument("--synthetic", action="store_true", help="made up: every page says so")
    parser.add_argument("--effective", metavar="DATE", help="the day from which it speaks; not the day it came in")
    parser.add_argument("--key", type=Path, metavar="FILE", help="who signs (default: the store's signer key)")
    parser.add_argument(
        "--supersedes", action="append", default=[], metavar="DIGEST", help="earlier evidence it revises (repeatable)"
    )
    store_options(parser)


def run(args: argparse.Namespace) -> int:
    """Add the files and show where their receipts lie."""
    effective = parse_date(args.effective, "--effective").isoformat() if args.effective else ""
    entry = Entry(
        args.type, args.subject, effective, tuple(args.supersedes), args.supplier, args.product, args.operator,
        args.synthetic,
    )  # fmt: skip
    store = wanted_store(args)
    keys = open_keys(store, args.key, asking())
    rows = add_files(store, args.files, entry, keys, moment())
    if args.format == "json":
        write_json({"schema": "assay-added/1", "evidence": rows})
        return 0
    for row in rows:
        print(
            f"{'added' if row['added'] else 'was there':9}  {row['name']}  {row['bytes']:,} bytes, entry {row['entry']}"
        )
        print(f"  sha256     {row['sha256']}\n  receipt    {store.folder / row['receipt']}")
    return 0
