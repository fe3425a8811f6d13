"""What an unknown answer could become: every completion of the missing facts that matter.

A cell of a fact is one possible row of truths of its atoms: which lists its value stands in, on which side
of a threshold it lies. Facts have few cells, so the set of possible outcomes is found exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Final

from assay.decide.combine import Named, combine, line_outcome
from assay.decide.interpret import Interpreter, View
from assay.decide.program import Line, Program, Values
from assay.errors import InternalError
from assay.model.decision import SEVERITY, Truth
from assay.model.expression import All, Any, Atom, Expression, Literal, Not, Operator
from assay.model.law import PARTS, Effect, Force
from assay.model.question import CLOSED_VALUES, ONE_VALUE

__all__ = ["outcomes", "relevant_facts"]

OTHER: Final = "\x00 a value that no rule names"
_MOST_LEAVES: Final = 50_000
_WIDEST: Final = 256


def outcomes(interpreter: Interpreter, values: Mapping[str, Values], truths: Sequence[Truth]) -> frozenset[Named]:
    """Every outcome (with force) that some completion of the missing facts gives.

    `truths` may hold presumed truths; `values` says which facts are known at all, and which parts are asked about.
    Raises InternalError (E0020) beyond 50,000 completions, which the size limits of packs make out of reach in
    practice.
    """
    program, part = interpreter.program, values.get("part")
    found: set[Named] = set()
    stack, leaves = [list(truths)], 0
    seen: set[tuple[Truth, ...]] = set()
    while stack:
        now = stack.pop()
        views = interpreter.views(now, part)
        rows = [interpreter.finals(view.truths) for view in views]
        loose = _open(program, rows)
        if not any(loose):
            found.add(combine(program, rows).named())
            continue
        leaves += 1
        if leaves > _MOST_LEAVES:
            raise InternalError("E0020", "too many completions of the missing facts", remedy="name more context")
        fact, wanted = _next_fact(program, views, loose)
        for cell in _cells(program, fact, wanted, now, values.get(fact)):
            child = list(now)
            for number, truth in zip(wanted, cell, strict=True):
                child[number] = truth
            key = tuple(child)
            if key not in seen:
                seen.add(key)
                stack.append(child)
    return frozenset(found)


def relevant_facts(interpreter: Interpreter, views: Sequence[View]) -> tuple[str, ...]:
    """The facts that are unknown and could still change the outcome, in the order in which rules read them."""
    loose = _open(interpreter.program, [interpreter.finals(view.truths) for view in views])
    return tuple(dict.fromkeys(atom.fact for atom in _asked(interpreter.program, views, loose)))


def _asked(program: Program, views: Sequence[View], loose: Sequence[Sequence[Line]]) -> Iterable[Atom]:
    """The unknown atoms on which open rules hang, part by part."""
    for view, lines in zip(views, loose, strict=True):
        for line in lines:
            yield from _undecided(program, line.reads, view.truths)


def _undecided(program: Program, expression: Expression, truths: Sequence[Truth]) -> list[Atom]:
    """The unknown atoms on which an unknown predicate hangs: those in parts that are unknown themselves."""
    match expression:
        case Atom():
            return [expression] if truths[program.numbers[expression]] is None else []
        case Not(part):
            return _undecided(program, part, truths)
        case All(parts) | Any(parts):
            stop = isinstance(expression, Any)
            values = [_value(program, part, truths) for part in parts]
            if stop in values:
                return []
            return [
                a for part, v in zip(parts, values, strict=True) if v is None for a in _undecided(program, part, truths)
            ]


def _value(program: Program, expression: Expression, truths: Sequence[Truth]) -> Truth:
    match expression:
        case Atom():
            return truths[program.numbers[expression]]
        case Not(part):
            value = _value(program, part, truths)
            return None if value is None else not value
        case All(parts) | Any(parts):
            stop = isinstance(expression, Any)
            values = {_value(program, part, truths) for part in parts}
            return stop if stop in values else None if None in values else not stop


def _open(program: Program, rows: Sequence[Sequence[Truth]]) -> list[list[Line]]:
    """Unknown rules in each part that could still change outcome or force, with those that could defeat them."""
    floor = max(_floor(program, finals) for finals in rows)
    return [_open_in(program, finals, floor) for finals in rows]


def _open_in(program: Program, finals: Sequence[Truth], floor: tuple[bool, int]) -> list[Line]:
    permits = any(
        v is not False and ln.rule.effect is Effect.PERMIT for ln, v in zip(program.lines, finals, strict=True)
    )
    wanted: dict[int, None] = {}
    for number, (line, value) in enumerate(zip(program.lines, finals, strict=True)):
        if value is None and line.rule.effect.decides and (permits or _rank(line, program.as_of) > floor):
            _with_defeaters(program, finals, number, wanted)
    return [program.lines[number] for number in wanted]


def _with_defeaters(program: Program, finals: Sequence[Truth], number: int, wanted: dict[int, None]) -> None:
    wanted[number] = None
    for place in program.lines[number].defeaters:
        if finals[place] is None and place not in wanted:
            _with_defeaters(program, finals, place, wanted)


def _rank(line: Line, as_of: date) -> tuple[bool, int]:
    return line.force is Force.BINDING, SEVERITY[line_outcome(line, as_of)]


def _floor(program: Program, finals: Sequence[Truth]) -> tuple[bool, int]:
    held = [ln for ln, v in zip(program.lines, finals, strict=True) if v is True and ln.rule.effect.restricts]
    return max((_rank(line, program.as_of) for line in held), default=(False, -1))


def _next_fact(
    program: Program, views: Sequence[View], loose: Sequence[Sequence[Line]]
) -> tuple[str, list[int]]:  # fmt: skip
    """The first unknown fact, and the numbers of its unknown atoms that these lines read."""
    fact, wanted = "", dict[int, None]()
    for atom in _asked(program, views, loose):
        if fact in ("", atom.fact):
            fact = atom.fact
            wanted[program.numbers[atom]] = None
    return fact, list(wanted)


def _cells(
    program: Program, fact: str, wanted: list[int], truths: Sequence[Truth], values: Values
) -> Iterable[tuple[Truth, ...]]:
    if values is not None:  # the value is known, its place in an open class is not
        return product((True, False), repeat=len(wanted))
    start, end = program.spans[fact]
    asked = program.atoms[start:end]
    rows = _rows(program, fact, asked)
    fixed = [(i, truths[start + i]) for i in range(end - start) if truths[start + i] is not None]
    kept = [row for row in rows if all(row[i] == t for i, t in fixed)] or rows
    return dict.fromkeys(tuple(row[number - start] for number in wanted) for row in kept)


def _rows(program: Program, fact: str, asked: tuple[Atom, ...]) -> list[tuple[Truth, ...]]:
    rows: dict[tuple[Truth, ...], None] = {}
    for value in _candidates(program, asked):
        base = [program.truth(atom, (value,)) for atom in asked]
        for row in product(*[(True, False) if truth is None else (truth,) for truth in base]):
            rows[row] = None
    attribute = program.attributes.get(fact)
    several = attribute.many if attribute else fact not in ONE_VALUE
    return list(_closure(list(rows)) if several else rows)


def _closure(rows: list[tuple[Truth, ...]]) -> dict[tuple[Truth, ...], None]:
    """Several values at once: an atom holds when it holds for any of them."""
    found = dict.fromkeys(rows)
    for row in rows:
        if len(found) > _WIDEST:
            break
        for other in list(found):
            found[tuple(a or b for a, b in zip(row, other, strict=True))] = None
    return found


def _candidates(program: Program, asked: tuple[Atom, ...]) -> Iterable[Literal]:
    closed = PARTS if asked[0].fact == "part" else CLOSED_VALUES.get(asked[0].fact)
    if closed:
        return sorted(closed)
    texts: dict[Literal, None] = {}
    for atom in asked:
        match atom.op:
            case Operator.IN:
                texts.update(dict.fromkeys(atom.value))  # type: ignore[arg-type]  # the loader made it a tuple
            case Operator.IN_CLASS:
                texts.update(dict.fromkeys(program.classes[str(atom.value)].members))
            case _:
                texts.update(dict.fromkeys(_around(atom.value)))
    if not any(isinstance(value, bool | int | date) for value in texts):
        texts[OTHER] = None
    return texts


def _around(value: object) -> tuple[Literal, ...]:
    if isinstance(value, bool):
        return True, False
    if isinstance(value, date):
        return value - timedelta(days=1), value, value + timedelta(days=1)
    if isinstance(value, int):
        return value - 1, value, value + 1
    raise InternalError("E0021", f"{value!r} has no neighbours")
