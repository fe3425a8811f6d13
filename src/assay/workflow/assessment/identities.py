"""Subscriber identities that anybody can read in recordings: which there are, of what kind, in which event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.model.event import Event
from assay.wire import nas, nas_identity, pfcp
from assay.wire.errors import WireError
from assay.wire.fields import fields
from assay.wire.nas_identity import Suci

__all__ = ["NAMES", "Identity", "identities", "nas_body", "text_of", "user_ids"]

IMSI, MSISDN, IMEI, IMEISV, OTHER = "imsi", "msisdn", "imei", "imeisv", "other"
NAMES: Final = {
    IMSI: "SUPI", MSISDN: "MSISDN", IMEI: "equipment identity", IMEISV: "equipment identity",
    OTHER: "another subscriber identity",
}  # fmt: skip
_DIGITS: Final = re.compile(r"(?<![0-9a-z])(imsi|msisdn|imeisv|imei)-(\d{5,16})(?!\d)")
_SUCI: Final = re.compile(r"suci-0-(\d{3})-(\d{2,3})-\d{1,4}-0-0-(\d{4,13})(?!\d)")
_OTHER: Final = re.compile(r"(?<![0-9a-z])(?:nai|gci|gli|extid)-([0-9A-Za-z.@_-]{5,60})")
_EQUIPMENT: Final = {3: IMEI, 5: IMEISV}
_USER_ID: Final = 141
_IN_USER_ID: Final = (IMSI, IMEI, MSISDN)
"""What a PFCP User ID holds, in the order of its flags and fields (TS 29.244 clause 8.2.101)."""


class Identity(NamedTuple):
    """One identity: its kind, its digits (or text of another kind), and the words around it where it stood in text."""

    kind: str
    value: str
    words: str = ""


def identities(event: Event) -> Iterator[Identity]:
    """Those of one event, as far as they are decoded; each time that they stand there."""
    try:
        if event.protocol == "nas-5gs":
            found = _in_nas(event)
            yield from [found] if found else []
        elif event.protocol == "pfcp":
            yield from (Identity(kind, value) for kind, value, _, _ in user_ids(event.body))
        elif event.protocol == "http":
            yield from _in_text(text_of(event))
    except WireError:
        return


def _in_nas(event: Event) -> Identity | None:
    body = nas_body(event)
    kind = body[0] & 7 if body else 0
    if kind in _EQUIPMENT:
        text = f"{body[0] >> 4:x}" + "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in body[1:])
        return Identity(_EQUIPMENT[kind], text.rstrip("f"))
    found = nas_identity.opened(body) if body else None
    if isinstance(found, Suci) and found.scheme == 0:
        return Identity(IMSI, nas_identity.supi(found) or "", found.mcc + found.mnc)
    return Identity(OTHER, body[1:].hex()) if body and body[0] & 0x77 == 0x11 else None


def nas_body(event: Event) -> bytes:
    """The encoded identity of a NAS message; empty where it has none. WireError where it cannot be read."""
    if event.kind == "security-mode-complete":
        return nas.elements(event.body).get(0x77, b"")
    return nas_identity.raw(event.body) if event.key("identity") in ("suci", "imei", "imeisv") else b""


def user_ids(body: bytes) -> Iterator[tuple[str, str, int, int]]:
    """(kind, digits, start, end) of each identity in the User ID of a PFCP message."""
    for element in pfcp.elements(body):
        at = element.start + 1
        for place, kind in enumerate(_IN_USER_ID if element.type == _USER_ID and element.end > element.start else ()):
            if not body[element.start] >> place & 1:
                continue
            if at >= element.end or at + 1 + body[at] > element.end:
                break
            start, at = at + 1, at + 1 + body[at]
            text = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in body[start:at]).rstrip("f")
            yield IMEISV if kind == IMEI and len(text) == 16 else kind, text, start, at


def text_of(event: Event) -> str:
    """Everything readable of an HTTP message: its path, its fields, its body."""
    held = fields(event)
    heads, content = held.get("headers", ()), held.get("content", b"")
    text = content.decode("latin-1") if isinstance(content, bytes) else ""
    return "\n".join([event.key("path"), *(f"{name}: {value}" for name, value in heads), text]).replace("%2B", "+")


def _in_text(text: str) -> Iterator[Identity]:
    for found in _DIGITS.finditer(text):
        yield Identity(found[1], found[2], found[0])
    for found in _SUCI.finditer(text):
        yield Identity(IMSI, found[1] + found[2] + found[3], found[0])
    for found in _OTHER.finditer(text):
        yield Identity(OTHER, found[1])
