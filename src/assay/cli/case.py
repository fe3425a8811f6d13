"""`assay case new DIR`: a commented template of a case folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.workflow.estates.case import new_case

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = "examples:\n  assay case new my-network"
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    new = sub.add_parser("new", help="write a commented template", description="Write a commented template of a case.")
    new.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")


def run(args: argparse.Namespace) -> int:
    """Write the template and say what to do next."""
    names = new_case(args.folder)
    print(f"written: {', '.join(str(args.folder / name) for name in names)}")
    print(
        "next: fill estate.csv (docs/estate-format.md lists its columns), or map your own inventory in map.toml, then"
    )
    print(f"  assay review {args.folder} --out out")
    return 0
