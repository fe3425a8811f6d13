"""`assay diff`: what differs between two decisions, and what caused it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from assay.cli.clock import today
from assay.cli.options import examples, known_day, paint, question_from, question_options, write_json
from assay.cli.screen import say
from assay.cli.shelf import wanted_shelf
from assay.decide.difference import difference
from assay.errors import UsageError
from assay.reports.whatif import render_diff
from assay.workflow.answers.ask import (
    answer_question,
    keep,
    kept,
    parse_assumptions,
    parse_context,
    parse_date,
    resolve_jurisdiction,
)  # fmt: skip
from assay.workflow.answers.whatif import question_of_document, reasked
from assay.workflow.ground.library import load_library, pack_folders, supplier_name

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("diff")
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="leading hex digits of a kept decision, or a decision file"
    )
    parser.add_argument("--last", action="store_true", help="the last decision, as the old one")
    question_options(parser, required=False)
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Compare and show; exit 1 where the answers differ."""
    names = [*(["last"] if args.last else []), *args.ids]
    if len(names) > 2:
        raise UsageError("E0107", f"{len(names)} decisions are named", expected="two", remedy="assay diff --help")
    old = kept(names[0] if names else "last")
    new = kept(names[1]) if len(names) == 2 else _other(args, old)
    found = difference(old, new)
    if args.format == "json":
        write_json(found)
    else:
        say(render_diff(found, (supplier_name(old), supplier_name(new)), paint))
    return 0 if found["same_answer"] else 1


def _other(args: argparse.Namespace, old: dict[str, Any]) -> dict[str, Any]:
    """The second decision: a question of its own, or the first one's question with some of its parts changed."""
    assumptions = parse_assumptions(args.assume)
    if args.supplier and args.jurisdiction:
        library, question, _ = question_from(args)
        other = answer_question(library, question, assumptions, presume=not args.no_presumptions)
        keep(other)
        return other.found
    codes = {name.split("-")[0].upper() for name in pack_folders(tuple(args.laws))}
    asked = old["question"]["jurisdiction"]
    code = resolve_jurisdiction(args.jurisdiction, sorted(codes)) if args.jurisdiction else asked
    library = load_library(frozenset({code}), tuple(args.laws), args.facts)
    question = question_of_document(library, old)
    question = replace(
        question, jurisdiction=code, as_of=parse_date(args.on, "--on") if args.on else question.as_of,
        known_at=known_day(args.known_at) if args.known_at else today(),
        context={**question.context, **parse_context(args.context)},
    )  # fmt: skip
    shelf = wanted_shelf(args)
    library = library if shelf is None else shelf.lay(library, question.known_at)
    return reasked(library, old, question, assumptions)
