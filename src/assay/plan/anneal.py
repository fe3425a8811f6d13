"""Price-guided search: simulated annealing over the labels of each cluster that the prices leave plausible.

A visit weighs all options of a cluster and draws one of them by its cost (heat bath: Geman and Geman, IEEE TPAMI 6,
1984). Where the cluster stays as it is, a **pair** is tried, because tight crews and shares let few single changes
through: the cluster takes an option that is good at the prices of the rows, and one after the other some clusters of
the quarter that it fills weigh what they would do then. Counter-free xorshift numbers from the seed: same input, same
moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.board import Board, act_of, measure, pair, relief, reseat, rows
from assay.plan.compile import Compiled, Floats
from assay.plan.kernel import bare, inner, kernel
from assay.plan.messages import Borders
from assay.plan.model import Bools, Ints

__all__ = ["Options", "anneal", "cheapest", "fit", "options", "seeded", "within"]

_FAR = 18.0
"""Heats above the least cost of a draw from which on an option is never drawn."""
_WIDE, _FORCED = 2.0, 6.0
"""First options of pairs are drawn at so many heats, and not beyond so many of these."""
_PARTNERS = 6
_NEVER = 1 << 60
_MATES = 128


def seeded(*seed: int) -> np.ndarray:
    """The state of the number generator for these seeds."""
    return np.random.Philox(np.random.SeedSequence(seed)).random_raw(1) | np.uint64(1)


class Options(NamedTuple):
    """What the search may propose: the places of labels by cluster, and the clusters that have a choice."""

    busy: Ints
    first: Ints  # [C + 1] into place
    place: Ints


class _Desk(NamedTuple):
    """What an annealing keeps at hand of the options of a board."""

    line: Ints  # border cost of each option with what the neighbours have
    now: Ints  # [C] border cost of what each cluster has
    priced: Floats  # what each allowed label costs at the prices of the rows, without borders
    bare: Ints  # change of cost and border by option of the cluster in hand
    whole: Ints  # with overtime and penalties, `_NEVER` where it is not worth a look
    dear: Floats  # what options are drawn by


def cheapest(problem: Compiled, theta: Floats, most: int) -> Ints:
    """The places of the `most` cheapest priced labels of each cluster, cheapest first; -1 fills up [C, most]."""
    out = np.full((problem.clusters, most), -1, np.int64)
    _cheapest(problem, theta, out)
    return out


def options(cheap: Ints, theta: Floats, room: float) -> Options:
    """The labels in `cheap` [C, most] within `room` of the least of their cluster."""
    price = np.where(cheap >= 0, theta[cheap], np.inf)
    near = (cheap >= 0) & (price <= price[:, :1] + room)
    count = near.sum(axis=1)
    return Options(np.flatnonzero(count > 1), np.append(0, np.cumsum(count)), cheap[near])


def within(given: Options, own: Bools) -> Options:
    """The options of these clusters [C] alone."""
    count = np.diff(given.first)
    kept = np.where(own, count, 0)
    return Options(np.flatnonzero(kept > 1), np.append(0, np.cumsum(kept)), given.place[np.repeat(own, count)])


def anneal(
    problem: Compiled, borders: Borders, state: Board, given: Options, priced: Floats, heats: tuple[float, float],
    visits: int, numbers: np.ndarray,
) -> int:  # fmt: skip
    """`visits` of clusters drawn from `given` while the temperature falls; gives the change of the penalised cost.

    `priced` is what each allowed label costs at the prices of the rows, without borders. Only clusters with options
    are changed, and of the borders between them and others only the cost is kept.
    """
    measure(problem, state)
    return int(_anneal(problem, borders, state, given, _desk(problem, given, priced), *heats, visits, numbers))


def fit(problem: Compiled, borders: Borders, state: Board, given: Options, priced: Floats, numbers: np.ndarray) -> int:
    """Fill rows of states better by pairs of their clusters, where that is cheaper; the change of the penalised cost.

    A row of few heavy clusters is filled in steps so large that no annealing takes the way between two fits.
    """
    measure(problem, state)
    return int(_fit(problem, borders, state, given, _desk(problem, given, priced), numbers))


def _desk(problem: Compiled, given: Options, priced: Floats) -> _Desk:
    most = int(np.diff(given.first).max(initial=0))
    return _Desk(
        np.zeros(len(given.place), np.int64), np.zeros(problem.clusters, np.int64), priced,
        np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most),
    )  # fmt: skip


@kernel
def _cheapest(p: Compiled, theta: Floats, out: Ints) -> None:
    for c in range(len(p.incumbent)):
        first, last = p.start[c], p.start[c + 1]
        order = np.argsort(theta[first:last], kind="mergesort")
        for k in range(min(last - first, out.shape[1])):
            out[c, k] = first + order[k]


@inner
def _draw(state: np.ndarray) -> float:
    """A number in [0, 1) (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@inner
def _accept(change: float, heat: float, state: np.ndarray) -> bool:
    if change <= 0:
        return True
    return change < _FAR * heat and _draw(state) < np.exp(-change / heat)


@inner
def _drawn(dear: Floats, count: int, heat: float, stay: bool, state: np.ndarray) -> int:
    """An option drawn by its cost at this heat; -1 for none, which costs nothing where it may `stay`."""
    least = 0.0 if stay else float(_NEVER)
    for k in range(count):
        least = min(least, dear[k])
    if least >= float(_NEVER):
        return -1
    free = np.exp(least / heat) if stay else 0.0
    total = free
    for k in range(count):
        total += np.exp((least - dear[k]) / heat) if dear[k] - least < _FAR * heat else 0.0
    left = _draw(state) * total - free
    out = -1
    for k in range(count):
        if (left >= 0 or (out < 0 and not stay)) and dear[k] - least < _FAR * heat:
            out = k
            left -= np.exp((least - dear[k]) / heat)
    return out


@inner
def _met(p: Compiled, n: Borders, c: int, d: int) -> int:
    """The edge between two clusters; -1 for none."""
    for k in range(n.near[c], n.near[c + 1]):
        if p.edges[n.edge[k], 1 - n.end[k]] == d:
            return int(n.edge[k])
    return -1


@inner
def _weigh(
    p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, c: int, limit: float, peer: int, was: int
) -> int:  # fmt: skip
    """Into `whole` and `dear` the change of cost by option of cluster c, where it is at most `limit`; their number.

    `peer` (-1: none) has left the place `was`, of which the borders on the desk do not yet know.
    """
    at, count = b.choice[c], o.first[c + 1] - o.first[c]
    here = p.cost[at] + k.now[c]
    e = _met(p, n, c, peer) if peer >= 0 else -1
    old = p.label[was] if e >= 0 else 0
    new = p.label[b.choice[peer]] if e >= 0 else 0
    if e >= 0:
        here += pair(p, e, c, p.label[at], peer, new) - pair(p, e, c, p.label[at], peer, old)
    limit -= float(relief(p, b, c))
    for i in range(count):
        to = o.place[o.first[c] + i]
        label = p.label[to]
        change = p.cost[to] + k.line[o.first[c] + i] - here
        if e >= 0:
            change += pair(p, e, c, label, peer, new) - pair(p, e, c, label, peer, old)
        k.bare[i], k.whole[i] = change, _NEVER
        if to != at and change <= limit:
            k.whole[i] = change + rows(p, b, c, p.label[at], label, False)
        k.dear[i] = float(k.whole[i])
    return int(count)


@inner
def _take(p: Compiled, b: Board, c: int, to: int) -> None:
    """Cluster c takes the label at place `to`; the desk is told apart."""
    old, new = p.label[b.choice[c]], p.label[to]
    rows(p, b, c, old, new, True)
    b.choice[c] = to
    reseat(b, c, act_of(p, c, old)[1], act_of(p, c, new)[1])


@inner
def _tell(p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, c: int, was: int) -> None:
    """Bring the borders on the desk up to date after cluster c has left the place `was`."""
    old, new = p.label[was], p.label[b.choice[c]]
    k.now[c] = 0
    for m in range(n.near[c], n.near[c + 1]):
        e = n.edge[m]
        d = p.edges[e, 1 - n.end[m]]
        cost = pair(p, e, c, new, d, p.label[b.choice[d]])
        k.now[c] += cost
        k.now[d] += cost - pair(p, e, c, old, d, p.label[b.choice[d]])
        for i in range(o.first[d], o.first[d + 1]):
            label = p.label[o.place[i]]
            k.line[i] += pair(p, e, c, new, d, label) - pair(p, e, c, old, d, label)


@inner
def _forced(p: Compiled, b: Board, o: Options, k: _Desk, c: int, heat: float, state: np.ndarray) -> int:
    """An option of cluster c, weighed a moment ago, drawn by its change of cost and border at the prices of the rows.

    Overtime and penalties are left to what a partner does. -1 where all are far.
    """
    at, count = b.choice[c], o.first[c + 1] - o.first[c]
    for i in range(count):
        to = o.place[o.first[c] + i]
        rowed = (k.priced[to] - p.cost[to]) - (k.priced[at] - p.cost[at])
        k.dear[i] = float(k.bare[i]) + rowed if to != at else float(_NEVER)
    out = _drawn(k.dear, count, _WIDE * heat, False, state)
    return out if out >= 0 and k.dear[out] <= _FORCED * _WIDE * heat else -1


@inner
def _partner(p: Compiled, b: Board, c: int, same: bool, quarter: int, state: np.ndarray) -> int:
    """A cluster of the home of c that acts in the quarter, or (the same as before) in any; -1 where there is none."""
    home = b.home[c]
    when = int(_draw(state) * (p.quarters + 1)) if same else quarter
    if b.filled[home, when] == 0:
        return -1
    d = b.members[home, when, int(_draw(state) * b.filled[home, when])]
    return -1 if d == c else int(d)


@inner
def _pairs(
    p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, c: int, taken: int, heat: float, state: np.ndarray
) -> int:  # fmt: skip
    """Cluster c takes an option, if one of some partners makes it worth while; the change of cost, 0 if none did."""
    was, to = b.choice[c], o.place[o.first[c] + taken]
    old, quarter = act_of(p, c, p.label[was])[1], act_of(p, c, p.label[to])[1]
    first = k.bare[taken] + rows(p, b, c, p.label[was], p.label[to], False)
    _take(p, b, c, to)
    for _ in range(_PARTNERS):
        d = _partner(p, b, c, old == quarter, quarter, state)
        if d < 0:
            continue
        count = _weigh(p, n, b, o, k, d, _FAR * heat - float(first), c, was)
        chosen = _drawn(k.dear, count, heat, False, state)
        if chosen >= 0 and _accept(float(first + k.whole[chosen]), heat, state):
            out = first + k.whole[chosen]
            _tell(p, n, b, o, k, c, was)
            left = b.choice[d]
            _take(p, b, d, o.place[o.first[d] + chosen])
            _tell(p, n, b, o, k, d, left)
            return int(out)
    _take(p, b, c, was)
    return 0


@bare
def _laid_out(p: Compiled, n: Borders, b: Board, o: Options, k: _Desk) -> None:
    """What the desk holds, from the choices."""
    for c in range(len(p.incumbent)):
        for m in range(n.near[c], n.near[c + 1]):
            e = n.edge[m]
            d = p.edges[e, 1 - n.end[m]]
            other = p.label[b.choice[d]]
            k.now[c] += pair(p, e, c, p.label[b.choice[c]], d, other)
            for i in range(o.first[c], o.first[c + 1]):
                k.line[i] += pair(p, e, c, p.label[o.place[i]], d, other)


@bare
def _anneal(
    p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, heat: float, cool: float, visits: int, state: np.ndarray
) -> int:  # fmt: skip
    if len(o.busy) == 0:
        return 0
    _laid_out(p, n, b, o, k)
    fall = (cool / heat) ** (256.0 / max(1, visits))
    out = 0
    for visit in range(visits):
        if visit % 256 == 255:
            heat *= fall
        c = o.busy[int(_draw(state) * len(o.busy))]
        count = _weigh(p, n, b, o, k, c, _FAR * heat, -1, -1)
        chosen = _drawn(k.dear, count, heat, True, state)
        if chosen >= 0:
            was = b.choice[c]
            out += k.whole[chosen]
            _take(p, b, c, o.place[o.first[c] + chosen])
            _tell(p, n, b, o, k, c, was)
            continue
        chosen = _forced(p, b, o, k, c, heat, state)
        if chosen >= 0:
            out += _pairs(p, n, b, o, k, c, chosen, heat, state)
    return out


@inner
def _room(p: Compiled, b: Board, group: int) -> int:
    """What the families of a state group have left in all."""
    out = 0
    for f in range(p.family_start[group], p.family_start[group + 1]):
        out += b.least[f]
    return out


@inner
def _best(
    p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, group: int, c: int, was: int, limit: int, state: np.ndarray
) -> tuple[int, int, int]:  # fmt: skip
    """What some mate of cluster c, which has left `was`, changes at the least cost, below `limit`: cost, mate, place.

    The mate is -1 where there is none.
    """
    least, who, where = limit, -1, -1
    first, size = b.mates_start[group], b.mates_start[group + 1] - b.mates_start[group]
    for tried in range(min(size, _MATES)):
        d = b.mates[first + (tried if size <= _MATES else int(_draw(state) * size))]
        if d == c:
            continue
        for i in range(_weigh(p, n, b, o, k, d, float(least), c, was)):
            if k.whole[i] < least:
                least, who, where = k.whole[i], d, o.place[o.first[d] + i]
    return least, who, where


@inner
def _fitted(
    p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, group: int, c: int, i: int, state: np.ndarray
) -> int:  # fmt: skip
    """Cluster c takes the i-th option if it uses the group's rows unlike now and a mate makes it pay; the change."""
    was, to, left = b.choice[c], o.place[i], _room(p, b, group)
    if to == was:
        return 0
    out = p.cost[to] + k.line[i] - p.cost[was] - k.now[c] + rows(p, b, c, p.label[was], p.label[to], False)
    _take(p, b, c, to)
    least, who, where = 0, -1, -1
    if _room(p, b, group) != left:
        least, who, where = _best(p, n, b, o, k, group, c, was, -out, state)
    if who < 0:
        _take(p, b, c, was)
        return 0
    _tell(p, n, b, o, k, c, was)
    before = b.choice[who]
    _take(p, b, who, where)
    _tell(p, n, b, o, k, who, before)
    return int(out + least)


@bare
def _fit(p: Compiled, n: Borders, b: Board, o: Options, k: _Desk, state: np.ndarray) -> int:
    _laid_out(p, n, b, o, k)
    out = 0
    for group in range(len(p.family_start) - 1):
        for m in range(b.mates_start[group], b.mates_start[group + 1]):
            c = b.mates[m]
            for i in range(o.first[c], o.first[c + 1]):
                out += _fitted(p, n, b, o, k, group, c, i, state)
    return out
