"""NGAP (TS 38.413): what most questions need in plain Python, the depth of its fields through pycrate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.wire.aper import KINDS, Element, Pdu, identifier, length, wrong
from assay.wire.codec import load

__all__ = [
    "AMF_UE_ID",
    "MESSAGES",
    "NAS_PDU",
    "RAN_UE_ID",
    "SOURCE_AMF_UE_ID",
    "TMSI",
    "USER_LOCATION",
    "amf_ue_id",
    "name",
    "nas_pdus",
    "ran_ue_id",
    "serving_plmns",
    "source_amf_ue_id",
    "tmsi",
    "values",
]

AMF_UE_ID, NAS_PDU, RAN_UE_ID = 10, 38, 85
USER_LOCATION, SOURCE_AMF_UE_ID, TMSI = 121, 100, 26
_LISTS: Final = {14: (71,), 26: (64,), 29: (74,)}
"""Procedures whose request lists PDU sessions with NAS messages of their own, and the elements with those lists."""

_ONE: Final = {
    1: "amf-status-indication", 2: "cell-traffic-trace", 3: "deactivate-trace", 4: "downlink-nas-transport",
    5: "downlink-non-ue-associated-nrppa-transport", 6: "downlink-ran-configuration-transfer",
    7: "downlink-ran-status-transfer", 8: "downlink-ue-associated-nrppa-transport", 9: "error-indication",
    11: "handover-notify", 15: "initial-ue-message", 16: "location-reporting-control",
    17: "location-reporting-failure-indication", 18: "location-report", 19: "nas-non-delivery-indication",
    22: "overload-start", 23: "overload-stop", 24: "paging", 30: "pdu-session-resource-notify", 31: "private-message",
    33: "pws-failure-indication", 34: "pws-restart-indication", 36: "reroute-nas-request",
    37: "rrc-inactive-transition-report", 38: "trace-failure-indication", 39: "trace-start",
    42: "ue-context-release-request", 44: "ue-radio-capability-info-indication", 45: "ue-tnla-binding-release-request",
    46: "uplink-nas-transport", 47: "uplink-non-ue-associated-nrppa-transport",
    48: "uplink-ran-configuration-transfer", 49: "uplink-ran-status-transfer",
    50: "uplink-ue-associated-nrppa-transport", 52: "secondary-rat-data-usage-report",
    53: "uplink-rim-information-transfer", 54: "downlink-rim-information-transfer",
    55: "retrieve-ue-information", 56: "ue-information-transfer", 57: "ran-cp-relocation-indication",
    61: "handover-success", 62: "uplink-ran-early-status-transfer", 63: "downlink-ran-early-status-transfer",
    66: "broadcast-session-release-required", 70: "multicast-group-paging",
}  # fmt: skip
_TWO: Final = {
    0: "amf-configuration-update", 20: "ng-reset", 21: "ng-setup", 25: "path-switch", 32: "pws-cancel",
    35: "ran-configuration-update", 40: "ue-context-modification", 43: "ue-radio-capability-check",
    51: "write-replace-warning", 10: "handover-cancel", 26: "pdu-session-resource-modify",
    29: "pdu-session-resource-setup", 14: "initial-context-setup", 58: "ue-context-resume", 59: "ue-context-suspend",
    60: "ue-radio-capability-id-mapping",
}  # fmt: skip
_OTHER: Final = {
    12: ("handover-required", "handover-command", "handover-preparation-failure"),
    13: ("handover-request", "handover-request-acknowledge", "handover-failure"),
    27: ("pdu-session-resource-modify-indication", "pdu-session-resource-modify-confirm", ""),
    28: ("pdu-session-resource-release-command", "pdu-session-resource-release-response", ""),
    41: ("ue-context-release-command", "ue-context-release-complete", ""),
}


def _messages() -> dict[tuple[int, int], str]:
    out = {(number, 0): name for number, name in _ONE.items()}
    for number, name in _TWO.items():
        out |= {(number, 0): f"{name}-request", (number, 1): f"{name}-response", (number, 2): f"{name}-failure"}
    for number, names in _OTHER.items():
        out |= {(number, place): name for place, name in enumerate(names) if name}
    return out


MESSAGES: Final = _messages()
"""(procedure, kind) -> name of the message; where TS 38.413 says `acknowledge` for an answer, this says `response`."""


def name(pdu: Pdu) -> str:
    """The message in words."""
    known = MESSAGES.get((pdu.procedure, KINDS.index(pdu.kind)))
    return known or f"procedure-{pdu.procedure}-{pdu.kind}"


def amf_ue_id(data: bytes, pdu: Pdu) -> int | None:
    """The AMF's number of the UE, None where the message has none."""
    return identifier(data, pdu, AMF_UE_ID, 3)


def tmsi(data: bytes, pdu: Pdu) -> bytes:
    """The 5G-TMSI by which the gNB says that the UE is known; empty where it says nothing."""
    for element in pdu.elements:
        if element.id == TMSI and element.end - element.start >= 6:
            return data[element.end - 4 : element.end]
    return b""


def source_amf_ue_id(data: bytes, pdu: Pdu) -> int | None:
    """The number under which the AMF knew a UE before its path was switched."""
    return identifier(data, pdu, SOURCE_AMF_UE_ID, 3)


def ran_ue_id(data: bytes, pdu: Pdu) -> int | None:
    """The gNB's number of the UE, None where the message has none."""
    return identifier(data, pdu, RAN_UE_ID, 2)


def nas_pdus(data: bytes, pdu: Pdu) -> list[tuple[int, int]]:
    """Where the NAS messages stand, those inside lists of PDU sessions included."""
    out: list[tuple[int, int]] = []
    lists = _LISTS.get(pdu.procedure, ()) if pdu.kind == KINDS[0] else ()
    for element in pdu.elements:
        if element.id == NAS_PDU:
            size, start = length(data, element.start)
            if start + size != element.end:
                raise wrong("NGAP", "a NAS message of another length than its element")
            out.append((start, element.end))
        elif element.id in lists:
            found = _listed(data, element)
            if found is None:  # extensions of an item: rare, and the codec knows them
                return out + _searched(data)
            out += found
    return out


def _listed(data: bytes, element: Element) -> list[tuple[int, int]] | None:
    """NAS messages in a list of sessions to set up or to change; None for items that need the codec."""
    out = []
    try:
        count, at = data[element.start] + 1, element.start + 1
        for _ in range(count):
            options = data[at]
            at += 2  # the bits that say which options are there, then the number of the session
            if options & 0xA0:
                return None
            if options & 0x40:
                size, at = length(data, at)
                out.append((at, at + size))
                at += size
            if element.id != 64:
                if data[at] & 0xA0:
                    return None
                at += 5 if data[at] & 0x40 else 2  # slice: type, and its differentiator where there is one
            size, at = length(data, at)
            at += size
    except IndexError:
        raise wrong("NGAP", "it ends within a list of sessions") from None
    if at != element.end:
        raise wrong("NGAP", "a list of sessions of another length than its element")
    return out


def _searched(data: bytes) -> list[tuple[int, int]]:
    out, at = [], 0
    for text in _nested(values(data)):
        at = data.find(text, at)  # the codec gives values in the order of the message, and octets unchanged
        out.append((at, at + len(text)))
        at += len(text)
    return out


def serving_plmns(data: bytes, pdu: Pdu) -> list[bytes]:
    """The encoded PLMNs of the UE's tracking area and cell, in a message that tells its place in NR."""
    for element in pdu.elements:
        # three bits of choices, then options; each PLMN begins a byte of its own (aligned PER)
        if element.id == USER_LOCATION and element.end - element.start >= 15 and data[element.start] & 0xC0 == 0x40:
            at = element.start
            return list(dict.fromkeys((data[at + 9 : at + 12], data[at + 1 : at + 4])))
    return []


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
        raise wrong("NGAP", f"{type(error).__name__} in its fields") from None
    return found
