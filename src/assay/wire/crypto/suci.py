"""ECIES profiles A and B that conceal a subscriber's identifier (TS 33.501 annex C.3)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from assay.wire.errors import WireError, need

__all__ = ["Concealed", "Profile", "reveal", "split"]


class Profile(IntEnum):
    """The protection scheme identifiers of annex C.1 that conceal anything."""

    A = 1
    B = 2


@dataclass(frozen=True, slots=True)
class Concealed:
    """A scheme output in its three parts."""

    public: bytes
    ciphertext: bytes
    tag: bytes


def split(profile: Profile, output: bytes) -> Concealed:
    """The ephemeral public key, ciphertext and MAC tag of a scheme output."""
    size = 32 if profile is Profile.A else 65 if output[:1] == b"\x04" else 33
    if len(output) <= size + 8:
        raise WireError("E0620", f"the scheme output has {len(output)} bytes", expected=f"more than {size + 8}")
    return Concealed(output[:size], output[size:-8], output[-8:])


def _agree_a(private: bytes, public: bytes) -> bytes:
    key = X25519PrivateKey.from_private_bytes(need("home-network private key", private, 32))
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a point of low order gives an all-zero secret
        raise WireError("E0620", "the ephemeral key is a point of low order") from None


def _agree_b(private: bytes, public: bytes) -> bytes:
    number = int.from_bytes(need("home-network private key", private, 32), "big")
    try:
        key = ec.derive_private_key(number, ec.SECP256R1())
    except ValueError:
        raise WireError("E0621", "the private key is no number of the curve", expected="1 to n - 1") from None
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError:
        raise WireError("E0620", "the ephemeral key is no point of the curve P-256") from None
    return key.exchange(ec.ECDH(), point)


def _expand(secret: bytes, public: bytes) -> bytes:
    """The KDF of ANSI X9.63 with SHA-256, 64 bytes, the ephemeral key as shared information."""
    return b"".join(hashlib.sha256(secret + n.to_bytes(4, "big") + public).digest() for n in (1, 2))


def reveal(profile: Profile, private: bytes, output: bytes) -> bytes | None:
    """The concealed bytes; None where the MAC tag does not match: another key, or an altered identifier."""
    parts = split(profile, output)
    secret = (_agree_a if profile is Profile.A else _agree_b)(private, parts.public)
    keys = _expand(secret, parts.public)
    if not hmac.compare_digest(hmac.digest(keys[32:], parts.ciphertext, hashlib.sha256)[:8], parts.tag):
        return None
    return Cipher(AES(keys[:16]), CTR(keys[16:32])).decryptor().update(parts.ciphertext)
