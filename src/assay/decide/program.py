"""The law as it stands for one jurisdiction on (as_of, known_at): a flat program over numbered atoms.

Both evaluators, the interpreter and the column compiler, run this one program. Rules that have no
effect on that day are gone, classes are sliced to plain sets, definitions are written out in place.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from assay.decide.library import EVERYWHERE, Library, topological
from assay.model.expression import All, Any, Atom, Expression, Literal, Not, Operator, atoms
from assay.model.law import (
    PARTS,
    Attribute,
    Class,
    Force,
    Instrument,
    Member,
    Pack,
    Presumption,
    Residual,
    Rule,
)  # fmt: skip

__all__ = ["EVERYBODY", "Assumption", "Line", "Program", "SlicedClass", "Values", "build_program", "covers", "ordinal"]

Values = tuple[Literal, ...] | None
"""What is known of one fact: some values, or None for unknown."""

EVERYBODY = "*"
"""The member of a class to which everybody belongs (used only to break packs on purpose)."""
MEMBERS_OF_THE_UNION = "common:eu-members"
UNION = "EU"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A rule, an instrument or a group of rules (`eu.csa2`) treated as in force from `start`."""

    id: str
    start: date


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of a program. `reads` is its predicate with scope; `defeaters` are positions of earlier lines."""

    rule: Rule
    pack: Pack
    instrument: Instrument
    reads: Expression
    defeaters: tuple[int, ...]
    until: date | None
    assumed: bool

    @property
    def force(self) -> Force:
        """Whether it binds."""
        return self.instrument.force


@dataclass(frozen=True, slots=True)
class SlicedClass:
    """A class on one day: its members, and whether it is closed."""

    of: Class
    members: Mapping[str, Member]

    def holds(self, values: tuple[Literal, ...]) -> bool | None:
        """True when any value is a member; else False where closed, None where open."""
        if EVERYBODY in self.members or any(value in self.members for value in values):
            return True
        return False if self.of.closed else None


@dataclass(frozen=True)
class Program:
    """The rules in force, in an order where defeaters come first, and everything they read."""

    jurisdiction: str
    as_of: date
    known_at: date
    lines: tuple[Line, ...]
    background: tuple[Line, ...]
    classes: Mapping[str, SlicedClass]
    attributes: Mapping[str, Attribute]
    presumptions: tuple[Presumption, ...]
    residual: Residual | None
    residual_pack: Pack | None
    packs: tuple[Pack, ...]
    assumptions: tuple[Assumption, ...] = ()

    @cached_property
    def spans(self) -> dict[str, tuple[int, int]]:
        """For each fact the range of its atoms' numbers."""
        out: dict[str, tuple[int, int]] = {}
        for number, atom in enumerate(self.atoms):
            start, _ = out.get(atom.fact, (number, number))
            out[atom.fact] = (start, number + 1)
        return out

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """Every different atom, those of one fact side by side."""
        by_fact: dict[str, dict[Atom, None]] = {}
        for line in self.lines:
            for atom in atoms(line.reads):
                by_fact.setdefault(atom.fact, {})[atom] = None
        return tuple(atom for found in by_fact.values() for atom in found)

    @cached_property
    def numbers(self) -> dict[Atom, int]:
        """The number of each atom."""
        return {atom: number for number, atom in enumerate(self.atoms)}

    def truth(self, atom: Atom, values: Values) -> bool | None:
        """What one atom says of these values."""
        if values is None:
            return None
        match atom.op:
            case Operator.IN:
                return any(value in atom.value for value in values)  # type: ignore[operator]  # the loader made it a tuple
            case Operator.IN_CLASS:
                return self.classes[str(atom.value)].holds(values)
            case Operator.EQ:
                return atom.value in values
            case _:
                return any(_ordered(atom.op, value, atom.value) for value in values)


def _ordered(op: Operator, left: Literal, right: Literal | tuple[str, ...]) -> bool:
    a, b = ordinal(left), ordinal(right)
    return (op is Operator.LT and a < b) or (op is Operator.LE and a <= b) or (op is Operator.GT and a > b) or (
        op is Operator.GE and a >= b
    )  # fmt: skip


def ordinal(value: object) -> int:
    """The number by which days and whole numbers are ordered."""
    return value.toordinal() if isinstance(value, date) else int(value)  # type: ignore[call-overload]  # int otherwise


def build_program(
    library: Library, jurisdiction: str, as_of: date, known_at: date, assumptions: tuple[Assumption, ...] = ()
) -> Program:
    """Slice the library for one jurisdiction and two clocks. Raises PackError for circles in definitions."""
    classes = _slice_classes(library, as_of, known_at)
    own, union = library.of(jurisdiction), library.of(UNION)
    members = classes[MEMBERS_OF_THE_UNION].members if MEMBERS_OF_THE_UNION in classes else {}
    in_union = jurisdiction in members
    picked = [(p, r) for p in (*library.of(EVERYWHERE), *own) for r in p.rules]
    if in_union:
        picked += [(p, r) for p in union for r in p.rules if _direct(p, r)]
    active = [found for p, r in picked if (found := _active(p, r, as_of, known_at, assumptions))]
    background = [
        found for p in (union if in_union else ()) for r in p.rules
        if r.effect.decides and not _direct(p, r) and (found := _active(p, r, as_of, known_at, assumptions))
    ]  # fmt: skip
    residual, home = _residual(own, as_of)
    everywhere = [p for p in library.of(EVERYWHERE) if p.presumptions or p.rules]  # a scheme takes no part in an answer
    shared = (*everywhere, *own, *(union if in_union else ()))
    return Program(
        jurisdiction, as_of, known_at, _order(_write_out(active)), tuple(background), classes, library.attributes,
        tuple(p for pack in shared for p in pack.presumptions), residual, home, shared, assumptions,
    )  # fmt: skip


def _direct(pack: Pack, rule: Rule) -> bool:
    return pack.instruments[rule.instrument].directly


def _slice_classes(library: Library, as_of: date, known_at: date) -> dict[str, SlicedClass]:
    added: dict[str, list[Member]] = {}
    for membership in library.facts.memberships:
        added.setdefault(membership.of_class, []).append(membership.member)
    out = {}
    for key, found in library.classes.items():
        members = {
            m.value: m for m in (*found.members, *added.get(key, ()))
            if m.valid.holds(as_of) and (m.known.start is None or m.known.start <= known_at)
        }  # fmt: skip
        out[key] = SlicedClass(found, members)
    return out


def _active(pack: Pack, rule: Rule, as_of: date, known_at: date, assumptions: tuple[Assumption, ...]) -> Line | None:
    instrument = pack.instruments[rule.instrument]
    for assumption in assumptions:
        if covers(assumption.id, pack, rule):
            if as_of < assumption.start:
                return None
            return Line(rule, pack, instrument, rule.when, (), _assumed_until(rule, assumption.start), True)
    if instrument.state.has_effect and rule.valid.holds(as_of) and rule.known.holds(known_at):
        return Line(rule, pack, instrument, rule.when, (), rule.until, False)
    return None


def covers(wanted: str, pack: Pack, rule: Rule) -> bool:
    """Whether an assumption's id names this rule: by its id, the beginning of it up to a dot, or its instrument."""
    return rule.id == wanted or rule.id.startswith(wanted + ".") or f"{pack.id}.{rule.instrument}" == wanted


def _assumed_until(rule: Rule, start: date) -> date | None:
    if rule.until_months is None:
        return rule.until
    year, month = divmod(start.month - 1 + rule.until_months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1])) - timedelta(days=1)


def _scoped(rule: Rule) -> Expression:
    scope: list[Expression] = []
    if set(rule.parts) != set(PARTS):
        scope.append(Atom("part", Operator.IN, rule.parts))
    scope.append(Atom("activity", Operator.IN, rule.activities))
    inner = rule.when.parts if isinstance(rule.when, All) else (rule.when,)
    return All((*scope, *inner))


def _write_out(lines: list[Line]) -> list[Line]:
    """Put scope into the predicate and replace defined facts by what defines them."""
    meaning: dict[str, list[Expression]] = {}
    edges: dict[str, list[str]] = {}
    for line in lines:
        if line.rule.define:
            meaning.setdefault(line.rule.define, []).append(_scoped(line.rule))
            edges.setdefault(line.rule.define, []).extend(a.fact for a in atoms(line.rule.when))
    done: dict[str, Expression] = {}
    for name in reversed(topological({k: [f for f in v if f in meaning] for k, v in edges.items()}, "definitions")):
        done[name] = Any(tuple(_replace(part, done) for part in meaning[name]))
    return [
        Line(ln.rule, ln.pack, ln.instrument, _replace(_scoped(ln.rule), done), (), ln.until, ln.assumed)
        for ln in lines if not ln.rule.define
    ]  # fmt: skip


def _replace(expression: Expression, meaning: Mapping[str, Expression]) -> Expression:
    match expression:
        case Atom(fact, Operator.EQ, value) if fact in meaning:
            return meaning[fact] if value is True else Not(meaning[fact])
        case Atom():
            return expression
        case Not(part):
            return Not(_replace(part, meaning))
        case All(parts):
            return All(tuple(_replace(part, meaning) for part in parts))
        case Any(parts):
            return Any(tuple(_replace(part, meaning) for part in parts))


def _order(lines: list[Line]) -> tuple[Line, ...]:
    by_id = {line.rule.id: line for line in lines}
    edges = {key: [d.rule for d in line.rule.defeats if d.rule in by_id] for key, line in by_id.items()}
    order = topological(edges, "defeats")
    place = {key: number for number, key in enumerate(order)}
    defeaters: dict[str, list[int]] = {}
    for key, targets in edges.items():
        for target in targets:
            defeaters.setdefault(target, []).append(place[key])
    return tuple(
        Line(
            by_id[key].rule, by_id[key].pack, by_id[key].instrument, by_id[key].reads,
            tuple(sorted(defeaters.get(key, ()))), by_id[key].until, by_id[key].assumed,
        )
        for key in order
    )  # fmt: skip


def _residual(packs: Iterable[Pack], as_of: date) -> tuple[Residual | None, Pack | None]:
    found = [(r, p) for p in packs for r in p.residuals]
    if not found:
        return None, None
    begun = [pair for pair in found if pair[0].start <= as_of]
    return max(begun, key=lambda pair: pair[0].start) if begun else min(found, key=lambda pair: pair[0].start)
