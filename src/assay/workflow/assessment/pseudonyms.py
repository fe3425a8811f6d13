"""Identities replaced in a recording before it leaves: same lengths and frames, one name for one subscriber.

What stands in clear bytes is replaced where it stands: as digits in text, as Huffman code of HPACK, as half bytes in
NAS (also where RRC shifts it by some bits) and in PFCP. Then the recording is read again: what still names somebody,
because it is ciphered under keys that leave too, compressed, or cut over two messages, is told, and nothing leaves.
The MAC of a message in which something was replaced is replaced too: with the session's key it would confirm guesses.
A new name has as many digits below 3 as the old one, so that its Huffman code is as long (ADR 0011).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

from assay.errors import UsageError
from assay.model.event import Event, Span
from assay.wire.errors import WireError
from assay.workflow.assessment.identities import (
    IMEI,
    IMEISV,
    IMSI,
    MSISDN,
    NAMES,
    OTHER,
    Identity,
    identities,
    nas_body,
    user_ids,
)

__all__ = ["Pseudonyms", "remaining", "replaced"]

_TRIES: Final = 200
_TYPE_CODE: Final = 8
_MAC_BEFORE: Final = 40
"""Bits from the MAC of a protected NAS message to the message in it: four bytes of MAC, one of sequence number."""
_LEAST_BARE: Final = 14
"""Digits in a row that are an identity wherever they stand; a shorter number may mean anything else."""
_SMALL: Final = "012"
_LARGE: Final = "3456789"


@dataclass(slots=True)
class Pseudonyms:
    """The new names of one inspection. `salt` is random and forgotten: nobody can work a name back."""

    salt: bytes = field(repr=False)
    plmns: set[str] = field(default_factory=set)
    old: set[tuple[str, str]] = field(default_factory=set, repr=False)
    names: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def note(self, events: Iterable[Event]) -> None:
        """Take up who is named in a recording and in which networks, before the first new name is given."""
        for event in events:
            plmn = event.key("plmn")
            if len(plmn) in (5, 6):
                self.plmns.add(plmn)
            self.old |= {(one.kind, one.value) for one in identities(event)}

    def of(self, kind: str, value: str) -> str:
        """The new name: networks and types of equipment stay, the subscriber's and the device's own digits go."""
        known = self.names.get((kind, value))
        if known is None:
            known = self.names[kind, value] = self._new(kind, value)
        return known

    def _new(self, kind: str, value: str) -> str:
        head = value[: self._kept(kind, value)]
        tail = value[len(head) :]
        taken = {name for (other, _), name in self.names.items() if other == kind}
        taken |= {old for other, old in self.old if other == kind}
        seed = hashlib.sha256(self.salt + f"{kind} {value}".encode()).digest()
        chance = random.Random(seed)
        for _ in range(_TRIES):
            classes = [digit in _SMALL for digit in tail]
            chance.shuffle(classes)
            new = head + "".join(chance.choice(_SMALL if small else _LARGE) for small in classes)
            if new != value and new not in taken:
                return new
        raise UsageError("E0648", f"no other name of the same length for a {NAMES[kind]}", remedy="--report-only")

    def _kept(self, kind: str, value: str) -> int:
        if kind in (IMEI, IMEISV):
            return _TYPE_CODE if len(value) >= _LEAST_BARE else 0
        if kind == IMSI:
            return max((len(one) for one in self.plmns if value.startswith(one)), default=5)
        return 0


def replaced(data: bytes, events: Sequence[Event], names: Pseudonyms) -> tuple[bytes, dict[str, int]]:
    """The recording with other names, as long as before, and how many identities of each kind were replaced.

    `events` are those of `data`, read with every key at hand: spans are places in it.
    """
    out = bytearray(data)
    count: dict[str, int] = {}
    texts: dict[bytes, bytes] = {}
    seen: set[tuple[str, str]] = set()
    for event in events:
        for one in identities(event):
            if one.kind == OTHER:
                continue
            new = names.of(one.kind, one.value)
            if (one.kind, one.value) not in seen:
                seen.add((one.kind, one.value))
                count[NAMES[one.kind]] = count.get(NAMES[one.kind], 0) + 1
            texts |= dict(_texts(one, new))
            _in_place(data, out, event, one, new)
    for old, fresh in texts.items():
        out[:] = out.replace(old, fresh)
    codes = [(_code(old), _code(fresh)) for old, fresh in texts.items()]
    for event in events:
        if event.protocol == "http" and event.key("sealed") != "tls" and next(identities(event), None):
            _in_codes(out, event.spans, codes)
    return bytes(out), dict(sorted(count.items()))


def _texts(one: Identity, new: str) -> Iterable[tuple[bytes, bytes]]:
    """What to look for in text, and what to put there."""
    if one.words.startswith("suci-"):
        size = len(one.words.rsplit("-", 1)[1])
        yield one.words.encode(), (one.words[:-size] + new[-size:]).encode()
    elif "-" in one.words:
        yield one.words.encode(), f"{one.kind}-{new}".encode()
    if len(one.value) >= _LEAST_BARE and one.kind != MSISDN:
        yield one.value.encode(), new.encode()


def _in_place(data: bytes, out: bytearray, event: Event, one: Identity, new: str) -> None:
    """Replace half bytes of a NAS or PFCP message where the message itself stands in the frame."""
    try:
        if event.protocol == "nas-5gs":
            body = nas_body(event)
            fresh = _nas_identity(body, one, new)
            edits = {event.body.find(body): (body, fresh)} if fresh else {}
        elif event.protocol == "pfcp":
            edits = {
                start: (event.body[start:end], _halves(new, end - start))
                for kind, value, start, end in user_ids(event.body)
                if (kind, value) == (one.kind, one.value)
            }
        else:
            return
    except WireError:
        return
    whole = _View(data, event.spans)
    bit = whole.find(event.body)
    if bit is None:  # it stands there ciphered
        return
    view = _View(out, event.spans)
    for at, (_, fresh) in edits.items():
        view.put(bit + 8 * at, int.from_bytes(fresh, "big"), 8 * len(fresh))
    if event.protocol == "nas-5gs" and event.key("sequence") and not event.key("inside"):
        view.put(bit - _MAC_BEFORE, int.from_bytes(hashlib.sha256(new.encode()).digest()[:4], "big"), 32)
    view.write(out)


def _nas_identity(body: bytes, one: Identity, new: str) -> bytes:
    if one.kind == IMSI:
        return body[:8] + _halves(new[len(one.words) :], len(body) - 8)
    rest = _halves(new[1:], len(body) - 1)
    return bytes((body[0] & 15 | int(new[0]) << 4,)) + rest if one.kind in (IMEI, IMEISV) else b""


def _halves(digits: str, size: int) -> bytes:
    """Decimal digits, the low half of a byte first, filled with 15."""
    text = digits.ljust(2 * size, "f")
    return bytes(int(text[at + 1] + text[at], 16) for at in range(0, 2 * size, 2))


def _code(text: bytes) -> tuple[int, int]:
    """Huffman code of HPACK (RFC 7541 appendix B) and its length in bits."""
    value = length = 0
    for byte in text:
        value = value << REQUEST_CODES_LENGTH[byte] | REQUEST_CODES[byte]
        length += REQUEST_CODES_LENGTH[byte]
    return value, length


def _in_codes(
    out: bytearray, spans: tuple[Span, ...], codes: Iterable[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    view = _View(out, spans)
    changed = False
    for (old, size), (fresh, same) in codes:
        bit = view.find_bits(old, size) if size == same else None
        for _ in range(_TRIES):
            if bit is None:
                break
            view.put(bit, fresh, size)
            changed, bit = True, view.find_bits(old, size)
    if changed:
        view.write(out)


class _View:
    """The bytes of some spans as one row of bits."""

    def __init__(self, data: bytes | bytearray, spans: tuple[Span, ...]) -> None:
        self._spans = spans
        held = b"".join(data[one.start : one.end] for one in spans)
        self._size = 8 * len(held)
        self._value = int.from_bytes(held, "big")

    def find(self, wanted: bytes) -> int | None:
        """The first bit of these bytes, wherever they begin."""
        return self.find_bits(int.from_bytes(wanted, "big"), 8 * len(wanted)) if wanted else None

    def find_bits(self, wanted: int, size: int) -> int | None:
        """The first bit of a row of bits: whole bytes are looked for in eight shifts, the rest is compared."""
        whole = size // 8
        key = (wanted >> size % 8).to_bytes(whole, "big")
        for shift in range(8):
            held = ((self._value << shift) & ((1 << self._size) - 1)).to_bytes(self._size // 8, "big")
            at = held.find(key)
            while at >= 0:
                bit = 8 * at + shift
                if bit + size <= self._size and self._bits(bit, size) == wanted:
                    return bit
                at = held.find(key, at + 1)
        return None

    def _bits(self, bit: int, size: int) -> int:
        return self._value >> self._size - bit - size & ((1 << size) - 1)

    def put(self, bit: int, value: int, size: int) -> None:
        """Put a row of bits in place of those that stand there."""
        below = self._size - bit - size
        mask = ((1 << size) - 1) << below
        self._value = self._value & ~mask | value << below

    def write(self, out: bytearray) -> None:
        """Put the bytes back where they came from."""
        held, at = self._value.to_bytes(self._size // 8, "big"), 0
        for one in self._spans:
            out[one.start : one.end] = held[at : at + one.end - one.start]
            at += one.end - one.start


def remaining(events: Iterable[Event], names: Pseudonyms, data: bytes) -> list[str]:
    """What still names somebody after the replacement, with where: kinds, no values."""
    old = set(names.names)
    found: dict[str, None] = {}
    for event in events:
        for one in identities(event):
            if one.kind == OTHER or (one.kind, one.value) in old:
                found.setdefault(f"{NAMES[one.kind]} in {event.protocol}, {event.file} frame {event.frame}", None)
    bare = [kind for kind, value in old if len(value) >= _LEAST_BARE and value.encode() in data]
    found |= {f"{NAMES[kind]} in bytes that were not decoded": None for kind in bare}
    return list(found)
