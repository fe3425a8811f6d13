"""The options by which an answer or a review leaves as a bundle, and how that is shown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.options import write_json
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.workflow.bundle import Bundled

__all__ = ["bundle_options", "check_bundle_options", "show_bundled"]


def bundle_options(parser: argparse.ArgumentParser, what: str) -> None:
    """`--bundle`, `--dry-run` and `--include-private`."""
    group = parser.add_argument_group("bundle")
    group.add_argument("--bundle", type=Path, metavar="OUT.zip", help=f"write what `assay verify` needs to redo {what}")
    group.add_argument("--dry-run", action="store_true", help="with --bundle: list what would leave, write nothing")
    group.add_argument(
        "--include-private", action="store_true", help="with --bundle: private packs and a case's own facts leave too"
    )


def check_bundle_options(args: argparse.Namespace) -> None:
    """Refuse options that speak of a bundle where none is written (E0385)."""
    if (args.dry_run or args.include_private or getattr(args, "salt", [])) and not args.bundle:
        raise UsageError(
            "E0385", "--dry-run, --include-private and --salt speak of a bundle", expected="--bundle OUT.zip"
        )


def show_bundled(args: argparse.Namespace, bundled: Bundled) -> int:
    """Write the bundle, or with `--dry-run` list it."""
    from assay.reports.verify import render_bundled, render_members
    from assay.workflow.bundle import write_bundle

    if not args.dry_run:
        write_bundle(args.bundle, bundled)
        # JSON and CSV keep standard output to themselves.
        line = render_bundled(bundled.listing, str(args.bundle), salts=bool(bundled.salts))
        print(line, file=sys.stdout if args.format == "human" else sys.stderr)
    elif args.format == "json":
        write_json(bundled.listing)
    else:
        print(render_members(bundled.listing))
    return 0
