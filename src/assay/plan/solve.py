"""The whole way: bound, search, exact finish of small problems, certificate, independent check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assay.errors import InputError
from assay.plan.bound import Bound, certificate, raise_bound
from assay.plan.branch import branch
from assay.plan.certify import lower_bound
from assay.plan.check import check, needed_over, replay
from assay.plan.compile import Compiled, compiled
from assay.plan.labels import allowed
from assay.plan.mip import finish, pruned
from assay.plan.model import Instance, Precedence
from assay.plan.pool import pooled
from assay.plan.result import Certificate, Effort, Plan, Progress, Proof, Solution, Tree, Violation
from assay.plan.search import Found, scored, search

__all__ = ["certified", "judged", "no_label", "solve"]

_TINY = 30
_HALVINGS = 40
Lawless = tuple[int | None, int | None, Plan | None]
"""Cost of the best plan found without law, a certified bound of all such, and that plan."""
_NO_LAWLESS: Final[Lawless] = (None, None, None)
_SCALES = (1 << 20, 1 << 14, 1 << 8, 1)
_EXACT_GAP = 1e-9
_ROUNDING = 1e-6
"""Part of the bound by which it may be wrong in floating point."""


def solve(instance: Instance, effort: Effort, seed: int, progress: Progress | None = None) -> Solution:
    """The cheapest lawful plan that the effort finds, with a certified bound and a checked proof.

    Same instance, effort and seed: same result, whatever the machine's speed or number of cores. A true answer of
    `progress` ends the search early and keeps the best plan so far (`stopped`). `plan` is None where none was found.
    """
    watch = _Watch(progress)
    problem = compiled(instance)
    stuck = no_label(instance)
    if stuck:
        return Solution(None, _empty(instance), 0, None, stuck, seed, effort)
    bound = raise_bound(problem, None, effort.dual, effort.sweeps)
    proof, floor = certified(instance, problem, bound)
    watch.bound = floor
    found = _sought(problem, bound, effort, effort.moves, (seed, 1), watch)
    end = _End(found)
    if len(instance.clusters) <= effort.exact and not watch.stopped:
        end = _ended(instance, problem, bound, found, effort, seed, watch)
    plan = Plan(end.found.labels, needed_over(instance, end.found.labels))
    lawless = _lawless(instance, effort, seed, watch) if effort.lawless and not watch.stopped else _NO_LAWLESS
    floor = max(floor, end.floor if end.floor is not None else floor)
    return judged(instance, plan, proof, floor, lawless, seed, effort, watch.stopped, end)


def _sought(
    problem: Compiled, bound: Bound, effort: Effort, moves: int, seed: tuple[int, ...],
    watch: Callable[[int, int, Found], bool],
) -> Found:  # fmt: skip
    """A plan by one search; by a pool of them where the problem is worked on to the end and not tiny."""
    if _TINY < problem.clusters <= effort.exact:
        return pooled(problem, bound, moves, seed, watch)
    return search(problem, bound, moves, seed, watch=watch)


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """A plan after small problems were worked on to the end: the tree and the bound it proves, or a solver's word."""

    found: Found
    tree: Tree | None = None
    floor: int | None = None
    stated: float | None = None


def _ended(
    instance: Instance, problem: Compiled, bound: Bound, found: Found, effort: Effort, seed: int, watch: _Watch
) -> _End:  # fmt: skip
    """A small problem by cases; or by a MIP solver, whose rounding may break a row: the better plan is kept."""
    if effort.solver == "cases":

        def stop(done: int, best: Found, least: int) -> bool:
            watch.bound = max(least, least if watch.bound is None else watch.bound)
            return watch(done, effort.nodes, best, "cases")

        return _End(*branch(instance, problem, bound, found, effort.nodes, seed, effort.within * 1e-6, stop))
    small, asked = problem, finish
    if not found.broken:
        room = found.cost - bound.value + _ROUNDING * abs(bound.value)
        small = pruned(problem, bound.theta(problem), room)
    if effort.solver == "cpsat":
        from assay.plan.cpsat import finish as asked
    gap = max(_EXACT_GAP, effort.within * 1e-6)
    exact = asked(small, found.labels, effort.nodes, gap, lambda: watch(0, 1, found, "exact"))
    stated = exact.bound if found.broken else min(exact.bound, float(found.cost))
    if exact.labels is None:
        return _End(found, stated=stated)
    other = scored(problem, exact.labels)
    return _End(other if other.better(found) else found, stated=stated)


def judged(
    instance: Instance, plan: Plan, proof: Certificate, floor: int, lawless: Lawless, seed: int,
    effort: Effort, stopped: bool, end: _End | None = None,
) -> Solution:  # fmt: skip
    """A solution, after the independent check: what fails it is no plan."""
    tree, stated = (None, None) if end is None else (end.tree, end.stated)
    verdict = check(instance, plan, proof, tree)
    if not verdict.holds:
        return Solution(None, proof, floor, None, verdict.violations, seed, effort, stopped, stated, tree)
    return Solution(plan, proof, floor, Proof(verdict, *lawless), (), seed, effort, stopped, stated, tree)


def certified(instance: Instance, problem: Compiled, bound: Bound) -> tuple[Certificate, int]:
    """The certificate at the finest scale at which all sums stay exact, and the bound that the check gives it."""
    for scale in _SCALES[:-1]:
        given = certificate(instance, problem, bound, scale)
        try:
            return given, lower_bound(instance, given)
        except InputError as error:
            if error.code != "E0702":
                raise
    return _lessened(instance, problem, bound)


def _lessened(instance: Instance, problem: Compiled, bound: Bound) -> tuple[Certificate, int]:
    """The certificate in whole cents, with multipliers and messages made small until all sums are exact.

    Only where the ascent has no end, because no plan exists, do they grow so large; any smaller ones bound as well.
    """
    given = certificate(instance, problem, bound, _SCALES[-1])
    for _ in range(_HALVINGS):
        try:
            return given, lower_bound(instance, given)
        except InputError as error:
            if error.code != "E0702":
                raise
        given = replace(given, multipliers=tuple(m // 4 for m in given.multipliers), messages=given.messages // 4)
    return given, lower_bound(instance, given)


def no_label(instance: Instance) -> tuple[Violation, ...]:
    """The rules whose masks or providers leave some cluster no label: one violation for each rule and such cluster."""
    stuck = np.flatnonzero(~allowed(instance).any(axis=1)).tolist()
    barring = [(mask.rule, mask.clusters, _first(mask.state)) for mask in instance.masks]
    barring += [(row.rule, row.dependents, row.first) for row in instance.rows if isinstance(row, Precedence)]
    return tuple(
        Violation(rule, f"no choice is left to cluster {cluster}", quarter, 1)
        for cluster in stuck
        for rule, clusters, quarter in barring
        if cluster in clusters
    )


def _first(state: np.ndarray) -> int:
    return int(np.argmax(state.any(axis=0)))


def _empty(instance: Instance) -> Certificate:
    problem = compiled(instance.without(*(mask.rule for mask in instance.masks)))
    return certificate(instance, problem, raise_bound(problem, None, 1, 1), 1)


def _lawless(instance: Instance, effort: Effort, seed: int, watch: _Watch) -> Lawless:
    """The cost of the best plan found without any rule of law, a certified bound of all such plans, and that plan.

    None where there is no such rule, or no plan. A small problem is solved to the end like the one with law.
    """
    free = instance.lawless()
    if not any(rule.law for rule in instance.rules):
        return _NO_LAWLESS
    problem = compiled(free)
    bound = raise_bound(problem, None, effort.dual, effort.sweeps // 2)
    _, floor = certified(free, problem, bound)
    found = _sought(problem, bound, effort, effort.moves // 4, (seed, 2), watch.quiet)
    if len(free.clusters) <= effort.exact and effort.solver == "cases" and not watch.stopped:

        def stop(done: int, best: Found, least: int) -> bool:
            del least
            return watch.quiet(done, effort.nodes, best)

        found, _, proved = branch(free, problem, bound, found, effort.nodes, seed, effort.within * 1e-6, stop)
        floor = max(floor, floor if proved is None else proved)
    plan = Plan(found.labels, needed_over(free, found.labels))
    return (found.cost, floor, plan) if not replay(free, plan) else (None, floor, None)


@dataclass(slots=True)
class _Watch:
    """Tells the caller how far the work is, and hears whether it should end."""

    progress: Progress | None
    bound: int | None = None
    stopped: bool = False

    def __call__(self, done: int, total: int, best: Found, stage: str = "search") -> bool:
        cost = best.cost if not best.broken else None
        return self._tell(stage, min(done, total), total, cost)

    def quiet(self, done: int, total: int, best: Found) -> bool:
        """The search without law: its costs are not those of the plan."""
        del best
        return self._tell("without law", min(done, total), total, None)

    def _tell(self, stage: str, done: int, total: int, cost: int | None) -> bool:
        if self.progress is not None and self.progress(stage, done, total, self.bound, cost):
            self.stopped = True
        return self.stopped
