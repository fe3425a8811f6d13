"""Private keys: made at run time, kept in encrypted PKCS#8 files (scrypt, AES-256-CBC)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from assay.evidence import disk
from assay.evidence.errors import KeyRefusedError
from assay.evidence.keys import PublicKey
from assay.evidence.text import encode_base64

__all__ = ["KeySigner", "generate_key", "load_key", "save_key"]

# As costly as N = 2**17, p = 1 (OWASP's advice) while OpenSSL's default memory limit can still read the file.
_COST: Final = (2**14, 8, 5)
_PBES2, _SCRYPT, _AES256_CBC = "2a864886f70d01050d", "2b06010401da47040b", "60864801650304012a"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with an ed25519 private key held in memory."""

    key: Ed25519PrivateKey
    public_key: PublicKey

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> KeySigner:
        """A signer of this private key."""
        return cls(key, PublicKey(key.public_key().public_bytes_raw()))

    def sign(self, data: bytes) -> bytes:
        """The 64-byte ed25519 signature over `data`."""
        return self.key.sign(data)


def generate_key() -> KeySigner:
    """A new key from the operating system's random source."""
    return KeySigner.of(Ed25519PrivateKey.generate())


def save_key(path: Path, signer: KeySigner, passphrase: bytes) -> None:
    """Write the private key to a new file that only its owner reads, encrypted with the passphrase.

    Raises KeyRefusedError (E0335) for an empty passphrase and FileExistsError for a file that is there.
    Source: RFC 5958 (PKCS#8), RFC 8018 appendix A.4 (PBES2), RFC 7914 section 7 (scrypt).
    """
    if not passphrase:
        raise KeyRefusedError("E0335", "a private key is not stored without a passphrase", where=path.name)
    data = _encrypt(signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)
    body = encode_base64(data)
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    pem = "\n".join(["-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, "-----END ENCRYPTED PRIVATE KEY-----", ""])
    disk.create(path, pem.encode("ascii"), mode=0o600)


def load_key(path: Path, passphrase: bytes) -> KeySigner:
    """Read a private key file.

    Raises KeyRefusedError (E0335) for a wrong passphrase, another algorithm or a broken file.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError) as error:
        raise KeyRefusedError(
            "E0335", "the private key file cannot be read", where=path.name, expected="PKCS#8 and its passphrase"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefusedError("E0335", "the private key is not ed25519", where=path.name, expected="ed25519")
    return KeySigner.of(key)


def _encrypt(plain: bytes, passphrase: bytes) -> bytes:
    # `cryptography` writes PKCS#8 with 2,048 rounds of PBKDF2 and offers no choice; hence these few lines of DER.
    salt, vector = os.urandom(16), os.urandom(16)
    cost, block, parallel = _COST
    key = Scrypt(salt=salt, length=32, n=cost, r=block, p=parallel).derive(passphrase)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    secret = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    numbers = _integer(cost) + _integer(block) + _integer(parallel)
    derive = _der(0x30, _oid(_SCRYPT) + _der(0x30, _der(0x04, salt) + numbers))
    cipher = _der(0x30, _oid(_AES256_CBC) + _der(0x04, vector))
    scheme = _der(0x30, _oid(_PBES2) + _der(0x30, derive + cipher))
    return _der(0x30, scheme + _der(0x04, secret))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x81" + bytes([size])
    return bytes([tag]) + length + content


def _oid(content: str) -> bytes:
    return _der(0x06, bytes.fromhex(content))


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
