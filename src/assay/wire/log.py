"""A recording in one pass: bytes of a capture file in, one ordered event log out, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assay.model.event import Event
from assay.wire import capture as files
from assay.wire import ip, sctp, tcp
from assay.wire.conversation import Conversations
from assay.wire.errors import Findings
from assay.wire.keyring import Keyring
from assay.wire.scribe import Scribe
from assay.wire.signalling import Signalling
from assay.wire.subscribers import Subscribers
from assay.wire.talk import Budget

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
    layers = _Layers(scribe, keyring)
    for datagram in ip.datagrams(_counted(files.frames(chunks, capture), reading), reading.findings):
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


class _Layers:
    """The readers above IP, each with its state."""

    def __init__(self, scribe: Scribe, keyring: Keyring) -> None:
        self._sctp = sctp.Reader(scribe.findings)
        self._signalling = Signalling(scribe, Subscribers(scribe, keyring))
        self._tcp = tcp.Reader(scribe.findings)
        self._conversations = Conversations(scribe, Budget())

    def datagram(self, datagram: ip.Datagram) -> Iterator[Event]:
        """What one datagram completes."""
        if datagram.protocol == ip.TCP:
            for step in self._tcp.datagram(datagram):
                yield from self._conversations.step(step)
        elif datagram.protocol in (ip.SCTP, ip.UDP):
            for message in self._sctp.datagram(datagram):
                yield from self._signalling.message(message)

    def close(self) -> Iterator[Event]:
        """What is left when the recording ends."""
        self._sctp.close()
        for step in self._tcp.close():
            yield from self._conversations.step(step)
