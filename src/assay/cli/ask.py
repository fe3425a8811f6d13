"""`assay ask`: one question, or a table of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli.options import examples, exit_code, paint, question_from, question_options, write_json
from assay.reports.answer import render_answer
from assay.workflow.ask import answer_question, keep, parse_assumptions

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("ask")
    question_options(parser, required=False)
    parser.add_argument("--batch", type=Path, metavar="CSV", help="a table of questions: one column for each option")
    parser.add_argument(
        "--hide", action="append", default=[], metavar="FACET", help="answer as if facts of this facet were unknown"
    )
    parser.add_argument("--format", choices=("human", "json", "csv"), default="human")


def run(args: argparse.Namespace) -> int:
    """Answer and show."""
    if args.batch:
        from assay.cli.batch import run_batch

        return int(run_batch(args))
    if not args.supplier or not args.jurisdiction:
        from assay.errors import UsageError

        raise UsageError("E0100", "a question needs --supplier and --in", remedy="assay ask --help shows examples")
    library, question = question_from(args)
    asked = answer_question(
        library, question, parse_assumptions(args.assume), presume=not args.no_presumptions, hidden=frozenset(args.hide)
    )
    keep(asked)
    if args.format == "json":
        write_json({**asked.found, "id": asked.id})
    elif args.format == "csv":
        from assay.cli.batch import write_rows

        write_rows([asked])
    else:
        print(render_answer(asked.found, asked.supplier, asked.id[:8], paint))
    return exit_code(asked)
