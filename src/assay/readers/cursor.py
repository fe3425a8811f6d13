"""A cursor over parsed JSON: typed access with the place in every error, and a list of what nobody read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

from assay.readers.extract import Foreign
from assay.readers.refusal import refusal
from assay.readers.strict_text import clean, read_day

__all__ = ["Node", "collect", "note", "root"]

_MISSING: Final = object()
_SAMPLE: Final = 120
_MOST_PATHS: Final = 2_000


class Node:
    """One JSON object. Members are read by name; what was never read is foreign."""

    __slots__ = ("_children", "_taken", "place", "value")

    def __init__(self, value: dict[str, Any], place: str = "") -> None:
        self.value, self.place = value, place
        self._taken: set[str] = set()
        self._children: dict[str, list[Node]] = {}

    def at(self, key: str) -> str:
        """JSON pointer (RFC 6901) of a member."""
        return f"{self.place}/{key.replace('~', '~0').replace('/', '~1')}"

    def fail(self, key: str, what: str, expected: str = "", code: str = "E0809") -> NoReturn:
        """Refuse a member, with its place."""
        raise refusal(code, what, where=self.at(key) if key else self.place or "/", expected=expected)

    def has(self, key: str) -> bool:
        """True where the member is there."""
        return key in self.value

    def take(self, key: str, kind: type | tuple[type, ...], default: object = _MISSING) -> Any:  # noqa: ANN401
        """A member of the given JSON type; `default` where it is absent. A bool is no int."""
        self._taken.add(key)
        value = self.value.get(key, _MISSING)
        if value is _MISSING:
            if default is _MISSING:
                self.fail(key, f"`{key}` is missing", expected=_called(kind))
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(key, f"`{key}` is {_called(type(value))}", expected=_called(kind))
        return value

    def skip(self) -> None:
        """Count every member as read: the whole object is accounted for elsewhere."""
        self._taken.update(self.value)

    def text(self, key: str, default: object = _MISSING, allowed: frozenset[str] | tuple[str, ...] = ()) -> str:
        """A text in the form of claims (NFC, one line), out of a closed list where one is given."""
        value = self.take(key, str, default)
        if allowed and value not in allowed and key in self.value:
            self.fail(key, f"`{key}` = {value[:60]!r}", "one of " + ", ".join(sorted(allowed)[:40]), "E0810")
        return clean(value) if isinstance(value, str) else value

    def filled(self, key: str) -> str:
        """A text that must be there and hold more than white space."""
        value = self.text(key)
        if not value:
            self.fail(key, f"`{key}` is empty", expected="a text")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], expected: str, default: object = _MISSING) -> str:
        """A text that a pattern covers wholly."""
        value = self.take(key, str, default)
        if key in self.value and not pattern.fullmatch(value):
            self.fail(key, f"`{key}` = {value[:60]!r}", expected, "E0810")
        return str(value)

    def day(self, key: str, default: object = _MISSING) -> Any:  # noqa: ANN401  date, or the default
        """The day of a date or date-time."""
        value = self.take(key, str, default)
        return read_day(value, self.at(key)) if key in self.value else default

    def whole(self, key: str, default: object = _MISSING) -> int:
        """An integer."""
        return int(self.take(key, int, default))

    def number(self, key: str) -> Decimal:
        """An exact number."""
        return Decimal(self.take(key, (int, Decimal)))

    def texts(self, key: str) -> list[str]:
        """A list of texts; empty where it is absent."""
        found = self.take(key, list, [])
        for position, item in enumerate(found):
            if not isinstance(item, str):
                self.fail(f"{key}/{position}", f"an entry of `{key}` is {_called(type(item))}", expected="text")
        return [clean(item) for item in found]

    def child(self, key: str) -> Node | None:
        """An object, or None where it is absent."""
        if key not in self._children:
            value = self.take(key, dict, None)
            self._children[key] = [] if value is None else [Node(value, self.at(key))]
        return next(iter(self._children[key]), None)

    def needed(self, key: str) -> Node:
        """An object that must be there."""
        found = self.child(key)
        if found is None:
            self.fail(key, f"`{key}` is missing", expected="an object")
        return found

    def items(self, key: str) -> list[Node]:
        """A list of objects; empty where it is absent."""
        if key not in self._children:
            made = []
            for position, item in enumerate(self.take(key, list, [])):
                if not isinstance(item, dict):
                    self.fail(
                        f"{key}/{position}", f"an entry of `{key}` is {_called(type(item))}", expected="an object"
                    )
                made.append(Node(item, f"{self.at(key)}/{position}"))
            self._children[key] = made
        return self._children[key]

    def members(self, key: str) -> list[tuple[str, Node]]:
        """The members of an object that are objects themselves, with their names."""
        holder = self.child(key)
        if holder is None:
            return []
        return [(name, found) for name in holder.value if (found := holder.child(name)) is not None]

    def walk(self) -> Iterator[Node]:
        """The node itself and every node below it that was opened."""
        yield self
        for children in self._children.values():
            for child in children:
                yield from child.walk()

    def unread(self) -> Iterator[tuple[str, object]]:
        """Members that nobody took."""
        for key, value in self.value.items():
            if key not in self._taken:
                yield key, value


def root(value: object, title: str) -> Node:
    """The cursor at the top of a file that must be a JSON object."""
    if not isinstance(value, dict):
        raise refusal("E0809", f"no {title} file", where="/", expected="a JSON object")
    return Node(value)


def collect(top: Node) -> tuple[Foreign, ...]:
    """Everything below `top` that was not read, grouped by path, sorted."""
    found: dict[str, tuple[int, str]] = {}
    for node in top.walk():
        base = re.sub(r"/\d+(?=/|$)", "/*", node.place)
        for key, value in node.unread():
            note(found, f"{base}/{clean(key)[:_SAMPLE]}", value)
    return tuple(Foreign(path, *found[path]) for path in sorted(found))


def note(found: dict[str, tuple[int, str]], path: str, value: object) -> None:
    """Count an unread field; beyond 2,000 different ones all others share one line."""
    if path not in found and len(found) >= _MOST_PATHS:
        path = "(other fields)"
    count, sample = found.get(path, (0, ""))
    found[path] = (count + 1, sample or _sample(value))


def _sample(value: object) -> str:
    match value:
        case dict() | list():
            text = f"{_called(type(value))} of {len(value)}"
        case str() | Decimal():
            text = clean(str(value))
        case _:
            text = json.dumps(value)
    return text if len(text) <= _SAMPLE else text[: _SAMPLE - 1] + "…"


def _called(kind: type | tuple[type, ...]) -> str:
    if isinstance(kind, tuple):
        return " or ".join(_called(one) for one in kind)
    names = {dict: "an object", list: "a list", str: "a text", int: "a whole number", Decimal: "a number"}
    return names.get(kind, "true or false" if kind is bool else "null")
