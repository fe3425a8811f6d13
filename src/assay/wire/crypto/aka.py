"""What both algorithm sets of AKA give, and the token (AUTN) that carries it (TS 33.102)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from assay.wire.errors import need

__all__ = ["AuthTokens", "Responses", "Token", "open_token", "xor"]


@dataclass(frozen=True, slots=True)
class Responses:
    """f2 to f5 and f5*: response, cipher key, integrity key, anonymity keys."""

    res: bytes
    ck: bytes
    ik: bytes
    ak: bytes
    ak_resync: bytes


AuthTokens = Callable[[bytes, bytes], tuple[bytes, bytes]]
"""f1 and f1* of one subscriber and one RAND: (SQN, AMF field) -> (MAC-A, MAC-S)."""


@dataclass(frozen=True, slots=True)
class Token:
    """An opened AUTN: the sequence number, the AMF field, and whether its MAC-A is right."""

    sqn: bytes
    amf: bytes
    genuine: bool


def xor(left: bytes, right: bytes) -> bytes:
    """Bitwise exclusive or of two strings of one length."""
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def open_token(autn: bytes, ak: bytes, f1: AuthTokens) -> Token:
    """SQN and AMF field of an AUTN, checked against f1."""
    need("AUTN", autn, 16, 24, 40)
    sqn, amf, mac = xor(autn[:6], need("AK", ak, 6)), autn[6:8], autn[8:]
    return Token(sqn, amf, hmac.compare_digest(f1(sqn, amf)[0], mac))
