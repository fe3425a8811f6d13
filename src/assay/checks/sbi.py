"""What several cases ask of HTTP: requests with their answers, JSON bodies, claims of tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from assay.checks.exchange import HTTP, Exchange, Sieve, exchanges, sifted
from assay.checks.log import Log
from assay.model.event import Event

__all__ = [
    "HTTP",
    "Exchange",
    "Sieve",
    "Token",
    "content",
    "exchanges",
    "find",
    "header",
    "json_of",
    "sifted",
    "token",
    "unquoted",
]

_MOST_TOKEN: Final = 65_536
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


def json_of(log: Log, event: Event | None) -> Any:  # noqa: ANN401  a JSON value is what it is
    """The JSON body of a message (of the first JSON part of a multipart one); None where it has none."""
    return None if event is None else log.fields(event).get("json")


def content(log: Log, event: Event | None) -> bytes:
    """The body of a message as bytes."""
    found = b"" if event is None else log.fields(event).get("content", b"")
    return found if isinstance(found, bytes) else b""


def header(log: Log, event: Event | None, name: str) -> str:
    """The first value of a header field, empty where it is absent."""
    if event is None:
        return ""
    return next((value for own, value in log.fields(event).get("headers", ()) if own == name), "")


def find(value: Any, name: str) -> Iterator[Any]:  # noqa: ANN401  a JSON value is what it is
    """Every value under a key, at any depth."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if name in one:
                yield one[name]
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


def unquoted(text: str) -> str:
    """A part of a path or query with its percent signs resolved."""
    raw = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), text.encode())
    return raw.decode("utf-8", "replace")


class Token(NamedTuple):
    """A JSON web token as it stands: header and claims are read, the signature is not checked here."""

    head: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def token(text: str) -> Token | None:
    """The token in a header field, with or without the word Bearer; None where it is none."""
    bare = text.removeprefix("Bearer ").removeprefix("bearer ").strip()
    parts = bare.split(".")
    if len(parts) != 3 or len(bare) > _MOST_TOKEN:
        return None
    try:
        head, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, RecursionError, binascii.Error):
        return None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        return None
    return Token(head, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
