"""TCP (RFC 9293): the bytes of each direction in order, each once, and what of them the recording lacks.

A hole is called one when the receiver acknowledged bytes that the recording does not hold: until then they may come
late. A connection whose beginning is not recorded is read from its first recorded segment on.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from assay.model.event import part
from assay.wire.buffer import Piece
from assay.wire.errors import Findings
from assay.wire.ip import Datagram, address

__all__ = ["Closed", "Connection", "End", "Gap", "Reader", "Step"]

_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_FULL: Final = 1 << 32
_HALF: Final = 1 << 31
_MOST_CONNECTIONS: Final = 2048
_MOST_HELD: Final = 1 << 20
_MOST_SEGMENTS: Final = 512
_MOST_HELD_OF_ALL: Final = 1 << 26

End = tuple[bytes, int]


class Gap(NamedTuple):
    """Bytes that were received and are not recorded."""

    frame: int
    size: int


class Closed(NamedTuple):
    """The connection is over, or is given up."""

    frame: int


@dataclass(slots=True)
class _Flow:
    """One direction. `next` is the number of the byte awaited; `acked` what the other end confirmed."""

    next: int | None = None
    acked: int | None = None
    held: dict[int, Piece] = field(default_factory=dict)
    held_bytes: int = 0
    finished: bool = False


@dataclass(slots=True, eq=False)
class Connection:
    """Two ends; side 0 opened it where the recording shows who did (`started`), else it spoke first.

    `layer` is for whoever reads the bytes.
    """

    number: int
    ends: tuple[End, End]
    started: bool
    flows: tuple[_Flow, _Flow] = field(default_factory=lambda: (_Flow(), _Flow()))
    frame: int = 0
    layer: Any = None


Step = tuple[Connection, int, Piece | Gap | Closed]
"""What happened to a connection, and on which side."""


class Reader:
    """The connections under way, within bounds."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._open: OrderedDict[tuple[End, End], tuple[Connection, int]] = OrderedDict()
        self._number = self._held = 0

    def datagram(self, datagram: Datagram) -> Iterator[Step]:
        """What one segment completes."""
        data = datagram.payload
        try:
            src_port, dst_port, sequence, acknowledged, bits = struct.unpack_from(">HHIIH", data)
        except struct.error:
            self._findings.add("tcp-malformed", datagram.frame, f"{len(data)} bytes")
            return
        head = (bits >> 12) * 4
        if head < 20 or head > len(data):
            self._findings.add("tcp-malformed", datagram.frame, f"a head of {head} bytes, {len(data)} there")
            return
        ends = ((datagram.src, src_port), (datagram.dst, dst_port))
        known = self._open.get(ends)
        if bits & _SYN and (known is None or self._anew(known, sequence, bits)):
            if known:
                yield from self._end(known[0], datagram.frame)
            known = self._begin(ends, bits)
        elif known is None:
            if len(data) == head:
                return
            known = self._begin(ends, bits)
        yield from self._segment(*known, datagram, (sequence, acknowledged, bits, head))
        if len(self._open) > 2 * _MOST_CONNECTIONS:
            oldest, _ = next(iter(self._open.values()))
            self._findings.add("tcp-connections-dropped", datagram.frame, f"connection {oldest.number} is given up")
            yield from self._end(oldest, datagram.frame)

    def _anew(self, known: tuple[Connection, int], sequence: int, bits: int) -> bool:
        """True where a SYN opens another connection between the ends of a former one."""
        connection, side = known
        awaited = connection.flows[side].next
        return not bits & _ACK and awaited is not None and awaited != (sequence + 1) % _FULL

    def _begin(self, ends: tuple[End, End], bits: int) -> tuple[Connection, int]:
        self._number += 1
        answered = bool(bits & _SYN and bits & _ACK)  # the answer to a SYN that is not recorded
        ordered = (ends[1], ends[0]) if answered else ends
        connection = Connection(self._number, ordered, bool(bits & _SYN))
        self._open[ordered] = (connection, 0)
        self._open[(ordered[1], ordered[0])] = (connection, 1)
        return self._open[ends]

    def _segment(
        self, connection: Connection, side: int, datagram: Datagram, head: tuple[int, int, int, int]
    ) -> Iterator[Step]:
        sequence, acknowledged, bits, size = head
        flow, other = connection.flows[side], connection.flows[1 - side]
        connection.frame = datagram.frame
        if bits & _SYN:
            flow.next, sequence = (sequence + 1) % _FULL, (sequence + 1) % _FULL
        if bits & _ACK:
            other.acked = acknowledged
            if other.held:
                yield from self._skip(connection, 1 - side, datagram.frame)
        data = datagram.payload[size:]
        if data:
            self._first(connection, side, sequence, datagram.frame)
            spans = part(datagram.spans, size, len(datagram.payload))
            yield from self._data(connection, side, sequence, Piece(datagram.frame, datagram.time, data, spans))
        if bits & _FIN:
            flow.finished = True
        if bits & _RST or (flow.finished and other.finished and not flow.held and not other.held):
            yield from self._end(connection, datagram.frame)

    def _first(self, connection: Connection, side: int, sequence: int, frame: int) -> None:
        """Begin a side at its first recorded byte; say so where the opening of its connection is not recorded."""
        flow = connection.flows[side]
        if flow.next is None:
            flow.next = sequence
            if not connection.started and connection.flows[1 - side].next is None:
                (src, src_port), (dst, dst_port) = connection.ends
                where = f"{address(src)}:{src_port} and {address(dst)}:{dst_port}"
                self._findings.add("tcp-start-missing", frame, f"connection {connection.number} between {where}")

    def _data(self, connection: Connection, side: int, sequence: int, piece: Piece) -> Iterator[Step]:
        """Deliver what is awaited, hold what comes early, drop what was there before."""
        flow = connection.flows[side]
        assert flow.next is not None
        ahead = _distance(flow.next, sequence)
        if ahead > 0:
            self._hold(flow, sequence, piece)
            yield from self._skip(connection, side, piece.frame)
            return
        if ahead < 0:
            if len(piece.data) <= -ahead:
                self._findings.add("tcp-repeated", piece.frame)
                return
            piece = _from(piece, -ahead)
        flow.next = (flow.next + len(piece.data)) % _FULL
        yield connection, side, piece
        if flow.held:
            yield from self._drain(connection, side)

    def _hold(self, flow: _Flow, sequence: int, piece: Piece) -> None:
        before = flow.held.get(sequence)
        if before is None or len(before.data) < len(piece.data):
            more = len(piece.data) - (len(before.data) if before else 0)
            flow.held[sequence] = piece
            flow.held_bytes += more
            self._held += more

    def _drain(self, connection: Connection, side: int) -> Iterator[Step]:
        """Deliver what was held and is awaited now."""
        flow = connection.flows[side]
        while flow.held:
            assert flow.next is not None
            awaited = flow.next
            sequence = min(flow.held, key=lambda one: _distance(awaited, one))
            ahead = _distance(awaited, sequence)
            if ahead > 0:
                return
            piece = flow.held.pop(sequence)
            flow.held_bytes -= len(piece.data)
            self._held -= len(piece.data)
            if len(piece.data) > -ahead:
                piece = _from(piece, -ahead)
                flow.next = (awaited + len(piece.data)) % _FULL
                yield connection, side, piece

    def _skip(self, connection: Connection, side: int, frame: int, *, force: bool = False) -> Iterator[Step]:
        """Pass over a hole that will not be filled."""
        flow = connection.flows[side]
        while flow.held:
            assert flow.next is not None
            awaited = flow.next
            ahead, sequence = min((_distance(awaited, one), one) for one in flow.held)
            full = flow.held_bytes > _MOST_HELD or len(flow.held) > _MOST_SEGMENTS or self._held > _MOST_HELD_OF_ALL
            passed = flow.acked is not None and _distance(sequence, flow.acked) >= 0
            if ahead > 0 and not (passed or full or force):
                return
            if ahead > 0:
                self._findings.add("tcp-gap", frame, f"connection {connection.number}: {ahead} bytes not recorded")
                flow.next = sequence
                yield connection, side, Gap(frame, ahead)
            yield from self._drain(connection, side)

    def _end(self, connection: Connection, frame: int) -> Iterator[Step]:
        for side in (0, 1):
            yield from self._skip(connection, side, frame, force=True)
        for ends in (connection.ends, (connection.ends[1], connection.ends[0])):
            if self._open.get(ends, (None,))[0] is connection:
                del self._open[ends]
        yield connection, 0, Closed(frame)

    def close(self) -> Iterator[Step]:
        """End every connection."""
        for connection, side in list(self._open.values()):
            if side == 0:
                yield from self._end(connection, connection.frame)


def _distance(start: int, end: int) -> int:
    """How far `end` lies behind `start` in numbers that wrap around; negative where it lies before it."""
    ahead = (end - start) % _FULL
    return ahead if ahead < _HALF else ahead - _FULL


def _from(piece: Piece, at: int) -> Piece:
    if at == 0:
        return piece
    return piece._replace(data=piece.data[at:], spans=part(piece.spans, at, len(piece.data)))
