"""What a plain NAS message says in the few fields that are looked for often, and which messages it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from assay.wire import nas, nas_identity
from assay.wire.errors import WireError
from assay.wire.nas_identity import Guti, Suci
from assay.wire.scribe import Keys

__all__ = ["facts", "inner_messages"]

_CAUSE_MM: Final = frozenset(
    ("authentication-failure", "registration-reject", "service-reject", "5gmm-status", "security-mode-reject")
)
_CAUSE_SM: Final = frozenset(
    (
        "pdu-session-establishment-reject", "pdu-session-modification-reject", "pdu-session-release-reject",
        "pdu-session-release-command", "pdu-session-modification-command-reject", "5gsm-status",
    )
)  # fmt: skip
_CONTAINER: Final = 0x71
_N1_SM: Final = 1


def facts(kind: str, plain: bytes) -> Keys:
    """Keys of one message; what cannot be read is left out."""
    try:
        return tuple(_facts(kind, plain))
    except (WireError, IndexError):
        return ()


def _facts(kind: str, plain: bytes) -> list[tuple[str, str]]:
    if kind in _CAUSE_MM:
        return [("cause", str(plain[3]))]
    if plain[:1] == bytes((nas.SESSION,)) and kind != "unreadable":
        cause = [("cause", str(plain[4]))] if kind in _CAUSE_SM else []
        return [("pdu_session", str(plain[1])), ("pti", str(plain[2])), *cause]
    reader = _READERS.get(kind)
    return reader(plain) if reader else []


def _registration(plain: bytes) -> list[tuple[str, str]]:
    out = [*_identified(plain), ("registration", str(plain[3] & 7)), ("ksi", str(plain[3] >> 4 & 7))]
    return out + _hex("capabilities", nas.elements(plain).get(0x2E, b""))


def _identified(plain: bytes) -> list[tuple[str, str]]:
    return _identity(nas_identity.raw(plain))


def _challenge(plain: bytes) -> list[tuple[str, str]]:
    given = nas.challenge(plain)
    return [("ksi", str(given.key_set)), ("rand", given.rand.hex())] if given else [("method", "eap")]


def _mode(plain: bytes) -> list[tuple[str, str]]:
    chosen = nas.mode(plain)
    out = [("nia", str(chosen.integrity)), ("nea", str(chosen.ciphering)), ("ksi", str(chosen.key_set))]
    return out + _hex("capabilities", chosen.capabilities)


def _assigned(plain: bytes) -> list[tuple[str, str]]:
    found = nas_identity.opened(nas.elements(plain).get(0x77, b""))
    return [("guti", _guti(found))] if isinstance(found, Guti) else []


def _asked(plain: bytes) -> list[tuple[str, str]]:
    return [("identity", nas_identity.KINDS[plain[3] & 7])]


_READERS: Final[dict[str, Callable[[bytes], list[tuple[str, str]]]]] = {
    "registration-request": _registration,
    "identity-response": _identified,
    "service-request": _identified,
    "deregistration-request-ue": _identified,
    "authentication-request": _challenge,
    "security-mode-command": _mode,
    "registration-accept": _assigned,
    "configuration-update-command": _assigned,
    "identity-request": _asked,
}


def _hex(name: str, value: bytes) -> list[tuple[str, str]]:
    return [(name, value.hex())] if value else []


def _guti(found: Guti) -> str:
    return f"{found.mcc}{found.mnc}-{found.amf.hex()}-{found.tmsi.hex()}"


def _identity(body: bytes) -> list[tuple[str, str]]:
    out = [("identity", nas_identity.KINDS[body[0] & 7])]
    found = nas_identity.opened(body)
    if isinstance(found, Guti):
        out.append(("guti", _guti(found)))
    elif isinstance(found, Suci):
        out += [("scheme", str(found.scheme)), ("home_key", str(found.key)), ("plmn", f"{found.mcc}{found.mnc}")]
    elif body[0] & 7 == 4 and len(body) == 7:
        out.append(("tmsi", body[3:7].hex()))
    return out


def inner_messages(kind: str, header: int, plain: bytes) -> list[tuple[int, int, bool]]:
    """(start, end, ciphered on its own) of every NAS message that a plain message carries."""
    if kind in ("ul-nas-transport", "dl-nas-transport"):
        end = 6 + int.from_bytes(plain[4:6], "big")
        return [(6, end, False)] if plain[3:4] and plain[3] & 15 == _N1_SM and 6 < end <= len(plain) else []
    if kind not in ("registration-request", "service-request", "security-mode-complete"):
        return []
    try:
        container = nas.elements(plain).get(_CONTAINER, b"")
    except WireError:
        return []
    start = plain.rfind(container) if container else -1
    # an initial message is integrity protected only, so its container is ciphered on its own (TS 24.501 section 4.4.6)
    return [(start, start + len(container), header == 1)] if start >= 0 else []
