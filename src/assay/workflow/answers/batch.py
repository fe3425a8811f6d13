"""A table of questions: each row answered or named with its line and the reason why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.decide.document import decision_id, document
from assay.decide.library import Library
from assay.decide.program import Assumption
from assay.decide.programs import Programs
from assay.errors import AssayError, InputError
from assay.model.question import CONTEXT_KEYS, Question
from assay.workflow.answers.ask import (
    Asked,
    check_assumptions,
    parse_context,
    parse_date,
    question_of,
    resolve_jurisdiction,
)
from assay.workflow.ground.files import missing_column, read_csv
from assay.workflow.ground.library import code_of, jurisdictions, load_library

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = ["COLUMNS", "Answered", "Row", "answer_rows", "read_questions"]

_REQUIRED: Final = ("supplier", "in")
COLUMNS: Final = (*_REQUIRED, "product", "part", "activity", "on", "known-at", "context", *CONTEXT_KEYS)
"""Columns of a table of questions; `context` takes `key=value` pairs joined by `;`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it stands in the file. `fault` says why it is none."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A row with its answer, or with the error that it met."""

    row: Row
    asked: Asked | None
    error: str = ""


def read_questions(path: Path) -> list[Row]:
    """Read a CSV of questions. Raises InputError (E0400 to E0402) where no row can be read."""
    reader = read_csv(path)
    header = [name.strip() for name in reader.fieldnames or ()]
    for name in _REQUIRED:
        if name not in header:
            raise missing_column(path, header, name, COLUMNS)
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        raise InputError(
            "E0402", f"column `{unknown[0]}` is not known", where=f"{path.name}, line 1", expected=", ".join(COLUMNS)
        )
    reader.fieldnames = header
    rows = [_row(reader.line_num, row) for row in reader if any(row.values())]
    if not rows:
        raise InputError("E0404", "the table holds no row", where=path.name, expected="one question in each row")
    return rows


def _row(line: int, cells: dict[str, str | None]) -> Row:
    if None in cells:
        return Row(line, fault="more cells than the header has columns")
    return Row(line, {key: (value or "").strip() for key, value in cells.items()})


def answer_rows(
    rows: Sequence[Row], today: date, laws: tuple[Path, ...] = (), facts: Path | None = None,
    assumptions: tuple[Assumption, ...] = (), *, presume: bool = True, hidden: frozenset[str] = frozenset(),
    shelf: Shelf | None = None,
) -> Iterator[Answered]:  # fmt: skip
    """Answer each row; a row that cannot be asked carries its error. Programs are built once for each day asked."""
    shipped = jurisdictions(laws)
    library = load_library(frozenset(code_of(row.cells.get("in", "")) for row in rows), laws, facts)
    check_assumptions(library, assumptions)
    programs: dict[date, Programs] = {}  # a store's facts are laid by what was known
    for row in rows:
        try:
            question = _question(row, library, shipped, today)
            if question.known_at not in programs:
                laid = library if shelf is None else shelf.lay(library, question.known_at)
                programs[question.known_at] = Programs(laid, assumptions)
            yield Answered(row, _answer(programs[question.known_at], question, presume, hidden))
        except AssayError as error:
            yield Answered(row, None, f"{error.code} {error.what}" + (f"; {error.expected}" if error.expected else ""))


def _question(row: Row, library: Library, shipped: tuple[str, ...], today: date) -> Question:
    cells = row.cells
    if row.fault:
        raise InputError("E0403", row.fault)
    for name in _REQUIRED:
        if not cells.get(name):
            raise InputError("E0402", f"the cell `{name}` is empty", expected="a value in each row; are quotes closed?")
    context = parse_context(pair for pair in cells.get("context", "").split(";") if pair.strip())
    context |= parse_context(f"{key}={cells[key]}" for key in CONTEXT_KEYS if cells.get(key))
    on, known = cells.get("on"), cells.get("known-at")
    return question_of(
        library, cells["supplier"], cells.get("part") or "any", cells.get("activity") or "purchase",
        resolve_jurisdiction(cells["in"], shipped), parse_date(on, "on") if on else today,
        parse_date(known, "known-at") if known else today, context, cells.get("product", ""),
    )  # fmt: skip


def _answer(programs: Programs, question: Question, presume: bool, hidden: frozenset[str]) -> Asked:
    found = programs.answer(question, presume=presume, hidden=hidden)
    body = document(found)
    known = programs.library.facts.suppliers.get(question.supplier)
    return Asked(decision_id(body), body, (*known.aliases, known.name)[0] if known else question.supplier, found)
