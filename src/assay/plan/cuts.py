"""What points break: border cuts, and triples of clusters.

**Border cut**: an edge costs at least what messages give to the labels of its ends. At every quarter the cost of unlike
suppliers is at least b * (what the first end has of some suppliers - what the second end has of them or is unbuilt);
the suppliers are those of which the point gives the first end more. The messages are then raised as far as the edge
allows (each end's is the least border cost less the other's).

**Triple**: each of three clusters is done once, so at most one load of a block can do two of them or all three (half
the sum of three ones, rounded down: Jepsen, Petersen, Spoorendonk, Pisinger, Operations Research 56, 2008).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.board import act_of
from assay.plan.compile import Compiled, Floats
from assay.plan.kernel import bare, kernel
from assay.plan.model import Bools, Ints

__all__ = ["Paths", "border_cuts", "broken_triples", "paths_of"]

_MORE = 1e-9
_MOST_TRIPLES = 2000


class Paths(NamedTuple):
    """The supplier at each quarter of each allowed label [labels, T]; S: unbuilt."""

    state: Ints


def paths_of(problem: Compiled) -> Paths:
    """The paths of all allowed labels."""
    supplier, quarter = np.divmod(problem.label - 1, problem.quarters)
    old = np.repeat(problem.incumbent, np.diff(problem.start))
    later = np.arange(problem.quarters)[None, :] >= quarter[:, None]
    return Paths(np.where((problem.label > 0)[:, None] & later, supplier[:, None], old[:, None]))


@kernel
def border_cuts(p: Compiled, unit: float, shares: Floats, paid: Floats, given: Floats, broken: Bools) -> None:
    """Of every edge the messages to the labels of both ends [E, 2, most labels], and whether the point breaks the cut.

    `shares` of each label in the point, `paid` what the point pays for each edge, `unit` how money is counted.
    """
    held = np.zeros((2, p.suppliers + 1, p.quarters))
    rest = np.zeros(given.shape[2])
    for e in range(len(p.edges)):
        for end in range(2):
            _held(p, p.edges[e, end], shares, held[end])
        first = p.start[p.edges[e, 1]]
        for k in range(first, p.start[p.edges[e, 1] + 1]):
            rest[k - first] = -_table(p, e, k, held, unit)
        total = _raised(p, e, 0, rest, shares, unit, given[e, 0])
        total += _raised(p, e, 1, given[e, 0], shares, unit, given[e, 1])
        broken[e] = total > paid[e] + 1e-3 + 1e-6 * abs(paid[e])


@bare
def _held(p: Compiled, c: int, shares: Floats, held: Floats) -> None:
    """What each supplier holds of a cluster at each quarter [S + 1, T]."""
    held[:] = 0.0
    for k in range(p.start[c], p.start[c + 1]):
        if shares[k] > _MORE:
            supplier, when = act_of(p, c, p.label[k])
            for t in range(p.quarters):
                held[supplier if t >= when else p.incumbent[c], t] += shares[k]


@bare
def _table(p: Compiled, e: int, k: int, held: Floats, unit: float) -> float:
    """The price of the quarters at which the second end's label is one that the first end has more of, or unbuilt."""
    c = p.edges[e, 1]
    supplier, when = act_of(p, c, p.label[k])
    out = 0.0
    for t in range(p.quarters):
        s = supplier if t >= when else p.incumbent[c]
        if s == p.suppliers or held[0, s, t] - held[1, s, t] > _MORE:
            out += (p.until[e, t + 1] - p.until[e, t]) * unit
    return out


@bare
def _raised(p: Compiled, e: int, end: int, other: Floats, shares: Floats, unit: float, out: Floats) -> float:
    """The least border cost less the other end's message, for each label of this end; what the point has of it."""
    c, d = p.edges[e, end], p.edges[e, 1 - end]
    total = 0.0
    for k in range(p.start[c], p.start[c + 1]):
        least = 1e18
        for m in range(p.start[d], p.start[d + 1]):
            least = min(least, _border(p, e, c, p.label[k], d, p.label[m]) * unit - other[m - p.start[d]])
        out[k - p.start[c]] = least
        total += least * shares[k]
    return total


@bare
def _border(p: Compiled, e: int, c: int, one: int, d: int, two: int) -> int:
    """What the edge costs with these labels of its ends: three spans of constant suppliers."""
    s, t = act_of(p, c, one)
    r, u = act_of(p, d, two)
    out = _unlike(p, e, p.incumbent[c], p.incumbent[d], 0, min(t, u)) + _unlike(p, e, s, r, max(t, u), p.quarters)
    if t < u:
        return out + _unlike(p, e, s, p.incumbent[d], t, u)
    return out + _unlike(p, e, p.incumbent[c], r, u, t)


@bare
def _unlike(p: Compiled, e: int, one: int, two: int, first: int, last: int) -> int:
    """Border cost of the quarters from `first` to `last` where the ends have these suppliers."""
    if one == two or one == p.suppliers or two == p.suppliers:
        return 0
    return int(p.until[e, last] - p.until[e, first])


def broken_triples(clusters: int, loads: list[Ints], value: Floats, least: float, most: int) -> list[tuple[int, ...]]:
    """The `most` triples that are broken most, by more than `least`: loads (their clusters) and how much of each."""
    shared = np.zeros((clusters, clusters))
    for own, much in zip(loads, value.tolist(), strict=True):
        shared[np.ix_(own, own)] += much
    inside = np.zeros((len(loads), clusters), np.bool_)
    for line, own in zip(inside, loads, strict=True):
        line[own] = True
    found, by = np.zeros((_MOST_TRIPLES, 3), np.int64), np.zeros(_MOST_TRIPLES)
    count = _triples(shared, inside, value, least, found, by)
    return [tuple(found[n].tolist()) for n in np.argsort(-by[:count], kind="stable")[:most].tolist()]


@kernel
def _triples(shared: Floats, inside: Bools, value: Floats, least: float, found: Ints, by: Floats) -> int:
    """How many are broken; `shared` [C, C] how much two clusters are together in loads."""
    n, clusters = 0, len(shared)
    for i in range(clusters):
        for j in range(i + 1, clusters):
            for k in range(j + 1, clusters):
                over = shared[i, j] + shared[i, k] + shared[j, k] - 1.0
                if over <= least or n == len(by):
                    continue
                for c in range(len(value)):
                    if inside[c, i] and inside[c, j] and inside[c, k]:
                        over -= 2 * value[c]
                if over > least:
                    found[n, 0], found[n, 1], found[n, 2] = i, j, k
                    by[n] = over
                    n += 1
    return n
