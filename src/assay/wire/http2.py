"""HTTP/2 (RFC 9113): frames, header blocks and bodies of both directions become requests and responses.

A recording may begin in the middle of a connection or lack a part of it. Frames are then found again by their shape,
and header fields that only the missing part would give stay unknown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.model.event import Event, Span
from assay.wire.buffer import Buffer, Piece
from assay.wire.header_state import HeaderState
from assay.wire.http import Draft
from assay.wire.talk import Asked, Talk

__all__ = ["PREFACE", "Http2", "begins", "shaped"]

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PUSH, _CONTINUATION = 0, 1, 3, 4, 5, 9
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
_HEAD: Final = 9
_LARGEST: Final = 1 << 16
_LARGEST_BLOCK: Final = 1 << 16
_MOST_STREAMS: Final = 512
_LARGEST_BY_DEFAULT: Final = 1 << 14
_FIXED: Final = {2: 5, 3: 4, 6: 8, 8: 4}
"""Frame types whose payload has one length."""
_FLAGS: Final = {0: 0x09, 1: 0x2D, 2: 0, 3: 0, 4: 0x01, 5: 0x0C, 6: 0x01, 7: 0, 8: 0, 9: 0x04}
_OF_CONNECTION: Final = frozenset((4, 6, 7))
_OF_STREAM: Final = frozenset((0, 1, 2, 3, 5, 9))


def _sane(kind: int, size: int, stream: int) -> bool:
    """True where a frame head may be one; types that no one knows are allowed (RFC 9113 section 5.5)."""
    if kind in _FIXED and size != _FIXED[kind]:
        return False
    if kind == _SETTINGS and size % 6:
        return False
    if (kind in _OF_CONNECTION and stream) or (kind in _OF_STREAM and not stream):
        return False
    return not stream >> 31


def shaped(data: bytes | bytearray) -> bool:
    """True where the bytes are a chain of frames from their first byte on; the last one may be unfinished."""
    at = 0
    while at + _HEAD <= len(data):
        size, kind = int.from_bytes(data[at : at + 3], "big"), data[at + 3]
        stream = int.from_bytes(data[at + 5 : at + 9], "big")
        if kind > _CONTINUATION or size > _LARGEST_BY_DEFAULT or data[at + 4] & ~_FLAGS[kind]:
            return False
        if not _sane(kind, size, stream):
            return False
        at += _HEAD + size
    return at > 0


def begins(data: bytes | bytearray) -> bool:
    """True where the bytes are the beginning of one side of a connection: the preface, or the server's SETTINGS."""
    return data.startswith(PREFACE) or (data[3:5] == b"\x04\0" and shaped(data))


@dataclass(slots=True)
class _Block:
    """A header block that waits for its continuation."""

    stream: int
    ends_stream: bool
    pushed: bool
    time: int | None
    data: bytearray = field(default_factory=bytearray)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Side:
    """One direction."""

    headers: HeaderState
    buffer: Buffer = field(default_factory=Buffer)
    block: _Block | None = None
    skip: int = 0
    searching: bool = False


@dataclass(slots=True)
class _Stream:
    """One exchange: the message under way on either side, and which are over."""

    drafts: list[Draft | None] = field(default_factory=lambda: [None, None])
    over: list[bool] = field(default_factory=lambda: [False, False])
    asked: Asked | None = None


class Http2:
    """Both directions of one connection."""

    def __init__(self, talk: Talk, known: tuple[bool, bool], client: int | None) -> None:
        self._talk = talk
        self._sides = (_Side(HeaderState(known=known[0])), _Side(HeaderState(known=known[1])))
        self._client = client
        self._streams: OrderedDict[int, _Stream] = OrderedDict()
        self._findings = talk.scribe.findings

    def feed(self, side: int, piece: Piece) -> Iterator[Event]:
        """More bytes of one side, in order."""
        own = self._sides[side]
        if own.searching:
            if not shaped(piece.data):
                return
            own.searching = False
        own.buffer.append(piece)
        if own.buffer.data.startswith(PREFACE):
            own.buffer.take(len(PREFACE))
            self._client = side
        elif PREFACE.startswith(bytes(own.buffer.data[: len(PREFACE)])):  # the rest of it is to come
            return
        while (whole := self._next(side, piece.frame)) is not None:
            if whole:
                yield from self._frame(side, whole[0], whole[1], piece)

    def _next(self, side: int, frame: int) -> tuple[bytes, tuple[Span, ...]] | tuple[()] | None:
        """The next whole frame; empty where bytes were passed over; None where more must come."""
        own = self._sides[side]
        data = own.buffer.data
        if own.skip:
            passed = min(own.skip, len(data))
            own.buffer.take(passed)
            own.skip -= passed
            return None if own.skip else ()
        if len(data) < _HEAD:
            return None
        size, kind = data[0] << 16 | data[1] << 8 | data[2], data[3]
        stream = int.from_bytes(data[5:9], "big")
        if not _sane(kind, size, stream):
            self._findings.add("http2-resync", frame, f"connection {self._talk.number}: no frame where one must begin")
            self._lose(side)
            return None
        if size > _LARGEST:
            own.buffer.take(_HEAD)
            own.skip = size
            self._too_large(side, kind, stream, frame, size)
            return ()
        return own.buffer.take(_HEAD + size) if len(data) >= _HEAD + size else None

    def _too_large(self, side: int, kind: int, stream: int, frame: int, size: int) -> None:
        """A frame that is passed over: what it would have told is unknown."""
        self._findings.add("http2-frame-large", frame, f"connection {self._talk.number}: {size} bytes")
        if kind == _DATA:
            self._mark(side, stream, "cut")
        elif kind in (_HEADERS, _PUSH, _CONTINUATION):
            self._sides[side].headers.forget()
            self._sides[side].block = None
            self._findings.add("http2-headers-undecodable", frame, "larger than is read")

    def _mark(self, side: int, stream: int, state: str) -> None:
        held = self._streams.get(stream)
        draft = held.drafts[side] if held else None
        if draft:
            draft.state = state

    def _frame(self, side: int, data: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        kind, flags, stream = data[3], data[4], int.from_bytes(data[5:9], "big")
        if kind == _DATA:
            yield from self._data(side, stream, flags, _unpadded(data[_HEAD:], flags), spans)
        elif kind == _HEADERS:
            body = _unpadded(data[_HEAD:], flags)
            body = body[5:] if flags & _PRIORITY else body
            block = _Block(stream, bool(flags & _END_STREAM), False, piece.time)
            yield from self._fragment(side, block, body, flags, spans, piece.frame)
        elif kind == _PUSH:
            body = _unpadded(data[_HEAD:], flags)
            promised = int.from_bytes(body[:4], "big") & 0x7FFFFFFF
            block = _Block(promised, True, True, piece.time)
            yield from self._fragment(side, block, body[4:], flags, spans, piece.frame)
        elif kind == _CONTINUATION:
            held = self._sides[side].block
            if held and held.stream == stream:
                yield from self._fragment(side, held, data[_HEAD:], flags, spans, piece.frame)
            elif not flags & _END_HEADERS or held is None:  # its beginning is not recorded
                self._sides[side].headers.forget()
        elif kind == _RESET:
            yield from self._reset(side, stream, str(int.from_bytes(data[_HEAD : _HEAD + 4], "big")))

    def _fragment(
        self, side: int, block: _Block, data: bytes, flags: int, spans: tuple[Span, ...], frame: int
    ) -> Iterator[Event]:
        """A part of a header block; the fields are read when it is whole."""
        own = self._sides[side]
        block.data += data
        block.spans += spans
        if len(block.data) > _LARGEST_BLOCK or len(block.spans) > 256:
            own.block = None
            own.headers.forget()
            self._findings.add("http2-headers-undecodable", frame, f"stream {block.stream}: an endless header block")
            return
        if not flags & _END_HEADERS:
            own.block = block
            return
        own.block = None
        found = own.headers.read(bytes(block.data))
        where = f"connection {self._talk.number}, stream {block.stream}"
        if found is None:
            self._findings.add("http2-headers-undecodable", frame, where)
        elif found.unknown:
            self._findings.add("http2-headers-partial", frame, f"{where}: {found.unknown} fields")
        fields = None if found is None else list(found.fields)
        unknown = found.unknown if found else 0
        yield from self._headers(1 - side if block.pushed else side, block, fields, unknown)

    def _headers(self, side: int, block: _Block, fields: list[tuple[str, str]] | None, unknown: int) -> Iterator[Event]:
        self._learn_client(side, fields)
        yield from self._make_room()
        held = self._streams.setdefault(block.stream, _Stream())
        if held.over[side]:
            return
        draft = held.drafts[side]
        if draft is None:
            draft = held.drafts[side] = self._talk.budget.draft(block.time, fields, unknown)
        elif fields is None or draft.fields is None:  # of trailers that are lost no field is known
            draft.unknown += 1
        else:
            draft.fields += fields
            draft.unknown += unknown
        draft.mark(tuple(block.spans))
        interim = draft.field(":status").startswith("1") and not block.ends_stream
        if block.ends_stream or interim:
            yield from self._finish(side, block.stream, held)
        if interim:
            held.over[side] = False

    def _learn_client(self, side: int, fields: list[tuple[str, str]] | None) -> None:
        """Who asks and who answers, by the pseudo-fields that only one of them sends."""
        if self._client is None:
            names = {name for name, _ in fields or ()}
            if ":status" in names:
                self._client = 1 - side
            elif names & {":method", ":path", ":scheme"}:
                self._client = side

    def _data(self, side: int, stream: int, flags: int, data: bytes, spans: tuple[Span, ...]) -> Iterator[Event]:
        held = self._streams.get(stream)
        draft = held.drafts[side] if held else None
        if held is None or draft is None:  # the headers of this body are not recorded
            return
        draft.content += self._talk.budget.add(draft, data)
        draft.mark(spans)
        if flags & _END_STREAM:
            yield from self._finish(side, stream, held)

    def _make_room(self) -> Iterator[Event]:
        """Finish the oldest exchanges where there are too many, or where all that is unfinished grew too large."""
        while len(self._streams) >= _MOST_STREAMS or (self._talk.budget.full and self._streams):
            stream, held = next(iter(self._streams.items()))
            self._findings.add("http2-streams-dropped", 0, f"connection {self._talk.number}, stream {stream}")
            yield from self._leave(stream, held)

    def _leave(self, stream: int, held: _Stream, reset: str = "") -> Iterator[Event]:
        """An exchange that does not come to its end."""
        for side in (self._client or 0, 1 - (self._client or 0)):
            draft = held.drafts[side]
            if draft:
                draft.state = "open" if draft.state == "whole" else draft.state
                yield from self._finish(side, stream, held, reset)
        self._streams.pop(stream, None)

    def _finish(self, side: int, stream: int, held: _Stream, reset: str = "") -> Iterator[Event]:
        """The message of one side is over; a request that is still under way comes before its answer."""
        draft = held.drafts[side]
        if draft is None:
            return
        other = held.drafts[1 - side]
        if side != self._client and other is not None:
            other.state = "open" if other.state == "whole" else other.state
            yield self._event(1 - side, stream, held, other, reset)
        yield self._event(side, stream, held, draft, reset)
        if all(held.over) or (held.drafts == [None, None] and side != self._client):
            self._streams.pop(stream, None)

    def _event(self, side: int, stream: int, held: _Stream, draft: Draft, reset: str) -> Event:
        held.drafts[side], held.over[side] = None, True
        kind = "undecodable"
        if draft.fields is not None and self._client is not None:
            kind = "request" if side == self._client else "response"
        event = self._talk.event(kind, "2", side, stream, draft, held.asked, reset)
        if side == self._client:
            held.asked = Asked(event.number, event.key("method"), event.key("path"), event.key("authority"))
        return event

    def _reset(self, side: int, stream: int, code: str) -> Iterator[Event]:
        held = self._streams.get(stream)
        if held:
            yield from self._leave(stream, held, code)

    def _lose(self, side: int) -> None:
        """From here on one side is read anew."""
        own = self._sides[side]
        own.buffer.clear()
        own.headers.forget()
        own.block, own.skip, own.searching = None, 0, True
        for held in self._streams.values():
            draft = held.drafts[side]
            if draft:
                draft.state = "gap"

    def gap(self, side: int, frame: int) -> Iterator[Event]:
        """Bytes of one side are missing here."""
        self._lose(side)
        return iter(())

    def close(self) -> Iterator[Event]:
        """What the recording leaves unfinished."""
        for stream, held in list(self._streams.items()):
            yield from self._leave(stream, held)


def _unpadded(body: bytes, flags: int) -> bytes:
    """The payload without its padding; nothing of it where the padding is longer than the payload."""
    if not flags & _PADDED or not body:
        return body
    return body[1 : max(1, len(body) - body[0])]
