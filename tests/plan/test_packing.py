"""What is cheapest within a block: equal to trying everything; never above it where the search ends early."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from assay.plan.blocks import Block, Group
from assay.plan.packing import least_loads, packing, triples

CLUSTERS, SUPPLIERS = 6, 3
LABELS = 1 + SUPPLIERS


def block(draw: np.random.Generator, *, hard: bool) -> Block:
    """One quarter: a crew, two suppliers with deliveries, a third without; a cluster's load is the same with each."""
    load = draw.integers(0, 6, CLUSTERS)

    def price() -> int | None:
        return None if hard and draw.random() < 0.5 else int(draw.integers(0, 60))

    def group(supplier: int, capacity: int) -> Group:
        return Group(np.arange(CLUSTERS) * LABELS + 1 + supplier, load, capacity, price() if capacity >= 0 else 0)

    limits = [int(draw.integers(0, 9)), int(draw.integers(0, 9)), -1]
    groups = tuple(group(supplier, limit) for supplier, limit in enumerate(limits))
    whole = int(draw.integers(0, 14))
    return Block(groups, whole, price(), max(whole, *limits))


def cheapest(one: Block, priced: np.ndarray, sets: list[tuple[int, ...]], prices: np.ndarray, scale: int) -> int:
    """By trying every choice: each cluster with one of the suppliers, or not."""
    load, costs = one.groups[0].load, []
    for choice in product(range(LABELS), repeat=CLUSTERS):
        taken = [(cluster, label) for cluster, label in enumerate(choice) if label]
        cost = sum(int(priced[cluster * LABELS + label]) for cluster, label in taken)
        loads = [sum(int(load[c]) for c, label in taken if label == 1 + g) for g in range(SUPPLIERS)]
        rows = [(u, g.capacity, g.price) for u, g in zip(loads, one.groups, strict=True)]
        over = [(u - most, price) for u, most, price in [*rows, (sum(loads), one.capacity, one.price)] if 0 <= most < u]
        if any(price is None for _, price in over):
            continue
        cost += sum(scale * price * units for units, price in over)
        cost += sum(int(p) for three, p in zip(sets, prices, strict=True) if sum(bool(choice[c]) for c in three) > 1)
        costs.append(cost)
    return min(costs)


def searched(one: Block, priced: np.ndarray, sets: list[tuple[int, ...]], prices: np.ndarray, looked: int) -> tuple:
    best, pick = np.zeros(1, np.int64), np.zeros((2, len(priced)), np.int64)
    pack = packing([one], np.arange(len(priced)), LABELS, 8)
    least_loads(pack, triples(CLUSTERS, sets, prices), priced, looked, best, pick)
    return int(best[0]), np.flatnonzero(pick[0] == 0)


def case(seed: int) -> tuple:
    draw = np.random.default_rng(seed)
    every = list(combinations(range(CLUSTERS), 3))
    sets = [every[n] for n in draw.choice(len(every), int(draw.integers(0, 5)), replace=False).tolist()]
    priced = draw.integers(-900, 200, CLUSTERS * LABELS)
    return block(draw, hard=seed % 3 == 0), priced, sets, draw.integers(0, 500, len(sets))


@pytest.mark.parametrize("seed", range(25))
def test_the_search_finds_the_cheapest_choice(seed):
    one, priced, sets, prices = case(seed)
    found, chosen = searched(one, priced, sets, prices, 1_000_000)
    assert found == cheapest(one, priced, sets, prices, 8)
    assert len(set((chosen // LABELS).tolist())) == len(chosen)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("looked", [0, 1, 5, 40])
def test_a_search_that_ends_early_gives_a_bound(seed, looked):
    one, priced, sets, prices = case(seed)
    assert searched(one, priced, sets, prices, looked)[0] <= searched(one, priced, sets, prices, 1_000_000)[0]


def test_without_a_crew_the_deliveries_alone_count():
    group = Group(np.arange(3) * LABELS + 1, np.array([4, 5, 6]), -1, 0)
    priced = np.zeros(CLUSTERS * LABELS, np.int64)
    priced[group.place] = [-50, -60, -70]
    assert searched(Block((group,), 10, 100, 10), priced, [], np.zeros(0, np.int64), 99)[0] == -120
    assert searched(Block((group,), 9, None, 9), priced, [], np.zeros(0, np.int64), 99)[0] == -110
