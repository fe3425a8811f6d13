"""Shares against caps: whole sums per group, then one comparison by cross-multiplication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from assay.decide.decide import Answer
from assay.decide.program import Line, Program
from assay.model.decision import Truth
from assay.model.estate import ACTS, CONTEXT_COLUMNS, WEIGHT_COLUMNS, ElementClass, Share, share_state
from assay.model.expression import All, Any, Atom, Expression, Not, atoms
from assay.model.law import Cap, Effect

__all__ = ["cap_act", "context_of_caps", "shares"]

_COUNTED: Final[Mapping[str, str]] = {
    "sites": "site", "base-stations": "site", "base stations": "site", "elements": "element", "equipment": "element",
}  # fmt: skip
"""Metric -> the column whose different values are counted; other metrics are weights of the same name."""
Group = tuple[tuple[str, str], ...]
Answers = Mapping[tuple[str, str], Answer]


@dataclass(frozen=True, slots=True)
class _Member:
    """How one class stands to one cap: in the base, and under the capped rule."""

    of: ElementClass
    base: Truth
    held: Truth


def cap_act(line: Line) -> str:
    """The act by which a cap is measured: what is in the network is operated, unless the cap speaks of other acts."""
    return next((act for act in ACTS if act in line.rule.activities), "")


def shares(frame: pl.DataFrame, classes: Iterable[ElementClass], answers: Answers) -> list[Share]:
    """Every cap in force against every group. `answers` are keyed by class id and act; `frame` has a `class` column."""
    by_code: dict[str, list[ElementClass]] = {}
    for one in classes:
        by_code.setdefault(one.jurisdiction, []).append(one)
    out: list[Share] = []
    for code, members in sorted(by_code.items()):
        program = answers[members[0].id, ACTS[0]].program
        for place, line in enumerate(program.lines):
            cap = line.rule.cap
            if line.rule.effect is Effect.CAP and cap is not None and cap_act(line):
                out += _line_shares(frame, code, place, line, cap, members, answers)
    return out


def _line_shares(
    frame: pl.DataFrame, code: str, place: int, line: Line, cap: Cap, classes: list[ElementClass], answers: Answers
) -> Iterable[Share]:  # fmt: skip
    groups: dict[Group, list[_Member]] = {}
    for one in classes:
        if one.part in line.rule.parts:
            answer = answers[one.id, cap_act(line)]
            base = _truth(cap.base, answer.program, answer)
            groups.setdefault(_group(one, cap.per), []).append(_Member(one, base, answer.finals[place]))
    for group, members in sorted(groups.items()):
        if any(m.held is not False for m in members):
            for metric in cap.metric:
                yield _share(frame, code, line, cap, group, metric, members)


def _group(one: ElementClass, per: tuple[str, ...]) -> Group:
    plain = {
        "jurisdiction": one.jurisdiction,
        "territory": one.jurisdiction,
        "part": one.part,
        "supplier": one.supplier,
    }
    return tuple((key, plain.get(key) or "|".join(one.context.get(key, ())) or "not stated") for key in per)


def _share(
    frame: pl.DataFrame, code: str, line: Line, cap: Cap, group: Group, metric: str, inside: list[_Member]
) -> Share:  # fmt: skip
    sums = [
        _sum(frame, metric, [m.of.id for m in inside if m.held is True and m.base is True]),
        _sum(frame, metric, [m.of.id for m in inside if m.held is not False and m.base is not False]),
        _sum(frame, metric, [m.of.id for m in inside if m.base is True]),
        _sum(frame, metric, [m.of.id for m in inside if m.base is not False]),
    ]
    whole = [value for value in sums if value is not None]
    if len(whole) < len(sums):
        why = f"the estate does not give `{metric}` for each of these elements"
        return Share(line.rule.id, code, dict(group), metric, cap.share, 0, 0, 0, 0, "unknown", line.until, why)
    low, high, base_low, base_high = whole
    state = share_state(low, high, base_low, base_high, cap.share)
    return Share(
        line.rule.id, code, dict(group), metric, cap.share, low, high, base_low, base_high, state, line.until
    )  # fmt: skip


def _sum(frame: pl.DataFrame, metric: str, ids: list[str]) -> int | None:
    """The whole sum of a metric over some classes; None where a value is missing."""
    rows = frame.filter(pl.col("class").is_in(ids))
    if metric in _COUNTED:
        return int(rows[_COUNTED[metric]].n_unique()) if rows.height else 0
    if metric not in WEIGHT_COLUMNS or metric not in frame.columns or rows[metric].null_count():
        return None
    return int(rows[metric].sum())


def _truth(expression: Expression, program: Program, answer: Answer) -> Truth:
    """Strong Kleene over a cap's base; its atoms need not stand in any rule, so they are read from the values."""
    match expression:
        case Atom():
            number = program.numbers.get(expression)
            if number is not None:
                return answer.truths[number]
            return program.truth(expression, answer.bound.values.get(expression.fact))
        case Not(part):
            inner = _truth(part, program, answer)
            return None if inner is None else not inner
        case All(parts):
            return _fold([_truth(part, program, answer) for part in parts], stop=False)
        case Any(parts):
            return _fold([_truth(part, program, answer) for part in parts], stop=True)


def _fold(values: list[Truth], *, stop: bool) -> Truth:
    return stop if stop in values else None if None in values else not stop


def context_of_caps(program: Program) -> set[str]:
    """The context keys that caps group by or whose base reads them."""
    caps = [line.rule.cap for line in program.lines if line.rule.cap is not None]
    keys = {key for cap in caps for key in cap.per} | {atom.fact for cap in caps for atom in atoms(cap.base)}
    return keys & set(CONTEXT_COLUMNS.values())
