"""A recording in one pass: bytes of a capture file in, one ordered event log out, in bounded memory."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assay.model.event import Event, part
from assay.wire import capture as files
from assay.wire import dtls, gtpu, ip, ipsec, pfcp, sctp, tcp
from assay.wire.conversation import Conversations
from assay.wire.errors import Findings
from assay.wire.keyring import Keyring
from assay.wire.scribe import Scribe, ends
from assay.wire.signalling import Signalling
from assay.wire.tls_secrets import BLOCK, Secrets

__all__ = ["Reading", "events"]


@dataclass(slots=True)
class Reading:
    """What a pass leaves behind besides events: faults and limits, frames read, time of the first and last one."""

    findings: Findings = field(default_factory=Findings)
    frames: int = 0
    first: int | None = None
    last: int | None = None
    events: int = 0


def events(
    file: str, chunks: Iterable[bytes], keyring: Keyring, reading: Reading, *, after: int = 0
) -> Iterator[Event]:
    """Every event of a capture file (docs/events.md), in the order in which their messages were complete.

    `file` is the name that events carry. `chunks` are the file's bytes in pieces of any size. `after` is the number of
    the last event of the file before. `reading` is filled as the pass goes on. WireError where the file is no capture.
    """
    capture = files.Capture(findings=reading.findings)
    scribe = Scribe(file, after, reading.findings)
    secrets = Secrets()
    secrets.add(keyring.secrets)
    layers = _Layers(scribe, keyring, secrets)
    frames = _counted(files.frames(chunks, capture), reading)
    for datagram in ip.datagrams(_with_secrets(frames, capture, secrets), reading.findings):
        for event in layers.datagram(datagram):
            reading.events += 1
            yield event
    for event in layers.close():
        reading.events += 1
        yield event


def _counted(frames: Iterable[files.Frame], reading: Reading) -> Iterator[files.Frame]:
    for frame in frames:
        reading.frames = frame.number
        if frame.time is not None:
            reading.first = frame.time if reading.first is None else reading.first
            reading.last = frame.time
        yield frame


def _with_secrets(frames: Iterable[files.Frame], capture: files.Capture, secrets: Secrets) -> Iterator[files.Frame]:
    """Take up what secrets the file itself holds: their blocks stand before the frames that need them."""
    known = 0
    for frame in frames:
        if len(capture.secrets) > known:
            secrets.add(text for kind, text in capture.secrets[known:] if kind == BLOCK)
            known = len(capture.secrets)
        yield frame


class _Layers:
    """The readers above IP, each with its state."""

    def __init__(self, scribe: Scribe, keyring: Keyring, secrets: Secrets) -> None:
        self._sctp = sctp.Reader(scribe.findings)
        self._dtls = dtls.Dtls(scribe)
        self._signalling = Signalling(scribe, keyring, self._dtls)
        self._tcp = tcp.Reader(scribe.findings)
        self._conversations = Conversations(scribe, secrets)
        self._pfcp = pfcp.Messages(scribe)
        self._gtpu = gtpu.Tunnels(scribe)
        self._ipsec = ipsec.Tunnels(scribe)

    def datagram(self, datagram: ip.Datagram) -> Iterator[Event]:
        """What one datagram completes."""
        if datagram.protocol == ip.TCP:
            for step in self._tcp.datagram(datagram):
                yield from self._conversations.step(step)
        elif datagram.protocol == ip.UDP:
            yield from self._udp(datagram)
        elif datagram.protocol == ip.SCTP:
            for message in self._sctp.datagram(datagram):
                yield from self._signalling.message(message)
        elif datagram.protocol in (ipsec.ESP, ipsec.AH):
            yield from self._ipsec.packet(datagram, "esp" if datagram.protocol == ipsec.ESP else "ah", 0)

    def _udp(self, datagram: ip.Datagram) -> Iterator[Event]:
        """Protocols over UDP have ports of their own (TS 29.244 4.4, TS 29.281 4.4.2, RFC 6951, RFC 7296)."""
        if len(datagram.payload) < 8:
            return
        ports = src_port, dst_port = struct.unpack_from(">HH", datagram.payload)
        if gtpu.PORT in ports:
            yield from self._gtpu.datagram(datagram, src_port, dst_port)
        elif pfcp.PORT in ports:
            yield from self._pfcp.datagram(datagram, src_port, dst_port)
        elif sctp.TUNNEL in ports:
            for message in self._sctp.datagram(datagram):
                yield from self._signalling.message(message)
        elif ports[0] in ipsec.PORTS or ports[1] in ipsec.PORTS:
            yield from self._ipsec.udp(datagram, src_port, dst_port)
        elif dtls.begins(data := datagram.payload[8:]):
            keys = ends(datagram.src, src_port, datagram.dst, dst_port)
            yield from self._dtls.datagram(data, part(datagram.spans, 8, 8 + len(data)), datagram.time, "", keys)

    def close(self) -> Iterator[Event]:
        """What is left when the recording ends."""
        self._sctp.close()
        for step in self._tcp.close():
            yield from self._conversations.step(step)
        yield from self._gtpu.close()
        yield from self._ipsec.close()
