"""What TLS and DTLS say in clear: hellos (RFC 8446, RFC 5246, RFC 6347) and certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.wire.errors import WireError
from assay.wire.scribe import Keys

__all__ = ["CERTIFICATE", "CLIENT_HELLO", "NAMES", "SERVER_HELLO", "Hello", "certificates", "facts", "hello"]

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
NAMES: Final = {
    1: "client-hello", 2: "server-hello", 11: "certificate", 13: "certificate-request", 15: "certificate-verify",
}  # fmt: skip
"""Handshake messages that become events."""

_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random by which a ServerHello asks for another ClientHello (RFC 8446 section 4.1.3)."""

_SNI, _GROUPS, _SIGNATURES, _ALPN, _VERSIONS = 0, 10, 13, 16, 43
_VERSION_NAMES: Final = {
    0x0300: "ssl-3.0", 0x0301: "tls-1.0", 0x0302: "tls-1.1", 0x0303: "tls-1.2", 0x0304: "tls-1.3",
    0xFEFF: "dtls-1.0", 0xFEFD: "dtls-1.2", 0xFEFC: "dtls-1.3",
}  # fmt: skip


class Hello(NamedTuple):
    """A ClientHello or ServerHello. `versions` and `suites` are those offered, or the one chosen."""

    client: bool
    random: bytes
    versions: tuple[int, ...]
    suites: tuple[int, ...]
    extensions: tuple[tuple[int, bytes], ...]
    compression: bytes

    @property
    def retry(self) -> bool:
        """True for a ServerHello that asks for another ClientHello."""
        return not self.client and self.random == _RETRY

    def extension(self, kind: int) -> bytes | None:
        """The value of an extension, None where it is not there."""
        return next((value for own, value in self.extensions if own == kind), None)


def _wrong(what: str) -> WireError:
    return WireError("E0631", f"a TLS message cannot be decoded: {what}")


class _Reader:
    """Takes vectors with lengths of one to three bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, size: int) -> bytes:
        out = self._data[self.at : self.at + size]
        if len(out) < size:
            raise _wrong("it ends within a field")
        self.at += size
        return out

    def vector(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))

    @property
    def left(self) -> bool:
        return self.at < len(self._data)


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2))


def hello(message: bytes, *, datagram: bool = False) -> Hello:
    """The hello in a handshake message, its four bytes of head included; WireError E0631 where it is none."""
    if len(message) < 4 or message[0] not in (CLIENT_HELLO, SERVER_HELLO):
        raise _wrong("no hello")
    reader = _Reader(message[4:])
    client = message[0] == CLIENT_HELLO
    legacy = int.from_bytes(reader.take(2), "big")
    random = reader.take(32)
    reader.vector(1)  # session
    if client and datagram:
        reader.vector(1)  # cookie
    suites = _numbers(reader.vector(2) if client else reader.take(2))
    compression = reader.vector(1) if client else reader.take(1)
    extensions = []
    if reader.left:
        inner = _Reader(reader.vector(2))
        while inner.left:
            kind = int.from_bytes(inner.take(2), "big")
            extensions.append((kind, inner.vector(2)))
    listed = next((value for kind, value in extensions if kind == _VERSIONS), None)
    versions: tuple[int, ...] = (legacy,)
    if listed is not None:
        versions = tuple(one for one in _numbers(listed[1:] if client else listed) if one & 0x0F0F != 0x0A0A)
    return Hello(client, random, versions or (legacy,), suites, tuple(extensions), compression)


def certificates(message: bytes, *, tls13: bool = False) -> tuple[bytes, ...]:
    """The certificates (DER) in a Certificate message, its four bytes of head included, the sender's own first."""
    if len(message) < 4 or message[0] != CERTIFICATE:
        raise _wrong("no Certificate message")
    reader = _Reader(message[4:])
    if tls13:
        reader.vector(1)  # context
    inner, out = _Reader(reader.vector(3)), []
    while inner.left:
        out.append(inner.vector(3))
        if tls13:
            inner.vector(2)  # extensions of the entry
    return tuple(out)


def version(number: int) -> str:
    """A version in words."""
    return _VERSION_NAMES.get(number, f"{number:04x}")


def _names(found: Hello) -> Iterator[tuple[str, str]]:
    sni = found.extension(_SNI)
    if sni and len(sni) > 5:
        yield "sni", sni[5 : 5 + int.from_bytes(sni[3:5], "big")].decode("latin-1")
    reader = _Reader((found.extension(_ALPN) or b"\0\0")[2:])
    while reader.left:
        yield "alpn", reader.vector(1).decode("latin-1")
    for name, kind in (("group", _GROUPS), ("signature", _SIGNATURES)):
        for one in _numbers((found.extension(kind) or b"\0\0")[2:]) if found.client else ():
            yield name, f"{one:04x}"


def facts(message: bytes, *, tls13: bool = False, datagram: bool = False) -> Keys:
    """Keys of a handshake message; what cannot be read is left out."""
    try:
        if message[0] == CERTIFICATE:
            found = certificates(message, tls13=tls13)
            return tuple(("sha256", hashlib.sha256(one).hexdigest()) for one in found)
        if message[0] not in (CLIENT_HELLO, SERVER_HELLO):
            return ()
        said = hello(message, datagram=datagram)
        out = [("version", version(one)) for one in said.versions]
        out += [("suite", f"{one:04x}") for one in said.suites]
        out += [("extension", str(kind)) for kind, _ in said.extensions]
        out += list(_names(said))
        if any(said.compression):
            out.append(("compression", said.compression.hex()))
        return (*out, ("retry", "yes")) if said.retry else tuple(out)
    except (WireError, IndexError):
        return (("unread", "yes"),)
