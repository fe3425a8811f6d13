"""Integrity: NIA0 and 128-NIA1 to 128-NIA3 (TS 33.501 annex D.3, TS 33.401 annex B.2)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from assay.wire.crypto import snow3g, zuc
from assay.wire.crypto.parameters import Parameters, bit_length, cut
from assay.wire.errors import WireError

__all__ = ["mac", "nia1", "nia2", "nia3"]

_WORD: Final = 0xFFFFFFFF


def _product(value: int, factor: int) -> int:
    """Product in GF(2^64) over x^64 + x^4 + x^3 + x + 1."""
    out = 0
    while factor:
        if factor & 1:
            out ^= value
        factor >>= 1
        value <<= 1
        if value >> 64:
            value ^= 1 << 64 | 0x1B
    return out


def nia1(given: Parameters, message: bytes, bits: int) -> int:
    """128-NIA1: a polynomial over GF(2^64) keyed by SNOW 3G."""
    fresh = given.bearer << 27
    iv = (fresh ^ given.direction << 15, given.count ^ given.direction << 31, fresh, given.count)
    z1, z2, z3, z4, z5 = snow3g.keystream(given.key, iv, 5)
    p, value = z1 << 32 | z2, 0
    text = cut(message, bits)
    for at in range(0, len(text), 8):
        value = _product(value ^ int.from_bytes(text[at : at + 8].ljust(8, b"\0"), "big"), p)
    return _product(value ^ bits, z3 << 32 | z4) >> 32 ^ z5


def nia2(given: Parameters, message: bytes, bits: int) -> int:
    """128-NIA2: AES-CMAC. N1, N2 and PDCP protect whole bytes, and so does this."""
    if bits % 8:
        raise WireError("E0610", f"128-NIA2 over {bits} bits", expected="whole bytes")
    code = CMAC(AES(given.key))
    code.update(struct.pack(">IB3x", given.count, given.bearer << 3 | given.direction << 2) + message[: bits // 8])
    return int.from_bytes(code.finalize()[:4], "big")


def nia3(given: Parameters, message: bytes, bits: int) -> int:
    """128-NIA3: an inner product keyed by ZUC."""
    half = struct.pack(">IB3x", given.count, given.bearer << 3)
    iv = bytearray(half + half)
    iv[8] ^= given.direction << 7
    iv[14] ^= given.direction << 7
    words = zuc.keystream(given.key, bytes(iv), (bits + 31) // 32 + 2)
    text, out = cut(message, bits), 0
    for index in range((bits + 31) // 32):
        window = words[index] << 32 | words[index + 1]
        word = int.from_bytes(text[4 * index : 4 * index + 4].ljust(4, b"\0"), "big")
        while word:
            shift = word.bit_length()  # the bit at 32 - shift from the left selects the window that begins there
            out ^= window >> shift & _WORD
            word ^= 1 << (shift - 1)
    tail = words[bits // 32] << 32 | words[bits // 32 + 1]
    return out ^ (tail >> (32 - bits % 32) & _WORD) ^ words[-1]


_ALGORITHMS: Final[dict[int, Callable[[Parameters, bytes, int], int]]] = {
    0: lambda *_: 0,
    1: nia1,
    2: nia2,
    3: nia3,
}


def mac(algorithm: int, given: Parameters, message: bytes, bits: int | None = None) -> bytes:
    """The message authentication code of 32 bits by the algorithm of that number."""
    if algorithm not in _ALGORITHMS:
        raise WireError("E0611", f"NIA{algorithm} is not known", expected="0 to 3")
    return _ALGORITHMS[algorithm](given, message, bit_length(message, bits)).to_bytes(4, "big")
