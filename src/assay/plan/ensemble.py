"""One future solved from the plan of today: a warm start, a schedule, a bound; and what a first year costs in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assay.plan.bound import raise_bound, warm
from assay.plan.certify import multiplier_shape
from assay.plan.check import needed_over
from assay.plan.compile import compiled
from assay.plan.model import Instance, Ints, Row, Share, quarters_of
from assay.plan.result import Certificate, Effort, Plan, Solution
from assay.plan.scenario import YEAR, Scenario, draw, freeze, laid_over, with_later_bar
from assay.plan.search import search
from assay.plan.solve import certified, judged, no_label

__all__ = ["LIGHT", "Base", "Future", "first_year", "future", "regret"]

LIGHT: Final = Effort(dual=24, sweeps=3, moves=120, lawless=False)
"""Work for one future: it starts from the multipliers, messages and labels of today's plan."""
_AGAIN: Final = 5


@dataclass(frozen=True, eq=False)
class Base:
    """Today's problem, plan and certificate, from which every future starts."""

    instance: Instance
    plan: Plan
    certificate: Certificate
    seed: int


@dataclass(frozen=True, slots=True)
class Future:
    """What was found in one future: cents of the schedule and of the bound, labels; cost -1 where none was found."""

    scenario: Scenario
    cost: int
    lower_bound: int
    overtime: int
    labels: tuple[int, ...]


def future(base: Base, number: int, effort: Effort = LIGHT) -> Future:
    """The schedule and bound of one future. Pure: same base and number, same result."""
    scenario = draw(base.instance, base.seed, number)
    solved = _answer(base, scenario, laid_over(base.instance, scenario), base.plan.labels, effort)
    return _future(scenario, solved)


def _answer(base: Base, scenario: Scenario, instance: Instance, start: Ints, effort: Effort) -> Solution:
    """Solve what is known at once; then, where a bar is announced later, what is left to do from then on."""
    solved = _solved(base, instance, start, effort, scenario.number)
    if scenario.later is None or solved.plan is None:
        return solved
    held = freeze(with_later_bar(instance, scenario.later), solved.plan.labels, scenario.later[1])
    return _solved(
        base, _open(held, instance, scenario, solved.plan.labels), solved.plan.labels, effort, scenario.number
    )


def _open(held: Instance, instance: Instance, scenario: Scenario, labels: Ints) -> Instance:
    """Where what was done before cannot be undone, the later bar does not reach: those clusters are let off."""
    stuck = {fault.what.rsplit(" ", 1)[-1] for fault in no_label(held)}
    if not stuck:
        return held
    assert scenario.later is not None
    freed = np.array(sorted(int(name) for name in stuck), dtype=np.int64)
    barred = with_later_bar(instance, scenario.later)
    last = barred.masks[-1]
    eased = replace(last, clusters=np.setdiff1d(last.clusters, freed))
    return freeze(replace(barred, masks=(*barred.masks[:-1], eased)), labels, scenario.later[1])


def _solved(base: Base, instance: Instance, start: Ints, effort: Effort, number: int) -> Solution:
    problem = compiled(instance)
    given = _fitted(base.certificate, base.instance, instance)
    bound = raise_bound(problem, warm(instance, problem, given), effort.dual, effort.sweeps)
    proof, floor = certified(instance, problem, bound)
    found = search(problem, bound, effort.moves, (base.seed, number), start=start)
    if found.broken:  # too far from today's plan: once more from prices of its own, with more work
        bound = raise_bound(problem, None, _AGAIN * effort.dual, _AGAIN * effort.sweeps)
        proof, floor = certified(instance, problem, bound)
        found = search(problem, bound, _AGAIN * effort.moves, (base.seed, number, 1))
    plan = Plan(found.labels, needed_over(instance, found.labels))
    return judged(instance, plan, proof, floor, (None, None, None), base.seed, effort, False)


def _fitted(given: Certificate, before: Instance, after: Instance) -> Certificate:
    """The multipliers of today's rows, each at its own quarter, for rows whose quarters have moved."""
    moved = tuple(
        _at_quarters(values, old, new, multiplier_shape(after, new))
        for values, old, new in zip(given.multipliers, before.rows, after.rows, strict=True)
    )
    return replace(given, multipliers=moved)


def _at_quarters(values: Ints, old: Row, new: Row, shape: tuple[int, ...]) -> Ints:
    """Multipliers of a share row at the quarters of the moved row, in the units of its own share."""
    if not (isinstance(old, Share) and isinstance(new, Share)):
        return values
    out = np.zeros(shape, dtype=np.int64)
    for place in range(quarters_of(new)):
        there = new.first + place - old.first
        if 0 <= there < len(values):  # a row counts in denominators of its share
            out[place] = int(values[there]) * old.share.denominator // new.share.denominator
    return out


def _future(scenario: Scenario, solved: Solution) -> Future:
    if solved.plan is None or solved.proof is None:
        return Future(scenario, -1, solved.lower_bound, 0, ())
    verdict = solved.proof.verdict
    return Future(
        scenario, verdict.cost, verdict.lower_bound, verdict.overtime, tuple(int(v) for v in solved.plan.labels)
    )


def first_year(labels: Ints, quarters: int) -> Ints:
    """The labels of the first four quarters; what comes later is open, shown as keep."""
    quarter = (np.asarray(labels, np.int64) - 1) % quarters
    return np.where((labels > 0) & (quarter < YEAR), labels, 0)


def regret(base: Base, number: int, committed: Ints, effort: Effort = LIGHT) -> Future:
    """The best schedule found in one future when the first year was committed to before it was known."""
    scenario = draw(base.instance, base.seed, number)
    held = freeze(laid_over(base.instance, scenario), committed, YEAR)
    if no_label(held):  # the first year breaks what is law in this future: there is no such schedule
        return Future(scenario, -1, 0, 0, ())
    start = np.where(committed > 0, committed, base.plan.labels)
    return _future(scenario, _answer(base, scenario, held, start, effort))
