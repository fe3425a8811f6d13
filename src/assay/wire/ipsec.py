"""IPsec: what travels in ESP or AH is protected and stays unread; IKEv2 (RFC 7296) shows who agreed on it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assay.model.event import Event, Span, part
from assay.wire.ip import Datagram
from assay.wire.scribe import Keys, Scribe, ends

__all__ = ["AH", "ESP", "PORTS", "Tunnels"]

ESP, AH = 50, 51
PORTS: Final = (500, 4500)
_EXCHANGES: Final = {34: "sa-init", 35: "auth", 36: "create-child-sa", 37: "informational"}
_MOST: Final = 20_000


@dataclass(slots=True)
class _Tunnel:
    """What one sender put under one security association."""

    protocol: str
    ends: Keys
    spi: str
    first: Datagram
    last: tuple[int, tuple[Span, ...]]
    """Frame and place of the last packet."""
    packets: int = 0
    octets: int = 0


class Tunnels:
    """Every security association that a recording shows, within bounds."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._open: OrderedDict[tuple[bytes, bytes, bytes], _Tunnel] = OrderedDict()

    def packet(self, datagram: Datagram, protocol: str, at: int, ports: tuple[int, int] = (0, 0)) -> Iterator[Event]:
        """Count a packet of ESP or AH whose head begins at `at` of the payload."""
        place = at + 4 if protocol == "ah" else at
        spi = datagram.payload[place : place + 4]
        if len(spi) < 4:
            return
        key = (datagram.src, datagram.dst, spi)
        tunnel = self._open.get(key)
        if tunnel is None:
            if len(self._open) >= _MOST:
                yield self._event(self._open.popitem(last=False)[1])
            keys = ends(datagram.src, ports[0], datagram.dst, ports[1])
            tunnel = self._open[key] = _Tunnel(protocol, keys, spi.hex(), datagram._replace(payload=b""), (0, ()))
        tunnel.last = datagram.frame, datagram.spans
        tunnel.packets += 1
        tunnel.octets += len(datagram.payload) - at

    def udp(self, datagram: Datagram, src_port: int, dst_port: int) -> Iterator[Event]:
        """IKE, or ESP in UDP: four zero bytes on port 4500 say that IKE follows (RFC 3948)."""
        data, at = datagram.payload, 8
        if 4500 in (src_port, dst_port):
            if len(data) < 13:  # a keep-alive is one byte
                return
            if data[8:12] != bytes(4):
                yield from self.packet(datagram, "esp", 8, (src_port, dst_port))
                return
            at = 12
        if len(data) < at + 28 or data[at + 17] >> 4 != 2:
            return
        body = data[at:]
        keys = (
            *ends(datagram.src, src_port, datagram.dst, dst_port),
            ("spi_i", body[:8].hex()),
            ("spi_r", body[8:16].hex()),
            ("role", "response" if body[19] & 0x20 else "request"),
        )
        kind = _EXCHANGES.get(body[18], f"exchange-{body[18]}")
        yield self._scribe.event(datagram.time, "", "ike", kind, keys, part(datagram.spans, at, len(data)), body)

    def _event(self, tunnel: _Tunnel) -> Event:
        first, (frame, spans) = tunnel.first, tunnel.last
        keys = (
            *tunnel.ends,
            ("spi", tunnel.spi),
            ("packets", str(tunnel.packets)),
            ("bytes", str(tunnel.octets)),
            ("first_frame", str(first.frame)),
            ("last_frame", str(frame)),
        )
        where = first.spans if tunnel.packets == 1 else first.spans + spans
        return self._scribe.event(first.time, "", tunnel.protocol, "tunnel", keys, where)

    def close(self) -> Iterator[Event]:
        """The counters of all associations, in the order in which they were first seen."""
        while self._open:
            yield self._event(self._open.popitem(last=False)[1])
