"""A question for any part is put for each part: what is special in one takes nothing away in another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from assay.decide.decide import ask
from assay.decide.document import document
from assay.decide.interpret import Interpreter
from assay.decide.program import build_program
from assay.decide.vectorise import decide_frame
from assay.model.decision import Outcome
from assay.model.law import PARTS, Effect, Force
from worlds import answered, library, outcome, question, rule

CORE_FIRST = (
    rule("all", "phase-out", "until = 2027-12-31")
    + rule("core", "prohibit", 'part = ["core"]\ndefeats = [ { rule = "xx.all", why = "lex specialis" } ]')
)  # fmt: skip
OPEN_RAN = (
    rule("all", "prohibit")
    + rule("ran", "permit", 'part = ["ran"]\ndefeats = [ { rule = "xx.all", why = "lex specialis" } ]')
)  # fmt: skip
APART = rule("ran", "permit", 'part = ["ran"]') + rule("core", "prohibit", 'part = ["core"]')
CONTESTED = rule("all", "permit") + rule("core", "condition", 'part = ["core"]')


def by_columns(law, parts=("any",), settle=True):
    there = library(law)
    program = build_program(there, "XX", date(2021, 1, 1), date(2026, 1, 1))
    frame = pl.LazyFrame({"part": parts, "activity": ["purchase"] * len(parts), "supplier": ["north"] * len(parts)})
    decided = decide_frame(Interpreter(program), there.facts, frame, settle=settle)
    return decided.classes[decided.elements]


@pytest.mark.parametrize(
    ("law", "headline", "also", "deciding"),
    [
        (CORE_FIRST, "prohibited|binding", {(Outcome.PHASE_OUT, Force.BINDING)}, ("xx.core",)),
        (OPEN_RAN, "prohibited|binding", set(), ("xx.all",)),
        (APART, "prohibited|binding", set(), ("xx.core",)),
        (CONTESTED, "conflict-of-norms|binding", {(Outcome.CONDITIONS, Force.BINDING)}, ("xx.core", "xx.all")),
    ],
    ids=["special core", "open ran", "permit apart", "contested core"],
)
def test_what_holds_in_one_part_neither_hides_nor_contradicts_another(law, headline, also, deciding):
    found = answered(law, question(part="any"))
    assert (outcome(found), set(found.verdict.also), found.verdict.deciding) == (headline, also, deciding)
    (row,) = by_columns(law).iter_rows(named=True)
    assert (row["outcome"], row["force"]) == found.verdict.named()
    assert row["deciding"] == sorted(deciding)


def test_the_deadline_of_another_part_stands_beside_the_strictest():
    found = answered(CORE_FIRST, question(part="any"))
    assert found.verdict.deadline is None
    assert [answered(CORE_FIRST, question(part=part)).verdict.deadline for part in PARTS[1:]] == [
        date(2027, 12, 31)
    ] * 3


def test_rules_of_several_parts_that_give_the_same_outcome_all_decide():
    law = rule("core", "prohibit", 'part = ["core"]') + rule("ran", "prohibit", 'part = ["ran"]')
    assert answered(law, question(part="any")).verdict.deciding == ("xx.core", "xx.ran")
    assert by_columns(law)["deciding"].to_list() == [["xx.core", "xx.ran"]]


def test_a_fact_that_only_one_part_asks_for_leaves_the_answer_open():
    law = rule("core", "condition", 'part = ["core"]') + rule(
        "ran", "prohibit", 'part = ["ran"]\nwhen = { fact = "generation", op = "in", value = ["5G"] }'
    )
    found = answered(law, question(part="any"))
    assert set(found.stated) == {(Outcome.CONDITIONS, Force.BINDING), (Outcome.PROHIBITED, Force.BINDING)}
    assert found.missing == ("generation",)
    assert outcome(answered(law, question(part="core"))) == "permitted-with-conditions|binding"
    assert by_columns(law)["stated"].to_list() == [["permitted-with-conditions|binding", "prohibited|binding"]]


def test_what_could_only_change_a_milder_part_is_neither_asked_nor_completed():
    law = rule("core", "prohibit", 'part = ["core"]') + rule(
        "ran", "prohibit", 'part = ["ran"]\nwhen = { fact = "generation", op = "in", value = ["5G"] }', "letter"
    )
    found = answered(law, question(part="any"))
    assert (outcome(found), found.missing) == ("prohibited|binding", ())
    assert by_columns(law, settle=False)["outcome"].to_list() == ["prohibited"]


def test_a_permission_in_one_part_goes_before_silence_in_another():
    silent = library(rule("ran", "permit", 'part = ["ran"]'))
    pack = replace(silent.packs[0], residuals=())
    found = ask(replace(silent, packs=(pack,)), question(part="any"))
    assert (found.verdict.named(), found.verdict.deciding) == ((Outcome.PERMITTED, None), ("xx.ran",))


def test_the_document_says_in_which_parts_a_rule_is_as_shown():
    rules = {row["id"]: row for row in document(answered(CORE_FIRST, question(part="any")))["rules"]}
    assert (rules["xx.core"]["value"], rules["xx.core"]["parts"]) == ("holds", ["core"])
    assert (rules["xx.all"]["value"], rules["xx.all"]["parts"]) == ("holds", ["ran", "transport", "management"])
    assert rules["xx.all"]["defeated_by"] == []
    core = {row["id"]: row for row in document(answered(CORE_FIRST, question(part="core")))["rules"]}
    assert core["xx.all"]["value"] == "defeated"
    assert "parts" not in core["xx.all"]


def test_a_rule_for_the_whole_network_names_no_parts():
    (only,) = document(answered(rule("all", "prohibit"), question(part="any")))["rules"]
    assert "parts" not in only


def test_a_duty_that_ends_in_one_part_goes_on_for_any():
    duty = '[[duty]]\nid = "xx.report"\ninstrument = "act"\nsays = "report"\nvalid = { from = 2020-01-01 }\n'
    duty += 'known = { from = 2020-01-01 }\ncite = [ { source = "s" } ]\n'
    law = duty + rule("end", "except", 'part = ["core"]\ndefeats = [ { rule = "xx.report", why = "lex posterior" } ]')
    listed = {part: answered(law, question(part=part)).listed(Effect.DUTY) for part in ("core", "ran", "any")}
    assert listed == {"core": (), "ran": ("xx.report",), "any": ("xx.report",)}


def test_classes_for_one_part_and_for_any_stand_in_one_table():
    rows = by_columns(CORE_FIRST, ("ran", "any", "core", "any"))
    assert rows["outcome"].to_list() == ["phase-out-until", "prohibited", "prohibited", "prohibited"]
    assert rows["rule:xx.all"].to_list() == [True, True, False, True]
    assert rows["deadline"].to_list() == [date(2027, 12, 31), None, None, None]


def test_a_table_that_names_no_part_leaves_open_what_parts_differ_in():
    there = library(OPEN_RAN)
    program = build_program(there, "XX", date(2021, 1, 1), date(2026, 1, 1))
    frame = pl.LazyFrame({"activity": ["purchase"], "supplier": ["north"]})
    (row,) = decide_frame(Interpreter(program), there.facts, frame).classes.iter_rows(named=True)
    assert (row["outcome"], row["stated"]) == ("unknown", ["permitted|", "prohibited|binding"])


def test_a_table_that_names_no_part_is_decided_where_all_four_agree():
    there = library("".join(rule(part, "prohibit", f'part = ["{part}"]') for part in PARTS))
    program = build_program(there, "XX", date(2021, 1, 1), date(2026, 1, 1))
    frame = pl.LazyFrame({"activity": ["purchase"], "supplier": ["north"]})
    (row,) = decide_frame(Interpreter(program), there.facts, frame).classes.iter_rows(named=True)
    assert (row["outcome"], row["stated"]) == ("prohibited", ["prohibited|binding"])


def test_what_is_presumed_for_one_part_is_said_although_another_part_decides_alike():
    head = '[[attribute]]\nid = "xx.w"\ntype = "bool"\nfacet = "derived"\ntitle = "w"\n'
    head += '[[presume]]\nkey = "generation"\nvalue = "5G"\nwhy = "it is asked about"\n'
    modern = 'when = { fact = "generation", op = "in", value = ["5G"] }'
    law = (
        rule("core", "define", f'define = "xx.w"\npart = ["core"]\n{modern}')
        + rule("ran", "define", 'define = "xx.w"\npart = ["ran"]')
        + rule("ban", "prohibit", 'when = { fact = "xx.w", op = "eq", value = true }')
    )
    found = answered(law, question(part="any"), head)
    assert outcome(found) == "prohibited|binding"
    assert [row.key for row in found.presumed] == ["generation"]
    (only,) = document(found)["rules"]
    assert only["parts"] == ["core", "ran"]
