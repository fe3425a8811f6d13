"""Annealing of regions side by side: each on its own board for a stage, then put together again.

A region is some whole crew groups. During a stage it sees what the others had chosen when the stage began, and of what
a row shared by several regions has left (or has too much) it may use the part of its clusters. Number of regions, seeds
and shares follow from the problem alone, so the result is the same for any number of threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assay.plan.anneal import Options, anneal, seeded, within
from assay.plan.board import Board, recount
from assay.plan.compile import Compiled, Floats
from assay.plan.messages import Borders
from assay.plan.model import Bools, Ints

__all__ = ["Region", "anneal_regions", "regions"]

_MOST = 8
_ENOUGH = 4000
"""Clusters from which on regions are searched apart: below it one board is fast and a little better."""


@dataclass(slots=True, eq=False)
class Region:
    """Its clusters, what may be proposed there, its part of every row, and its numbers."""

    own: Bools
    given: Options
    part: Floats
    numbers: np.ndarray


def regions(problem: Compiled, state: Board, given: Options, seed: tuple[int, ...]) -> list[Region]:
    """Up to eight regions of about equal size; none where the problem is small or has one crew group."""
    homes = np.bincount(state.home)
    if problem.clusters < _ENOUGH or len(homes) < 2:
        return []
    count = min(_MOST, len(homes))
    of = ((np.cumsum(homes) - homes) * count // problem.clusters)[state.home]
    found, of = np.unique(of, return_inverse=True)
    parts = _parts(problem, of, len(found))
    return [
        Region(of == number, within(given, of == number), parts[number], seeded(*seed, 1 + number))
        for number in range(len(found))
    ]


def _parts(problem: Compiled, of: Ints, count: int) -> Floats:
    """The part that each region has of the clusters in each row [regions, rows]."""
    members = np.zeros((count, len(problem.right)))
    who = np.repeat(of, np.diff(problem.act_start))
    for group, row in enumerate(problem.act_row):
        there = np.bincount(who[problem.act_group == group], minlength=count)
        members[:, np.unique(row[row >= 0])] += there[:, None]
    who = np.repeat(of, np.diff(problem.state_start))
    for group in range(len(problem.family_start) - 1):
        there = np.bincount(who[problem.state_group == group], minlength=count)
        for first, until, row in problem.family[problem.family_start[group] : problem.family_start[group + 1]].tolist():
            members[:, row : row + until - first] += there[:, None]
    out: Floats = members / np.maximum(members.sum(axis=0), 1.0)
    return out


def anneal_regions(
    problem: Compiled, borders: Borders, state: Board, apart: list[Region], priced: Floats, heats: tuple[float, float],
    visits: int, threads: int | None = None,
) -> None:  # fmt: skip
    """`visits` in all, each region its part of them; `state` holds the outcome. `threads`: None, one each."""

    def one(region: Region) -> Ints:
        left = np.floor((state.right - state.use) * region.part).astype(np.int64)
        own = state._replace(
            choice=state.choice.copy(), use=state.use.copy(), right=state.use + left, least=state.least.copy()
        )
        share = visits * len(region.given.busy) // max(1, sum(len(r.given.busy) for r in apart))
        anneal(problem, borders, own, region.given, priced, heats, share, region.numbers)
        return own.choice

    with ThreadPoolExecutor(threads or len(apart)) as pool:
        found = list(pool.map(one, apart))
    for region, choice in zip(apart, found, strict=True):
        state.choice[region.own] = choice[region.own]
    recount(problem, state)
