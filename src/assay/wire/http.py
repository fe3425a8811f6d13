"""One HTTP message as an event carries it, of any version: fields and content, decoded on demand."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.model.event import Span
from assay.wire.errors import WireError

__all__ = ["BODY_LIMIT", "Draft", "Message", "Part", "message", "point"]

BODY_LIMIT: Final = 1 << 20
"""Bytes of a body that are kept; the rest is counted."""

_MOST_SPANS: Final = 256
_DEEPEST: Final = 200
_MOST_PARTS: Final = 100
_SBI: Final = re.compile(r"(?:/[^/?]+)*?/(?:n[a-z0-9]{2,12}-[a-z0-9-]+(?:/|$|\?)|oauth2/token|bootstrapping)")
_N32: Final = re.compile(r"(?:/[^/?]+)*?/n32[cf]-")


def point(path: str) -> str:
    """The reference point that the path of a request shows; empty where it shows none."""
    if _N32.match(path):
        return "N32"
    return "SBI" if _SBI.match(path) else ""


class Part(NamedTuple):
    """One part of a multipart body."""

    fields: tuple[tuple[str, str], ...]
    content: bytes

    def field(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return next((value for own, value in self.fields if own == name), "")


class Message(NamedTuple):
    """Fields with names in lower case, pseudo-fields included, and the content."""

    fields: tuple[tuple[str, str], ...]
    content: bytes

    def field(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return next((value for own, value in self.fields if own == name), "")

    def json(self) -> object:
        """The JSON document of the body, or of the first JSON part; WireError E0632 where it is none."""
        return self.document()[0]

    def document(self) -> tuple[object, tuple[str, ...]]:
        """The JSON document and the names that occur more than once in one object of it; WireError E0632 as `json`."""
        twice: list[str] = []

        def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
            out = dict(found)
            if len(out) < len(found):
                twice.extend(name for name, count in Counter(name for name, _ in found).items() if count > 1)
            return out

        return _loads(self._json_bytes(), pairs), tuple(twice)

    def _json_bytes(self) -> bytes:
        if self.field("content-type").lower().startswith("multipart/"):
            return next((one.content for one in self.parts() if "json" in one.field("content-type").lower()), b"")
        return self.content

    def parts(self) -> tuple[Part, ...]:
        """The parts of a multipart body (RFC 2046), an empty tuple for any other body."""
        kind = self.field("content-type")
        found = re.search(r'boundary="?([^";]{1,70})', kind, re.IGNORECASE)
        if not kind.lower().startswith("multipart/") or not found:
            return ()
        line = b"--" + found[1].strip().encode("latin-1")
        pieces = (b"\r\n" + self.content).split(b"\r\n" + line)[1 : _MOST_PARTS + 1]
        out = []
        for piece in pieces:
            if piece.startswith(b"--"):
                break
            head, _, content = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
            out.append(Part(_fields(head), content))
        return tuple(out)


def _loads(text: bytes, pairs: Callable[[list[tuple[str, object]]], dict[str, object]]) -> object:
    depth = deepest = 0
    if text.count(b"[") + text.count(b"{") > _DEEPEST:
        for byte in text:  # an estimate: brackets within strings count too, so only absurd documents are refused
            depth += (byte in b"[{") - (byte in b"]}")
            deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise WireError("E0632", f"JSON of {deepest} levels", expected=f"at most {_DEEPEST}")
    try:
        found: object = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise WireError("E0632", f"the body is no JSON: {type(error).__name__}") from None
    return found


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    out = []
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if not name:  # a pseudo-field begins with the colon
            name, colon, value = line[1:].partition(":")
            name = ":" + name
        if colon:
            out.append((name.strip().lower(), value.strip()))
    return tuple(out)


def message(body: bytes) -> Message:
    """The message in the body of an `http` event."""
    head, _, content = body.partition(b"\r\n\r\n")
    fields = _fields(head)
    return Message(fields, _plain(dict(fields).get("content-encoding", ""), content))


def _plain(coding: str, content: bytes) -> bytes:
    """A body without its coding (RFC 9110 section 8.4.1), as far as its limit; one that is broken stays as it is."""
    if coding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return content
    try:
        return zlib.decompressobj(47).decompress(content, _MOST_INFLATED)
    except zlib.error:
        return content


_MOST_INFLATED: Final = 1 << 24
"""Bytes of a compressed body that are unpacked; the rest may be a bomb."""

_LINES: Final = re.compile(r"[\r\n]+")


@dataclass(slots=True)
class Draft:
    """A message under way. `fields` is None where its header block cannot be decoded; `cost` is counted memory."""

    time: int | None
    fields: list[tuple[str, str]] | None = field(default_factory=list)
    unknown: int = 0
    content: bytearray = field(default_factory=bytearray)
    spans: list[Span] = field(default_factory=list)
    state: str = "whole"
    cost: int = 0

    def mark(self, spans: tuple[Span, ...]) -> None:
        """Where more of it stands; of very long bodies only the beginning is kept."""
        if len(self.spans) < _MOST_SPANS:
            self.spans += spans

    def field(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return next((value for own, value in self.fields or () if own == name), "")

    def body(self) -> bytes:
        """The message as `message` reads it; line ends within values would forge fields, so they become spaces."""
        lines = (f"{_LINES.sub(' ', name)}: {_LINES.sub(' ', value)}\r\n" for name, value in self.fields or ())
        return "".join(lines).encode("latin-1", "replace") + b"\r\n" + bytes(self.content)
