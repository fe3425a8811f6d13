"""What the HTTP readers share: the connection they read, and how its messages become events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from assay.model.event import Event
from assay.wire import http
from assay.wire.buffer import Piece
from assay.wire.http import Draft
from assay.wire.scribe import Keys, Scribe

__all__ = ["Asked", "Budget", "Layer", "Talk"]

_MOST_KEPT: Final = 1 << 26
"""Bytes of unfinished messages over all connections."""
_OVERHEAD: Final = 512
"""What a message costs besides its text."""


class Layer(Protocol):
    """Reads the bytes of both directions of one connection; side 0 is that of the connection's first end."""

    def feed(self, side: int, piece: Piece) -> Iterator[Event]:
        """More bytes of one side, in order."""

    def gap(self, side: int, frame: int) -> Iterator[Event]:
        """Bytes of one side are missing here."""

    def close(self) -> Iterator[Event]:
        """Nothing more will come."""


@dataclass(slots=True)
class Budget:
    """Memory that all unfinished messages share."""

    kept: int = 0

    @property
    def full(self) -> bool:
        """True where no more may be kept."""
        return self.kept >= _MOST_KEPT

    def draft(self, time: int | None, fields: list[tuple[str, str]] | None, unknown: int = 0) -> Draft:
        """A message that begins."""
        out = Draft(time, fields, unknown)
        out.cost = _OVERHEAD + sum(len(name) + len(value) for name, value in fields or ())
        self.kept += out.cost
        return out

    def add(self, draft: Draft, data: bytes) -> bytes:
        """As much of the data as may be kept."""
        room = max(0, min(http.BODY_LIMIT - len(draft.content), _MOST_KEPT - self.kept))
        if len(data) > room and draft.state == "whole":
            draft.state = "cut"
        self.kept += min(len(data), room)
        return data[:room]

    def release(self, draft: Draft) -> None:
        """A message is finished."""
        self.kept -= len(draft.content) + draft.cost


class Asked(NamedTuple):
    """A request that waits for its answer."""

    number: int
    method: str
    path: str
    authority: str


@dataclass(slots=True)
class Talk:
    """One connection. `ends` are the keys of either side as sender; `sealed` names what protected the bytes."""

    scribe: Scribe
    number: int
    ends: tuple[Keys, Keys]
    budget: Budget = field(default_factory=Budget)
    sealed: str = ""

    def event(
        self, kind: str, version: str, side: int, stream: int, draft: Draft, asked: Asked | None, reset: str = ""
    ) -> Event:
        """The event of a message; `asked` is the request that a response answers."""
        self.budget.release(draft)
        method, path = draft.field(":method"), draft.field(":path")
        authority = draft.field(":authority") or (draft.field("host") if kind == "request" else "")
        if kind == "response" and asked:
            method, path, authority = asked.method, asked.path, asked.authority
        headers = "lost" if draft.fields is None else "partial" if draft.unknown else "whole"
        given = [
            ("version", version),
            ("conn", str(self.number)),
            ("stream", str(stream)),
            ("method", method),
            ("path", path),
            ("authority", authority),
            ("scheme", draft.field(":scheme")),
            ("status", draft.field(":status")),
            ("answers", str(asked.number) if kind == "response" and asked and asked.number else ""),
            ("headers", headers),
            ("type", draft.field("content-type")),
            ("agent", draft.field("user-agent")),
            ("body", draft.state),
            ("sealed", self.sealed),
            ("reset", reset),
        ]
        keys = self.ends[side] + tuple(pair for pair in given if pair[1])
        return self.scribe.event(draft.time, http.point(path), "http", kind, keys, tuple(draft.spans), draft.body())
