"""The exact finish: what reduced costs leave out, starts, early ends; the whole path is in test_solve.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assay.plan.bound import raise_bound
from assay.plan.compile import compiled
from assay.plan.lagrange import priced_labels
from assay.plan.mip import finish, pruned
from assay.plan.result import Effort
from assay.plan.search import scored
from assay.plan.solve import solve
from plan.small import best, instance

TINY = Effort(dual=24, sweeps=4, moves=100, lawless=False, nodes=1000)
WITH_PLAN = [1, 5, 10, 17, 21, 23, 24, 27, 28, 34]


def test_the_solver_needs_no_start_and_states_a_bound_at_the_cheapest_cost():
    problem = instance(10, clusters=3, quarters=2)
    solution = solve(problem, TINY, 0)
    optimum = best(problem, solution.certificate)
    exact = finish(compiled(problem), None, 1000, 0.0)
    assert exact.labels is not None
    assert exact.bound == pytest.approx(optimum.cost, abs=1)
    assert scored(compiled(problem), exact.labels).cost == optimum.cost == solution.proof.verdict.cost


@pytest.mark.parametrize("seed", WITH_PLAN)
def test_pruning_by_reduced_costs_keeps_the_cheapest_plan(seed):
    problem = instance(seed, clusters=3, quarters=2)
    flat = compiled(problem)
    bound = raise_bound(flat, None, 24, 4)
    optimum = best(problem, solve(problem, TINY, seed).certificate)
    small = pruned(flat, bound.theta(flat), optimum.cost - bound.value + 1e-3)
    assert finish(small, None, 1000, 0.0).bound == pytest.approx(optimum.cost, abs=1)


def test_room_for_nothing_leaves_the_cheapest_label_of_each_cluster():
    flat = compiled(replace(instance(7, clusters=5, quarters=4), masks=()))
    theta = priced_labels(flat, np.zeros(len(flat.right)), np.zeros(len(flat.label)))
    small = pruned(flat, theta, 0.0)
    assert (np.diff(small.start) >= 1).all()
    who = np.repeat(np.arange(5), np.diff(small.start))
    assert (small.cost == np.minimum.reduceat(flat.cost, flat.start[:-1])[who]).all()


def test_the_solver_ends_early_when_asked_and_keeps_the_start():
    problem = replace(instance(5, clusters=14, quarters=8, suppliers=3), masks=(), rows=())
    flat, asked = compiled(problem), []
    exact = finish(flat, np.zeros(14, np.int64), 1000, 0.0, lambda: asked.append(1) is None)
    assert asked
    assert exact.labels is not None
