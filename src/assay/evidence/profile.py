"""Reading the JSON that we sign: no duplicate keys, no floats, no deep nesting. Pure."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from assay.canon import canonical
from assay.errors import InternalError
from assay.evidence.errors import EnvelopeError

__all__ = ["parse", "parse_canonical"]

_DEEPEST: Final = 64


def parse(data: bytes) -> Any:  # noqa: ANN401  JSON is a value of any shape; callers narrow it
    """Read JSON inside the profile: UTF-8, unique keys, integers below 2**53, at most 64 levels.

    Raises EnvelopeError (E0340) for anything else. The value holds only None, bool, int, str, list and dict.
    """
    try:
        text = data.decode("utf-8")
        if _depth(text) > _DEEPEST:
            _refuse(f"nested deeper than {_DEEPEST} levels")
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
        canonical(value)
    except (ValueError, RecursionError, InternalError) as error:
        raise EnvelopeError("E0340", f"not the JSON that is signed: {error}") from error
    return value


def parse_canonical(data: bytes) -> Any:  # noqa: ANN401
    """Read JSON that must be written in its canonical bytes (RFC 8785).

    Raises EnvelopeError (E0340) for any other bytes, so one value has one digest.
    """
    value = parse(data)
    if canonical(value) != data:
        _refuse("not in canonical form (RFC 8785)")
    return value


def _depth(text: str) -> int:
    # Counted before parsing, since the parser itself recurses; brackets inside strings only make it stricter
    # when they nest that deep without closing, so strings are skipped.
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside, escaped = char != '"' or escaped, char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has one key twice")
    return value


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"the number {text} is not an integer")


def _refuse(what: str) -> NoReturn:
    raise EnvelopeError("E0340", what)
