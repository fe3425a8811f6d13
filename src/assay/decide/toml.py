"""Reads our own TOML strictly: unknown keys, wrong types and missing keys are errors with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, NoReturn, TypeVar

from assay.errors import PackError

__all__ = ["MISSING", "Document", "Table", "parse"]

_HEADER: Final = re.compile(r"^\s*\[\[\s*([A-Za-z0-9_.-]+)\s*\]\]")
_LARGEST: Final = 4_000_000
_DEEPEST: Final = 40
_KINDS: Final[Mapping[type, str]] = {
    str: "a text", int: "a whole number", bool: "true or false", float: "a number with a point or nan", date: "a date",
    list: "a list", dict: "a table",
}  # fmt: skip
MISSING: Final = object()
"""The default of a key that must be there."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its name for messages, its text for line numbers, its top table."""

    name: str
    text: str
    top: Table


class Table:
    """One table of a file. Every key must be taken; `done()` refuses what is left."""

    def __init__(self, name: str, values: Mapping[str, object], line: int, lines: Mapping[str, list[int]]) -> None:
        self.name, self.values, self.line = name, values, line
        self._lines, self._taken = lines, set[str]()

    def fail(self, what: str, *, expected: str = "", remedy: str = "", code: str = "E0200") -> NoReturn:
        """Raise a PackError that names this table's place."""
        raise PackError(code, what, where=f"{self.name}, line {self.line}", expected=expected, remedy=remedy)

    def take(self, key: str, kind: type[T], default: object = MISSING) -> T:
        """The value of `key`, which must be of type `kind`; `default` where it is absent."""
        self._taken.add(key)
        value = self.values.get(key, MISSING)
        if value is MISSING:
            if default is MISSING:
                self.fail(f"key `{key}` is missing", expected=f"`{key}` = {_KINDS[kind]}")
            return default  # type: ignore[return-value]  # the caller's default has the type it asked for
        if kind is date and type(value) is not date:
            self.fail(f"`{key}` is not a date", expected="a date such as 2020-01-28, without time")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(f"`{key}` is {_KINDS.get(type(value), type(value).__name__)}", expected=_KINDS[kind])
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: object = MISSING) -> str:
        """A text out of a closed list."""
        value = self.take(key, str, default)
        if value not in allowed and value != default:
            self.fail(f"`{key}` = {value!r} is not known here", expected="one of " + ", ".join(allowed))
        return value

    def texts(self, key: str, allowed: tuple[str, ...] = (), default: tuple[str, ...] | object = ()) -> tuple[str, ...]:
        """A list of texts, each out of `allowed` where that is given; no repeats."""
        found = self.take(key, list, list(default) if isinstance(default, tuple) else default)
        for item in found:
            if not isinstance(item, str) or (allowed and item not in allowed):
                self.fail(f"`{key}` holds {item!r}", expected="texts out of " + ", ".join(allowed or ("any",)))
        if len(set(found)) != len(found):
            self.fail(f"`{key}` holds an entry twice")
        return tuple(found)

    def fraction(self, key: str) -> Fraction:
        """An exact share such as "35/100"."""
        text = self.take(key, str)
        match = re.fullmatch(r"(\d{1,9})/([1-9]\d{0,8})", text)
        if not match:
            self.fail(f"`{key}` = {text!r} is no exact share", expected='a text such as "35/100"')
        return Fraction(int(match[1]), int(match[2]))

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables, in order, each with its own line."""
        found = self.take(key, list, [])
        lines = self._lines.get(key, [])
        out = []
        for position, item in enumerate(found):
            if not isinstance(item, dict):
                self.fail(f"`{key}` must be written as [[{key}]] tables")
            line = lines[position] if position < len(lines) else self.line
            out.append(Table(self.name, item, line, self._lines))
        return out

    def table(self, key: str) -> Table | None:
        """An inline table, or None where it is absent."""
        found = self.take(key, dict, None)
        return None if found is None else Table(self.name, found, self.line, {})

    def done(self) -> None:
        """Refuse keys that nobody took."""
        unknown = sorted(set(self.values) - self._taken)
        if unknown:
            self.fail(
                f"unknown key `{unknown[0]}`", expected="one of " + ", ".join(sorted(self._taken)), code="E0201",
                remedy="see docs/pack-format.md; a misspelt key is never ignored",
            )  # fmt: skip


def parse(name: str, data: bytes) -> Document:
    """Parse bytes as TOML. Raises PackError with the line for syntax, size and nesting."""
    if len(data) > _LARGEST:
        raise PackError("E0202", "the file is too large to be a pack", where=name, expected=f"at most {_LARGEST} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackError("E0203", "the file is not UTF-8", where=f"{name}, byte {error.start}") from error
    _refuse_nesting(name, text)
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PackError(
            "E0204", f"no valid TOML: {error}", where=name, remedy="a key written twice counts too"
        ) from error
    lines: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HEADER.match(line):
            lines.setdefault(match[1], []).append(number)
            tail = match[1].rsplit(".", 1)[-1]
            if tail != match[1]:
                lines.setdefault(tail, []).append(number)
    return Document(name, text, Table(name, values, 1, lines))


def _refuse_nesting(name: str, text: str) -> None:
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        for sign in line:
            depth += (sign in "[{") - (sign in "]}")
            if depth > _DEEPEST:
                raise PackError(
                    "E0205", "nested too deeply", where=f"{name}, line {number}", expected=f"at most {_DEEPEST}"
                )
        if _HEADER.match(line):
            depth = 0


def each(tables: list[Table], read: Callable[[Table], T]) -> list[T]:
    """Read each table and refuse its unknown keys."""
    out = []
    for table in tables:
        out.append(read(table))
        table.done()
    return out
