"""What is cheapest within a block, whatever each cluster does elsewhere: searched in exact 64-bit integers.

A choice within a block takes each cluster once at most, with one supplier; it pays the overtime of the block's groups
(deliveries) and of the whole (the crew), and the price of every triple of clusters of which it takes two or more. The
search takes or leaves one cluster after the other and turns back where one of three bounds says that nothing better
can come: the crew counted exactly with each cluster's lone overtime, the crew counted exactly with priced deliveries,
the deliveries counted exactly with a priced crew. Where it would look at more than `looked` choices it ends early with
the least of those bounds; what it gives never exceeds the cheapest choice.

Prices must be so small that sums of a block stay below 2^58 (a quarter of `certify.NEVER`); the callers see to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.plan.blocks import Block
from assay.plan.completing import Bounds, Items, Triples, Walk, charge, keep, more, tables, together, walk
from assay.plan.kernel import bare, kernel
from assay.plan.model import Ints

__all__ = ["Packing", "Triples", "least_loads", "packing", "triples"]


class Packing(NamedTuple):
    """Blocks as flat arrays: `block` [B + 1] offsets into the items, `group` [B + 1] into the groups.

    An item is a cluster in a block: `cluster`, `load` [items], `option` [items + 1] offsets into its choices: `place`
    in the array of priced labels and `of`, the group within the block. Prices a unit, -1 hard; capacity -1: no row.
    """

    block: Ints
    capacity: Ints
    price: Ints
    most: Ints
    group: Ints
    group_capacity: Ints
    group_price: Ints
    cluster: Ints
    load: Ints
    option: Ints
    place: Ints
    of: Ints


def packing(blocks: Sequence[Block], places: Ints, labels: int, unit: float) -> Packing:
    """Blocks for the search; `places` [C * L] place of each label, -1 where it is left out, `unit` a cent in prices."""
    out: dict[str, list[int]] = {name: [] for name in Packing._fields}
    out["block"], out["group"], out["option"] = [0], [0], [0]
    for block in blocks:
        items: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        for number, group in enumerate(block.groups):
            out["group_capacity"].append(group.capacity)
            out["group_price"].append(_price(group.price, unit))
            kept = zip(group.place.tolist(), places[group.place].tolist(), group.load.tolist(), strict=True)
            for label, place, load in kept:
                if place >= 0:
                    items.setdefault(label // labels, (load, []))[1].append((place, number))
        for cluster, (load, options) in sorted(items.items()):
            out["cluster"].append(cluster)
            out["load"].append(load)
            out["place"] += [place for place, _ in options]
            out["of"] += [number for _, number in options]
            out["option"].append(len(out["place"]))
        out["block"].append(len(out["cluster"]))
        out["group"].append(len(out["group_price"]))
        out["capacity"].append(block.capacity)
        out["price"].append(_price(block.price, unit))
        out["most"].append(block.most)
    return Packing(**{name: np.array(values, np.int64) for name, values in out.items()})


def _price(price: int | None, unit: float) -> int:
    return -1 if price is None else round(price * unit)


def triples(clusters: int, sets: Sequence[tuple[int, ...]], prices: Ints) -> Triples:
    """Triples of clusters with their prices [n]."""
    of: list[list[int]] = [[] for _ in range(clusters)]
    for number, three in enumerate(sets):
        for cluster in three:
            of[cluster].append(number)
    start = np.cumsum([0, *(len(own) for own in of)]).astype(np.int64)
    return Triples(start, np.array([n for own in of for n in own], np.int64), np.asarray(prices, np.int64))


@kernel
def least_loads(p: Packing, t: Triples, priced: Ints, looked: int, best: Ints, pick: Ints) -> None:
    """The least value of each block in `best` [B], never above the true one.

    `pick` [2, places]: the block whose cheapest choice found (and the one before it) a label belongs to, or -1.
    """
    pick[:] = -1
    for b in range(len(p.block) - 1):
        s = _block(p, b, priced)
        n = len(s.load)
        best[b] = 0
        if n == 0:
            continue
        x = walk(n, len(s.group_price), len(t.price))
        best[b] = _search(s, t, tables(s, t, x), x, looked)
        for line in range(2):
            for j in range(n):
                if x.best[line, j] >= 0:
                    pick[line, s.place[j, x.best[line, j]]] = b


@bare
def _lone(p: Packing, b: int, i: int, o: int, priced: Ints) -> int:
    """A choice with the overtime that it costs its group alone: together they never cost less."""
    g = p.group[b] + p.of[o]
    return int(priced[p.place[o]] + charge(p.load[i], p.group_capacity[g], p.group_price[g]))


@kernel
def _block(p: Packing, b: int, priced: Ints) -> Items:
    """What can be worth taking: choices that cost less than nothing with their lone overtime."""
    first, last = p.block[b], p.block[b + 1]
    worth = np.zeros(last - first)
    count = np.zeros(last - first, np.int64)
    for i in range(first, last):
        for o in range(p.option[i], p.option[i + 1]):
            least = _lone(p, b, i, o, priced)
            if least < 0:
                count[i - first] += 1
                worth[i - first] = min(worth[i - first], least / max(1, p.load[i]))
    order = first + np.argsort(worth, kind="mergesort")[: (count > 0).sum()]
    n, wide = len(order), max(1, count.max()) if last > first else 1
    groups = slice(p.group[b], p.group[b + 1])
    place, of = np.zeros((n, wide), np.int64), np.zeros((n, wide), np.int64)
    value, alone = np.zeros((n, wide), np.int64), np.zeros((n, wide), np.int64)
    for j in range(n):
        a = 0
        for o in range(p.option[order[j]], p.option[order[j] + 1]):
            least = _lone(p, b, order[j], o, priced)
            if least < 0:
                place[j, a], of[j, a], value[j, a], alone[j, a] = p.place[o], p.of[o], priced[p.place[o]], least
                a += 1
    return Items(p.most[b], p.capacity[b], p.price[b], p.group_capacity[groups], p.group_price[groups],
                  p.load[order], p.cluster[order], count[order - first], place, of, value, alone)  # fmt: skip


@bare
def _below(s: Items, b: Bounds, x: Walk, j: int) -> int:
    """A bound of all choices that go on from depth j."""
    u = x.load[j]
    out = max(x.value[0, j] + b.lone[j, u], x.value[1, j] + b.priced[j, u])
    third = x.value[2, j]
    for g in range(len(x.use)):
        third += b.groups[g, j, min(x.use[g], s.most)]
        third += more(x.use[g], 0, s.most, s.group_capacity[g], s.group_price[g])
    return int(max(out, third))


@bare
def _take(s: Items, t: Triples, b: Bounds, x: Walk, j: int, a: int) -> None:
    """Go on from depth j with choice a (all taken: without the item)."""
    x.turn[j + 1] = 0
    x.load[j + 1] = x.load[j]
    for k in range(3):
        x.value[k, j + 1] = x.value[k, j]
    x.taken[j] = a if a < s.choices[j] else -1
    if a == s.choices[j]:
        return
    w, g = s.load[j], s.of[j, a]
    plain = s.value[j, a] + together(t, x, s.cluster[j], 1)
    over = more(x.load[j], w, s.most, s.capacity, s.price)
    before, after = x.use[g], x.use[g] + w
    own = charge(after, s.group_capacity[g], s.group_price[g]) - charge(before, s.group_capacity[g], s.group_price[g])
    x.use[g] = after
    x.load[j + 1] = min(s.most, x.load[j] + w)
    x.value[0, j + 1] += plain + over + own
    x.value[1, j + 1] += plain + over + b.by_group[g] * w
    x.value[2, j + 1] += plain + b.crew * w


@bare
def _search(s: Items, t: Triples, b: Bounds, x: Walk, looked: int) -> int:
    """Take or leave one item after the other; the least value, or a bound of it after `looked` steps."""
    n, j, steps = len(s.load), 0, 0
    x.use[:] = 0
    for g in range(len(x.use)):
        x.value[1, 0] -= b.by_group[g] * max(0, s.group_capacity[g])
    x.value[2, 0] = -b.crew * max(0, s.capacity)
    while j >= 0:
        if j == n:
            keep(x, x.value[0, j] + b.lone[j, x.load[j]])
        if j < n and x.turn[j] <= s.choices[j] and _below(s, b, x, j) < x.least[0]:
            steps += 1
            if steps > looked:
                break
            x.turn[j] += 1
            _take(s, t, b, x, j, x.turn[j] - 1)
            j += 1
            continue
        j -= 1
        if j >= 0:
            _leave(s, t, x, j)
    return _left(s, t, b, x, j)


@bare
def _leave(s: Items, t: Triples, x: Walk, j: int) -> None:
    """Undo what was taken at depth j."""
    if x.taken[j] >= 0:
        x.use[s.of[j, x.taken[j]]] -= s.load[j]
        together(t, x, s.cluster[j], -1)


@bare
def _left(s: Items, t: Triples, b: Bounds, x: Walk, j: int) -> int:
    """The least of the best choice and the bounds of all that was not looked at, from depth j down."""
    out = x.least[0]
    first = True
    while j >= 0:
        if not first:
            _leave(s, t, x, j)
        first = False
        if x.turn[j] <= s.choices[j]:
            out = min(out, _below(s, b, x, j))
        j -= 1
    return int(out)
