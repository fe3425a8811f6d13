"""What a plan takes for granted, in sentences: how the law was read, what the estate leaves out, what does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.plan.inputs import Inputs
from assay.workflow.planning.limits import ELEMENT_MANAGER

if TYPE_CHECKING:
    from assay.workflow.planning.problem import Problem

__all__ = ["notes_of"]

_EURO: Final = "EUR"


def notes_of(problem: Problem, unmeasured: Collection[str], known_at: date) -> tuple[str, ...]:
    """The sentences; `unmeasured` are shares that the estate cannot measure."""
    on = problem.grid[0].start
    return (
        *_faults(problem), *_dates(problem.frame, on, known_at), *problem.clusters.notes, *_borders(problem),
        *_currency(problem.inputs), *_beyond(problem.inputs, on, problem.grid[-1].end), *sorted(unmeasured),
        *_law(problem), *_managers(problem),
        "the work of a quarter is done by its last day",
    )  # fmt: skip


def _faults(problem: Problem) -> Iterator[str]:
    faults = problem.loaded.estate.faults
    if faults:
        first, lines = faults[0], len({fault.line for fault in faults})
        what = f"line {first.line}, {first.column} {first.value!r}: {first.reason}"
        yield f"{lines:,} faulty rows of {problem.loaded.estate.name} are left out, the first: {what}"


def _dates(frame: pl.DataFrame, on: date, known_at: date) -> Iterator[str]:
    """Where estate, plan and knowledge of the law speak of different days."""
    if known_at < on:
        yield f"law published after {known_at} is not known to this plan, which begins on {on}"
    if known_at > on:
        yield f"the plan begins on {on} and uses what the world could read only by {known_at}"
    if "installed" not in frame.columns:
        return
    later = int((frame["installed"] > on.isoformat()).sum())
    if later:
        last = max(frame["installed"].drop_nulls().to_list())
        yield (
            f"{later:,} elements were installed after {on} (the last on {last}): the estate is of a later day than the "
            "plan, which takes them as new on its first day"
        )
    if "support_end" in frame.columns:
        ended = int((frame["support_end"] < frame["installed"]).sum())
        if ended:
            yield f"the support of {ended:,} elements ended before they were installed: it is charged as stated"


def _borders(problem: Problem) -> Iterator[str]:
    radio = sum(part == "ran" for part in problem.clusters.part)
    if radio > 1 and not problem.clusters.edges:
        yield f"none of {radio:,} radio clusters touches another: no cost of borders is reckoned"


def _currency(inputs: Inputs) -> Iterator[str]:
    """Default prices are in euros: another currency's name changes no number."""
    money = [row.title for row in inputs.figures.values() if row.unit.startswith(_EURO) and not row.own]
    if inputs.currency != _EURO and money:
        yield f"{len(money)} default figures are in {_EURO} and are taken one for one as {inputs.currency}"


def _beyond(inputs: Inputs, on: date, end: date) -> Iterator[str]:
    """What plan.toml says of days that the plan does not reach."""
    for row in inputs.budgets:
        if not on.year <= row.year <= end.year:
            yield f"the budget of {row.year} lies outside the plan and has no effect"
    for one in inputs.coverage:
        if one.by < on:
            yield f"coverage {one.id!r} was due on {one.by}, before the plan: it is asked for from the first quarter on"
        elif one.by > end:
            yield f"coverage {one.id!r} is due on {one.by}, after the plan: it is asked for in the last quarter"
    for said in inputs.supply:
        if (said.end is not None and said.end <= on) or (said.start is not None and said.start > end):
            yield f"the supply stated of {said.supplier} lies outside the plan and has no effect"


def _law(problem: Problem) -> Iterator[str]:
    if any(mask.old is not None and mask.old[0] for mask in problem.instance.masks):
        yield "what may not run today is replaced in the first quarter: the law allows no later"
    taken = "at their strictest" if problem.inputs.policy.undetermined == "closed" else "as if they did not restrict"
    for one in problem.lawful:
        if one.awaited:
            yield f"{one.jurisdiction}: authorisations are taken as granted in time: {', '.join(sorted(one.awaited))}"
        if one.advised:
            yield f"{one.jurisdiction}: advice is not followed: {', '.join(sorted(one.advised))}"
        if one.open:
            yield f"{one.jurisdiction}: open answers are taken {taken}: {', '.join(sorted(one.open))}"


def _managers(problem: Problem) -> Iterator[str]:
    if not problem.inputs.policy.same_manager:
        yield "radio equipment may run under the element manager of another supplier, as the case says"
    elif not any(row.rule == ELEMENT_MANAGER for row in problem.instance.rows):
        yield "no operator's estate shows an element manager of each of its radio suppliers, so none is asked for"
