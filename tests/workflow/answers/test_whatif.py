"""A kept decision's question is built again from its document; --assume also takes a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assay.decide.decide import ask
from assay.decide.document import document
from assay.decide.program import Assumption
from assay.errors import PackError, UsageError
from assay.workflow.answers.ask import parse_assumptions
from assay.workflow.answers.whatif import flip_decision, question_of_document
from worlds import library, question, rule

NEED = rule("need", "authorise", 'when = { fact = "xx.permit", op = "eq", value = false }')
DATED = (
    '[[attribute]]\nid = "xx.since"\ntype = "date"\nfacet = "contract"\ntitle = "since"\nobtainable = ["operator"]\n'
)
SINCE = rule("late", "prohibit", 'when = { fact = "xx.since", op = "gt", value = 2020-06-01 }')


def test_a_question_comes_back_from_its_document():
    there = library(NEED + SINCE, DATED)
    asked = replace(
        question(zone="inner|outer", product="p"), given={"xx.since": date(2020, 5, 1), "xx.permit": True}
    )  # fmt: skip
    assert question_of_document(there, document(ask(there, asked))) == asked


@pytest.mark.parametrize("presume", [True, False])
def test_a_kept_decision_is_reproduced_with_or_without_presumptions(presume):
    there = library(NEED)
    kept = document(ask(there, question(), presume=presume))
    found = flip_decision(there, {**kept, "id": "as ask --format json writes it"})
    assert found["reproduced"]
    assert found["answer"] == kept["answer"]


def test_a_decision_of_another_law_is_told_apart():
    kept = document(ask(library(NEED), question()))
    assert not flip_decision(library(rule("need", "authorise")), kept)["reproduced"]


def test_a_file_that_holds_no_question_is_refused():
    with pytest.raises(UsageError) as caught:
        question_of_document(library(NEED), {"question": {"supplier": "north"}})
    assert caught.value.code == "E0107"


def test_assumptions_come_from_texts_and_from_a_file(tmp_path):
    path = tmp_path / "proposals.toml"
    path.write_text('[[assume]]\nid = "xx.bill"\nfrom = 2027-07-01\n', encoding="utf-8")
    assert parse_assumptions([str(path), "xx.act@2028-01-01"]) == (
        Assumption("xx.bill", date(2027, 7, 1)), Assumption("xx.act", date(2028, 1, 1)),
    )  # fmt: skip


def test_a_bad_assumption_file_is_refused_with_its_place(tmp_path):
    path = tmp_path / "proposals.toml"
    path.write_text('[[assume]]\nid = "xx.bill"\nfrom = 2027-07-01\nuntil = 2028-01-01\n', encoding="utf-8")
    with pytest.raises(PackError) as caught:
        parse_assumptions([str(path)])
    assert caught.value.where == "proposals.toml, line 1"
    with pytest.raises(UsageError) as caught:
        parse_assumptions([str(tmp_path / "absent.toml")])
    assert caught.value.code == "E0105"
