"""F1AP becomes events, and with it what a UE says on the radio: RRC in PDCP, NAS in RRC."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from assay.model.event import Event, part
from assay.wire import aper, application, rrc
from assay.wire.aper import Pdu
from assay.wire.as_security import Opened, RadioSecurity
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.errors import WireError
from assay.wire.scribe import Keys, Scribe
from assay.wire.sctp import Message
from assay.wire.subscribers import Connection, Place, Subscribers

__all__ = ["Radio"]

_CU_UE, _DU_UE, _CONTAINER, _SRB, _CELL = 40, 41, 50, 64, 111
_INITIAL, _DOWN, _UP = 11, 12, 13
_CARRIERS: Final = frozenset((5, 6, 7, _INITIAL, _DOWN, _UP))
"""Procedures whose first message carries RRC."""
_MOST_UES: Final = 20_000
_UNFOLLOWED: Final = frozenset(("rrc-reestablishment", "rrc-resume", "mobility-from-nr-command"))
"""Behind these the key of the radio connection is another one."""
_MAC: Final = {True: "right", False: "wrong"}


@dataclass(slots=True)
class _Ue:
    """One UE's radio connection."""

    connection: Connection
    security: RadioSecurity = field(default_factory=RadioSecurity)


class Radio:
    """The UEs' radio connections on all F1 associations, within bounds."""

    def __init__(self, scribe: Scribe, subscribers: Subscribers) -> None:
        self._scribe = scribe
        self._subscribers = subscribers
        self._ues: OrderedDict[tuple[int, int, int], _Ue] = OrderedDict()

    def message(self, message: Message, inner: Message, association: int, pdu: Pdu, keys: Keys) -> Iterator[Event]:
        """The events of one F1AP message; `inner` is the same without the counts between pieces of a long one."""
        data = inner.payload
        cu, du = aper.identifier(data, pdu, _CU_UE, 2), aper.identifier(data, pdu, _DU_UE, 2)
        for name, value in (("cu_ue_id", cu), ("du_ue_id", du)):
            keys = keys if value is None else (*keys, (name, str(value)))
        ue = self._ue(association, pdu, cu, du)
        if ue:
            keys = (*keys, ("ue", str(ue.connection.number)))
            self._locate(ue, data, pdu)
        srb = self._srb(data, pdu)
        carrier = self._scribe.event(
            message.time, "F1", "f1ap", application.name("f1ap", pdu), keys, message.spans, message.payload
        )
        yield carrier
        found = (
            aper.octets(data, pdu, _CONTAINER)
            if ue and pdu.procedure in _CARRIERS and pdu.kind == "initiating"
            else None
        )
        if ue and found:
            direction = UPLINK if pdu.procedure in (_INITIAL, _UP) else DOWNLINK
            place = Place(message.time, (*keys[:4], *keys[-1:]), carrier.number, part(inner.spans, *found), "F1", False)
            yield from self._rrc(ue, direction, srb, data[found[0] : found[1]], place)

    def _ue(self, association: int, pdu: Pdu, cu: int | None, du: int | None) -> _Ue | None:
        """The UE by either number; a new one where the DU announces it or the recording begins in the middle."""
        places = [(association, side, number) for side, number in ((0, cu), (1, du)) if number is not None]
        if not places:
            return None
        found = None
        if pdu.procedure != _INITIAL:
            found = next((self._ues[one] for one in reversed(places) if one in self._ues), None)
        if found is None:
            found = _Ue(self._subscribers.connection())
        for one in places:
            self._ues[one] = found
        while len(self._ues) > 2 * _MOST_UES:
            self._ues.popitem(last=False)
        return found

    def _locate(self, ue: _Ue, data: bytes, pdu: Pdu) -> None:
        for element in pdu.elements:
            if element.id == _CELL and element.end - element.start >= 4:
                ue.connection.plmns = (data[element.start + 1 : element.start + 4],)

    def _srb(self, data: bytes, pdu: Pdu) -> int:
        """The signalling bearer: its element has a bit for extensions, then two bits."""
        for element in pdu.elements:
            if element.id == _SRB and element.start < element.end:
                return data[element.start] >> 5 & 3
        return 0 if pdu.procedure == _INITIAL else 1

    def _rrc(self, ue: _Ue, direction: int, srb: int, unit: bytes, place: Place) -> Iterator[Event]:
        way = "ul" if direction == UPLINK else "dl"
        channel = f"{way}-{'dcch' if srb else 'ccch'}"
        if srb and len(unit) < 7:
            self._scribe.findings.add("rrc-undecodable", place.frame, f"a PDCP unit of {len(unit)} bytes")
            return
        opened = self._opened(ue, direction, srb, channel, unit)
        kind = rrc.name(channel, opened.plain)
        if kind in _UNFOLLOWED:
            ue.security.forget()
        hidden = (
            ue.security.ciphering and ue.security.chosen and ue.security.chosen.ciphering and opened.pdcp_count is None
        )
        facts, found = ((), []) if hidden else self._content(kind, channel, opened.plain, place)
        keys = (*place.keys, *self._envelope(ue, direction, srb, channel, unit, opened), *facts)
        carrier = self._scribe.event(
            place.time, "Uu", "nr-rrc", "protected" if hidden else kind or "unreadable", keys, place.spans, opened.plain
        )
        yield carrier
        if kind == "security-mode-complete" and direction == UPLINK:
            ue.security.ciphering = True
        for one in found:
            yield from self._subscribers.message(ue.connection, direction, one, place._replace(carrier=carrier.number))

    def _opened(self, ue: _Ue, direction: int, srb: int, channel: str, unit: bytes) -> Opened:
        if not srb:
            return Opened(None, None, unit)
        plain = unit[2:-4]
        if rrc.name(channel, plain) == "security-mode-command" and not ue.security.ciphering:
            try:
                chosen = rrc.algorithms(plain)
            except WireError:
                return Opened(None, None, plain)
            session = self._subscribers.session(ue.connection)
            return ue.security.begin(session, chosen, srb, direction, unit) if session else Opened(None, None, plain)
        return ue.security.open(srb, direction, unit)

    def _content(self, kind: str, channel: str, plain: bytes, place: Place) -> tuple[Keys, list[bytes]]:
        """Keys of the message itself, and the NAS messages in it."""
        keys: list[tuple[str, str]] = []
        try:
            if kind == "security-mode-command":
                chosen = rrc.algorithms(plain)
                keys = [("nea", str(chosen.ciphering))]
                keys += [("nia", str(chosen.integrity))] if chosen.integrity is not None else []
            found = rrc.nas_messages(channel, plain) if kind else []
            if found and kind == "rrc-reconfiguration":
                keys += [
                    ("drb", f"{number}:integrity={_yes(integrity)},ciphering={_yes(ciphering)}")
                    for number, integrity, ciphering in rrc.drb_security(rrc.values(channel, plain))
                ]
            return tuple(keys), found
        except WireError as error:
            self._scribe.findings.add("rrc-undecodable", place.frame, error.what)
            return tuple(keys), []

    def _envelope(self, ue: _Ue, direction: int, srb: int, channel: str, unit: bytes, opened: Opened) -> Keys:
        keys = [("direction", "up" if direction == UPLINK else "down"), ("srb", str(srb)), ("channel", channel)]
        if srb:
            keys += [("pdcp_sn", str((unit[0] & 15) << 8 | unit[1])), ("mac_i", unit[-4:].hex())]
            chosen = ue.security.chosen
            if chosen:
                unproven = "void" if chosen.integrity == 0 else "unchecked"
                keys.append(("mac", unproven if opened.genuine is None else _MAC[opened.genuine]))
            if opened.pdcp_count is not None:
                keys.append(("count", str(opened.pdcp_count)))
        return tuple(keys)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
