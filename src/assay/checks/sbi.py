"""What several cases ask of HTTP: requests with their answers, JSON bodies, claims of tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from sys import intern
from typing import Any, Final, NamedTuple

from assay.checks.log import Log
from assay.model.event import Event

__all__ = [
    "HTTP",
    "Exchange",
    "Token",
    "content",
    "exchanges",
    "find",
    "header",
    "json_of",
    "token",
    "unquoted",
]

HTTP: Final = "http"
_MOST_TOKEN: Final = 65_536
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


class Exchange:
    """A request and its answer, by their places in the log: a long one has millions, so they are read when asked."""

    __slots__ = ("_answer", "_log", "_request")

    def __init__(self, log: Log, request: int, answer: int) -> None:
        self._log, self._request, self._answer = log, request, answer

    @property
    def request(self) -> Event:
        """The request."""
        return self._log.at(self._request)

    @property
    def answer(self) -> Event | None:
        """The answer, None where the recording has none."""
        return self._log.at(self._answer) if self._answer >= 0 else None

    @property
    def method(self) -> str:
        """GET, POST ..."""
        return self.request.key("method")

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.request.key("path").partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.request.key("path").partition("?")[2]

    @property
    def status(self) -> int:
        """The status of the answer, 0 where unseen."""
        text = self.answer.key("status") if self.answer else ""
        return int(text) if text.isdecimal() else 0


def exchanges(log: Log, path: str = "", method: str = "") -> list[Exchange]:
    """Every request whose path holds a text, with its answer, in order."""
    return log.once(f"exchanges {method} {path}", lambda own: _chosen(own.once("exchanges", _exchanges), path, method))


class _Exchanges(NamedTuple):
    """Every request with its answer, and of each path and method."""

    held: list[Exchange]
    paths: list[str]
    methods: list[str]


def _chosen(all_: _Exchanges, path: str, method: str) -> list[Exchange]:
    if not path and not method:
        return all_.held
    found = zip(all_.held, all_.paths, all_.methods, strict=True)
    return [one for one, way, verb in found if path in way and method in ("", verb)]


def _exchanges(log: Log) -> _Exchanges:
    requests = log.of(HTTP, "request")
    numbers, paths, methods = array("Q"), list[str](), list[str]()
    for one in requests:
        numbers.append(one.number)
        paths.append(intern(one.key("path")))
        methods.append(intern(one.key("method")))
    answers = array("q", [-1]) * len(numbers)
    responses = log.of(HTTP, "response")
    for place, one in zip(responses.places, responses, strict=True):
        asked = int(one.key("answers") or 0)
        at = bisect_left(numbers, asked)
        if at < len(numbers) and numbers[at] == asked:
            answers[at] = place
    held = [Exchange(log, place, answer) for place, answer in zip(requests.places, answers, strict=True)]
    return _Exchanges(held, paths, methods)


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
