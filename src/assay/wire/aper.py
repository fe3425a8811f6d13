"""The frame that NGAP, F1AP, E1AP, XnAP and S1AP share: aligned PER (X.691) of a procedure with its elements.

Aligned PER makes the outer frame simple: kind, procedure, criticality, then information elements that each say how
long they are. Most questions need no more, and this costs a hundredth of a full decode.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from assay.wire.errors import WireError

__all__ = ["KINDS", "Element", "Pdu", "identifier", "joined", "length", "octets", "split", "wrong"]

KINDS: Final = ("initiating", "successful", "unsuccessful")

_PIECE: Final = 1 << 14
_REST: Final = 0
"""In the place of the length of a joined message: all that follows. No message is so short."""


class Element(NamedTuple):
    """One information element and where in the message its value stands."""

    id: int
    start: int
    end: int


class Pdu(NamedTuple):
    """The frame of a message."""

    kind: str
    procedure: int
    elements: tuple[Element, ...]


def wrong(protocol: str, what: str) -> WireError:
    """The error of a message that breaks its rules."""
    return WireError("E0631", f"an {protocol} message cannot be decoded: {what}")


def length(data: bytes, at: int) -> tuple[int, int]:
    """A length determinant (X.691 section 11.9) and where the value begins."""
    try:
        first = data[at]
        if first < 0x80:
            return first, at + 1
        if first < 0xC0:
            return (first & 0x3F) << 8 | data[at + 1], at + 2
    except IndexError:
        raise wrong("application", "it ends within a length") from None
    raise wrong("application", "a value of 16,384 bytes or more")


def _pieces(data: bytes, at: int) -> list[tuple[int, int]]:
    """Where a value of 16,384 bytes or more stands: pieces of a multiple of that, then a shorter one, each counted."""
    out = []
    while at < len(data) and data[at] >= 0xC0:
        size = (data[at] & 0x3F) * _PIECE
        if not 0 < size <= 4 * _PIECE:
            raise wrong("application", "a piece of a value with a length that none has")
        out.append((at + 1, at + 1 + size))
        at += 1 + size
    size, start = length(data, at)
    return [*out, (start, start + size)]


def _value(data: bytes, at: int) -> tuple[int, int]:
    """Where a value begins and ends; a long one with the counts between its pieces."""
    if at < len(data) and data[at] >= 0xC0:
        pieces = _pieces(data, at)
        return pieces[0][0], pieces[-1][1]
    size, start = length(data, at)
    return start, start + size


def joined(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """A message without the counts between the pieces of its body, and which of its bytes are left.

    Such messages, of 16,384 bytes or more, carry the radio capabilities of handsets. Shorter ones stay as they are.
    """
    if len(data) < 4 or data[3] < 0xC0:
        return data, [(0, len(data))]
    pieces = _pieces(data, 3)
    if pieces[-1][1] > len(data):
        raise wrong("application", f"{pieces[-1][1]} bytes announced, {len(data)} there")
    return data[:3] + bytes((_REST,)) + b"".join(data[start:end] for start, end in pieces), [(0, 4), *pieces]


def split(data: bytes, *, marked: bool = True) -> Pdu:
    """The kind, procedure and elements of a message.

    A long message must be joined first. `marked` says that the choice of kinds may be extended, as in NGAP: then a bit
    for that stands before it. F1AP has a fourth kind instead, and no such bit.
    """
    kind = data[0] >> (5 if marked else 6) if data else 3
    if len(data) < 4 or kind > 2 or data[0] & (0x1F if marked else 0x3F):
        raise wrong("application", "its first bytes are those of none")
    size, at = (len(data) - 4, 4) if data[3] == _REST else length(data, 3)
    if at + size > len(data) or size < 3:
        raise wrong("application", f"{size} bytes announced, {len(data) - at} there")
    if data[at]:
        raise wrong("application", "extensions of the message itself")
    end, count, at = at + size, int.from_bytes(data[at + 1 : at + 3], "big"), at + 3
    elements = []
    for _ in range(count):
        if at + 4 > end:
            raise wrong("application", "it ends within an element")
        ident = int.from_bytes(data[at : at + 2], "big")
        start = at + 3
        (start, at) = _value(data, start)
        if at > end:
            raise wrong("application", f"element {ident} is longer than the message")
        elements.append(Element(ident, start, at))
    return Pdu(KINDS[kind], data[1], tuple(elements))


def identifier(data: bytes, pdu: Pdu, ident: int, bits: int) -> int | None:
    """A whole number with its length in `bits` bits before it; None where the message has none."""
    for element in pdu.elements:
        if element.id == ident and element.start < element.end:
            size = (data[element.start] >> (8 - bits)) + 1
            if element.end - element.start == 1 + size:
                return int.from_bytes(data[element.start + 1 : element.end], "big")
    return None


def octets(data: bytes, pdu: Pdu, ident: int) -> tuple[int, int] | None:
    """Where the bytes of an octet string stand; None where the message has none, or one that breaks its rules."""
    for element in pdu.elements:
        if element.id == ident:
            try:
                size, start = length(data, element.start)
            except WireError:
                return None
            return (start, element.end) if start + size == element.end else None
    return None
