"""`assay selftest`: every test case against its examples, on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli.options import examples, write_json
from assay.workflow.cases import cases_for
from assay.workflow.selftest import selftest

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("selftest")
    parser.add_argument("--nf", action="append", default=[], metavar="F", help="network function, as in AMF")
    parser.add_argument(
        "--recordings", type=Path, action="append", default=[], metavar="DIR", help="where recordings of others lie"
    )
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Judge every example. Exit code 1 where one comes out wrong."""
    found = selftest(cases_for([one.upper() for one in args.nf]), tuple(args.recordings))
    if args.format == "json":
        write_json(found)
    else:
        for row in found["rows"]:
            if row["result"] != "right":
                print(f"{row['result']:8} {row['case']} {row['expect']} {row['recording']} {row['says']}".rstrip())
                print(f"         got {row['got'] or 'nothing'}: {row['reason']}")
        counts = found["counts"]
        print(f"{counts['right']} examples right, {counts['wrong']} wrong, {counts['not-run']} not run")
    return 1 if found["counts"]["wrong"] else 0
