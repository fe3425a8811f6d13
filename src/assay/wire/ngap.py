"""NGAP (TS 38.413): the frame of a message in plain Python, the depth of its fields through pycrate where installed.

Aligned PER makes the outer frame simple: kind, procedure, criticality, then information elements that each say how
long they are. Most questions need no more, and this costs a hundredth of a full decode.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.wire.codec import load
from assay.wire.errors import WireError

__all__ = [
    "AMF_UE_ID",
    "KINDS",
    "NAS_PDU",
    "PROCEDURES",
    "RAN_UE_ID",
    "Element",
    "Pdu",
    "amf_ue_id",
    "nas_pdus",
    "ran_ue_id",
    "split",
    "values",
]

KINDS: Final = ("initiating", "successful", "unsuccessful")
AMF_UE_ID, NAS_PDU, RAN_UE_ID = 10, 38, 85
_WITH_SESSIONS: Final = frozenset((14, 26, 29))
"""Procedures whose request has a list of PDU sessions with NAS messages of their own."""
PROCEDURES: Final = {
    0: "amf-configuration-update", 4: "downlink-nas-transport", 9: "error-indication", 10: "handover-cancel",
    11: "handover-notification", 12: "handover-preparation", 13: "handover-resource-allocation",
    14: "initial-context-setup", 15: "initial-ue-message", 19: "nas-non-delivery-indication", 20: "ng-reset",
    21: "ng-setup", 24: "paging", 25: "path-switch-request", 26: "pdu-session-resource-modify",
    28: "pdu-session-resource-release", 29: "pdu-session-resource-setup", 36: "reroute-nas-request",
    40: "ue-context-modification", 41: "ue-context-release", 42: "ue-context-release-request",
    44: "ue-radio-capability-info-indication", 46: "uplink-nas-transport",
}  # fmt: skip


class Element(NamedTuple):
    """One information element and where in the message its value stands."""

    id: int
    start: int
    end: int


class Pdu(NamedTuple):
    """The frame of a message."""

    kind: str
    procedure: int
    elements: tuple[Element, ...]

    @property
    def name(self) -> str:
        """The procedure in words."""
        return PROCEDURES.get(self.procedure, f"procedure-{self.procedure}")


def _wrong(what: str) -> WireError:
    return WireError("E0631", f"an NGAP message cannot be decoded: {what}")


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length determinant (X.691 section 11.9) and where the value begins."""
    try:
        first = data[at]
        if first < 0x80:
            return first, at + 1
        if first < 0xC0:
            return (first & 0x3F) << 8 | data[at + 1], at + 2
    except IndexError:
        raise _wrong("it ends within a length") from None
    raise _wrong("a value of 16,384 bytes or more")


def split(data: bytes) -> Pdu:
    """The kind, procedure and elements of a message."""
    if len(data) < 4 or data[0] >> 5 > 2 or data[0] & 0x1F:
        raise _wrong("its first bytes are those of no NGAP message")
    size, at = _length(data, 3)
    if at + size > len(data) or size < 3:
        raise _wrong(f"{size} bytes announced, {len(data) - at} there")
    if data[at]:
        raise _wrong("extensions of the message itself")
    end, count, at = at + size, int.from_bytes(data[at + 1 : at + 3], "big"), at + 3
    elements = []
    for _ in range(count):
        if at + 4 > end:
            raise _wrong("it ends within an element")
        ident = int.from_bytes(data[at : at + 2], "big")
        size, at = _length(data, at + 3)
        if at + size > end:
            raise _wrong(f"element {ident} is longer than the message")
        elements.append(Element(ident, at, at + size))
        at += size
    return Pdu(KINDS[data[0] >> 5], data[1], tuple(elements))


def _identifier(data: bytes, pdu: Pdu, ident: int, bits: int) -> int | None:
    for element in pdu.elements:
        if element.id == ident and element.start < element.end:
            size = (data[element.start] >> (8 - bits)) + 1
            if element.end - element.start == 1 + size:
                return int.from_bytes(data[element.start + 1 : element.end], "big")
    return None


def amf_ue_id(data: bytes, pdu: Pdu) -> int | None:
    """The AMF's number of the UE, None where the message has none."""
    return _identifier(data, pdu, AMF_UE_ID, 3)


def ran_ue_id(data: bytes, pdu: Pdu) -> int | None:
    """The gNB's number of the UE, None where the message has none."""
    return _identifier(data, pdu, RAN_UE_ID, 2)


def nas_pdus(data: bytes, pdu: Pdu) -> list[tuple[int, int]]:
    """Where the NAS messages stand, those inside lists of PDU sessions included (they need pycrate)."""
    out = []
    for element in pdu.elements:
        if element.id == NAS_PDU:
            size, start = _length(data, element.start)
            if start + size != element.end:
                raise _wrong("a NAS message of another length than its element")
            out.append((start, element.end))
    if pdu.procedure in _WITH_SESSIONS and pdu.kind == KINDS[0]:
        at = 0
        for text in _nested(values(data)):
            at = data.find(text, at)  # the codec gives values in the order of the message, and octets unchanged
            out.append((at, at + len(text)))
            at += len(text)
    return out


def _nested(value: object) -> Iterator[bytes]:
    """The NAS messages in items of lists: fields named nAS-PDU or pDUSessionNAS-PDU."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, bytes) and str(key).lower().endswith("nas-pdu"):
                yield inner
            else:
                yield from _nested(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _nested(inner)


def values(data: bytes) -> object:
    """Every field as pycrate names it: nested tuples, lists and dictionaries."""
    codec = load("pycrate_asn1dir.NGAP", "NGAP").NGAP_PDU_Descriptions.NGAP_PDU
    # pycrate reports malformed input by exceptions of many kinds, some of them built-in
    try:
        codec.from_aper(data)
        found: object = codec.get_val()
    except Exception as error:
        raise _wrong(f"{type(error).__name__} in its fields") from None
    return found
