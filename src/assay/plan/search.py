"""From prices to a plan: annealing in stages while the penalties of broken hard rows grow, the best whole plan kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.plan.anneal import Options, anneal, cheapest, fit, options, seeded
from assay.plan.board import Board, board, broken, choose_spared, total
from assay.plan.bound import Bound
from assay.plan.compile import Compiled, Floats
from assay.plan.lagrange import heat_unit, priced_labels, scales
from assay.plan.model import Ints
from assay.plan.regions import anneal_regions, regions

__all__ = ["Found", "scored", "search", "united"]

_HOT, _MILD, _COLD = 0.006, 0.0015, 0.0003
"""Temperatures as parts of the mean cost of a cluster: most visits fall to those between the first two."""
_FIRST, _LAST, _EARLY = 30, 4, 0.9
"""Stages before and after `_MILD`, and the part of the visits before it."""
_WIDTH, _NEAR, _LUMPY = 14, 0.015, 1000
"""Labels to look at, and by how much of the mean cost they may be dearer than the least of their cluster. In problems
of fewer clusters than `_LUMPY` rows are filled by few of them, and more has to be given up for a fit."""
_VISIT = 3
"""A visit of a cluster weighs all its options, and partners: it counts as so many moves."""
_GROW, _SHRINK = 1.2, 0.98
_HOTTER = 0.7
_FEWEST = 64
_FITS = (_FIRST + 1, _FIRST + _LAST)
"""Stages after which rows of states are fitted: where most is settled, and at the end."""
_FITTED = range(300, 4000)
"""Where clusters are fewer, the options are so many that a pool of searches does as well for less; where they are more,
each fills so little of a row that nothing is to be gained."""
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
    """The best plan after `moves` for each cluster; `start` labels begin it cooler; `watch` may end it early.

    Large problems are searched by region in `threads` (None: one each); their number does not change the result.
    """
    theta, unit, lumpy = bound.theta(problem), heat_unit(problem), _lumpy(problem)
    cheap = cheapest(problem, theta, int(min(problem.labels, _WIDTH * lumpy)))
    # What starts from a plan of another problem may have far to go.
    near = options(cheap, theta, _NEAR * unit * lumpy**2 if start is None else np.inf)
    first = cheap[:, 0] if start is None else _places(problem, start, cheap[:, 0])
    heats = _heats(_HOT * lumpy**_HOTTER if start is None else _MILD) * unit
    way = _Way(near, options(cheap, theta, np.inf), heats, moves, seed, start is None and problem.clusters in _FITTED)
    return _cooled(problem, bound, first, way, watch, threads)


def united(problem: Compiled, bound: Bound, moves: int, seed: tuple[int, ...], plans: Sequence[Ints]) -> Found:
    """The best plan after `moves` for each cluster among the labels that these plans [C] have; begins with the first.

    What good plans have in common stays, where they differ all their choices are mixed (tour merging: Cook and Seymour,
    INFORMS J. Comput. 15, 2003).
    """
    places = np.sort([_places(problem, plan, problem.start[:-1]) for plan in plans], axis=0).T
    twice = np.append(np.zeros((problem.clusters, 1), np.bool_), places[:, 1:] == places[:, :-1], axis=1)
    given = options(np.where(twice, -1, places), np.zeros(len(problem.label)), 0.0)
    heats = _heats(_HOT * _lumpy(problem) ** _HOTTER) * heat_unit(problem)
    first = _places(problem, plans[0], problem.start[:-1])
    return _cooled(problem, bound, first, _Way(given, given, heats, moves, seed), None, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """What is proposed, first and after the last stage; temperatures between stages; work; numbers.

    `fits`: rows of states are fitted, which takes about half a second for 1,000 clusters.
    """

    near: Options
    wide: Options
    heats: Floats
    moves: int
    seed: tuple[int, ...]
    fits: bool = False


def _cooled(
    problem: Compiled, bound: Bound, first: Ints, way: _Way, watch: Callable[[int, int, Found], bool] | None,
    threads: int | None,
) -> Found:  # fmt: skip
    """The best of what stands at the ends of the stages, from the places `first` on."""
    state = board(problem, first, _penalties(problem, bound), np.diff(way.near.first) > 1)
    apart = regions(problem, state, way.near, way.seed)
    priced = priced_labels(problem, bound.prices, np.zeros(len(problem.label)))
    numbers, last = seeded(*way.seed), len(way.heats) - 1
    best: Found | None = None
    for done, (hot, cold, visits) in enumerate(_stages(problem, state, way.heats, way.moves), 1):
        if apart and done < last:  # the last stage mends what the regions could not see of each other
            anneal_regions(problem, bound.borders, state, apart, priced, (hot, cold), visits, threads)
        else:
            given = way.near if done <= last else way.wide
            anneal(problem, bound.borders, state, given, priced, (hot, cold), visits, numbers)
        if way.fits and done in _FITS:
            fit(problem, bound.borders, state, way.wide, priced, numbers)
        choose_spared(problem, state)
        found = _look(problem, state)
        if best is None or found.better(best):
            best = found
        if watch is not None and watch(done, last, best):
            break
    assert best is not None
    return best


def _lumpy(problem: Compiled) -> float:
    return max(1.0, _LUMPY / max(1, problem.clusters))


def scored(problem: Compiled, labels: Ints) -> Found:
    """Labels [C] that are all allowed, with their cost and the number of hard rows they break."""
    places = _places(problem, labels, problem.start[:-1])
    return _look(problem, board(problem, places, np.zeros(len(problem.right), np.int64)))


def _look(problem: Compiled, state: Board) -> Found:
    return Found(problem.label[state.choice], int(total(problem, state)), int(broken(problem, state)))


def _heats(hot: float) -> Floats:
    """The temperatures between stages."""
    return np.append(np.geomspace(hot, _MILD, _FIRST + 1), np.geomspace(_MILD, _COLD, _LAST + 1)[1:])


def _stages(problem: Compiled, state: Board, heats: Floats, moves: int) -> Iterator[tuple[float, float, int]]:
    """Temperatures and visits of each stage; after it the penalties follow what is broken. Repairs while needed."""
    visits = moves * problem.clusters // _VISIT
    least = state.hard.copy()
    for done, (hot, cold) in enumerate(pairwise(heats.tolist())):
        part = _EARLY / _FIRST if done < _FIRST else (1 - _EARLY) / _LAST
        yield hot, cold, max(_FEWEST, int(visits * part))
        over = state.use > state.right
        state.hard[:] = np.where(over, state.hard * _GROW + 1, np.maximum(state.hard * _SHRINK, least))
    for repair in range(_REPAIRS):
        if not broken(problem, state):
            return
        over = state.use > state.right
        state.hard[:] = np.where(over, np.minimum(state.hard * 3.0 + 1, _MOST), state.hard)
        yield float(heats[-1]) * (1 + 3 * (repair % 4)), float(heats[-1]), max(_FEWEST, visits // 40)


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
