"""The event log as checks ask it: by protocol and kind, by connection of a UE, by what follows what."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, TypeVar

from assay.model.event import Event
from assay.model.shelf import Events, Shelf

__all__ = ["NAS", "NGAP", "SECOND", "Decode", "Log"]

NAS: Final = "nas-5gs"
NGAP: Final = "ngap"
SECOND: Final = 1_000_000_000
_MOST_DECODED: Final = 1 << 23
"""Bytes of bodies whose fields are kept decoded (about ten times that in memory); beyond it they are read anew."""

_MOST_AROUND: Final = 1 << 13
"""Messages of connections that are held, about."""

T = TypeVar("T")
Decode = Callable[[Event], Mapping[str, Any]]
"""Further fields of an event, read from its body when a check asks; empty where it has none."""


class Log:
    """All events of the recordings in order, with indexes of their places; a shelf is taken as it is.

    `settings` is the lab's statement of conformance; `faults` counts what the reader could not read, by name;
    `end` is the time of the last frame in nanoseconds.
    """

    def __init__(
        self, events: Iterable[Event], decode: Decode | None = None, settings: Mapping[str, Any] | None = None,
        faults: Mapping[str, int] | None = None, end: int | None = None,
    ) -> None:  # fmt: skip
        self._shelf = _shelved(events)
        self.settings = dict(settings or {})
        self.faults = dict(faults or {})
        self._decode = decode
        self._decoded: dict[int, Mapping[str, Any]] = {}
        self._held = 0
        self._kinds: dict[str, dict[str, array[int]]] = defaultdict(lambda: defaultdict(_places))
        self._chosen: dict[tuple[str, ...], array[int]] = {}
        self._connections: dict[str, array[int]] = defaultdict(_places)
        self._held_around = 0
        self._around: dict[tuple[str, tuple[str, ...]], list[Event]] = {}
        self._memory: dict[str, Any] = {}
        self.end = end
        for place, event in enumerate(self._shelf):
            self._kinds[event.protocol][event.kind].append(place)
            ue = event.key("ue")
            if ue:
                self._connections[ue].append(place)
            if end is None and event.time is not None:
                self.end = max(self.end or 0, event.time)

    def has(self, protocol: str) -> bool:
        """True where the recordings show anything of a protocol."""
        return protocol in self._kinds

    def of(self, protocol: str, *kinds: str) -> Events:
        """The events of these kinds in order; all of the protocol where no kind is named."""
        held = self._kinds.get(protocol, {})
        if len(kinds) == 1:
            return self._events(held.get(kinds[0], _places()))
        found = self._chosen.get((protocol, *kinds))
        if found is None:
            every = [held[kind] for kind in dict.fromkeys(kinds or held) if kind in held]
            found = self._chosen[protocol, *kinds] = array("Q", sorted(chain.from_iterable(every)))
        return self._events(found)

    def _events(self, places: array[int]) -> Events:
        return Events(self._shelf, memoryview(places))

    def at(self, place: int) -> Event:
        """The event at a place, as `of(...).places` tells it: what holds many events holds their places only."""
        return self._shelf.at(place)

    def get(self, event: Event, name: str) -> str:
        """One value of an event as text: a key of it, else a field of its body, else empty."""
        value = event.key(name)
        if value:
            return value
        found = self.fields(event).get(name, "")
        return found if isinstance(found, str) else str(found)

    def fields(self, event: Event) -> Mapping[str, Any]:
        """Every further field of an event."""
        if self._decode is None:
            return {}
        found = self._decoded.get(event.number)
        if found is None:
            self._held += len(event.body)
            if self._held > _MOST_DECODED:
                self._decoded.clear()
                self._held = len(event.body)
            found = self._decoded[event.number] = self._decode(event)
        return found

    def once(self, name: str, make: Callable[[Log], T]) -> T:
        """What several checks ask alike, worked out once for the log."""
        if name not in self._memory:
            self._memory[name] = make(self)
        found: T = self._memory[name]
        return found

    def numbered(self, number: str) -> Event | None:
        """The event that another names by its number."""
        if not number.isdecimal():
            return None
        place = self._shelf.place(int(number))
        return None if place is None else self.at(place)

    def connections(self, protocol: str = NAS) -> Iterator[list[Event]]:
        """The messages of each signalling connection of a UE, those in containers of others left out."""
        for places in self._connections.values() if self.has(protocol) else ():
            found = [one for one in self._events(places) if one.protocol == protocol and not one.key("inside")]
            if found:
                yield found

    def around(self, event: Event, *protocols: str) -> list[Event]:
        """All messages of the connection that the event belongs to."""
        ue = event.key("ue")
        if not ue:
            return [event] if event.protocol in (protocols or (NAS,)) else []
        wanted = protocols or (NAS,)
        found = self._around.get((ue, wanted))
        if found is None:
            held = self._events(self._connections.get(ue, _places()))
            found = [one for one in held if one.protocol in wanted and not one.key("inside")]
            self._held_around += len(found)
            if self._held_around > _MOST_AROUND:
                self._around.clear()
                self._held_around = len(found)
            self._around[ue, wanted] = found
        return found

    def after(self, event: Event, *protocols: str) -> list[Event]:
        """What follows the event on its connection."""
        held = self.around(event, *protocols)
        return held[bisect_right(held, event.number, key=_number) :]

    def before(self, event: Event, *protocols: str) -> list[Event]:
        """What precedes the event on its connection, oldest first."""
        held = self.around(event, *protocols)
        return held[: bisect_left(held, event.number, key=_number)]

    def last(self, event: Event, *kinds: str) -> Event | None:
        """The last NAS message of these kinds before the event on its connection."""
        return next((one for one in reversed(self.before(event)) if one.kind in kinds), None)

    def next(self, event: Event, *kinds: str) -> Event | None:
        """The first NAS message of these kinds after the event on its connection."""
        return next((one for one in self.after(event) if one.kind in kinds), None)

    def watched(self, event: Event, seconds: int = 1) -> bool:
        """True where the recording goes on long enough after the event for an answer to be seen."""
        if self.end is None or event.time is None:
            return False
        wanted = self.settings.get("reaction-seconds", seconds)
        return self.end - event.time >= SECOND * (wanted if isinstance(wanted, int) else seconds)

    def inside(self, event: Event, kind: str) -> Event | None:
        """The message of a kind that was carried in a container of this one."""
        for one in self._events(self._connections.get(event.key("ue"), _places())).after(event.number):
            if not one.key("inside") or one.frame != event.frame:
                return None
            if one.kind == kind:
                return one
        return None


def _shelved(events: Iterable[Event]) -> Shelf:
    if isinstance(events, Shelf):
        return events
    shelf = Shelf()
    shelf.add(events)
    return shelf


def _places() -> array[int]:
    return array("Q")


def _number(event: Event) -> int:
    return event.number
