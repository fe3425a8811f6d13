"""TOML to the predicate language: closed operators, bounded depth and size."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from assay.decide.toml import Table
from assay.model.expression import All, Any, Atom, Expression, Literal, Not, Operator, atoms
from assay.model.law import Attribute
from assay.model.question import CLOSED_VALUES, CONTEXT_KEYS

__all__ = ["read_predicate"]

_DEEPEST: Final = 16
_MOST_ATOMS: Final = 200
_ORDER: Final = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_WHO: Final = ("supplier", "product", "operator")


def read_predicate(table: Table, value: Mapping[str, object], attributes: Mapping[str, Attribute]) -> Expression:
    """Read one `when` or `base`. Raises PackError for any node, fact, operator or value outside the language."""
    expression = _node(table, value, attributes, 1)
    count = sum(1 for _ in atoms(expression))
    if count > _MOST_ATOMS:
        table.fail(f"a predicate with {count} atoms", expected=f"at most {_MOST_ATOMS}")
    return expression


def _node(table: Table, value: object, attributes: Mapping[str, Attribute], depth: int) -> Expression:
    if depth > _DEEPEST:
        table.fail("a predicate is nested too deeply", expected=f"at most {_DEEPEST} levels")
    if not isinstance(value, Mapping):
        table.fail(f"a predicate is {type(value).__name__}", expected="{ all|any|not|fact = ... }")
    match dict(value):
        case {"all": list(parts), **rest} if not rest:
            return All(tuple(_node(table, part, attributes, depth + 1) for part in parts))
        case {"any": list(parts), **rest} if not rest and parts:
            return Any(tuple(_node(table, part, attributes, depth + 1) for part in parts))
        case {"not": part, **rest} if not rest:
            return Not(_node(table, part, attributes, depth + 1))
        case {"fact": str(fact), "op": str(op), "value": operand, **rest} if not rest:
            return _atom(table, fact, op, operand, attributes)
    return table.fail(
        f"a predicate with keys {sorted(value)}", expected="all, any (not empty), not, or fact with op and value"
    )


def _atom(table: Table, fact: str, op: str, value: object, attributes: Mapping[str, Attribute]) -> Atom:
    try:
        operator = Operator(op)
    except ValueError:
        table.fail(f"operator {op!r} is not known", expected="one of " + ", ".join(Operator))
    allowed = _allowed(table, fact, attributes)
    if operator not in allowed:
        table.fail(
            f"`{fact}` cannot be asked with `{op}`", expected="one of " + ", ".join(allowed),
            remedy="a rule never compares a name: use a class" if fact in _WHO else "see docs/pack-format.md",
        )  # fmt: skip
    return Atom(fact, operator, _operand(table, fact, operator, value, attributes))


def _allowed(table: Table, fact: str, attributes: Mapping[str, Attribute]) -> tuple[Operator, ...]:
    if fact in _WHO:
        return (Operator.IN_CLASS,)
    if fact == "installed":
        return _ORDER
    if fact in ("prior-authorisation", "existing-network"):
        return (Operator.IN,)
    if fact in CONTEXT_KEYS:
        return (Operator.IN, Operator.IN_CLASS)
    if fact not in attributes:
        table.fail(
            f"fact `{fact}` is not declared", expected="a context key, supplier, product, operator or an attribute",
            remedy="add an [[attribute]] to pack.toml",
        )  # fmt: skip
    match attributes[fact].type:
        case "bool":
            return (Operator.EQ,)
        case "text" | "country":
            return (Operator.IN, Operator.IN_CLASS)
        case _:
            return (*_ORDER, Operator.EQ)


def _operand(
    table: Table, fact: str, op: Operator, value: object, attributes: Mapping[str, Attribute]
) -> Literal | tuple[str, ...]:
    if op is Operator.IN:
        return _list(table, fact, value)
    if op is Operator.IN_CLASS:
        if not isinstance(value, str) or ":" not in value:
            table.fail(f"class {value!r} is no class id", expected='a text such as "gb:designated-vendors"')
        return value
    kind = attributes[fact].type if fact in attributes else "date"
    wanted = {"bool": bool, "int": int, "date": date}[kind]
    if type(value) is not wanted:
        table.fail(f"`{fact}` is compared with {type(value).__name__}", expected=kind)
    return value  # type: ignore[return-value]  # the line above checked the type


def _list(table: Table, fact: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        table.fail(f"`{fact}` in {value!r}", expected="a list of texts, not empty")
    closed = CLOSED_VALUES.get(fact)
    for item in value:
        if closed and item not in closed:
            table.fail(f"`{fact}` has no value {item!r}", expected="one of " + ", ".join(sorted(closed)))
    return tuple(value)
