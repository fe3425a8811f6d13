"""The lower bound that a tree of cases proves, recomputed in exact integers; no solver, no floats.

The splits cut what one cluster may do in two parts that together are everything, so the leaves together hold every
plan: the least bound of all leaves is a bound. At a leaf, for any fill prices f, border weights w and cover prices h,

    sum of fills  +  sum over clusters of min(0, least priced label in no block)  +  least load of each block
  + least cover of each coverage row  +  what the border cuts leave  -  what the other rows allow

is at most the cost of every plan of its case, where a label is priced with its cost, the multipliers, the weighted
messages of the cuts, less the fill of its cluster and the cover price of what it builds in time. Triples of clusters
may be priced too: who takes two of three in one load pays their price, which is given back once, as only one load can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.plan.blocks import Block, cover_sizes, laid_out, least_cover
from assay.plan.certify import (
    NEVER,
    edge_minima,
    exact_sum,
    fits,
    holds_in_64_bits,
    multiplier_shape,
    price_rows,
    too_large,
)  # fmt: skip
from assay.plan.labels import allowed, label_costs, paths
from assay.plan.model import UNBUILT, Bools, Coverage, Instance, Ints
from assay.plan.packing import Packing, least_loads, packing, triples
from assay.plan.result import Certificate, Tree

__all__ = ["BY", "HAS", "tree_bound", "yes"]

BY, HAS = 0, 1
"""Kinds of splits: acts by a quarter; has a supplier at the end."""
_LOOKED = 4_000_000
"""Steps of the search in one block: beyond them a bound takes the place of the least load."""


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What is the same at every leaf."""

    instance: Instance
    tree: Tree
    pack: Packing
    rest: Bools
    cost: Ints
    spare: Ints
    covers: list[tuple[Coverage, Ints, int, slice]]


def tree_bound(instance: Instance, tree: Tree, decided: Callable[[Ints], int | None]) -> int:
    """The proved lower bound in cents: the least over all leaves, rounded up to a whole cent.

    `decided` gives the cost of whole labels [C], None where they break a rule: what a leaf is that leaves no choice.
    Raises InputError: E0701 a tree that does not fit the instance, E0702 numbers too large to be exact.
    """
    fair = allowed(instance)
    case = _case(instance, tree, fair)
    bounds: list[int] = []
    waiting = [(0 if len(tree.splits) else -1, fair)]
    seen: set[int] = set()
    while waiting:
        at, now = waiting.pop()
        if at < 0:
            least = _leaf(case, -1 - at, now)
            if (now.sum(axis=1) == 1).all():
                cost = decided(now.argmax(axis=1))
                least = int(NEVER) if cost is None else max(least, cost)
            bounds.append(least)
            continue
        if at >= len(tree.splits) or at in seen:
            raise _misfit("splits", f"case {at} is not there, or twice")
        seen.add(at)
        cluster, kind, value, one, two = tree.splits[at].tolist()
        if not 0 <= cluster < len(now) or kind not in (BY, HAS):
            raise _misfit("splits", f"split {at}")
        mine = yes(instance, cluster, kind, value)
        for child, kept in ((one, mine), (two, ~mine)):
            part = now.copy()
            part[cluster] &= kept
            waiting.append((child, part))
    return min(bounds)


def yes(instance: Instance, cluster: int, kind: int, value: int) -> Bools:
    """The labels of a cluster of which a split says yes [L]; all others are its no."""
    supplier, quarter = np.divmod(np.arange(instance.labels) - 1, instance.quarters)
    if kind == BY:
        return (np.arange(instance.labels) > 0) & (quarter <= value)
    has: Bools = np.where(np.arange(instance.labels) > 0, supplier, int(instance.incumbent[cluster])) == value
    return has


def _misfit(where: str, what: str) -> InputError:
    return InputError("E0701", f"the tree of cases does not fit the instance: {what}", where=where,
                      remedy="check the plan against the estate, law and costs that it was made from")  # fmt: skip


def _case(instance: Instance, tree: Tree, fair: Bools) -> _Case:
    leaves, clusters = len(tree.fill), len(instance.clusters)
    count = sum(int(np.prod(multiplier_shape(instance, row))) for row in instance.rows)
    blocks = laid_out(instance, tree.blocks)
    covers, first = [], 0
    for number in tree.covers:
        sizes, wanted = cover_sizes(instance, number)
        row = instance.rows[number]
        assert isinstance(row, Coverage)
        covers.append((row, sizes, wanted, slice(first, first + len(sizes))))
        first += len(sizes)
    shapes = (
        ("multipliers", tree.multipliers, (leaves, count)), ("fill", tree.fill, (leaves, clusters)),
        ("weights", tree.weights, (leaves, len(tree.edge))), ("cover", tree.cover, (leaves, first)),
        ("cut", tree.cut, (len(tree.edge), 2, instance.labels)), ("splits", tree.splits, (len(tree.splits), 5)),
        ("triple", tree.triple, (len(tree.triple), 3)), ("together", tree.together, (leaves, len(tree.triple))),
    )  # fmt: skip
    for name, array, shape in shapes:
        if np.shape(array) != shape:
            raise _misfit(name, f"shape {np.shape(array)}, expected {shape}")
    strange = len(tree.edge) and not 0 <= tree.edge.min() <= tree.edge.max() < len(instance.edges)
    if tree.scale < 1 or not leaves or strange or any(len(set(three)) < 3 for three in tree.triple.tolist()):
        raise _misfit("scale, leaves, edges or triples", f"{leaves} leaves")
    if not 0 <= tree.triple.min(initial=0) <= tree.triple.max(initial=0) < clusters:
        raise _misfit("triple", f"a cluster beyond {clusters}")
    if np.abs(tree.cut.astype(np.float64)).max(initial=0) >= float(NEVER) / 4:
        raise too_large(float(NEVER))
    _small_enough(blocks, tree.scale)
    pack = packing(blocks, np.arange(fair.size), instance.labels, tree.scale)
    rest = np.ones(fair.size, np.bool_)
    rest[pack.place] = False
    spare = edge_minima(instance, tree.edge, tree.cut, fair)
    return _Case(instance, tree, pack, rest.reshape(fair.shape), label_costs(instance), spare, covers)


def _leaf(case: _Case, leaf: int, fair: Bools) -> int:
    """The bound of one leaf; NEVER where a cluster has no label left."""
    tree = case.tree
    if leaf >= len(tree.fill):
        raise _misfit("splits", f"leaf {leaf}")
    if not fair.any(axis=1).all():
        return int(NEVER)
    fill = tree.fill[leaf].astype(np.int64)
    total, priced = _priced(case, leaf)
    priced -= fill[:, None]
    open_labels = np.where(fair, priced, NEVER)
    below = -float(np.minimum(0.0, open_labels.astype(np.float64)).sum())
    if max(below, float(np.abs(fill.astype(np.float64)).sum())) >= float(NEVER) / 4:
        raise too_large(below)
    total += exact_sum(fill)
    total += exact_sum(np.minimum(0, np.where(case.rest, open_labels, NEVER).min(axis=1)))
    total += _loads(case, leaf, open_labels.ravel())
    for _, sizes, wanted, own in case.covers:
        total += least_cover(sizes, wanted, np.maximum(tree.cover[leaf, own].astype(np.int64), 0))
    return -(-total // tree.scale)


def _loads(case: _Case, leaf: int, priced: Ints) -> int:
    """The least loads of all blocks at these priced labels, less what the triples give back."""
    tree = case.tree
    price = np.maximum(tree.together[leaf].astype(np.int64), 0)
    if _most(price) * max(1, len(price)) >= float(NEVER) / 16:
        raise too_large(_most(price))
    best, pick = np.zeros(len(case.pack.capacity), np.int64), np.zeros((2, len(priced)), np.int64)
    together = triples(len(case.instance.clusters), tree.triple.tolist(), price)
    least_loads(case.pack, together, priced, _LOOKED, best, pick)
    return exact_sum(best) - exact_sum(price)


def _small_enough(blocks: Sequence[Block], scale: int) -> None:
    """Raises InputError (E0702) where the overtime of a block could be too large to be exact."""
    for block in blocks:
        heavy = sum(int(group.load.sum()) for group in block.groups) + block.most
        dear = max(0, block.price or 0) + max(group.price or 0 for group in block.groups)
        if float(heavy) * dear * scale >= float(NEVER) / 16:
            raise too_large(float(heavy) * dear)


def _priced(case: _Case, leaf: int) -> tuple[int, Ints]:
    """What rows and cuts give whatever is chosen, and the priced labels [C, L] without fills."""
    tree, instance = case.tree, case.instance
    weights = _weights(case, leaf)
    prices = price_rows(instance, _multipliers(case, leaf))
    for row, _, _, own in case.covers:
        price = np.maximum(tree.cover[leaf, own].astype(np.int64), 0)
        prices.state[row.clusters, :UNBUILT, row.first] -= price[:, None]
        prices.largest[row.clusters] += price
    moved = np.zeros((len(instance.clusters), instance.labels), np.int64)
    live = np.flatnonzero(weights)
    used = weights[live][:, None]
    for end in (0, 1):
        np.add.at(moved, instance.edges[tree.edge[live], end], tree.cut[live, end].astype(np.int64) * used)
    parts = (tree.scale * _most(case.cost), _most(tree.fill[leaf]), _most(prices.largest),
             tree.scale * _most(tree.cut[live]) * max(1, len(instance.edges)), _most(tree.cover[leaf]))  # fmt: skip
    if sum(parts) >= float(NEVER) / 4:
        raise too_large(sum(parts))
    priced = paths(instance.incumbent.astype(np.int64), prices.state, prices.build)
    priced += tree.scale * case.cost + moved
    spared = sum(w * s for w, s in zip(weights.tolist(), case.spare.tolist(), strict=True))
    return spared - prices.allowance, priced


def _most(values: Ints | NDArray[np.float64]) -> float:
    return float(np.abs(values.astype(np.float64)).max(initial=0))


def _weights(case: _Case, leaf: int) -> Ints:
    """The weights of the cuts; those of one edge together are at most one, as a border costs no less than nothing."""
    weights: Ints = np.maximum(case.tree.weights[leaf].astype(np.int64), 0)
    if weights.max(initial=0) > case.tree.scale or (
        np.bincount(case.tree.edge.astype(np.int64), weights.astype(np.float64)).max(initial=0) > case.tree.scale
    ):
        raise _misfit("weights", f"leaf {leaf} uses an edge more than once")
    return weights


def _multipliers(case: _Case, leaf: int) -> Certificate:
    """The multipliers of the rows that are priced, as a certificate without messages."""
    instance, tree = case.instance, case.tree
    counted = {n for block in tree.blocks for n in block}
    given, first = [], 0
    for number, row in enumerate(instance.rows):
        shape = multiplier_shape(instance, row)
        part = tree.multipliers[leaf, first : first + int(np.prod(shape))].astype(np.int64).reshape(shape)
        given.append(np.zeros_like(part) if number in counted else part)
        first += part.size
    out = Certificate(tree.scale, tuple(given), np.zeros((len(instance.edges), 2, instance.labels), np.int8))
    fits(instance, out)
    holds_in_64_bits(instance, out)
    return out
