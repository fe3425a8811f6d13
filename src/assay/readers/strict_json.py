"""JSON from strangers: UTF-8, unique keys, exact numbers, bounded depth. Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

from assay.errors import InputError
from assay.readers.refusal import refusal
from assay.readers.strict_text import decode

__all__ = ["DEEPEST", "parse"]

DEEPEST: Final = 64
MOST_VALUES: Final = 10_000_000
"""Values of one file: so many take one to two gigabytes."""
_LONGEST_NUMBER: Final = 40
_LARGEST_EXPONENT: Final = 400


def parse(data: bytes) -> Any:  # noqa: ANN401  JSON is a value of any shape; `cursor.Node` narrows it
    """Read JSON. The value holds None, bool, int, Decimal, str, list and dict only.

    Raises InputError: E0802 not UTF-8, E0803 no JSON, E0804 a key twice in one object, E0805 more than 64 levels or
    10,000,000 values, E0806 a number that is not finite or has more than 40 digits, E0802 half a surrogate pair.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise refusal("E0805", "too many values", expected=f"at most {MOST_VALUES:,}")
    text = decode(data)
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_float=_exact, parse_int=_whole, parse_constant=_not_finite
        )
    except json.JSONDecodeError as error:
        raise refusal(
            "E0803", f"no valid JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError(
            "E0804", f"key {twice[:80]!r} stands twice in one object", remedy="two readers would see two files"
        )
    return value


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise refusal("E0806", f"a number of {len(text)} digits", expected=f"at most {_LONGEST_NUMBER}")
    return int(text)


def _exact(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise refusal("E0806", f"a number of {len(text)} digits", expected=f"at most {_LONGEST_NUMBER}")
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise refusal(
            "E0806", f"the number {text} is out of any measure", expected=f"an exponent up to {_LARGEST_EXPONENT}"
        )
    return number


def _not_finite(text: str) -> NoReturn:
    raise refusal("E0806", f"{text} is no number")


def _too_deep() -> InputError:
    return refusal("E0805", "nested too deeply", expected=f"at most {DEEPEST} levels")


def _check(value: object) -> None:
    """Depth and surrogates, level by level: no recursion of ours either."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise _too_deep()
        level, depth = [child for item in level for child in _children(item)], depth + 1


def _children(item: object) -> list[Any]:
    match item:
        case dict():
            return [*item, *item.values()]
        case list():
            return item
        case str() if not item.isascii() and any("\ud800" <= char <= "\udfff" for char in item):
            raise refusal("E0802", "half a surrogate pair is no text", expected="Unicode scalar values")
        case _:
            return []
