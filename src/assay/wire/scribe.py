"""Gives every event its number and its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from assay.model.event import Event, Span
from assay.wire.errors import Findings
from assay.wire.ip import address

__all__ = ["Keys", "Scribe", "ends"]

_MOST_PAIRS: Final = 50_000

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
    _pairs: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, repr=False)

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
        """The next event. Equal pairs of keys are one object: of a long log they would else fill the memory."""
        self.number += 1
        if len(self._pairs) > _MOST_PAIRS:
            self._pairs.clear()
        once = self._pairs.setdefault
        return Event(
            self.number, self.file, time, point, protocol, kind, tuple([once(pair, pair) for pair in keys]), spans, body
        )
