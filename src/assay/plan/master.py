"""The master program of a case: whole quarters' loads as columns; border cuts and triples as rows; made when missed.

Columns: loads of a block (which clusters with which supplier, each once, overtime included), labels in no block, covers
of a coverage row. Rows: each cluster is served once; one load a block; the rows that are in no block; cuts. The program
is solved by HiGHS; its duals price the next columns (column generation, in floating point and in a unit of money of
which a cluster costs about a thousand; what counts is the certificate made of the duals: `branched.py`). Cuts that do
nothing and columns far too dear leave the program, so that it stays small.
"""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
from highspy._core import _Highs

from assay.plan.blocks import blocks_of, cover_sizes, covers_of, laid_out
from assay.plan.compile import Compiled, Floats
from assay.plan.covering import cheapest_cover
from assay.plan.cuts import Paths, border_cuts, broken_triples, paths_of
from assay.plan.cutting import Cutting
from assay.plan.lagrange import heat_unit, priced_labels, spared
from assay.plan.model import Bools, Coverage, Instance, Ints
from assay.plan.packing import least_loads, packing
from assay.plan.points import Point, matrix_of

__all__ = ["Master"]

_FAR, _CLOSED = 1e-6, 1e9
_ROUNDS, _STEPS = 30, 400
_TOLERANCE = 2e-6
_LITTLE = 1e-5
_GRAIN = 1e7
"""Prices of labels are searched in whole ten-millionths of the unit."""
_LOOKED, _MANY = 10_000, 400
"""Steps of the search in a block; so many times more before a bound is taken for final."""
_LEAST_BROKEN, _AT_ONCE = 0.03, 30
"""Triples are added where they are broken by more than this, at most so many at a time."""
_DUAL, _PRIMAL = 1, 4  # HiGHS' numbers of its simplex methods
_EACH = 12
"""Columns for each cluster, beyond which the dearest leave."""


class Master:
    """The program with all columns and cuts made so far; a case closes labels in it."""

    def __init__(self, instance: Instance, problem: Compiled) -> None:
        self.problem = problem
        self.unit = 10.0 ** (3 - round(float(np.log10(heat_unit(problem)))))
        self.who = np.repeat(np.arange(problem.clusters), np.diff(problem.start))
        self.closed: Bools = np.zeros(len(problem.label), np.bool_)
        self.blocks, self.covers = blocks_of(instance), covers_of(instance)
        places = np.full(problem.clusters * problem.labels, -1, np.int64)
        places[self.who * problem.labels + problem.label] = np.arange(len(problem.label))
        self._pack(instance)
        counted = [n for block in self.blocks for n in block] + list(self.covers)
        self.priced = np.ones(len(problem.right), np.bool_)
        for number in counted:
            self.priced[problem.offsets[number] : problem.offsets[number + 1]] = False
        self.cost = problem.cost * self.unit
        self.scaled = problem._replace(cost=self.cost)  # type: ignore[arg-type]  # the kernel prices floats as well
        self.paths: Paths = paths_of(problem)
        self.cutting = Cutting(problem, self.who)
        self.held: list[list[int]] = [[] for _ in range(problem.clusters)]
        self.columns: list[Ints | None] = []
        self._members(instance)
        self._program()
        self.first_load = len(self.columns)
        self.most = self.first_load + _EACH * problem.clusters

    def _pack(self, instance: Instance) -> None:
        """The blocks, and of each label its block, its group there and its load (-1: in none)."""
        problem, count = self.problem, len(self.problem.label)
        places = np.full(problem.clusters * problem.labels, -1, np.int64)
        places[self.who * problem.labels + problem.label] = np.arange(count)
        self.pack = pack = packing(laid_out(instance, self.blocks), places, problem.labels, self.unit * _GRAIN)
        item = np.repeat(np.arange(len(pack.load)), np.diff(pack.option))
        self.load, self.of, self.block = (np.full(count, -1, np.int64) for _ in range(3))
        self.load[pack.place], self.of[pack.place] = pack.load[item], pack.of
        self.block[pack.place] = np.searchsorted(pack.block, item, side="right") - 1
        self.free: Bools = self.block < 0

    def _members(self, instance: Instance) -> None:
        """Of every coverage row: its members, sizes and size wanted; which labels have built by then."""
        problem = self.problem
        self.member: list[tuple[slice, Ints, int]] = []
        owner: list[int] = []
        by: list[int] = []
        for number in self.covers:
            row = instance.rows[number]
            assert isinstance(row, Coverage)
            sizes, wanted = cover_sizes(instance, number)
            self.member.append((slice(len(owner), len(owner) + len(sizes)), sizes, wanted))
            owner += row.clusters.tolist()
            by += [row.first] * len(sizes)
        self.owner = np.array(owner, np.int64)
        state = self.paths.state
        self.built = np.zeros((len(owner), len(problem.label)), np.bool_)
        for n, (cluster, quarter) in enumerate(zip(owner, by, strict=True)):
            self.built[n] = (self.who == cluster) & (state[:, quarter] < problem.suppliers)

    def _program(self) -> None:
        problem = self.problem
        self.rows = np.flatnonzero(self.priced)
        self.matrix = matrix_of(problem, self.rows, self.paths)
        self.size = np.maximum(1.0, np.abs(self.matrix).max(axis=1, initial=1.0))
        self.matrix /= self.size[:, None]
        inf = float(highspy.kHighsInf)
        self.solver = _Highs()  # not highspy.Highs: that prints a banner on standard output
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        clusters, blocks = problem.clusters, len(self.blocks)
        right = problem.right[self.rows] / self.size
        low = [*[1.0] * clusters, *[-inf] * blocks, *[-inf] * len(self.rows), *[-inf] * len(self.owner)]
        high = [*[1.0] * clusters, *[1.0] * blocks, *right.tolist(), *[0.0] * len(self.owner)]
        self.at_block, self.at_row = clusters, clusters + blocks
        self.at_cover = self.at_row + len(self.rows)
        self.at_one = self.at_cover + len(self.owner)
        low, high = low + [1.0] * len(self.member), high + [1.0] * len(self.member)
        for a, b in zip(low, high, strict=True):
            self.solver.addRow(a, b, 0, np.zeros(0, np.int32), np.zeros(0))
        dear = 100.0 * (1.0 + float(np.abs(self.cost).max(initial=1.0)))
        for row in range(clusters):
            self._column(dear, [row], [1.0])
        for row in [*range(self.at_row, self.at_one)]:
            self._column(dear, [row], [-1.0])
        self._slack(dear)
        self.first_border = len(self.columns)
        for _ in range(len(problem.edges)):
            self._column(1.0, [], [])
        for k in np.flatnonzero(self.free).tolist():
            self._labels(np.array([k]), -1)
        for number, (own, _, _) in enumerate(self.member):
            self._cover(number, np.ones(own.stop - own.start, np.int64))

    def _slack(self, dear: float) -> None:
        """Overtime of elastic rows that are in no block; existence rows that are let off; what cannot be covered."""
        problem = self.problem
        at = {int(row): self.at_row + n for n, row in enumerate(self.rows)}
        for row, place in at.items():
            if problem.price[row] >= 0:
                unit = float(problem.unit[row]) / self.size[place - self.at_row]
                self._column(float(problem.price[row]) * self.unit / unit, [place], [-1.0])
        for number in range(len(self.member)):
            self._column(dear * 100, [self.at_one + number], [1.0])
        for count, big, *rows in problem.either.tolist():
            extra = self.solver.getNumRow()
            inf = float(highspy.kHighsInf)
            self.solver.addRow(-inf, float(len(rows) - count), 0, np.zeros(0, np.int32), np.zeros(0))
            for row in rows:
                size = self.size[at[row] - self.at_row]
                self._column(0.0, [at[row], extra], [-big / size, 1.0])
                last = len(self.columns) - 1
                self.solver.changeColBounds(last, 0.0, 1.0)

    def _column(
        self, cost: float, rows: list[int] | Ints, values: list[float] | Floats, labels: Ints | None = None
    ) -> None:
        index, value = np.array(rows, np.int32), np.array(values, np.float64)
        self.solver.addCol(float(cost), 0.0, float(highspy.kHighsInf), len(index), index, value)
        self.columns.append(labels)

    def _labels(self, labels: Ints, block: int) -> None:
        """A column of labels chosen together."""
        column = np.zeros(self.solver.getNumRow())
        np.add.at(column, self.who[labels], 1.0)
        cost = float(self.cost[labels].sum())
        if block >= 0:
            column[self.at_block + block] = 1.0
            cost += self._overtime(labels, block)
        column[self.at_row : self.at_cover] = self.matrix[:, labels].sum(axis=1)
        column[self.at_cover : self.at_one] = -self.built[:, labels].sum(axis=1)
        column[len(column) - len(self.cutting.live) :] = -self.cutting.taken(labels, block >= 0)
        for cluster in np.unique(self.who[labels]).tolist():
            self.held[cluster].append(len(self.columns))
        rows = np.flatnonzero(column)
        self._column(cost, rows, column[rows], labels)

    def _overtime(self, labels: Ints, block: int) -> float:
        """What the loads of these labels cost beyond the capacities of the block."""
        pack, first = self.pack, self.pack.group[block]
        groups = np.bincount(self.of[labels], self.load[labels], pack.group[block + 1] - first)
        own = slice(first, pack.group[block + 1])
        over = np.where(pack.group_capacity[own] >= 0, np.maximum(0, groups - pack.group_capacity[own]), 0)
        out = float(over @ np.maximum(0, pack.group_price[own]))
        if pack.capacity[block] >= 0:
            whole = int(self.load[labels].sum())
            out += float(max(0, whole - int(pack.capacity[block]))) * max(0.0, float(pack.price[block]))
        return out / _GRAIN

    def _cover(self, number: int, chosen: Ints) -> None:
        own = self.member[number][0]
        rows = self.at_cover + own.start + np.flatnonzero(chosen)
        self._column(0.0, np.append(rows, self.at_one + number), np.ones(len(rows) + 1))

    def offer(self, labels: Ints) -> None:
        """Columns of a whole plan: the labels [C]."""
        places = np.flatnonzero(self.problem.label == labels[self.who])
        for block in range(len(self.blocks)):
            mine = places[self.block[places] == block]
            if len(mine):
                self._labels(mine, block)

    def close(self, closed: Bools) -> None:
        """Close these labels and open all others: columns that hold a closed one are barred."""
        self.closed = closed
        bar = [labels is not None and bool(closed[labels].any()) for labels in self.columns]
        kept = np.flatnonzero([labels is not None for labels in self.columns])
        upper = np.where(np.array(bar)[kept], 0.0, float(highspy.kHighsInf))
        self.solver.changeColsBounds(len(kept), kept.astype(np.int32), np.zeros(len(kept)), upper)

    def solve(self, *, grown: bool = False) -> float:
        """Solve the program as it stands; its value. `grown`: nothing but columns came since the last time."""
        self.solver.setOptionValue("simplex_strategy", _PRIMAL if grown else _DUAL)
        self.solver.run()
        found = self.solver.getSolution()
        self.dual, self.value = np.array(found.row_dual), np.array(found.col_value)
        return float(self.solver.getInfo().objective_function_value)

    def shares(self) -> Floats:
        """How much of each label the solution takes."""
        out = np.zeros(len(self.problem.label))
        for value, labels in zip(self.value.tolist(), self.columns, strict=False):
            if labels is not None and value > _FAR:
                np.add.at(out, labels, value)
        return out

    def _point(self) -> Point:
        """The duals as prices."""
        rows = np.zeros(len(self.problem.right))
        rows[self.rows] = np.maximum(0.0, -self.dual[self.at_row : self.at_cover]) / self.size
        cover = np.maximum(0.0, -self.dual[self.at_cover : self.at_one])
        weight = self.dual[len(self.dual) - len(self.cutting.live) :]
        order = np.flatnonzero(weight > 0)
        order = order[np.argsort(np.array(self.cutting.live, np.int64)[order])]
        number = np.array(self.cutting.live, np.int64)[order]
        return Point(-np.inf, rows, self.dual[: self.problem.clusters].copy(), cover, number, weight[order])

    def reduced(self, at: Point) -> Floats:
        """The priced label less the fill of its cluster and what its covers pay."""
        moved = self.cutting.moved(at.number, at.weight) - at.fill[self.who] - at.cover @ self.built
        out = priced_labels(self.scaled, at.rows, moved)
        out[self.closed] = _CLOSED
        return out

    def _look(self, at: Point, looked: int) -> tuple[Point, Ints, list[Ints]]:
        """The bound at these prices, and the loads and covers that give it."""
        priced = self.reduced(at)
        best, pick = np.zeros(len(self.blocks), np.int64), np.zeros((2, len(priced)), np.int64)
        together, weight = self.cutting.triples(at.number, at.weight, _GRAIN)
        least_loads(self.pack, together, np.rint(priced * _GRAIN).astype(np.int64), looked, best, pick)
        value = float(at.fill.sum() - self.problem.right @ at.rows) - spared(self.problem, at.rows)[0]
        value += float(best.sum()) / _GRAIN - weight
        free = np.zeros(self.problem.clusters)
        np.minimum.at(free, self.who[self.free], priced[self.free])
        covers: list[Ints] = []
        for own, sizes, wanted in self.member:
            chosen: Ints = np.zeros(len(sizes), np.int64)
            value += cheapest_cover(sizes, wanted, at.cover[own], chosen)
            covers.append(chosen)
        return replace(at, value=value + float(free.sum())), pick, covers

    def _grow(self, pick: Ints, covers: list[Ints], exact: Point) -> int:
        """Add the columns whose reduced cost at the program's own duals is negative."""
        priced, before = self.reduced(exact), len(self.columns)
        weight = np.zeros(len(self.cutting.live))
        triple = self.cutting.triple_at
        weight[triple] = self.dual[len(self.dual) - len(weight) + triple]
        for line in pick:
            for block in range(len(self.blocks)):
                labels = np.flatnonzero(line == block)
                cost = float(priced[labels].sum()) + self._overtime(labels, block) - self.dual[self.at_block + block]
                if len(labels) and cost < -_FAR and cost + weight @ self.cutting.taken(labels, load=True) < -_FAR:
                    self._labels(labels, block)
        for number, (own, _, _) in enumerate(self.member):
            if float(exact.cover[own] @ covers[number]) - self.dual[self.at_one + number] < -_FAR:
                self._cover(number, covers[number])
        return len(self.columns) - before

    def generate(self, enough: float = np.inf) -> tuple[float, Point]:
        """Columns until none is missed, or the bound is `enough`: the program's value and the best point."""
        best: Point | None = None
        value = np.inf
        for step in range(_STEPS):
            value = self.solve(grown=step > 0)
            exact, added = self._point(), 0
            for part, looked in ((0.5, _LOOKED), (1.0, _LOOKED), (1.0, _LOOKED * _MANY))[best is None :]:
                if best is not None and looked > _LOOKED and value - best.value < _TOLERANCE * abs(value):
                    break
                at, pick, covers = self._look(
                    exact if best is None or part == 1.0 else best.towards(exact, part), looked
                )
                best = at if best is None or at.value > best.value else best
                added = self._grow(pick, covers, exact)
                if added:
                    break
            assert best is not None
            if best.value >= enough or not added or value - best.value < _TOLERANCE * abs(value):
                break
        assert best is not None
        return value, best

    def bound(self, closed: Bools, enough: float = np.inf, rounds: int = _ROUNDS) -> tuple[Point, Floats]:
        """Columns and cuts by turns for a case: the best point, and the shares of labels."""
        self.close(closed)
        best: Point | None = None
        shares = np.zeros(0)
        for _ in range(rounds):
            value, point = self.generate(enough)
            before = best.value if best is not None else -np.inf
            best = point if point.value > before else best
            shares = self.shares()
            assert best is not None
            if best.value >= enough or not self._cuts(shares) or best.value - before < _LITTLE * abs(value):
                break
        self._tidy()
        assert best is not None
        return best, shares

    def _cuts(self, shares: Floats) -> int:
        """Cuts that the solution breaks; how many were added."""
        before, problem = len(self.cutting.live), self.problem
        edges = len(problem.edges)
        given = np.zeros((edges, 2, int(np.diff(problem.start).max(initial=1))))
        broken = np.zeros(edges, np.bool_)
        border_cuts(problem, self.unit, shares, self.value[self.first_border :][:edges], given, broken)
        for edge in np.flatnonzero(broken).tolist():
            wide = [int(problem.start[c + 1] - problem.start[c]) for c in problem.edges[edge]]
            self.cutting.border(edge, (given[edge, 0, : wide[0]].copy(), given[edge, 1, : wide[1]].copy()))
            self._border_row(edge)
        loads = [(n, np.unique(self.who[labels])) for n in np.flatnonzero(self.value > _FAR).tolist()
                 if n >= self.first_load and (labels := self.columns[n]) is not None]  # fmt: skip
        loads = [(n, own) for n, own in loads if len(own) > 1]
        much = self.value[[n for n, _ in loads]] if loads else np.zeros(0)
        for three in broken_triples(problem.clusters, [own for _, own in loads], much, _LEAST_BROKEN, _AT_ONCE):
            self.cutting.together(three)
            held, often = np.unique(
                np.concatenate([np.array(self.held[c], np.int64) for c in three]), return_counts=True
            )
            held = held[(often > 1) & (held >= self.first_load)]
            self.solver.addRow(-1.0, float(highspy.kHighsInf), len(held), held.astype(np.int32), -np.ones(len(held)))
        return len(self.cutting.live) - before

    def _border_row(self, edge: int) -> None:
        """The row of the cut made last: its edge costs at least what the messages give to the labels of its ends."""
        given: dict[int, float] = {}
        for end, cluster in enumerate(self.problem.edges[edge].tolist()):
            first, values = int(self.problem.start[cluster]), self.cutting.given[-1][end]
            for number in self.held[cluster]:
                labels = self.columns[number]
                assert labels is not None
                own = labels[self.who[labels] == cluster] - first
                given[number] = given.get(number, 0.0) + float(values[own].sum())
        index = np.array([self.first_border + edge, *given], np.int32)
        value = np.array([1.0, *(-x for x in given.values())])
        self.solver.addRow(0.0, float(highspy.kHighsInf), len(index), index, value)

    def _tidy(self) -> None:
        """Leave out cuts that did nothing for some time, and dear columns; both come again if they are missed."""
        first = self.solver.getNumRow() - len(self.cutting.live)
        used = (self.dual[first:] > 1e-9).tolist()
        out = self.cutting.rest(
            used + [True] * (len(self.cutting.live) - len(used))
        )  # the last ones were not solved with
        if out:
            self.solver.deleteRows(len(out), np.array(out, np.int32) + np.int32(first))
        if len(self.columns) <= self.most:
            return
        self.solve()
        dear = np.array(self.solver.getSolution().col_dual)
        places = np.arange(self.first_load, len(self.columns))
        places = places[self.value[places] < _FAR]
        gone = np.sort(places[np.argsort(-dear[places], kind="stable")][: len(self.columns) - self.most * 2 // 3])
        self.solver.deleteCols(len(gone), gone.astype(np.int32))
        kept = np.ones(len(self.columns), np.bool_)
        kept[gone] = False
        self.columns = [labels for labels, keep in zip(self.columns, kept.tolist(), strict=True) if keep]
        self.held = [[] for _ in range(self.problem.clusters)]
        for number, labels in enumerate(self.columns):
            for cluster in [] if labels is None else np.unique(self.who[labels]).tolist():
                self.held[cluster].append(number)
