"""What travels over SCTP becomes events: associations, NGAP with the NAS in it, other application protocols."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from assay.model.event import Event, part
from assay.wire import aper, application, ngap, sctp
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.dtls import Dtls, begins
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.radio import Radio
from assay.wire.scribe import Keys, Scribe, ends
from assay.wire.sctp import Message
from assay.wire.subscribers import Connection, Numbers, Place, Subscribers

__all__ = ["Signalling"]

_MOST_ASSOCIATIONS: Final = 4096
_MOST_CONNECTIONS: Final = 20_000
_INIT: Final = "init"
_INITIAL, _PATH_SWITCH, _NOT_DELIVERED, _REROUTE = 15, 25, 19, 36
_UPLINK: Final = frozenset((_INITIAL, 46))
_FROM_GNB: Final = frozenset((_INITIAL, 46, 21, _PATH_SWITCH, 42, 44, 11, 12))
_FROM_AMF: Final = frozenset((4, 13, 14, 24, 26, 28, 29, 41))

_End = tuple[bytes, int]


class Signalling:
    """Associations and the UEs' connections on them, within bounds."""

    def __init__(self, scribe: Scribe, keyring: Keyring, dtls: Dtls) -> None:
        self._scribe = scribe
        self._dtls = dtls
        numbers = Numbers()
        self._subscribers = Subscribers(scribe, keyring, numbers)
        self._radio = Radio(scribe, Subscribers(scribe, keyring, numbers))
        self._by_flow: OrderedDict[tuple[int, int, int], int] = OrderedDict()
        self._by_ends: OrderedDict[frozenset[_End], int] = OrderedDict()
        self._connections: OrderedDict[tuple[int, int], Connection] = OrderedDict()
        self._by_amf: OrderedDict[tuple[_End, int], Connection] = OrderedDict()
        self._amfs: OrderedDict[int, _End] = OrderedDict()
        self._associations = 0

    def message(self, message: Message) -> Iterator[Event]:
        """The events of one user message or control chunk."""
        association = self._association(message)
        keys = (
            *ends(message.src, message.src_port, message.dst, message.dst_port),
            ("assoc", str(association)),
        )
        if message.control:
            yield self._scribe.event(message.time, "", "sctp", message.control, keys, message.spans, message.payload)
        elif begins(message.payload):
            point = sctp.POINTS.get(message.protocol, "")
            yield from self._dtls.datagram(message.payload, message.spans, message.time, point, keys)
        else:
            yield from self._application(message, association, (*keys, ("stream", str(message.stream))))

    def _application(self, message: Message, association: int, keys: Keys) -> Iterator[Event]:
        """A message of an application protocol."""
        protocol = _protocol(message)
        name = "ngap" if protocol == sctp.NGAP else application.PROTOCOLS.get(protocol)
        if name is None:
            return
        point, marked = sctp.POINTS[protocol], protocol != sctp.F1AP
        try:
            flat, kept = aper.joined(message.payload)
            pdu = aper.split(flat, marked=marked)
            found = ngap.nas_pdus(flat, pdu) if protocol == sctp.NGAP else []
        except WireError as error:
            self._scribe.findings.add(f"{name}-undecodable", message.frame, error.what)
            yield self._scribe.event(message.time, point, name, "undecodable", keys, message.spans, message.payload)
            return
        spans = message.spans
        if flat is not message.payload:
            spans = tuple(span for start, end in kept for span in part(spans, start, end))
        inner = message._replace(payload=flat, spans=spans)
        if protocol == sctp.NGAP:
            yield from self._ngap(message, inner, association, pdu, found, keys)
        elif protocol == sctp.F1AP:
            yield from self._radio.message(message, inner, association, pdu, keys)
        else:
            kind = application.name(name, pdu)
            yield self._scribe.event(message.time, point, name, kind, keys, message.spans, message.payload)

    def _association(self, message: Message) -> int:
        """The number of an association: by its tag, which all its paths share, else by its ends."""
        flow = (message.src_port, message.dst_port, message.tag)
        pair = frozenset(((message.src, message.src_port), (message.dst, message.dst_port)))
        found = None if message.control == _INIT else self._by_flow.get(flow) or self._by_ends.get(pair)
        if found is None:
            self._associations += 1
            found = self._associations
        if message.control != _INIT:  # the tag of an INIT is zero
            self._by_flow[flow] = found
        self._by_ends[pair] = found
        for held in (self._by_flow, self._by_ends):
            if len(held) > _MOST_ASSOCIATIONS:
                held.popitem(last=False)
        return found

    def _ngap(
        self,
        message: Message,
        inner: Message,
        association: int,
        pdu: aper.Pdu,
        found: list[tuple[int, int]],
        keys: Keys,
    ) -> Iterator[Event]:
        """An NGAP message as it stands, and `inner`: the same without the counts between pieces of a long one."""
        data = inner.payload
        amf, ran = ngap.amf_ue_id(data, pdu), ngap.ran_ue_id(data, pdu)
        if amf is not None:
            keys = (*keys, ("amf_ue_id", str(amf)))
        connection = None
        if ran is not None:
            connection = self._connection(inner, association, pdu, ran, amf)
            keys = (*keys, ("ran_ue_id", str(ran)), ("ue", str(connection.number)))
        carrier = self._scribe.event(message.time, "N2", "ngap", ngap.name(pdu), keys, message.spans, message.payload)
        yield carrier
        if connection is None or pdu.procedure in (_NOT_DELIVERED, _REROUTE):  # copies of what was sent before
            return
        direction = UPLINK if pdu.procedure in _UPLINK else DOWNLINK
        for start, end in found:
            spans = part(inner.spans, start, end)
            place = Place(message.time, (*keys[:4], *keys[-1:]), carrier.number, spans, "N2")
            yield from self._subscribers.message(connection, direction, data[start:end], place)

    def _connection(self, message: Message, association: int, pdu: aper.Pdu, ran: int, amf: int | None) -> Connection:
        """The connection of a UE; a new one where the gNB opens it or the recording begins in its middle."""
        key, amf_end = (association, ran), self._amf_end(message, association, pdu)
        found = self._connections.get(key)
        begins = pdu.kind == aper.KINDS[0]
        if found is None or (begins and pdu.procedure == _INITIAL):
            found = None if pdu.procedure == _INITIAL else self._taken_over(message, pdu, amf_end, amf)
            found = found or self._subscribers.connection()
            found.tmsi = found.tmsi or ngap.tmsi(message.payload, pdu)
            self._connections[key] = found
            if len(self._connections) > _MOST_CONNECTIONS:
                self._connections.popitem(last=False)
        if plmns := ngap.serving_plmns(message.payload, pdu):
            found.plmns = tuple(plmns)
        if amf is not None and amf_end:
            self._by_amf[amf_end, amf] = found
            if len(self._by_amf) > _MOST_CONNECTIONS:
                self._by_amf.popitem(last=False)
        return found

    def _taken_over(self, message: Message, pdu: aper.Pdu, amf_end: _End | None, amf: int | None) -> Connection | None:
        """A UE that comes from another gNB: its AMF knows it by the same number, or says which one that was."""
        source = ngap.source_amf_ue_id(message.payload, pdu) if pdu.procedure == _PATH_SWITCH else amf
        return None if source is None or amf_end is None else self._by_amf.get((amf_end, source))

    def _amf_end(self, message: Message, association: int, pdu: aper.Pdu) -> _End | None:
        """Which end of an association is the AMF: some messages only gNBs send, some only AMFs."""
        if pdu.kind == aper.KINDS[0] and pdu.procedure in _FROM_GNB:
            self._amfs[association] = (message.dst, message.dst_port)
        elif pdu.kind == aper.KINDS[0] and pdu.procedure in _FROM_AMF:
            self._amfs[association] = (message.src, message.src_port)
        if len(self._amfs) > _MOST_ASSOCIATIONS:
            self._amfs.popitem(last=False)
        return self._amfs.get(association)


_PORTS: Final = {38412: sctp.NGAP, 38422: sctp.XNAP, 38462: sctp.E1AP, 38472: sctp.F1AP, 36412: sctp.S1AP}
"""Ports of the application protocols, for senders that leave the payload protocol unspecified."""


def _protocol(message: Message) -> int:
    """The payload protocol; some senders write its bytes in the other order, or write none."""
    if message.protocol == 0:
        return _PORTS.get(message.src_port) or _PORTS.get(message.dst_port) or 0
    turned = int.from_bytes(message.protocol.to_bytes(4, "little"), "big")
    return turned if message.protocol not in sctp.POINTS and turned in sctp.POINTS else message.protocol
