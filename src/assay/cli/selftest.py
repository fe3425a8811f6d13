"""`assay selftest`: every test case against its examples, on this machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assay.cli.options import examples, write_json
from assay.workflow.assessment.cases import cases_for
from assay.workflow.assessment.crosscheck import cross_check
from assay.workflow.assessment.selftest import recorded, selftest

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("selftest")
    parser.add_argument("--nf", action="append", default=[], metavar="F", help="network function, as in AMF")
    parser.add_argument(
        "--recordings", type=Path, action="append", default=[], metavar="DIR", help="where recordings of others lie"
    )
    parser.add_argument(
        "--decoder", choices=("recorded", "all", "off"), default="recorded",
        help="on which recordings message counts are compared with tshark, where it is installed",
    )  # fmt: skip
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Judge every example, compare the decoder. Exit code 1 where one comes out wrong or counts differ unexplained."""
    found = selftest(cases_for([one.upper() for one in args.nf]), tuple(args.recordings))
    paths = [] if args.decoder == "off" else recorded(tuple(args.recordings), every=args.decoder == "all")
    found["decoder"] = cross_check(tqdm(paths, unit="recording", disable=not sys.stderr.isatty() or not paths))
    if args.format == "json":
        write_json(found)
    else:
        for row in found["rows"]:
            if row["result"] != "right":
                print(f"{row['result']:8} {row['case']} {row['expect']} {row['recording']} {row['says']}".rstrip())
                print(f"         got {row['got'] or 'nothing'}: {row['reason']}")
        counts = found["counts"]
        print(f"{counts['right']} examples right, {counts['wrong']} wrong, {counts['not-run']} not run")
        _show_decoder(found["decoder"])
    return 1 if found["counts"]["wrong"] or found["decoder"]["unexplained"] else 0


def _show_decoder(found: dict[str, Any]) -> None:
    for one in found["recordings"]:
        for row in one["differences"]:
            print(f"{one['file']}: {row['protocol']} {row['message']}: we count {row['ours']}, tshark {row['theirs']}")
            print(f"         {row['why'] or 'nothing explains it'}")
    for one in found["failed"]:
        print(f"{one['file']}: not compared: {one['reason']}")
    if found["recordings"]:
        messages = sum(one["messages"] for one in found["recordings"])
        files, differ = len(found["recordings"]), sum(len(one["differences"]) for one in found["recordings"])
        print(f"decoder: {messages:,} messages of {files} recordings against {found['tool']}: {differ} counts differ")
    elif not found["tool"]:
        print("decoder: not compared, tshark is not installed")
