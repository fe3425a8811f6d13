"""Compiled knapsacks of the master program: the cheapest load of each block and the cheapest cover, with their choices.

The same counting as `blocks.py` does in exact integers, in floating point and with the way back to what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.plan.blocks import Block
from assay.plan.compile import Floats
from assay.plan.kernel import kernel
from assay.plan.model import Ints

__all__ = ["Packing", "cheapest_cover", "cheapest_loads", "packing"]

_NEVER = 1e18


class Packing(NamedTuple):
    """Blocks as flat arrays: `block` [B + 1] offsets into the groups, `group` [G + 1] into `place` and `load`.

    `place` are places in the label array of the compiled problem; prices in thousands of the currency, -1 hard;
    capacity -1: no row.
    """

    block: Ints
    capacity: Ints
    price: Floats
    most: Ints
    group: Ints
    group_capacity: Ints
    group_price: Floats
    place: Ints
    load: Ints


def packing(blocks: Sequence[Block], places: Ints, unit: float) -> Packing:
    """Blocks for the kernels; `places` [C * L] place of each label, -1 where it is not allowed."""
    groups = [group for block in blocks for group in block.groups]
    kept = [places[group.place] >= 0 for group in groups]
    counts = np.cumsum([0, *(int(keep.sum()) for keep in kept)])
    none = np.zeros(0, np.int64)
    return Packing(
        np.cumsum([0, *(len(block.groups) for block in blocks)]).astype(np.int64),
        np.array([block.capacity for block in blocks], np.int64),
        np.array([-1.0 if block.price is None else block.price * unit for block in blocks]),
        np.array([block.most for block in blocks], np.int64),
        counts.astype(np.int64),
        np.array([group.capacity for group in groups], np.int64),
        np.array([-1.0 if group.price is None else group.price * unit for group in groups]),
        np.concatenate([none, *(places[g.place][keep] for g, keep in zip(groups, kept, strict=True))]),
        np.concatenate([none, *(g.load[keep] for g, keep in zip(groups, kept, strict=True))]),
    )


@kernel
def cheapest_loads(p: Packing, priced: Floats, best: Floats, pick: Ints) -> None:
    """The least value of each block in `best` [B]; `pick` [places] the block whose choice a label belongs to, or -1."""
    pick[:] = -1
    for b in range(len(p.block) - 1):
        first, last = p.block[b], p.block[b + 1]
        came = np.full((p.group[last] - p.group[first], p.most[b] + 1), -1, np.int64)
        joined = np.full((last - first, p.most[b] + 1), _NEVER)
        origin = np.zeros((last - first, p.most[b] + 1), np.int64)
        joined[0, :] = _group(p, b, first, priced, came)
        for g in range(first + 1, last):
            loads = _group(p, b, g, priced, came)
            _join(p.price[b], joined[g - first - 1], loads, joined[g - first], origin[g - first])
        at, best[b] = 0, _NEVER
        for u in range(p.most[b] + 1):
            value = joined[last - first - 1, u] + _charge(u, p.capacity[b], p.price[b])
            if value < best[b]:
                best[b], at = value, u
        _way_back(p, b, at, came, origin, pick)


@kernel
def _way_back(p: Packing, b: int, at: int, came: Ints, origin: Ints, pick: Ints) -> None:
    """Mark the labels whose loads together come to `at`."""
    first, wide = p.block[b], p.most[b] + 1
    for g in range(p.block[b + 1] - 1, first - 1, -1):
        own = at
        if g > first:
            at, own = origin[g - first, at] // wide, origin[g - first, at] % wide
        for k in range(p.group[g + 1] - 1, p.group[g] - 1, -1):
            if came[k - p.group[first], own] >= 0:
                pick[p.place[k]] = b
                own = came[k - p.group[first], own]


@kernel
def _charge(load: int, capacity: int, price: float) -> float:
    if capacity < 0 or load <= capacity:
        return 0.0
    return (load - capacity) * price if price >= 0 else _NEVER


@kernel
def _group(p: Packing, b: int, g: int, priced: Floats, came: Ints) -> Floats:
    """The least value of one group by load, with the overtime of its own row."""
    most = p.most[b]
    over = p.price[b] + p.group_price[g] if p.price[b] >= 0 and p.group_price[g] >= 0 else -1.0
    out = np.full(most + 1, _NEVER)
    out[0] = 0.0
    for k in range(p.group[g], p.group[g + 1]):
        if priced[p.place[k]] < 0:
            out = _with(out, priced[p.place[k]], p.load[k], over, came[k - p.group[p.block[b]]])
    for u in range(most + 1):
        out[u] += _charge(u, p.group_capacity[g], p.group_price[g])
    return out


@kernel
def _with(out: Floats, value: float, load: int, over: float, line: Ints) -> Floats:
    """One label more or not; `line` the load from which it was taken."""
    most, new = len(out) - 1, out.copy()
    for u in range(most + 1):
        v, cost = u + load, out[u] + value
        if out[u] >= _NEVER / 2 or (v > most and over < 0):
            continue
        if v > most:
            cost, v = cost + (v - most) * over, most
        if cost < new[v]:
            new[v] = cost
            line[v] = u
    return new


@kernel
def _join(over: float, one: Floats, two: Floats, out: Floats, origin: Ints) -> None:
    most = len(one) - 1
    for u in range(most + 1):
        if one[u] >= _NEVER / 2:
            continue
        for w in range(most + 1):
            v, cost = u + w, one[u] + two[w]
            if v > most:
                if over < 0:
                    break
                cost, v = cost + (v - most) * over, most
            if cost < out[v]:
                out[v] = cost
                origin[v] = u * (most + 1) + w


@kernel
def cheapest_cover(sizes: Ints, wanted: int, prices: Floats, chosen: Ints) -> float:
    """The least sum of prices over sets that reach what is wanted; `chosen` [n] tells who is in it."""
    count = len(sizes)
    value = np.full((count + 1, wanted + 1), _NEVER)
    value[0, 0] = 0.0
    came = np.full((count, wanted + 1), -1, np.int64)
    for c in range(count):
        value[c + 1, :] = value[c, :]
        for u in range(wanted + 1):
            v, cost = min(wanted, u + sizes[c]), value[c, u] + prices[c]
            if cost < value[c + 1, v]:
                value[c + 1, v] = cost
                came[c, v] = u
    at = wanted
    for c in range(count - 1, -1, -1):
        chosen[c] = came[c, at] >= 0
        if chosen[c]:
            at = came[c, at]
    return float(value[count, wanted])
