"""Signatures of JSON web tokens, checked with a key that the lab states or the token brings."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from assay.checks.sbi import Token

__all__ = ["signed_by", "signed_by_own_certificate"]

_HASHES: Final = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def signed_by(token: Token, key: str) -> bool | None:
    """Whether a PEM public key, or a shared secret in hex, made the signature; None where that cannot be told."""
    algorithm = str(token.head.get("alg", ""))
    if algorithm.startswith("HS") and algorithm[2:] in _HASHES:
        try:
            secret = bytes.fromhex(key)
        except ValueError:
            return None
        made = hmac.new(secret, token.signed, getattr(hashlib, f"sha{algorithm[2:]}")).digest()
        return hmac.compare_digest(made, token.signature)
    try:
        public = load_pem_public_key(key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return _verified(token, public, algorithm)


def signed_by_own_certificate(token: Token) -> bool | None:
    """Whether the certificate in the token's own header made the signature; None where it brings none."""
    chain = token.head.get("x5c")
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        public = x509.load_der_x509_certificate(base64.b64decode(chain[0])).public_key()
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return _verified(token, public, str(token.head.get("alg", "")))


def _verified(token: Token, public: object, algorithm: str) -> bool | None:
    summed = _HASHES.get(algorithm[2:])
    if summed is None:
        return None
    try:
        if isinstance(public, rsa.RSAPublicKey) and algorithm.startswith("RS"):
            public.verify(token.signature, token.signed, padding.PKCS1v15(), summed)
        elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm.startswith("ES"):
            half = len(token.signature) // 2
            pair = (int.from_bytes(token.signature[:half], "big"), int.from_bytes(token.signature[half:], "big"))
            public.verify(encode_dss_signature(*pair), token.signed, ec.ECDSA(summed))
        else:
            return None
    except InvalidSignature:
        return False
    return True
