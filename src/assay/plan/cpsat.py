"""Small problems for CP-SAT (the extra `cpsat`, OR-Tools), given our plan as a start; its bound is its word.

Booleans: a label of a cluster; who has which supplier at a quarter (where more than one label says so); unlike
neighbours at a quarter. Overtime is an integer. Everything is whole numbers, so the model needs no rounding. One worker
and a limit of its deterministic time: same input, same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.errors import UsageError
from assay.plan.compile import Compiled
from assay.plan.cuts import Paths, paths_of
from assay.plan.mip import Exact
from assay.plan.model import Ints

__all__ = ["finish", "model_of"]

_EACH = 0.25
"""Units of CP-SAT's deterministic time for each node of the effort (about a second each)."""


def finish(
    problem: Compiled, labels: Ints | None, nodes: int, gap: float, stop: Callable[[], bool] | None = None
) -> Exact:
    """The solver's best labels and bound from our start; `nodes` sets its deterministic time, `gap` may end it.

    Raises UsageError (E0717) where OR-Tools is not installed.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise UsageError(
            "E0717", "CP-SAT is not installed", where="--solver cpsat", expected="the package ortools",
            remedy="pip install 'assay5g[cpsat]', or plan without --solver",
        ) from error  # fmt: skip
    model, chosen = model_of(problem)
    if labels is not None:
        who = np.repeat(np.arange(problem.clusters), np.diff(problem.start))
        for variable, taken in zip(chosen, (problem.label == labels[who]).tolist(), strict=True):
            model.add_hint(variable, taken)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = max(1.0, nodes * _EACH)
    solver.parameters.relative_gap_limit = gap
    if stop is not None:
        solver.best_bound_callback = lambda _: solver.stop_search() if stop() else None
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Exact(None, float(solver.best_objective_bound))
    taken = np.array([solver.boolean_value(variable) for variable in chosen])
    return Exact(problem.label[taken], float(solver.best_objective_bound))


def model_of(problem: Compiled) -> tuple[Any, list[Any]]:
    """The whole problem as a model of CP-SAT, and the variable of each allowed label."""
    from ortools.sat.python import cp_model

    work = _Work(problem, cp_model.CpModel(), paths_of(problem))
    work.variables()
    work.act_rows()
    work.state_rows()
    work.borders()
    work.model.minimize(sum(cost * variable for variable, cost in work.cost))
    return work.model, work.chosen


@dataclass(slots=True)
class _Work:
    """The model as it is made; `held`: who has which supplier at a quarter (True, a variable, or None: nobody)."""

    problem: Compiled
    model: Any
    paths: Paths
    chosen: list[Any] = field(default_factory=list)
    cost: list[tuple[Any, int]] = field(default_factory=list)
    held: dict[tuple[int, int, int], Any] = field(default_factory=dict)

    def variables(self) -> None:
        problem = self.problem
        self.chosen = [self.model.new_bool_var("") for _ in problem.label]
        self.cost = list(zip(self.chosen, problem.cost.tolist(), strict=True))
        for cluster in range(problem.clusters):
            self.model.add_exactly_one(self.chosen[problem.start[cluster] : problem.start[cluster + 1]])

    def has(self, cluster: int, supplier: int, quarter: int) -> Any:  # noqa: ANN401  # True, None or a literal
        """Whether a cluster has a supplier (S: is unbuilt) at a quarter."""
        key = (cluster, supplier, quarter)
        if key not in self.held:
            first, last = self.problem.start[cluster], self.problem.start[cluster + 1]
            mine = [self.chosen[first + n] for n in np.flatnonzero(self.paths.state[first:last, quarter] == supplier)]
            self.held[key] = self._one_of(mine, int(last - first))
        return self.held[key]

    def _one_of(self, labels: list[Any], all_labels: int) -> Any:  # noqa: ANN401  # as `has`
        if len(labels) in (0, all_labels):
            return True if labels else None
        if len(labels) == 1:
            return labels[0]
        literal = self.model.new_bool_var("")
        self.model.add_exactly_one([*labels, literal.negated()])
        return literal

    def act_rows(self) -> None:
        problem, rows = self.problem, dict[int, list[tuple[Any, int]]]()
        for cluster in range(problem.clusters):
            for k in range(int(problem.start[cluster]), int(problem.start[cluster + 1])):
                label = int(problem.label[k])
                for m in range(problem.act_start[cluster], problem.act_start[cluster + 1]) if label else ():
                    row = int(problem.act_row[problem.act_group[m]][label])
                    take = int(problem.takes[problem.act_kind[m], cluster, (label - 1) // problem.quarters])
                    if row >= 0:
                        rows.setdefault(row, []).append((self.chosen[k], take))
        for row, terms in sorted(rows.items()):
            self._limit(row, sum(take * variable for variable, take in terms), sum(max(0, take) for _, take in terms))

    def _limit(self, row: int, used: Any, most: int) -> None:  # noqa: ANN401  # a linear expression
        problem, right = self.problem, int(self.problem.right[row])
        if problem.price[row] >= 0:
            unit = int(problem.unit[row])
            over = self.model.new_int_var(0, max(0, -((right - most) // unit)), "")
            self.cost.append((over, int(problem.price[row])))
            used = used - unit * over
        self.model.add(used <= right)

    def state_rows(self) -> None:
        problem = self.problem
        spare = {row: (big, self.model.new_bool_var("")) for _, big, *rows in problem.either.tolist() for row in rows}
        who = np.repeat(np.arange(problem.clusters), np.diff(problem.state_start))
        for group in range(len(problem.family_start) - 1):
            member = problem.state_group == group
            weights = list(zip(who[member].tolist(), problem.state_weight[member].tolist(), strict=True))
            for f in range(problem.family_start[group], problem.family_start[group + 1]):
                first, until, base = problem.family[f].tolist()
                for quarter in range(first, until):
                    row = base + quarter - first
                    used = self._weight(weights, problem.coefficient[f].tolist(), quarter)
                    if row in spare:
                        used = used - spare[row][0] * spare[row][1]
                    self.model.add(used <= int(problem.right[row]))
        for count, _, *rows in problem.either.tolist():
            self.model.add(sum(spare[row][1] for row in rows) <= len(rows) - count)

    def _weight(self, weights: list[tuple[int, int]], each: list[int], quarter: int) -> Any:  # noqa: ANN401
        """The sum of weight * coefficient[state] at a quarter; a variable of zero keeps an empty sum an expression."""
        out = self.model.new_int_var(0, 0, "") + 0
        for cluster, weight in weights:
            for state, factor in enumerate(each):
                literal = self.has(cluster, state, quarter) if weight * factor else None
                if literal is not None:
                    out = out + weight * factor * (1 if literal is True else literal)
        return out

    def borders(self) -> None:
        price = np.diff(self.problem.until, axis=1)
        for edge, (one, two) in enumerate(self.problem.edges.tolist()):
            for quarter in range(self.problem.quarters):
                unlike = self.model.new_bool_var("")
                self.cost.append((unlike, int(price[edge, quarter])))
                for supplier in range(self.problem.suppliers):
                    self._unlike(unlike, one, two, supplier, quarter)

    def _unlike(self, unlike: Any, one: int, two: int, supplier: int, quarter: int) -> None:  # noqa: ANN401
        """If the first end has the supplier: unlike, or the second end has it too or is unbuilt."""
        mine = self.has(one, supplier, quarter)
        others = [self.has(two, supplier, quarter), self.has(two, self.problem.suppliers, quarter)]
        if mine is None or any(other is True for other in others):
            return
        given = [] if mine is True else [mine.negated()]
        self.model.add_bool_or([unlike, *given, *(other for other in others if other is not None)])
