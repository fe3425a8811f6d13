"""DTLS over UDP and over SCTP (RFC 6347, RFC 6083): who offered and chose what, and that the rest is protected."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from assay.model.event import Event, Span, part
from assay.wire import tls_hello
from assay.wire.scribe import Keys, Scribe

__all__ = ["Dtls", "begins"]

_HANDSHAKE, _ALERT, _DATA = 22, 21, 23
_HEAD: Final = 13
_HANDSHAKE_HEAD: Final = 12
_MOST: Final = 20_000


def begins(data: bytes) -> bool:
    """True where a datagram begins with a whole DTLS record of version 1.0 or 1.2."""
    if len(data) < _HEAD or not 20 <= data[0] <= 25 or data[1] != 0xFE or data[2] not in (0xFF, 0xFD):
        return False
    return _HEAD + int.from_bytes(data[11:13], "big") <= len(data)


class Dtls:
    """The associations of a recording, within bounds: of each, its hellos and its first protected record."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._shown: OrderedDict[frozenset[tuple[str, str]], int] = OrderedDict()
        self._number = 0

    def datagram(
        self, data: bytes, spans: tuple[Span, ...], time: int | None, point: str, keys: Keys
    ) -> Iterator[Event]:
        """The events of the records in one datagram or SCTP message."""
        values = dict(keys)
        pair = frozenset(((values["src"], values["src_port"]), (values["dst"], values["dst_port"])))
        at = 0
        while begins(data[at:]):
            end = at + _HEAD + int.from_bytes(data[at + 11 : at + 13], "big")
            protected = bool(int.from_bytes(data[at + 3 : at + 5], "big"))
            kind = data[at]
            if protected or kind == _DATA:
                yield from self._protected(pair, part(spans, at, end), time, point, keys)
            elif kind == _HANDSHAKE:
                yield from self._handshake(data[at + _HEAD : end], part(spans, at + _HEAD, end), time, point, keys)
            elif kind == _ALERT and end - at == _HEAD + 2:
                said = (("level", str(data[end - 2])), ("description", str(data[end - 1])))
                where = part(spans, at + _HEAD, end)
                yield self._scribe.event(time, point, "dtls", "alert", (*keys, *said), where, data[end - 2 : end])
            at = end

    def _protected(
        self, pair: frozenset[tuple[str, str]], spans: tuple[Span, ...], time: int | None, point: str, keys: Keys
    ) -> Iterator[Event]:
        if pair in self._shown:
            return
        self._number += 1
        self._shown[pair] = self._number
        if len(self._shown) > _MOST:
            self._shown.popitem(last=False)
        yield self._scribe.event(time, point, "dtls", "protected", keys, spans)

    def _handshake(
        self, data: bytes, spans: tuple[Span, ...], time: int | None, point: str, keys: Keys
    ) -> Iterator[Event]:
        """A message that one record holds whole; its head has a number and a place for fragments, TLS has none."""
        if len(data) < _HANDSHAKE_HEAD or data[1:4] != data[9:12]:
            return
        name = tls_hello.NAMES.get(data[0])
        message = data[:4] + data[_HANDSHAKE_HEAD:]
        if name and len(message) == 4 + int.from_bytes(data[1:4], "big"):
            said = tls_hello.facts(message, datagram=True)
            yield self._scribe.event(time, point, "dtls", name, (*keys, *said), spans, message)
