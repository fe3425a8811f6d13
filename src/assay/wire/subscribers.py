"""NAS messages become events: whose they are, whether their MACs are right, what they say deciphered.

A UE is followed over its signalling connections by SUPI, by 5G-GUTI, by the AUTN that only one key at hand can have
made, or by a MAC that is right under its context. Where none of these holds, the log says so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from assay.model.event import Event, Span, part
from assay.wire import nas, nas_identity
from assay.wire.crypto import keys as derivation
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.nas_facts import facts, inner_messages
from assay.wire.nas_identity import Guti, Suci
from assay.wire.nas_security import Judged, Session, Subscriber
from assay.wire.scribe import Keys, Scribe

__all__ = ["Connection", "Numbers", "Place", "Subscribers"]

_MOST_UES: Final = 20_000
_MOST_TRIED: Final = 64
_MOST_SUBSCRIBERS: Final = 1_000
"""How many keys are tried on a challenge whose subscriber is not known."""

_DIRECTIONS: Final = {UPLINK: "up", DOWNLINK: "down"}
_MAC: Final = {True: "right", False: "wrong"}


class Place(NamedTuple):
    """Where a NAS message stood: time, keys of its carrier (ends, UE), number of the carrying event, spans.

    `via` is the point of the carrier. `exact` says that the message lies in the spans byte for byte: RRC shifts bits.
    """

    time: int | None
    keys: Keys
    carrier: int
    spans: tuple[Span, ...]
    via: str
    exact: bool = True

    @property
    def frame(self) -> int:
        """The frame that completed it."""
        return max((span.frame for span in self.spans), default=0)


@dataclass(slots=True)
class _Ue:
    """One subscriber, or one nobody knows; `number` is unique in the log."""

    number: int
    session: Session
    supi: str = ""


@dataclass(slots=True)
class Connection:
    """One UE's signalling connection. `plmns` are those it was seen in, encoded; `tmsi` what the gNB said of the UE.

    `makers` are subscribers of whom any may have been challenged: they share the key that made `challenge`.
    """

    number: int
    ue: _Ue | None = None
    plmns: tuple[bytes, ...] = ()
    tmsi: bytes = b""
    makers: tuple[str, ...] = ()
    challenge: bytes = b""
    said: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Numbers:
    """How many UEs and connections a log has: those of all its points are numbered in one row."""

    ues: int = 0
    connections: int = 0


class Subscribers:
    """Every UE that one point of a recording shows, within bounds.

    Each point has its own: a message that passes two points would else look as if it came twice.
    """

    def __init__(self, scribe: Scribe, keyring: Keyring, numbers: Numbers) -> None:
        self._scribe = scribe
        self._numbers = numbers
        self._keys = {one.supi: one for one in keyring.subscribers}
        self._home = {one.id: one for one in keyring.home}
        self._taken = keyring.taken
        self._by_supi: OrderedDict[str, _Ue] = OrderedDict()
        self._by_guti: OrderedDict[bytes, _Ue] = OrderedDict()

    def connection(self) -> Connection:
        """A new connection."""
        self._numbers.connections += 1
        return Connection(self._numbers.connections)

    def session(self, connection: Connection) -> Session | None:
        """The NAS security of whoever a connection belongs to."""
        return connection.ue.session if connection.ue else None

    def message(self, connection: Connection, direction: int, data: bytes, place: Place) -> Iterator[Event]:
        """The event of one NAS message, and of each message inside it."""
        try:
            given = nas.unwrap(data)
        except WireError as error:
            self._scribe.findings.add("nas-undecodable", place.frame, error.what)
            return
        if connection.makers and given.header == 3 and direction == DOWNLINK:
            connection.ue = self._by_command(connection, data) or connection.ue
        ue = self._owner(connection, direction, given, place)
        self._locate(connection, ue)
        try:
            judged = ue.session.feed(direction, data)
        except WireError as error:
            self._scribe.findings.add("nas-undecodable", place.frame, error.what)
            judged = Judged(given.header, None, None, False, nas.name(given.inner), given.inner)
        if self._taken is not None and ue.session.taken:
            self._taken.append((ue.supi, ue.session.taken))
            ue.session.taken = None
        self._learn(connection, ue, direction, judged)
        self._complain(connection, ue, judged, place)
        ue = connection.ue or ue
        envelope = self._envelope(ue, direction, given, judged, place)
        yield from self._events(ue, direction, judged, envelope, place, len(data) - len(given.inner))

    def _owner(self, connection: Connection, direction: int, given: nas.Protected, place: Place) -> _Ue:
        """The UE of a connection, found anew where a message names it."""
        kind = nas.name(given.inner)
        if direction == UPLINK and kind in ("registration-request", "identity-response", "service-request"):
            found = self._named(connection, given.inner, place)
            if found and (connection.ue is None or found is not connection.ue):
                connection.ue = found
        if kind == "authentication-request" and direction == DOWNLINK:
            self._by_challenge(connection, given.inner)
        if connection.ue is None and connection.tmsi:
            connection.ue = self._by_guti.get(connection.tmsi)
        if connection.ue is None and given.header:
            connection.ue = self._by_mac(direction, given)
        if connection.ue is None:
            connection.ue = self._new("", None)
        return connection.ue

    def _named(self, connection: Connection, inner: bytes, place: Place) -> _Ue | None:
        try:
            body = nas_identity.raw(inner)
            found = nas_identity.opened(body)
        except WireError:
            return None
        if isinstance(found, Guti):
            return self._by_guti.get(found.tmsi)
        if isinstance(found, Suci):
            return self._concealed(connection, found, place)
        return self._by_guti.get(body[3:7]) if len(body) == 7 and body[0] & 7 == 4 else None

    def _concealed(self, connection: Connection, found: Suci, place: Place) -> _Ue | None:
        home = self._home.get(found.key)
        private = home.private if home and home.profile == found.scheme else None
        try:
            supi = nas_identity.supi(found, private)
        except WireError as error:
            self._scribe.findings.add("nas-identity-concealed", place.frame, error.what)
            return None
        if supi is None:
            why = "its MAC does not fit the home-network key at hand" if private else "no home-network key at hand"
            what = f"scheme {found.scheme}, key {found.key}: {why}"
            self._scribe.findings.add("nas-identity-concealed", place.frame, what)
            return None
        if not connection.plmns and len(found.mcc) == 3 and len(found.mnc) in (2, 3):
            connection.plmns = (_encoded(found.mcc, found.mnc),)
        return self._by_identity(supi)

    def _by_identity(self, supi: str) -> _Ue:
        ue = self._by_supi.get(supi)
        if ue is None:
            ue = self._by_supi[supi] = self._new(supi, self._keys.get(supi))
            _bounded(self._by_supi)
        return ue

    def _by_challenge(self, connection: Connection, inner: bytes) -> None:
        """A challenge to a UE without a known key: the key at hand that made its AUTN names the subscriber."""
        if not self._keys or (connection.ue and connection.ue.session.subscriber):
            return
        if connection.ue and connection.ue.supi:  # named, and no key of that name is at hand
            return
        try:
            given = nas.challenge(inner)
        except WireError:
            return
        if given is None:
            return
        known = list(self._keys)[:_MOST_SUBSCRIBERS]
        makers = [supi for supi in known if self._keys[supi].made(given.rand, given.autn)]
        if len(makers) == 1:
            connection.ue = self._by_identity(makers[0])
        else:  # labs give many subscribers one key: AUTN then names nobody, but the MAC of what follows does
            connection.makers, connection.challenge = tuple(makers[:_MOST_TRIED]), inner

    def _by_command(self, connection: Connection, data: bytes) -> _Ue | None:
        """Of several subscribers with the key that made a challenge: whose MAC the Security Mode Command bears."""
        names = tuple(derivation.serving_network_name(*nas_identity.plmn(one)) for one in connection.plmns)[:4]
        for supi in connection.makers:
            trial = Session(self._keys[supi], names)
            trial.feed(DOWNLINK, connection.challenge)
            if trial.feed(DOWNLINK, data).genuine:
                found = self._by_identity(supi)
                self._locate(connection, found)
                found.session.feed(DOWNLINK, connection.challenge)
                connection.makers = ()
                return found
        return None

    def _by_mac(self, direction: int, given: nas.Protected) -> _Ue | None:
        """A protected message of a UE that nothing names: the context under which its MAC is right."""
        for supi in list(reversed(self._by_supi))[:_MOST_TRIED]:
            if self._by_supi[supi].session.fits(direction, given):
                return self._by_supi[supi]
        return None

    def _new(self, supi: str, subscriber: Subscriber | None) -> _Ue:
        self._numbers.ues += 1
        return _Ue(self._numbers.ues, Session(subscriber, ()), supi)

    def _locate(self, connection: Connection, ue: _Ue) -> None:
        """The names of the networks that may serve the UE, those of this connection first."""
        if connection.plmns and ue.session.subscriber:
            names = [name for name in map(_network, connection.plmns) if name]
            if ue.session.networks[: len(names)] != tuple(names):
                ue.session.networks = tuple(dict.fromkeys([*names, *ue.session.networks]))[:4]

    def _learn(self, connection: Connection, ue: _Ue, direction: int, judged: Judged) -> None:
        """A temporary identity that was given, or one that a UE nobody knew came with."""
        if direction == DOWNLINK and judged.name in ("registration-accept", "configuration-update-command"):
            guti = _temporary(judged.plain)
        elif direction == UPLINK and judged.name == "registration-request":
            try:
                found = nas_identity.identity(judged.plain)
            except WireError:
                return
            guti = found if isinstance(found, Guti) and found.tmsi not in self._by_guti else None
        else:
            return
        if guti and any(guti.tmsi):
            self._by_guti[guti.tmsi] = ue
            self._by_guti.move_to_end(guti.tmsi)
            _bounded(self._by_guti)

    def _complain(self, connection: Connection, ue: _Ue, judged: Judged, place: Place) -> None:
        """Say once for each connection why its messages could not be verified."""
        if judged.header == 0 or judged.genuine is not None or judged.integrity is not None:
            return
        if ue.session.subscriber is None:
            name, what = "nas-key-missing", "no key of its subscriber at hand"
        else:
            name, what = "nas-context-missing", "its authentication is not in the recording, or used another key"
        if name not in connection.said:
            connection.said.add(name)
            self._scribe.findings.add(name, place.frame, f"UE connection {connection.number}: {what}")

    def _envelope(self, ue: _Ue, direction: int, given: nas.Protected, judged: Judged, place: Place) -> Keys:
        """The keys that say what was established of the message as a whole."""
        keys = [*place.keys, ("who", str(ue.number)), ("direction", _DIRECTIONS[direction])]
        if ue.supi:
            keys.append(("supi", ue.supi))
        keys.append(("header", str(given.header)))
        if given.header:
            unproven = "void" if judged.integrity == 0 else "unchecked"
            mac = unproven if judged.genuine is None else _MAC[judged.genuine]
            keys += [("sequence", str(given.sequence)), ("mac", mac)]
        if judged.count is not None:
            keys.append(("count", str(judged.count)))
        if judged.stale:
            keys.append(("replay", "yes"))
        if judged.integrity is not None:
            keys += [("nia", str(judged.integrity)), ("nea", str(judged.ciphering))]
        keys += [("via", place.via), ("carried_by", str(place.carrier))]
        return tuple(keys)

    def _events(
        self, ue: _Ue, direction: int, judged: Judged, envelope: Keys, place: Place, head: int
    ) -> Iterator[Event]:
        session = ue.session
        own = facts(judged.name, judged.plain)
        if judged.name == "authentication-request" and session.autn_match is not None:
            own = (*own, ("autn", _MAC[session.autn_match]))
        if judged.name == "authentication-response" and session.res_match is not None:
            own = (*own, ("res", _MAC[session.res_match]))
        known = dict(envelope)
        own = tuple(pair for pair in own if pair[0] not in known)  # an SMC's choice repeats that of its context
        event = self._scribe.event
        yield event(place.time, "N1", "nas-5gs", judged.name, envelope + own, place.spans, judged.plain)
        outer = (*envelope, ("inside", judged.name))
        for start, end, ciphered in inner_messages(judged.name, judged.header, judged.plain):
            body = judged.plain[start:end]
            if ciphered and judged.ciphering:
                opened = session.decipher(judged, direction, body)
                body = opened if opened is not None else body
            spans = part(place.spans, head + start, head + end) if place.exact else place.spans
            kind = nas.name(body)
            yield event(place.time, "N1", "nas-5gs", kind, outer + facts(kind, body), spans, body)


def _temporary(plain: bytes) -> Guti | None:
    try:
        found = nas_identity.opened(nas.elements(plain).get(0x77, b""))
    except WireError:
        return None
    return found if isinstance(found, Guti) else None


@lru_cache(maxsize=256)
def _network(plmn: bytes) -> bytes:
    """The name of a serving network; empty where the three bytes are no PLMN."""
    try:
        return derivation.serving_network_name(*nas_identity.plmn(plmn))
    except WireError:
        return b""


def _encoded(mcc: str, mnc: str) -> bytes:
    """A PLMN in the three bytes of TS 24.501."""
    third = mnc[2] if len(mnc) == 3 else "f"
    return bytes.fromhex(mcc[1] + mcc[0] + third + mcc[2] + mnc[1] + mnc[0])


def _bounded(held: OrderedDict[Any, _Ue]) -> None:
    while len(held) > _MOST_UES:
        held.popitem(last=False)
