"""The independent check: any certificate bounds every plan; every broken rule is found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from assay.errors import InputError
from assay.plan.certify import lower_bound
from assay.plan.check import check
from assay.plan.labels import allowed
from assay.plan.model import Coverage, Crew, Instance, Mask, Precedence, Share, label_of
from assay.plan.result import Certificate
from plan.small import best, instance, plan_of, random_certificate


@pytest.mark.parametrize("seed", range(12))
def test_any_multipliers_and_messages_bound_the_cheapest_plan(seed):
    problem = instance(seed, clusters=3, quarters=2)
    optimum = best(problem, random_certificate(problem, seed))
    if optimum is None:
        return
    for other in range(25):
        assert lower_bound(problem, random_certificate(problem, other)) <= optimum.cost


def test_the_bound_of_nothing_but_label_costs_is_their_sum():
    problem = bare(instance(3, edges=False))
    certificate = random_certificate(problem, 0)
    assert lower_bound(problem, certificate) == int(problem.cost.min(axis=1).sum())


def bare(problem: Instance) -> Instance:
    return replace(problem, masks=(), terms=(), rows=())


@pytest.mark.parametrize("seed", range(20))
def test_a_label_is_masked_where_its_states_or_its_act_are_forbidden(seed):
    problem = replace(instance(seed, clusters=5, quarters=4, suppliers=3), rows=())
    fair = allowed(problem)
    certificate = random_certificate(problem, 0)
    for label in range(problem.labels):
        labels = np.full(5, label)
        broken = {
            int(v.what.rsplit(" ", 1)[1]) for v in check(problem, plan_of(problem, labels), certificate).violations
        }
        assert broken == set(np.flatnonzero(~fair[:, label]).tolist())


def test_share_counts_what_is_built_exactly():
    problem = replace(bare(instance(1, clusters=3)), incumbent=np.array([0, 0, 1]), quarters=3)
    problem = replace(problem, weights={"sites": np.array([1, 1, 2])})
    half = Share("cap", (0,), np.arange(3), "sites", 0, 3, Fraction(1, 2))
    certificate = random_certificate(replace(problem, rows=(half,)), 0)
    keep = plan_of(replace(problem, rows=(half,)), np.zeros(3, np.int64))
    assert check(replace(problem, rows=(half,)), keep, certificate).violations == ()
    less = replace(half, share=Fraction(499, 1000))
    found = check(replace(problem, rows=(less,)), keep, certificate).violations
    assert [(v.rule, v.quarter, v.amount) for v in found] == [("cap", q, 4) for q in range(3)]


def test_a_supplier_without_its_manager_is_found_at_the_quarter():
    problem = replace(bare(instance(1, clusters=2)), incumbent=np.array([0, 0]))
    row = Precedence("manager", np.array([1]), np.array([0]), 0, 3)
    problem = replace(problem, rows=(row,))
    labels = np.array([0, label_of(1, 1, 3)])
    found = check(problem, plan_of(problem, labels), random_certificate(problem, 0)).violations
    assert [(v.rule, v.quarter) for v in found] == [("manager", 1), ("manager", 2)]


def test_overtime_is_priced_and_a_hard_crew_is_a_violation():
    problem = replace(bare(instance(1, clusters=2)), incumbent=np.array([0, 0]), work=np.array([3, 4]))
    labels = np.array([label_of(1, 1, 3), label_of(0, 1, 3)])
    soft = replace(problem, rows=(Crew("crew", np.arange(2), 1, 5, 10),))
    verdict = check(soft, plan_of(soft, labels), random_certificate(soft, 0))
    assert (verdict.overtime, verdict.violations) == (20, ())
    hard = soft.strict()
    assert [v.amount for v in check(hard, plan_of(hard, labels), random_certificate(hard, 0)).violations] == [2]


def test_understated_overtime_is_a_violation():
    problem = replace(bare(instance(1, clusters=2)), work=np.array([3, 4]))
    problem = replace(problem, rows=(Crew("crew", np.arange(2), 1, 5, 10),))
    plan = plan_of(problem, np.array([label_of(1, 1, 3), label_of(0, 1, 3)]))
    found = check(problem, replace(plan, over=np.zeros(1, np.int64)), random_certificate(problem, 0)).violations
    assert [(v.what, v.amount) for v in found] == [("stated overtime", 2)]


def test_a_certificate_of_another_instance_is_refused():
    problem, other = instance(1), instance(2, clusters=3)
    with pytest.raises(InputError, match="E0701"):
        lower_bound(problem, random_certificate(other, 0))


def test_numbers_too_large_to_be_exact_are_refused():
    problem = instance(1)
    with pytest.raises(InputError, match="E0702"):
        lower_bound(replace(problem, cost=problem.cost + 10**17), random_certificate(problem, 0))


def test_a_cluster_that_no_mask_leaves_a_label_has_no_plan():
    problem = bare(instance(1))
    nothing = Mask("ban", np.array([2]), np.ones((3, 3), np.bool_), np.ones((2, 3), np.bool_))
    assert not allowed(replace(problem, masks=(nothing,)))[2].any()


@pytest.mark.parametrize("power", [55, 60, 62])
def test_multipliers_that_would_wrap_around_are_refused_not_believed(power):
    problem = bare(instance(1, clusters=2, edges=False))
    weights = {"sites": np.full(2, 1 << (64 - power))}  # times 2 ** power: nothing at all in 64 bits
    row = Coverage("cover", np.arange(2), "sites", 0, 3, 1)
    problem = replace(problem, weights=weights, rows=(row,), cost=np.zeros_like(problem.cost))
    claim = Certificate(1 << 50, (np.full(3, 1 << power),), np.zeros((0, 2, problem.labels), np.int64))
    with pytest.raises(InputError, match="too large to be exact"):
        lower_bound(problem, claim)


def test_messages_that_would_wrap_around_are_refused():
    problem = replace(instance(1, clusters=2), rows=(), edges=np.array([[0, 1], [0, 1]]), border=np.array([1, 1]))
    claim = Certificate(1, (), np.full((2, 2, problem.labels), 1 << 62))
    with pytest.raises(InputError, match="too large to be exact"):
        lower_bound(problem, claim)
