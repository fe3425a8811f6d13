"""A problem, its plan and its certificate as bytes, so that anyone can check them without the solver and the case.

One JSON member names every value; arrays are members of their own: little-endian, in the smallest integer type that
holds them, equal ones once. Same values, same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any, Final, TypeVar

import numpy as np

from assay.canon import canonical
from assay.errors import InputError
from assay.plan import model, result

__all__ = ["pack", "unpack"]

T = TypeVar("T")
_HEAD: Final = "problem.json"
_CLASSES: Final[Mapping[str, type]] = {
    c.__name__: c
    for c in (
        model.Rule, model.Mask, model.Term, model.Share, model.Coverage, model.Existence, model.Precedence, model.Crew,
        model.Supply, model.Budget, model.Instance, result.Plan, result.Certificate, result.Tree,
        result.Effort, result.Price, result.Saving,
    )
}  # fmt: skip
_TYPES: Final = ("|i1", "<i2", "<i4", "<i8")


def pack(**values: object) -> dict[str, bytes]:
    """The members that hold some values: dataclasses of this room, arrays, texts, integers, exact fractions."""
    members: dict[str, bytes] = {}
    known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
    head = {name: _write(value, members, known) for name, value in values.items()}
    members[_HEAD] = canonical(head)
    return members


def _write(value: object, members: dict[str, bytes], known: dict[tuple[str, tuple[int, ...], bytes], str]) -> object:
    match value:
        case np.ndarray():
            return _array(value, members, known)
        case None | bool() | int() | str():
            return value
        case Fraction():
            return {"#": "fraction", "of": [value.numerator, value.denominator]}
        case tuple() | list():
            return [_write(item, members, known) for item in value]
        case dict():
            return {"#": "dict", "of": {key: _write(value[key], members, known) for key in sorted(value)}}
        case _ if is_dataclass(value):
            found = {f.name: _write(getattr(value, f.name), members, known) for f in fields(value)}
            return {"#": type(value).__name__, "of": found}
        case _:
            raise TypeError(f"{type(value).__name__} cannot be packed")


def _array(
    value: np.ndarray[Any, Any], members: dict[str, bytes], known: dict[tuple[str, tuple[int, ...], bytes], str]
) -> dict[str, object]:  # fmt: skip
    kind = "|b1" if value.dtype == np.bool_ else _smallest(value)
    data = np.ascontiguousarray(value.astype(kind)).tobytes()
    key = (kind, value.shape, data)
    if key not in known:
        known[key] = f"arrays/{len(known):06}"
        members[known[key]] = data
    return {"#": "array", "of": known[key], "type": kind, "shape": list(value.shape)}


def _smallest(value: np.ndarray[Any, Any]) -> str:
    low, high = (int(value.min()), int(value.max())) if value.size else (0, 0)
    return next(kind for kind in _TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)


def unpack(members: Mapping[str, bytes], name: str, kind: type[T]) -> T:
    """One value of `kind` out of packed members.

    Raises InputError (E0713) where the members hold something else: a member missing, a shape that does not fit.
    """
    try:
        found = _read(json.loads(members[_HEAD])[name], members)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(f"{type(error).__name__}: {error}") from error
    if not isinstance(found, kind):
        raise _broken(f"`{name}` is {type(found).__name__}")
    return found


def _broken(what: str) -> InputError:
    return InputError(
        "E0713", f"the plan cannot be read back: {what[:200]}", where=_HEAD, expected="what `assay plan --out` wrote",
        remedy="make the plan again; a plan that was changed by hand is no plan",
    )  # fmt: skip


def _read(value: Any, members: Mapping[str, bytes]) -> Any:  # noqa: ANN401  # JSON in, a dataclass out
    if isinstance(value, list):
        return tuple(_read(item, members) for item in value)
    if not isinstance(value, dict):
        return value
    match value["#"]:
        case "fraction":
            return Fraction(*value["of"])
        case "dict":
            return {key: _read(item, members) for key, item in value["of"].items()}
        case "array":
            flat = np.frombuffer(members[value["of"]], dtype=np.dtype(value["type"])).reshape(value["shape"])
            return flat if value["type"] == "|b1" else flat.astype(np.int64)
        case name:
            return _CLASSES[name](**{key: _read(item, members) for key, item in value["of"].items()})
