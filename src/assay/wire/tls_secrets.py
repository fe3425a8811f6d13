"""Secrets of TLS sessions (the NSS key log format) and the record protection they give (RFC 8446, RFC 5246)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

__all__ = ["BLOCK", "Opener", "Secrets", "opener12", "opener13"]

BLOCK: Final = 0x544C534B
"""The kind of a pcapng secrets block that holds a TLS key log."""

_MOST_SECRETS: Final = 200_000


class _Suite(NamedTuple):
    """How records are protected: cipher, key size, hash of the key schedule."""

    cipher: str
    size: int
    digest: str


_SUITES: Final = {
    0x1301: _Suite("gcm", 16, "sha256"), 0x1302: _Suite("gcm", 32, "sha384"), 0x1303: _Suite("chacha", 32, "sha256"),
    0x1304: _Suite("ccm", 16, "sha256"), 0x1305: _Suite("ccm8", 16, "sha256"),
    **{number: _Suite("gcm", 16, "sha256") for number in (0x009C, 0x009E, 0x00A8, 0x00AA, 0xC02B, 0xC02F)},
    **{number: _Suite("gcm", 32, "sha384") for number in (0x009D, 0x009F, 0x00A9, 0x00AB, 0xC02C, 0xC030)},
    **{number: _Suite("chacha", 32, "sha256") for number in (0xCCA8, 0xCCA9, 0xCCAA, 0xCCAC)},
    0xC0AC: _Suite("ccm", 16, "sha256"), 0xC0AD: _Suite("ccm", 32, "sha256"),
    0xC0AE: _Suite("ccm8", 16, "sha256"), 0xC0AF: _Suite("ccm8", 32, "sha256"),
}  # fmt: skip
"""Suites with authenticated encryption; those without are not opened."""


@dataclass(slots=True)
class Secrets:
    """All secrets at hand by label and ClientHello random. Never printed."""

    values: dict[tuple[str, bytes], bytes] = field(default_factory=dict, repr=False)

    def add(self, texts: Iterable[bytes]) -> None:
        """Read key logs; lines that are none are passed over."""
        for text in texts:
            for line in text.splitlines():
                parts = line.split()
                if len(parts) != 3 or len(self.values) >= _MOST_SECRETS:
                    continue
                try:
                    key = (parts[0].decode("ascii"), bytes.fromhex(parts[1].decode("ascii")))
                    self.values[key] = bytes.fromhex(parts[2].decode("ascii"))
                except ValueError:
                    continue

    def get(self, label: str, random: bytes) -> bytes | None:
        """One secret, None where it is not at hand."""
        return self.values.get((label, random))


class _Aead(Protocol):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def _aead(suite: _Suite, key: bytes) -> _Aead:
    if suite.cipher == "gcm":
        return AESGCM(key)
    if suite.cipher == "chacha":
        return ChaCha20Poly1305(key)
    return AESCCM(key, tag_length=8 if suite.cipher == "ccm8" else 16)


def _expand_label(secret: bytes, label: str, size: int, digest: str) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446 section 7.1)."""
    name = b"tls13 " + label.encode()
    info = struct.pack(">HB", size, len(name)) + name + b"\0"
    out, block, counter = b"", b"", 1
    while len(out) < size:
        block = hmac.digest(secret, block + info + bytes((counter,)), digest)
        out, counter = out + block, counter + 1
    return out[:size]


def _prf(secret: bytes, label: bytes, seed: bytes, size: int, digest: str) -> bytes:
    """The pseudo-random function of TLS 1.2 (RFC 5246 section 5)."""
    out, chain = b"", label + seed
    while len(out) < size:
        chain = hmac.digest(secret, chain, digest)
        out += hmac.digest(secret, chain + label + seed, digest)
    return out[:size]


@dataclass(slots=True)
class Opener:
    """Opens the records of one direction. After a hole a few numbers are tried: the tag shows which one was meant."""

    aead: _Aead = field(repr=False)
    iv: bytes = field(repr=False)
    tls13: bool
    explicit: bool
    secret: bytes = field(repr=False)
    suite: int
    tag: int = 16
    sequence: int = 0

    def open(self, head: bytes, body: bytes, *, tries: int = 1) -> bytes | None:
        """The content of a record; None where its tag fits none of the numbers that were tried."""
        for sequence in range(self.sequence, self.sequence + tries):
            try:
                out = self._open(sequence, head, body)
            except (InvalidTag, ValueError):
                continue
            self.sequence = sequence + 1
            return out
        return None

    def _open(self, sequence: int, head: bytes, body: bytes) -> bytes:
        number = sequence.to_bytes(8, "big")
        if self.tls13:
            return self.aead.decrypt(self._nonce(number), body, head)
        size = len(body) - self.tag - (8 if self.explicit else 0)
        if size < 0:
            raise ValueError("shorter than its tag")
        data = number + head[:3] + size.to_bytes(2, "big")
        if self.explicit:
            return self.aead.decrypt(self.iv + body[:8], body[8:], data)
        return self.aead.decrypt(self._nonce(number), body, data)

    def _nonce(self, number: bytes) -> bytes:
        return bytes(one ^ two for one, two in zip(self.iv, number.rjust(12, b"\0"), strict=True))

    def updated(self) -> Opener:
        """The opener behind a key update (RFC 8446 section 7.2)."""
        digest = _SUITES[self.suite].digest
        size = hashlib.new(digest).digest_size
        made = opener13(self.suite, _expand_label(self.secret, "traffic upd", size, digest))
        assert made
        return made


def opener13(suite: int, secret: bytes | None) -> Opener | None:
    """Opens TLS 1.3 records under a traffic secret; None without it or for an unknown suite."""
    known = _SUITES.get(suite)
    if secret is None or known is None:
        return None
    key = _expand_label(secret, "key", known.size, known.digest)
    iv = _expand_label(secret, "iv", 12, known.digest)
    return Opener(_aead(known, key), iv, True, False, secret, suite)


def opener12(suite: int, master: bytes | None, randoms: tuple[bytes, bytes], side: int) -> Opener | None:
    """Opens TLS 1.2 records of the client (side 0) or server (1); `randoms` are theirs in that order."""
    known = _SUITES.get(suite)
    if master is None or known is None:
        return None
    explicit = known.cipher != "chacha"
    salt = 4 if explicit else 12
    block = _prf(master, b"key expansion", randoms[1] + randoms[0], 2 * (known.size + salt), known.digest)
    key = block[side * known.size : (side + 1) * known.size]
    at = 2 * known.size + side * salt
    tag = 8 if known.cipher == "ccm8" else 16
    return Opener(_aead(known, key), block[at : at + salt], False, explicit, master, suite, tag)
