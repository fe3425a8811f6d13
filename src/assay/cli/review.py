"""`assay review CASE`: a network, what is lawful in it now and what becomes unlawful when."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.bundling import (
    bundle_options,
    check_bundle_options,
    cosign_first,
    lending_options,
    show_bundled,
    withheld_bodies,
)
from assay.cli.clock import today
from assay.cli.options import asked_dates, clock_options, paint, write_json
from assay.cli.screen import say
from assay.cli.shelf import log_answers, shelf_options, wanted_shelf
from assay.reports.review import render_summary
from assay.workflow.answers.ask import parse_assumptions
from assay.workflow.bundles.bundle import Bundled
from assay.workflow.estates.case import Loaded, load_case
from assay.workflow.estates.review import FILES, Progress, Reviewed, review, with_statements, write_review
from assay.workflow.ground.folder import check_out

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = ["add", "run"]

_EXAMPLES = """examples:
  assay review examples/europe --out out/europe
  assay review examples/europe --on 2022-12-01
  assay review my-case --map my-case/map.toml --laws private-laws --out out/mine
  assay review examples/europe --assume eu.csa2@2027-07-01 --out out/proposal
  assay review examples/europe --bundle review.zip --include-private --dry-run
  assay review my-case --out out/mine --bundle review.zip --salt operator"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder (assay case new DIR writes one)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write report.html, decisions.parquet, ... here")
    parser.add_argument("--map", type=Path, metavar="MAP.toml", help="your columns and names (docs/estate-format.md)")
    clock_options(parser)
    parser.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="ID@DATE", help="treat a proposal as in force from DATE"
    )
    parser.add_argument("--format", choices=("human", "json"), default="human")
    shelf_options(parser, logs=True)
    lending_options(bundle_options(parser, "the review: its classes and decisions, no element"))
    parser.add_argument(
        "--salt", action="append", default=[], metavar="COLUMN", help="with --bundle: only a commitment to it leaves"
    )


def run(args: argparse.Namespace) -> int:
    """Review, write, show."""
    check_bundle_options(args)
    on, known = asked_dates(args)
    assumptions = parse_assumptions(args.assume)
    if args.out:
        check_out(args.out, FILES)
    loaded = load_case(args.case, tuple(args.laws), args.map)
    shelf = wanted_shelf(args)
    if shelf is not None:
        loaded = replace(loaded, library=shelf.lay(loaded.library, known))
    reviewed = review(loaded, on, known, assumptions, _meter if sys.stderr.isatty() else None)
    bundled = _bundled(args, loaded, reviewed, on, known, shelf) if args.bundle else None
    if args.dry_run and bundled:
        return show_bundled(args, bundled, shelf.store if shelf else None)
    words = _beside(loaded, reviewed, shelf) if shelf is not None else []
    if args.out:
        write_review(reviewed, args.out, words)
    found = with_statements(reviewed.found, words)
    if args.format == "json":
        write_json(found)
    else:
        say(render_summary(found, paint, str(args.out) if args.out else ""))
    logged = log_answers(args, shelf, [reviewed.found])
    if logged and args.format == "human":
        print(f"  {paint('logged      ', 'label')} entry {logged[0]['entry']}, receipt {logged[0]['receipt']}")
    return show_bundled(args, bundled, shelf.store if shelf else None) if bundled else 0


def _beside(loaded: Loaded, reviewed: Reviewed, shelf: Shelf) -> list[dict[str, Any]]:
    return shelf.beside_review(reviewed.found, loaded.library, today())


def _bundled(
    args: argparse.Namespace, loaded: Loaded, reviewed: Reviewed, on: date, known: date, shelf: Shelf | None
) -> Bundled:  # fmt: skip
    from assay.workflow.bundles.review_bundle import ReviewOptions, bundle_review

    own = args.case / loaded.case.facts if loaded.case.facts else None
    lending = None
    if shelf is not None:
        from assay.workflow.bundles.attach import Lending

        cosign_first(args, shelf.store)
        held = withheld_bodies(args.withhold)
        lending = Lending.of_review(shelf, loaded.library, reviewed.found, today(), held, large=args.with_evidence)
    options = ReviewOptions(tuple(args.laws), own, args.include_private, tuple(args.salt), lending)
    return bundle_review(loaded, reviewed, on, known, parse_assumptions(args.assume), options)


def _meter(total: int) -> Progress:
    """A bar with rate and time left on the terminal."""
    from tqdm import tqdm

    bar = tqdm(total=total, unit=" answers", desc="deciding", leave=False, file=sys.stderr)

    def told(count: int) -> None:
        bar.update(count)
        if bar.n >= total:
            bar.close()

    return told
