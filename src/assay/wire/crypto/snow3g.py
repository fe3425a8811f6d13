"""SNOW 3G, the stream cipher under 128-NEA1 and 128-NIA1 (ETSI/SAGE, UEA2 and UIA2, document 2)."""

from __future__ import annotations

from typing import Final

__all__ = ["keystream"]

_WORD: Final = 0xFFFFFFFF


def _times_x(value: int, constant: int) -> int:
    return ((value << 1) ^ constant) & 0xFF if value & 0x80 else value << 1


def _times_x_power(value: int, power: int, constant: int) -> int:
    for _ in range(power):
        value = _times_x(value, constant)
    return value


def _product(left: int, right: int, constant: int) -> int:
    out = 0
    while right:
        if right & 1:
            out ^= left
        left, right = _times_x(left, constant), right >> 1
    return out


def _power(value: int, exponent: int, constant: int) -> int:
    out = 1
    for bit in f"{exponent:b}":
        out = _product(out, out, constant)
        if bit == "1":
            out = _product(out, value, constant)
    return out


def _rijndael(value: int) -> int:
    """S_R, the S-box of AES: the inverse in GF(2^8), then an affine map."""
    inverse = _power(value, 254, 0x1B)
    turned = (inverse * 0x101 >> (8 - by) & 0xFF for by in range(1, 5))
    out = inverse ^ 0x63
    for one in turned:
        out ^= one
    return out


def _dickson(value: int) -> int:
    """S_Q: a Dickson polynomial over GF(2^8) and a constant."""
    out = 0x25
    for exponent in (1, 9, 13, 15, 33, 41, 45, 47, 49):
        out ^= _power(value, exponent, 0x69)
    return out


def _columns(box: list[int], constant: int) -> tuple[tuple[int, ...], ...]:
    """The S-box and the MixColumn matrix behind it as one table for each of the four bytes."""
    tables = []
    for position in range(4):
        table = []
        for value in box:
            twice = _times_x(value, constant)
            column = [twice, twice ^ value, value, value]
            word = column[-position:] + column[:-position] if position else column
            table.append(int.from_bytes(bytes(word), "big"))
        tables.append(tuple(table))
    return tuple(tables)


def _alpha(powers: tuple[int, int, int, int]) -> tuple[int, ...]:
    return tuple(
        int.from_bytes(bytes(_times_x_power(value, power, 0xA9) for power in powers), "big") for value in range(256)
    )


_S1: Final = _columns([_rijndael(value) for value in range(256)], 0x1B)
_S2: Final = _columns([_dickson(value) for value in range(256)], 0x69)
_MUL: Final = _alpha((23, 245, 48, 239))
_DIV: Final = _alpha((16, 39, 6, 64))


def keystream(key: bytes, iv: tuple[int, int, int, int], words: int) -> list[int]:
    """`words` words of 32 bits. `iv` is IV0 to IV3 of the specification."""
    k3, k2, k1, k0 = (int.from_bytes(key[at : at + 4], "big") for at in (0, 4, 8, 12))
    n0, n1, n2, n3 = k0 ^ _WORD, k1 ^ _WORD, k2 ^ _WORD, k3 ^ _WORD
    s = [n0, n1, n2, n3, k0, k1, k2, k3, n0, n1 ^ iv[3], n2 ^ iv[2], n3, k0 ^ iv[1], k1, k2, k3 ^ iv[0]]
    (a0, a1, a2, a3), (b0, b1, b2, b3), mul, div = _S1, _S2, _MUL, _DIV
    r1 = r2 = r3 = 0
    out = []
    for step in range(-33, words):
        f = ((s[15] + r1) & _WORD) ^ r2
        head, tap = s[0], s[11]
        v = ((head << 8) & _WORD) ^ mul[head >> 24] ^ s[2] ^ (tap >> 8) ^ div[tap & 0xFF]
        if step < -1:
            v ^= f  # initialisation mode: the output goes back into the register
        elif step >= 0:
            out.append(f ^ head)
        r = (r2 + (r3 ^ s[5])) & _WORD
        r3 = b0[r2 >> 24] ^ b1[r2 >> 16 & 0xFF] ^ b2[r2 >> 8 & 0xFF] ^ b3[r2 & 0xFF]
        r2 = a0[r1 >> 24] ^ a1[r1 >> 16 & 0xFF] ^ a2[r1 >> 8 & 0xFF] ^ a3[r1 & 0xFF]
        r1 = r
        del s[0]
        s.append(v)
    return out
