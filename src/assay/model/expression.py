"""The closed predicate language: four node kinds, no calls, no loops, no patterns.

A rule's `when` is a tree of All, Any, Not and Atom. The same tree is interpreted (decide.interpret),
compiled to columns (decide.vectorise), explained and broken on purpose (decide.mutate).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

__all__ = ["All", "Any", "Atom", "Expression", "Literal", "Not", "Operator", "atoms"]

Literal = str | bool | int | date | Fraction


class Operator(StrEnum):
    """What an atom may ask of a fact."""

    IN = "in"
    IN_CLASS = "in-class"
    EQ = "eq"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


@dataclass(frozen=True, slots=True)
class Atom:
    """One question to one fact: `fact op value`.

    `value` is a class id for in-class, a tuple of texts for in, else one literal.
    """

    fact: str
    op: Operator
    value: Literal | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Strong Kleene negation."""

    part: Expression


@dataclass(frozen=True, slots=True)
class All:
    """Strong Kleene conjunction; empty is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Strong Kleene disjunction; empty is false."""

    parts: tuple[Expression, ...]


Expression = Atom | Not | All | Any


def atoms(expression: Expression) -> Iterator[Atom]:
    """Every atom of a tree, left to right, repeats included."""
    match expression:
        case Atom():
            yield expression
        case Not(part):
            yield from atoms(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from atoms(part)
