"""The Lagrangian of a compiled instance: prices of rows -> priced labels, smoothed minimum, gradient, exact minimum.

Every row is priced by a multiplier. What remains falls apart by cluster: the cheapest allowed label. Its minimum is
smoothed by an entropy term (log-sum-exp with temperature `heat`), so that a quasi-Newton method can climb; the exact
minimum is evaluated beside it, and only that is ever called a bound (Nesterov, Math. Program. 103, 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.plan.compile import Compiled, Floats
from assay.plan.kernel import bare, inner

__all__ = ["Priced", "evaluate", "heat_unit", "priced_labels", "scales", "soften", "uppers"]

_DEAR = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """One evaluation: exact bound, smoothed bound and its gradient by row (all without edges)."""

    bound: float
    smooth: float
    gradient: Floats


def heat_unit(problem: Compiled) -> float:
    """The mean least cost of a cluster: temperatures are parts of it.

    Where keeping costs next to nothing it says nothing of what acts cost: a twentieth of the mean greatest then.
    """
    full = np.diff(problem.start) > 0
    if not full.any():
        return 1.0
    least = np.minimum.reduceat(np.abs(problem.cost), problem.start[:-1][full])
    most = np.maximum.reduceat(np.abs(problem.cost), problem.start[:-1][full])
    return max(1.0, float(least.mean()), float(most.mean()) / 20)


def uppers(problem: Compiled, size: Floats) -> Floats:
    """The largest useful multiplier of each row: its overtime price.

    For a hard row what makes a cluster a thousand times dearer: where no plan exists the ascent has no end of its own.
    """
    dear = _DEAR * heat_unit(problem) * np.sqrt(problem.clusters) / size
    return np.where(problem.price >= 0, problem.price / problem.unit, dear)


def scales(problem: Compiled) -> Floats:
    """The size of each row, so that multipliers times size are of one order: root of its summed squares."""
    out = np.ones(len(problem.right))
    squares = np.zeros((len(problem.act_row), problem.suppliers))
    who = np.repeat(np.arange(problem.clusters), np.diff(problem.act_start))
    for kind in range(3):
        own = problem.act_kind == kind
        np.add.at(squares, problem.act_group[own], problem.takes[kind][who[own]].astype(np.float64) ** 2)
    for group, row in enumerate(problem.act_row):
        cells = np.bincount(row[row >= 0], minlength=len(out))
        for label in np.flatnonzero(row >= 0):
            supplier = (label - 1) // problem.quarters
            out[row[label]] += squares[group, supplier] / max(1, cells[row[label]]) / problem.quarters
    weights = np.bincount(
        problem.state_group, problem.state_weight.astype(np.float64) ** 2, len(problem.family_start) - 1
    )
    for group, total in enumerate(weights):
        for number in range(problem.family_start[group], problem.family_start[group + 1]):
            first, until, row = problem.family[number]
            out[row : row + until - first] += total * float(np.abs(problem.coefficient[number]).max()) ** 2 / 4
    return np.sqrt(out)


def state_table(problem: Compiled, prices: Floats) -> Floats:
    """What the prices add to a label, by state group and incumbent, per unit of weight [H, S + 1, L]."""
    groups, states, quarters = len(problem.family_start) - 1, problem.suppliers + 1, problem.quarters
    each = np.zeros((groups, states, quarters))
    for group in range(groups):
        for number in range(problem.family_start[group], problem.family_start[group + 1]):
            first, until, row = problem.family[number]
            each[group, :, first:until] += (
                problem.coefficient[number][:, None] * prices[row : row + until - first][None, :]
            )
    out = np.empty((groups, states, problem.labels))
    before = np.cumsum(each, axis=2) - each
    after = np.cumsum(each[:, :-1, ::-1], axis=2)[:, :, ::-1]
    out[:, :, 0] = each.sum(axis=2)
    out[:, :, 1:] = (before[:, :, None, :] + after[:, None, :, :]).reshape(groups, states, problem.labels - 1)
    return out


def act_table(problem: Compiled, prices: Floats) -> Floats:
    """What the prices add to a label, by act group, per unit taken [G, L]."""
    return np.where(problem.act_row >= 0, prices[problem.act_row], 0.0)


def spared(problem: Compiled, prices: Floats) -> tuple[float, Floats]:
    """What existence rows let off at these prices, and its gradient by row."""
    total, gradient = 0.0, np.zeros(len(prices))
    for count, big, *rows in problem.either.tolist():
        for row in sorted(rows, key=lambda row: (prices[row], row))[count:]:
            total += big * prices[row]
            gradient[row] += big
    return total, gradient


def priced_labels(problem: Compiled, prices: Floats, moved: Floats) -> Floats:
    """The priced cost of every allowed label; `moved` is what border messages add to it."""
    out = np.empty(len(problem.label))
    _priced(problem, moved, act_table(problem, prices), state_table(problem, prices), out)
    return out


def evaluate(problem: Compiled, prices: Floats, moved: Floats, heat: float) -> Priced:
    """Exact and smoothed value at these prices, with the gradient of the smoothed one."""
    theta = priced_labels(problem, prices, moved)
    acts = np.zeros((len(problem.act_row), problem.labels))
    states = np.zeros((len(problem.family_start) - 1, problem.suppliers + 1, problem.labels))
    exact, smooth = _use(problem, theta, heat, acts, states, np.empty(problem.labels))
    off, slope = spared(problem, prices)
    fixed = float(problem.right @ prices) + off
    gradient = used(problem, acts, states) - problem.right - slope
    return Priced(exact - fixed, smooth - fixed, gradient)


def used(problem: Compiled, acts: Floats, states: Floats) -> Floats:
    """What the rows use: acts [G, L] and weights [H, S + 1, L] by label -> [rows]."""
    out = np.zeros(len(problem.right))
    own = problem.act_row >= 0
    np.add.at(out, problem.act_row[own], acts[own])
    suppliers, quarters = problem.suppliers, problem.quarters
    built = states[:, :, 1:].reshape(len(states), suppliers + 1, suppliers, quarters)
    held = np.zeros((len(states), suppliers + 1, quarters))
    held[:, :suppliers] = np.cumsum(built.sum(axis=1), axis=2)
    total = built.sum(axis=2)
    held += states[:, :, :1] + (np.cumsum(total[:, :, ::-1], axis=2)[:, :, ::-1] - total)
    for group in range(len(states)):
        for number in range(problem.family_start[group], problem.family_start[group + 1]):
            first, until, row = problem.family[number]
            out[row : row + until - first] += problem.coefficient[number] @ held[group, :, first:until]
    return out


@bare
def _priced(p: Compiled, moved: Floats, acts: Floats, states: Floats, out: Floats) -> None:
    for c in range(len(p.incumbent)):
        first, last = p.start[c], p.start[c + 1]
        for k in range(first, last):
            out[k] = p.cost[k] + moved[k]
        for m in range(p.state_start[c], p.state_start[c + 1]):
            weight, table = float(p.state_weight[m]), states[p.state_group[m], p.incumbent[c]]
            for k in range(first, last):
                out[k] += weight * table[p.label[k]]
        for m in range(p.act_start[c], p.act_start[c + 1]):
            take, row = p.takes[p.act_kind[m], c], acts[p.act_group[m]]
            for k in range(first, last):
                if p.label[k] > 0:
                    out[k] += take[(p.label[k] - 1) // p.quarters] * row[p.label[k]]


@inner
def soften(theta: Floats, first: int, last: int, heat: float, share: Floats) -> tuple[float, float]:
    """Minimum, smoothed minimum and (in `share`) the weights of the labels of one cluster."""
    least = np.inf
    for k in range(first, last):
        least = min(least, theta[k])
    total = 0.0
    for k in range(first, last):
        part = (least - theta[k]) / heat
        share[k - first] = np.exp(part) if part > -25.0 else 0.0
        total += share[k - first]
    for k in range(last - first):
        share[k] /= total
    return least, least - heat * np.log(total)


@bare
def _use(p: Compiled, theta: Floats, heat: float, acts: Floats, states: Floats, share: Floats) -> tuple[float, float]:
    exact, smooth = 0.0, 0.0
    for c in range(len(p.incumbent)):
        first, last = p.start[c], p.start[c + 1]
        least, soft = soften(theta, first, last, heat, share)
        exact += least
        smooth += soft
        for k in range(first, last):
            if share[k - first] > 0.0:
                _count(p, c, p.label[k], share[k - first], acts, states)
    return exact, smooth


@inner
def _count(p: Compiled, c: int, label: int, part: float, acts: Floats, states: Floats) -> None:
    """Add what a part of a label uses."""
    for m in range(p.state_start[c], p.state_start[c + 1]):
        states[p.state_group[m], p.incumbent[c], label] += p.state_weight[m] * part
    if label > 0:
        supplier = (label - 1) // p.quarters
        for m in range(p.act_start[c], p.act_start[c + 1]):
            acts[p.act_group[m], label] += p.takes[p.act_kind[m], c, supplier] * part
