"""`assay state`: a person's statement, signed, dated and logged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.clock import moment
from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.cli.passphrase import asking
from assay.evidence.record import KINDS, Spoken
from assay.workflow.answers.ask import parse_date
from assay.workflow.answers.state import Law, parse_value, state
from assay.workflow.keeping.store import open_keys

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("state")
    parser.add_argument("--kind", required=True, choices=KINDS)
    parser.add_argument(
        "--about", required=True, metavar="ID",
        help="discretion: the attribute; correction: a fact, evidence, or a correction to uphold; withdrawal: a "
        "statement or evidence; else also a rule, an instrument (PACK/ID), an answer or a review",
    )  # fmt: skip
    parser.add_argument("--text", required=True, type=Path, metavar="FILE", help="what is stated, in words: UTF-8")
    parser.add_argument("--value", default="", metavar="V", help="what it sets: true or false, for a correction any")
    parser.add_argument("--supplier", default="", metavar="ID", help="of whom discretion speaks")
    parser.add_argument("--product", default="", metavar="P", help="of which product and version")
    parser.add_argument("--operator", default="", metavar="O", help="of which operator")
    parser.add_argument("--effective", metavar="DATE", help="the day from which it holds (default: the day of receipt)")
    parser.add_argument("--until", metavar="DATE", help="the day from which it holds no more")
    parser.add_argument("--key", type=Path, metavar="FILE", help="who signs (default: the store's signer key)")
    parser.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    parser.add_argument("--facts", type=Path, metavar="FILE", help="a case's own synthetic facts")
    store_options(parser)


def run(args: argparse.Namespace) -> int:
    """State it and show what it changed."""
    days = [parse_date(text, f"--{name}").isoformat() if text else "" for name, text in _days(args)]
    spoken = Spoken(args.kind, args.about, args.supplier, args.product, args.operator, parse_value(args.value), *days)
    store, law = wanted_store(args), Law(tuple(args.laws), args.facts)
    row = state(store, spoken, args.text, open_keys(store, args.key, asking()), moment(), law)
    if args.format == "json":
        write_json(row)
        return 0
    print(f"{'stated' if row['added'] else 'was stated':11} {row['kind']} about {row['about']}")
    print(f"  statement  {row['statement']}\n  entry      {row['entry']}, received {row['received']}")
    for one in row["changed"]:
        print(f"  changed    {_line(one)}")
    return 0


def _days(args: argparse.Namespace) -> tuple[tuple[str, str | None], ...]:
    return (("effective", args.effective), ("until", args.until))


def _line(one: dict[str, Any]) -> str:
    q, before, after = one["question"], one["before"], one["after"]
    was, now = (f"{answer['outcome']} {answer['force']}".strip() for answer in (before, after))
    return f"{one['decision'][:12]}  {q['jurisdiction']} {q['supplier']} {q['part']} {q['activity']}: {was} -> {now}"
