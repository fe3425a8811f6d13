"""`assay read FILE`: what an evidence file would yield, before it is added to a store."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from assay.cli.options import examples, paint, write_json
from assay.errors import UsageError
from assay.readers.document import LARGEST
from assay.reports.read import render_read
from assay.workflow.keeping.cutting import cut_file
from assay.workflow.keeping.read import Wanted, join_answers, read_file

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("read")
    parser.add_argument("file", type=Path, metavar="FILE", help="evidence in a format of docs/readers.md")
    parser.add_argument("--type", default="", metavar="T", help="the format (default: told by the content)")
    parser.add_argument(
        "--max-bytes", type=int, default=LARGEST, metavar="N", help="refuse larger files (default: %(default)s)"
    )
    parser.add_argument("--map", type=Path, metavar="MAP.toml", help="the file is a questionnaire, mapped so")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="OUT",
        help="with --map: write table and mapping as one file for a store; with --only: write the cut",
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="LEI|NAME",
        help="with --out: cut the records of these entities out of a GLEIF copy of any size, and read the cut"
        " (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--match", default="", metavar="SUPPLIERS",
        help="compare names of legal entities with suppliers: a fact file, a folder of them, or `shipped`",
    )  # fmt: skip
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Read and show."""
    path, whole = args.file, None
    if bool(args.only) and not args.out:
        raise UsageError("E0814", "the cut has no place to go", where="--only", expected="--out CUT.xml beside it")
    if args.only:
        with tqdm(total=args.file.stat().st_size if args.file.is_file() else 0, unit="B", unit_scale=True,
                  desc="reading", disable=not sys.stderr.isatty()) as bar:  # fmt: skip
            whole = cut_file(args.file, args.only, args.out, bar.update)
        path = args.out
    elif args.out:
        if not args.map:
            raise UsageError("E0814", "there is nothing to write", where="--out", expected="--map or --only beside it")
        join_answers(args.file, args.map, args.out, args.max_bytes)
    found = read_file(path, Wanted(args.type, args.max_bytes, args.map), args.match)
    if whole is not None:
        found["cut_from"] = whole
    if args.format == "json":
        write_json(found)
    else:
        print(render_read(found, paint))
    return 0
