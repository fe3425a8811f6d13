"""Ciphering: NEA0 and 128-NEA1 to 128-NEA3 (TS 33.501 annex D.2, TS 33.401 annex B.1)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from assay.wire.crypto import snow3g, zuc
from assay.wire.crypto.aka import xor
from assay.wire.crypto.parameters import Parameters, bit_length, cut
from assay.wire.errors import WireError

__all__ = ["cipher", "nea1", "nea2", "nea3"]


def _masked(words: list[int], text: bytes) -> bytes:
    return xor(text, struct.pack(f">{len(words)}I", *words)[: len(text)])


def nea1(given: Parameters, text: bytes) -> bytes:
    """128-NEA1: SNOW 3G."""
    high = given.bearer << 27 | given.direction << 26
    return _masked(snow3g.keystream(given.key, (high, given.count, high, given.count), (len(text) + 3) // 4), text)


def nea2(given: Parameters, text: bytes) -> bytes:
    """128-NEA2: AES in counter mode."""
    start = struct.pack(">IB11x", given.count, given.bearer << 3 | given.direction << 2)
    return Cipher(AES(given.key), CTR(start)).encryptor().update(text)


def nea3(given: Parameters, text: bytes) -> bytes:
    """128-NEA3: ZUC."""
    half = struct.pack(">IB3x", given.count, given.bearer << 3 | given.direction << 2)
    return _masked(zuc.keystream(given.key, half + half, (len(text) + 3) // 4), text)


_ALGORITHMS: Final[dict[int, Callable[[Parameters, bytes], bytes]]] = {
    0: lambda _, text: text,
    1: nea1,
    2: nea2,
    3: nea3,
}


def cipher(algorithm: int, given: Parameters, text: bytes, bits: int | None = None) -> bytes:
    """Cipher or decipher `text`, which is the same, with the algorithm of that number."""
    if algorithm not in _ALGORITHMS:
        raise WireError("E0611", f"NEA{algorithm} is not known", expected="0 to 3")
    return cut(_ALGORITHMS[algorithm](given, text), bit_length(text, bits))
