"""One supplier in all jurisdictions and network parts on one date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.decide.decide import answer
from assay.decide.document import ENGINE, decision_id, document
from assay.decide.interpret import Interpreter
from assay.decide.library import EVERYWHERE, Library
from assay.decide.program import Assumption, build_program
from assay.model.law import PARTS
from assay.workflow.answers.ask import check_assumptions, question_of
from assay.workflow.answers.whatif import display_name
from assay.workflow.ground.library import load_library

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = ["COLUMNS", "outlook"]

COLUMNS: Final = (
    "jurisdiction", "part", "outcome", "force", "deadline", "cap", "possible", "presumed", "assumed", "weakest",
    "deciding", "decision",
)  # fmt: skip


def outlook(
    supplier: str, activity: str, on: date, known_at: date, *, laws: tuple[Path, ...] = (),
    facts: Path | None = None, assumptions: tuple[Assumption, ...] = (), shelf: Shelf | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Ask for every jurisdiction that a pack covers and every part. Raises UsageError for an unknown supplier."""
    library = load_library(None, laws, facts)
    library = library if shelf is None else shelf.lay(library, known_at)
    check_assumptions(library, assumptions)
    codes = sorted({pack.jurisdiction for pack in library.packs} - {EVERYWHERE})
    rows = [row for code in codes for row in _rows(library, supplier, activity, code, on, known_at, assumptions)]
    return {
        "schema": "assay-outlook/1", "engine": ENGINE, "supplier": rows[0]["supplier"],
        "name": display_name(library, rows[0]["supplier"]), "activity": activity, "as_of": on.isoformat(),
        "known_at": known_at.isoformat(), "parts": list(PARTS), "jurisdictions": codes,
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in assumptions],
        "synthetic": any(row["synthetic"] for row in rows), "rows": rows,
    }  # fmt: skip


def _rows(
    library: Library, supplier: str, activity: str, code: str, on: date, known_at: date,
    assumptions: tuple[Assumption, ...],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    interpreter = Interpreter(build_program(library, code, on, known_at, assumptions))
    for part in PARTS:
        question = question_of(library, supplier, part, activity, code, on, known_at, {})
        yield _row(document(answer(interpreter, library, question)))


def _row(found: dict[str, Any]) -> dict[str, Any]:
    answered, question = found["answer"], found["question"]
    deciding = set(found["deciding"])
    return {
        "supplier": question["supplier"], "jurisdiction": question["jurisdiction"], "part": question["part"],
        "outcome": answered["outcome"], "force": answered["force"], "deadline": answered["deadline"],
        "cap": answered["cap"], "possible": answered["stated"], "presumed": [p["key"] for p in answered["presumed"]],
        "assumed": any(rule["assumed"] for rule in found["rules"] if rule["id"] in deciding),
        "weakest": found["sources"]["weakest"], "deciding": found["deciding"],
        "missing": [m["fact"] for m in found["missing"]],
        "synthetic": any(row["synthetic"] for row in found["evidence"]), "decision": decision_id(found),
    }  # fmt: skip
