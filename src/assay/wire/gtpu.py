"""GTP-U (TS 29.281): its own messages as events, the user plane as one counter for each tunnel."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.model.event import Event, Span, part
from assay.wire.ip import Datagram, address
from assay.wire.scribe import Keys, Scribe, ends

__all__ = ["PORT", "Tunnels"]

PORT: Final = 2152
_MESSAGES: Final = {
    1: "echo-request", 2: "echo-response", 26: "error-indication", 31: "supported-extension-headers-notification",
    253: "tunnel-status", 254: "end-marker",
}  # fmt: skip
_USER: Final = 255
_CONTAINER: Final = 0x85
"""The extension header with the PDU session container (TS 38.415): its sender is on N3 or N9."""
_MOST_TUNNELS: Final = 20_000
_MOST_SEEN: Final = 16
_MOST_EXTENSIONS: Final = 8
_KEPT: Final = 72


@dataclass(slots=True)
class _Tunnel:
    """What one sender put into one tunnel."""

    ends: Keys
    teid: int
    first: Datagram
    """Of the payload only the beginning is kept."""
    last: tuple[int, int | None, tuple[Span, ...]]
    """Frame, time and place of the last packet."""
    packets: int = 0
    octets: int = 0
    inner: dict[bytes, None] = field(default_factory=dict)
    heads: dict[bytes, None] = field(default_factory=dict)
    """Extension headers with the type before each: few different ones occur in one tunnel."""


class Tunnels:
    """Every tunnel of a recording, within bounds."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._open: OrderedDict[tuple[bytes, bytes, int], _Tunnel] = OrderedDict()

    def datagram(self, datagram: Datagram, src_port: int, dst_port: int) -> Iterator[Event]:
        """Count a user packet, or give the event of a message of the protocol's own."""
        data = datagram.payload
        if len(data) < 16 or data[8] & 0xF0 != 0x30:
            self._scribe.findings.add("gtpu-malformed", datagram.frame, f"{len(data) - 8} bytes, no head of version 1")
            return
        kind, size, teid = struct.unpack_from(">BHI", data, 9)
        if kind != _USER:
            keys = ends(datagram.src, src_port, datagram.dst, dst_port)
            yield self._message(datagram, keys, kind, teid)
            return
        key = (datagram.src, datagram.dst, teid)
        tunnel = self._open.get(key)
        if tunnel is None:
            if len(self._open) >= _MOST_TUNNELS:
                yield self._event(self._open.popitem(last=False)[1])
            keys = ends(datagram.src, src_port, datagram.dst, dst_port)
            first = datagram._replace(payload=data[:_KEPT])
            tunnel = self._open[key] = _Tunnel(keys, teid, first, (0, None, ()))
        tunnel.last = datagram.frame, datagram.time, datagram.spans
        tunnel.packets += 1
        at = 16
        if data[8] & 7:
            at = self._extensions(datagram, tunnel)
        tunnel.octets += 16 + size - at
        inner = data[at + 12 : at + 20] if data[at : at + 1] < b"\x50" else data[at + 8 : at + 40]
        if inner not in tunnel.inner and len(tunnel.inner) < _MOST_SEEN:
            tunnel.inner[inner] = None

    def _extensions(self, datagram: Datagram, tunnel: _Tunnel) -> int:
        """Pass the optional fields and extension headers; where the user packet begins."""
        data, at = datagram.payload, 20
        if not data[8] & 4:
            return at
        following = data[19] if len(data) > 19 else 0
        for _ in range(_MOST_EXTENSIONS):
            if not following:
                return at
            size = data[at] * 4 if at < len(data) else 0
            if not size or at + size > len(data):
                self._scribe.findings.add("gtpu-malformed", datagram.frame, f"extension header {following:#04x}")
                return len(data)
            head = bytes((following,)) + data[at + 1 : at + 3]
            if head not in tunnel.heads and len(tunnel.heads) < _MOST_SEEN:
                tunnel.heads[head] = None
            following = data[at + size - 1]
            at += size
        return at

    def _message(self, datagram: Datagram, keys: Keys, kind: int, teid: int) -> Event:
        name = _MESSAGES.get(kind, f"type-{kind}")
        body = datagram.payload[8:]
        keys = (*keys, ("teid", f"{teid:08x}"))
        if kind == 26:
            keys = (*keys, *_accused(body))
        spans = part(datagram.spans, 8, len(datagram.payload))
        return self._scribe.event(datagram.time, "", "gtp-u", name, keys, spans, body)

    def _event(self, tunnel: _Tunnel) -> Event:
        first, (frame, time, spans) = tunnel.first, tunnel.last
        containers = [head[1:] for head in tunnel.heads if head[0] == _CONTAINER]
        pairs: list[tuple[str, str]] = [
            ("teid", f"{tunnel.teid:08x}"),
            ("packets", str(tunnel.packets)),
            ("bytes", str(tunnel.octets)),
            ("first_frame", str(first.frame)),
            ("last_frame", str(frame)),
        ]
        pairs += [("first_time", str(first.time))] if first.time is not None else []
        pairs += [("last_time", str(time))] if time is not None else []
        pairs += [("direction", "up" if head[0] >> 4 else "down") for head in containers]
        pairs += [("qfi", str(head[1] & 63)) for head in containers]
        pairs += [("extension", f"{head[0]:02x}") for head in tunnel.heads]
        pairs += _inner(tunnel.inner)
        keys = tunnel.ends + tuple(dict.fromkeys(pairs))
        where = first.spans if tunnel.packets == 1 else first.spans + spans
        point = "N3" if containers else ""
        return self._scribe.event(first.time, point, "gtp-u", "tunnel", keys, where, first.payload[8:])

    def close(self) -> Iterator[Event]:
        """The counters of all tunnels, in the order in which they were first seen."""
        while self._open:
            yield self._event(self._open.popitem(last=False)[1])


def _inner(found: dict[bytes, None]) -> list[tuple[str, str]]:
    out = []
    for one in found:
        half = len(one) // 2
        if len(one) in (8, 32):
            out += [("inner_src", address(one[:half])), ("inner_dst", address(one[half:]))]
    return out


def _accused(body: bytes) -> Keys:
    """Of which tunnel an error indication speaks (clause 7.3.1): TEID is element 16, the peer's address element 133."""
    at = 12 if body[0] & 7 else 8
    if body[0] & 4 and len(body) > 11:
        following = body[11]
        while following and at < len(body) and body[at]:
            size = body[at] * 4
            following = body[at + size - 1] if at + size <= len(body) else 0
            at += size
    out = []
    if body[at : at + 1] == b"\x10" and len(body) >= at + 5:
        out.append(("of_teid", body[at + 1 : at + 5].hex()))
        at += 5
    if body[at : at + 1] == b"\x85" and len(body) >= at + 3:
        peer = body[at + 3 : at + 3 + int.from_bytes(body[at + 1 : at + 3], "big")]
        out += [("of_peer", address(peer))] if len(peer) in (4, 16) else []
    return tuple(out)
