"""How little a choice within a block can still come to: three tables, made before the search (`packing.py`).

By the next item and the load so far: the crew counted exactly with each cluster's lone overtime; the crew counted
exactly with priced deliveries; the deliveries counted exactly with a priced crew. The prices are found by an ascent in
whole numbers; any price gives a valid bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.kernel import bare, kernel
from assay.plan.model import Ints

__all__ = ["Bounds", "Items", "Triples", "Walk", "charge", "keep", "more", "tables", "together", "walk"]

_NEVER = 1 << 58
_ASCENT, _SECTIONS = 12, 12


class Triples(NamedTuple):
    """Triples by cluster (`start` [C + 1] offsets into `which`) and the price [n] of taking two or three of one."""

    start: Ints
    which: Ints
    price: Ints


class Items(NamedTuple):
    """The items of one block that can be worth taking, most worth a unit first; n items, at most K choices each."""

    most: int
    capacity: int
    price: int
    group_capacity: Ints
    group_price: Ints
    load: Ints
    cluster: Ints
    choices: Ints
    place: Ints
    of: Ints
    value: Ints
    lone: Ints


class Bounds(NamedTuple):
    """Tables by next item and load so far: crew with lone overtime, crew with priced deliveries, deliveries [groups].

    `by_group` [groups] prices of deliveries, `crew` the price of the crew, at which the last two are made.
    """

    lone: Ints
    priced: Ints
    groups: Ints
    by_group: Ints
    crew: int


class Walk(NamedTuple):
    """The choices so far by depth: the load, three partial values, the next choice to try, the one taken.

    `use` [groups] loads of the groups, `held` [triples] how many of each are taken, `best` [2, n] and `least` [1] the
    cheapest choice found and the one before.
    """

    load: Ints
    value: Ints
    turn: Ints
    taken: Ints
    use: Ints
    held: Ints
    best: Ints
    least: Ints


@bare
def charge(load: int, capacity: int, price: int) -> int:
    """Overtime of a load; never, where there is none to be had."""
    if capacity < 0 or load <= capacity:
        return 0
    return (load - capacity) * price if price >= 0 else _NEVER


@kernel
def walk(n: int, groups: int, count: int) -> Walk:
    """Room for a search through n items, so many groups and triples."""
    depth = np.zeros((3, n + 1), np.int64)
    return Walk(np.zeros(n + 1, np.int64), depth, np.zeros(n + 1, np.int64), np.full(n + 1, -1, np.int64),
                 np.zeros(groups, np.int64), np.zeros(count, np.int64), np.full((2, n), -1, np.int64),
                 np.zeros(1, np.int64))  # fmt: skip


@bare
def more(load: int, taken: int, most: int, capacity: int, price: int) -> int:
    """What `taken` more cost where loads above `most` are no longer told apart."""
    over = load + taken - most
    if over <= 0 or capacity < 0:
        return 0
    return over * price if price >= 0 else _NEVER


@bare
def _complete(s: Items, value: Ints, out: Ints) -> None:
    """The least that the items from j on add at each load so far, the crew's overtime included [n + 1, most + 1]."""
    n = len(s.load)
    for u in range(s.most + 1):
        out[n, u] = charge(u, s.capacity, s.price)
    for j in range(n - 1, -1, -1):
        least = 0
        for a in range(s.choices[j]):
            least = min(least, value[j, a])
        w = s.load[j]
        for u in range(s.most + 1):
            out[j, u] = out[j + 1, u]
            if least < 0:
                taken = least + more(u, w, s.most, s.capacity, s.price) + out[j + 1, min(s.most, u + w)]
                out[j, u] = min(out[j, u], taken)


@bare
def _by_group(s: Items, crew: int, out: Ints) -> None:
    """The least that the items from j on add to each group at each load, its overtime included, the crew at a price.

    [groups, n + 1, most + 1]. A cluster may be in several groups here: that only lessens it.
    """
    n = len(s.load)
    for g in range(len(s.group_price)):
        for u in range(s.most + 1):
            out[g, n, u] = charge(u, s.group_capacity[g], s.group_price[g])
        for j in range(n - 1, -1, -1):
            w, least = s.load[j], 0
            for a in range(s.choices[j]):
                if s.of[j, a] == g:
                    least = min(least, s.value[j, a] + crew * w)
            for u in range(s.most + 1):
                out[g, j, u] = out[g, j + 1, u]
                if least < 0:
                    taken = least + more(u, w, s.most, s.group_capacity[g], s.group_price[g])
                    out[g, j, u] = min(out[g, j, u], taken + out[g, j + 1, min(s.most, u + w)])


@kernel
def tables(s: Items, t: Triples, x: Walk) -> Bounds:
    """The three tables; good prices of deliveries by ascent, a good price of the crew by sections."""
    n, groups = len(s.load), len(s.group_price)
    lone = np.zeros((n + 1, s.most + 1), np.int64)
    _complete(s, s.lone, lone)
    by_group, priced = _ascend(s, t, x)
    low, high = 0, s.price if s.price >= 0 else -s.value.min()
    crew, top = 0, -_NEVER
    table, best = np.zeros((groups, n + 1, s.most + 1), np.int64), np.zeros((groups, n + 1, s.most + 1), np.int64)
    for _ in range(_SECTIONS if s.capacity >= 0 else 1):
        one, two = low + (high - low) * 3 // 8, low + (high - low) * 5 // 8
        found = np.zeros(2, np.int64)
        for k in range(2):
            price = (two if k else one) if s.capacity >= 0 else 0
            _by_group(s, price, table)
            found[k] = table[:, 0, 0].sum() - price * max(0, s.capacity)
            if found[k] > top:
                top, crew = found[k], price
                best[:] = table
        if found[1] > found[0]:
            low = one
        else:
            high = two
    return Bounds(lone, priced, best, by_group, crew)


@kernel
def _ascend(s: Items, t: Triples, x: Walk) -> tuple[Ints, Ints]:
    """Prices of deliveries [groups] that lift the bound most, and its table; the best choice met on the way is kept."""
    n, groups = len(s.load), len(s.group_price)
    price, value = np.zeros(groups, np.int64), np.zeros(s.value.shape, np.int64)
    table, best = np.zeros((n + 1, s.most + 1), np.int64), np.zeros((n + 1, s.most + 1), np.int64)
    kept, top = np.zeros(groups, np.int64), -_NEVER
    for _ in range(_ASCENT):
        fixed = 0
        for g in range(groups):
            fixed += price[g] * max(0, s.group_capacity[g])
        for j in range(n):
            for a in range(s.choices[j]):
                value[j, a] = s.value[j, a] + price[s.of[j, a]] * s.load[j]
        _complete(s, value, table)
        bound = table[0, 0] - fixed
        if bound > top:
            top = bound
            kept[:] = price
            best[:] = table
        _follow(s, t, x, value, table)
        if x.least[0] <= bound or not _raised(s, x, price, x.least[0] - bound):
            break
    return kept, best


@bare
def _raised(s: Items, x: Walk, price: Ints, gap: int) -> bool:
    """Prices moved towards what the groups took too much (or too little); False where nothing is to be moved."""
    norm = 0
    for g in range(len(price)):
        excess = x.use[g] - s.group_capacity[g]
        if s.group_capacity[g] >= 0 and (excess > 0 or price[g] > 0):
            norm += excess * excess
    for g in range(len(price)):
        if s.group_capacity[g] >= 0 and norm > 0:
            moved = price[g] + gap * (x.use[g] - s.group_capacity[g]) // norm
            price[g] = min(max(0, moved), s.group_price[g] if s.group_price[g] >= 0 else _NEVER >> 20)
    return norm > 0


@bare
def _follow(s: Items, t: Triples, x: Walk, value: Ints, table: Ints) -> None:
    """The choice that a table of the crew tells of; kept where it is the cheapest so far. Leaves its loads in `use`."""
    n, u, total = len(s.load), 0, 0
    x.use[:] = 0
    for j in range(n):
        x.taken[j] = -1
        at = 0
        for a in range(1, s.choices[j]):
            at = a if value[j, a] < value[j, at] else at
        w = s.load[j]
        over = more(u, w, s.most, s.capacity, s.price)
        if value[j, at] < 0 and value[j, at] + over + table[j + 1, min(s.most, u + w)] < table[j + 1, u]:
            x.taken[j] = at
            x.use[s.of[j, at]] += w
            total += s.value[j, at] + over + together(t, x, s.cluster[j], 1)
            u = min(s.most, u + w)
    for j in range(n):
        if x.taken[j] >= 0:
            together(t, x, s.cluster[j], -1)
    total += charge(u, s.capacity, s.price)
    for g in range(len(s.group_price)):
        total += charge(x.use[g], s.group_capacity[g], s.group_price[g])
    keep(x, total)


@bare
def together(t: Triples, x: Walk, cluster: int, way: int) -> int:
    """Take (1) or leave (-1) a cluster: the price of the triples of which two are taken now."""
    out = 0
    for m in range(t.start[cluster], t.start[cluster + 1]):
        number = t.which[m]
        x.held[number] += way
        if way > 0 and x.held[number] == 2:
            out += t.price[number]
    return out


@bare
def keep(x: Walk, total: int) -> None:
    """Keep what is taken now where it is the cheapest so far."""
    if total < x.least[0]:
        x.least[0] = total
        for j in range(x.best.shape[1]):
            x.best[1, j] = x.best[0, j]
            x.best[0, j] = x.taken[j]
