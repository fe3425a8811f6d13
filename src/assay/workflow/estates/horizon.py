"""The days on which a law changes: what begins, ends or passes its last day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assay.decide.library import EVERYWHERE, Library
from assay.decide.program import UNION, Line, Program
from assay.decide.programs import Programs
from assay.decide.shares import with_bases
from assay.model.expression import Operator, atoms
from assay.model.law import Interval

__all__ = ["Change", "law_changes", "law_days", "laws_of"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes in the law on a day."""

    what: str
    rule: str
    says: str


def law_days(
    programs: Programs, jurisdiction: str, start: date, known_at: date, suppliers: frozenset[str]
) -> list[date]:  # fmt: skip
    """Every day after `start` on which a rule, a class, a residual or a fact of these suppliers begins or ends.

    A rule that is put in force by an assumption counts its own months, so days are found from the programs too.
    """
    waiting = {day for day in _written(programs.library, jurisdiction, suppliers) if day > start}
    waiting |= {a.start for a in programs.assumptions if a.start > start}
    done: list[date] = []
    waiting |= _last_days(programs.get(jurisdiction, start, known_at).program, start)
    while waiting:
        day = min(waiting)
        waiting.discard(day)
        done.append(day)
        waiting |= _last_days(programs.get(jurisdiction, day, known_at).program, day)
    return done


def laws_of(
    programs: Programs, days: Mapping[str, Sequence[date]], known_at: date
) -> dict[str, list[Program]]:  # fmt: skip
    """For each jurisdiction its law on its days, with the denominators of its caps."""
    return {
        code: [with_bases(programs.get(code, day, known_at).program) for day in dates] for code, dates in days.items()
    }


def _last_days(program: Program, after: date) -> set[date]:
    return {day for ln in program.lines if ln.until is not None and (day := ln.until + timedelta(days=1)) > after}


def _written(library: Library, jurisdiction: str, suppliers: frozenset[str]) -> set[date]:
    packs = [*library.of(EVERYWHERE), *library.of(jurisdiction), *library.of(UNION)]
    spans = [r.valid for p in packs for r in p.rules]
    named = {str(a.value) for p in packs for r in p.rules for a in atoms(r.when) if a.op is Operator.IN_CLASS}
    classes = library.classes
    spans += [m.valid for name in named if name in classes for m in classes[name].members]
    spans += [m.member.valid for m in library.facts.memberships if m.of_class in named]
    spans += [f.valid for f in library.facts.facts if not f.supplier or f.supplier in suppliers]
    days = _ends(spans)
    days |= {r.start for p in library.of(jurisdiction) for r in p.residuals}
    return days


def _ends(spans: Iterable[Interval]) -> set[date]:
    return {day for span in spans for day in (span.start, span.end) if day is not None}


def law_changes(before: Program, after: Program) -> list[Change]:
    """What differs between the programs of two days: rules begun and ended, last days passed, members come and gone."""
    old, new = _lines(before), _lines(after)
    out = [Change("begins", key, line.rule.says) for key, line in new.items() if key not in old]
    out += [Change("ends", key, line.rule.says) for key, line in old.items() if key not in new]
    for key, line in new.items():
        if key in old and line.until is not None and before.as_of <= line.until < after.as_of:
            out.append(Change("last day has passed", key, line.rule.says))
    for name in sorted({str(a.value) for a in (*before.atoms, *after.atoms) if a.op is Operator.IN_CLASS}):
        there, then = set(after.classes[name].members), set(before.classes[name].members)
        title = after.classes[name].of.title
        out += [Change("joins the class", name, f"{value}: {title}") for value in sorted(there - then)]
        out += [Change("leaves the class", name, f"{value}: {title}") for value in sorted(then - there)]
    return sorted(out, key=lambda c: (c.rule, c.what, c.says))


def _lines(program: Program) -> dict[str, Line]:
    return {line.rule.id: line for line in program.lines}
