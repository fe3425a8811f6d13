"""Gives every event its number and its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from assay.model.event import Event, Span
from assay.wire.errors import Findings
from assay.wire.ip import address

__all__ = ["Keys", "Scribe", "ends"]

Keys = tuple[tuple[str, str], ...]


@lru_cache(maxsize=16384)
def ends(src: bytes, src_port: int, dst: bytes, dst_port: int) -> Keys:
    """The keys that every event has."""
    return (
        ("src", address(src)),
        ("dst", address(dst)),
        ("src_port", str(src_port)),
        ("dst_port", str(dst_port)),
    )


@dataclass(slots=True)
class Scribe:
    """`number` is that of the last event; numbers go on over all files of one log."""

    file: str
    number: int = 0
    findings: Findings = field(default_factory=Findings)

    def event(
        self,
        time: int | None,
        point: str,
        protocol: str,
        kind: str,
        keys: Keys,
        spans: tuple[Span, ...],
        body: bytes = b"",
    ) -> Event:
        """The next event."""
        self.number += 1
        return Event(self.number, self.file, time, point, protocol, kind, keys, spans, body)
