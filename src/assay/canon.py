"""The only bytes that are hashed and signed: canonical JSON (RFC 8785) without floats.

Keys are sorted by UTF-16 code units, no white space, UTF-8. Floats are refused: their
printed form is the one part of RFC 8785 that implementations get wrong, and nothing that
we sign needs them. Integers beyond 2**53 - 1 are refused as well, since JSON readers
round them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from json.encoder import encode_basestring
from typing import Final

import orjson

from assay.errors import InternalError

__all__ = ["canonical", "digest"]

_LARGEST: Final = 2**53 - 1
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: object) -> bytes:
    """Write a value as canonical JSON.

    Takes None, bool, int, str, date (as ISO text), lists, tuples and mappings with text keys;
    returns UTF-8 bytes. Raises InternalError (E0010) for anything else, floats included.
    Source: RFC 8785 sections 3.2.2 and 3.2.3.
    """
    try:
        _check_plain((value,))
        return orjson.dumps(value, option=_OPTIONS)
    except (_OtherError, TypeError):
        # orjson raises a TypeError too: for large integers, lone surrogates, more than 254 levels.
        parts: list[str] = []
        _write(value, parts)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InternalError("E0010", "a lone surrogate cannot be written as canonical JSON") from error


def digest(data: bytes) -> str:
    """SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


class _OtherError(Exception):
    """A value that only `_write` writes or refuses."""


def _check_plain(values: Iterable[object]) -> None:
    """Check that orjson gives the bytes of RFC 8785 for these values, which it does for what is allowed here.

    Keys are text in ASCII, where the order of code points is that of UTF-16; integers are its own concern. Raises
    _OtherError for floats and all other types, TypeError for keys that are no text: `_write` says what is wrong.
    """
    for value in values:
        kind = type(value)
        if kind is str or kind is int or value is None or kind is bool:
            continue
        if kind is dict:
            if not "".join(value).isascii():  # type: ignore[arg-type]  # keys: what is no text raises TypeError
                raise _OtherError
            _check_plain(value.values())  # type: ignore[attr-defined]  # it is a dict
        elif kind is list or kind is tuple:
            _check_plain(value)  # type: ignore[arg-type]  # it iterates
        else:
            raise _OtherError


def _write(value: object, parts: list[str]) -> None:
    match value:
        case str():
            parts.append(_text(value))
        case None:
            parts.append("null")
        case bool():
            parts.append("true" if value else "false")
        case int():
            parts.append(_integer(value))
        case date():
            parts.append(f'"{value.isoformat()}"')
        case Mapping():
            _write_object(value, parts)
        case list() | tuple():
            _write_array(value, parts)
        case _:
            raise InternalError("E0010", f"{type(value).__name__} has no canonical JSON form")


def _text(value: str) -> str:
    # The standard library's escaper writes DEL and other characters raw, as RFC 8785 wants, and uses
    # \uXXXX in lower case for the control characters without a short form.
    return encode_basestring(value)


def _integer(value: int) -> str:
    if abs(value) > _LARGEST:
        raise InternalError("E0010", f"integer {value} is beyond what every JSON reader keeps exact")
    return str(value)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _write_object(value: Mapping[object, object], parts: list[str]) -> None:
    keys = list(value)
    for key in keys:
        if not isinstance(key, str):
            raise InternalError("E0010", f"key {key!r} is not text")
    parts.append("{")
    for position, key in enumerate(sorted(keys, key=lambda k: _utf16(str(k)))):
        if position:
            parts.append(",")
        parts.append(_text(str(key)))
        parts.append(":")
        _write(value[key], parts)
    parts.append("}")


def _write_array(value: list[object] | tuple[object, ...], parts: list[str]) -> None:
    parts.append("[")
    for position, item in enumerate(value):
        if position:
            parts.append(",")
        _write(item, parts)
    parts.append("]")
