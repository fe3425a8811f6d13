"""TUAK, the second algorithm set of AKA, over Keccak-f[1600] (TS 35.231).

TS 35.231 numbers the bits of its strings from the other end than Keccak numbers those of its state: every string
enters and leaves the state with its bytes reversed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from assay.wire.crypto.aka import Responses
from assay.wire.errors import WireError, need

__all__ = ["Lengths", "f1", "f2345", "keccak", "topc"]

_NAME: Final = b"TUAK1.0"
_MASK: Final = (1 << 64) - 1
_PADDING: Final = b"\x1f" + bytes(38) + b"\x80" + bytes(64)


def _constants() -> tuple[tuple[int, ...], tuple[tuple[int, int, int], ...]]:
    """Round constants and (from, to, turn) of the lanes, by the rules of FIPS 202 section 3.2."""
    register, rounds = 1, []
    for _ in range(24):
        value = 0
        for power in range(7):
            value |= (register & 1) << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        rounds.append(value)
    x, y, moves = 1, 0, [(0, 0, 0)]
    for step in range(24):
        turn = (step + 1) * (step + 2) // 2 % 64
        moves.append((x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5), turn))
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(rounds), tuple(moves)


_ROUNDS, _MOVES = _constants()


def _turned(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK


def keccak(state: bytes) -> bytes:
    """The permutation Keccak-f[1600] on 200 bytes."""
    a = list(struct.unpack("<25Q", need("Keccak state", state, 200)))
    for constant in _ROUNDS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[(x + 4) % 5] ^ _turned(c[(x + 1) % 5], 1) for x in range(5)]
        b = [0] * 25
        for source, target, turn in _MOVES:
            b[target] = _turned(a[source] ^ d[source % 5], turn)
        a = [b[i] ^ (~b[i - i % 5 + (i + 1) % 5] & b[i - i % 5 + (i + 2) % 5]) for i in range(25)]
        a[0] ^= constant
    return struct.pack("<25Q", *a)


@dataclass(frozen=True, slots=True)
class Lengths:
    """What an operator sets: lengths of the outputs in bytes and how often Keccak is run."""

    mac: int = 8
    res: int = 8
    ck: int = 16
    ik: int = 16
    iterations: int = 1

    def __post_init__(self) -> None:
        allowed = {
            "mac": (8, 16, 32),
            "res": (4, 8, 16, 32),
            "ck": (16, 32),
            "ik": (16, 32),
            "iterations": range(1, 256),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise WireError("E0610", f"TUAK length {name} is {getattr(self, name)}", expected=str(values))


def _run(key: bytes, top: bytes, instance: int, middle: bytes, iterations: int) -> bytes:
    """Keccak over one filled state; `middle` is RAND, AMF and SQN as the state holds them."""
    need("K", key, 16, 32), need("TOP or TOPc", top, 32)
    instance |= len(key) == 32
    state = top[::-1] + bytes((instance,)) + _NAME[::-1] + middle + key[::-1].ljust(32, b"\0") + _PADDING
    for _ in range(iterations):
        state = keccak(state)
    return state


def topc(k: bytes, top: bytes, lengths: Lengths = Lengths()) -> bytes:
    """TOPc of a subscriber, from K and the operator's TOP."""
    return _run(k, top, 0, bytes(24), lengths.iterations)[:32][::-1]


def f1(k: bytes, topc: bytes, rand: bytes, sqn: bytes, amf: bytes, lengths: Lengths = Lengths()) -> tuple[bytes, bytes]:
    """MAC-A and MAC-S (f1 and f1*)."""
    middle = need("RAND", rand, 16)[::-1] + need("AMF field", amf, 2)[::-1] + need("SQN", sqn, 6)[::-1]
    mac_a, mac_s = (_run(k, topc, bit | lengths.mac, middle, lengths.iterations) for bit in (0x00, 0x80))
    return mac_a[: lengths.mac][::-1], mac_s[: lengths.mac][::-1]


def f2345(k: bytes, topc: bytes, rand: bytes, lengths: Lengths = Lengths()) -> Responses:
    """RES, CK, IK, AK and the AK of a re-synchronisation."""
    middle = need("RAND", rand, 16)[::-1] + bytes(8)
    size = 0 if lengths.res == 4 else lengths.res
    instance = 0x40 | size | (lengths.ck == 32) << 2 | (lengths.ik == 32) << 1
    out = _run(k, topc, instance, middle, lengths.iterations)
    again = _run(k, topc, 0xC0, middle, lengths.iterations)
    return Responses(
        res=out[: lengths.res][::-1],
        ck=out[32 : 32 + lengths.ck][::-1],
        ik=out[64 : 64 + lengths.ik][::-1],
        ak=out[96:102][::-1],
        ak_resync=again[96:102][::-1],
    )
