"""Small, lumpy problems: several searches, then searches among the labels that the best of them chose.

With few clusters a row, one annealing ends in one of many valleys, a tenth of a percent apart. What good plans have in
common is mostly right, and a search among the few labels in which they differ costs a fraction of one among all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.plan.bound import Bound
from assay.plan.compile import Compiled
from assay.plan.search import Found, search, united

__all__ = ["kept", "pooled"]

_STARTS, _UNIONS, _PARENTS = 8, 24, 4


def pooled(
    problem: Compiled, bound: Bound, moves: int, seed: tuple[int, ...],
    watch: Callable[[int, int, Found], bool] | None = None,
) -> Found:  # fmt: skip
    """The best plan after `moves` for each cluster in all, a part of them by searches apart.

    `watch` may end it early. Same arguments, same plan.
    """
    each, draw = max(1, moves // (_STARTS + _UNIONS)), np.random.default_rng(seed)
    pool: list[Found] = []
    for done in range(_STARTS + _UNIONS):
        if done < _STARTS:
            found = search(problem, bound, each, (*seed, done))
        else:
            parents = draw.choice(len(pool), min(_PARENTS, len(pool)), replace=False)
            found = united(problem, bound, each, (*seed, done), [pool[n].labels for n in parents])
        pool = kept(pool, found, _STARTS)
        if watch is not None and watch(done + 1, _STARTS + _UNIONS, pool[0]):
            break
    return pool[0]


def kept(pool: list[Found], found: Found, most: int) -> list[Found]:
    """The best plans, each once and at most so many, best first."""
    if any((found.labels == other.labels).all() for other in pool):
        return pool
    return sorted([*pool, found], key=lambda one: (one.broken, one.cost))[:most]
