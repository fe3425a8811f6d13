"""Who a UE says it is: SUCI and 5G-GUTI (TS 24.501 section 9.11.3.4), and the SUPI behind a SUCI."""

from __future__ import annotations

from typing import Final, NamedTuple

from assay.wire import nas
from assay.wire.crypto.suci import Profile, reveal
from assay.wire.errors import WireError

__all__ = ["KINDS", "Guti", "Suci", "identity", "opened", "plmn", "raw", "supi"]

_SUCI, _GUTI = 1, 2


class Suci(NamedTuple):
    """A concealed identifier of the IMSI kind. Scheme 0 conceals nothing."""

    mcc: str
    mnc: str
    routing: str
    scheme: int
    key: int
    output: bytes


class Guti(NamedTuple):
    """A temporary identifier; `tmsi` is the part by which the UE is paged."""

    mcc: str
    mnc: str
    amf: bytes
    tmsi: bytes


def _digits(data: bytes) -> str:
    """Decimal digits, the low half of a byte first; a half of 15 ends them."""
    text = "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in data).split("f")[0]
    if not all(digit in "0123456789" for digit in text):
        raise WireError("E0620", "an identifier has digits that are none")
    return text


def _plmn(data: bytes) -> tuple[str, str]:
    mcc = _digits(bytes((data[0], data[1] | 0xF0)))
    mnc = _digits(bytes((data[2], data[1] >> 4 | 0xF0)))
    return mcc, mnc


_AT: Final = {
    "registration-request": 4,
    "deregistration-request-ue": 4,
    "service-request": 4,
    "control-plane-service-request": 4,
    "identity-response": 3,
}
"""Where the identity of a message stands."""

KINDS: Final = ("none", "suci", "guti", "imei", "tmsi", "imeisv", "mac", "eui-64")
"""Kinds of identity by their number."""


def raw(inner: bytes) -> bytes:
    """The encoded identity in a message that begins a procedure or answers a question for it."""
    kind = nas.name(inner)
    at = _AT.get(kind)
    if at is None or len(inner) < at + 2:
        raise WireError("E0620", f"a message of kind {kind} has no identity that could be read")
    size = int.from_bytes(inner[at : at + 2], "big")
    body = inner[at + 2 : at + 2 + size]
    if len(body) < size or not body:
        raise WireError("E0620", "a mobile identity is cut short")
    return body


def identity(inner: bytes) -> Suci | Guti | None:
    """The identity in a message; None for any kind but a SUCI of the IMSI kind and a 5G-GUTI."""
    return opened(raw(inner))


def opened(body: bytes) -> Suci | Guti | None:
    """The identity in an encoded element."""
    if len(body) == 11 and body[0] & 7 == _GUTI:
        return Guti(*_plmn(body[1:4]), body[4:7], body[7:11])
    if not body or body[0] & 0x77 != _SUCI:  # a network access identifier, an IMEI, a 5G-S-TMSI, none
        return None
    if len(body) < 9:
        raise WireError("E0620", f"a SUCI has {len(body)} bytes", expected="9 or more")
    return Suci(*_plmn(body[1:4]), _digits(body[4:6]), body[6] & 15, body[7], body[8:])


def plmn(data: bytes) -> tuple[str, str]:
    """MCC and MNC of the three bytes in which all of 3GPP writes them."""
    if len(data) != 3:
        raise WireError("E0620", f"a PLMN of {len(data)} bytes", expected="3 bytes")
    return _plmn(data)


def supi(given: Suci, private: bytes | None = None) -> str | None:
    """The IMSI's digits; None where it is concealed and no private key, another one or an unknown scheme is at hand."""
    if given.scheme == 0:
        return given.mcc + given.mnc + _digits(given.output)
    if private is None or given.scheme not in (Profile.A, Profile.B):
        return None
    plain = reveal(Profile(given.scheme), private, given.output)
    return None if plain is None else given.mcc + given.mnc + _digits(plain)
