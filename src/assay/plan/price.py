"""What one rule costs: the problem solved again without it, from the multipliers and labels of the problem with it.

With bounds L and plans U of both problems the true price lies between L(with) - U(without) and U(with) - L(without).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np

from assay.plan.bound import raise_bound, warm
from assay.plan.check import needed_over, replay
from assay.plan.compile import compiled
from assay.plan.model import Crew, Instance, Row, Supply
from assay.plan.result import Certificate, Effort, Plan, Price, Solution
from assay.plan.search import search
from assay.plan.solve import certified

__all__ = ["PRICING", "price"]

PRICING: Final = Effort(dual=60, sweeps=6, moves=180, lawless=False)
"""Work for the problem without the rule, from the multipliers and labels of the problem with it."""
ANEW: Final = Effort(dual=160, sweeps=12, moves=800, lawless=False)
"""Work where that start misleads: without one rule others may begin to press that had no multiplier beside it."""
_NEAR: Final = 200
"""Bound and cost without the rule are near enough where they differ by one part in so many."""


def price(instance: Instance, solution: Solution, rule: str, effort: Effort = PRICING) -> Price:
    """The price of one rule, certified at both ends, and its price at the margin.

    `high` is the cost of the plan with the rule less the bound without it; `low` the bound with it less the cost of the
    best plan found without it, never below zero: a rule less cannot make the best plan dearer.
    """
    assert solution.plan is not None
    assert solution.proof is not None
    free = instance.without(rule)
    problem = compiled(free)
    held = solution.plan.labels
    best, cheapest, floor = solution.proof.verdict.cost, Plan(held, needed_over(free, held)), 0
    known = warm(free, problem, _without(instance, solution.certificate, rule))
    for given, start, work in ((known, held, effort), (None, None, ANEW)):
        bound = raise_bound(problem, given, work.dual, work.sweeps)
        floor = max(floor, certified(free, problem, bound)[1])
        found = search(problem, bound, work.moves, (solution.seed, 3), start=start)
        plan = Plan(found.labels, needed_over(free, found.labels))
        if not replay(free, plan) and found.cost < best:
            best, cheapest = found.cost, plan
        if (best - floor) * _NEAR <= best:
            break
    low = max(solution.lower_bound - best, 0)
    high = max(solution.proof.verdict.cost - floor, 0)
    estimate = min(max(solution.lower_bound - floor, low), high)
    return Price(rule, low, estimate, high, _marginal(instance, solution.certificate, rule), cheapest)


def _without(instance: Instance, given: Certificate, rule: str) -> Certificate:
    """The certificate without the multipliers of one rule's rows."""
    rows = zip(given.multipliers, instance.rows, strict=True)
    return replace(given, multipliers=tuple(values for values, row in rows if row.rule != rule))


def _marginal(instance: Instance, certificate: Certificate, rule: str) -> tuple[tuple[int, Fraction], ...]:
    """The multiplier of every row of the rule that presses, by quarter: cents for one more unit of slack."""
    out: dict[int, Fraction] = {}
    for row, values in zip(instance.rows, certificate.multipliers, strict=True):
        if row.rule != rule:
            continue
        by_quarter = np.asarray(values, np.int64).reshape(-1, values.shape[-1]).max(axis=0)
        for place, value in enumerate(by_quarter.tolist()):
            if value > 0:
                quarter = _first(row) + place
                out[quarter] = max(out.get(quarter, Fraction(0)), Fraction(value, certificate.scale))
    return tuple(sorted(out.items()))


def _first(row: Row) -> int:
    return row.quarter if isinstance(row, Crew | Supply) else row.first
