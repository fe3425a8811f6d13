"""Further fields of a plain NAS message that single cases ask for (TS 24.501 section 8); read on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from assay.wire import nas
from assay.wire.errors import WireError

__all__ = ["fields"]

Fields = dict[str, str]

_FIXED: Final = {0x12: 1, 0x21: 16, 0x46: 1, 0x47: 7, 0x52: 6, 0x57: 1, 0x58: 1, 0x59: 1}
"""Optional elements without a length, and their size."""

_CAUSE, _AUTS, _ALLOWED, _REJECTED, _SESSION, _SLICE = 0x58, 0x30, 0x15, 0x11, 0x12, 0x22
_EAP_CODES: Final = {1: "request", 2: "response", 3: "success", 4: "failure"}


def _elements(data: bytes, at: int) -> dict[int, bytes]:
    """The optional elements from `at` on, as far as they can be read."""
    out: dict[int, bytes] = {}
    while at < len(data):
        ident = data[at]
        if ident >= 0x80 and ident >> 4 != 7:
            out.setdefault(ident & 0xF0, data[at : at + 1])
            at += 1
            continue
        fixed, wide = _FIXED.get(ident), ident >> 4 == 7
        head = 1 if fixed else 3 if wide else 2
        size = fixed or int.from_bytes(data[at + 1 : at + head], "big")
        if at + head + size > len(data):
            break
        out.setdefault(ident, data[at + head : at + head + size])
        at += head + size
    return out


def _hex(elements: dict[int, bytes], **names: int) -> Fields:
    return {name: elements[ident].hex() for name, ident in names.items() if ident in elements}


def _accept(plain: bytes) -> Fields:
    return _hex(_elements(plain, 4 + plain[3]), allowed=_ALLOWED, rejected=_REJECTED)


def _failure(plain: bytes) -> Fields:
    return {"cause": str(plain[3]), **_hex(_elements(plain, 4), auts=_AUTS)}


def _response(plain: bytes) -> Fields:
    found = nas.response(plain)
    return {} if found is None else {"res-star": found.hex()}


def _transport(plain: bytes) -> Fields:
    size = int.from_bytes(plain[4:6], "big")
    elements = _elements(plain, 6 + size)
    out = {"payload": str(plain[3] & 15), **_hex(elements, session=_SESSION, slice=_SLICE)}
    if plain[3] & 15 == 1:
        out["session-message"] = nas.name(plain[6 : 6 + size])
    if _CAUSE in elements:
        out["cause"] = str(elements[_CAUSE][0])
    return out


def _deregistration(plain: bytes) -> Fields:
    elements = _elements(plain, 4)
    out = {"cause": str(elements[_CAUSE][0])} if _CAUSE in elements else {}
    rejected = elements.get(0x6D) or elements.get(0x68)
    return {**out, "rejected": rejected.hex()} if rejected else out


def _slice_result(plain: bytes) -> Fields:
    """The S-NSSAI of a slice-specific authentication, and what its EAP message is."""
    at = 4 + plain[3]
    return {"slice": plain[4:at].hex(), "eap": _EAP_CODES.get(plain[at + 2], "") if len(plain) > at + 2 else ""}


_READERS: Final[dict[str, Callable[[bytes], Fields]]] = {
    "registration-accept": _accept, "authentication-failure": _failure, "authentication-response": _response,
    "ul-nas-transport": _transport, "dl-nas-transport": _transport,
    "deregistration-request-network": _deregistration, "slice-authentication-command": _slice_result,
    "slice-authentication-complete": _slice_result, "slice-authentication-result": _slice_result,
}  # fmt: skip


def fields(kind: str, plain: bytes) -> Fields:
    """Fields by name; none where the message has none that cases ask for, or they cannot be read."""
    reader = _READERS.get(kind)
    try:
        return reader(plain) if reader else {}
    except (WireError, IndexError):
        return {}
