"""What is spoken on a connection, found by what its bytes look like and never by its ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.model.event import Event
from assay.wire import http1, http2
from assay.wire.buffer import Buffer, Piece
from assay.wire.scribe import Scribe, ends
from assay.wire.talk import Budget, Layer, Talk
from assay.wire.tcp import Closed, Connection, Gap, Step

__all__ = ["Conversations", "Undecided"]

_MOST_TRIES: Final = 64
"""Segments of one side that may pass before a connection counts as one that is not read."""

_ENOUGH: Final = 512
_SHORTEST_PREFACE: Final = 4


class Undecided:
    """The layer of a connection of which it is not known yet what it carries."""

    def __init__(self, talk: Talk, *, started: bool) -> None:
        self._talk = talk
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
        return http1.Http1(self._talk) if http1.begins(data) else None

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


class Conversations:
    """The layer of every connection."""

    def __init__(self, scribe: Scribe, budget: Budget) -> None:
        self._scribe = scribe
        self._budget = budget

    def step(self, step: Step) -> Iterator[Event]:
        """The events of what happened to a connection."""
        connection, side, what = step
        layer = connection.layer
        if layer is None:
            layer = connection.layer = Undecided(self._talk(connection), started=connection.started)
        if isinstance(layer, Undecided):
            yield from self._undecided(connection, layer, side, what)
        elif isinstance(layer, _Unread):
            return
        else:
            yield from _read(layer, side, what)

    def _talk(self, connection: Connection) -> Talk:
        (one, one_port), (two, two_port) = connection.ends
        there, back = ends(one, one_port, two, two_port), ends(two, two_port, one, one_port)
        return Talk(self._scribe, connection.number, (there, back), self._budget)

    def _undecided(
        self, connection: Connection, layer: Undecided, side: int, what: Piece | Gap | Closed
    ) -> Iterator[Event]:
        if isinstance(what, Closed):
            return
        if isinstance(what, Gap):
            layer.gap(side)
            return
        chosen, pieces = layer.choose(side, what)
        if chosen:
            connection.layer = chosen
            for one, piece in pieces:
                yield from chosen.feed(one, piece)
        elif layer.hopeless:
            connection.layer = _Unread()


class _Unread:
    """The layer of a connection that carries nothing that is read here."""


def _read(layer: Layer, side: int, what: Piece | Gap | Closed) -> Iterator[Event]:
    if isinstance(what, Piece):
        return layer.feed(side, what)
    if isinstance(what, Gap):
        return layer.gap(side, what.frame)
    return layer.close()
