"""What the semantics page says, sentence by sentence."""

from __future__ import annotations

from datetime import date

import pytest

from assay.errors import UsageError
from assay.model.law import Effect, Interval
from worlds import LISTED, answered, fact, outcome, question, rule

GENERATION = 'when = { fact = "generation", op = "in", value = ["5G"] }'


HELD = """when = { fact = "xx.permit", op = "eq", value = true }
defeats = [ { rule = "xx.need", why = "lex specialis" } ]"""
NEED = rule("need", "authorise") + rule("has", "except", HELD)
LISTING = """id = "xx.{0}"
instrument = "act"
says = "{0}"
valid = {{ from = 2020-01-01 }}
known = {{ from = 2020-01-01 }}
cite = [ {{ source = "s" }} ]
"""


def test_a_listed_supplier_is_prohibited_and_another_is_not():
    law = rule("ban", "prohibit", LISTED)
    assert outcome(answered(law, question("north"))) == "prohibited|binding"
    assert outcome(answered(law, question("south"))) == "permitted"


def test_validity_is_half_open():
    law = rule("ban", "prohibit", valid="from = 2020-03-01, to = 2020-04-01")
    days = ["2020-02-29", "2020-03-01", "2020-03-31", "2020-04-01"]
    assert [outcome(answered(law, question(on=d))) for d in days] == [
        "permitted", "prohibited|binding", "prohibited|binding", "permitted",
    ]  # fmt: skip


def test_what_was_not_yet_published_is_not_read():
    law = rule("ban", "prohibit")
    assert outcome(answered(law, question(known="2019-12-31"))) == "permitted"
    assert outcome(answered(law, question(known="2020-01-01"))) == "prohibited|binding"


def test_a_phase_out_allows_up_to_its_last_day():
    law = rule("out", "phase-out", "until = 2021-06-30")
    before, after = answered(law, question(on="2021-06-30")), answered(law, question(on="2021-07-01"))
    assert (outcome(before), before.verdict.deadline) == ("phase-out-until|binding", date(2021, 6, 30))
    assert (outcome(after), after.verdict.deadline) == ("prohibited|binding", None)


def test_the_strictest_binding_rule_wins_and_advice_is_listed():
    law = (
        rule("permit-needed", "authorise")
        + rule("warned", "prohibit", instrument="letter")
        + rule("terms", "condition")
    )
    found = answered(law, question())
    assert outcome(found) == "authorisation-required|binding"
    assert [f"{o}|{f}" for o, f in found.verdict.also] == ["permitted-with-conditions|binding", "prohibited|advice"]


def test_without_a_binding_restriction_the_strictest_advice_is_the_headline():
    law = rule("warned", "prohibit", instrument="letter") + rule("terms", "condition", instrument="letter")
    assert outcome(answered(law, question())) == "prohibited|advice"


def test_outcomes_of_one_strictness_stand_in_one_order():
    left = '[[residual]]\noutcome = "no-rule"\nfrom = 2020-06-01\nwhy = "silence"\n'
    found = answered(rule("may", "permit", GENERATION), question(), head=left)
    assert [pair[0].value for pair in found.possible] == ["no-rule", "permitted"]


def test_advice_that_restricts_is_the_answer_where_a_binding_rule_only_permits():
    found = answered(rule("may", "permit") + rule("advised", "prohibit", instrument="letter"), question())
    assert (outcome(found), found.verdict.deciding) == ("prohibited|advice", ("xx.advised",))


def test_a_permission_against_a_restriction_is_a_conflict_unless_one_defeats_the_other():
    law = rule("ban", "prohibit") + rule("licence", "permit")
    assert outcome(answered(law, question())) == "conflict-of-norms|binding"
    edge = 'defeats = [ { rule = "xx.ban", why = "lex specialis" } ]'
    assert outcome(answered(rule("ban", "prohibit") + rule("licence", "permit", edge), question())) == "permitted"


def test_an_exception_that_is_itself_undone_undoes_nothing():
    edge = 'defeats = [ {{ rule = "xx.{}", why = "court stay" }} ]'
    law = (
        rule("ban", "prohibit")
        + rule("stay", "except", edge.format("ban"))
        + rule("quash", "except", edge.format("stay"))
    )
    assert outcome(answered(law, question())) == "prohibited|binding"


def test_a_proposal_has_no_effect_unless_assumed_and_then_counts_from_the_assumed_day():
    law = rule("plan", "phase-out", "until-months = 36", instrument="bill")
    assert outcome(answered(law, question(on="2028-01-01"))) == "permitted"
    found = answered(law, question(on="2028-01-01"), assume="xx.plan@2027-07-01")
    assert (outcome(found), found.verdict.deadline) == ("phase-out-until|binding", date(2030, 6, 30))
    assert outcome(answered(law, question(on="2027-06-30"), assume="xx.plan@2027-07-01")) == "permitted"


def test_what_the_question_leaves_out_is_unknown_and_the_answer_is_the_set():
    found = answered(rule("ban", "prohibit", GENERATION), question())
    assert outcome(found) == "unknown"
    assert {o.value for o, _ in found.possible} == {"permitted", "prohibited"}
    assert found.missing == ("generation",)


def test_a_missing_fact_that_cannot_matter_does_not_make_an_answer_unknown():
    law = rule("ban", "prohibit", LISTED) + rule("terms", "condition", GENERATION)
    assert outcome(answered(law, question("north"))) == "prohibited|binding"


def test_both_completions_the_same_is_an_answer():
    both = GENERATION, 'when = { not = { fact = "generation", op = "in", value = ["5G"] } }'
    law = rule("new", "prohibit", both[0]) + rule("old", "prohibit", both[1])
    assert outcome(answered(law, question())) == "prohibited|binding"


def test_a_presumption_makes_the_headline_and_the_set_stays_visible():
    head = '[[presume]]\nkey = "generation"\nvalue = "5G"\nwhy = "a 5G network"\n'
    found = answered(rule("ban", "prohibit", GENERATION), question(), head)
    assert outcome(found) == "prohibited|binding"
    assert [(p.key, p.value) for p in found.presumed] == [("generation", "5G")]
    assert len(found.possible) == 2
    assert outcome(answered(rule("ban", "prohibit", GENERATION), question(), head, presume=False)) == "unknown"


def test_a_presumption_never_overrides_what_was_said():
    head = '[[presume]]\nkey = "generation"\nvalue = "5G"\nwhy = "a 5G network"\n'
    found = answered(rule("ban", "prohibit", GENERATION), question(generation="4G"), head)
    assert (outcome(found), found.presumed) == ("permitted", ())


def test_a_permit_that_nobody_has_shown_does_not_help_and_a_shown_one_does():
    law = NEED
    silent = answered(law, question())
    assert outcome(silent) == "authorisation-required|binding"
    assert {o.value for o, _ in silent.possible} == {"authorisation-required", "permitted"}
    assert outcome(answered(law, question(), facts=(fact("xx.permit", True),))) == "permitted"


def test_an_expired_permit_helps_no_longer():
    law = NEED
    held = fact("xx.permit", True, id="p")
    expired = type(held)(
        **{**{f: getattr(held, f) for f in held.__slots__}, "valid": Interval(date(2020, 1, 1), date(2021, 1, 1))}
    )
    assert outcome(answered(law, question(on="2020-12-31"), facts=(expired,))) == "permitted"
    assert outcome(answered(law, question(on="2021-01-01"), facts=(expired,))) == "authorisation-required|binding"


def test_a_supplier_outside_an_open_class_is_unknown():
    law = rule("ban", "prohibit", 'when = { fact = "supplier", op = "in-class", value = "xx:doubtful" }')
    assert outcome(answered(law, question("south"))) == "prohibited|binding"
    assert outcome(answered(law, question("north"))) == "unknown"


def test_contradicting_facts_of_one_day_are_a_conflict_and_read_as_unknown():
    law = rule("ban", "prohibit", 'when = { fact = "supplier.seat", op = "in", value = ["YY"] }')
    two = (fact("supplier.seat", "YY"), fact("supplier.seat", "ZZ"))
    found = answered(law, question(), facts=two)
    assert outcome(found) == "unknown"
    assert {f.value for f in found.bound.conflicts["supplier.seat"]} == {"YY", "ZZ"}


def test_the_fact_that_began_last_wins():
    law = rule("ban", "prohibit", 'when = { fact = "supplier.seat", op = "in", value = ["YY"] }')
    moved = (fact("supplier.seat", "YY"), fact("supplier.seat", "ZZ", date(2020, 6, 1)))
    assert outcome(answered(law, question(on="2020-05-31"), facts=moved)) == "prohibited|binding"
    assert outcome(answered(law, question(on="2020-06-01"), facts=moved)) == "permitted"


def test_an_allegation_is_never_read_by_a_rule():
    law = rule("ban", "prohibit", 'when = { fact = "supplier.seat", op = "in", value = ["YY"] }')
    assert outcome(answered(law, question(), facts=(fact("supplier.seat", "YY", status="allegation"),))) == "unknown"


def test_supplying_components_is_not_using_equipment():
    assert outcome(answered(rule("ban", "prohibit"), question(activity="supply-components"))) == "permitted"


def test_several_values_hold_at_once():
    law = rule("ban", "prohibit", 'when = { fact = "bands", op = "in", value = ["3.5GHz"] }')
    assert outcome(answered(law, question(bands="2.3GHz|3.5GHz"))) == "prohibited|binding"
    assert outcome(answered(law, question(bands="2.3GHz"))) == "permitted"


def test_duties_and_powers_are_listed_and_change_nothing():
    law = "[[duty]]\n" + LISTING.format("report") + "[[power]]\n" + LISTING.format("ban-later")
    found = answered(law, question())
    assert outcome(found) == "permitted"
    assert (found.listed(Effect.DUTY), found.listed(Effect.POWER)) == (("xx.report",), ("xx.ban-later",))


ENDED = (
    "[[duty]]\n" + LISTING.format("report") + "[[power]]\n" + LISTING.format("ban-later")
    + """[[duty]]
id = "xx.report-2023"
instrument = "act"
says = "the new duty"
valid = { from = 2023-06-01 }
known = { from = 2023-01-15 }
defeats = [ { rule = "xx.report", why = "lex posterior" }, { rule = "xx.ban-later", why = "lex posterior" } ]
cite = [ { source = "s" } ]
"""
)  # fmt: skip


@pytest.mark.parametrize(
    ("on", "known", "duties", "powers"),
    [
        ("2023-05-31", "2023-02-01", ("xx.report",), ("xx.ban-later",)),
        ("2023-06-01", "2023-01-15", ("xx.report-2023",), ()),
        ("2023-06-01", "2023-01-14", ("xx.report",), ("xx.ban-later",)),
    ],
    ids=["before it applies", "applies and known", "applies, not yet known"],
)
def test_a_duty_and_a_power_end_on_both_clocks_where_a_later_text_ends_them(on, known, duties, powers):
    found = answered(ENDED, question(on=on, known=known))
    assert (found.listed(Effect.DUTY), found.listed(Effect.POWER)) == (duties, powers)


def test_hiding_origin_makes_answers_that_rest_on_it_unknown():
    law = rule("ban", "prohibit", 'when = { fact = "supplier.seat", op = "in", value = ["YY"] }')
    seat = (fact("supplier.seat", "YY"),)
    assert outcome(answered(law, question(), facts=seat)) == "prohibited|binding"
    assert outcome(answered(law, question(), facts=seat, hidden=frozenset({"origin"}))) == "unknown"


def test_a_defined_fact_carries_what_it_was_defined_from():
    head = '[[attribute]]\nid = "xx.critical"\ntype = "bool"\nfacet = "derived"\ntitle = "critical"\n'
    define = rule(
        "critical", "define", 'define = "xx.critical"\nwhen = { fact = "function", op = "in", value = ["AMF"] }'
    )
    law = define + rule("ban", "prohibit", 'when = { fact = "xx.critical", op = "eq", value = true }')
    assert outcome(answered(law, question(function="AMF"), head)) == "prohibited|binding"
    assert outcome(answered(law, question(function="SMF"), head)) == "permitted"
    assert outcome(answered(law, question(), head)) == "unknown"


def test_before_the_residual_source_the_answer_says_so():
    found = answered("", question(on="2019-01-01"))
    assert outcome(found) == "permitted"
    assert found.program.residual is not None
    assert found.program.residual.start > found.question.as_of


def test_an_installed_date_that_is_none_is_an_error():
    law = rule("old", "permit", 'when = { fact = "installed", op = "lt", value = 2020-01-01 }')
    with pytest.raises(UsageError) as caught:
        answered(law, question(installed="yesterday"))
    assert caught.value.code == "E0110"
    assert str(caught.value).splitlines()[0] == "E0110 `installed` is 'yesterday', and the calendar has no such day"


def test_thresholds_hold_on_both_sides():
    law = rule("old", "condition", 'when = { fact = "installed", op = "lt", value = 2020-01-01 }')
    assert outcome(answered(law, question(installed="2019-12-31"))) == "permitted-with-conditions|binding"
    assert outcome(answered(law, question(installed="2020-01-01"))) == "permitted"
    assert outcome(answered(law, question())) == "unknown"


def test_rules_for_every_value_of_a_closed_list_leave_nothing_open():
    law = rule("ban", "prohibit", 'when = { fact = "generation", op = "in", value = ["2G", "3G", "4G", "5G", "6G"] }')
    assert outcome(answered(law, question())) == "prohibited|binding"
