"""What the law lets each class of elements be, quarter by quarter: the decisions of every day, rule by rule.

A rule stands in the way of an act when it holds and forbids (a phase-out does from the day after its last day). Where
the answer stays open because a fact is missing, the rules that could forbid stand in the way unless the case says
otherwise: unknown is no yes. A quarter is free when each of its days is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from assay.decide.combine import line_outcome
from assay.decide.interpret import Interpreter
from assay.decide.program import Line
from assay.decide.programs import Programs
from assay.decide.shares import BASE, with_bases
from assay.decide.vectorise import RULE, decide_frame
from assay.model.decision import Outcome
from assay.model.estate import ElementClass
from assay.model.law import Cap, Effect, Force
from assay.plan.inputs import Policy
from assay.plan.quarters import Quarter

__all__ = ["CapFound", "Lawful", "find_lawful"]

Bools = np.ndarray[Any, np.dtype[np.bool_]]
_ACTS: Final = ("purchase", "install", "operate")
_OWN: Final = "own"
_PLANNED: Final = "planned"
"""The row of a class that does not stand yet: it says what base the class is in, and keeps nothing."""


@dataclass(frozen=True)
class CapFound:
    """A cap: for which class and supplier it counts in each quarter [K, S, T], and whose base a class is in [K, T]."""

    line: Line
    cap: Cap
    counts: Bools
    base: Bools


@dataclass
class Lawful:
    """Rules in the way, for the classes and candidate suppliers of one jurisdiction.

    `keep` rule -> [K, T]: what stands may not be operated. `act` rule -> [K, S, T]: may not be bought or put in.
    `have` rule -> [K, S, T]: once put in may not be operated.
    """

    jurisdiction: str
    classes: Sequence[ElementClass]
    suppliers: Sequence[str]
    keep: dict[str, Bools] = field(default_factory=dict)
    act: dict[str, Bools] = field(default_factory=dict)
    have: dict[str, Bools] = field(default_factory=dict)
    caps: dict[str, CapFound] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    advised: set[str] = field(default_factory=set)


def find_lawful(
    programs: Programs, jurisdiction: str, days: Sequence[date], known_at: date, grid: Sequence[Quarter],
    classes: Sequence[ElementClass], suppliers: Sequence[str], policy: Policy,
) -> Lawful:  # fmt: skip
    """Ask the law on each of `days` (the first is the first day of the plan) and lay the answers over the quarters."""
    out = Lawful(jurisdiction, classes, suppliers)
    rows = _questions(classes, suppliers, grid[0].start)
    for number, day in enumerate(days):
        until = days[number + 1] if number + 1 < len(days) else date.max
        here = [t for t, quarter in enumerate(grid) if day <= quarter.end and quarter.start < until]
        if here:
            _one_day(out, programs, day, known_at, rows, here, len(grid), policy)
    return out


def _questions(classes: Sequence[ElementClass], suppliers: Sequence[str], first: date) -> pl.DataFrame:
    """One row for each class as it stands and for each act with each candidate; `class` and `candidate` are numbers."""
    keys = sorted({key for one in classes for key in one.context} - {"installed"})
    rows: list[dict[str, object]] = []
    for number, one in enumerate(classes):
        context: dict[str, object] = {k: "|".join(v) if (v := one.context.get(k)) else None for k in keys}
        shared = {"part": one.part, **context, "#k": number}
        own = one.context.get("installed")
        kind = _OWN if one.supplier else _PLANNED
        rows.append({
            **shared, "supplier": one.supplier or None, "product": one.product or None, "activity": "operate",
            "installed": date.fromisoformat(own[0]) if own else None, "#what": kind, "#s": -1,
        })  # fmt: skip
        rows += [
            {**shared, "supplier": name, "product": None, "activity": act, "installed": first, "#what": act, "#s": s}
            for s, name in enumerate(suppliers) for act in _ACTS
        ]  # fmt: skip
    types = {"installed": pl.Date, "product": pl.String, **dict.fromkeys(keys, pl.String)}
    return pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)


def _one_day(
    out: Lawful, programs: Programs, day: date, known_at: date, rows: pl.DataFrame, here: Sequence[int],
    quarters: int, policy: Policy,
) -> None:  # fmt: skip
    program = with_bases(programs.get(out.jurisdiction, day, known_at).program)
    asked = rows.drop("#k", "#s", "#what").lazy()
    decided = decide_frame(Interpreter(program), programs.library.facts, asked)
    found = decided.classes[decided.elements]
    places = _Places(out, rows, list(here), quarters)
    stated = found["stated"].to_list()
    for line in program.lines:
        if line.rule.id.endswith(BASE):
            continue
        value = found[RULE + line.rule.id]
        out.lines.setdefault(line.rule.id, line)
        if line.rule.effect is Effect.CAP and line.rule.cap is not None:
            _cap(out, places, line, value, found[RULE + line.rule.id + BASE])
        elif forbids(line, day, policy):
            _forbid(out, places, line, value, stated, policy)
        _note(out, line, value, day, policy)


def forbids(line: Line, day: date, policy: Policy) -> bool:
    """Whether a rule that holds stands in the way of the act on that day."""
    outcome = line_outcome(line, day) if line.rule.effect.decides else Outcome.PERMITTED
    closed = outcome is Outcome.PROHIBITED or (outcome is Outcome.AUTHORISATION and policy.authorisation == "refused")
    return closed and (line.force is Force.BINDING or policy.follow_advice)


def _note(out: Lawful, line: Line, value: pl.Series, day: date, policy: Policy) -> None:
    """Remember what was taken one way and could be taken another, so that the plan can say so."""
    if not line.rule.effect.restricts or not value.fill_null(True).any():
        return
    if line_outcome(line, day) is Outcome.AUTHORISATION and policy.authorisation == "granted":
        out.awaited.add(line.rule.id)
    if line.force is Force.ADVICE and not policy.follow_advice:
        out.advised.add(line.rule.id)


@dataclass(frozen=True)
class _Places:
    """Where a row's answer belongs in the arrays."""

    out: Lawful
    rows: pl.DataFrame
    quarters: list[int]
    count: int

    def empty(self, *, own: bool) -> Bools:
        """An array of nothing in the way."""
        k, s = len(self.out.classes), len(self.out.suppliers)
        return np.zeros((k, self.count) if own else (k, s, self.count), dtype=np.bool_)

    def of(self, wanted: Iterable[str]) -> Bools:
        """The rows of these kinds."""
        return self.rows["#what"].is_in(list(wanted)).to_numpy()

    def lay(self, flags: Bools, wanted: Iterable[str], into: Bools) -> None:
        """Set the quarters of every flagged row of these kinds."""
        kinds = self.of(wanted) & flags
        k, s = self.rows["#k"].to_numpy()[kinds], self.rows["#s"].to_numpy()[kinds]
        for t in self.quarters:
            if into.ndim == 2:
                into[k, t] = True
            else:
                into[k, s, t] = True


def _forbid(
    out: Lawful, places: _Places, line: Line, value: pl.Series, stated: list[list[str]], policy: Policy
) -> None:  # fmt: skip
    sure = value.fill_null(False).to_numpy()
    maybe = value.is_null().to_numpy() & np.fromiter(_could_forbid(stated, line.force), np.bool_, len(stated))
    if (maybe & ~places.of((_PLANNED,))).any():
        out.open.add(line.rule.id)
    flags = sure | maybe if policy.undetermined == "closed" else sure
    for kinds, table in (((_OWN,), out.keep), (("purchase", "install"), out.act), (("operate",), out.have)):
        if (flags & places.of(kinds)).any():
            into = table.setdefault(line.rule.id, places.empty(own=kinds == (_OWN,)))
            places.lay(flags, kinds, into)


def _could_forbid(stated: list[list[str]], force: Force) -> Iterator[bool]:
    """For each row whether its completed answer is open and may be a prohibition of this force."""
    closed = {f"{outcome.value}|{force.value}" for outcome in (Outcome.PROHIBITED, Outcome.AUTHORISATION)}
    for named in stated:
        yield len(named) > 1 and not closed.isdisjoint(named)


def _cap(out: Lawful, places: _Places, line: Line, value: pl.Series, base: pl.Series) -> None:
    assert line.rule.cap is not None
    found = out.caps.get(line.rule.id)
    if found is None:
        found = CapFound(line, line.rule.cap, places.empty(own=False), places.empty(own=True))
        out.caps[line.rule.id] = found
    # who may be a member counts as one: a share is kept only if it is kept in the worst case
    places.lay(value.fill_null(True).to_numpy(), ("operate",), found.counts)
    places.lay(base.fill_null(True).to_numpy(), (_OWN, _PLANNED), found.base)


def days_of(grid: Sequence[Quarter], days: Sequence[date]) -> list[date]:
    """The days of law within a grid: its first day, then each later day up to its end."""
    last = grid[-1].end + timedelta(days=1)
    return [grid[0].start, *[day for day in days if grid[0].start < day < last]]


def first_blocked(table: Mapping[str, Bools], k: int, s: int | None = None) -> dict[str, int]:
    """For one class (and supplier) the first quarter in which each rule stands in the way."""
    out: dict[str, int] = {}
    for rule, flags in table.items():
        row = flags[k] if s is None else flags[k, s]
        if row.any():
            out[rule] = int(row.argmax())
    return out
