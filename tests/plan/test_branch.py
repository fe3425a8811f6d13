"""The tree of cases: any numbers in it bound every plan; worked to the end it proves the cheapest one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assay.errors import InputError
from assay.plan.archive import pack, unpack
from assay.plan.blocks import blocks_of, cover_sizes, covers_of, least_cover
from assay.plan.branched import BY, HAS
from assay.plan.certify import multiplier_shape
from assay.plan.check import check, proved
from assay.plan.model import Coverage, Instance
from assay.plan.result import Effort, Tree
from assay.plan.solve import solve
from plan.small import best, instance, plan_of, random_certificate

ENDED = Effort(dual=24, sweeps=4, moves=100, lawless=False, nodes=400)
WITH_PLAN = [1, 5, 10, 17, 21, 23, 24, 27, 28, 34, 334, 349, 373]


def random_tree(problem: Instance, seed: int) -> Tree:
    """Two splits, three leaves, and any numbers at all."""
    draw = np.random.default_rng(seed)
    count = sum(int(np.prod(multiplier_shape(problem, row))) for row in problem.rows)
    members = sum(len(problem.rows[n].clusters) for n in covers_of(problem))
    cuts = len(problem.edges)
    return Tree(
        scale=64,
        blocks=blocks_of(problem),
        covers=covers_of(problem),
        edge=np.arange(cuts),
        cut=draw.integers(-60, 60, (cuts, 2, problem.labels)),
        splits=np.array([[0, BY, 0, -1, 1], [1, HAS, 1, -2, -3]]),
        multipliers=draw.integers(-20, 200, (3, count)),
        fill=draw.integers(-2000, 60_000, (3, len(problem.clusters))),
        weights=draw.integers(0, 65, (3, cuts)),
        cover=draw.integers(-50, 9000, (3, members)),
        triple=np.array([[0, 1, 2]]),
        together=draw.integers(-500, 60_000, (3, 1)),
    )


@pytest.mark.parametrize("seed", WITH_PLAN)
def test_a_tree_with_any_numbers_is_no_bound_above_the_cheapest_plan(seed):
    problem = instance(seed, clusters=3, quarters=2)
    optimum = best(problem, random_certificate(problem, seed))
    assert max(proved(problem, random_tree(problem, other)) for other in range(6)) <= optimum.cost


@pytest.mark.parametrize("seed", WITH_PLAN)
def test_worked_to_the_end_the_tree_proves_the_cheapest_plan(seed):
    problem = instance(seed, clusters=3, quarters=2)
    solution = solve(problem, ENDED, seed)
    optimum = best(problem, solution.certificate)
    assert solution.proof.verdict.cost == optimum.cost == solution.lower_bound == proved(problem, solution.tree)


def test_the_same_input_gives_the_same_tree():
    problem = instance(5, clusters=6, quarters=4, suppliers=3)
    one, two = (pack(tree=solve(problem, replace(ENDED, nodes=20), 3).tree) for _ in range(2))
    assert one == two


def test_a_tree_is_read_back_as_it_was_written():
    problem = instance(1, clusters=3, quarters=2)
    solution = solve(problem, ENDED, 1)
    members = pack(tree=solution.tree)
    again = unpack(members, "tree", Tree)
    assert pack(tree=again) == members
    assert check(problem, solution.plan, solution.certificate, again) == solution.proof.verdict


@pytest.mark.parametrize(
    "change",
    [
        {"splits": np.array([[0, BY, 0, -1, 1], [1, HAS, 1, -2, 0]])},
        {"splits": np.array([[0, BY, 0, -1, 1], [1, HAS, 1, -2, -9]])},
        {"splits": np.array([[9, BY, 0, -1, -2]])},
        {"splits": np.array([[0, 7, 0, -1, -2]])},
        {"scale": 0},
        {"fill": np.zeros((3, 2), np.int64)},
        {"weights": np.full((3, 1), 65)},
        {"blocks": ((0, 0),)},
        {"covers": (0,)},
        {"triple": np.array([[0, 1, 1]])},
        {"triple": np.array([[0, 1, 3]])},
        {"triple": np.array([[-1, 1, 2]])},
        {"together": np.zeros((3, 2), np.int64)},
    ],
)
def test_a_tree_that_does_not_fit_is_refused(change):
    problem = instance(2, clusters=3, quarters=2)
    assert len(problem.edges) == 1
    with pytest.raises(InputError, match="E0701"):
        proved(problem, replace(random_tree(problem, 0), **change))


def test_numbers_that_would_not_be_exact_are_refused():
    problem = instance(1, clusters=3, quarters=2)
    tree = random_tree(problem, 0)
    with pytest.raises(InputError, match="E0702"):
        proved(problem, replace(tree, fill=np.full_like(tree.fill, 1 << 60)))


@pytest.mark.parametrize("seed", range(10))
def test_counting_through_a_cover_finds_the_cheapest_set(seed):
    draw = np.random.default_rng(seed)
    sizes, prices, wanted = draw.integers(0, 50, 7), draw.integers(0, 90, 7), int(draw.integers(0, 200))
    sets = [(choice >> np.arange(7)) & 1 for choice in range(128)]
    sums = [int(prices @ chosen) for chosen in sets if int(sizes @ chosen) >= wanted]
    assert least_cover(sizes, wanted, prices) == min(sums, default=1 << 60)


def test_large_sizes_of_a_cover_are_coarser_and_never_too_strict():
    problem = instance(0)
    row = Coverage("cover", np.arange(4), "population", 1, 3, 3_000_000)
    sizes = np.array([1_000_001, 1_999_999, 999_999, 5])
    big = replace(problem, weights={**problem.weights, "population": sizes}, rows=(row,))
    coarse, wanted = cover_sizes(big, 0)
    for choice in range(16):
        chosen = (choice >> np.arange(4)) & 1
        if int(sizes @ chosen) >= row.least:
            assert int(coarse @ chosen) >= wanted


def test_the_tree_closes_more_than_the_multipliers_can():
    problem = instance(8, clusters=8, quarters=5, suppliers=3)
    problem = replace(problem, masks=(), rows=tuple(r for r in problem.rows if r.rule in ("crew", "supply", "cover")))
    alone = solve(problem, replace(ENDED, exact=0), 0)
    ended = solve(problem, ENDED, 0)
    assert alone.lower_bound <= ended.lower_bound <= ended.proof.verdict.cost <= alone.proof.verdict.cost
    assert (plan_of(problem, ended.plan.labels).over == ended.plan.over).all()


@pytest.mark.parametrize("seed", [1, 7, 9, 29])
def test_every_split_and_every_leaf_hangs_in_the_tree_once(seed):
    problem = instance(seed, clusters=9, quarters=5, suppliers=3)
    problem = replace(problem, masks=(), rows=tuple(r for r in problem.rows if r.rule in ("crew", "supply", "cover")))
    hasty = replace(ENDED, dual=4, sweeps=1, moves=1, nodes=30)  # better plans come while a case is split (29)
    tree = solve(problem, hasty, seed).tree
    children = tree.splits[:, 3:].ravel().tolist()
    assert len(tree.splits)
    assert sorted(child for child in children if child >= 0) == list(range(1, len(tree.splits)))
    assert sorted(-1 - child for child in children if child < 0) == list(range(len(tree.fill)))
