"""Capture files: pcap and pcapng, both byte orders, any time resolution, read in one pass from chunks of bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.wire.errors import Findings, WireError

__all__ = ["Capture", "Frame", "frames"]

_LONGEST_FRAME: Final = 1 << 20
_LONGEST_BLOCK: Final = 1 << 24
_MOST_INTERFACES: Final = 4096
_MOST_SECRETS: Final = 1 << 24
_BILLION: Final = 1_000_000_000
_PCAP: Final = {
    bytes.fromhex("a1b2c3d4"): (">", 1000),
    bytes.fromhex("d4c3b2a1"): ("<", 1000),
    bytes.fromhex("a1b23c4d"): (">", 1),
    bytes.fromhex("4d3cb2a1"): ("<", 1),
}
_SECTION: Final = bytes.fromhex("0a0d0d0a")
_ORDERS: Final = {bytes.fromhex("1a2b3c4d"): ">", bytes.fromhex("4d3c2b1a"): "<"}
_INTERFACE, _PACKET, _SIMPLE, _ENHANCED, _SECRETS = 1, 2, 3, 6, 10


class Frame(NamedTuple):
    """One captured frame; `start` is where its bytes begin in the file, `length` what it had on the wire."""

    number: int
    time: int | None
    link: int
    interface: int
    start: int
    length: int
    data: bytes


class _Interface(NamedTuple):
    link: int
    snap: int
    ticks: int
    offset: int


@dataclass(slots=True)
class Capture:
    """What reading leaves behind besides frames: faults, and TLS secrets that stood in the file."""

    findings: Findings = field(default_factory=Findings)
    secrets: list[tuple[int, bytes]] = field(default_factory=list)
    interfaces: list[_Interface] = field(default_factory=list)
    frame: int = 0
    order: str = "<"


class _Window:
    """A moving view of a stream of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._at = 0
        self.position = 0

    def look(self, size: int) -> bytes:
        """The next bytes without taking them; fewer where the stream ends."""
        if len(self._buffer) - self._at < size:
            parts = [self._buffer[self._at :]]
            have = len(parts[0])
            for chunk in self._chunks:
                parts.append(chunk)
                have += len(chunk)
                if have >= size:
                    break
            self._buffer, self._at = b"".join(parts), 0
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """The next bytes; fewer where the stream ends."""
        out = self.look(size)
        self._at += len(out)
        self.position += len(out)
        return out


def frames(chunks: Iterable[bytes], capture: Capture) -> Iterator[Frame]:
    """Every frame of a capture file. A fault behind the head ends the reading with a finding, never an error."""
    window = _Window(chunks)
    magic = window.look(4)
    if magic in _PCAP:
        return _pcap(window, capture, *_PCAP[magic])
    if magic == _SECTION:
        return _pcapng(window, capture)
    if magic[:2] == b"\x1f\x8b":
        raise WireError("E0600", "the file is compressed", expected="pcap or pcapng", remedy="unpack it first (gunzip)")
    raise WireError("E0600", f"the file begins with {magic.hex() or 'nothing'}", expected="pcap or pcapng")


def _pcap(window: _Window, capture: Capture, order: str, unit: int) -> Iterator[Frame]:
    head = window.take(24)
    if len(head) < 24:
        raise WireError("E0601", f"the head of the pcap has {len(head)} bytes", expected="24 bytes")
    link = struct.unpack(order + "I", head[20:])[0] & 0xFFFF  # the upper half says how long a check sequence is
    record, look, take = struct.Struct(order + "IIII"), window.look, window.take
    while head := take(16):
        if len(head) < 16:
            capture.findings.add(
                "capture-cut", capture.frame, f"the file ends in the head of frame {capture.frame + 1}"
            )
            return
        seconds, fraction, size, length = record.unpack(head)
        if size > _LONGEST_FRAME:
            where = f"at byte {window.position - 16} a frame of {size} bytes"
            capture.findings.add("capture-corrupt", capture.frame, where)
            return
        if len(look(size)) < size:
            capture.findings.add("capture-cut", capture.frame, f"the file ends in frame {capture.frame + 1}")
            return
        capture.frame += 1
        time = seconds * _BILLION + fraction * unit
        yield Frame(capture.frame, time, link, 0, window.position, length, take(size))


def _pcapng(window: _Window, capture: Capture) -> Iterator[Frame]:
    first = True
    while head := window.look(12):
        start = window.position
        if head[:4] == _SECTION and len(head) == 12:
            if head[8:] not in _ORDERS:
                if first:
                    raise WireError("E0601", "the byte order of the pcapng is unreadable", expected="1A2B3C4D")
                capture.findings.add("capture-corrupt", capture.frame, f"at byte {start} a section without byte order")
                return
            capture.order = _ORDERS[head[8:]]
            capture.interfaces.clear()
        body = _block(window, capture, head)
        if body is None:
            if first:
                raise WireError("E0601", "the first block of the pcapng is cut short or makes no sense")
            return
        kind = struct.unpack(capture.order + "I", head[:4])[0]
        frame = _read_block(kind, body, start, capture) if not first else None
        first = False
        if frame:
            yield frame


def _block(window: _Window, capture: Capture, head: bytes) -> bytes | None:
    """The body of the next block; None, with a finding, where the file cannot be read on."""
    start = window.position
    size = struct.unpack(capture.order + "I", head[4:8])[0] if len(head) == 12 else 0
    if len(head) == 12 and (size < 12 or size % 4 or size > _LONGEST_BLOCK):
        capture.findings.add("capture-corrupt", capture.frame, f"at byte {start} a block of {size} bytes")
        return None
    block = window.take(size) if size else b""
    if not size or len(block) < size:
        capture.findings.add("capture-cut", capture.frame, f"the file ends in the block at byte {start}")
        return None
    if block[-4:] != block[4:8]:
        capture.findings.add("block-trailer", capture.frame, f"at byte {start} a block with two lengths")
    return block[8:-4]


def _read_block(kind: int, body: bytes, start: int, capture: Capture) -> Frame | None:
    """The frame in a block, if it holds one."""
    try:
        if kind == _ENHANCED:
            interface, high, low, size, length = struct.unpack_from(capture.order + "IIIII", body)
            return _frame(capture, interface, high << 32 | low, body, 20, size, length, start)
        if kind == _PACKET:
            interface, _, high, low, size, length = struct.unpack_from(capture.order + "HHIIII", body)
            return _frame(capture, interface, high << 32 | low, body, 20, size, length, start)
        if kind == _SIMPLE:
            (length,) = struct.unpack_from(capture.order + "I", body)
            snap = capture.interfaces[0].snap if capture.interfaces else 0
            size = min(length, snap or length, len(body) - 4)
            return _frame(capture, 0, None, body, 4, size, length, start)
        _read_other(kind, body, capture)
    except struct.error:
        capture.findings.add("block-cut", capture.frame, f"at byte {start} a block of kind {kind} that is too short")
    return None


def _frame(
    capture: Capture, interface: int, ticks: int | None, body: bytes, at: int, size: int, length: int, start: int
) -> Frame | None:
    capture.frame += 1
    if interface >= len(capture.interfaces):
        capture.findings.add("interface-unknown", capture.frame, f"interface {interface} was not described")
        return None
    if size > len(body) - at:
        capture.findings.add("block-cut", capture.frame, f"{size} bytes announced, {len(body) - at} there")
        return None
    link, _, rate, offset = capture.interfaces[interface]
    time = None if ticks is None else ticks * _BILLION // rate + offset * _BILLION
    return Frame(capture.frame, time, link, interface, start + 8 + at, length, body[at : at + size])


def _read_other(kind: int, body: bytes, capture: Capture) -> None:
    """Interface descriptions and secrets; statistics, names and comments prove nothing."""
    if kind == _INTERFACE:
        link, snap = struct.unpack_from(capture.order + "HxxI", body)
        options = _options(body[8:], capture.order)
        resolution = (options.get(9) or b"\x06")[0]
        ticks = 1 << (resolution & 0x7F) if resolution & 0x80 else 10 ** (resolution & 0x7F)
        offset = int.from_bytes(options.get(14, b""), "little" if capture.order == "<" else "big", signed=True)
        if len(capture.interfaces) < _MOST_INTERFACES:
            capture.interfaces.append(_Interface(link, snap, ticks, offset))
    elif kind == _SECRETS:
        secret, size = struct.unpack_from(capture.order + "II", body)
        if size + sum(len(text) for _, text in capture.secrets) > _MOST_SECRETS or size > len(body) - 8:
            capture.findings.add("secrets-dropped", capture.frame, f"{size} bytes of secrets")
            return
        capture.secrets.append((secret, body[8 : 8 + size]))


def _options(body: bytes, order: str) -> dict[int, bytes]:
    """The options at the end of a block, the last of each code, as far as they can be read."""
    out, at = {}, 0
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        if code == 0 or at + 4 + size > len(body):
            break
        out[code] = body[at + 4 : at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
    return out
