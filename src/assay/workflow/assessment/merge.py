"""Recordings of several points become one log: in the order of time, with names that stay apart."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from assay.model.event import Event
from assay.model.shelf import Shelf

__all__ = ["merged"]

_NAMES: Final = frozenset(("assoc", "conn", "ue", "who"))
"""Keys that number things within one recording."""

_EVENTS: Final = frozenset(("answers", "carried_by"))
"""Keys that name another event by its number."""


def merged(held: Shelf) -> Shelf:
    """The events of all recordings in the order of their times, numbered anew; one recording stays as it is.

    An event without a time stays behind the one before it. Whether the clocks of the recordings agree is for the lab
    to state; a check that rests on the order of two recordings says so.
    """
    if len(held.files) < 2:
        return held
    order = array("Q", sorted(range(len(held)), key=_times(held).__getitem__))
    numbers = array("Q", bytes(order.itemsize * len(order)))
    for number, place in enumerate(order, 1):
        numbers[place] = number
    prefix = {file: f"{place}." for place, file in enumerate(held.files, 1)}

    def anew(old: str) -> str:
        place = held.place(int(old))
        return "" if place is None else str(numbers[place])

    out = held.fresh()
    out.add(_renamed(held.at(place), number, anew, prefix) for number, place in enumerate(order, 1))
    return out


def _times(held: Shelf) -> array[int]:
    out, last, file = array("Q"), 0, ""
    for event in held:
        last = event.time if event.time is not None else (last if event.file == file else 0)
        file = event.file
        out.append(last)
    return out


def _renamed(event: Event, number: int, anew: Callable[[str], str], prefix: dict[str, str]) -> Event:
    keys = tuple(
        (
            name,
            prefix[event.file] + value if name in _NAMES else anew(value) if name in _EVENTS else value,
        )
        for name, value in event.keys
    )
    return replace(event, number=number, keys=keys)
