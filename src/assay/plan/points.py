"""Duals of the master program as prices, and what labels take of the rows that have a price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.plan.compile import Compiled, Floats
from assay.plan.cuts import Paths
from assay.plan.model import Ints

__all__ = ["Point", "matrix_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Duals and the bound that they give: prices of rows [R], of clusters [C], of covers; weights of cuts by number."""

    value: float
    rows: Floats
    fill: Floats
    cover: Floats
    number: Ints
    weight: Floats

    def towards(self, other: Point, part: float) -> Point:
        """Part of the way to another point; its value is not known yet."""
        number = np.union1d(self.number, other.number)
        weight = np.zeros(len(number))
        for point, much in ((self, 1 - part), (other, part)):
            weight[np.searchsorted(number, point.number)] += much * point.weight
        rows, fill, cover = (a + part * (b - a) for a, b in ((self.rows, other.rows), (self.fill, other.fill),
                                                             (self.cover, other.cover)))  # fmt: skip
        return Point(-np.inf, rows, fill, cover, number, weight)


def matrix_of(problem: Compiled, rows: Ints, paths: Paths) -> Floats:
    """What each label takes of these rows [rows, labels]."""
    place = np.full(len(problem.right), -1, np.int64)
    place[rows] = np.arange(len(rows))
    out = np.zeros((len(rows), len(problem.label)))
    for cluster in range(problem.clusters):
        own = slice(problem.start[cluster], problem.start[cluster + 1])
        label = problem.label[own]
        for m in range(problem.act_start[cluster], problem.act_start[cluster + 1]):
            row = problem.act_row[problem.act_group[m]][label]
            take = problem.takes[problem.act_kind[m], cluster][(label - 1) // problem.quarters]
            mine = np.flatnonzero((row >= 0) & (place[row] >= 0))
            np.add.at(out, (place[row[mine]], own.start + mine), take[mine].astype(np.float64))
        state = paths.state[own]
        for m in range(problem.state_start[cluster], problem.state_start[cluster + 1]):
            group, weight = problem.state_group[m], float(problem.state_weight[m])
            for f in range(problem.family_start[group], problem.family_start[group + 1]):
                first, until, base = problem.family[f].tolist()
                kept = np.flatnonzero(place[base : base + until - first] >= 0)
                out[place[base + kept], own] += weight * problem.coefficient[f][state[:, first + kept]].T
    return out
