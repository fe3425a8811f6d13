"""PFCP (TS 29.244): messages between SMF and UPF, and their elements as far as cases ask for them."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from assay.model.event import Event, part
from assay.wire.errors import WireError
from assay.wire.ip import Datagram, address
from assay.wire.scribe import Keys, Scribe, ends

__all__ = ["MESSAGES", "PORT", "Element", "Messages", "Pdu", "elements", "split"]

PORT: Final = 8805
_WITH_ANSWER: Final = {
    1: "heartbeat", 3: "pfd-management", 5: "association-setup", 7: "association-update", 9: "association-release",
    12: "node-report", 14: "session-set-deletion", 16: "session-set-modification", 50: "session-establishment",
    52: "session-modification", 54: "session-deletion", 56: "session-report",
}  # fmt: skip
MESSAGES: Final = {
    number + step: f"{name}-{kind}"
    for number, name in _WITH_ANSWER.items()
    for step, kind in ((0, "request"), (1, "response"))
} | {11: "version-not-supported-response"}
"""Type of a message -> its name."""

_GROUPED: Final = frozenset(
    (*range(1, 19), 51, 54, 58, 59, 68, 77, 78, 79, 80, 83, 85, 86, 87, 99, 102, 105, 118, 127, 128, 129, 130, 132)
)
"""Elements that consist of elements."""

_DEEPEST: Final = 5
_MOST_ELEMENTS: Final = 4096
_MOST_WAITING: Final = 4096
_RULES: Final = {
    1: ("pdr", "create", 56), 9: ("pdr", "update", 56), 15: ("pdr", "remove", 56), 8: ("pdr", "created", 56),
    3: ("far", "create", 108), 10: ("far", "update", 108), 16: ("far", "remove", 108),
    6: ("urr", "create", 81), 13: ("urr", "update", 81), 17: ("urr", "remove", 81),
    7: ("qer", "create", 109), 14: ("qer", "update", 109), 18: ("qer", "remove", 109),
}  # fmt: skip
"""Grouped element -> kind of rule, what is done with it, and the element with its number."""
_ACTIONS: Final = ("drop", "forward", "buffer", "notify", "duplicate", "ip-accept", "ip-deny")


class Element(NamedTuple):
    """One information element: where its value stands in the message, and what it consists of."""

    type: int
    start: int
    end: int
    parts: tuple[Element, ...] = ()


class Pdu(NamedTuple):
    """The frame of a message; `seid` is None where the header has none."""

    type: int
    seid: int | None
    sequence: int
    elements: tuple[Element, ...]
    end: int
    more: bool

    @property
    def name(self) -> str:
        """The message in words."""
        return MESSAGES.get(self.type, f"type-{self.type}")


def _wrong(what: str) -> WireError:
    return WireError("E0631", f"a PFCP message cannot be decoded: {what}")


def split(data: bytes) -> Pdu:
    """The head and the elements of the first message in a datagram (clause 7.2)."""
    if len(data) < 8 or data[0] >> 5 != 1:
        raise _wrong("its first bytes are those of no PFCP message")
    size: int = struct.unpack_from(">H", data, 2)[0]
    end = 4 + size
    with_seid = bool(data[0] & 1)
    head = 16 if with_seid else 8
    if end > len(data) or end < head:
        raise _wrong(f"{size} bytes announced, {len(data) - 4} there")
    seid = int.from_bytes(data[4:12], "big") if with_seid else None
    sequence = int.from_bytes(data[head - 4 : head - 1], "big")
    return Pdu(data[1], seid, sequence, _elements(data, head, end, 0), end, bool(data[0] & 4))


def elements(data: bytes) -> tuple[Element, ...]:
    """The elements of a message; WireError E0631 where it is none."""
    return split(data).elements


def _elements(data: bytes, at: int, end: int, depth: int) -> tuple[Element, ...]:
    out: list[Element] = []
    while at < end:
        if at + 4 > end:
            raise _wrong("it ends within the head of an element")
        kind, size = struct.unpack_from(">HH", data, at)
        start, at = at + 4, at + 4 + size
        if at > end:
            raise _wrong(f"element {kind} is longer than what holds it")
        if len(out) >= _MOST_ELEMENTS:
            raise _wrong(f"more than {_MOST_ELEMENTS} elements")
        inner = _elements(data, start, at, depth + 1) if kind in _GROUPED and depth < _DEEPEST else ()
        out.append(Element(kind, start, at, inner))
    return tuple(out)


def _addresses(value: bytes, at: int, v4: bool, v6: bool) -> list[str]:
    out = []
    if v4 and len(value) >= at + 4:
        out.append(address(value[at : at + 4]))
        at += 4
    if v6 and len(value) >= at + 16:
        out.append(address(value[at : at + 16]))
    return out


def _f_teid(value: bytes) -> list[tuple[str, str]]:
    if value[0] & 4:
        return [("f_teid", "choose")]
    found = _addresses(value, 5, bool(value[0] & 1), bool(value[0] & 2))
    return [("f_teid", f"{value[1:5].hex()}@{one}") for one in found]


def _f_seid(value: bytes) -> list[tuple[str, str]]:
    found = _addresses(value, 9, bool(value[0] & 2), bool(value[0] & 1))
    return [("f_seid", f"{value[1:9].hex()}@{one}") for one in found]


def _node(value: bytes) -> list[tuple[str, str]]:
    kind = value[0] & 15
    if kind == 2:
        return [("node", _name(value[1:]))]
    return [("node", one) for one in _addresses(value, 1, kind == 0, kind == 1)]


def _name(value: bytes) -> str:
    """A name in the labels of DNS, or as plain text."""
    labels, at = [], 0
    while at < len(value) and value[at] and at + value[at] < len(value):
        labels.append(value[at + 1 : at + 1 + value[at]].decode("latin-1"))
        at += 1 + value[at]
    return ".".join(labels) if at == len(value) and labels else value.decode("latin-1")


def _ue_ip(value: bytes) -> list[tuple[str, str]]:
    return [("ue_ip", one) for one in _addresses(value, 1, bool(value[0] & 2), bool(value[0] & 1))]


def _outer(value: bytes) -> list[tuple[str, str]]:
    if not value[0] & 3:
        return []
    found = _addresses(value, 6, bool(value[0] & 1), bool(value[0] & 2))
    return [("outer", f"{value[2:6].hex()}@{one}") for one in found]


_READERS: Final[dict[int, Callable[[bytes], list[tuple[str, str]]]]] = {
    19: lambda value: [("cause", str(value[0]))],
    20: lambda value: [("source", str(value[0] & 15))],
    42: lambda value: [("destination", str(value[0] & 15))],
    21: _f_teid,
    22: lambda value: [("network_instance", _name(value))],
    57: _f_seid,
    60: _node,
    84: _outer,
    93: _ue_ip,
}


def _facts(data: bytes, found: tuple[Element, ...]) -> Iterator[tuple[str, str]]:
    for element in found:
        value = data[element.start : element.end]
        if element.type in _RULES:
            kind, done, ident = _RULES[element.type]
            number = _number(data, element.parts, ident)
            yield kind, f"{done}:{number}"
            action = next((one for one in element.parts if one.type == 44), None)
            if action and action.start < action.end:
                bits = data[action.start]
                yield "apply", f"{number}:{'+'.join(name for n, name in enumerate(_ACTIONS) if bits >> n & 1)}"
        if element.parts:
            yield from _facts(data, element.parts)
        elif value and element.type in _READERS:
            yield from _READERS[element.type](value)


def _number(data: bytes, parts: tuple[Element, ...], ident: int) -> str:
    found = next((one for one in parts if one.type == ident), None)
    return str(int.from_bytes(data[found.start : found.end], "big")) if found else "?"


class Messages:
    """PFCP messages become events; requests wait for their answers, within bounds."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._waiting: OrderedDict[tuple[bytes, bytes, int, int], int] = OrderedDict()

    def datagram(self, datagram: Datagram, src_port: int, dst_port: int) -> Iterator[Event]:
        """The messages of one datagram: a flag in each says that another one follows (clause 7.2.2.1)."""
        keys = ends(datagram.src, src_port, datagram.dst, dst_port)
        data, spans = datagram.payload[8:], part(datagram.spans, 8, len(datagram.payload))
        more = True
        while more and data:
            try:
                pdu = split(data)
            except WireError as error:
                name = "pfcp-cut" if datagram.cut else "pfcp-undecodable"
                self._scribe.findings.add(name, datagram.frame, error.what)
                yield self._scribe.event(datagram.time, "N4", "pfcp", "undecodable", keys, spans, data)
                return
            body = data[: pdu.end]
            found = self._keys(datagram, keys, pdu, body)
            event = self._scribe.event(datagram.time, "N4", "pfcp", pdu.name, found, part(spans, 0, pdu.end), body)
            if pdu.type in _WITH_ANSWER:
                self._waiting[datagram.src, datagram.dst, pdu.sequence, pdu.type] = event.number
                if len(self._waiting) > _MOST_WAITING:
                    self._waiting.popitem(last=False)
            yield event
            data, spans, more = data[pdu.end :], part(spans, pdu.end, len(data)), pdu.more

    def _keys(self, datagram: Datagram, keys: Keys, pdu: Pdu, body: bytes) -> Keys:
        out = [] if pdu.seid is None else [("seid", f"{pdu.seid:016x}")]
        out.append(("sequence", str(pdu.sequence)))
        asked = self._waiting.get((datagram.dst, datagram.src, pdu.sequence, pdu.type - 1))
        if asked and pdu.type not in _WITH_ANSWER:
            out.append(("answers", str(asked)))
        return (*keys, *out, *dict.fromkeys(_facts(body, pdu.elements)))
