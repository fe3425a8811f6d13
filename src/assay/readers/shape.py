"""A small language for the shape of a JSON format: roles, their fields, types and the version that brought them.

One line of a role's text holds fields parted by `;`. A field is `NAME TYPE`; `NAME!` has to be there, `NAME!1.6` from
version 1.6 on; `NAME@1.5` exists from 1.5 on. A TYPE is a role, a word list (`=LIST`), or one of `text filled bool
int number time uuid hex any`; `*` after it means a list of them. Several types are joined by `|`: the value must fit
one. A role that begins with `...` takes fields that it does not name. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from assay.errors import InputError
from assay.readers.refusal import refusal

__all__ = ["Field", "Shape"]

Rule = Callable[[dict[str, Any], str, str], None]
"""An extra check of a role: the object, the version, the place; raises InputError."""

_NAME: Final = re.compile(r"(?P<name>[^!@\s]+)(?P<needed>!(?P<from>[\d.]*))?(?:@(?P<since>[\d.]+))?")
_TIME: Final = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-][0-2]\d:[0-5]\d)", re.I)
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}")
_TEXTS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "text": (re.compile(r"(?s).*"), "a text"),
    "filled": (re.compile(r"(?s).+"), "a text that is not empty"),
    "time": (_TIME, "a time of RFC 3339 such as 2026-01-31T23:59:59Z"),
    "uuid": (_UUID, "urn:uuid: and a UUID in lower case"),
    "hex": (_HEX, "a digest of 32, 40, 64, 96 or 128 hex digits"),
}
_PLAIN: Final[dict[str, tuple[type, ...]]] = {"bool": (bool,), "int": (int,), "number": (int, Decimal)}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a role: its types, whether a list is wanted, since when it exists and is needed."""

    types: tuple[str, ...]
    since: str
    needed: str | None


class Shape:
    """The shape of one format in all its versions, oldest first."""

    def __init__(
        self, title: str, versions: Sequence[str], roles: Mapping[str, str], words: Mapping[str, str],
        rules: Mapping[str, Rule] | None = None,
    ) -> None:  # fmt: skip
        self.title, self.versions, self.rules = title, tuple(versions), dict(rules or {})
        self.open = {name for name, text in roles.items() if text.lstrip().startswith("...")}
        self.roles = {name: _fields(text) for name, text in roles.items()}
        self.words = {name: [part.partition("@")[::2] for part in text.split()] for name, text in words.items()}

    def has(self, since: str, version: str) -> bool:
        """True when something that came with `since` is there in `version`."""
        return not since or self.versions.index(since) <= self.versions.index(version)

    def check(self, value: object, kind: str, version: str, place: str = "") -> None:
        """Hold a value against a type. Raises InputError (E0809, E0810) with the JSON pointer of the first fault."""
        if kind == "any":
            return
        if kind.endswith("*"):
            self._check_list(value, kind[:-1], version, place)
        elif kind.startswith("="):
            self._check_word(value, kind[1:], version, place)
        elif kind in self.roles:
            self._check_object(value, kind, version, place)
        else:
            _check_plain(value, kind, place)

    def _check_list(self, value: object, kind: str, version: str, place: str) -> None:
        if not isinstance(value, list):
            raise refusal("E0809", "no list stands here", place, f"a list of {kind}")
        for position, item in enumerate(value):
            self.check(item, kind, version, f"{place}/{position}")

    def _check_word(self, value: object, name: str, version: str, place: str) -> None:
        allowed = [word for word, since in self.words[name] if self.has(since, version)]
        if value not in allowed:
            raise refusal("E0810", f"{str(value)[:60]!r} is not allowed here", place, "one of " + ", ".join(allowed))

    def _check_object(self, value: object, role: str, version: str, place: str) -> None:
        if not isinstance(value, dict):
            raise refusal("E0809", "no object stands here", place, f"an object of the kind {role}")
        fields = self.roles[role]
        for name, field in fields.items():
            if field.needed is not None and name not in value and self.has(field.needed, version):
                raise refusal("E0809", f"`{name}` is missing", place or "/", f"a {role} with `{name}`")
        for name, item in value.items():
            known = fields.get(name)
            if known is not None and self.has(known.since, version):
                self._check_field(item, known, version, f"{place}/{name}")
            elif role not in self.open:
                raise refusal(
                    "E0810", f"{self.title} {version} has no `{name[:60]}` in a {role}", f"{place}/{name}"[:300]
                )
        if role in self.rules:
            self.rules[role](value, version, place)

    def _check_field(self, value: object, field: Field, version: str, place: str) -> None:
        for kind in field.types[:-1]:
            try:
                return self.check(value, kind, version, place)
            except InputError:
                continue
        return self.check(value, field.types[-1], version, place)


def _check_plain(value: object, kind: str, place: str) -> None:
    if kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise refusal("E0809", "a value of another type stands here", place, kind)
        return
    pattern, expected = _TEXTS[kind]
    if not isinstance(value, str):
        raise refusal("E0809", "no text stands here", place, expected)
    if not pattern.fullmatch(value):
        raise refusal("E0810", f"{value[:60]!r} is not allowed here", place, expected)


def _fields(text: str) -> dict[str, Field]:
    found = {}
    for part in text.replace("\n", ";").split(";"):
        words = part.strip().removeprefix("...").split()
        if not words:
            continue
        match = _NAME.fullmatch(words[0])
        assert match is not None, words
        needed = (match["from"] or match["since"] or "") if match["needed"] else None
        found[match["name"]] = Field(tuple(words[1].split("|")), match["since"] or "", needed)
    return found
