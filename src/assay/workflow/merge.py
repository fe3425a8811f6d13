"""Recordings of several points become one log: in the order of time, with names that stay apart."""

from __future__ import annotations

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
    files = list(dict.fromkeys(event.file for event in held))
    if len(files) < 2:
        return held
    order = sorted(range(len(held)), key=_times(held).__getitem__)
    numbers = {held.at(place).number: str(number) for number, place in enumerate(order, 1)}
    prefix = {file: f"{place}." for place, file in enumerate(files, 1)}
    out = held.fresh()
    out.add(_renamed(held.at(place), number, numbers, prefix) for number, place in enumerate(order, 1))
    return out


def _times(held: Shelf) -> list[int]:
    out, last, file = [], 0, ""
    for event in held:
        last = event.time if event.time is not None else (last if event.file == file else 0)
        file = event.file
        out.append(last)
    return out


def _renamed(event: Event, number: int, numbers: dict[int, str], prefix: dict[str, str]) -> Event:
    keys = tuple(
        (
            name,
            prefix[event.file] + value if name in _NAMES else numbers.get(int(value), "") if name in _EVENTS else value,
        )
        for name, value in event.keys
    )
    return replace(event, number=number, keys=keys)
