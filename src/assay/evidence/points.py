"""Which 32 bytes may be enrolled as an ed25519 public key. Pure arithmetic on the curve, public values only.

The `cryptography` library accepts low-order keys (122 of 526 such vectors of C2SP/CCTV verify), and
under such a key one signature holds for many messages; so these checks are our own.
Nothing here touches a secret: the arithmetic needs no constant time.
"""

from __future__ import annotations

from typing import Final

from assay.evidence.errors import KeyRefusedError

__all__ = ["check_point"]

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]
_ZERO: Final[_Point] = (0, 1, 1, 0)


def check_point(raw: bytes) -> None:
    """Check that `raw` is the canonical encoding of a point of the prime-order subgroup, not its zero.

    Raises KeyRefusedError: E0330 length, E0331 not canonical, E0332 not on the curve, E0333 low order,
    E0334 outside the prime-order subgroup. Source: RFC 8032 section 5.1.3; C2SP/CCTV ed25519.
    """
    if len(raw) != 32:
        raise KeyRefusedError("E0330", f"a public key of {len(raw)} bytes", expected="32 bytes")
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        raise KeyRefusedError("E0331", "the public key's coordinate is not reduced", expected="y < 2**255 - 19")
    x = _recover_x(y)
    if x == 0 and sign:
        raise KeyRefusedError("E0331", "the public key writes x = 0 with a sign", expected="sign bit 0")
    if x % 2 != sign:
        x = _P - x
    point = (x, y, 1, x * y % _P)
    if _is_zero(_multiply(8, point)):
        raise KeyRefusedError("E0333", "the public key has low order", remedy="ask the holder for a new key")
    if not _is_zero(_multiply(_L, point)):
        raise KeyRefusedError(
            "E0334", "the public key has a low-order part", remedy="ask the holder for a key made by the book"
        )


def _recover_x(y: int) -> int:
    top, bottom = (y * y - 1) % _P, (_D * y * y + 1) % _P
    # RFC 8032 section 5.1.3 step 2: a candidate root that needs one multiplication by sqrt(-1) or none.
    x = top * pow(bottom, 3, _P) * pow(top * pow(bottom, 7, _P), (_P - 5) // 8, _P) % _P
    square = bottom * x * x % _P
    if square == top:
        return x
    if square == -top % _P:
        return x * _ROOT_OF_MINUS_ONE % _P
    raise KeyRefusedError("E0332", "the public key is no point of the curve", expected="an ed25519 public key")


def _add(one: _Point, two: _Point) -> _Point:
    # Complete addition in extended coordinates, RFC 8032 section 5.1.4: it also doubles.
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _multiply(factor: int, point: _Point) -> _Point:
    total = _ZERO
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


def _is_zero(point: _Point) -> bool:
    return point[0] == 0 and point[1] == point[2]
