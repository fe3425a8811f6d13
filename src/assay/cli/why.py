"""`assay why`: the whole reason tree of a kept decision or of a question."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.clock import today
from assay.cli.options import examples, paint, question_from, question_options, write_json
from assay.cli.screen import say
from assay.cli.shelf import wanted_shelf, words_beside
from assay.reports.answer import headline, render_tree, sentence
from assay.reports.words import render_words, words_at
from assay.workflow.answers.ask import answer_question, keep, kept, parse_assumptions
from assay.workflow.ground.library import supplier_name

__all__ = ["add", "decision_from", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("why")
    decision_options(parser)


def decision_options(parser: argparse.ArgumentParser) -> None:
    """A decision by id, by --last, from a file, or as a question."""
    parser.add_argument("id", nargs="?", help="leading hex digits of a kept decision, or a decision file")
    parser.add_argument("--last", action="store_true", help="the last decision")
    question_options(parser, required=False)
    parser.add_argument("--format", choices=("human", "json"), default="human")


def decision_from(args: argparse.Namespace) -> dict[str, Any]:
    """The decision document that the options name: kept here, logged in the store, or freshly asked."""
    if not args.last and not args.id and args.supplier and args.jurisdiction:
        library, question, _ = question_from(args)
        asked = answer_question(library, question, parse_assumptions(args.assume), presume=not args.no_presumptions)
        keep(asked)
        return asked.found
    shelf = wanted_shelf(args)
    logged = shelf.decision(args.id) if shelf is not None and args.id else None
    return logged or kept(args.id if args.id and not args.last else "last")


def run(args: argparse.Namespace) -> int:
    """Show the tree."""
    found = decision_from(args)
    words = words_beside(wanted_shelf(args), found, today())
    if args.format == "json":
        write_json({**found, "statements": words} if words else found)
        return 0
    say(f"{headline(found)}   {sentence(found, supplier_name(found))}\n")
    whole = words_at(words, "")
    if whole:
        say(render_words(whole, paint) + "\n")
    say(render_tree(found, paint, words))
    return 0
