"""What would change an answer: only what somebody can bring, each set minimal, law kept apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

from hypothesis import HealthCheck, given, settings
from tests.decide.random_packs import subsets, worlds

from assay.decide.decide import ask
from assay.decide.flip_document import flip_document
from assay.decide.whatif import changeable, flip, origin_blind
from assay.decide.withdrawal import fixed, withdrawals
from assay.model.decision import SEVERITY, Outcome
from assay.model.law import Force
from worlds import HEAD, LISTED, answered, fact, library, question, rule

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

NEED = rule("need", "authorise") + rule(
    "has", "except",
    'when = { fact = "xx.permit", op = "eq", value = true }\ndefeats = [ { rule = "xx.need", why = "lex specialis" } ]',
)  # fmt: skip
PAIR = rule("ban", "prohibit") + rule(
    "out", "except",
    """when = { all = [ { fact = "product.audited", op = "eq", value = true },
                        { fact = "zone", op = "in", value = ["outer"] } ] }
defeats = [ { rule = "xx.ban", why = "express derogation" } ]""",
)  # fmt: skip
SEAT_BAN = rule("seat", "prohibit", 'when = { fact = "supplier.seat", op = "in", value = ["AA"] }')


def flipped(law, asked, head="", facts=()):
    there = library(law, head, facts)
    return flip(there, ask(there, asked))


def written(law, asked, head="", facts=()):
    there = library(law, head, facts)
    found = flip(there, ask(there, asked))
    return flip_document(found, withdrawals(there, found.now, found.sets))


def sets(found):
    return [({c.fact: c.value for c in s.changes}, s.direction, s.then.verdict.outcome.value) for s in found.sets]


def test_a_permit_that_would_lift_a_requirement_is_offered_with_who_grants_it():
    found = flipped(NEED, question())
    assert sets(found) == [({"xx.permit": True}, "milder", "permitted")]
    (one,) = found.sets
    assert one.changes[0].by == ("authority",)
    assert one.changes[0].authorities == ("Ministry",)
    assert one.parties == ("authority",)


def test_two_facts_that_only_help_together_are_one_set():
    found = flipped(PAIR, question(zone="inner", product="p"))
    assert sets(found) == [({"product.audited": True, "zone": "outer"}, "milder", "permitted")]
    assert set(found.sets[0].parties) == {"lab", "operator"}


def test_origin_is_never_offered_and_the_answer_says_so():
    found = flipped(SEAT_BAN, question(), facts=(fact("supplier.seat", "AA"),))
    assert found.sets == ()
    assert found.complete
    found = written(SEAT_BAN, question(), facts=(fact("supplier.seat", "AA"),))
    assert found["says"] == "no fact that somebody could bring changes this answer"
    assert [(row["fact"], row["who"]) for row in found["fixed"]] == [("supplier.seat", "nobody")]


def test_neither_designation_by_name_nor_operator_nor_a_past_date_is_offered():
    law = rule("ban", "prohibit", LISTED) + rule(
        "old", "except",
        """when = { any = [ { fact = "installed", op = "lt", value = 2019-01-01 },
                            { fact = "operator", op = "in-class", value = "xx:small" } ] }
defeats = [ { rule = "xx.ban", why = "express derogation" } ]""",
    )  # fmt: skip
    small = (
        '[[class]]\nid = "xx:small"\nof = "operator"\ntitle = "small"\nclosed = true\nsource = "s"\nmembers = ["Tiny"]'
    )
    there = library(law, classes=small)
    found = flip(there, ask(there, question(installed="2020-05-05", operator="Big")))
    assert found.sets == ()
    (apart,) = withdrawals(there, found.now, found.sets).found
    assert (apart.then.verdict.outcome, apart.changes) == (Outcome.PERMITTED, ())
    assert [(one.fact, one.who) for one in fixed(found.now)] == [("supplier", "legislator")]


def test_what_an_origin_blind_answer_does_not_see_is_the_seat():
    there = library(SEAT_BAN, facts=(fact("supplier.seat", "AA"),))
    assert ask(there, question()).verdict.outcome is Outcome.PROHIBITED
    blind = origin_blind(there, question())
    assert {o.value for o, _ in blind.stated} == {"permitted", "prohibited"}


def test_what_only_a_change_of_law_would_mend_stands_apart_with_the_outcome_without_it():
    law = rule("ban", "prohibit") + rule("terms", "condition", instrument="letter")
    found = written(law, question())
    assert found["sets"] == []
    (row,) = found["not_in_your_hands"]
    assert [r["id"] for r in row["rules"]] == ["xx.ban"]
    assert (row["outcome"], row["force"]) == ("permitted-with-conditions", "advice")
    assert (row["rules"][0]["who"], row["rules"][0]["authority"]) == ("legislator", "Ministry")


def left_out(found):
    return [
        ([r["id"] for r in row["rules"]], [f["fact"] for f in row["facts"]], row["outcome"], row["parties"])
        for row in found["not_in_your_hands"]
    ]  # fmt: skip


def test_two_deciding_rules_are_left_out_together_where_one_alone_changes_nothing():
    found = written(rule("one", "prohibit") + rule("two", "prohibit"), question())
    assert left_out(found) == [(["xx.one", "xx.two"], [], "permitted", ["legislator"])]
    assert found["law_complete"]


def test_a_withdrawal_does_not_bring_back_the_law_that_was_replaced():
    old = HEAD[HEAD.index("[[instrument]]") :].split("[[instrument]]")[1]
    head = "\n[[instrument]]" + old.replace('id = "act"', 'id = "old"').replace('"in-force"', '"superseded"')
    edge = 'defeats = [ { rule = "xx.old", why = "lex posterior" } ]'
    law = rule("new", "prohibit", edge) + rule("old", "prohibit", instrument="old")
    there = library(law, head)
    now = ask(there, question())
    assert [[line.rule.id for line in one.lines] for one in withdrawals(there, now, ()).found] == [["xx.new"]]
    kept = library(law.replace("lex posterior", "lex superior"), head)
    assert not withdrawals(kept, ask(kept, question()), ()).found


def test_the_withdrawal_of_a_rule_is_offered_together_with_the_fact_that_it_needs_beside_it():
    found = written(NEED + rule("letter", "authorise"), question())
    assert found["sets"] == []
    assert left_out(found) == [
        (["xx.letter"], ["xx.permit"], "permitted", ["legislator", "authority"]),
        (["xx.letter", "xx.need"], [], "permitted", ["legislator"]),
    ]


def test_a_fact_that_settles_an_open_answer_is_offered_for_each_outcome():
    law = rule("ban", "prohibit", 'when = { fact = "product.audited", op = "eq", value = false }')
    assert outcome_of(answered(law, question())) == "unknown"
    assert sorted(sets(flipped(law, question())), key=str) == [
        ({"product.audited": False}, "settles", "prohibited"), ({"product.audited": True}, "settles", "permitted"),
    ]  # fmt: skip


def outcome_of(found):
    return found.verdict.outcome.value


def test_where_more_facts_help_than_one_the_fewest_come_first():
    law = PAIR + rule(
        "permitted", "except",
        'when = { fact = "xx.permit", op = "eq", value = true }\n'
        'defeats = [ { rule = "xx.ban", why = "lex specialis" } ]',
    )  # fmt: skip
    found = flipped(law, question(zone="inner", product="p"))
    assert [sorted(changes) for changes, _, _ in sets(found)] == [["xx.permit"], ["product.audited", "zone"]]


def rank(named):
    return named[1] is Force.BINDING, SEVERITY[named[0]]


def does(now, then):
    """The direction of a change, written down a second time: only milder and stricter."""
    if now.verdict.outcome is Outcome.UNKNOWN or then.verdict.named() == now.verdict.named():
        return ""
    ranks = [rank(named) for named in then.stated]
    here = rank(now.verdict.named())
    return "milder" if max(ranks) < here else "stricter" if min(ranks) > here else ""


def again(world, asked, changes):
    context = {**asked.context, **{c.fact: (str(c.value),) for c in changes if c.context}}
    given = {**asked.given, **{c.fact: c.value for c in changes if not c.context}}
    return ask(world.library, replace(asked, context=context, given=given))


@MANY
@given(worlds(4), subsets)
def test_every_set_works_when_asked_again_and_no_part_of_it_does(world, known):
    asked = world.asked(known)
    now = ask(world.library, asked)
    for one in flip(world.library, now).sets:
        assert again(world, asked, one.changes).verdict == one.then.verdict
        assert "x.seat" not in {c.fact for c in one.changes}
        for size in range(1, len(one.changes)):
            for part in combinations(one.changes, size):
                then = again(world, asked, part)
                if one.direction == "settles":
                    assert then.verdict.named() != one.then.verdict.named()
                else:
                    assert does(now, then) != one.direction


@MANY
@given(worlds(4), subsets)
def test_every_withdrawal_works_when_asked_again_and_no_part_of_it_does(world, known):
    asked = world.asked(known)
    now = ask(world.library, asked)
    facts_alone = flip(world.library, now).sets
    for one in withdrawals(world.library, now, facts_alone).found:
        for rules in parts(one.lines):
            for changes in parts(one.changes):
                gone = {line.rule.id for line in rules}
                packs = tuple(
                    replace(p, rules=tuple(r for r in p.rules if r.id not in gone)) for p in world.library.packs
                )
                then = again(replace(world, library=replace(world.library, packs=packs)), asked, changes)
                whole = (len(rules), len(changes)) == (len(one.lines), len(one.changes))
                assert (does(now, then) == "milder") is whole
        assert "x.seat" not in {c.fact for c in one.changes}


def parts(items):
    return [part for size in range(len(items) + 1) for part in combinations(items, size)]


@MANY
@given(worlds(3), subsets)
def test_where_no_set_is_found_no_combination_of_all_changeable_facts_helps(world, known):
    asked = world.asked(known)
    now = ask(world.library, asked)
    found = flip(world.library, now)
    if found.sets or not found.complete:
        return
    choices = [(None, *values) for values in changeable(now).values()]
    for picked in product(*choices):
        then = again(world, asked, [c for c in picked if c is not None])
        assert does(now, then) == ""
