"""Further fields of an NGAP message that single cases ask for (TS 38.413); read on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from assay.wire import aper, ngap
from assay.wire.errors import WireError

__all__ = ["fields"]

_CAPABILITIES, _NAS_CONTAINER, _UPLINK_SECURITY, _DOWNLINK_SECURITY, _PAGED = 119, 37, 211, 212, 115
_PATH_SWITCH: Final = 25
_WITH_SESSIONS: Final = frozenset((13, 14, 26, 29))
"""Procedures whose lists of PDU sessions may say how the user plane is to be protected."""

_INDICATION: Final = b"\x00\x8a\x00"
"""The element that says it, as it begins; where it is absent the whole message need not be decoded."""


def fields(data: bytes) -> dict[str, Any]:
    """Fields by name: capabilities as four words of hex, containers as hex, `sessions` as a list of mappings."""
    out: dict[str, Any] = {}
    try:
        pdu = aper.split(data)
        for element in pdu.elements:
            value = data[element.start : element.end]
            if element.id == _CAPABILITIES:
                out["capabilities"] = _capabilities(value)
            elif element.id == _NAS_CONTAINER:
                out["nas-container"] = value[1:].hex()
            elif element.id in (_UPLINK_SECURITY, _DOWNLINK_SECURITY):
                out["uplink-security" if element.id == _UPLINK_SECURITY else "downlink-security"] = value.hex()
            elif element.id == _PAGED and len(value) >= 4:
                out["tmsi"] = value[-4:].hex()
        out["sessions"] = list(_sessions(ngap.values(data))) if _may_indicate(data, pdu) else []
    except WireError:
        return out
    return out


def _may_indicate(data: bytes, pdu: aper.Pdu) -> bool:
    if pdu.procedure == _PATH_SWITCH:
        return True
    return pdu.procedure in _WITH_SESSIONS and pdu.kind == aper.KINDS[0] and _INDICATION in data


def _capabilities(value: bytes) -> str:
    """Four bit strings of 16 behind two bits of preamble, each behind the bit that says whether it was extended."""
    bits = int.from_bytes(value, "big")
    left = 8 * len(value) - 2
    words = []
    for _ in range(4):
        left -= 17
        if left < 0 or bits >> (left + 16) & 1:
            return ""
        words.append(f"{bits >> left & 0xFFFF:04x}")
    return "-".join(words)


def _sessions(value: Any) -> Iterator[dict[str, str]]:  # noqa: ANN401  the codec's nested values
    """Each PDU session of the message with its indications for the user plane, or its result of them."""
    todo = [(value, "")]
    while todo:
        one, session = todo.pop()
        if isinstance(one, dict):
            session = str(one.get("pDUSessionID", session))
            for name in ("integrityProtectionIndication", "integrityProtectionResult"):
                if name in one:
                    other = name.replace("integrity", "confidentiality")
                    what = "indication" if name.endswith("Indication") else "result"
                    yield {
                        "session": session, "what": what, "integrity": str(one[name]),
                        "confidentiality": str(one.get(other, "")),
                    }  # fmt: skip
            todo += [(inner, session) for inner in one.values()]
        elif isinstance(one, list | tuple):
            todo += [(inner, session) for inner in one]
