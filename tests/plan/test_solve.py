"""Bound, search and certificate on problems small enough to try everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assay.plan.anneal import seeded
from assay.plan.board import board, choose_spared, total
from assay.plan.bound import raise_bound
from assay.plan.check import check, needed_over
from assay.plan.compile import compiled
from assay.plan.labels import allowed
from assay.plan.lagrange import evaluate
from assay.plan.messages import borders, moved, settle, spare, sweep
from assay.plan.mip import finish
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan.small import best, instance, plan_of, random_certificate

SMALL = Effort(dual=40, sweeps=6, moves=300, lawless=False, exact=0)


@pytest.mark.parametrize("seed", range(30))
def test_every_solution_is_checked_and_its_bound_is_at_most_the_optimum(seed):
    problem = instance(seed, clusters=3, quarters=2)
    solution = solve(problem, SMALL, seed)
    optimum = best(problem, solution.certificate)
    if solution.plan is None:
        assert solution.violations
    if optimum is not None and allowed(problem).any(axis=1).all():
        assert solution.lower_bound <= optimum.cost
    if solution.plan is not None:
        assert optimum is not None
        assert optimum.cost <= solution.proof.verdict.cost


def test_same_input_gives_the_same_solution():
    problem = instance(5, clusters=12, quarters=6, suppliers=3)
    one, two = solve(problem, SMALL, 3), solve(problem, SMALL, 3)
    assert one.lower_bound == two.lower_bound
    assert one.certificate.messages.tobytes() == two.certificate.messages.tobytes()
    assert one.violations == two.violations
    assert (one.plan is None) == (two.plan is None)
    assert one.plan is None or one.plan.labels.tobytes() == two.plan.labels.tobytes()


def test_a_stop_is_asked_for_and_marked():
    problem = replace(instance(5, clusters=12, quarters=6, suppliers=3), masks=(), rows=())
    solution = solve(problem, SMALL, 3, progress=lambda *_: True)
    assert solution.stopped
    assert solution.plan is not None


@pytest.mark.parametrize("seed", range(20))
def test_the_board_and_the_check_agree_on_cost_and_lawfulness(seed):
    problem = replace(instance(seed, clusters=5, quarters=4, suppliers=3), masks=())
    flat, draw = compiled(problem), np.random.default_rng(seed)
    for _ in range(10):
        labels = draw.integers(0, problem.labels, 5)
        state = board(flat, flat.start[:-1] + labels, np.ones(len(flat.right), np.int64))
        choose_spared(flat, state)
        verdict = check(problem, plan_of(problem, labels), random_certificate(problem, 0))
        assert total(flat, state) == verdict.cost
        lawful = not ((flat.price < 0) & (state.use > state.right)).any()
        assert lawful == (not verdict.violations)


@pytest.mark.parametrize("seed", range(10))
def test_a_sweep_of_messages_never_lowers_the_bound(seed):
    flat = compiled(replace(instance(seed, clusters=9, quarters=4, suppliers=3), masks=()))
    edges, theta = borders(flat), flat.cost.astype(np.float64)
    nothing = np.zeros(len(flat.right))

    def bound() -> float:
        return evaluate(flat, nothing, moved(flat, edges), 1.0).bound + spare(flat, edges)

    values = [bound()]
    for _ in range(4):
        sweep(flat, edges, theta)
        values.append(bound())
        settle(flat, edges)
        values.append(bound())
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(values))
    assert values[-1] > values[0]


@pytest.mark.parametrize("seed", range(10))
def test_the_gradient_is_the_slope_of_the_smoothed_bound(seed):
    problem = instance(seed, clusters=6, quarters=4, suppliers=3)
    problem = replace(problem, masks=())
    flat = compiled(problem)
    draw, none = np.random.default_rng(seed), np.zeros(len(flat.label))
    prices = draw.exponential(1.0, len(flat.right))
    at = evaluate(flat, prices, none, 50.0)
    for row in draw.integers(0, len(flat.right), 6):
        step = np.zeros(len(flat.right))
        step[row] = 1e-5
        up, down = (evaluate(flat, prices + sign * step, none, 50.0).smooth for sign in (1, -1))
        slope = (up - down) / 2e-5
        assert slope == pytest.approx(at.gradient[row], rel=1e-3, abs=1e-2)


def test_the_bound_without_borders_reaches_the_linear_optimum_of_one_row():
    problem = replace(instance(1, clusters=2, quarters=2, edges=False), masks=(), terms=(), rows=())
    flat = compiled(problem)
    assert raise_bound(flat, None, 20, 1).value == pytest.approx(float(problem.cost.min(axis=1).sum()))
    assert (needed_over(problem, np.zeros(2, np.int64)) == np.zeros(0)).all()
    assert seeded(1)[0] != seeded(2)[0]


@pytest.mark.parametrize("seed", range(40))
def test_a_small_problem_is_solved_to_the_optimum_of_trying_everything(seed):
    problem = instance(seed, clusters=3, quarters=2)
    solution = solve(problem, replace(SMALL, exact=10), seed)
    optimum = best(problem, solution.certificate)
    assert (solution.plan is None) == (optimum is None)
    if optimum is not None:
        assert solution.proof.verdict.cost == optimum.cost


def test_the_exact_finish_writes_nothing_on_standard_output(capfd):
    finish(compiled(instance(1, clusters=3, quarters=2)), None, 5, 1e-9)
    assert capfd.readouterr().out == ""


def test_where_no_plan_exists_and_prices_run_away_the_bound_stays_exact():
    solution = solve(instance(295, clusters=3, quarters=2), SMALL, 295)
    assert solution.plan is None
    assert solution.violations


def test_a_cluster_that_only_a_missing_provider_bars_is_named_with_its_rule():
    problem = instance(295, clusters=3, quarters=2)
    stuck = np.flatnonzero(~allowed(problem).any(axis=1))
    assert len(stuck)
    assert not any(cluster in mask.clusters for cluster in stuck for mask in problem.masks)
    solution = solve(problem, SMALL, 0)
    assert solution.plan is None
    assert {fault.rule for fault in solution.violations} == {"manager"}
