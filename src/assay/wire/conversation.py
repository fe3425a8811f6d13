"""What is spoken on a connection, found by what its bytes look like and never by its ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.model.event import Event
from assay.wire import http1, http2, tls
from assay.wire.buffer import Buffer, Piece
from assay.wire.scribe import Scribe, ends
from assay.wire.talk import Budget, Layer, Talk
from assay.wire.tcp import Connection, Gap, Step
from assay.wire.tls_secrets import Secrets

__all__ = ["Conversation", "Conversations"]

_MOST_TRIES: Final = 64
"""Segments of one side that may pass before a connection counts as one that is not read."""

_ENOUGH: Final = 512
_SHORTEST_PREFACE: Final = 4


class _Undecided:
    """The layer of a connection of which it is not known yet what it carries."""

    def __init__(self, talk: Talk, secrets: Secrets | None, *, started: bool) -> None:
        self._talk = talk
        self._secrets = secrets
        self._started = started
        self._waiting = (Buffer(), Buffer())
        self._pieces: list[tuple[int, Piece]] = []
        self._tries = [0, 0]
        self._whole = [True, True]

    def choose(self, side: int, piece: Piece) -> tuple[Layer | None, list[tuple[int, Piece]]]:
        """The layer that reads the bytes from here on, and the pieces that it has to read first."""
        buffer = self._waiting[side]
        buffer.append(piece)
        self._pieces.append((side, piece))
        layer = self._recognised(side, bytes(buffer.data))
        if layer is None and len(buffer) > len(piece.data):  # what came before it may be the rest of something else
            layer = self._recognised_alone(side, piece)
        if layer:
            pieces, self._pieces = self._pieces, []
            return layer, pieces
        if len(buffer) >= (_ENOUGH if self._started and self._whole[side] else len(http2.PREFACE)):
            self._forget(side)
        return None, []

    def _recognised_alone(self, side: int, piece: Piece) -> Layer | None:
        whole = self._whole[side]
        self._whole[side] = False
        layer = self._recognised(side, piece.data)
        if layer is None:
            self._whole[side] = whole
        else:
            self._pieces = [one for one in self._pieces if one[0] != side or one[1] is piece]
        return layer

    def _recognised(self, side: int, data: bytes) -> Layer | None:
        if data.startswith(http2.PREFACE[:_SHORTEST_PREFACE]) and len(data) < len(http2.PREFACE):
            return None
        if http2.begins(data) and self._whole[side]:
            return self._http2(side, data)
        if http2.shaped(data):
            return http2.Http2(self._talk, (False, False), None)
        if http1.begins(data):
            return http1.Http1(self._talk)
        return tls.Tls(self._talk, self._secrets, _within) if self._secrets is not None and tls.begins(data) else None

    def _http2(self, side: int, data: bytes) -> Layer:
        """A side that begins here is known from its beginning; so is the other one where all of it is recorded."""
        asks = data.startswith(http2.PREFACE)
        other = self._whole[1 - side] and (self._started or asks)
        known = (True, other) if side == 0 else (other, True)
        return http2.Http2(self._talk, known, side if asks else 1 - side)

    def _forget(self, side: int) -> None:
        """Bytes that look like nothing that is read here; what follows them may."""
        self._tries[side] += 1
        self._whole[side] = False
        self._waiting[side].clear()
        self._pieces = [one for one in self._pieces if one[0] != side]

    def gap(self, side: int) -> None:
        """Bytes of one side are missing here."""
        self._forget(side)

    @property
    def hopeless(self) -> bool:
        """True where enough was seen to stop looking."""
        return min(self._tries) + max(self._tries) > _MOST_TRIES


def _within(talk: Talk, started: bool) -> Layer:
    """What TLS carries, read as cleartext is; TLS within TLS is not looked for."""
    return Conversation(talk, None, started=started)


class Conversation:
    """One connection, or what TLS carries on it: first looked at, then read by the layer that was recognised."""

    def __init__(self, talk: Talk, secrets: Secrets | None, *, started: bool) -> None:
        self._undecided: _Undecided | None = _Undecided(talk, secrets, started=started)
        self._layer: Layer | None = None

    def feed(self, side: int, piece: Piece) -> Iterator[Event]:
        """More bytes of one side, in order."""
        if self._layer:
            yield from self._layer.feed(side, piece)
        elif self._undecided:
            self._layer, pieces = self._undecided.choose(side, piece)
            if self._layer:
                self._undecided = None
                for one, held in pieces:
                    yield from self._layer.feed(one, held)
            elif self._undecided.hopeless:
                self._undecided = None

    def gap(self, side: int, frame: int) -> Iterator[Event]:
        """Bytes of one side are missing here."""
        if self._layer:
            yield from self._layer.gap(side, frame)
        elif self._undecided:
            self._undecided.gap(side)

    def close(self) -> Iterator[Event]:
        """Nothing more will come."""
        if self._layer:
            yield from self._layer.close()


class Conversations:
    """The conversation on every TCP connection."""

    def __init__(self, scribe: Scribe, secrets: Secrets) -> None:
        self._scribe = scribe
        self._secrets = secrets
        self._budget = Budget()

    def step(self, step: Step) -> Iterator[Event]:
        """The events of what happened to a connection."""
        connection, side, what = step
        found: Conversation | None = connection.layer
        if found is None:
            talk = self._talk(connection)
            found = connection.layer = Conversation(talk, self._secrets, started=connection.started)
        if isinstance(what, Piece):
            return found.feed(side, what)
        if isinstance(what, Gap):
            return found.gap(side, what.frame)
        return found.close()

    def _talk(self, connection: Connection) -> Talk:
        (one, one_port), (two, two_port) = connection.ends
        there, back = ends(one, one_port, two, two_port), ends(two, two_port, one, one_port)
        return Talk(self._scribe, connection.number, (there, back), self._budget)
