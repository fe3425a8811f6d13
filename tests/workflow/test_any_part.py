"""`any` asks for the strictest part, over every shipped pack."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from assay.decide.library import Library
from assay.model.decision import SEVERITY, Outcome
from assay.model.law import PARTS
from assay.model.question import ANY_PART
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.ground.library import jurisdictions, load_library

DAYS = (date(2020, 2, 15), date(2022, 12, 15), date(2026, 6, 15))


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def _strictness(
    library: Library, code: str, supplier: str, part: str, activity: str, on: date
) -> tuple[bool, int] | None:
    """Binding before advice, then the order of outcomes; None where the answer is a set."""
    question = question_of(library, supplier, part, activity, code, on, date(2026, 11, 24), {})
    answer = answer_question(library, question).found["answer"]
    outcome = Outcome(answer["outcome"])
    return (answer["force"] == "binding", SEVERITY[outcome]) if outcome in SEVERITY else None


@pytest.mark.parametrize("code", jurisdictions())
def test_any_part_is_never_milder_than_a_single_part(library: Library, code: str) -> None:
    for supplier, activity, on in product(("huawei", "nokia"), ("purchase", "operate"), DAYS):
        whole = _strictness(library, code, supplier, ANY_PART, activity, on)
        for part in PARTS:
            single = _strictness(library, code, supplier, part, activity, on)
            if whole is None:
                continue  # a set of outcomes has no place in the order
            assert single is not None, (supplier, activity, on, part)
            assert single <= whole, (supplier, activity, on, part)
