"""Options that several commands share, and how they print."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.clock import today
from assay.cli.shelf import shelf_options, wanted_shelf
from assay.decide.library import Library
from assay.model.question import Question
from assay.workflow.answers.ask import (
    Asked,
    parse_context,
    parse_date,
    question_of,
    resolve_jurisdiction,
)  # fmt: skip
from assay.workflow.ground.library import jurisdictions, load_library

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = [
    "asked_dates",
    "clock_options",
    "examples",
    "exit_code",
    "known_day",
    "law_options",
    "note_ahead",
    "paint",
    "question_from",
    "question_options",
    "write_json",
]


def examples(command: str) -> str:
    """The examples of one command, from examples.toml."""
    table = tomllib.loads(files("assay.cli").joinpath("examples.toml").read_text(encoding="utf-8"))
    return "examples:\n" + str(table[command]).strip("\n")


def clock_options(parser: argparse.ArgumentParser) -> None:
    """`--on` and `--known-at`."""
    parser.add_argument("--on", metavar="DATE", help="the day asked about (default: today)")
    parser.add_argument("--known-at", metavar="DATE", help="with what the world could read by then (default: today)")


def asked_dates(args: argparse.Namespace) -> tuple[date, date]:
    """The days of `--on` and `--known-at`; today where they are left out."""
    now = today()
    on = parse_date(args.on, "--on") if args.on else now
    return on, known_day(args.known_at) if args.known_at else now


def known_day(text: str) -> date:
    """The day of `--known-at`; one that lies ahead is taken, with a note of what that can mean."""
    known = parse_date(text, "--known-at")
    if known > today():
        note_ahead(f"--known-at {known}")
    return known


def note_ahead(what: str) -> None:
    """On standard error: what an answer knows of a day that nobody has seen."""
    told = f"{what} lies ahead: nobody knows what will be public by then"
    print(f"note: {told}; an answer knows what was read when its packs were coded", file=sys.stderr)


def law_options(parser: argparse.ArgumentParser, *, logs: bool = False) -> None:
    """`--laws`, `--facts`, `--assume` and `--store`."""
    parser.add_argument(
        "--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs over the shipped ones"
    )
    parser.add_argument("--facts", type=Path, metavar="FILE", help="a case's own synthetic facts (docs/fact-format.md)")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="ID@DATE", help="treat a proposal as in force from DATE"
    )
    shelf_options(parser, logs=logs)


def question_options(parser: argparse.ArgumentParser, *, required: bool = True, logs: bool = False) -> None:
    """Everything that makes a question."""
    parser.add_argument("--supplier", required=required, help="name or id")
    parser.add_argument("--product", default="", help="product and version, where evidence speaks of one")
    parser.add_argument("--part", default="any", help="core, ran, transport, management or any")
    parser.add_argument(
        "--activity", default="purchase", help="purchase, install, operate, maintain or supply-components"
    )
    parser.add_argument("--in", dest="jurisdiction", required=required, metavar="CODE", help="ISO country code, or EU")
    parser.add_argument(
        "--context", action="append", default=[], metavar="KEY=VALUE", help="what else is known (repeatable)"
    )
    parser.add_argument(
        "--no-presumptions", action="store_true", help="the exact set without what a short question is taken to mean"
    )
    clock_options(parser)
    law_options(parser, logs=logs)


def question_from(args: argparse.Namespace) -> tuple[Library, Question, Shelf | None]:
    """Load the law that a question needs, with the facts of a store if one is named, and build the question."""
    shipped = jurisdictions(tuple(args.laws))
    code = resolve_jurisdiction(args.jurisdiction, shipped)
    on, known = asked_dates(args)
    context = parse_context(args.context)
    library = load_library(frozenset({code}), tuple(args.laws), args.facts, args.supplier)
    question = question_of(library, args.supplier, args.part, args.activity, code, on, known, context, args.product)
    shelf = wanted_shelf(args)
    return (library if shelf is None else shelf.lay(library, known, question.supplier)), question, shelf


def paint(text: str, style: str) -> str:
    """Colour for a terminal, plain text for everything else."""
    if not sys.stdout.isatty():
        return text
    return {"headline": f"\x1b[1m{text}\x1b[0m", "label": f"\x1b[36m{text}\x1b[0m"}.get(style, text)


def write_json(value: object) -> None:
    """Print stable JSON: sorted keys, one space."""
    json.dump(value, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")


def exit_code(asked: Asked) -> int:
    """2 where the outcome is unknown, else 0."""
    return 2 if asked.found["answer"]["outcome"] == "unknown" else 0
