"""The cuts of the master program: border cuts and triples, those that are rows now and those that were before."""

from __future__ import annotations

import numpy as np

from assay.plan.compile import Compiled, Floats
from assay.plan.model import Ints
from assay.plan.packing import Triples, triples

__all__ = ["NO_EDGE", "Cutting"]

NO_EDGE = -1
"""The edge of a triple."""
_IDLE = 2

Messages = tuple[Floats, Floats]


class Cutting:
    """All cuts ever made, by number; `live` are the numbers of those that are rows of the program, in their order."""

    def __init__(self, problem: Compiled, who: Ints) -> None:
        self.problem, self.who = problem, who
        self.edge: list[int] = []
        self.given: list[Messages] = []
        self.three: list[tuple[int, ...]] = []
        self.live: list[int] = []
        self.idle: list[int] = []
        self.near: list[list[tuple[int, int, int]]] | None = None
        self._lay_out()

    def border(self, edge: int, given: Messages) -> None:
        """A new row: the edge costs at least these messages to the labels of its ends."""
        self._add(edge, given, ())
        self.near = None

    def together(self, three: tuple[int, ...]) -> None:
        """A new row: one load at most does two or more of these clusters."""
        self._add(NO_EDGE, (np.zeros(0), np.zeros(0)), three)
        self._lay_out()

    def _add(self, edge: int, given: Messages, three: tuple[int, ...]) -> None:
        self.live.append(len(self.edge))
        self.idle.append(0)
        self.edge.append(edge)
        self.given.append(given)
        self.three.append(three)

    def rest(self, used: list[bool]) -> list[int]:
        """Take note of which live cuts were used; the places of those that were not for some time, now no rows."""
        self.idle = [0 if use else idle + 1 for use, idle in zip(used, self.idle, strict=True)]
        out = [place for place, idle in enumerate(self.idle) if idle >= _IDLE]
        kept = [place for place, idle in enumerate(self.idle) if idle < _IDLE]
        self.live, self.idle = [self.live[n] for n in kept], [self.idle[n] for n in kept]
        self._lay_out()
        return out

    def _lay_out(self) -> None:
        """Where the live cuts stand: those of borders by cluster (place, number, end), those of triples as a matrix."""
        self.near = None
        self.triple_at = np.array([n for n, number in enumerate(self.live) if self.three[number]], np.int64)
        self.inside = np.zeros((len(self.triple_at), self.problem.clusters), np.int64)
        for line, place in zip(self.inside, self.triple_at.tolist(), strict=True):
            line[list(self.three[self.live[place]])] = 1

    def _near(self) -> list[list[tuple[int, int, int]]]:
        if self.near is None:
            self.near = [[] for _ in range(self.problem.clusters)]
            for place, number in enumerate(self.live):
                if self.edge[number] != NO_EDGE:
                    for end, cluster in enumerate(self.problem.edges[self.edge[number]].tolist()):
                        self.near[cluster].append((place, number, end))
        return self.near

    def taken(self, labels: Ints, load: bool) -> Floats:
        """What labels chosen together (`load`: in one block) take of each live cut."""
        out = np.zeros(len(self.live))
        if load and len(self.triple_at):
            out[self.triple_at] = self.inside[:, self.who[labels]].sum(axis=1) // 2
        near = self._near()
        for k in labels.tolist():
            cluster = int(self.who[k])
            for place, number, end in near[cluster]:
                out[place] += self.given[number][end][k - self.problem.start[cluster]]
        return out

    def moved(self, number: Ints, weight: Floats) -> Floats:
        """What border cuts with these weights add to each label."""
        out = np.zeros(len(self.who))
        start, edges = self.problem.start, self.problem.edges
        for cut, much in zip(number.tolist(), weight.tolist(), strict=True):
            if self.edge[cut] != NO_EDGE:
                one, two = self.given[cut]
                first, second = start[edges[self.edge[cut]]].tolist()
                out[first : first + len(one)] += much * one
                out[second : second + len(two)] += much * two
        return out

    def triples(self, number: Ints, weight: Floats, grain: float) -> tuple[Triples, float]:
        """The triples among these cuts with whole prices of `grain`, and the sum of their weights."""
        own = [n for n, cut in enumerate(number.tolist()) if self.three[cut]]
        prices = np.floor(weight[own] * grain).astype(np.int64)
        sets = [self.three[int(number[n])] for n in own]
        return triples(self.problem.clusters, sets, prices), float(weight[own].sum())
