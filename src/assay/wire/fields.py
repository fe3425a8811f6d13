"""Further fields of an event, read from its body when a check asks for them (docs/events.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.model.event import Event
from assay.wire import http_fields, nas_fields, ngap_fields

__all__ = ["fields"]


def fields(event: Event) -> Mapping[str, Any]:
    """Fields by name; none where the event has none or its body cannot be read."""
    match event.protocol:
        case "nas-5gs":
            return nas_fields.fields(event.kind, event.body)
        case "ngap":
            return ngap_fields.fields(event.body)
        case "http":
            return http_fields.Fields(event.body)
        case _:
            return {}
