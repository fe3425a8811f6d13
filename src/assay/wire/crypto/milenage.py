"""Milenage, the common algorithm set of AKA (TS 35.206)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from assay.wire.crypto.aka import Responses, xor
from assay.wire.errors import need

__all__ = ["f1", "f2345", "opc"]

_ROTATIONS: Final = {2: 0, 3: 4, 4: 8, 5: 12}
"""r2 to r5 in bytes."""
_CONSTANTS: Final = {2: 1, 3: 2, 4: 4, 5: 8}
"""c2 to c5."""


def _block(k: bytes) -> CipherContext:
    # ECB is the bare block cipher here: TS 35.206 builds its own mode around single blocks.
    return Cipher(AES(need("K", k, 16)), ECB()).encryptor()


def _turn(value: bytes, by: int) -> bytes:
    return value[by:] + value[:by]


def opc(k: bytes, op: bytes) -> bytes:
    """OPc of a subscriber, from K and the operator's OP."""
    return xor(_block(k).update(need("OP", op, 16)), op)


def f1(k: bytes, opc: bytes, rand: bytes, sqn: bytes, amf: bytes) -> tuple[bytes, bytes]:
    """MAC-A and MAC-S (f1 and f1*)."""
    need("SQN", sqn, 6), need("AMF field", amf, 2)
    aes = _block(k)
    temp = aes.update(xor(need("RAND", rand, 16), need("OPc", opc, 16)))
    out1 = xor(aes.update(xor(temp, _turn(xor((sqn + amf) * 2, opc), 8))), opc)
    return out1[:8], out1[8:]


def f2345(k: bytes, opc: bytes, rand: bytes) -> Responses:
    """RES, CK, IK, AK and the AK of a re-synchronisation."""
    aes = _block(k)
    temp = xor(aes.update(xor(need("RAND", rand, 16), need("OPc", opc, 16))), opc)
    out = {
        number: xor(aes.update(xor(_turn(temp, by), _CONSTANTS[number].to_bytes(16, "big"))), opc)
        for number, by in _ROTATIONS.items()
    }
    return Responses(res=out[2][8:], ck=out[3], ik=out[4], ak=out[2][:6], ak_resync=out[5][:6])
