"""The tree of cases: any numbers in it bound every plan; worked to the end it proves the cheapest one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assay.errors import InputError
from assay.plan.archive import pack, unpack
from assay.plan.blocks import blocks_of, cover_sizes, covers_of, laid_out, least_cover, least_load
from assay.plan.branched import BY, HAS
from assay.plan.certify import multiplier_shape
from assay.plan.check import check, proved
from assay.plan.compile import compiled
from assay.plan.cuts import border_cut, paths_of
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


@pytest.mark.parametrize("seed", range(20))
def test_counting_through_a_block_finds_the_cheapest_choice_of_its_labels(seed):
    problem = instance(seed, clusters=3, quarters=2)
    draw = np.random.default_rng(seed)
    for block in laid_out(problem, blocks_of(problem)):
        priced = draw.integers(-900, 300, len(problem.clusters) * problem.labels)
        place = np.concatenate([group.place for group in block.groups])
        costs = []
        for choice in range(1 << len(place)):
            taken = np.zeros(len(priced), np.int64)
            taken[place] = (choice >> np.arange(len(place))) & 1
            loads = [int((taken[group.place] * group.load).sum()) for group in block.groups]
            limits = [(load, group.capacity, group.price) for load, group in zip(loads, block.groups, strict=True)]
            limits.append((sum(loads), block.capacity, block.price))
            over = [(load - most, price) for load, most, price in limits if 0 <= most < load]
            if all(price is not None for _, price in over):
                costs.append(int(priced @ taken) + sum(64 * price * units for units, price in over))
        assert least_load(block, priced, 64) == min(costs)


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


@pytest.mark.parametrize("seed", range(10))
def test_a_border_cut_takes_no_more_than_the_edge_costs_and_is_tight_at_whole_labels(seed):
    flat = compiled(replace(instance(seed, clusters=5, quarters=4, suppliers=3), masks=(), rows=()))
    draw, paths = np.random.default_rng(seed), paths_of(flat)
    for edge, (one, two) in enumerate(flat.edges.tolist()):
        shares = [np.zeros(int(flat.start[c + 1] - flat.start[c])) for c in (one, two)]
        taken = [int(draw.integers(0, len(part))) for part in shares]
        for part, place in zip(shares, taken, strict=True):
            part[place] = 1.0
        mine, other = border_cut(flat, paths, edge, *shares, 1.0)
        states = [paths.state[flat.start[c] : flat.start[c + 1]] for c in (one, two)]
        unlike = (states[0][:, None] != states[1][None]) & (states[0][:, None] < 3) & (states[1][None] < 3)
        cost = (unlike * np.diff(flat.until[edge])).sum(axis=2)
        assert (mine[:, None] + other[None, :] <= cost + 1e-9).all()
        assert mine[taken[0]] + other[taken[1]] == pytest.approx(cost[taken[0], taken[1]])


def test_the_tree_closes_more_than_the_multipliers_can():
    problem = instance(8, clusters=8, quarters=5, suppliers=3)
    problem = replace(problem, masks=(), rows=tuple(r for r in problem.rows if r.rule in ("crew", "supply", "cover")))
    alone = solve(problem, replace(ENDED, exact=0), 0)
    ended = solve(problem, ENDED, 0)
    assert alone.lower_bound <= ended.lower_bound <= ended.proof.verdict.cost <= alone.proof.verdict.cost
    assert (plan_of(problem, ended.plan.labels).over == ended.plan.over).all()
