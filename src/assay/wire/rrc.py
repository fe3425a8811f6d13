"""NR-RRC (TS 38.331): names, algorithms and NAS of a message in plain Python, the depth of its fields through pycrate.

Unaligned PER leaves no byte boundaries, so what is needed often is read bit by bit from the front of a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.wire.codec import load
from assay.wire.errors import WireError

__all__ = ["CHANNELS", "Algorithms", "algorithms", "drb_security", "name", "nas_messages", "values"]

CHANNELS: Final = {
    "ul-ccch": ("rrc-setup-request", "rrc-resume-request", "rrc-reestablishment-request", "rrc-system-info-request"),
    "dl-ccch": ("rrc-reject", "rrc-setup"),
    "dl-dcch": (
        "rrc-reconfiguration", "rrc-resume", "rrc-release", "rrc-reestablishment", "security-mode-command",
        "dl-information-transfer", "ue-capability-enquiry", "counter-check", "mobility-from-nr-command",
        "dl-dedicated-message-segment", "ue-information-request", "dl-information-transfer-mrdc",
        "logged-measurement-configuration",
    ),
    "ul-dcch": (
        "measurement-report", "rrc-reconfiguration-complete", "rrc-setup-complete", "rrc-reestablishment-complete",
        "rrc-resume-complete", "security-mode-complete", "security-mode-failure", "ul-information-transfer",
        "location-measurement-indication", "ue-capability-information", "counter-check-response",
        "ue-assistance-information", "failure-information", "ul-information-transfer-mrdc",
        "scg-failure-information", "scg-failure-information-eutra",
    ),
}  # fmt: skip
"""Logical channel -> names of its messages by the number of their choice."""

_TYPES: Final = {
    "ul-ccch": "UL_CCCH_Message", "dl-ccch": "DL_CCCH_Message",
    "ul-dcch": "UL_DCCH_Message", "dl-dcch": "DL_DCCH_Message",
}  # fmt: skip


class Algorithms(NamedTuple):
    """What an AS Security Mode Command selects; `integrity` is None where it leaves it out."""

    ciphering: int
    integrity: int | None


def _wrong(what: str) -> WireError:
    return WireError("E0631", f"an RRC message cannot be decoded: {what}")


class _Bits:
    """Reads bits from the front."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, size: int) -> int:
        if size > self._left:
            raise _wrong("it ends within a field")
        self._left -= size
        return self._value >> self._left & ((1 << size) - 1)

    def octets(self) -> bytes:
        """An octet string of any length below 16,384."""
        size = self.take(8)
        if size >= 0xC0:
            raise _wrong("a value of 16,384 bytes or more")
        if size >= 0x80:
            size = (size & 0x3F) << 8 | self.take(8)
        return self.take(8 * size).to_bytes(size, "big")


def _choice(bits: _Bits, channel: str) -> str:
    names = CHANNELS[channel]
    if bits.take(1):  # a class of messages added later
        return ""
    number = bits.take(2 if channel.endswith("ccch") else 4)
    return names[number] if number < len(names) else ""


def name(channel: str, data: bytes) -> str:
    """A message in words; empty where the bytes begin like none."""
    try:
        return _choice(_Bits(data), channel)
    except WireError:
        return ""


def algorithms(data: bytes) -> Algorithms:
    """The algorithms of a Security Mode Command."""
    bits = _Bits(data)
    if _choice(bits, "dl-dcch") != "security-mode-command":
        raise _wrong("no Security Mode Command")
    bits.take(2)  # transaction
    if bits.take(1):
        raise _wrong("a Security Mode Command of a later form")
    bits.take(2 + 1 + 1)  # options of the message, extensions of its parts
    with_integrity = bits.take(1)
    ciphering = _enumerated(bits)
    return Algorithms(ciphering, _enumerated(bits) if with_integrity else None)


def _enumerated(bits: _Bits) -> int:
    """One of eight algorithms; a later one counts from 8."""
    return 8 + (bits.take(7) & 63) if bits.take(1) else bits.take(3)


def nas_messages(channel: str, data: bytes) -> list[bytes]:
    """The NAS messages that an RRC message carries. A reconfiguration that may have some needs pycrate."""
    bits = _Bits(data)
    kind = _choice(bits, channel)
    if kind == "dl-information-transfer":
        bits.take(2)
        return _dedicated(bits)
    if kind == "ul-information-transfer":
        return _dedicated(bits)
    if kind == "rrc-setup-complete":
        return _setup_complete(bits)
    if kind == "rrc-reconfiguration":
        bits.take(2)
        if bits.take(1) == 0 and bits.take(5) & 1:  # only what was added later carries NAS
            return list(_listed(values(channel, data)))
    return []


def _dedicated(bits: _Bits) -> list[bytes]:
    """The NAS message of an information transfer."""
    if bits.take(1):
        return []
    return [bits.octets()] if bits.take(3) & 4 else []


def _setup_complete(bits: _Bits) -> list[bytes]:
    """The first NAS message of a UE, behind the network, AMF and slices that it names."""
    bits.take(2)
    if bits.take(1):
        return []
    options = bits.take(6)
    bits.take(4)  # which network of those broadcast
    if options & 0x20:
        _registered_amf(bits)
    if options & 0x10:
        bits.take(1)
    if options & 0x08:
        for _ in range(bits.take(3) + 1):
            bits.take(32 if bits.take(1) else 8)
    return [bits.octets()]


def _registered_amf(bits: _Bits) -> None:
    if bits.take(1):  # the AMF's network
        if bits.take(1):
            bits.take(12)
        bits.take(12 if bits.take(1) else 8)
    bits.take(24)


def _listed(value: object) -> Iterator[bytes]:
    """The NAS messages in the values of a reconfiguration."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "dedicatedNAS-MessageList" and isinstance(inner, list):
                yield from (one for one in inner if isinstance(one, bytes))
            else:
                yield from _listed(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _listed(inner)


def drb_security(value: object) -> Iterator[tuple[int, bool, bool]]:
    """(number, integrity protected, ciphered) of every radio bearer that the values of a reconfiguration add."""
    if isinstance(value, dict):
        bearers = value.get("drb-ToAddModList")
        for one in bearers if isinstance(bearers, list) else ():
            config = one.get("pdcp-Config") or {}
            yield (
                one["drb-Identity"],
                "integrityProtection" in config.get("drb", {}),
                "cipheringDisabled" not in _late(config),
            )
        for key, inner in value.items():
            if key != "drb-ToAddModList":
                yield from drb_security(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from drb_security(inner)


def _late(config: dict[str, object]) -> set[str]:
    """Names of a PDCP configuration with those of its extension groups."""
    return {name for key, inner in config.items() for name in (key, *(inner if isinstance(inner, dict) else ()))}


def values(channel: str, data: bytes) -> object:
    """Every field as pycrate names it; `channel` is one of CHANNELS."""
    codec = getattr(load("pycrate_asn1dir.RRCNR", "NR-RRC").NR_RRC_Definitions, _TYPES[channel])
    # pycrate reports malformed input by exceptions of many kinds, some of them built-in
    try:
        codec.from_uper(data)
        found: object = codec.get_val()
    except Exception as error:
        raise _wrong(f"{type(error).__name__} in its fields") from None
    return found
