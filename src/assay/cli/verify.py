"""`assay verify`: redo the answer of a bundle, offline, and say what that shows."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from assay.cli.clock import today
from assay.cli.offline import offline
from assay.cli.options import examples, paint, write_json
from assay.reports.verify import render_verified
from assay.workflow.bundles.verify import verify_bundle

__all__ = ["add", "run"]

_EXIT: Final = {"same": 0, "different": 1, "cannot-be-established": 2}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("verify")
    parser.add_argument(
        "bundle", type=Path, metavar="OUT.zip", help="a bundle that `assay ask`, `review` or `inspect` wrote"
    )
    parser.add_argument("--trust", default="", metavar="DIGEST", help="sha256 of the trust policy, or of the manifest")
    parser.add_argument("--offline", action="store_true", help="refuse every socket: verify opens none anyway")
    parser.add_argument(
        "--elements", type=Path, metavar="FILE", help="a review's decisions.parquet: is it what the bundle commits to?"
    )
    parser.add_argument(
        "--salts", type=Path, metavar="FILE", help="with --elements: the salts (default: OUT.zip.salts.json)"
    )
    parser.add_argument(
        "--keys",
        type=Path,
        action="append",
        default=[],
        metavar="KEYS",
        help="an inspection: the lab's keys, if you hold them",
    )
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Verify and show. 0 same, 1 different, 2 could not be redone, 3 the bundle's bytes do not hold together."""
    with offline() if args.offline else nullcontext():
        found = _verified(args)
    if args.format == "json":
        write_json(found)
    else:
        print(render_verified(found, paint))
    return _EXIT[found["verdict"]]


def _verified(args: argparse.Namespace) -> dict[str, Any]:
    keys = None
    if args.keys:
        from assay.workflow.assessment.keys import read_key_files

        keys = read_key_files(args.keys)
    found = verify_bundle(args.bundle, today(), args.trust, keys)
    if args.elements:
        from assay.workflow.bundles.review_bundle import open_elements

        home = args.salts or args.bundle.with_name(args.bundle.name + ".salts.json")
        count = open_elements(args.bundle, args.elements, home)
        found["established"].append({"what": "elements", "detail": f"{count:,}, each in the class committed to"})
    return found
