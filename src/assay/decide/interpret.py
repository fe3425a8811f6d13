"""The reference semantics: strong Kleene over a program's atoms, then defeats.

A truth is True, False or None (unknown). `all` is False when any part is False, else None when any part
is unknown; `any` is the dual; `not` keeps None. A rule holds when its predicate is true and no rule that
defeats it holds; it is unknown when either side is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assay.decide.program import Program, Values
from assay.model.decision import Truth
from assay.model.expression import All, Any, Atom, Expression, Not

__all__ = ["Interpreter", "Truths"]

Truths = Sequence[Truth]
Evaluate = Callable[[Truths], Truth]


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
