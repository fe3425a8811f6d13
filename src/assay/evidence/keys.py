"""Public keys, their ids and what signs: ed25519 alone, enrolled only after our own checks. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from assay.evidence.errors import SignatureError
from assay.evidence.points import check_point

__all__ = ["ALGORITHM", "PublicKey", "Signer"]

ALGORITHM: Final = "ed25519"
# SubjectPublicKeyInfo of ed25519 is this prefix and the 32 bytes (RFC 8410 section 4).
_SPKI_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An ed25519 public key that passed the enrolment checks; making one raises KeyRefusedError."""

    raw: bytes

    def __post_init__(self) -> None:
        check_point(self.raw)

    @property
    def key_id(self) -> str:
        """SHA-256 of the key's SubjectPublicKeyInfo, as 64 hex digits."""
        return hashlib.sha256(_SPKI_PREFIX + self.raw).hexdigest()

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a signature over `data`; raises SignatureError (E0336). Source: RFC 8032 section 5.1.7."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except InvalidSignature as error:
            raise SignatureError("E0336", "the signature does not verify", where=f"key {self.key_id}") from error


class Signer(Protocol):
    """What can sign: a key file today, a hardware token later."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what this signer signs."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        ...
