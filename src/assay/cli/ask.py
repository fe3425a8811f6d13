"""`assay ask`: one question, or a table of them."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
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
from assay.cli.options import examples, exit_code, paint, question_from, question_options, write_json
from assay.cli.screen import say
from assay.cli.shelf import log_answers, words_beside
from assay.decide.pack import FACETS
from assay.errors import UsageError
from assay.reports.answer import render_answer
from assay.reports.words import render_words
from assay.workflow.answers.ask import Asked, answer_question, keep, parse_assumptions, unnamed_context

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("ask")
    question_options(parser, required=False, logs=True)
    parser.add_argument("--batch", type=Path, metavar="CSV", help="a table of questions: one column for each option")
    parser.add_argument(
        "--hide",
        action="append",
        default=[],
        metavar="FACET",
        choices=FACETS,
        help=f"answer as if facts of this facet were unknown: {', '.join(FACETS)}",
    )
    parser.add_argument("--format", choices=("human", "json", "csv"), default="human")
    lending_options(bundle_options(parser, "the answer"))


def run(args: argparse.Namespace) -> int:
    """Answer and show."""
    check_bundle_options(args)
    if args.bundle and args.batch:
        raise UsageError("E0385", "a bundle holds one answer, not a table", where="--bundle, --batch")
    if args.batch:
        _check_batch_options(args)
        from assay.cli.batch import run_batch

        return int(run_batch(args))
    if not args.supplier or not args.jurisdiction:
        raise UsageError("E0100", "a question needs --supplier and --in", remedy="assay ask --help shows examples")
    library, question, shelf = question_from(args)
    asked = answer_question(
        library, question, parse_assumptions(args.assume), presume=not args.no_presumptions, hidden=frozenset(args.hide)
    )
    if args.dry_run:
        return _bundle(args, asked, shelf, ())
    keep(asked)
    _note_unnamed(asked)
    _note_unread(asked, shelf)
    logged, words = log_answers(args, shelf, [asked.found]), words_beside(shelf, asked.found, today())
    _show(args, asked, logged, words)
    if args.bundle:
        _bundle(args, asked, shelf, [row["statement"] for row in logged])
    return exit_code(asked)


def _note_unnamed(asked: Asked) -> None:
    """On standard error, whatever the format: a word that no rule names reads like any other word that none names."""
    for key, value, named in unnamed_context(asked.answer) if asked.answer else ():
        near = difflib.get_close_matches(value, named, 3, 0.5) or named[:6]
        print(f"note: no rule names {key} = {value!r}; rules name such as {', '.join(near)}", file=sys.stderr)


def _note_unread(asked: Asked, shelf: Shelf | None) -> None:
    """On standard error: evidence that was added of this supplier and says nothing here, which is easily overlooked."""
    for name, record, reasons in (shelf.unread(asked.found["question"]["supplier"]) if shelf else [])[:3]:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        told = f"{name} makes no fact here: {reasons[0]}{more}"
        print(f"note: {told}; assay evidence show {record[:12]} --facts", file=sys.stderr)


def _check_batch_options(args: argparse.Namespace) -> None:
    """A table brings its own questions: an option that it would overrule in silence is refused."""
    given = {"--supplier": args.supplier, "--in": args.jurisdiction, "--context": args.context, "--on": args.on,
             "--known-at": args.known_at, "--product": args.product}  # fmt: skip
    both = [name for name, value in given.items() if value]
    if both:
        raise UsageError(
            "E0109", f"{', '.join(both)} and --batch do not go together", where="assay ask",
            expected="a column of the table for each of them",
        )  # fmt: skip


def _show(args: argparse.Namespace, asked: Asked, logged: list[dict[str, Any]], words: list[dict[str, Any]]) -> None:
    if args.format == "json":
        more = {"logged": logged[0] if logged else None, "statements": words}
        write_json({**asked.found, "id": asked.id, **{key: value for key, value in more.items() if value}})
    elif args.format == "csv":
        from assay.cli.batch import write_rows

        write_rows([asked])
    else:
        say(render_answer(asked.found, asked.supplier, asked.id[:8], paint))
        if words:
            say(render_words(words, paint))
        if logged:
            print(f"  {paint('logged      ', 'label')} entry {logged[0]['entry']}, receipt {logged[0]['receipt']}")


def _bundle(args: argparse.Namespace, asked: Asked, shelf: Shelf | None, logged: Sequence[str]) -> int:
    from assay.workflow.bundles.bundle import bundle_answer

    lending = None
    if shelf is not None:
        from assay.workflow.bundles.attach import Lending

        cosign_first(args, shelf.store)
        withheld = withheld_bodies(args.withhold)
        lending = Lending.of(shelf, asked.found, today(), logged, withheld, large=args.with_evidence)
    bundled = bundle_answer(
        asked, presume=not args.no_presumptions, laws=tuple(args.laws), case_facts=args.facts,
        include_private=args.include_private, lending=lending, dry=args.dry_run,
    )  # fmt: skip
    return show_bundled(args, bundled, shelf.store if shelf else None)
