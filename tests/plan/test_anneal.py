"""What a search is told a change costs is what it costs, and nothing but its options is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assay.plan.anneal import Options, anneal, cheapest, fit, options, seeded, within
from assay.plan.board import Board, act_of, board, penalised, reseat, rows
from assay.plan.bound import raise_bound
from assay.plan.compile import Compiled, compiled
from assay.plan.messages import borders
from assay.plan.model import Coverage
from assay.plan.pool import pooled
from assay.plan.search import scored, search, united
from plan.small import instance


def random_board(seed: int, clusters: int) -> tuple[Compiled, Board]:
    """A problem without masks, and a board with random labels and penalties."""
    problem = compiled(replace(instance(seed, clusters=clusters, quarters=5, suppliers=3), masks=()))
    draw = np.random.default_rng(seed)
    choice = problem.start[:-1] + draw.integers(0, problem.labels, clusters)
    return problem, board(problem, choice, draw.integers(1, 60, len(problem.right)))


def every(problem: Compiled) -> Options:
    """All allowed labels of every cluster."""
    theta = problem.cost.astype(np.float64)
    return options(cheapest(problem, theta, problem.labels), theta, np.inf)


@pytest.mark.parametrize("seed", range(20))
def test_the_change_of_rows_that_a_board_foretells_is_the_change_of_what_they_cost(seed):
    problem, state = random_board(seed, 6)
    flat = problem._replace(cost=np.zeros_like(problem.cost), until=np.zeros_like(problem.until))
    draw = np.random.default_rng(seed)
    for _ in range(40):
        cluster = int(draw.integers(0, 6))
        to = int(flat.start[cluster] + draw.integers(0, flat.labels))
        old, new = int(flat.label[state.choice[cluster]]), int(flat.label[to])
        before = penalised(flat, state)
        foretold = rows(flat, state, cluster, old, new, False)
        rows(flat, state, cluster, old, new, True)
        reseat(state, cluster, act_of(flat, cluster, old)[1], act_of(flat, cluster, new)[1])
        state.choice[cluster] = to
        assert penalised(flat, state) - before == foretold
    assert (board(flat, state.choice, state.hard).use == state.use).all()


@pytest.mark.parametrize("heat", [0.1, 30.0, 3000.0])
@pytest.mark.parametrize("seed", range(8))
def test_an_annealing_gives_the_exact_change_of_the_penalised_cost(seed, heat):
    problem, state = random_board(seed, 9)
    before = penalised(problem, state)
    priced = problem.cost.astype(np.float64)
    change = anneal(problem, borders(problem), state, every(problem), priced, (heat, heat / 5), 500, seeded(seed))
    assert penalised(problem, state) - before == change
    assert (board(problem, state.choice, state.hard).use == state.use).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_fit_gives_the_exact_change_and_never_makes_a_plan_dearer(seed):
    problem, state = random_board(seed, 9)
    before = penalised(problem, state)
    change = fit(problem, borders(problem), state, every(problem), problem.cost.astype(np.float64), seeded(seed))
    assert penalised(problem, state) - before == change <= 0
    assert (board(problem, state.choice, state.hard).use == state.use).all()


def test_a_fit_swaps_clusters_where_that_fills_a_row_better():
    problem = instance(0, clusters=2, quarters=2, suppliers=2, edges=False)
    least = Coverage("cover", np.arange(2), "sites", 1, 2, 5)
    cost = np.array([[0, 90, 90, 90, 90], [0, 60, 60, 60, 60]])
    problem = replace(
        problem, masks=(), terms=(), rows=(least,), incumbent=np.array([-1, -1]), cost=cost,
        weights={"sites": np.array([8, 5])},
    )  # fmt: skip
    flat = compiled(problem)
    state = board(flat, flat.start[:-1] + np.array([1, 0]), np.array([1000]))
    assert fit(flat, borders(flat), state, every(flat), flat.cost.astype(np.float64), seeded(0)) == -30
    assert flat.label[state.choice[0]] == 0


def test_only_free_clusters_are_members():
    problem, state = random_board(2, 9)
    free = np.arange(9) % 3 > 0
    other = board(problem, state.choice, state.hard, free)
    assert other.filled.sum() == free.sum()
    anneal(
        problem, borders(problem), other, every(problem), problem.cost.astype(np.float64), (99.0, 9.0), 300, seeded(1)
    )
    held = [other.members[h, t, : other.filled[h, t]] for h, t in np.ndindex(other.filled.shape)]
    assert sorted(np.concatenate(held).tolist()) == np.flatnonzero(free).tolist()


def test_a_cold_annealing_ends_where_no_change_of_one_cluster_is_cheaper():
    problem, state = random_board(3, 7)
    given = every(problem)
    anneal(problem, borders(problem), state, given, problem.cost.astype(np.float64), (1e-3, 1e-3), 4000, seeded(1))
    least = penalised(problem, state)
    for cluster in range(7):
        for place in range(given.first[cluster], given.first[cluster + 1]):
            choice = state.choice.copy()
            choice[cluster] = given.place[place]
            other = board(problem, choice, state.hard)
            other.right[:] = state.right
            assert penalised(problem, other) >= least


def test_only_clusters_within_the_options_are_changed():
    problem, state = random_board(5, 9)
    own = np.arange(9) < 4
    before = state.choice.copy()
    priced = problem.cost.astype(np.float64)
    anneal(problem, borders(problem), state, within(every(problem), own), priced, (500.0, 50.0), 300, seeded(2))
    assert (state.choice[~own] == before[~own]).all()
    assert (state.choice[own] != before[own]).any()


def test_a_union_of_plans_has_no_label_of_another_and_is_never_worse_than_what_it_says():
    problem = compiled(replace(instance(4, clusters=10, quarters=5, suppliers=3), masks=()))
    bound = raise_bound(problem, None, 20, 3)
    plans = [search(problem, bound, 60, (4, n)).labels for n in range(3)]
    found = united(problem, bound, 60, (4, 9), plans)
    assert (np.array(plans) == found.labels).any(axis=0).all()
    again = scored(problem, found.labels)
    assert (found.cost, found.broken) == (again.cost, again.broken)


def test_a_pool_gives_the_same_plan_again_and_none_worse_than_its_first_search():
    problem = compiled(replace(instance(6, clusters=10, quarters=5, suppliers=3), masks=()))
    bound = raise_bound(problem, None, 20, 3)
    told: list[int] = []

    def watch(done: int, whole: int, best: object) -> bool:
        told.append(done)
        return done >= whole

    one = pooled(problem, bound, 640, (6, 1), watch)
    two = pooled(problem, bound, 640, (6, 1))
    assert one.labels.tobytes() == two.labels.tobytes()
    assert told == list(range(1, len(told) + 1))
    assert not search(problem, bound, 20, (6, 1, 0)).better(one)
