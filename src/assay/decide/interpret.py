"""The reference semantics: strong Kleene over a program's atoms, then defeats.

A truth is True, False or None (unknown). `all` is False when any part is False, else None when any part
is unknown; `any` is the dual; `not` keeps None. A rule holds when its predicate is true and no rule that
defeats it holds; it is unknown when either side is. Where several parts of a network are asked about, this is
worked out in each of them by itself: what holds in one part takes nothing away in another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assay.decide.program import Program, Values
from assay.model.decision import Truth
from assay.model.expression import All, Any, Atom, Expression, Not
from assay.model.question import asked_parts

__all__ = ["Interpreter", "Truths", "View", "anywhere"]

Truths = Sequence[Truth]
Evaluate = Callable[[Truths], Truth]


@dataclass(frozen=True, slots=True)
class View:
    """Parts of a network that no atom tells apart, and the truth of every atom there."""

    parts: tuple[str, ...]
    truths: Truths


def anywhere(rows: Sequence[Truths]) -> Truths:
    """What holds in any of several rows of truths, place by place: strong Kleene `any`."""
    if len(rows) == 1:
        return rows[0]
    return [True if True in found else None if None in found else False for found in zip(*rows, strict=True)]


class Interpreter:
    """One program made callable: atoms from values, rules from atoms."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._rules = [(_compile(line.reads, program.numbers), line.defeaters) for line in program.lines]
        self._tables = {fact: _Table(program, fact) for fact in program.spans}

    def truths(self, values: Mapping[str, Values]) -> list[Truth]:
        """The truth of every atom; a fact that `values` leaves out is unknown."""
        out: list[Truth] = []
        for fact, table in self._tables.items():
            out += table[values.get(fact)]
        return out

    def views(self, truths: Truths, part: Values) -> list[View]:
        """The truths in each of the parts that `part` names, in the order of the parts; `any` names all four."""
        parts = asked_parts(str(word) for word in part or ())
        if len(parts) < 2 or "part" not in self._tables:
            return [View(parts, truths)]
        start, end = self.program.spans["part"]
        alike: dict[tuple[Truth, ...], list[str]] = {}
        for name in parts:
            alike.setdefault(self._tables["part"][(name,)], []).append(name)
        return [View(tuple(found), [*truths[:start], *row, *truths[end:]]) for row, found in alike.items()]

    def predicates(self, truths: Truths) -> list[Truth]:
        """Each rule's predicate, before defeats."""
        return [rule(truths) for rule, _ in self._rules]

    def finals(self, truths: Truths) -> list[Truth]:
        """Each rule's value after defeats, in the order of the program's lines."""
        out: list[Truth] = []
        for rule, defeaters in self._rules:
            value = rule(truths)
            if value is not False:
                for place in defeaters:
                    other = out[place]
                    if other is True:
                        value = False
                        break
                    if other is None:
                        value = None
            out.append(value)
        return out


class _Table(dict[Values, tuple[Truth, ...]]):
    """The truths of one fact's atoms for each value it has been asked with."""

    def __init__(self, program: Program, fact: str) -> None:
        super().__init__()
        start, end = program.spans[fact]
        self._program, self._atoms = program, program.atoms[start:end]

    def __missing__(self, values: Values) -> tuple[Truth, ...]:
        found = tuple(self._program.truth(atom, values) for atom in self._atoms)
        self[values] = found
        return found


def _compile(expression: Expression, numbers: Mapping[Atom, int]) -> Evaluate:
    match expression:
        case Atom():
            number = numbers[expression]
            return lambda truths: truths[number]
        case Not(Atom() as atom):
            number = numbers[atom]
            return lambda truths: None if truths[number] is None else not truths[number]
        case Not(part):
            return _negation(_compile(part, numbers))
        case All(parts):
            return _fold(parts, numbers, stop=False)
        case Any(parts):
            return _fold(parts, numbers, stop=True)


def _negation(inner: Evaluate) -> Evaluate:
    def evaluate(truths: Truths) -> Truth:
        value = inner(truths)
        return None if value is None else not value

    return evaluate


def _fold(parts: Sequence[Expression], numbers: Mapping[Atom, int], *, stop: bool) -> Evaluate:
    """`all` stops at False, `any` at True; unknown is remembered on the way. Atoms are read in place and first."""
    plain = tuple(numbers[part] for part in parts if isinstance(part, Atom))
    inner = tuple(_compile(part, numbers) for part in parts if not isinstance(part, Atom))

    def evaluate(truths: Truths) -> Truth:
        unknown = False
        for number in plain:
            value = truths[number]
            if value is stop:
                return stop
            if value is None:
                unknown = True
        for part in inner:
            value = part(truths)
            if value is stop:
                return stop
            if value is None:
                unknown = True
        return None if unknown else not stop

    return evaluate
