"""HTTP/1.0 and 1.1 (RFC 9112): requests and responses of both directions, in the order in which they answer."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.model.event import Event
from assay.wire.buffer import Buffer, Piece
from assay.wire.http import Draft
from assay.wire.talk import Asked, Talk

__all__ = ["Http1", "begins"]

_LARGEST_HEAD: Final = 1 << 16
_MOST_ASKED: Final = 256
_REQUEST: Final = re.compile(rb"([A-Z][A-Z-]{2,15}) (\S{1,8192}) HTTP/(1\.[01])\r?\n")
_RESPONSE: Final = re.compile(rb"HTTP/(1\.[01]) (\d{3})[ \r\n]")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[^\r\n]{0,1024}\r?\n")
_HUGE: Final = 1 << 62


def begins(data: bytes | bytearray) -> bool:
    """True where a request or a response begins."""
    return bool(_REQUEST.match(data) or _RESPONSE.match(data))


@dataclass(slots=True)
class _Side:
    """One direction: `left` bytes of the body are to come; `chunked` tells how they come."""

    buffer: Buffer = field(default_factory=Buffer)
    draft: Draft | None = None
    version: str = ""
    left: int = 0
    chunked: bool = False
    trailers: bool = False
    searching: bool = False


class Http1:
    """Both directions of one connection."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._sides = (_Side(), _Side())
        self._client: int | None = None
        self._asked: deque[Asked] = deque(maxlen=_MOST_ASKED)
        self._exchanges = self._answered = 0

    def feed(self, side: int, piece: Piece) -> Iterator[Event]:
        """More bytes of one side, in order."""
        own = self._sides[side]
        if own.searching:
            if not begins(piece.data):
                return
            own.searching = False
        own.buffer.append(piece)
        going = True
        while going:
            before = (len(own.buffer), own.draft, own.left)
            yield from self._step(side, piece)
            going = (len(own.buffer), own.draft, own.left) != before

    def _step(self, side: int, piece: Piece) -> Iterator[Event]:
        own = self._sides[side]
        if own.draft is None:
            yield from self._head(side, piece)
        elif own.left:
            data, spans = own.buffer.take(min(own.left, len(own.buffer)))
            own.left -= len(data)
            own.draft.content += self._talk.budget.add(own.draft, data)
            own.draft.mark(spans)
            if not own.left and not own.chunked:
                yield from self._finish(side)
        elif own.chunked:
            yield from self._chunk(side, piece)

    def _head(self, side: int, piece: Piece) -> Iterator[Event]:
        """A start line and its fields."""
        own = self._sides[side]
        data = own.buffer.data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > _LARGEST_HEAD:
                self._lose(side, piece.frame, "a head without end")
            return
        if request := _REQUEST.match(data):
            pseudo = [(":method", request[1].decode()), (":path", request[2].decode("latin-1"))]
            own.version, self._client = request[3].decode(), side
        elif response := _RESPONSE.match(data):
            pseudo = [(":status", response[2].decode())]
            own.version, self._client = response[1].decode(), 1 - side
        else:
            self._lose(side, piece.frame, "no message where one must begin")
            return
        text, spans = own.buffer.take(end + 4)
        fields = [*pseudo, *_lines(text)]
        own.draft = self._talk.budget.draft(piece.time, fields)
        own.draft.mark(spans)
        yield from self._begin(side)

    def _begin(self, side: int) -> Iterator[Event]:
        """How long the body is (RFC 9112 section 6.3)."""
        own = self._sides[side]
        draft = own.draft
        assert draft
        status = draft.field(":status")
        asked = self._asked[0] if self._asked else None
        own.left, own.chunked, own.trailers = 0, False, False
        without = status[:1] == "1" or status in ("204", "304") or bool(status and asked and asked.method == "HEAD")
        if not without:
            length = draft.field("content-length")
            own.chunked = "chunked" in draft.field("transfer-encoding").lower()
            if not own.chunked and length.isascii() and length.isdigit() and len(length) < 19:
                own.left = int(length)
            elif not own.chunked and status:
                own.left = _HUGE  # until the connection ends
        if not own.left and not own.chunked:
            yield from self._finish(side)

    def _chunk(self, side: int, piece: Piece) -> Iterator[Event]:
        """The size of the next chunk, or the trailers behind the last one."""
        own = self._sides[side]
        data = own.buffer.data
        if own.trailers:
            end = data.find(b"\n")
            if end >= 0:
                line, _ = own.buffer.take(end + 1)
                if not line.strip():
                    yield from self._finish(side)
            return
        blank = 2 if data.startswith(b"\r\n") else 0
        found = _CHUNK.match(data, blank)
        if found:
            own.left = min(int(found[1], 16), _HUGE)
            own.buffer.take(found.end())
            own.trailers = own.left == 0
        elif len(data) > 2048:
            self._lose(side, piece.frame, "no chunk where one must begin")

    def _finish(self, side: int) -> Iterator[Event]:
        own = self._sides[side]
        draft, own.draft = own.draft, None
        own.left = 0
        if draft is None:
            return
        if side == self._client:
            self._exchanges += 1
            event = self._talk.event("request", own.version, side, self._exchanges, draft, None)
            self._asked.append(Asked(event.number, event.key("method"), event.key("path"), event.key("authority")))
            yield event
            return
        interim = draft.field(":status").startswith("1")
        asked = self._asked[0] if self._asked else None
        if not interim:
            self._answered += 1
            if self._asked:
                self._asked.popleft()
        number = self._exchanges - len(self._asked) + int(interim)
        yield self._talk.event("response", own.version, side, max(number, 1), draft, asked)

    def _lose(self, side: int, frame: int, why: str) -> None:
        self._talk.scribe.findings.add("http1-resync", frame, f"connection {self._talk.number}: {why}")
        own = self._sides[side]
        if own.draft:
            self._talk.budget.release(own.draft)
        own.buffer.clear()
        own.draft, own.left, own.chunked, own.searching = None, 0, False, True

    def gap(self, side: int, frame: int) -> Iterator[Event]:
        """Bytes of one side are missing here."""
        own = self._sides[side]
        if own.draft:
            own.draft.state = "gap"
            yield from self._finish(side)
        own.buffer.clear()
        own.chunked, own.searching = False, True

    def close(self) -> Iterator[Event]:
        """What the recording leaves unfinished; a body without a length ends with its connection."""
        for side in (self._client or 0, 1 - (self._client or 0)):
            own = self._sides[side]
            if own.draft:
                if own.left < _HUGE >> 1 or own.chunked:
                    own.draft.state = "open"
                yield from self._finish(side)


def _lines(head: bytes) -> list[tuple[str, str]]:
    out = []
    for line in head.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            out.append((name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()))
    return out
