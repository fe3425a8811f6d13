"""Tabular questionnaires: rows of questions and answers, read through a mapping file that says what each one states.

No two suppliers' tables look alike, so the table's shape is data (docs/questionnaire-format.md). Workbooks are opened
by `workflow`, which hands in their rows: this room opens no files, not even in memory.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NoReturn

from assay.errors import InputError
from assay.model.expression import Literal
from assay.model.law import Interval
from assay.readers.cursor import Node
from assay.readers.extract import Claim, Extract, Foreign
from assay.readers.refusal import refusal
from assay.readers.strict_table import Table, split, table_of
from assay.readers.strict_text import decode, read_day

__all__ = ["SCHEMA", "Questionnaire", "Rows", "csv_rows", "parse_mapping", "read_rows"]

SCHEMA: Final = "assay-questionnaire/1"
Rows = Sequence[tuple[int, Sequence[str]]]
TYPES: Final = ("text", "bool", "int", "date", "country")
_ATTRIBUTE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.[a-z0-9][a-z0-9.-]{0,99}")
_WHOLE: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_STATE: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the answer to one question states. `yes` and `no` hold the words that a bool accepts, in lower case."""

    question: str
    attribute: str
    type: str
    yes: frozenset[str]
    no: frozenset[str]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A mapping file: the columns of the table, and what each question states."""

    title: str
    question: str
    answer: str
    comment: str
    separator: str
    sheet: str
    header: int
    day: date | None
    entries: dict[str, _Entry]


def parse_mapping(name: str, data: bytes) -> Questionnaire:
    """Read a mapping file. Raises InputError (E0812) with the key for anything that the format does not have."""
    try:
        top = Node(tomllib.loads(decode(data)))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and integers of thousands of digits
        raise refusal("E0812", f"no valid TOML: {error}", name) from error
    try:
        found = _mapping(top)
        _refuse_unknown(top)
    except InputError as error:
        raise refusal("E0812", error.what, f"{name}, {error.where}", error.expected) from error
    return found


def _mapping(top: Node) -> Questionnaire:
    top.text("schema", allowed=(SCHEMA,))
    entries: dict[str, _Entry] = {}
    for node in top.items("map"):
        entry = _entry(node)
        if entry.question in entries:
            node.fail("question", f"question {entry.question[:40]!r} is mapped twice")
        entries[entry.question] = entry
    if not entries:
        top.fail("map", "no question is mapped", "[[map]] tables")
    separator = top.text("separator", ",", (",", ";", "|")) if top.value.get("separator") != "\t" else "\t"
    header = top.whole("header", 1)
    if not 1 <= header <= 1_000:
        top.fail("header", "the line of the header", "1 to 1000")
    day = top.text("date", "")
    return Questionnaire(
        top.filled("title"), top.filled("question"), top.filled("answer"), top.text("comment", ""), separator,
        top.text("sheet", ""), header, read_day(day, "/date") if day else None, entries,
    )  # fmt: skip


def _entry(node: Node) -> _Entry:
    kind = node.text("type", "text", TYPES)
    yes, no = (frozenset(word.casefold() for word in node.texts(key)) for key in ("yes", "no"))
    if kind == "bool" and (not yes or not no or yes & no):
        node.fail("yes", "a bool names the words for yes and for no", 'yes = ["yes"] and no = ["no"], without overlap')
    if kind != "bool" and (yes or no):
        node.fail("yes", "only a bool has words for yes and no")
    attribute = node.matching("attribute", _ATTRIBUTE, "an attribute such as supplier.evaluation-centre")
    return _Entry(node.filled("question"), attribute, kind, yes, no)


def _refuse_unknown(top: Node) -> None:
    for node in top.walk():
        for key, _ in node.unread():
            node.fail(key, f"unknown key `{key[:60]}`", "see docs/questionnaire-format.md")


def csv_rows(data: bytes, mapping: Questionnaire) -> Rows:
    """The rows of answers in a CSV file, each with its line. Raises InputError: E0802, E0803, E0805."""
    return split(data, mapping.separator)


def read_rows(rows: Rows, mapping: Questionnaire) -> Extract:
    """Read answers in rows, of a CSV file or a workbook's sheet, each with its line.

    Raises InputError: E0803 no rows, E0809 as tables do, E0812 for columns and questions.
    """
    below = [row for row in rows if row[0] >= mapping.header]
    if not below:
        raise refusal("E0803", "the table is empty", expected="a header and rows")
    return _read(table_of(below[0][1], below[1:]), mapping)


def _read(table: Table, mapping: Questionnaire) -> Extract:
    for column in filter(None, (mapping.question, mapping.answer, mapping.comment)):
        if column not in table.header:
            _unfit(f"column `{column}` is missing", "the header", ", ".join(table.header)[:200])
    claims: list[Claim] = []
    limits: list[str] = []
    foreign = list(table.foreign(mapping.question, mapping.answer, mapping.comment))
    seen: set[str] = set()
    for row in table.rows:
        question = row[mapping.question]
        entry = mapping.entries.get(question)
        if entry is None:
            foreign += [Foreign(f"question {question}", 1, row[mapping.answer][:120])] if question else []
            continue
        if question in seen:
            _unfit(f"question {question[:40]!r} stands twice", row.place, "each question once")
        seen.add(question)
        value = _value(row[mapping.answer], entry)
        if value is None:
            limits.append(f"question {question}: {row[mapping.answer][:60]!r} is no {entry.type}, so it makes no claim")
        else:
            text = row[mapping.comment] if mapping.comment else ""
            claims.append(Claim(entry.attribute, value, row.place, None, Interval(mapping.day), text=text))
    limits += [f"question {question} is not in the table" for question in sorted(set(mapping.entries) - seen)]
    limits.append("the answers are their author's own word; nothing in the table was checked")
    return Extract("questionnaire", mapping.title, tuple(claims), (), tuple(foreign), tuple(limits), mapping.day)


def _value(text: str, entry: _Entry) -> Literal | None:
    """The answer as the type that was asked for; None where it is none."""
    match entry.type:
        case "bool":
            word = text.casefold()
            return True if word in entry.yes else False if word in entry.no else None
        case "int":
            return int(text) if _WHOLE.fullmatch(text) else None
        case "date":
            return _day(text)
        case "country":
            return text if _STATE.fullmatch(text) else None
        case _:
            return text or None


def _day(text: str) -> date | None:
    try:
        return read_day(text, "")
    except InputError:
        return None


def _unfit(what: str, where: str, expected: str) -> NoReturn:
    raise refusal("E0812", what, where, expected, "the mapping file has to fit the table: docs/questionnaire-format.md")
