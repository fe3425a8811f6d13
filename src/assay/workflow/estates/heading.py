"""What a document about a case begins with: the case, its sources, what is assumed and what is synthetic, packs."""

from __future__ import annotations

from datetime import date
from typing import Any

from assay.decide.document import ENGINE
from assay.decide.program import Assumption
from assay.decide.programs import Programs
from assay.workflow.estates.case import Loaded

__all__ = ["heading"]

Json = dict[str, Any]


def heading(
    schema: str, loaded: Loaded, programs: Programs, on: date, known_at: date, assumptions: tuple[Assumption, ...]
) -> Json:  # fmt: skip
    """The head of a document of this schema."""
    case, estate, facts = loaded.case, loaded.estate, loaded.library.facts
    codes = sorted(str(code) for code in loaded.estate.frame["jurisdiction"].unique().to_list())
    packs = {p.id: p for code in codes for p in programs.get(code, on, known_at).program.packs}
    own = [f for f in facts.facts if f.synthetic]
    return {
        "schema": schema, "engine": ENGINE, "on": on.isoformat(), "known_at": known_at.isoformat(),
        "case": {
            "title": case.title, "note": case.note, "synthetic": case.synthetic, "jurisdictions": list(loaded.codes),
            "sources": [{"title": s.title, "url": s.url, "licence": s.licence, "note": s.note} for s in case.sources],
        },
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in assumptions],
        "packs": [{"id": p.id, "digest": p.digest, "coded": p.coded.isoformat(), "private": p.private}
                  for _, p in sorted(packs.items())],
        "synthetic": {
            "suppliers": [{"id": s.id, "name": s.name} for s in facts.suppliers.values() if s.synthetic],
            "memberships": [
                {"class": m.of_class, "value": m.member.value, "says": m.says,
                 "from": _iso(m.member.valid.start), "to": _iso(m.member.valid.end)} for m in facts.memberships
            ],
            "facts": [{"id": f.id, "subject": f.supplier or f.operator, "attribute": f.attribute, "value": str(f.value),
                       "text": f.text} for f in own],
        },
        "estate": {"file": estate.name, "sha256": estate.sha256, "rows": estate.rows,
                   "reviewed": estate.frame.height, "faulty": len({f.line for f in estate.faults})},
        "faults": [{"line": f.line, "column": f.column, "value": f.value, "reason": f.reason} for f in estate.faults],
    }  # fmt: skip


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
