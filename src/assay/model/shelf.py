"""Events in order: of a long log only the first stay in memory, the rest goes to a sink that the caller gives."""

from __future__ import annotations

import marshal
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol, overload

from assay.model.event import Event, Span

__all__ = ["BUDGET", "Events", "Shelf", "Sink"]

BUDGET: Final = 1 << 25
"""Bytes of events in memory, roughly; what comes after goes to the sink."""
_OVERHEAD: Final = 600
"""What an event takes besides its body."""
_MOST_READ: Final = 1 << 22
"""Bytes of events that were read back and are held for the next who asks, counted as the budget is."""


class Sink(Protocol):
    """Keeps bytes outside of memory."""

    def put(self, data: bytes) -> int:
        """Keep bytes; the handle by which they are found again."""

    def get(self, handle: int) -> bytes:
        """The bytes of a handle."""


class Shelf:
    """Events by their place, from 0. Without a sink all of them stay in memory; what is read is the same.

    `files` are the names of the recordings in the order met, `numbers` the numbers of the events by their place.
    """

    def __init__(self, sink: Sink | None = None, budget: int = BUDGET) -> None:
        self._sink = sink
        self._budget = self._left = budget
        self._kept: list[Event] = []
        self._handles = array("Q")
        self._read: dict[int, Event] = {}
        self._room = _MOST_READ
        self.files: dict[str, None] = {}
        self.numbers = array("Q")

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
            self.files[event.file] = None
            self.numbers.append(event.number)
            if self._sink is not None and self._left <= 0:
                self._handles.append(self._sink.put(_packed(event)))
            else:
                self._kept.append(event)
                self._left -= _OVERHEAD + len(event.body)

    def place(self, number: int) -> int | None:
        """The place of the event with a number; None where there is none. Numbers rise with the places."""
        place = bisect_left(self.numbers, number)
        return place if place < len(self.numbers) and self.numbers[place] == number else None

    def at(self, place: int) -> Event:
        """The event at a place."""
        if place < len(self._kept) or self._sink is None:
            return self._kept[place]
        found = self._read.get(place)
        if found is None:
            found = _unpacked(self._sink.get(self._handles[place - len(self._kept)]))
            self._room -= _OVERHEAD + len(found.body)
            if self._room < 0:
                self._read.clear()
                self._room = _MOST_READ
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

    def after(self, number: int) -> Events:
        """Those with a higher number: found by their places, none of the others is read. Places are in order."""
        return Events(self._shelf, self.places[bisect_right(self.places, number, key=self._number) :])

    def before(self, number: int) -> Events:
        """Those with a lower number."""
        return Events(self._shelf, self.places[: bisect_left(self.places, number, key=self._number)])

    def _number(self, place: int) -> int:
        return self._shelf.numbers[place]


def _packed(event: Event) -> bytes:
    """An event as bytes for the same process: written and read by nobody else, so the quickest form does."""
    spans = tuple([tuple(span) for span in event.spans])
    return marshal.dumps(
        (event.number, event.file, event.time, event.point, event.protocol, event.kind, event.keys, spans, event.body)
    )


def _unpacked(data: bytes) -> Event:
    number, file, time, point, protocol, kind, keys, spans, body = marshal.loads(data)
    return Event(number, file, time, point, protocol, kind, keys, tuple([Span(*span) for span in spans]), body)
