"""Holds the law packs against a table of what law and official advice said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from assay.decide.library import Library
from assay.errors import AssayError, InputError
from assay.model.decision import SEVERITY, Outcome
from assay.model.law import OPERATOR_ACTS, Force
from assay.workflow.answers.ask import (
    Asked,
    answer_question,
    parse_context,
    parse_date,
    question_of,
    resolve_jurisdiction,
)
from assay.workflow.ground.files import missing_column, read_csv
from assay.workflow.ground.library import code_of, jurisdictions, load_library

__all__ = ["COLUMNS", "Row", "backtest", "read_rows", "summary"]

COLUMNS: Final = (
    "case_id",
    "date_asof",
    "jurisdiction",
    "supplier",
    "network_part",
    "activity",
    "context",
    "outcome",
    "force",
)
_ANY_ACT: Final = "any"
_OUTCOMES: Final = tuple(str(one) for one in Outcome)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a truth table as it stands in the file, with its line."""

    line: int
    cells: dict[str, str]

    def get(self, key: str) -> str:
        """One cell; empty where the column is not there."""
        return (self.cells.get(key) or "").strip()


def read_rows(path: Path) -> list[Row]:
    """Read a truth table. Raises InputError for a wrong encoding or missing columns, with the line."""
    reader = read_csv(path)
    header = list(reader.fieldnames or ())
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise missing_column(path, header, missing[0], COLUMNS)
    return [Row(reader.line_num, {k: v for k, v in row.items() if k and isinstance(v, str)}) for row in reader]


def backtest(rows: list[Row], today: date, laws: tuple[Path, ...] = ()) -> Iterator[dict[str, Any]]:
    """Ask every row and compare: one document per row; one that cannot be asked carries its error and never agrees."""
    library = load_library(frozenset(code_of(row.get("jurisdiction")) for row in rows), laws)
    shipped = jurisdictions(laws)
    cited = {source.url for pack in library.packs for source in pack.sources.values()}
    for row in rows:
        try:
            yield _compared(row, _asked(library, row, today, shipped), cited)
        except AssayError as error:
            yield _unasked(row, error, cited)


def _asked(library: Library, row: Row, today: date, shipped: tuple[str, ...]) -> Asked:
    """The answer to a row; where its activity is `any`, the strictest answer over the acts of an operator."""
    _check_expected(row)
    known, act = row.get("date_known"), row.get("activity")
    questions = [
        question_of(
            library, row.get("supplier"), row.get("network_part"), one,
            resolve_jurisdiction(row.get("jurisdiction"), shipped),
            parse_date(row.get("date_asof"), f"line {row.line}, date_asof"),
            parse_date(known, f"line {row.line}, date_known") if known else today,
            parse_context(p.replace(":", "=", 1) for p in row.get("context").split(";") if p.strip()),
        )
        for one in (OPERATOR_ACTS if act.lower() == _ANY_ACT else (act,))
    ]  # fmt: skip
    return max((answer_question(library, question) for question in questions), key=_strictness)


def _check_expected(row: Row) -> None:
    """An expected outcome that is none would count as ours being wrong."""
    for key, known in (("outcome", _OUTCOMES), ("force", ("", *map(str, Force)))):
        if row.get(key) not in known:
            raise InputError(
                "E0405", f"expected {key} {row.get(key)!r} is none", expected=", ".join(filter(None, known))
            )


def _strictness(asked: Asked) -> tuple[bool, int]:
    """Binding before advice, then the order of outcomes; a set stands above every binding restriction but the last."""
    answer = asked.found["answer"]
    if answer["outcome"] == Outcome.UNKNOWN:
        return True, SEVERITY[Outcome.PHASE_OUT]
    return answer["force"] == Force.BINDING, SEVERITY[Outcome(answer["outcome"])]


def _compared(row: Row, asked: Asked, cited: set[str]) -> dict[str, Any]:
    answer = asked.found["answer"]
    also = sorted(f"{a['outcome']}|{a['force']}" for a in answer["also"])
    same_outcome = _norm(answer["outcome"]) == row.get("outcome")
    same_force = answer["force"] == row.get("force")
    cap = _percent(answer["cap"]["share"]) if answer["cap"] else ""
    return _given(row, cited) | {
        "outcome": answer["outcome"], "force": answer["force"], "also": also, "cap": cap,
        "deadline": answer["deadline"],
        "possible": [p["outcome"] for p in answer["possible"]], "presumed": [p["key"] for p in answer["presumed"]],
        "agrees": same_outcome and same_force, "outcome_agrees": same_outcome, "force_agrees": same_force,
        "deadline_agrees": _same_deadline(row.get("deadline"), answer["deadline"]),
        "cap_agrees": not row.get("cap") or Fraction(row.get("cap")) == (Fraction(cap) if cap else None),
        "also_agrees": also == _also(row), "deciding_rules": asked.found["deciding"],
        "weakest": asked.found["sources"]["weakest"],
        "says": [r["says"] for r in asked.found["rules"] if r["id"] in asked.found["deciding"]],
        "missing": [m["fact"] for m in asked.found["missing"]], "decision": asked.id,
    }  # fmt: skip


def _unasked(row: Row, error: AssayError, cited: set[str]) -> dict[str, Any]:
    nothing = dict.fromkeys(("outcome", "force", "deadline", "cap", "weakest", "decision"), "")
    lists: dict[str, list[str]] = {
        key: [] for key in ("also", "possible", "presumed", "deciding_rules", "says", "missing")
    }
    wrong = {f"{key}agrees": False for key in ("", "outcome_", "force_", "deadline_", "cap_", "also_")}
    return _given(row, cited) | nothing | lists | wrong | {"error": f"line {row.line}: {error.code} {error.what}"}


def _given(row: Row, cited: set[str]) -> dict[str, Any]:
    """What the table itself says, the part that every compared row has."""
    return {
        "case_id": row.get("case_id"), "jurisdiction": row.get("jurisdiction"), "date_asof": row.get("date_asof"),
        "supplier": row.get("supplier"), "part": row.get("network_part"), "activity": row.get("activity"),
        "expected": {"outcome": row.get("outcome"), "force": row.get("force"), "also": _also(row),
                     "deadline": row.get("deadline"), "cap": row.get("cap")},
        "verified": row.get("verified") == "true", "source_cited": row.get("source_url") in cited,
        "inferred": "inferred" in (row.get("note") + row.get("adjudication")), "theirs": row.get("instrument"),
        "source_url": row.get("source_url"), "note": row.get("note"),
    }  # fmt: skip


def _also(row: Row) -> list[str]:
    return sorted(part for part in re.split(r"[;,]\s*", row.get("also")) if part)


def _norm(outcome: str) -> str:
    return "permitted" if outcome == "no-rule" else outcome


def _percent(share: str) -> str:
    value = Fraction(share) * 100
    return str(value.numerator) if value.denominator == 1 else str(value)


def _same_deadline(wanted: str, found: str) -> bool:
    return not wanted or found == wanted or (len(wanted) < 10 and found.startswith(wanted))


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts over compared rows: agreement apart by kind of source, deadlines, caps, `also`, presumptions, sets."""
    return {
        "all": _share(rows), "verified": _share([r for r in rows if r["verified"]]),
        "official_source": _share([r for r in rows if r["weakest"].startswith("official")]),
        "source_not_cited": _share([r for r in rows if not r["source_cited"]]),
        "inferred_permitted": _share([r for r in rows if r["inferred"]]),
        "outcome": _share(rows, "outcome_agrees"), "force": _share(rows, "force_agrees"),
        "deadline": _share([r for r in rows if r["expected"]["deadline"]], "deadline_agrees"),
        "cap": _share([r for r in rows if r["expected"]["cap"]], "cap_agrees"),
        "also_filled": _share([r for r in rows if r["expected"]["also"]], "also_agrees"),
        "also_empty": _share([r for r in rows if not r["expected"]["also"]], "also_agrees"),
        "headline_rests_on_presumption": sum(bool(r["presumed"]) for r in rows),
        "possible_has_several": sum(len(r["possible"]) > 1 for r in rows),
        "possible_mean_size": f"{sum(len(r['possible']) for r in rows)}/{len(rows)}",
    }  # fmt: skip


def _share(rows: list[dict[str, Any]], key: str = "agrees") -> dict[str, int]:
    return {"agree": sum(bool(r[key]) for r in rows), "of": len(rows)}
