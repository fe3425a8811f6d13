"""IPv4 and IPv6: datagrams whole again, each packet once."""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.model.event import Span
from assay.wire import link
from assay.wire.capture import Frame
from assay.wire.errors import Findings

__all__ = ["SCTP", "TCP", "UDP", "Datagram", "address", "datagrams"]

TCP, UDP, SCTP = 6, 17, 132
_MOST_PENDING: Final = 256
_MOST_FRAGMENTS: Final = 512
_MOST_EXTENSIONS: Final = 8
_RECENT: Final = 4096
_WITHIN: Final = 50_000_000
"""Nanoseconds in which one packet that passes several interfaces is recorded again."""
_EXTENSIONS: Final = frozenset((0, 43, 60, 135))
_AUTHENTICATION, _FRAGMENT = 51, 44
_MOST_TUNNELS: Final = 3
_IN_IP: Final = {4: link.IPV4, 41: link.IPV6}
_GRE, _BRIDGED = 47, 0x6558
_GENEVE: Final = (6081).to_bytes(2, "big")
_TUNNEL_PORTS: Final = frozenset(((4789).to_bytes(2, "big"), (8472).to_bytes(2, "big"), _GENEVE))


class Datagram(NamedTuple):
    """The payload of an IP datagram. `cut` says that the recording holds less of it than was sent."""

    frame: int
    time: int | None
    src: bytes
    dst: bytes
    protocol: int
    payload: bytes
    spans: tuple[Span, ...]
    cut: bool


class _Packet(NamedTuple):
    """One IP packet as it stands: `more` and `offset` are those of its fragment."""

    src: bytes
    dst: bytes
    protocol: int
    start: int
    end: int
    cut: bool
    ident: int
    offset: int
    more: bool


@dataclass(slots=True)
class _Pending:
    """The fragments of one datagram so far: offset -> (bytes, where they stand)."""

    parts: dict[int, tuple[bytes, Span]] = field(default_factory=dict)
    total: int | None = None


def address(packed: bytes) -> str:
    """An address as people write it."""
    return str(ipaddress.ip_address(packed))


def datagrams(frames: Iterable[Frame], findings: Findings) -> Iterator[Datagram]:
    """Every IP datagram of the frames, in the order in which they were complete."""
    pending: OrderedDict[tuple[bytes, bytes, int, int], _Pending] = OrderedDict()
    recent: OrderedDict[tuple[bytes, bytes, int, int, int, bytes], int] = OrderedDict()
    for frame in frames:
        packet = _open(frame, findings)
        if packet is None:
            continue
        payload = frame.data[packet.start : packet.end]
        if frame.link in link.ANY_LINKS and _repeated(recent, frame, packet, payload):
            findings.add("duplicate", frame.number)
            continue
        start = frame.start + packet.start
        span = Span(frame.number, start, start + len(payload))
        if packet.offset == 0 and not packet.more:
            yield Datagram(
                frame.number, frame.time, packet.src, packet.dst, packet.protocol, payload, (span,), packet.cut
            )
        elif whole := _collect(pending, packet, payload, span, findings):
            yield Datagram(frame.number, frame.time, packet.src, packet.dst, packet.protocol, *whole, cut=False)
    for key, left in pending.items():
        findings.add(
            "fragments-lost", max(span.frame for _, span in left.parts.values()) if left.parts else 0, _said(key)
        )


def _said(key: tuple[bytes, bytes, int, int]) -> str:
    return f"{address(key[0])} to {address(key[1])}, identification {key[3]}"


def _open(frame: Frame, findings: Findings) -> _Packet | None:
    found = link.locate(frame.link, frame.data)
    if found is None:
        findings.add("link-unknown", frame.number, f"link type {frame.link}")
        return None
    kind, at = found
    try:
        if kind == link.IPV4:
            packet = _ipv4(frame.data, at)
        elif kind == link.IPV6:
            packet = _ipv6(frame.data, at)
        else:
            return None
    except (struct.error, IndexError):
        packet = None
    if packet is None:
        findings.add("ip-malformed", frame.number)
    elif packet.cut:
        findings.add("frame-cut", frame.number, f"{len(frame.data)} of {frame.length} bytes recorded")
    return _innermost(frame.data, packet) if packet else None


def _innermost(data: bytes, packet: _Packet) -> _Packet:
    for _ in range(_MOST_TUNNELS):
        inner = _within(data, packet)
        if inner is None:
            break
        packet = inner
    return packet


def _within(data: bytes, packet: _Packet) -> _Packet | None:
    """The packet that a packet carries between the nodes of a cluster or a lab; None for any other one."""
    if packet.offset or packet.more:
        return None
    try:
        kind, at = _carried(data, packet.protocol, packet.start)
        return _ipv4(data, at) if kind == link.IPV4 else _ipv6(data, at) if kind == link.IPV6 else None
    except (struct.error, IndexError):
        return None


def _carried(data: bytes, protocol: int, at: int) -> tuple[int, int]:
    """(kind, where it begins) of what IP in IP, GRE (RFC 2890), VXLAN (RFC 7348) or Geneve (RFC 8926) carry."""
    if protocol in _IN_IP:
        return _IN_IP[protocol], at
    if protocol == _GRE:
        flags, kind = struct.unpack_from(">HH", data, at)
        inner = at + 4 + 4 * (flags >> 15 & 1) + 4 * (flags >> 13 & 1) + 4 * (flags >> 12 & 1)
        return link.ethernet(data, inner) if kind == _BRIDGED else (link.OTHER if flags & 7 else kind, inner)
    if protocol == UDP and data[at + 2 : at + 4] in _TUNNEL_PORTS:
        if data[at + 2 : at + 4] == _GENEVE:
            bridged, inner = data[at + 10 : at + 12] == b"\x65\x58", at + 16 + (data[at + 8] & 0x3F) * 4
        else:
            bridged, inner = data[at + 8] == 0x08, at + 16
        return link.ethernet(data, inner) if bridged else (link.OTHER, at)
    return link.OTHER, at


def _ipv4(data: bytes, at: int) -> _Packet | None:
    first, total, ident, fragment, _, protocol = struct.unpack_from(">BxHHHBB", data, at)
    head = (first & 15) * 4
    if first >> 4 != 4 or head < 20 or at + head > len(data):
        return None
    total = total or len(data) - at  # zero where the host left it to its card to cut the packet up
    if total < head:
        return None
    end, cut = at + total, at + total > len(data)
    offset, more = (fragment & 0x1FFF) * 8, bool(fragment & 0x2000)
    src, dst = data[at + 12 : at + 16], data[at + 16 : at + 20]
    return _Packet(src, dst, protocol, at + head, min(end, len(data)), cut, ident, offset, more)


def _ipv6(data: bytes, at: int) -> _Packet | None:
    first, total, following = struct.unpack_from(">B3xHB", data, at)
    if first >> 4 != 6 or at + 40 > len(data):
        return None
    src, dst = data[at + 8 : at + 24], data[at + 24 : at + 40]
    here = at + 40
    end = here + total if total else len(data)
    ident, offset, more = 0, 0, False
    for _ in range(_MOST_EXTENSIONS):
        if following == _FRAGMENT:
            following, place, ident = struct.unpack_from(">BxHI", data, here)
            offset, more = place & 0xFFF8, bool(place & 1)
            here += 8
        elif following in _EXTENSIONS:
            following, here = data[here], here + (data[here + 1] + 1) * 8
        elif following == _AUTHENTICATION:
            following, here = data[here], here + (data[here + 1] + 2) * 4
        else:
            break
    if here > end:
        return None
    return _Packet(src, dst, following, min(here, len(data)), min(end, len(data)), end > len(data), ident, offset, more)


def _repeated(
    recent: OrderedDict[tuple[bytes, bytes, int, int, int, bytes], int],
    frame: Frame,
    packet: _Packet,
    payload: bytes,
) -> bool:
    """True for a packet seen a moment ago. Hop counts may differ, so the head is not compared byte for byte."""
    if frame.time is None:
        return False
    key = (
        packet.src,
        packet.dst,
        packet.protocol,
        packet.ident,
        packet.offset,
        hashlib.blake2b(payload, digest_size=16).digest(),
    )
    before = recent.get(key)
    if before is not None and abs(frame.time - before) <= _WITHIN:
        return True
    recent[key] = frame.time
    recent.move_to_end(key)
    if len(recent) > _RECENT:
        recent.popitem(last=False)
    return False


def _collect(
    pending: OrderedDict[tuple[bytes, bytes, int, int], _Pending],
    packet: _Packet,
    payload: bytes,
    span: Span,
    findings: Findings,
) -> tuple[bytes, tuple[Span, ...]] | None:
    """Add a fragment; the whole datagram if it is the last missing one."""
    key = (packet.src, packet.dst, packet.protocol, packet.ident)
    if key not in pending and len(pending) >= _MOST_PENDING:
        oldest, _ = pending.popitem(last=False)
        findings.add("fragments-lost", span.frame, _said(oldest))
    held = pending.setdefault(key, _Pending())
    end = packet.offset + len(payload)
    if held.parts.get(packet.offset, (payload,))[0] != payload or end > 0xFFFF or len(held.parts) >= _MOST_FRAGMENTS:
        findings.add("fragments-contradict", span.frame, _said(key))
        del pending[key]
        return None
    if packet.cut:  # what is missing of it will never come, so its datagram stays unfinished
        return None
    if payload or not packet.more:
        held.parts[packet.offset] = (payload, span)
    if not packet.more:
        held.total = end
    if held.total is None or sum(len(data) for data, _ in held.parts.values()) < held.total:
        return None
    del pending[key]
    return _joined(held, key, span.frame, findings)


def _joined(
    held: _Pending, key: tuple[bytes, bytes, int, int], frame: int, findings: Findings
) -> tuple[bytes, tuple[Span, ...]] | None:
    data, spans = [], []
    expected = 0
    for offset, (payload, span) in sorted(held.parts.items()):
        if offset != expected:  # an overlap: two readers may see two datagrams, so neither is evidence
            findings.add("fragments-contradict", frame, _said(key))
            return None
        data.append(payload)
        spans.append(span)
        expected += len(payload)
    if expected != held.total:
        findings.add("fragments-contradict", frame, _said(key))
        return None
    return b"".join(data), tuple(spans)
