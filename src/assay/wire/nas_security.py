"""The security of one UE's NAS connection, computed from its subscriber's key: AKA, counts, MACs, deciphering.

Nothing a message says of its own protection is believed: a verdict on it rests on a MAC that was computed here.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.wire import nas
from assay.wire.crypto import keys, milenage, nea, nia, tuak
from assay.wire.crypto.aka import Responses, open_token, xor
from assay.wire.crypto.keys import Purpose
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters

__all__ = ["Context", "Judged", "Released", "Session", "Subscriber", "authenticate"]

_GREATEST: Final = 3
"""The greatest number of an algorithm that is known here."""

_MOST_PENDING: Final = 12
"""Contexts of challenges that no Security Mode Command has taken up yet."""

_STEPS: Final = 1 << 24
"""NAS counts have 24 bits: 16 of overflow and the sequence number."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Identity, key and the operator's constant: OPc for Milenage, TOPc for TUAK. Never printed."""

    supi: str
    k: bytes = field(repr=False)
    opc: bytes = field(default=b"", repr=False)
    topc: bytes = field(default=b"", repr=False)
    lengths: tuak.Lengths = field(default_factory=tuak.Lengths)

    def answers(self, rand: bytes) -> tuple[Responses, Callable[[bytes, bytes], tuple[bytes, bytes]]]:
        """f2 to f5, and f1 for that RAND."""
        if self.topc:
            return (
                tuak.f2345(self.k, self.topc, rand, self.lengths),
                lambda sqn, amf: tuak.f1(self.k, self.topc, rand, sqn, amf, self.lengths),
            )
        return milenage.f2345(self.k, self.opc, rand), lambda sqn, amf: milenage.f1(self.k, self.opc, rand, sqn, amf)

    def made(self, rand: bytes, autn: bytes) -> bool:
        """True where the MAC in AUTN is that of this key."""
        out, f1 = self.answers(rand)
        return open_token(autn, out.ak, f1).genuine


@dataclass(frozen=True, slots=True)
class Released(Subscriber):
    """Single sessions of a subscriber: challenge -> K_AMF and RES*. The subscriber's own key is not here."""

    contexts: Mapping[bytes, tuple[bytes, bytes]] = field(default_factory=dict, repr=False, compare=False)

    def made(self, rand: bytes, autn: bytes) -> bool:
        """True for a challenge whose session was released."""
        return rand in self.contexts


class Context(NamedTuple):
    """What an authentication gives both sides; `challenge` is the RAND to which it belongs."""

    k_amf: bytes
    res_star: bytes
    genuine: bool
    challenge: bytes


def authenticate(subscriber: Subscriber, network: bytes, given: nas.Challenge) -> Context:
    """Run 5G AKA for a recorded challenge. `genuine` says that the MAC in AUTN is that of this subscriber's key."""
    if isinstance(subscriber, Released):
        k_amf, res_star = subscriber.contexts.get(given.rand, (bytes(32), bytes(16)))
        return Context(k_amf, res_star, given.rand in subscriber.contexts, given.rand)
    out, f1 = subscriber.answers(given.rand)
    token = open_token(given.autn, out.ak, f1)
    k_ausf = keys.k_ausf(out.ck, out.ik, network, xor(token.sqn, out.ak))
    k_amf = keys.k_amf(keys.k_seaf(k_ausf, network), subscriber.supi, given.abba)
    return Context(k_amf, keys.res_star(out.ck, out.ik, network, given.rand, out.res), token.genuine, given.rand)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was established of one message.

    `genuine` is None where no MAC could be computed or NIA0 makes it void. `stale` says that the count is not above
    that of an earlier genuine message: a replay, or a sender that uses a count twice. `integrity` and `ciphering` are
    the algorithms of the context under which it was judged.
    """

    header: int
    genuine: bool | None
    count: int | None
    stale: bool
    name: str
    plain: bytes
    integrity: int | None = None
    ciphering: int | None = None


@dataclass(slots=True)
class _Active:
    """A security context in use; counts by direction are those of the last message that was right."""

    k_amf: bytes = field(repr=False)
    integrity: int
    ciphering: int
    counts: dict[int, int] = field(default_factory=dict)
    derived: dict[Purpose, bytes] = field(default_factory=dict, repr=False)

    def parameters(self, purpose: Purpose, count: int, bearer: int, direction: int) -> Parameters:
        key = self.derived.get(purpose)
        if key is None:
            algorithm = self.integrity if purpose is Purpose.NAS_INT else self.ciphering
            key = self.derived[purpose] = keys.algorithm_key(self.k_amf, purpose, algorithm)
        return Parameters(key, count, bearer, direction)


@dataclass(slots=True)
class Session:
    """One UE's NAS connection. Feed it every message in order, uplink and downlink.

    A message whose MAC is right moves the count of its direction; any other leaves the state as it was, as a receiver
    must (TS 33.501 section 6.4.3). Until the first uplink message of a new context the former one may still speak.
    `networks` are the serving networks that the recording allows, the likeliest first: where networks roam or share
    cells there are several, and RES* or a MAC shows which one was meant. `autn_match` and `res_match` speak of the
    last challenge and its answer, `taken` is the context of the last challenge that a Security Mode Command took up.
    """

    subscriber: Subscriber | None
    networks: tuple[bytes, ...]
    bearer: int = 1
    pending: list[Context] = field(default_factory=list, repr=False)
    current: _Active | None = None
    former: _Active | None = None
    autn_match: bool | None = None
    res_match: bool | None = None
    taken: Context | None = field(default=None, repr=False)

    def feed(self, direction: int, data: bytes) -> Judged:
        """Judge one message and learn from it."""
        given = nas.unwrap(data)
        if given.header == 0:
            self._learn(direction, given.inner)
            return _unjudged(given)
        if given.header == 3 and direction == DOWNLINK and nas.name(given.inner) == "security-mode-command":
            return self._command(given)
        return self._check(direction, given)

    def fits(self, direction: int, given: nas.Protected) -> bool:
        """True where the MAC is right under a context in use; nothing is learnt. NIA0 fits everything, so nothing."""
        for active in (self.current, self.former):
            if active and active.integrity:
                last = active.counts.get(direction)
                for count in dict.fromkeys((_next(last, given.sequence), _last(last, given.sequence))):
                    if count is not None and self._right(active, direction, count, given):
                        return True
        return False

    def anchors(self, most: int) -> Iterator[tuple[bytes, int]]:
        """(K_AMF, uplink count) to which a key of the radio may be bound, the newest count first."""
        if self.current:
            last = self.current.counts.get(UPLINK, 0)
            yield from ((self.current.k_amf, count) for count in range(last, max(-1, last - most), -1))

    def decipher(self, judged: Judged, direction: int, data: bytes) -> bytes | None:
        """Bytes that a judged message carries ciphered on their own, as the container of an initial message is."""
        active = self.current or self.former
        if active is None or judged.count is None or judged.ciphering != active.ciphering:
            return None
        parameters = active.parameters(Purpose.NAS_ENC, judged.count, self.bearer, direction)
        return nea.cipher(active.ciphering, parameters, data)

    def _learn(self, direction: int, inner: bytes) -> None:
        kind = nas.name(inner)
        if kind == "authentication-request" and direction == DOWNLINK and self.subscriber:
            found = nas.challenge(inner)
            if found:
                made = [authenticate(self.subscriber, network, found) for network in self.networks]
                self.pending = [*self.pending[-_MOST_PENDING:], *made]
                self.autn_match = any(one.genuine for one in made)
                self.res_match = None
        elif kind == "authentication-response" and direction == UPLINK and self.pending:
            self._answer(nas.response(inner) or b"")

    def _answer(self, answer: bytes) -> None:
        """Compare RES*; a right one shows which network's name was used."""
        last = self.pending[-1].challenge
        right = [one for one in self.pending if one.challenge == last and hmac.compare_digest(answer, one.res_star)]
        self.res_match = bool(right)
        if right:
            self.pending = [one for one in self.pending if one.challenge != last] + right

    def _command(self, given: nas.Protected) -> Judged:
        """A Security Mode Command chooses the newest context under which its MAC is right."""
        chosen = nas.mode(given.inner)
        if max(chosen.integrity, chosen.ciphering) > _GREATEST:
            return _unjudged(given)
        candidates = [
            _Active(one.k_amf, chosen.integrity, chosen.ciphering) for one in reversed(self.pending) if one.genuine
        ]
        if self.current:
            candidates += _successors(self.current, chosen)
        for active in candidates:
            count = _next(active.counts.get(DOWNLINK), given.sequence)
            if self._right(active, DOWNLINK, count, given):
                active.counts[DOWNLINK] = count
                self.former, self.current = self.current, active
                self.taken = next((one for one in reversed(self.pending) if one.k_amf == active.k_amf), self.taken)
                self.pending.clear()
                return _judged(active, given, count, False, given.inner)
        return _unjudged(given, False if candidates else None)

    def _check(self, direction: int, given: nas.Protected) -> Judged:
        for active in (self.current, self.former):
            if active is None:
                continue
            judged = self._under(active, direction, given)
            if judged:
                if active is self.current and direction == UPLINK:
                    self.former = None
                return judged
        return _unjudged(given, False if self.current else None)

    def _under(self, active: _Active, direction: int, given: nas.Protected) -> Judged | None:
        """The verdict under one context; None where the MAC is right for no count that the number allows."""
        last = active.counts.get(direction)
        for count in dict.fromkeys((_next(last, given.sequence), _last(last, given.sequence))):
            if count is None or not self._right(active, direction, count, given):
                continue
            stale = last is not None and count <= last
            if not stale:
                active.counts[direction] = count
            plain = given.inner
            if given.ciphered:
                parameters = active.parameters(Purpose.NAS_ENC, count, self.bearer, direction)
                plain = nea.cipher(active.ciphering, parameters, given.inner)
            return _judged(active, given, count, stale, plain)
        return None

    def _right(self, active: _Active, direction: int, count: int, given: nas.Protected) -> bool:
        if active.integrity == 0:  # a MAC of zeros fits every message: it shows the algorithm and proves nothing
            return given.mac == bytes(4)
        parameters = active.parameters(Purpose.NAS_INT, count, self.bearer, direction)
        code = nia.mac(active.integrity, parameters, bytes((given.sequence,)) + given.inner)
        return hmac.compare_digest(code, given.mac)


def _successors(current: _Active, chosen: nas.Mode) -> list[_Active]:
    """What may follow a context without a new authentication: other algorithms, or a key derived from its key.

    The derived key (TS 33.501 annex A.13) is bound to the uplink count of the registration or, at handover, to the
    downlink count; both counts then begin anew.
    """
    out = [_Active(current.k_amf, chosen.integrity, chosen.ciphering, dict(current.counts))]
    for direction in (UPLINK, DOWNLINK):
        if direction in current.counts:
            derived = keys.k_amf_prime(current.k_amf, direction, current.counts[direction])
            out.append(_Active(derived, chosen.integrity, chosen.ciphering))
    return out


def _judged(active: _Active, given: nas.Protected, count: int, stale: bool, plain: bytes) -> Judged:
    genuine = True if active.integrity else None
    kind = nas.name(plain, proven=bool(genuine))
    return Judged(given.header, genuine, count, stale, kind, plain, active.integrity, active.ciphering)


def _unjudged(given: nas.Protected, genuine: bool | None = None) -> Judged:
    return Judged(given.header, genuine, None, False, nas.name(given.inner), given.inner)


def _next(last: int | None, sequence: int) -> int:
    """The smallest count above the last one with that sequence number."""
    if last is None:
        return sequence
    return (last + 1 + (sequence - last - 1) % 256) % _STEPS


def _last(last: int | None, sequence: int) -> int | None:
    """The greatest count not above the last one with that sequence number: that of a repetition."""
    if last is None:
        return None
    found = last - (last - sequence) % 256
    return found if found >= 0 else None
