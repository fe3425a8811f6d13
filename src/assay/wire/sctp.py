"""SCTP (RFC 9260, I-DATA of RFC 8260) over IP or UDP (RFC 6951): user messages whole again, each once."""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.model.event import Span, part
from assay.wire.errors import Findings
from assay.wire.ip import SCTP, UDP, Datagram

__all__ = ["CONTROL", "E1AP", "F1AP", "NGAP", "POINTS", "S1AP", "TUNNEL", "XNAP", "Message", "Reader", "messages"]

S1AP, NGAP, XNAP, F1AP, E1AP = 18, 60, 61, 62, 64
"""Payload protocol identifiers."""

POINTS: Final = {S1AP: "S1", NGAP: "N2", XNAP: "Xn", F1AP: "F1", E1AP: "E1", 66: "N2", 67: "Xn", 68: "F1", 69: "E1"}
"""The reference point that an identifier shows; 66 to 69 are those of the same protocols over DTLS."""

CONTROL: Final = {1: "init", 2: "init-ack", 6: "abort", 7: "shutdown", 9: "error", 14: "shutdown-complete"}
"""Chunks other than data that say how an association begins and ends."""

_DATA, _IDATA = 0, 64
TUNNEL: Final = 9899
_MOST_FLOWS: Final = 1024
_MOST_HELD: Final = 1 << 24
_MOST_HELD_CHUNKS: Final = 1024
_WINDOW: Final = 1024
_HALF: Final = 1 << 31
_FULL: Final = 1 << 32


class Message(NamedTuple):
    """A user message, or a control chunk by its name in `control` with its value as payload."""

    frame: int
    time: int | None
    src: bytes
    src_port: int
    dst: bytes
    dst_port: int
    tag: int
    control: str
    stream: int
    protocol: int
    payload: bytes
    spans: tuple[Span, ...]


class _Chunk(NamedTuple):
    """A data chunk. `place` orders the parts of a message: TSN, or for I-DATA the fragment number."""

    tsn: int
    stream: int
    message: int
    protocol: int
    first: bool
    last: bool
    place: int
    payload: bytes
    spans: tuple[Span, ...]


_Whole = tuple[str, int, int, bytes, tuple[Span, ...]]
"""Name of a control chunk, stream, payload protocol, payload, and where it stands."""


@dataclass(slots=True)
class _Flow:
    """One direction of an association. Its tag names it: a second path of a multihomed host has other addresses."""

    seen: OrderedDict[int, int] = field(default_factory=OrderedDict)
    held: dict[tuple[int, int, int], _Chunk] = field(default_factory=dict)
    lowest: int = 0
    highest: int = -1
    distinct: int = 0
    frame: int = 0


def messages(datagrams: Iterable[Datagram], findings: Findings) -> Iterator[Message]:
    """Every user message and every control chunk of `CONTROL`, in the order in which they were complete."""
    reader = Reader(findings)
    for datagram in datagrams:
        yield from reader.datagram(datagram)
    reader.close()


def _packet(datagram: Datagram) -> tuple[bytes, tuple[Span, ...]] | None:
    """The SCTP packet in a datagram, if it holds one."""
    payload = datagram.payload
    if datagram.protocol == SCTP:
        return payload, datagram.spans
    if datagram.protocol != UDP or len(payload) < 8:
        return None
    src_port, dst_port, size = struct.unpack_from(">HHH", payload)
    if TUNNEL not in (src_port, dst_port):
        return None
    end = min(size, len(payload)) if size >= 8 else len(payload)
    return payload[8:end], part(datagram.spans, 8, end)


def _chunks(packet: bytes, datagram: Datagram, findings: Findings) -> Iterator[tuple[int, int, int, int]]:
    """(kind, flags, start, end) of every whole chunk."""
    at = 12
    while at + 4 <= len(packet):
        kind, flags, size = struct.unpack_from(">BBH", packet, at)
        if size < 4:
            findings.add("sctp-malformed", datagram.frame, f"a chunk of {size} bytes")
            return
        if at + size > len(packet):
            name = "sctp-cut" if datagram.cut else "sctp-malformed"
            findings.add(name, datagram.frame, f"a chunk of {size} bytes, {len(packet) - at} there")
            return
        yield kind, flags, at, at + size
        at += (size + 3) & ~3


def _data(kind: int, flags: int, packet: bytes, start: int, end: int, spans: tuple[Span, ...]) -> _Chunk | None:
    head = 16 if kind == _DATA else 20
    if end - start <= head:  # no user data: RFC 9260 section 3.3.1 calls it an error
        return None
    first, last, unordered = bool(flags & 2), bool(flags & 1), flags >> 2 & 1
    payload, where = packet[start + head : end], part(spans, start + head, end)
    if kind == _DATA:
        tsn, stream, _, protocol = struct.unpack_from(">IHHI", packet, start + 4)
        return _Chunk(tsn, stream, -1, protocol, first, last, tsn, payload, where)
    tsn, stream, message, fourth = struct.unpack_from(">IHxxII", packet, start + 4)
    place, protocol = (0, fourth) if first else (fourth, 0)
    return _Chunk(tsn, stream, message << 1 | unordered, protocol, first, last, place, payload, where)


class Reader:
    """The flows under way, within a budget of memory for all of them."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._flows: OrderedDict[tuple[int, int, int], _Flow] = OrderedDict()
        self._held_bytes = 0

    def datagram(self, datagram: Datagram) -> Iterator[Message]:
        """What one datagram completes; nothing where it holds no SCTP."""
        opened = _packet(datagram)
        if opened is None:
            return
        if len(opened[0]) < 12:
            self._findings.add("sctp-malformed", datagram.frame, f"{len(opened[0])} bytes")
            return
        yield from self._packet(datagram, *opened)

    def _packet(self, datagram: Datagram, packet: bytes, spans: tuple[Span, ...]) -> Iterator[Message]:
        """What the chunks of one packet complete."""
        frame, time, src, dst = datagram[:4]
        ends = src_port, dst_port, tag = struct.unpack_from(">HHI", packet)
        for kind, flags, start, end in _chunks(packet, datagram, self._findings):
            found: _Whole | None = None
            if kind in (_DATA, _IDATA):
                found = self._data(ends, _data(kind, flags, packet, start, end, spans), frame)
            elif kind in CONTROL:
                found = CONTROL[kind], 0, 0, packet[start + 4 : end], part(spans, start, end)
            if found:
                yield Message(frame, time, src, src_port, dst, dst_port, tag, *found)

    def _data(self, ends: tuple[int, int, int], chunk: _Chunk | None, frame: int) -> _Whole | None:
        """The message that this chunk completes."""
        if chunk is None:
            self._findings.add("sctp-malformed", frame, "a data chunk that is too short")
            return None
        flow = self._flow(ends)
        flow.frame = frame
        digest = zlib.crc32(chunk.payload)
        before = flow.seen.get(chunk.tsn)
        if before == digest:
            self._findings.add("sctp-repeated", frame, f"TSN {chunk.tsn}")
            return None
        if before is None:
            _count(flow, chunk.tsn)
        else:  # not a repetition: another host reuses the tag, or someone injects
            self._findings.add("sctp-tsn-reused", frame, f"TSN {chunk.tsn} with other content")
        flow.seen[chunk.tsn] = digest
        if len(flow.seen) > _WINDOW:
            flow.seen.popitem(last=False)
        if chunk.first and chunk.last:
            return "", chunk.stream, chunk.protocol, chunk.payload, chunk.spans
        return self._assemble(flow, chunk, frame)

    def _flow(self, ends: tuple[int, int, int]) -> _Flow:
        flow = self._flows.get(ends)
        if flow is None:
            if len(self._flows) >= _MOST_FLOWS:
                self._end(*self._flows.popitem(last=False))
            flow = self._flows[ends] = _Flow()
        return flow

    def _assemble(self, flow: _Flow, chunk: _Chunk, frame: int) -> _Whole | None:
        """Hold a part of a message; give the message when all its parts are there."""
        place = (chunk.stream, chunk.message, chunk.place)
        replaced = flow.held.get(place)
        flow.held[place] = chunk
        self._held_bytes += len(chunk.payload) - (len(replaced.payload) if replaced else 0)
        if self._held_bytes > _MOST_HELD or len(flow.held) > _MOST_HELD_CHUNKS:
            self._findings.add("sctp-parts-lost", frame, f"{len(flow.held)} parts of messages given up")
            self._drop(flow)
            return None
        run = _run(flow, chunk)
        if run is None:
            return None
        for one in run:
            del flow.held[(one.stream, one.message, one.place)]
        self._held_bytes -= sum(len(one.payload) for one in run)
        spans = tuple(span for one in run for span in one.spans)
        return "", chunk.stream, run[0].protocol, b"".join(one.payload for one in run), spans

    def _drop(self, flow: _Flow) -> None:
        self._held_bytes -= sum(len(one.payload) for one in flow.held.values())
        flow.held.clear()

    def _end(self, ends: tuple[int, int, int], flow: _Flow) -> None:
        _close(ends, flow, self._findings)
        self._drop(flow)

    def close(self) -> None:
        """End every flow."""
        for ends, flow in self._flows.items():
            self._end(ends, flow)


def _count(flow: _Flow, tsn: int) -> None:
    """Keep the range of transmission numbers as plain numbers that do not wrap around."""
    if flow.highest < 0:
        flow.lowest = flow.highest = tsn + _FULL
    else:
        ahead = (tsn - flow.highest) % _FULL
        absolute = flow.highest + (ahead if ahead < _HALF else ahead - _FULL)
        flow.highest, flow.lowest = max(flow.highest, absolute), min(flow.lowest, absolute)
    flow.distinct += 1


def _run(flow: _Flow, chunk: _Chunk) -> list[_Chunk] | None:
    """The unbroken run of parts from a first to a last one around `chunk`."""
    run = [chunk]
    for step in (1, -1):  # forward first: parts mostly come in order, and then the next one is missing at once
        while not (run[0].first if step < 0 else run[-1].last):
            edge = run[0] if step < 0 else run[-1]
            following = flow.held.get((chunk.stream, chunk.message, (edge.place + step) % _FULL))
            if following is None or (following.last if step < 0 else following.first):
                return None
            run.insert(0, following) if step < 0 else run.append(following)
    return run


def _close(key: tuple[int, int, int], flow: _Flow, findings: Findings) -> None:
    """Say what of a flow the recording does not show: without it absence of a message proves nothing."""
    missing = flow.highest - flow.lowest + 1 - flow.distinct
    where = f"ports {key[0]} to {key[1]}, tag {key[2]:08x}"
    if missing > 0:
        findings.add("sctp-missing", flow.frame, f"{where}: {missing} data chunks between those recorded")
    if flow.held:
        findings.add("sctp-parts-lost", flow.frame, f"{where}: {len(flow.held)} parts of unfinished messages")
