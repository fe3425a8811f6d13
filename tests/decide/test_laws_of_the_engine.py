"""What must hold whatever the law says: monotonicity, independence of order, and that withholding never helps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.decide.small_packs import ALL_FACTS, dated_facts, subsets, worlds

from assay.decide.decide import ask
from assay.decide.document import document
from assay.model.decision import Outcome

MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def without_presumptions(world, known, hidden=frozenset()):
    return ask(world.library, world.asked(known), presume=False, hidden=hidden)


@MANY
@given(worlds(), subsets, st.sampled_from(sorted(ALL_FACTS)))
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
    full = without_presumptions(world, ALL_FACTS)
    part = without_presumptions(world, known)
    assert set(full.possible) <= set(part.possible)


@MANY
@given(worlds())
def test_hiding_a_facet_never_yields_a_set_without_the_true_outcome(world):
    full = without_presumptions(world, ALL_FACTS)
    for facet in ("origin", "designation", "technical"):
        assert set(full.possible) <= set(without_presumptions(world, ALL_FACTS, frozenset({facet})).possible)


@MANY
@given(worlds(), st.data(), subsets)
def test_the_order_of_rules_does_not_matter(world, data, known):
    (pack,) = world.library.packs
    shuffled = replace(pack, rules=tuple(data.draw(st.permutations(pack.rules))))
    other = replace(world, library=replace(world.library, packs=(shuffled,)))
    assert document(without_presumptions(other, known)) == document(without_presumptions(world, known))


@MANY
@given(worlds(), dated_facts(), st.data())
def test_the_order_of_facts_does_not_matter(world, found, data):
    question = replace(world.question, supplier="north")
    answers = []
    for order in (found, tuple(data.draw(st.permutations(found)))):
        library = replace(world.library, facts=replace(world.library.facts, facts=order))
        answers.append(ask(library, question))
    first, second = answers
    assert (first.verdict, first.stated, first.possible) == (second.verdict, second.stated, second.possible)
    assert first.bound.values == second.bound.values
