"""Subscriber identities in recordings: found before anything is stored, replaced where that can be done soundly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from assay.model.event import Event
from assay.wire.fields import fields

__all__ = ["identities_in"]

_TEXT: Final = re.compile(
    r"(?:imsi|nai|msisdn|gci|gli|imeisv|imei|suci-0-\d{3}-\d{2,3}-\d{1,4}-0-0)-([0-9A-Za-z.@_-]{5,60})"
)
_IN_CLEAR: Final = ("0", "1", "3")
"""Security header types under which an identity is readable for everybody."""


def identities_in(events: Iterable[Event]) -> list[str]:
    """Kinds of identities that anybody could read in the recordings, with where; the values stay out."""
    found: dict[str, Event] = {}
    for event in events:
        if event.protocol == "nas-5gs" and event.key("identity") == "suci" and event.key("scheme") == "0":
            if event.key("header") in _IN_CLEAR or event.key("nea") in ("", "0"):
                found.setdefault("SUPI in a SUCI that conceals nothing", event)
        elif event.protocol == "nas-5gs" and event.key("identity") in ("imei", "imeisv"):
            found.setdefault("equipment identity", event)
        elif event.protocol == "http" and _named(event):
            found.setdefault("subscriber identity in HTTP", event)
    return [f"{what}, {event.file} frame {event.frame}" for what, event in found.items()]


def _named(event: Event) -> bool:
    if _TEXT.search(event.key("path")):
        return True
    content = fields(event).get("content", b"")
    return bool(_TEXT.search(content.decode("latin-1"))) if isinstance(content, bytes) else False
