"""From prices to a plan: annealing in stages while the penalties of broken hard rows grow, the best whole plan kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.plan.anneal import anneal, cheapest, options, seeded
from assay.plan.board import Board, board, broken, choose_spared, total
from assay.plan.bound import Bound
from assay.plan.compile import Compiled, Floats
from assay.plan.lagrange import heat_unit, scales
from assay.plan.model import Ints
from assay.plan.regions import anneal_regions, regions

__all__ = ["Found", "scored", "search"]

_STAGES = 20
_HOT, _COLD = 0.008, 0.0003
"""First and last temperature, as parts of the mean cost of a cluster."""
_WIDTH = 14
_NEAR, _LUMPY = 0.015, 1000
"""Labels so much dearer than the least of their cluster are not proposed; in problems of fewer clusters than `_LUMPY`
rows are filled by few of them, and more has to be given up for a fit."""
_GROW, _SHRINK = 1.4, 0.97
_REPAIRS = 30
_MOST = 1e12


@dataclass(slots=True, eq=False)
class Found:
    """The best choices found: labels [C], their cost without penalties, and the number of hard rows they break."""

    labels: Ints
    cost: int
    broken: int

    def better(self, other: Found | None) -> bool:
        """Fewer broken rows first, then less cost."""
        return other is None or (self.broken, self.cost) < (other.broken, other.cost)


def search(
    problem: Compiled,
    bound: Bound,
    moves: int,
    seed: tuple[int, ...],
    start: Ints | None = None,
    watch: Callable[[int, int, Found], bool] | None = None,
    threads: int | None = None,
) -> Found:
    """The best plan after `moves` proposals a cluster; `start` labels begin it cooler; `watch` may end it early.

    Large problems are searched by region in `threads` (None: one each); their number does not change the result.
    """
    theta, unit = bound.theta(problem), heat_unit(problem)
    cheap = cheapest(problem, theta, _WIDTH)
    # What starts from a plan of another problem may have far to go.
    room = _NEAR * unit * max(1.0, _LUMPY / problem.clusters) if start is None else np.inf
    near = options(cheap, theta, room)
    first = cheap[:, 0] if start is None else _places(problem, start, cheap[:, 0])
    state = board(problem, first, _penalties(problem, bound))
    apart = regions(problem, state, near, seed)
    heats = np.geomspace(_HOT if start is None else _HOT / 4, _COLD, _STAGES + 1) * unit
    numbers = seeded(*seed)
    best: Found | None = None
    for done, (hot, cold, steps) in enumerate(_stages(problem, state, heats, moves), 1):
        if apart and done < _STAGES:  # the last stage mends what the regions could not see of each other
            anneal_regions(problem, bound.borders, state, apart, (hot, cold), steps, threads)
        else:
            given = near if done <= _STAGES else options(cheap, theta, np.inf)
            anneal(problem, bound.borders, state, given, hot, cold, steps, numbers)
        choose_spared(problem, state)
        found = _look(problem, state)
        if best is None or found.better(best):
            best = found
        if watch is not None and watch(done, _STAGES, best):
            break
    assert best is not None
    return best


def scored(problem: Compiled, labels: Ints) -> Found:
    """Labels [C] that are all allowed, with their cost and the number of hard rows they break."""
    places = _places(problem, labels, problem.start[:-1])
    return _look(problem, board(problem, places, np.zeros(len(problem.right), np.int64)))


def _look(problem: Compiled, state: Board) -> Found:
    return Found(problem.label[state.choice], int(total(problem, state)), int(broken(problem, state)))


def _stages(problem: Compiled, state: Board, heats: Floats, moves: int) -> Iterator[tuple[float, float, int]]:
    """Temperatures and steps of each stage; after it the penalties follow what is broken. Repairs while needed."""
    steps = max(1024, moves * problem.clusters // _STAGES)
    least = state.hard.copy()
    for hot, cold in pairwise(heats.tolist()):
        yield hot, cold, steps
        over = state.use > state.right
        state.hard[:] = np.where(over, state.hard * _GROW + 1, np.maximum(state.hard * _SHRINK, least))
    for repair in range(_REPAIRS):
        if not broken(problem, state):
            return
        over = state.use > state.right
        state.hard[:] = np.where(over, np.minimum(state.hard * 3.0 + 1, _MOST), state.hard)
        yield float(heats[-1]) * (1 + 3 * (repair % 4)), float(heats[-1]), max(1024, steps // 2)


def _places(problem: Compiled, labels: Ints, otherwise: Ints) -> Ints:
    """The places of these labels; of another label where one is not allowed."""
    who = np.repeat(np.arange(problem.clusters), np.diff(problem.start))
    out = otherwise.copy()
    own = problem.label == np.asarray(labels)[who]
    out[who[own]] = np.flatnonzero(own)
    return out


def _penalties(problem: Compiled, bound: Bound) -> Ints:
    """Cents a unit of violation of each hard row: half as much again as its multiplier, and never nothing."""
    floor = 0.01 * heat_unit(problem) * np.sqrt(problem.clusters) / scales(problem)
    out: Ints = np.minimum(np.maximum(1.5 * bound.prices, floor), _MOST).astype(np.int64) + 1
    return out
