"""Price-guided search: simulated annealing over the few labels of each cluster that the prices leave plausible.

Single changes and pairs (c takes another quarter or supplier, a partner of the same crew takes the place it leaves),
because tight crews and shares let few single changes through. Counter-free xorshift numbers from the seed: same input,
same moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.board import Board, act_of, shift
from assay.plan.compile import Compiled, Floats
from assay.plan.kernel import bare, kernel
from assay.plan.messages import Borders
from assay.plan.model import Ints

__all__ = ["Options", "anneal", "cheapest", "options", "seeded"]


def seeded(*seed: int) -> np.ndarray:
    """The state of the number generator for these seeds."""
    return np.random.Philox(np.random.SeedSequence(seed)).random_raw(1) | np.uint64(1)


class Options(NamedTuple):
    """What the search may propose: a cluster and the place of one of its labels, line by line."""

    who: Ints
    place: Ints


def cheapest(problem: Compiled, theta: Floats, most: int) -> Ints:
    """The places of the `most` cheapest priced labels of each cluster, cheapest first; -1 fills up [C, most]."""
    out = np.full((problem.clusters, most), -1, np.int64)
    _cheapest(problem, theta, out)
    return out


def options(cheap: Ints, theta: Floats, room: float) -> Options:
    """The labels in `cheap` [C, most] within `room` of the least of their cluster, where that leaves a choice."""
    price = np.where(cheap >= 0, theta[cheap], np.inf)
    near = (cheap >= 0) & (price <= price[:, :1] + room)
    near &= near.sum(axis=1)[:, None] > 1
    return Options(np.nonzero(near)[0].astype(np.int64), cheap[near])


@kernel
def _cheapest(p: Compiled, theta: Floats, out: Ints) -> None:
    for c in range(len(p.incumbent)):
        first, last = p.start[c], p.start[c + 1]
        order = np.argsort(theta[first:last], kind="mergesort")
        for k in range(min(last - first, out.shape[1])):
            out[c, k] = first + order[k]


@bare
def _draw(state: np.ndarray) -> float:
    """A number in [0, 1) (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@bare
def _accept(change: float, heat: float, state: np.ndarray) -> bool:
    if change <= 0:
        return True
    return change < 18.0 * heat and _draw(state) < np.exp(-change / heat)


@bare
def _partner(p: Compiled, b: Board, c: int, old: int, new: int, state: np.ndarray) -> tuple[int, int]:
    """A cluster of the same home that takes what c leaves, and the place of its label; -1 where there is none."""
    s, t = act_of(p, c, old)
    r, u = act_of(p, c, new)
    home = b.home[c]
    when = u if u != t else int(_draw(state) * (p.quarters + 1))
    if b.filled[home, when] == 0:
        return -1, -1
    d = b.members[home, when, int(_draw(state) * b.filled[home, when])]
    other = p.label[b.choice[d]]
    q, _ = act_of(p, d, other)
    if d == c or other == 0:
        return -1, -1
    if u != t:
        label = 0 if t == p.quarters else 1 + q * p.quarters + t
    else:
        if q != r or s >= p.suppliers:
            return -1, -1
        label = 1 + s * p.quarters + when
    return d, b.place[d, label]


@bare
def _try_pair(
    p: Compiled, n: Borders, b: Board, c: int, to: int, change: int, heat: float, state: np.ndarray
) -> int:  # fmt: skip
    """Change c together with a partner; the change of cost where both were accepted, else 0."""
    was = b.choice[c]
    d, place = _partner(p, b, c, p.label[was], p.label[to], state)
    if d < 0 or place < 0 or place == b.choice[d]:
        return 0
    shift(p, n, b, c, to, True)
    change += shift(p, n, b, d, place, False)
    if _accept(float(change), heat, state):
        shift(p, n, b, d, place, True)
        return change
    shift(p, n, b, c, was, True)
    return 0


@bare
def anneal(
    p: Compiled, n: Borders, b: Board, given: Options, heat: float, cool: float, steps: int, state: np.ndarray
) -> int:  # fmt: skip
    """`steps` proposals while the temperature falls from `heat` to `cool`; gives the change of the penalised cost."""
    size = len(given.who)
    if size == 0:
        return 0
    fall = (cool / heat) ** (1024.0 / max(1, steps))
    out = 0
    for step in range(steps):
        if step % 1024 == 1023:
            heat *= fall
        drawn = int(_draw(state) * size)
        c, to = given.who[drawn], given.place[drawn]
        if to == b.choice[c]:
            continue
        change = shift(p, n, b, c, to, False)
        if _accept(float(change), heat, state):
            out += shift(p, n, b, c, to, True)
        else:
            out += _try_pair(p, n, b, c, to, change, heat, state)
    return out
