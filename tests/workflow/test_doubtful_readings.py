"""Readings of the law that another could make differently: `assay why` shows the doubt beside the answer."""

from __future__ import annotations

from datetime import date

import pytest

from assay.reports.answer import render_tree
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.ground.library import load_library

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("code", "supplier", "part", "doubt"),
    [
        ("EU", "Huawei", "ran", "who reads it so strictly that it advises no operator"),
        ("AU", "Huawei", "core", "carries over is an inference"),
        ("AU", "ZTE", "ran", "A stricter reader would call it advice"),
        ("GB", "Huawei", "ran", "Buying is read with the use it is for"),
        ("PT", "Huawei", "transport", "it may be a limit only"),
        ("LT", "Ericsson", "core", "whether they must wait for it was not seen"),
        ("NO", "Huawei", "ran", "were it an order, the same share would bind"),
        ("SI", "Huawei", "core", "whether it advises against the two makers"),
    ],
)
def test_a_doubtful_reading_says_so_in_why(code: str, supplier: str, part: str, doubt: str) -> None:
    library = load_library(frozenset({code}))
    question = question_of(library, supplier, part, "install", code, DAY, DAY, {"generation": ("5G",)})
    assert doubt in render_tree(answer_question(library, question).found)
