"""What a recording shows: an ordered log of events, each with the bytes that prove it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Event", "Span", "part"]


class Span(NamedTuple):
    """Bytes of one frame, as positions in the file. Frames count from 1 as capture viewers do."""

    frame: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Event:
    """One message or one happening at one point.

    `time` is in nanoseconds since 1970, None where the recording has none. `point` is the reference point as far as
    it is known (N1, N2, N4 ...). `keys` are the values by which events are found, `src` and `dst` among them. `spans`
    are in the order of the message: more than one where it was carried in parts. `body` is the message itself where
    a later step decodes its fields; it is not part of what identifies the event.
    """

    number: int
    file: str
    time: int | None
    point: str
    protocol: str
    kind: str
    keys: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]
    body: bytes = field(default=b"", repr=False, compare=False)

    @property
    def frame(self) -> int:
        """The frame that completed the event; 0 where no frame did."""
        return max((span.frame for span in self.spans), default=0)

    def key(self, name: str) -> str:
        """The value of one key, empty where the event has none."""
        for own, value in self.keys:  # a loop and no generator: checks ask millions of times
            if own == name:
                return value
        return ""


def part(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """The bytes `start` to `end` of a message whose whole lies in `spans`."""
    if len(spans) == 1:
        frame, first, _ = spans[0]
        return (Span(frame, first + start, first + end),)
    out, passed = [], 0
    for frame, first, last in spans:
        low, high = max(start - passed, 0), min(end - passed, last - first)
        if low < high:
            out.append(Span(frame, first + low, first + high))
        passed += last - first
    return tuple(out)
