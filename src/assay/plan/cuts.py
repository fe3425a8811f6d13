"""Border cuts: what an edge costs at least, as messages to the labels of its ends, made for a point that breaks it.

At every quarter the cost of unlike suppliers is at least b * (what the first end has of some suppliers - what the
second end has of them or is unbuilt); the suppliers are those of which the point gives the first end more. The messages
are then raised as far as the edge allows (each end's is the least border cost less the other's).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.compile import Compiled, Floats
from assay.plan.model import Ints

__all__ = ["Paths", "border_cut", "paths_of"]

_MORE = 1e-9


class Paths(NamedTuple):
    """The supplier at each quarter of each allowed label [labels, T]; S: unbuilt."""

    state: Ints


def paths_of(problem: Compiled) -> Paths:
    """The paths of all allowed labels."""
    supplier, quarter = np.divmod(problem.label - 1, problem.quarters)
    old = np.repeat(problem.incumbent, np.diff(problem.start))
    later = np.arange(problem.quarters)[None, :] >= quarter[:, None]
    return Paths(np.where((problem.label > 0)[:, None] & later, supplier[:, None], old[:, None]))


def border_cut(
    problem: Compiled, paths: Paths, edge: int, one: Floats, two: Floats, unit: float
) -> tuple[Floats, Floats]:  # fmt: skip
    """Messages to the labels of both ends; `one`, `two` their shares in the point, `unit` how money is counted."""
    ends = problem.edges[edge]
    first, second = (paths.state[problem.start[c] : problem.start[c + 1]] for c in ends)
    price = np.diff(problem.until[edge]) * unit
    quarters = np.arange(problem.quarters)
    more = (_held(problem, first, one) - _held(problem, second, two))[: problem.suppliers] > _MORE
    table = np.zeros((problem.suppliers + 1, problem.quarters))
    table[:-1] = more * price
    table[-1] = price
    unlike = (first[:, None, :] != second[None, :, :]) & (first[:, None, :] < problem.suppliers)
    pair = ((unlike & (second[None, :, :] < problem.suppliers)) * price).sum(axis=2)
    given = -table[second, quarters].sum(axis=1)
    mine = (pair - given[None, :]).min(axis=1)
    return mine, (pair - mine[:, None]).min(axis=0)


def _held(problem: Compiled, state: Ints, shares: Floats) -> Floats:
    """What each supplier holds at each quarter [S + 1, T]."""
    out = np.zeros((problem.suppliers + 1, problem.quarters))
    live = np.flatnonzero(shares > _MORE)
    np.add.at(out, (state[live], np.arange(problem.quarters)[None, :]), shares[live, None])
    return out
