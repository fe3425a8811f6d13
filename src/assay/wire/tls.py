"""TLS: hellos, certificates and alerts as events; the content where its secrets are at hand, read as cleartext is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.model.event import Event, Span
from assay.wire import tls_hello
from assay.wire.buffer import Buffer, Piece
from assay.wire.errors import WireError
from assay.wire.scribe import Keys
from assay.wire.talk import Layer, Talk
from assay.wire.tls_hello import Hello
from assay.wire.tls_secrets import Opener, Secrets, opener12, opener13

__all__ = ["Tls", "begins"]

_CHANGE, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_FINISHED, _KEY_UPDATE = 20, 24
_HEAD: Final = 5
_LARGEST: Final = (1 << 14) + 2048
_LARGEST_MESSAGE: Final = 1 << 16
_TRIES: Final = 256
_TLS13: Final = 0x0304
_SHORTEST: Final = 17
"""Bytes of the shortest protected record."""
_SHAPES: Final = {
    _CHANGE: {(1, 1)},
    _ALERT: {(2, 1), (2, 2)},
    _HANDSHAKE: {(4, 0), (4, 14), (16, 20)},
    _DATA: set(),
}
"""Shorter records in clear: their size and first byte."""


def begins(data: bytes | bytearray) -> bool:
    """True where the bytes are TLS records from their first byte on; the last one may be unfinished."""
    at = 0
    while at + _HEAD < len(data):
        kind, size = data[at], data[at + 3] << 8 | data[at + 4]
        if kind not in _SHAPES or data[at + 1] != 3 or data[at + 2] > 4 or not 0 < size <= _LARGEST:
            return False
        if size < _SHORTEST and (size, data[at + _HEAD]) not in _SHAPES[kind]:
            return False
        at += _HEAD + size
    return at > 0


@dataclass(slots=True)
class _Side:
    """One direction. `sealed` says that its records are protected; `opener` opens them, `following` the later ones."""

    buffer: Buffer = field(default_factory=Buffer)
    handshake: bytearray = field(default_factory=bytearray)
    spans: list[Span] = field(default_factory=list)
    sealed: bool = False
    opener: Opener | None = None
    following: Opener | None = None
    finished: bool = False
    holed: bool = False
    searching: bool = False


class Tls:
    """Both directions of one connection."""

    def __init__(self, talk: Talk, secrets: Secrets, inner: Callable[[Talk, bool], Layer]) -> None:
        self._talk = talk
        self._secrets = secrets
        self._make = inner
        self._inner: Layer | None = None
        self._sides = (_Side(), _Side())
        self._client: int | None = None
        self._hellos: dict[bool, Hello] = {}
        self._shown = self._complained = False

    def feed(self, side: int, piece: Piece) -> Iterator[Event]:
        """More bytes of one side, in order."""
        own = self._sides[side]
        if own.searching:
            if not begins(piece.data):
                return
            own.searching = False
        own.buffer.append(piece)
        data = own.buffer.data
        while len(data) >= _HEAD:
            size = data[3] << 8 | data[4]
            if not 20 <= data[0] <= 24 or data[1] != 3 or size > _LARGEST:
                self._talk.scribe.findings.add("tls-resync", piece.frame, f"connection {self._talk.number}")
                yield from self.gap(side, piece.frame)
                return
            if len(data) < _HEAD + size:
                return
            record, spans = own.buffer.take(_HEAD + size)
            yield from self._record(side, record, spans, piece)

    def _record(self, side: int, record: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        own, kind, body = self._sides[side], record[0], record[_HEAD:]
        if kind == _CHANGE:
            if not self._tls13:
                own.sealed, own.opener = True, self._opener12(side)
        elif own.sealed or kind == _DATA:
            opened = self._open(side, record)
            if kind == _DATA or opened is None:
                yield from self._protected(side, spans, piece)
            if opened:
                yield from self._opened(side, *opened, spans, piece)
        else:
            yield from self._opened(side, kind, body, spans, piece)

    def _opened(self, side: int, kind: int, body: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        """A record in clear, or made so."""
        if kind == _DATA:
            yield from self._content(side, body, spans, piece)
        elif kind == _HANDSHAKE:
            yield from self._handshake(side, body, spans, piece)
        elif kind == _ALERT and len(body) == 2:
            keys = (*self._keys(side), ("level", str(body[0])), ("description", str(body[1])))
            yield self._talk.scribe.event(piece.time, "", "tls", "alert", keys, spans, body)

    @property
    def _tls13(self) -> bool:
        server = self._hellos.get(False)
        return bool(server and server.versions[0] == _TLS13)

    def _keys(self, side: int) -> Keys:
        keys = (*self._talk.ends[side], ("conn", str(self._talk.number)))
        return (*keys, ("sealed", "tls")) if self._sides[side].opener else keys

    def _open(self, side: int, record: bytes) -> tuple[int, bytes] | None:
        """The kind and the content of a protected record."""
        own = self._sides[side]
        if own.opener is None:
            return None
        opened = own.opener.open(record[:_HEAD], record[_HEAD:], tries=_TRIES if own.holed else 1)
        if opened is None and own.following and self._inner is None and own.holed:
            own.opener, own.following = own.following, None
            opened = own.opener.open(record[:_HEAD], record[_HEAD:], tries=_TRIES)
        if opened is None:
            return None
        own.holed = False
        if not own.opener.tls13:
            return record[0], opened
        stripped = opened.rstrip(b"\0")
        return (stripped[-1], stripped[:-1]) if stripped else None

    def _handshake(self, side: int, body: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        own = self._sides[side]
        own.handshake += body
        own.spans += spans
        while len(own.handshake) >= 4:
            size = 4 + int.from_bytes(own.handshake[1:4], "big")
            if size > _LARGEST_MESSAGE:
                own.handshake.clear()
                own.spans.clear()
                return
            if len(own.handshake) < size:
                return
            message = bytes(own.handshake[:size])
            del own.handshake[:size]
            where = tuple(own.spans)
            if not own.handshake:
                own.spans.clear()
            yield from self._message(side, message, where, piece)

    def _message(self, side: int, message: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        kind = message[0]
        name = tls_hello.NAMES.get(kind)
        if name:
            keys = (*self._keys(side), *tls_hello.facts(message, tls13=self._tls13))
            yield self._talk.scribe.event(piece.time, "", "tls", name, keys, spans, message)
        if kind in (tls_hello.CLIENT_HELLO, tls_hello.SERVER_HELLO):
            self._hello(side, message)
        own = self._sides[side]
        if kind == _FINISHED and own.opener and own.opener.tls13 and not own.finished:
            own.opener, own.following, own.finished = own.following, None, True
        elif kind == _KEY_UPDATE and own.opener and own.opener.tls13:
            own.opener = own.opener.updated()

    def _hello(self, side: int, message: bytes) -> None:
        try:
            found = tls_hello.hello(message)
        except WireError:
            return
        self._client = side if found.client else 1 - side
        self._hellos[found.client] = found
        if self._tls13 and not found.client and not found.retry:
            self._begin13()

    def _begin13(self) -> None:
        """Behind the ServerHello everything is protected under the handshake secrets."""
        client, server = self._hellos.get(True), self._hellos[False]
        for side, who in ((self._client or 0, "CLIENT"), (1 - (self._client or 0), "SERVER")):
            own = self._sides[side]
            own.sealed = True
            if client:
                get, random, suite = self._secrets.get, client.random, server.suites[0]
                own.opener = opener13(suite, get(f"{who}_HANDSHAKE_TRAFFIC_SECRET", random))
                own.following = opener13(suite, get(f"{who}_TRAFFIC_SECRET_0", random))
                if own.opener is None:  # a log may hold the later secrets only
                    own.opener, own.following, own.holed = own.following, None, True

    def _opener12(self, side: int) -> Opener | None:
        client, server = self._hellos.get(True), self._hellos.get(False)
        if not client or not server:
            return None
        master = self._secrets.get("CLIENT_RANDOM", client.random)
        place = 0 if side == self._client else 1
        return opener12(server.suites[0], master, (client.random, server.random), place)

    def _protected(self, side: int, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        """Say once that content is protected, and once why it is not read."""
        server = self._hellos.get(False)
        if not self._shown:
            self._shown = True
            keys = self._keys(side)
            if server:
                chosen = (("version", tls_hello.version(server.versions[0])), ("suite", f"{server.suites[0]:04x}"))
                keys = (*keys, *chosen)
            yield self._talk.scribe.event(piece.time, "", "tls", "protected", keys, spans)
        if self._sides[side].opener is None and not self._complained:
            self._complained = True
            why = (
                "no secret of this session at hand, or a suite that is not opened"
                if server
                else "its hello is not recorded"
            )
            what = f"connection {self._talk.number}: {why}"
            self._talk.scribe.findings.add("tls-key-missing", piece.frame, what)

    def _content(self, side: int, data: bytes, spans: tuple[Span, ...], piece: Piece) -> Iterator[Event]:
        if self._inner is None:
            talk = Talk(self._talk.scribe, self._talk.number, self._talk.ends, self._talk.budget, "tls")
            self._inner = self._make(talk, not any(own.holed for own in self._sides))
        if data:
            yield from self._inner.feed(side, Piece(piece.frame, piece.time, data, spans, False))

    def gap(self, side: int, frame: int) -> Iterator[Event]:
        """Bytes of one side are missing here."""
        own = self._sides[side]
        own.buffer.clear()
        own.handshake.clear()
        own.spans.clear()
        own.holed = own.searching = True
        if self._inner:
            yield from self._inner.gap(side, frame)

    def close(self) -> Iterator[Event]:
        """Nothing more will come."""
        if self._inner:
            yield from self._inner.close()
