"""Wording follows bindingness; nothing is printed bare; what is weak or assumed says so."""

from __future__ import annotations

import re

import pytest

from assay.decide.document import document
from assay.decide.pack import WHY_DEFEATS
from assay.reports.answer import headline, render_answer, render_tree
from worlds import LISTED, answered, question, rule


def said(rules, asked, **more):
    found = document(answered(rules, asked, **more))
    return found, render_answer(found, "North", "abcd1234")


@pytest.mark.parametrize(
    ("effect", "extra", "instrument", "words"),
    [
        ("prohibit", "", "act", "PROHIBITED"),
        ("prohibit", "", "letter", "ADVISED AGAINST"),
        ("phase-out", "until = 2027-12-31", "act", "ALLOWED UNTIL 2027-12-31"),
        ("phase-out", "until = 2027-12-31", "letter", "ALLOWED; ADVISED TO END BY 2027-12-31"),
        ("authorise", "", "act", "AUTHORISATION REQUIRED"),
        ("condition", "", "act", "ALLOWED ON CONDITIONS"),
        ("cap", 'cap = { share = "35/100", metric = ["sites"], per = ["operator"] }', "act", "CAPPED AT 35 % OF SITES"),
    ],
)
def test_the_headline_follows_bindingness(effect, extra, instrument, words):
    found, text = said(rule("a", effect, extra, instrument), question())
    assert headline(found) == words
    assert text.startswith(words)


def test_advice_says_that_it_is_no_duty():
    assert "advice, not a legal duty on this date" in said(rule("a", "prohibit", instrument="letter"), question())[1]


def test_permitted_is_never_printed_bare():
    found, text = said("", question())
    assert headline(found) == "NO RESTRICTION FOUND"
    assert "no restriction found in 3 coded instruments" in text


def test_powers_stand_beside_a_permission():
    power = """[[power]]
id = "xx.may-ban"
instrument = "act"
says = "the ministry may ban a supplier"
valid = { from = 2020-01-01 }
known = { from = 2020-01-01 }
cite = [ { source = "s" } ]
"""
    assert "the ministry may ban a supplier" in said(power, question())[1]


def test_an_unknown_answer_names_the_set_and_what_would_settle_it():
    _, text = said(rule("a", "prohibit", 'when = { fact = "generation", op = "in", value = ["5G"] }'), question())
    assert text.startswith("NOT DETERMINED")
    assert "permitted, prohibited (binding)" in text
    assert '--context "generation=' in text


def test_an_assumption_stands_in_the_headline_and_on_a_line_of_its_own():
    law = rule("plan", "prohibit", instrument="bill")
    found, text = said(law, question(on="2028-01-01"), assume="xx.plan@2027-07-01")
    assert headline(found) == "ASSUMED: PROHIBITED"
    assert "xx.plan as if in force from 2027-07-01; it is not the law today" in text


def test_a_weak_source_is_worded_as_reported():
    law = rule("ban", "prohibit").replace('source = "s"', 'source = "weak"')
    head = '[[source]]\nid = "weak"\ntitle = "Copy"\nurl = "https://copy.example/"\ngrade = "republication"\n'
    found = document(answered(law, question(), head))
    assert found["sources"]["weakest"] == "republication"
    assert headline(found) == "REPORTED: PROHIBITED"


def test_of_two_rules_that_decide_alike_the_better_carried_one_counts():
    law = rule("ban", "prohibit") + rule("same", "prohibit").replace('source = "s"', 'source = "weak"')
    head = '[[source]]\nid = "weak"\ntitle = "Copy"\nurl = "https://copy.example/"\ngrade = "republication"\n'
    assert document(answered(law, question(), head))["sources"]["weakest"] == "official-text"


def test_any_part_names_the_parts_that_a_rule_speaks_for():
    special = 'part = ["core"]\ndefeats = [ { rule = "xx.all", why = "lex specialis" } ]'
    law = rule("all", "phase-out", "until = 2027-12-31") + rule("core", "prohibit", special)
    found, text = said(law, question(part="any"))
    assert "because      Act: core (for: core)    xx.core" in text
    assert "phase-out-until, until 2027-12-31, by binding rule: Act: all (for: ran, transport, management)" in text
    assert "xx.all  [holds] (for: ran, transport, management)  phase-out, binding rule" in render_tree(found)
    assert "(for: " not in said(law, question())[1]


def test_a_last_day_that_has_passed_reads_as_such():
    law = rule("ban", "prohibit") + rule("end", "phase-out", "until = 2020-06-30", "letter")
    assert "prohibited, allowed until 2020-06-30, by advice" in said(law, question())[1]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("2026-01-01", "law as known on 2026-01-01 · "),
        ("2026-01-02", "law as known on 2026-01-02, read for these packs up to 2026-01-01 · "),
    ],
)
def test_knowledge_ends_where_the_packs_were_read(known, words):
    assert words in said(rule("ban", "prohibit"), question(known=known))[1]


def test_the_tree_shows_what_was_asked_found_and_concluded():
    found = document(answered(rule("ban", "prohibit", LISTED), question()))
    text = render_tree(found)
    assert "supplier = north in-class listed suppliers [true]" in text
    assert "evidence north in xx:listed" in text


def test_a_defeated_rule_is_shown_with_the_reason():
    _, text = said(rule("ban", "prohibit") + rule("stay", "except", _edge("court stay")), question())
    assert "Act steps back: a court has stayed it (court stay)    xx.ban, defeated by xx.stay" in text


@pytest.mark.parametrize("why", [why for why in WHY_DEFEATS if why != "lex posterior"])
def test_every_reason_for_a_defeat_has_plain_words(why):
    _, text = said(rule("ban", "prohibit") + rule("stay", "except", _edge(why)), question())
    assert re.search(rf"steps back: [a-z ]+ \({why}\)    xx.ban", text)


def test_what_later_law_replaced_is_counted_and_not_told():
    _, text = said(rule("ban", "prohibit") + rule("new", "except", _edge("lex posterior")), question())
    assert "steps back" not in text
    assert "replaced by later law 1: assay why" in text


def _edge(why):
    return f'defeats = [ {{ rule = "xx.ban", why = "{why}" }} ]'


def test_an_answer_under_presumptions_says_what_it_could_be_otherwise():
    head = '[[presume]]\nkey = "generation"\nvalue = "4G"\nwhy = "a 4G network"\n'
    ban = rule("a", "prohibit", 'when = { fact = "generation", op = "in", value = ["5G"] }')
    text = render_answer(document(answered(ban, question(), head)), "North", "abcd1234")
    assert text.startswith("NO RESTRICTION FOUND")
    assert "otherwise    prohibited (binding): possible where what is assumed does not hold" in text


def test_an_answer_that_no_presumption_could_change_says_nothing_of_the_kind():
    assert "otherwise" not in said(rule("a", "prohibit"), question())[1]


def test_a_cap_beside_a_stricter_phase_out_says_by_when_it_is_to_be_met():
    cap = 'cap = { share = "35/100", metric = ["sites"], per = ["operator"] }\nuntil = 2027-07-31'
    both = rule("end", "phase-out", "until = 2030-12-31") + rule("limit", "cap", cap)
    found, text = said(both, question())
    assert headline(found) == "ALLOWED UNTIL 2030-12-31"
    assert "capped, to be met by 2027-07-31, by binding rule" in text
    assert headline(said(rule("limit", "cap", cap), question())[0]) == "CAPPED AT 35 % OF SITES BY 2027-07-31"


def test_what_an_assumption_puts_in_force_is_marked_line_by_line():
    found, text = said(rule("a", "prohibit"), question(), assume="xx.a@2020-01-01")
    assert "ASSUMED: Act" in text
    assert "ASSUMED  xx.a" in render_tree(found)
