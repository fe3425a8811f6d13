"""A rule that begins later: never harder than the rule, and what time and share would save is certified."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from assay.plan.certify import lower_bound
from assay.plan.check import replay
from assay.plan.later import fitted, later
from assay.plan.model import Instance, Share
from assay.plan.price import price, price_of_point, price_of_time
from assay.plan.result import Effort, Solution
from assay.plan.solve import solve
from plan.small import RULES, best, instance, plan_of, random_certificate

EFFORT = Effort(dual=40, sweeps=6, moves=300, exact=10, lawless=False)


def tiny(seed: int) -> tuple[Instance, Solution] | None:
    """A tiny problem with a plan, and its solution."""
    problem = instance(seed, clusters=3, quarters=3)
    solution = solve(problem, EFFORT, seed)
    return None if solution.plan is None else (problem, solution)


def schedules(problem: Instance, count: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, problem.labels, (count, len(problem.clusters)))


@pytest.mark.parametrize("seed", range(12))
def test_every_schedule_that_keeps_a_rule_keeps_it_later(seed: int) -> None:
    problem = instance(seed, clusters=3, quarters=3)
    for rule in RULES:
        eased = later(problem, rule, 1 + seed % 4)
        for labels in schedules(problem, 40):
            before = {v.rule for v in replay(problem, plan_of(problem, labels))}
            assert {v.rule for v in replay(eased, plan_of(eased, labels))} <= before


@pytest.mark.parametrize("seed", range(6))
def test_multipliers_fitted_to_the_later_rule_bound_the_later_problem(seed: int) -> None:
    problem = instance(seed, clusters=3, quarters=3)
    for rule in ("cap", "cover", "two"):
        eased = later(problem, rule, 1)
        given = fitted(random_certificate(problem, seed), problem, rule, 1)
        optimum = best(eased, given)
        if optimum is not None:
            assert lower_bound(eased, given) <= optimum.cost


@pytest.mark.parametrize("seed", range(40))
def test_what_time_saves_lies_between_its_certified_ends(seed: int) -> None:
    found = tiny(seed)
    if found is None:
        return
    problem, solution = found
    now = best(problem, solution.certificate)
    assert now is not None
    for rule in ("ban", "cap"):
        saved = price_of_time(problem, solution, rule, 1)
        eased = later(problem, rule, 1)
        then = best(eased, fitted(solution.certificate, problem, rule, 1))
        assert then is not None
        if saved is None:
            assert then.cost == now.cost
        else:
            assert saved.low <= now.cost - then.cost <= saved.high
            assert not replay(eased, saved.free)


@pytest.mark.parametrize("seed", range(40))
def test_a_larger_share_saves_at_most_what_is_certified(seed: int) -> None:
    found = tiny(seed)
    if found is None:
        return
    problem, solution = found
    now, saved = best(problem, solution.certificate), price_of_point(problem, solution, "cap")
    assert now is not None
    if saved is None:
        assert not any(isinstance(row, Share) for row in problem.rows)
        return
    rows = tuple(replace(row, share=eased(row)) if isinstance(row, Share) else row for row in problem.rows)
    then = best(replace(problem, rows=rows), solution.certificate)
    assert then is not None
    assert now.cost - then.cost <= saved[1]
    assert saved[0] >= 0


def eased(row: Share) -> Fraction:
    return row.share + (1 if row.sense == "max" else -1) * Fraction(1, 100)


def test_a_rule_without_shares_has_no_price_of_a_point() -> None:
    found = next(one for seed in range(40) if (one := tiny(seed)) is not None)
    assert price_of_point(*found, "ban") is None
    assert price(*found, "ban").later is None
