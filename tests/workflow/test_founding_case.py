"""The case that this project began with, asked of the shipped packs. Each expectation names where it was read."""

from __future__ import annotations

from datetime import date

import pytest

from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.ground.library import load_library

FEBRUARY = date(2020, 2, 15)

EXPECTED = [
    # data/law/zte_case.md, "February 2020 in one picture", and the truth table's conventions
    ("GB", "zte", "core", {}, "prohibited", "advice"),
    ("GB", "zte", "ran", {}, "prohibited", "advice"),
    ("GB", "ericsson", "ran", {}, "permitted", ""),
    ("EU", "zte", "core", {}, "permitted", ""),
    ("SE", "zte", "ran", {}, "permitted", ""),
    ("DE", "zte", "core", {}, "permitted", ""),
    ("AU", "zte", "ran", {}, "prohibited", "binding"),
    ("US", "zte", "ran", {"funding": ("private",)}, "permitted", ""),
    ("US", "zte", "ran", {"funding": ("federal-procurement",)}, "prohibited", "binding"),
]


@pytest.mark.parametrize(("code", "supplier", "part", "context", "outcome", "force"), EXPECTED)
def test_february_2020_reads_as_the_public_record_says(code, supplier, part, context, outcome, force):
    library = load_library(frozenset({code}), supplier=supplier)
    asked = question_of(library, supplier, part, "purchase", code, FEBRUARY, date(2026, 11, 24), context)
    found = answer_question(library, asked).found["answer"]
    assert (found["outcome"].replace("no-rule", "permitted"), found["force"]) == (outcome, force)
