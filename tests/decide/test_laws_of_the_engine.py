"""What must hold whatever the law says: monotonicity, independence of order, and that withholding never helps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.decide.random_packs import TODAY, VALUES, WITHHELD, drawn_law, subsets, worlds

from assay.decide.decide import ask
from assay.decide.document import document
from assay.model.decision import SEVERITY, Outcome
from assay.model.law import PARTS, Effect, Force
from assay.model.question import Question

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def without_presumptions(world, known, hidden=frozenset()):
    return ask(world.library, world.asked(known), presume=False, hidden=hidden)


@MANY
@given(worlds(), subsets, st.sampled_from(sorted(WITHHELD)))
def test_a_further_fact_never_turns_one_definite_outcome_into_another(world, known, more):
    before = without_presumptions(world, known - {more})
    after = without_presumptions(world, known | {more})
    event("definite" if before.verdict.outcome is not Outcome.UNKNOWN else "open")
    assert set(after.stated) <= set(before.stated)
    if before.verdict.outcome is not Outcome.UNKNOWN:
        assert after.verdict.named() == before.verdict.named()


@MANY
@given(worlds(), subsets)
def test_hiding_a_fact_never_yields_a_set_without_the_true_outcome(world, known):
    full = without_presumptions(world, WITHHELD)
    part = without_presumptions(world, known)
    assert set(full.possible) <= set(part.possible)


@MANY
@given(worlds())
def test_hiding_a_facet_never_yields_a_set_without_the_true_outcome(world):
    full = without_presumptions(world, WITHHELD)
    for facet in ("origin", "designation", "technical"):
        assert set(full.possible) <= set(without_presumptions(world, WITHHELD, frozenset({facet})).possible)


@MANY
@given(worlds(), st.data(), subsets)
def test_the_order_of_rules_does_not_matter(world, data, known):
    (pack,) = world.library.packs
    shuffled = replace(pack, rules=tuple(data.draw(st.permutations(pack.rules))))
    other = replace(world, library=replace(world.library, packs=(shuffled,)))
    assert document(without_presumptions(other, known)) == document(without_presumptions(world, known))


@MANY
@given(st.randoms(use_true_random=False), st.data())
def test_the_order_of_facts_does_not_matter(dice, data):
    law = drawn_law(dice, 4)
    question = Question(dice.choice(VALUES["supplier"]), "any", "purchase", "XX", TODAY, TODAY, "p1")
    answers = []
    for order in (law.library.facts.facts, tuple(data.draw(st.permutations(law.library.facts.facts)))):
        library = replace(law.library, facts=replace(law.library.facts, facts=order))
        answers.append(ask(library, question))
    first, second = answers
    assert (first.verdict, first.stated, first.possible) == (second.verdict, second.stated, second.possible)
    values = [{fact: frozenset(found or ()) for fact, found in one.bound.values.items()} for one in answers]
    assert values[0] == values[1]


def rank(verdict):
    return verdict.force is Force.BINDING, SEVERITY[verdict.outcome]


@MANY
@given(worlds())
def test_any_part_is_the_strictest_of_the_four_parts(world):
    """With everything known and nothing presumed: outcome, what else holds, deciding rules and deadline."""
    whole = without_presumptions(replace(world, question=replace(world.question, part="any")), WITHHELD)
    single = [
        without_presumptions(replace(world, question=replace(world.question, part=part)), WITHHELD) for part in PARTS
    ]
    if any(answer.verdict.outcome is Outcome.UNKNOWN for answer in (whole, *single)):
        event("open")  # a value is known and its place in an open class is not
        return
    strictest = max((answer.verdict for answer in single), key=rank)
    same = [answer.verdict for answer in single if rank(answer.verdict) == rank(strictest)]
    event(f"{whole.verdict.outcome}, {len(same)} parts alike")
    assert rank(whole.verdict) == rank(strictest)
    assert set(whole.verdict.deciding) == {rule for verdict in same for rule in verdict.deciding}
    assert whole.verdict.deadline == min((v.deadline for v in same if v.deadline), default=None)
    pairs = {pair for answer in single for pair in answer.verdict.also}
    pairs |= {v.named() for v in (a.verdict for a in single) if v.force and v.outcome is not Outcome.CONFLICT}
    assert set(whole.verdict.also) == pairs - {whole.verdict.named()}
    assert whole.listed(Effect.DUTY) == tuple(sorted({one for a in single for one in a.listed(Effect.DUTY)}))


@MANY
@given(worlds(), subsets)
def test_what_is_possible_for_any_part_is_possible_for_one_of_the_four(world, known):
    whole = without_presumptions(replace(world, question=replace(world.question, part="any")), known)
    parts = [replace(world, question=replace(world.question, part=part)) for part in PARTS]
    there = {named for part in parts for named in without_presumptions(part, known).possible}
    assert set(whole.possible) <= there
    floor = max(min(map(strictness, without_presumptions(part, known).possible)) for part in parts)
    assert min(map(strictness, whole.possible)) >= floor


def strictness(named):
    return named[1] is Force.BINDING, SEVERITY[named[0]]
