"""NAS of 5GS (TS 24.501): what security needs in plain Python, the depth of its fields through pycrate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from assay.wire.codec import load
from assay.wire.errors import WireError

__all__ = [
    "MOBILITY",
    "NAMES",
    "SESSION",
    "Challenge",
    "Mode",
    "Protected",
    "challenge",
    "elements",
    "mode",
    "name",
    "response",
    "unwrap",
    "values",
]

MOBILITY, SESSION = 0x7E, 0x2E
"""Extended protocol discriminators."""

_MM: Final = {
    0x41: "registration-request", 0x42: "registration-accept", 0x43: "registration-complete",
    0x44: "registration-reject", 0x45: "deregistration-request-ue", 0x46: "deregistration-accept-ue",
    0x47: "deregistration-request-network", 0x48: "deregistration-accept-network", 0x4C: "service-request",
    0x4D: "service-reject", 0x4E: "service-accept", 0x4F: "control-plane-service-request",
    0x50: "slice-authentication-command", 0x51: "slice-authentication-complete", 0x52: "slice-authentication-result",
    0x54: "configuration-update-command",
    0x55: "configuration-update-complete", 0x56: "authentication-request", 0x57: "authentication-response",
    0x58: "authentication-reject", 0x59: "authentication-failure", 0x5A: "authentication-result",
    0x5B: "identity-request", 0x5C: "identity-response", 0x5D: "security-mode-command",
    0x5E: "security-mode-complete", 0x5F: "security-mode-reject", 0x64: "5gmm-status", 0x65: "notification",
    0x66: "notification-response", 0x67: "ul-nas-transport", 0x68: "dl-nas-transport",
    0x69: "relay-key-request", 0x6A: "relay-key-accept", 0x6B: "relay-key-reject",
    0x6C: "relay-authentication-request", 0x6D: "relay-authentication-response",
}  # fmt: skip
_SM: Final = {
    0xC1: "pdu-session-establishment-request", 0xC2: "pdu-session-establishment-accept",
    0xC3: "pdu-session-establishment-reject", 0xC5: "pdu-session-authentication-command",
    0xC6: "pdu-session-authentication-complete", 0xC7: "pdu-session-authentication-result",
    0xC9: "pdu-session-modification-request", 0xCA: "pdu-session-modification-reject",
    0xCB: "pdu-session-modification-command", 0xCC: "pdu-session-modification-complete",
    0xCD: "pdu-session-modification-command-reject", 0xD1: "pdu-session-release-request",
    0xD2: "pdu-session-release-reject", 0xD3: "pdu-session-release-command", 0xD4: "pdu-session-release-complete",
    0xD6: "5gsm-status",
}  # fmt: skip

NAMES: Final = frozenset((*_MM.values(), *_SM.values()))
"""Every name that a message can have."""


class Protected(NamedTuple):
    """The security envelope. `header` 0 is a plain message; 2 and 4 are ciphered; 3 and 4 bring a new context."""

    header: int
    mac: bytes
    sequence: int
    inner: bytes

    @property
    def ciphered(self) -> bool:
        """True where the header says that the inner message is ciphered (NEA0 leaves it readable even so)."""
        return self.header in (2, 4)


class Challenge(NamedTuple):
    """What an Authentication Request carries for 5G AKA."""

    key_set: int
    abba: bytes
    rand: bytes
    autn: bytes


class Mode(NamedTuple):
    """What a Security Mode Command selects and repeats."""

    ciphering: int
    integrity: int
    key_set: int
    capabilities: bytes


def _wrong(what: str) -> WireError:
    return WireError("E0631", f"a NAS message cannot be decoded: {what}")


def unwrap(data: bytes) -> Protected:
    """The envelope of a message as it travels on N1."""
    if len(data) < 3 or data[0] not in (MOBILITY, SESSION):
        raise _wrong("its first bytes are those of no 5GS message")
    header = data[1] & 0x0F
    if data[0] == SESSION or header == 0:
        return Protected(0, b"", 0, data)
    if header > 4:
        raise _wrong(f"security header type {header}")
    if len(data) < 8:
        raise _wrong("it ends within its security header")
    return Protected(header, data[2:6], data[6], data[7:])


def name(inner: bytes, *, proven: bool = False) -> str:
    """The type of a plain message in words; `unreadable` where it is none, as a ciphered one.

    `proven` says that a right MAC shows the bytes to be what the sender meant: then a message that repeats the security
    header type where a plain one has none is read all the same.
    """
    if len(inner) >= 3 and inner[0] == MOBILITY and (proven or inner[1] == 0):
        return _MM.get(inner[2], "unreadable")
    if len(inner) >= 4 and inner[0] == SESSION:
        return _SM.get(inner[3], "unreadable")
    return "unreadable"


_FIXED: Final = {
    "authentication-request": {0x21: 16},
    "registration-request": {0x52: 6},
    "security-mode-command": {0x57: 1},
    "configuration-update-command": {0x46: 1, 0x47: 7},
}
"""Optional elements that have a fixed length and no length field, by message."""


def _optional(inner: bytes, at: int) -> dict[int, bytes]:
    """The optional elements from `at`: identifiers of 8 and up in their high half have no length (TS 24.007)."""
    out: dict[int, bytes] = {}
    fixed = _FIXED.get(name(inner), {})
    while at < len(inner):
        ident = inner[at]
        if ident >= 0x80:
            out.setdefault(ident & 0xF0, inner[at : at + 1])
            at += 1
            continue
        head = 1 if ident in fixed else 3 if ident >> 4 == 7 else 2
        size = fixed[ident] if ident in fixed else int.from_bytes(inner[at + 1 : at + head], "big")
        if at + head + size > len(inner):
            raise _wrong(f"element {ident:#04x} is longer than the message")
        out.setdefault(ident, inner[at + head : at + head + size])
        at += head + size
    return out


def _after_identity(inner: bytes) -> int:
    return 6 + int.from_bytes(inner[4:6], "big")


_BEGIN: Final[dict[str, Callable[[bytes], int]]] = {
    "registration-request": _after_identity,
    "service-request": _after_identity,
    "registration-accept": lambda inner: 4 + (inner[3] if len(inner) > 3 else 0),
    "configuration-update-command": lambda _: 3,
    "security-mode-complete": lambda _: 3,
    "security-mode-command": lambda inner: 6 + (inner[5] if len(inner) > 5 else 0),
    "authentication-request": lambda inner: 5 + (inner[4] if len(inner) > 4 else 0),
    "authentication-response": lambda _: 3,
    "authentication-failure": lambda _: 4,
    "registration-reject": lambda _: 4,
}
"""Where the optional elements of a message begin."""


def elements(inner: bytes) -> dict[int, bytes]:
    """The optional elements of a plain message by identifier, the first of each; none where they are not known here."""
    begin = _BEGIN.get(name(inner))
    return _optional(inner, begin(inner)) if begin else {}


def challenge(inner: bytes) -> Challenge | None:
    """The challenge of an Authentication Request; None where it carries EAP instead."""
    if name(inner) != "authentication-request" or len(inner) < 5 or len(inner) < 5 + inner[4]:
        raise _wrong("no whole Authentication Request")
    after = 5 + inner[4]
    found = _optional(inner, after)
    rand, autn = found.get(0x21, b""), found.get(0x20, b"")
    if len(rand) != 16 or len(autn) != 16:
        return None
    return Challenge(inner[3] & 7, inner[5:after], rand, autn)


def response(inner: bytes) -> bytes | None:
    """RES* of an Authentication Response; None where it carries EAP instead."""
    if name(inner) != "authentication-response":
        raise _wrong("no Authentication Response")
    return _optional(inner, 3).get(0x2D)


def mode(inner: bytes) -> Mode:
    """The algorithms and the repeated UE security capabilities of a Security Mode Command."""
    if name(inner) != "security-mode-command" or len(inner) < 6 or len(inner) < 6 + inner[5]:
        raise _wrong("no whole Security Mode Command")
    return Mode(inner[3] >> 4, inner[3] & 15, inner[4] & 7, inner[6 : 6 + inner[5]])


def values(data: bytes) -> object:
    """Every field as pycrate names it; `data` is a plain or deciphered message."""
    codec = load("pycrate_mobile.NAS", "NAS")
    # pycrate reports malformed input by exceptions of many kinds, some of them built-in
    try:
        message, fault = codec.parse_NAS5G(data)
    except Exception as error:
        raise _wrong(f"{type(error).__name__} in its fields") from None
    if message is None or fault:
        raise _wrong(f"pycrate's fault {fault}")
    found: object = message.get_val_d()
    return found
