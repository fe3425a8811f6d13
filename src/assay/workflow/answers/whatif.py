"""Flip and diff: from kept decisions or fresh questions to what would change them, and to what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from assay.decide.decide import Answer, ask
from assay.decide.document import decision_id, document
from assay.decide.flip_document import flip_document
from assay.decide.library import Library
from assay.decide.program import Assumption
from assay.decide.whatif import flip
from assay.decide.withdrawal import withdrawals
from assay.errors import UsageError
from assay.model.expression import Literal
from assay.model.law import Attribute
from assay.model.question import Question

__all__ = ["assumptions_of", "display_name", "flip_decision", "flip_question", "question_of_document", "reasked"]


def flip_question(
    library: Library, question: Question, assumptions: tuple[Assumption, ...] = (), *, presume: bool = True,
    hidden: frozenset[str] = frozenset(),
) -> dict[str, Any]:  # fmt: skip
    """What would change the answer to one question, as a document."""
    now = ask(library, question, assumptions=assumptions, presume=presume, hidden=hidden)
    return _flipped(library, now, assumptions, presume)


def _flipped(library: Library, now: Answer, assumptions: tuple[Assumption, ...], presume: bool) -> dict[str, Any]:
    found = flip(library, now, assumptions, presume=presume)
    return flip_document(found, withdrawals(library, now, found.sets, assumptions, presume=presume))


def flip_decision(library: Library, found: Mapping[str, Any]) -> dict[str, Any]:
    """What would change a kept decision: its question is asked again; `reproduced` says whether it came out the same.

    A decision does not say whether it was made with presumptions; the way that gives its bytes back is taken.
    """
    question, assumptions = question_of_document(library, found), assumptions_of(found)
    hidden = frozenset(found["answer"]["hidden"])
    wanted = decision_id({key: value for key, value in found.items() if key != "id"})
    for presume in (True, False):
        now = ask(library, question, assumptions=assumptions, presume=presume, hidden=hidden)
        if decision_id(document(now)) == wanted:
            return {**_flipped(library, now, assumptions, presume), "reproduced": True}
    return {**flip_question(library, question, assumptions, hidden=hidden), "reproduced": False}


def reasked(
    library: Library, found: Mapping[str, Any], question: Question, more: tuple[Assumption, ...]
) -> dict[str, Any]:
    """A kept decision's question, changed in some respect, asked today."""
    assumptions = more or assumptions_of(found)
    return dict(document(ask(library, question, assumptions=assumptions, hidden=frozenset(found["answer"]["hidden"]))))


def assumptions_of(found: Mapping[str, Any]) -> tuple[Assumption, ...]:
    """What a decision assumed to be in force."""
    return tuple(Assumption(row["id"], date.fromisoformat(row["from"])) for row in found["answer"]["assumed"])


def question_of_document(library: Library, found: Mapping[str, Any]) -> Question:
    """Build the question of a decision document again. Raises UsageError (E0107) where it holds none."""
    try:
        asked = found["question"]
        question = Question(
            asked["supplier"], asked["part"], asked["activity"], asked["jurisdiction"],
            date.fromisoformat(asked["as_of"]), date.fromisoformat(asked["known_at"]), asked.get("product", ""),
            {key: tuple(values) for key, values in asked["context"].items()},
        )  # fmt: skip
        given = {key: _typed(library.attributes.get(key), value) for key, value in asked.get("given", {}).items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError("E0107", f"the decision's question cannot be read: {error}") from error
    return replace(question, given=given)


def _typed(attribute: Attribute | None, value: Literal) -> Literal:
    dated = attribute is not None and attribute.type == "date" and isinstance(value, str)
    return date.fromisoformat(value) if dated and isinstance(value, str) else value


def display_name(library: Library, supplier: str) -> str:
    """A supplier's short name for people."""
    known = library.facts.suppliers.get(supplier)
    return supplier if known is None else known.aliases[0] if known.aliases else known.name
