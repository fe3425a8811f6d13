"""Events in order: of a long log only the first stay in memory, the rest goes to a sink that the caller gives."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol, overload

from assay.model.event import Event, Span

__all__ = ["BUDGET", "Events", "Shelf", "Sink"]

BUDGET: Final = 1 << 26
"""Bytes of events in memory, roughly; what comes after goes to the sink."""
_OVERHEAD: Final = 600
"""What an event takes besides its body."""
_MOST_READ: Final = 1024
"""Events that were read back and are held for the next who asks."""


class Sink(Protocol):
    """Keeps bytes outside of memory."""

    def put(self, data: bytes) -> int:
        """Keep bytes; the handle by which they are found again."""

    def get(self, handle: int) -> bytes:
        """The bytes of a handle."""


class Shelf:
    """Events by their place, from 0. Without a sink all of them stay in memory; what is read is the same."""

    def __init__(self, sink: Sink | None = None, budget: int = BUDGET) -> None:
        self._sink = sink
        self._budget = self._left = budget
        self._kept: list[Event] = []
        self._handles = array("Q")
        self._read: dict[int, Event] = {}

    def __len__(self) -> int:
        return len(self._kept) + len(self._handles)

    def __iter__(self) -> Iterator[Event]:
        yield from self._kept
        if self._sink is not None:
            for handle in self._handles:
                yield _unpacked(self._sink.get(handle))

    def fresh(self) -> Shelf:
        """An empty shelf on the same sink, with the same budget."""
        return Shelf(self._sink, self._budget)

    def add(self, events: Iterable[Event]) -> None:
        """Put events at the end."""
        for event in events:
            if self._sink is not None and self._left <= 0:
                self._handles.append(self._sink.put(_packed(event)))
            else:
                self._kept.append(event)
                self._left -= _OVERHEAD + len(event.body)

    def at(self, place: int) -> Event:
        """The event at a place."""
        if place < len(self._kept) or self._sink is None:
            return self._kept[place]
        found = self._read.get(place)
        if found is None:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            found = _unpacked(self._sink.get(self._handles[place - len(self._kept)]))
            self._read[place] = found
        return found


class Events(Sequence[Event]):
    """Some events of a shelf, by their places, read when they are asked for."""

    __slots__ = ("_shelf", "places")

    def __init__(self, shelf: Shelf, places: Sequence[int]) -> None:
        self._shelf = shelf
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Event]:
        return map(self._shelf.at, self.places)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> Events: ...
    def __getitem__(self, place: int | slice) -> Event | Events:
        if isinstance(place, slice):
            return Events(self._shelf, self.places[place])
        return self._shelf.at(self.places[place])


def _packed(event: Event) -> bytes:
    """An event as bytes for the same process: written and read by nobody else, so the quickest form does."""
    spans = tuple([tuple(span) for span in event.spans])
    return marshal.dumps(
        (event.number, event.file, event.time, event.point, event.protocol, event.kind, event.keys, spans, event.body)
    )


def _unpacked(data: bytes) -> Event:
    number, file, time, point, protocol, kind, keys, spans, body = marshal.loads(data)
    return Event(number, file, time, point, protocol, kind, keys, tuple([Span(*span) for span in spans]), body)
