"""Small problems as a mixed-integer program for HiGHS, given our plan as a start.

Columns: x by allowed label; y by cluster, supplier and quarter (who is there, following x); overtime of elastic rows;
z by existence row; u by edge, supplier and quarter (the first end has the supplier, the second has not). What the
solver says of optimality is its word in floating point: the certified bound stays that of the certificate. Labels
whose reduced cost exceeds the gap of our plan are left out first (`pruned`): no better plan has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from highspy._core import _Highs
from numpy.typing import NDArray

from assay.plan.compile import Compiled, Floats
from assay.plan.model import Ints

__all__ = ["UNIT", "Exact", "finish", "monolith", "pruned"]

UNIT = 1e-5  # the solver counts in thousands of the currency, near 1 for its tolerances


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Labels that the solver gave (None: none), and the bound in cents that it states."""

    labels: Ints | None
    bound: float


def pruned(problem: Compiled, theta: Floats, room: float) -> Compiled:
    """The problem without the labels whose priced cost `theta` exceeds their cluster's least by more than `room`.

    With `room` = cost of a plan - the bound at these prices, every cheaper plan keeps all its labels (reduced-cost
    fixing: forcing such a label lifts the bound above the cost of the plan).
    """
    least = np.minimum.reduceat(theta, problem.start[:-1])
    kept = theta - np.repeat(least, np.diff(problem.start)) <= room
    start = np.concatenate([[0], np.cumsum(np.add.reduceat(kept, problem.start[:-1], dtype=np.int64))])
    return problem._replace(start=start.astype(np.int64), label=problem.label[kept], cost=problem.cost[kept])


@dataclass(slots=True)
class _Model:
    """Columns and rows as they are gathered."""

    cost: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    columns: int = 0
    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    start: list[int] = field(default_factory=lambda: [0])
    index: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)

    def add(self, count: int, cost: NDArray[np.floating[Any]] | float, upper: float, whole: bool) -> int:
        """New columns; gives the first."""
        first = self.columns
        self.cost.append(np.broadcast_to(np.asarray(cost, np.float64), (count,)))
        self.upper.append(np.full(count, upper))
        self.whole += [whole] * count
        self.columns += count
        return first

    def row(self, left: float, right: float, index: Ints, value: Floats) -> None:
        """A row left <= value . columns <= right, divided by its largest value: tolerances are absolute."""
        large = max(1.0, float(np.abs(value).max(initial=0.0)))
        self.left.append(left / large)
        self.right.append(right / large)
        self.index.append(np.asarray(index, np.int64))
        self.value.append(np.asarray(value, np.float64) / large)
        self.start.append(self.start[-1] + len(index))


def monolith(problem: Compiled) -> tuple[highspy.HighsLp, int]:
    """The whole problem as one program, in thousands of the currency; and its number of label columns."""
    model = _Model()
    inf = float(highspy.kHighsInf)
    labels = model.add(len(problem.label), problem.cost * UNIT, 1.0, True)
    held = model.add(problem.clusters * problem.suppliers * problem.quarters, 0.0, 1.0, False)
    over = model.add(len(problem.right), np.where(problem.price >= 0, problem.price, 0) * UNIT, inf, True)
    for cluster in range(problem.clusters):
        own = np.arange(problem.start[cluster], problem.start[cluster + 1])
        model.row(1.0, 1.0, own, np.ones(len(own)))
        _follow(problem, model, cluster, own, held)
    _act_rows(problem, model, over)
    _state_rows(problem, model, held)
    _border_rows(problem, model, held)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.columns, len(model.left)
    lp.col_cost_ = np.concatenate(model.cost)
    lp.col_lower_, lp.col_upper_ = np.zeros(model.columns), np.concatenate(model.upper)
    lp.row_lower_, lp.row_upper_ = np.array(model.left), np.array(model.right)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.start
    lp.a_matrix_.index_ = np.concatenate(model.index).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate(model.value)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in model.whole]
    return lp, labels + len(problem.label)


def _cell(problem: Compiled, held: int, cluster: int, supplier: int, quarter: int) -> int:
    return held + (cluster * problem.suppliers + supplier) * problem.quarters + quarter


def _follow(problem: Compiled, model: _Model, cluster: int, own: Ints, held: int) -> None:
    """Y at a quarter = y at the quarter before + what is built - what is replaced."""
    supplier, quarter = np.divmod(problem.label[own] - 1, problem.quarters)
    for s in range(problem.suppliers):
        old = problem.incumbent[cluster] == s
        for t in range(problem.quarters):
            come = own[:0] if old else own[(problem.label[own] > 0) & (quarter == t) & (supplier == s)]
            gone = own[(problem.label[own] > 0) & (quarter == t) & (supplier != s)] if old else own[:0]
            index = [_cell(problem, held, cluster, s, t), *come.tolist(), *gone.tolist()]
            value = [1.0] + [-1.0] * len(come) + [1.0] * len(gone)
            if t:
                index.append(_cell(problem, held, cluster, s, t - 1))
                value.append(-1.0)
            first = 1.0 if old and not t else 0.0
            model.row(first, first, np.array(index), np.array(value))


def _act_rows(problem: Compiled, model: _Model, over: int) -> None:
    inf = float(highspy.kHighsInf)
    rows: dict[int, list[tuple[Ints, Floats]]] = {}
    for cluster in range(problem.clusters):
        own = np.arange(problem.start[cluster], problem.start[cluster + 1])
        label = problem.label[own]
        for m in range(problem.act_start[cluster], problem.act_start[cluster + 1]):
            row = problem.act_row[problem.act_group[m]][label]
            take = problem.takes[problem.act_kind[m], cluster][(label - 1) // problem.quarters]
            for number in np.unique(row[row >= 0]):
                here = row == number
                rows.setdefault(int(number), []).append((own[here], take[here].astype(np.float64)))
    for number, parts in sorted(rows.items()):
        elastic = [(np.array([over + number]), np.array([-float(problem.unit[number])]))]
        parts = parts + (elastic if problem.price[number] >= 0 else [])
        model.row(-inf, float(problem.right[number]), *(np.concatenate(side) for side in zip(*parts, strict=True)))


def _state_rows(problem: Compiled, model: _Model, held: int) -> None:
    inf = float(highspy.kHighsInf)
    spare = {row: (int(big), number) for number, (_, big, *rows) in enumerate(problem.either.tolist()) for row in rows}
    choice = model.add(len(spare), 0.0, 1.0, True)
    places = {row: choice + place for place, row in enumerate(spare)}
    who = np.repeat(np.arange(problem.clusters), np.diff(problem.state_start))
    for group in range(len(problem.family_start) - 1):
        member = problem.state_group == group
        clusters, weights = who[member], problem.state_weight[member]
        for f in range(problem.family_start[group], problem.family_start[group + 1]):
            each = problem.coefficient[f]
            suppliers = np.flatnonzero(each[:-1] != each[-1])
            value = (weights[:, None] * (each[suppliers] - each[-1])[None, :]).ravel().astype(np.float64)
            fixed = float(weights.sum() * each[-1])
            first, until, base = problem.family[f].tolist()
            for t in range(first, until):
                row = base + t - first
                index = held + ((clusters[:, None] * problem.suppliers + suppliers) * problem.quarters + t).ravel()
                big = [float(spare[row][0])] if row in spare else []
                index = np.append(index, [places[row]] if row in spare else []).astype(np.int64)
                model.row(-inf, float(problem.right[row]) - fixed + sum(big), index, np.append(value, big))
    for count, _, *rows in problem.either.tolist():
        model.row(float(count), inf, np.array([places[row] for row in rows]), np.ones(len(rows)))


def _border_rows(problem: Compiled, model: _Model, held: int) -> None:
    inf = float(highspy.kHighsInf)
    price = np.diff(problem.until, axis=1)
    for e, (one, two) in enumerate(problem.edges.tolist()):
        if problem.incumbent[two] == problem.suppliers:  # an unbuilt first end needs nothing more
            one, two = two, one
        empty = problem.incumbent[two] == problem.suppliers
        for t in range(problem.quarters):
            first = model.add(problem.suppliers, float(price[e, t]) * UNIT, 1.0, False)
            everyone = [_cell(problem, held, two, s, t) for s in range(problem.suppliers)] if empty else []
            for s in range(problem.suppliers):
                index = [first + s, _cell(problem, held, one, s, t), _cell(problem, held, two, s, t)]
                value = np.array([1.0, -1.0, 1.0])
                if empty:  # not unlike while the second end is unbuilt: u >= y - y' - (1 - sum of y')
                    index = [first + s, _cell(problem, held, one, s, t), *everyone]
                    value = np.array([1.0, -1.0] + [-1.0 + (r == s) for r in range(problem.suppliers)])
                model.row(-1.0 if empty else 0.0, inf, np.array(index), value)


def finish(
    problem: Compiled, labels: Ints | None, nodes: int, gap: float, stop: Callable[[], bool] | None = None
) -> Exact:
    """The solver's best labels and bound from our start, within so many nodes of its tree (same input, same answer).

    `gap`: part of the cost at which it may end. A true answer of `stop`, asked now and then, ends it early.
    """
    lp, count = monolith(problem)
    solver = _Highs()  # not highspy.Highs: that prints a banner on standard output
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("mip_max_nodes", nodes)
    solver.setOptionValue("mip_rel_gap", gap)
    solver.passModel(lp)
    if labels is not None:
        who = np.repeat(np.arange(problem.clusters), np.diff(problem.start))
        own = np.flatnonzero(problem.label == labels[who])
        values = np.zeros(count)
        values[own] = 1.0
        solver.setSolution(count, np.arange(count, dtype=np.int32), values)
    if stop is not None:
        solver.setCallback(lambda *said: _hear(stop, *said), None)
        solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
    solver.run()
    info = solver.getInfo()
    value = np.array(solver.getSolution().col_value[:count])
    found = None
    if info.primal_solution_status == 2 and len(value) == count:
        who = np.repeat(np.arange(problem.clusters), np.diff(problem.start))
        found = np.zeros(problem.clusters, np.int64)
        best = np.lexsort((value, who))
        found[who[best]] = problem.label[best]
    return Exact(found, float(info.mip_dual_bound) / UNIT)


def _hear(
    stop: Callable[[], bool], kind: object, words: str, out: object, into: highspy.cb.HighsCallbackInput | None,
    data: object,
) -> None:  # fmt: skip
    """The solver asks whether to go on."""
    del kind, words, out, data
    if into is not None:
        into.user_interrupt = stop()
