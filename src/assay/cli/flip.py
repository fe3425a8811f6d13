"""`assay flip`: the smallest sets of facts that would change an answer, and what only a change of law would mend."""

from __future__ import annotations

import argparse
from datetime import date

from assay.cli.options import examples, paint, question_from, write_json
from assay.cli.screen import say
from assay.cli.shelf import wanted_shelf
from assay.cli.why import decision_options
from assay.reports.whatif import render_flip
from assay.workflow.answers.ask import answer_question, keep, kept, parse_assumptions
from assay.workflow.answers.whatif import display_name, flip_decision, flip_question
from assay.workflow.ground.library import load_library

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("flip")
    decision_options(parser)


def run(args: argparse.Namespace) -> int:
    """Search and show; exit 2 where the answer in question is not determined."""
    if not args.last and not args.id and args.supplier and args.jurisdiction:
        library, question, _ = question_from(args)
        assumptions, presume = parse_assumptions(args.assume), not args.no_presumptions
        keep(answer_question(library, question, assumptions, presume=presume))
        found = flip_question(library, question, assumptions, presume=presume)
    else:
        decision = kept(args.id if args.id and not args.last else "last")
        library = load_library(frozenset({decision["question"]["jurisdiction"]}), tuple(args.laws), args.facts)
        shelf = wanted_shelf(args)
        if shelf is not None:
            library = shelf.lay(library, date.fromisoformat(decision["question"]["known_at"]))
        found = flip_decision(library, decision)
    if args.format == "json":
        write_json(found)
    else:
        say(render_flip(found, display_name(library, found["question"]["supplier"]), paint))
    return 2 if found["answer"]["outcome"] == "unknown" else 0
