"""What would change an answer, as plain values: the one tree behind the terminal and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assay.decide.complete import OTHER
from assay.decide.decide import Answer
from assay.decide.document import decision_id, document
from assay.decide.whatif import Change, Flip, FlipSet
from assay.decide.withdrawal import Withdrawal, Withdrawals, fixed, who_changes
from assay.model.decision import Outcome
from assay.model.expression import Literal

__all__ = ["SCHEMA", "UNNAMED", "flip_document"]

SCHEMA: Final = "assay-flip/1"
UNNAMED: Final = "none of the values that the rules name"
_NOBODY: Final = "no fact that somebody could bring changes this answer"


def flip_document(found: Flip, law: Withdrawals) -> dict[str, Any]:
    """What would change an answer, as plain values: what parties can bring, and apart what a change of law would do."""
    now, blind = document(found.now), document(found.blind)
    open_ = found.now.verdict.outcome is Outcome.UNKNOWN  # then what is missing is the remedy
    return {
        "schema": SCHEMA,
        "engine": now["engine"],
        "decision": decision_id(now),
        "question": now["question"],
        "answer": now["answer"],
        "deciding": now["deciding"],
        "origin_blind": {
            "same": found.blind.verdict.named() == found.now.verdict.named() and found.blind.stated == found.now.stated,
            **_outcome(found.blind), "rests_on": _part(blind, "rests_on"),
        },
        "sets": [_set(one) for one in found.sets],
        "not_in_your_hands": [_law(one) for one in law.found],
        "law_complete": law.complete,
        "fixed": [{"fact": one.fact, "title": one.title, "who": one.who} for one in fixed(found.now)],
        "missing": now["missing"],
        "tried": found.tried,
        "complete": found.complete,
        "says": _NOBODY if not found.sets and found.complete and not open_ else "",
    }  # fmt: skip


def _part(found: Mapping[str, object], key: str) -> object:
    answered = found["answer"]
    return answered[key] if isinstance(answered, dict) else None


def _outcome(found: Answer) -> dict[str, Any]:
    verdict = found.verdict
    return {
        "outcome": verdict.outcome.value, "force": verdict.force.value if verdict.force else "",
        "deadline": verdict.deadline.isoformat() if verdict.deadline else "",
        "stated": [{"outcome": o.value, "force": f.value if f else ""} for o, f in found.stated],
        "deciding": list(verdict.deciding),
    }  # fmt: skip


def _set(found: FlipSet) -> dict[str, Any]:
    return {
        "direction": found.direction, **_outcome(found.then), "parties": list(found.parties),
        "facts": [_change(change) for change in found.changes],
    }  # fmt: skip


def _change(change: Change) -> dict[str, Any]:
    return {
        "fact": change.fact, "title": change.title, "to": _plain(change.value),
        "alike": [_plain(value) for value in change.alike],
        "from": None if change.was is None else [_plain(value) for value in change.was],
        "by": list(change.by), "authorities": list(change.authorities), "discretion": change.discretion,
        "kind": "context" if change.context else "attribute",
    }  # fmt: skip


def _plain(value: Literal) -> object:
    if value == OTHER:
        return UNNAMED
    return value if isinstance(value, bool | int | str) else str(value)


def _law(found: Withdrawal) -> dict[str, Any]:
    return {
        "direction": "milder", **_outcome(found.then), "parties": list(found.parties),
        "rules": [
            {"id": line.rule.id, "says": line.rule.says, "instrument": line.instrument.title,
             "authority": line.instrument.authority, "kind": line.instrument.kind, "who": who_changes(line)}
            for line in found.lines
        ],
        "facts": [_change(change) for change in found.changes],
    }  # fmt: skip
