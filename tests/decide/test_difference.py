"""Two decisions side by side: the inputs that differ are the causes that are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assay.decide.decide import ask
from assay.decide.difference import difference
from assay.decide.document import document
from assay.decide.program import Assumption
from worlds import fact, library, question, rule

LATE = rule("ban", "prohibit", valid="from = 2021-06-01")
AUDIT = rule("ban", "prohibit", 'when = { fact = "product.audited", op = "eq", value = false }')


def asked(law, what, facts=(), **more):
    return document(ask(library(law, facts=facts), what, **more))


def causes(found):
    return [row["cause"] for row in found["causes"]]


def test_the_same_decision_has_no_cause():
    one = asked(LATE, question())
    found = difference(one, {**one, "id": "0123"})
    assert found["same"]
    assert causes(found) == []


def test_another_day_is_the_clock_and_names_the_rule_that_came():
    found = difference(asked(LATE, question(on="2021-05-31")), asked(LATE, question(on="2021-06-01")))
    assert causes(found) == ["clock"]
    assert found["rules"]["came"] == [
        {"id": "xx.ban", "says": "ban", "value": "holds", "why": "has effect from 2021-06-01"}
    ]
    assert found["answer"]["outcome"] == {"old": "permitted", "new": "prohibited"}


def test_another_pack_is_the_law():
    found = difference(asked(LATE, question()), asked(rule("ban", "prohibit"), question()))
    assert causes(found) == ["law"]
    assert found["rules"]["came"][0]["why"] == "the law pack differs"


def test_an_assumption_is_the_law():
    bill = rule("bill", "prohibit", instrument="bill")
    assumed = (Assumption("xx.bill", date(2020, 1, 1)),)
    found = difference(asked(bill, question()), asked(bill, question(), assumptions=assumed))
    assert causes(found) == ["law"]
    assert found["rules"]["came"][0]["why"] == "assumed as in force"


def test_another_fact_is_evidence():
    found = difference(asked(AUDIT, question()), asked(AUDIT, question(), (fact("product.audited", True),)))
    assert causes(found) == ["evidence"]


def test_a_fact_that_is_only_younger_is_the_clock_not_evidence():
    facts = (fact("product.audited", True, date(2021, 3, 1)),)
    old, new = asked(AUDIT, question(on="2021-02-28"), facts), asked(AUDIT, question(on="2021-03-01"), facts)
    assert causes(difference(old, new)) == ["clock"]
    assert causes(difference(new, old)) == ["clock"]


def test_a_stated_fact_is_evidence_and_a_context_key_is_the_question():
    plain = question()
    stated = replace(plain, given={"product.audited": True})
    assert causes(difference(asked(AUDIT, plain), asked(AUDIT, stated))) == ["evidence"]
    assert causes(difference(asked(AUDIT, plain), asked(AUDIT, question(zone="inner")))) == ["question"]


def test_another_engine_is_the_engine():
    one = asked(LATE, question())
    assert causes(difference(one, {**one, "engine": "2"})) == ["engine"]


def test_left_out_presumptions_are_the_question():
    law = rule("ban", "prohibit", 'when = { fact = "xx.permit", op = "eq", value = false }')
    found = difference(asked(law, question()), asked(law, question(), presume=False))
    assert causes(found) == ["question"]


def test_a_rule_that_goes_on_for_fewer_parts_is_named_with_them():
    law = rule("all", "phase-out", "until = 2027-12-31") + rule(
        "core", "prohibit", 'part = ["core"]\ndefeats = [ { rule = "xx.all", why = "lex specialis" } ]',
        valid="from = 2022-01-01",
    )  # fmt: skip
    found = difference(asked(law, question(part="any")), asked(law, question(part="any", on="2022-01-01")))
    (changed,) = found["rules"]["changed"]
    assert changed["id"] == "xx.all"
    assert (changed["old"], changed["old_parts"]) == ("holds", [])
    assert (changed["new"], changed["new_parts"]) == ("holds", ["ran", "transport", "management"])
