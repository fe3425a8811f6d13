"""Key, count, bearer and direction: what every NEA and NIA takes (TS 33.501 annex D)."""

from __future__ import annotations

from dataclasses import dataclass

from assay.wire.errors import WireError, need

__all__ = ["DOWNLINK", "UPLINK", "Parameters", "bit_length", "cut"]

UPLINK, DOWNLINK = 0, 1


@dataclass(frozen=True, slots=True)
class Parameters:
    """`bearer` is the NAS connection identifier on N1: 1 for 3GPP access, 2 for other access."""

    key: bytes
    count: int
    bearer: int
    direction: int

    def __post_init__(self) -> None:
        need("key", self.key, 16)
        for name, value, limit in (
            ("count", self.count, 32),
            ("bearer", self.bearer, 5),
            ("direction", self.direction, 1),
        ):
            if not 0 <= value < 1 << limit:
                raise WireError("E0610", f"{name} is {value}", expected=f"{limit} bits")


def bit_length(message: bytes, bits: int | None) -> int:
    """The length in bits: all of the message unless said otherwise."""
    if bits is None:
        return 8 * len(message)
    if not 0 <= bits <= 8 * len(message):
        raise WireError("E0610", f"a message of {len(message)} bytes has no {bits} bits")
    return bits


def cut(message: bytes, bits: int) -> bytes:
    """The first `bits` bits, zeros behind them to the end of the last byte."""
    out = message[: (bits + 7) // 8]
    return out[:-1] + bytes((out[-1] & 0xFF << -bits % 8 & 0xFF,)) if bits % 8 else out
