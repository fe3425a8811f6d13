"""Breaks a pack on purpose, one small change at a time, to see whether its own cases notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.decide.cases import Case, CaseFile, Miss, compare
from assay.decide.library import Library
from assay.decide.program import EVERYBODY
from assay.decide.programs import Programs
from assay.errors import InputError
from assay.model.expression import All, Any, Atom, Expression, Not, Operator
from assay.model.law import ACTIVITIES, PARTS, Class, Effect, Force, Interval, Member, Pack, Rule

__all__ = ["Mutant", "Score", "mutants", "score"]

_FLIPPED = {Operator.LT: Operator.LE, Operator.LE: Operator.LT, Operator.GT: Operator.GE, Operator.GE: Operator.GT}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken pack, named by what was broken."""

    name: str
    pack: Pack


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants the cases noticed.

    `survivors` are unnoticed and not listed as equivalent; `wrong` are listed as equivalent although a case
    notices them, or listed and not there.
    """

    pack: str
    killed: int
    equivalent: tuple[str, ...]
    survivors: tuple[str, ...]
    wrong: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Mutants that can be noticed."""
        return self.killed + len(self.survivors)


def score(library: Library, pack: Pack, cases: CaseFile) -> Score:
    """Run every mutant of one pack against the pack's own cases.

    Raises InputError (E0121) where the cases already fail on the unbroken pack: they would notice nothing.
    """
    whole = Programs(library)
    if any(_misses(case, whole) for case in cases.cases):
        raise InputError(
            "E0121", f"cases of `{pack.id}` fail on the pack as it is", remedy=f"assay laws check {pack.id}"
        )
    killed: list[str] = []
    equivalent: list[str] = []
    survivors: list[str] = []
    for mutant in mutants(pack):
        broken = replace(library, packs=tuple(mutant.pack if p.id == pack.id else p for p in library.packs))
        programs = Programs(broken)
        noticed = any(_misses(case, programs) for case in cases.cases)
        place = killed if noticed else equivalent if mutant.name in cases.equivalent else survivors
        place.append(mutant.name)
    wrong = sorted(set(cases.equivalent) - set(equivalent))
    return Score(pack.id, len(killed), tuple(equivalent), tuple(survivors), tuple(wrong))


def _misses(case: Case, programs: Programs) -> list[Miss]:
    return compare(case, programs.answer(case.question, presume=case.presume))


def mutants(pack: Pack) -> Iterator[Mutant]:
    """Every mutant of a pack: dates by a day, operators, scope, force, defeats and classes."""
    for number, rule in enumerate(pack.rules):
        if not pack.instruments[rule.instrument].state.has_effect:
            continue  # a proposal has no effect: nothing to notice
        for what, broken in _rule_mutants(rule):
            rules = (*pack.rules[:number], broken, *pack.rules[number + 1 :])
            yield Mutant(f"{rule.id}:{what}", replace(pack, rules=rules))
    yield from _force_mutants(pack)
    yield from _class_mutants(pack)


def _rule_mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    yield from _date_mutants(rule)
    listed = rule.effect in (Effect.DUTY, Effect.POWER)
    if not listed:
        yield from _scope_mutants(rule)
    for what, when in _expression_mutants(rule.when):
        yield what, replace(rule, when=when)
    for number, defeat in enumerate(rule.defeats):
        yield f"defeat-dropped:{defeat.rule}", replace(rule, defeats=rule.defeats[:number] + rule.defeats[number + 1 :])


def _date_mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for days in (-1, 1):
        sign = f"{days:+d}"
        if rule.valid.start:
            yield f"valid.from{sign}", replace(rule, valid=Interval(_move(rule.valid.start, days), rule.valid.end))
        if rule.valid.end:
            yield f"valid.to{sign}", replace(rule, valid=Interval(rule.valid.start, _move(rule.valid.end, days)))
        if rule.until and rule.effect in (Effect.PHASE_OUT, Effect.CAP):
            yield f"until{sign}", replace(rule, until=_move(rule.until, days))
        if rule.known.start:
            yield f"known.from{sign}", replace(rule, known=Interval(_move(rule.known.start, days), rule.known.end))


def _move(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _scope_mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if set(rule.parts) != set(PARTS):
        yield "part-widened", replace(rule, parts=PARTS)
    if set(rule.activities) != set(ACTIVITIES):
        yield "activity-widened", replace(rule, activities=ACTIVITIES)
    if len(rule.parts) > 1:
        yield "part-dropped", replace(rule, parts=rule.parts[1:])
    if len(rule.activities) > 1:
        yield "activity-dropped", replace(rule, activities=rule.activities[1:])


def _expression_mutants(expression: Expression, path: str = "when") -> Iterator[tuple[str, Expression]]:
    match expression:
        case Atom(fact, op, value):
            flipped: Expression = Atom(fact, _FLIPPED[op], value) if op in _FLIPPED else Not(expression)
            yield f"{path}:flipped", flipped
        case Not(part):
            yield f"{path}:not-dropped", part
            for what, inner in _expression_mutants(part, f"{path}.not"):
                yield what, Not(inner)
        case All(parts):
            if len(parts) > 1:
                yield f"{path}:all-to-any", Any(parts)
            yield from ((what, All(new)) for what, new in _part_mutants(parts, path))
        case Any(parts):
            if len(parts) > 1:
                yield f"{path}:any-to-all", All(parts)
            yield from ((what, Any(new)) for what, new in _part_mutants(parts, path))


def _part_mutants(parts: tuple[Expression, ...], path: str) -> Iterator[tuple[str, tuple[Expression, ...]]]:
    for number, part in enumerate(parts):
        if len(parts) > 1:
            yield f"{path}.{number}:dropped", parts[:number] + parts[number + 1 :]
        for what, inner in _expression_mutants(part, f"{path}.{number}"):
            yield what, (*parts[:number], inner, *parts[number + 1 :])


def _force_mutants(pack: Pack) -> Iterator[Mutant]:
    deciding = {rule.instrument for rule in pack.rules if rule.effect.decides}
    for key, instrument in pack.instruments.items():
        if key in deciding and instrument.state.has_effect:
            other = Force.ADVICE if instrument.force is Force.BINDING else Force.BINDING
            swapped = {**pack.instruments, key: replace(instrument, force=other)}
            yield Mutant(f"{key}:force-swapped", replace(pack, instruments=swapped))


def _class_mutants(pack: Pack) -> Iterator[Mutant]:
    for key, found in pack.classes.items():
        if found.of in ("supplier", "operator", "product", "function", "place", "zone", "layer"):
            yield Mutant(
                f"{key}:widened", _with_class(pack, replace(found, members=(*found.members, Member(EVERYBODY))))
            )
        for number, member in enumerate(found.members):
            for what, broken in _member_mutants(member):
                members = (*found.members[:number], *broken, *found.members[number + 1 :])
                yield Mutant(f"{key}:{member.value}:{what}", _with_class(pack, replace(found, members=members)))


def _member_mutants(member: Member) -> Iterator[tuple[str, tuple[Member, ...]]]:
    if member.valid.start is None:
        return
    yield "dropped", ()
    for days in (-1, 1):
        yield f"from{days:+d}", (replace(member, valid=Interval(_move(member.valid.start, days), member.valid.end)),)
        if member.valid.end:
            yield f"to{days:+d}", (replace(member, valid=Interval(member.valid.start, _move(member.valid.end, days))),)


def _with_class(pack: Pack, found: Class) -> Pack:
    return replace(pack, classes={**pack.classes, found.id: found})
