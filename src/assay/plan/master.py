"""The master program of a case: whole quarters' loads as columns, border cuts as rows, both made when they are missed.

Columns: loads of a block (which clusters with which supplier, overtime included), labels in no block, covers of a
coverage row. Rows: each cluster is served once; one load a block; the rows that are in no block; border cuts. The
program is solved by HiGHS; its duals price the next columns (column generation, in floating point and in a unit of
money of which a cluster costs about a thousand; what counts is the certificate made of the duals: `branched.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from highspy._core import _Highs

from assay.plan.blocks import blocks_of, cover_sizes, covers_of, laid_out
from assay.plan.compile import Compiled, Floats
from assay.plan.cuts import Paths, border_cut, paths_of
from assay.plan.lagrange import heat_unit, priced_labels, spared
from assay.plan.model import Bools, Coverage, Instance, Ints
from assay.plan.packing import cheapest_cover, cheapest_loads, packing

__all__ = ["Master", "Point"]

_FAR = 1e-6
_ROUNDS, _STEPS = 30, 400
_TOLERANCE = 2e-6
_LITTLE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Duals and the bound that they give: prices of rows [R], of clusters [C], of cuts, of covers."""

    value: float
    rows: Floats
    fill: Floats
    cuts: Floats
    cover: Floats

    def towards(self, other: Point, part: float) -> Point:
        """Part of the way to another point; its value is not known yet."""
        cuts = self.cuts
        if len(cuts) < len(other.cuts):
            cuts = np.concatenate([cuts, np.zeros(len(other.cuts) - len(cuts))])
        mixed = [a + part * (b - a) for a, b in ((self.rows, other.rows), (self.fill, other.fill),
                                                 (cuts, other.cuts), (self.cover, other.cover))]  # fmt: skip
        return Point(-np.inf, *mixed)


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
        self.pack = packing(laid_out(instance, self.blocks), places, self.unit)
        self.free: Bools = np.ones(len(problem.label), np.bool_)
        self.free[self.pack.place] = False
        counted = [n for block in self.blocks for n in block] + list(self.covers)
        self.priced = np.ones(len(problem.right), np.bool_)
        for number in counted:
            self.priced[problem.offsets[number] : problem.offsets[number + 1]] = False
        self.cost = problem.cost * self.unit
        self.scaled = problem._replace(cost=self.cost)  # type: ignore[arg-type]  # the kernel prices floats as well
        self.paths: Paths = paths_of(problem)
        self.edge: list[int] = []
        self.cut: list[tuple[Floats, Floats]] = []
        self.near: list[list[tuple[int, int]]] = [[] for _ in range(problem.clusters)]
        self.held: list[list[int]] = [[] for _ in range(problem.clusters)]
        self.columns: list[Ints | None] = []
        self._members(instance)
        self._program()

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
        self.matrix = _matrix(problem, self.rows, self.paths)
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
        first = self.cut_row().start
        for k in labels.tolist():
            cluster = int(self.who[k])
            if not self.held[cluster] or self.held[cluster][-1] != len(self.columns):
                self.held[cluster].append(len(self.columns))
            for number, end in self.near[cluster]:
                column[first + number] -= self.cut[number][end][k - self.problem.start[cluster]]
        rows = np.flatnonzero(column)
        self._column(cost, rows, column[rows], labels)

    def cut_row(self) -> range:
        """The rows of the cuts: the last ones."""
        last = self.solver.getNumRow()
        return range(last - len(self.cut), last)

    def _overtime(self, labels: Ints, block: int) -> float:
        pack, out, whole = self.pack, 0.0, 0
        chosen = np.zeros(len(self.problem.label), np.bool_)
        chosen[labels] = True
        for g in range(pack.block[block], pack.block[block + 1]):
            own = slice(pack.group[g], pack.group[g + 1])
            load = int(pack.load[own][chosen[pack.place[own]]].sum())
            whole += load
            if pack.group_capacity[g] >= 0:
                out += max(0, load - int(pack.group_capacity[g])) * max(0.0, float(pack.group_price[g]))
        return out + max(0, whole - int(pack.capacity[block])) * max(0.0, float(pack.price[block]))

    def _cover(self, number: int, chosen: Ints) -> None:
        own = self.member[number][0]
        rows = self.at_cover + own.start + np.flatnonzero(chosen)
        self._column(0.0, np.append(rows, self.at_one + number), np.ones(len(rows) + 1))

    def offer(self, labels: Ints) -> None:
        """Columns of a whole plan: the labels [C]."""
        places = np.flatnonzero(self.problem.label == labels[self.who])
        for block in range(len(self.blocks)):
            first, last = self.pack.block[block], self.pack.block[block + 1]
            inside = self.pack.place[self.pack.group[first] : self.pack.group[last]]
            mine = np.intersect1d(places, inside)
            if len(mine):
                self._labels(mine, block)

    def close(self, closed: Bools) -> None:
        """Close these labels and open all others: columns that hold a closed one are barred."""
        self.closed = closed
        bar = [labels is not None and bool(closed[labels].any()) for labels in self.columns]
        kept = np.flatnonzero([labels is not None for labels in self.columns])
        upper = np.where(np.array(bar)[kept], 0.0, float(highspy.kHighsInf))
        self.solver.changeColsBounds(len(kept), kept.astype(np.int32), np.zeros(len(kept)), upper)

    def solve(self) -> float:
        """Solve the program as it stands; its value."""
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
        cuts = np.maximum(0.0, self.dual[self.cut_row().start : self.cut_row().stop])
        cover = np.maximum(0.0, -self.dual[self.at_cover : self.at_one])
        return Point(-np.inf, rows, self.dual[: self.problem.clusters].copy(), cuts, cover)

    def reduced(self, at: Point) -> Floats:
        """The priced label less the fill of its cluster and what its covers pay."""
        moved = -at.fill[self.who]
        for number in np.flatnonzero(at.cuts):
            for end, values in enumerate(self.cut[number]):
                first = self.problem.start[self.problem.edges[self.edge[number], end]]
                moved[first : first + len(values)] += at.cuts[number] * values
        moved -= at.cover @ self.built
        out = priced_labels(self.scaled, at.rows, moved)
        out[self.closed] = 1e9
        return out

    def _look(self, at: Point) -> tuple[Point, Ints, list[Ints]]:
        """The bound at these prices, and the loads and covers that give it."""
        priced = self.reduced(at)
        best = np.zeros(len(self.blocks))
        pick: Ints = np.zeros(len(priced), np.int64)
        cheapest_loads(self.pack, priced, best, pick)
        value = float(at.fill.sum() + best.sum() - self.problem.right @ at.rows) - spared(self.problem, at.rows)[0]
        free = np.full(self.problem.clusters, 0.0)
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
        for block in range(len(self.blocks)):
            labels = np.flatnonzero(pick == block)
            if not len(labels):
                continue
            cost = float(priced[labels].sum()) + self._overtime(labels, block) - self.dual[self.at_block + block]
            if cost < -_FAR:
                self._labels(labels, block)
        for number, (own, _, _) in enumerate(self.member):
            if float(exact.cover[own] @ covers[number]) - self.dual[self.at_one + number] < -_FAR:
                self._cover(number, covers[number])
        return len(self.columns) - before

    def generate(self, enough: float = np.inf) -> tuple[float, Point]:
        """Columns until none is missed, or the bound is `enough`: the program's value and the best point."""
        best: Point | None = None
        value = np.inf
        for _ in range(_STEPS):
            value = self.solve()
            exact, added = self._point(), 0
            for part in (1.0,) if best is None else (0.5, 1.0):
                at, pick, covers = self._look(exact if best is None or part == 1.0 else best.towards(exact, part))
                best = at if best is None or at.value > best.value else best
                added = self._grow(pick, covers, exact)
                if added:
                    break
            assert best is not None
            if best.value >= enough or not added or value - best.value < _TOLERANCE * abs(value):
                break
        assert best is not None
        return value, best

    def bound(self, closed: Bools, enough: float = np.inf, rounds: int = _ROUNDS) -> tuple[float, Point, Floats]:
        """Columns and cuts by turns for a case: the program's value, the best point, the shares of labels."""
        self.close(closed)
        best: Point | None = None
        value, shares = np.inf, np.zeros(0)
        for _ in range(rounds):
            value, point = self.generate(enough)
            before = best.value if best is not None else -np.inf
            best = point if point.value > before else best
            shares = self.shares()
            assert best is not None
            if best.value >= enough or not self._cuts(shares) or best.value - before < _LITTLE * 0.1 * abs(value):
                break
        assert best is not None
        return value, best, shares

    def _cuts(self, shares: Floats) -> int:
        """Border cuts that the shares break; how many were added."""
        problem, added = self.problem, 0
        for edge, (one, two) in enumerate(problem.edges.tolist()):
            a, b = (shares[problem.start[c] : problem.start[c + 1]] for c in (one, two))
            cut = border_cut(problem, self.paths, edge, a, b, self.unit)
            paid = self.value[self.first_border + edge]
            if float(cut[0] @ a + cut[1] @ b) <= paid + 1e-3 + _FAR * abs(paid):
                continue
            self._cut(edge, cut)
            added += 1
        if added:
            self.value = np.concatenate([self.value, np.zeros(len(self.columns) - len(self.value))])
        return added

    def _cut(self, edge: int, cut: tuple[Floats, Floats]) -> None:
        """A row: the edge's cost is at least what the messages give to the labels of its ends."""
        given: dict[int, float] = {}
        for end, cluster in enumerate(self.problem.edges[edge].tolist()):
            self.near[cluster].append((len(self.cut), end))
            first = int(self.problem.start[cluster])
            for number in self.held[cluster]:
                labels = self.columns[number]
                assert labels is not None
                own = labels[self.who[labels] == cluster] - first
                given[number] = given.get(number, 0.0) + float(cut[end][own].sum())
        self.edge.append(edge)
        self.cut.append(cut)
        index = np.array([self.first_border + edge, *given], np.int32)
        value = np.array([1.0, *(-x for x in given.values())])
        self.solver.addRow(0.0, float(highspy.kHighsInf), len(index), index, value)


def _matrix(problem: Compiled, rows: Ints, paths: Paths) -> Floats:
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
