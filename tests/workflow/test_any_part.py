"""`any` asks for the strictest part, over every shipped pack."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from assay.decide.library import Library
from assay.model.decision import SEVERITY, Outcome
from assay.model.law import PARTS
from assay.model.question import ANY_PART
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.ground.library import jurisdictions, load_library

Json = dict[str, Any]
DAYS = (date(2020, 2, 15), date(2022, 12, 15), date(2026, 6, 15))


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def _answer(library: Library, code: str, supplier: str, part: str, activity: str, on: date) -> Json:
    question = question_of(library, supplier, part, activity, code, on, date(2026, 11, 24), {})
    return answer_question(library, question).found["answer"]


def _strictness(answer: Json) -> tuple[bool, int] | None:
    """Binding before advice, then the order of outcomes; None where the answer is a set."""
    outcome = Outcome(answer["outcome"])
    return (answer["force"] == "binding", SEVERITY[outcome]) if outcome in SEVERITY else None


def _restrictions(answer: Json) -> set[tuple[str, str]]:
    rows = [answer, *answer["also"]]
    return {(row["outcome"], row["force"]) for row in rows if row["force"] and row["outcome"] != "conflict-of-norms"}


@pytest.mark.parametrize("code", jurisdictions())
def test_any_part_is_never_milder_than_a_single_part_and_hides_no_restriction_of_one(
    library: Library, code: str
) -> None:
    for supplier, activity, on in product(("huawei", "nokia"), ("purchase", "operate"), DAYS):
        answer = _answer(library, code, supplier, ANY_PART, activity, on)
        whole = _strictness(answer)
        for part in PARTS:
            there = _answer(library, code, supplier, part, activity, on)
            single = _strictness(there)
            if whole is None:
                continue  # a set of outcomes has no place in the order
            assert single is not None, (supplier, activity, on, part)
            assert single <= whole, (supplier, activity, on, part)
            assert _restrictions(there) <= _restrictions(answer), (supplier, activity, on, part)
