"""Why there is no schedule: rules that cannot hold together, proved by a bound that no schedule could meet.

Every label is given the same cost. Then any schedule costs just that, so a certificate whose bound lies above it proves
that there is none (a Farkas certificate of the relaxation). A rule without which the proof still stands is left out;
what remains is a set in which each rule is needed for the proof (deletion filter; Chinneck and Dravnieks 1991).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from assay.plan.bound import raise_bound
from assay.plan.certify import lower_bound
from assay.plan.check import needed_over, replay
from assay.plan.compile import compiled
from assay.plan.later import later
from assay.plan.model import Budget, Crew, Instance, Ints, Row, Supply, iter_rules
from assay.plan.result import Certificate, Conflict, Plan, Relaxation
from assay.plan.search import search
from assay.plan.solve import certified, no_label

__all__ = ["conflict"]

_EACH: Final = 100_000
"""Cents that every label costs here."""
_UNIT: Final = 10_000
"""Cents for each unit by which a limit is exceeded, where the least slack is sought."""
_EVALUATIONS: Final = 120
_MOVES: Final = 1500


def conflict(instance: Instance) -> Conflict:
    """The rules of a conflict, its proof, and the least slack found on each that mends it while the others stay.

    Elastic rows hold at a price and so take no part: pass `instance.strict()` where they are meant to be hard. Where no
    conflict can be proved the rules are empty.
    """
    stuck = no_label(instance)
    if stuck:
        return _of_masks(instance, tuple(dict.fromkeys(fault.rule for fault in stuck)))
    flat = _flat(instance)
    proof = _proof(flat)
    if proof is None:
        return Conflict((), None, 0, ())
    rules = list(iter_rules(flat))
    for rule in tuple(rules):
        tried = _proof(_only(flat, [r for r in rules if r != rule]))
        if tried is not None:
            rules.remove(rule)
            proof = tried
    found = _only(flat, rules)
    return Conflict(
        tuple(rules),
        proof,
        lower_bound(found, proof) - _EACH * len(instance.clusters),
        _relaxations(found, flat, rules),
    )


def _flat(instance: Instance) -> Instance:
    """The same hard rules over labels that all cost the same; rows that hold at a price could only add to it."""
    hard = tuple(row for row in instance.rows if not isinstance(row, Crew | Supply | Budget) or row.overtime is None)
    return replace(
        instance, rows=hard, cost=np.full_like(instance.cost, _EACH), terms=(), edges=np.zeros((0, 2), np.int64),
        border=np.zeros(0, np.int64),
    )  # fmt: skip


def _only(instance: Instance, rules: list[str]) -> Instance:
    return instance.without(*(rule for rule in iter_rules(instance) if rule not in rules))


def _proof(instance: Instance) -> Certificate | None:
    """A certificate that no schedule exists; None where none was found."""
    if no_label(instance):
        return None
    problem = compiled(instance)
    if not len(problem.right):
        return None
    given, floor = certified(instance, problem, raise_bound(problem, None, _EVALUATIONS, 1))
    return given if floor > _EACH * len(instance.clusters) else None


def _of_masks(instance: Instance, rules: tuple[str, ...]) -> Conflict:
    """Masks alone leave some cluster no label: of the rules that bar it those that are needed for that."""
    kept = list(rules)
    for rule in rules:
        rest = [r for r in kept if r != rule]
        if no_label(instance.without(*(r for r in iter_rules(instance) if r not in rest))):
            kept = rest
    return Conflict(tuple(kept), None, 1, tuple(Relaxation(rule, 1, "left out", (), True) for rule in kept))


def _relaxations(instance: Instance, whole: Instance, rules: list[str]) -> tuple[Relaxation, ...]:
    """For each rule the least slack with which the whole problem, or else this conflict alone, has a schedule."""
    out = []
    for rule in rules:
        ours = any(row.rule == rule and isinstance(row, Crew | Supply | Budget) for row in whole.rows)
        slack = _limits if ours else _time
        found = slack(whole, rule)
        if found is not None:
            out.append(replace(found, whole=True))
            continue
        mended = _proof(_only(instance, [r for r in rules if r != rule])) is None
        out.append(slack(instance, rule) or Relaxation(rule, 1, "left out", (), mended))
    return tuple(out)


def _limits(instance: Instance, rule: str) -> Relaxation | None:
    """The least excess on one rule's limits that was found to let a schedule exist."""
    eased = replace(instance, rows=tuple(_priced(row, rule) for row in instance.rows))
    labels = _schedule(eased)
    if labels is None:  # then what a schedule without these limits takes of them: enough, if not the least
        labels = _schedule(instance.without(rule))
    if labels is None:
        return None
    over = needed_over(eased, labels)
    mine = [(row, int(units)) for row, units in zip(eased.rows, over, strict=True) if row.rule == rule and units]
    quarters = sorted({row.first if isinstance(row, Budget) else row.quarter for row, _ in mine
                       if isinstance(row, Crew | Supply | Budget)})  # fmt: skip
    unit = "thousands" if any(isinstance(row, Budget) for row, _ in mine) else "sites"
    return Relaxation(rule, sum(units for _, units in mine), unit, tuple(quarters), True)


def _time(instance: Instance, rule: str) -> Relaxation | None:
    """The fewest quarters by which one rule must begin later, of those for which a schedule was found."""
    enough = None
    low, high = 1, instance.quarters
    while low <= high:
        middle = (low + high) // 2
        if _schedule(later(instance, rule, middle)) is None:
            low = middle + 1
        else:
            enough, high = middle, middle - 1
    return None if enough is None else Relaxation(rule, enough, "quarters later", (), True)


def _schedule(instance: Instance) -> Ints | None:
    """The labels of a schedule that keeps every hard rule; None where none was found."""
    if no_label(instance):
        return None
    problem = compiled(instance)
    found = search(problem, raise_bound(problem, None, _EVALUATIONS, 1), _MOVES, (0, 4))
    return None if replay(instance, Plan(found.labels, needed_over(instance, found.labels))) else found.labels


def _priced(row: Row, rule: str) -> Row:
    if row.rule == rule and isinstance(row, Crew | Supply | Budget):
        return replace(row, overtime=_UNIT)
    return row
