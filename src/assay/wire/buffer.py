"""Bytes of a stream that wait to be read, and where in the file each of them stands."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from assay.model.event import Span, part

__all__ = ["Buffer", "Piece"]


class Piece(NamedTuple):
    """Bytes of one direction in order. `exact` says that they stand in `spans` byte for byte, not enciphered."""

    frame: int
    time: int | None
    data: bytes
    spans: tuple[Span, ...]
    exact: bool = True


class Buffer:
    """A queue of bytes with their places."""

    __slots__ = ("_marks", "data", "time")

    def __init__(self) -> None:
        self.data = bytearray()
        self._marks: deque[tuple[int, tuple[Span, ...], bool]] = deque()
        self.time: int | None = None

    def __len__(self) -> int:
        return len(self.data)

    def append(self, piece: Piece) -> None:
        """Add bytes at the end."""
        self.data += piece.data
        self._marks.append((len(piece.data), piece.spans, piece.exact))
        self.time = piece.time

    def take(self, size: int) -> tuple[bytes, tuple[Span, ...]]:
        """The first bytes and where they stand; they leave the queue."""
        out = bytes(self.data[:size])
        del self.data[:size]
        spans: list[Span] = []
        left = len(out)
        while left and self._marks:
            length, where, exact = self._marks.popleft()
            used = min(left, length)
            spans += part(where, 0, used) if exact and used < length else where
            if used < length:
                self._marks.appendleft((length - used, part(where, used, length) if exact else where, exact))
            left -= used
        return out, tuple(spans)

    def clear(self) -> None:
        """Forget everything."""
        self.data.clear()
        self._marks.clear()
