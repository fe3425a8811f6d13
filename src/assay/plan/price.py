"""What one rule costs: the problem solved again without it, or with it later, from the multipliers and labels at hand.

With bounds L and plans U of both problems the true price lies between L(with) - U(without) and U(with) - L(without).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np

from assay.plan.bound import raise_bound, warm
from assay.plan.certify import lower_bound
from assay.plan.check import needed_over, replay
from assay.plan.compile import compiled
from assay.plan.later import fitted, later
from assay.plan.model import Crew, Instance, Mask, Row, Share, Supply
from assay.plan.result import Certificate, Effort, Plan, Price, Saving, Solution
from assay.plan.search import search
from assay.plan.solve import certified

__all__ = ["PRICING", "price", "price_of_point", "price_of_time"]

PRICING: Final = Effort(dual=60, sweeps=6, moves=180, lawless=False)
"""Work for the problem without the rule, from the multipliers and labels of the problem with it."""
ANEW: Final = Effort(dual=160, sweeps=12, moves=800, lawless=False)
"""Work where that start misleads: without one rule others may begin to press that had no multiplier beside it."""
_NEAR: Final = 200
"""Bound and cost without the rule are near enough where they differ by one part in so many."""


def price(instance: Instance, solution: Solution, rule: str, effort: Effort = PRICING) -> Price:
    """The price of one rule, certified at both ends, and its price at the margin."""
    free = instance.without(rule)
    found = _saving(solution, free, _without(instance, solution.certificate, rule), effort)
    marginal = _marginal(instance, solution.certificate, rule)
    return Price(rule, found.low, found.estimate, found.high, marginal, found.free)


def price_of_time(
    instance: Instance, solution: Solution, rule: str, quarters: int, effort: Effort = PRICING
) -> Saving | None:  # fmt: skip
    """What is saved where one rule begins so many quarters later; None where that changes nothing of the problem."""
    eased = later(instance, rule, quarters)
    masks = zip(instance.masks, eased.masks, strict=True)
    if eased.rows == instance.rows and all(one is two or _same(one, two) for one, two in masks):
        return None
    return _saving(solution, eased, fitted(solution.certificate, instance, rule, quarters), effort)


def price_of_point(instance: Instance, solution: Solution, rule: str) -> tuple[int, int] | None:
    """What a share larger by one hundredth in every row of a rule would save: by the multipliers, and at most.

    The bound of a certificate falls by the multipliers times the slack, and no plan of the eased problem can lie below
    it. What is not built yet is counted as if it were. None for a rule without share rows.
    """
    assert solution.proof is not None
    rows = [
        (row, values)
        for row, values in zip(instance.rows, solution.certificate.multipliers, strict=True)
        if row.rule == rule and isinstance(row, Share)
    ]
    if not rows:
        return None
    whole = sum(
        int(values.sum()) * row.share.denominator * int(instance.weights[row.metric][row.clusters].sum())
        for row, values in rows
    )
    saved = -(-whole // (100 * solution.certificate.scale))
    return saved, saved + solution.proof.verdict.cost - lower_bound(instance, solution.certificate)


def _same(one: Mask, two: Mask) -> bool:
    """Whether two masks over the same clusters say the same."""
    pairs = ((one.old, two.old), (one.state, two.state), (one.build, two.build))
    return all(a is b or (a is not None and b is not None and np.array_equal(a, b)) for a, b in pairs)


def _saving(solution: Solution, eased: Instance, given: Certificate, effort: Effort) -> Saving:
    """What a relaxation saves.

    `high` is the cost of the plan less the bound of the eased problem; `low` the plan's bound less the cost of the best
    plan found for the eased problem, never below zero: a rule less cannot make the best plan dearer.
    """
    assert solution.plan is not None
    assert solution.proof is not None
    problem = compiled(eased)
    held = solution.plan.labels
    best, cheapest, floor = solution.proof.verdict.cost, Plan(held, needed_over(eased, held)), 0
    for known, start, work in ((warm(eased, problem, given), held, effort), (None, None, ANEW)):
        bound = raise_bound(problem, known, work.dual, work.sweeps)
        floor = max(floor, certified(eased, problem, bound)[1])
        found = search(problem, bound, work.moves, (solution.seed, 3), start=start)
        plan = Plan(found.labels, needed_over(eased, found.labels))
        if not replay(eased, plan) and found.cost < best:
            best, cheapest = found.cost, plan
        if (best - floor) * _NEAR <= best:
            break
    low = max(solution.lower_bound - best, 0)
    high = max(solution.proof.verdict.cost - floor, 0)
    return Saving(low, min(max(solution.lower_bound - floor, low), high), high, cheapest)


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
