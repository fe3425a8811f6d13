"""TS 33.513: the UPF, seen on N3, N4 and N9."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from assay.checks.log import Log
from assay.checks.settings import text_of, texts_of, true_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["foreign_tunnel", "own_tunnel", "tunnel_protection", "unique_teids"]

_PFCP, _GTP, _ESP = "pfcp", "gtp-u", "esp"
_ACCEPTED: Final = "1"
_WEAK: Final = ("null", "none", "des", "3des", "rc4", "md5")


def _all(event: Event, name: str) -> list[str]:
    return [value for own, value in event.keys if own == name]


def unique_teids(log: Log) -> Iterator[Seen]:
    """33.513 4.2.2.6: no F-TEID that the UPF chose is given to two sessions that live at the same time."""
    live: dict[str, _Live] = defaultdict(_Live)
    asked: dict[tuple[str, str], _Asked] = {}
    for event in log.of(_PFCP):
        upf = event.key("dst")
        if event.kind.endswith("-request"):
            asked.setdefault((event.key("src"), upf), _Asked()).count(int(event.key("sequence") or 0))
        if event.kind == "session-deletion-request":
            live[upf].end(event.key("seid"))
        elif event.kind == "session-deletion-response":  # its request may be lost; its number is that of the other end
            live[event.key("src")].end_of_other(event.key("seid"))
        elif event.kind in ("association-setup-request", "association-release-request"):
            live.pop(upf, None)
            live.pop(event.key("src"), None)
        elif event.kind == "session-establishment-response" and event.key("cause") == _ACCEPTED:
            yield from _given(log, event, live[event.key("src")], asked.get((upf, event.key("src")), _Asked()).missing)


@dataclass(slots=True)
class _Asked:
    """Requests from one end to the other: how many numbers of theirs the recording lacks."""

    last: int | None = None
    missing: int = 0

    def count(self, number: int) -> None:
        """A request with that number; a repetition has one that is known."""
        if self.last is None or number > self.last:
            self.missing += 0 if self.last is None else number - self.last - 1
            self.last = number


class _Held(NamedTuple):
    """A session that lives: number of the answer that made it, the other end's SEID, its F-TEIDs, requests missing."""

    number: int
    seid: str
    teids: list[str]
    missing: int


@dataclass(slots=True)
class _Live:
    """The sessions of one UPF that live, by its SEID; which of them hold an F-TEID, and which the other end's SEID."""

    sessions: dict[str, _Held] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    others: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def begin(self, own: str, held: _Held) -> None:
        self.end(own)
        self.sessions[own] = held
        self.others[held.seid].add(own)
        for one in held.teids:
            self.holders[one].add(own)

    def end(self, own: str) -> None:
        held = self.sessions.pop(own, None)
        if held is not None:
            _leave(self.others, held.seid, own)
            for one in set(held.teids):
                _leave(self.holders, one, own)

    def end_of_other(self, seid: str) -> None:
        for own in sorted(self.others.get(seid, ())):
            self.end(own)

    def twice(self, own: str, given: list[str]) -> _Held | None:
        """The first other session that has one of these F-TEIDs."""
        keys = {key for one in given for key in self.holders.get(one, ()) if key != own}
        return min((self.sessions[key] for key in keys), default=None, key=attrgetter("number"))


def _leave(held: dict[str, set[str]], name: str, own: str) -> None:
    held[name].discard(own)
    if not held[name]:
        del held[name]


def _given(log: Log, event: Event, live: _Live, missing: int) -> Iterator[Seen]:
    request = log.numbered(event.key("answers"))
    given = _all(event, "f_teid")
    if not given or request is None or "choose" not in _all(request, "f_teid"):
        yield Seen.open("the UPF did not choose the TEIDs, or the request is not in the recording", event)
        return
    own = event.key("f_seid").partition("@")[0]
    twice = live.twice(own, given)
    first = [] if twice is None else [one for one in (log.numbered(str(twice.number)),) if one is not None]
    if twice is None:
        yield Seen.good("every F-TEID the UPF chose is its session's own", event)
    elif missing != twice.missing:
        yield Seen.open("one F-TEID is given twice; the first session may have ended, requests were not recorded",
                        *first, event)  # fmt: skip
    else:
        yield Seen.bad("one F-TEID is given to two sessions that both live", *first, event)
    live.begin(own, _Held(event.number, event.key("seid"), given, missing))


def tunnel_protection(log: Log, point: str, what: str) -> Iterator[Seen]:
    """33.513 4.2.2.1, .2, .4, .5: traffic on the interface goes through an ESP tunnel that the UPF itself ends.

    Plain traffic is a fail only where the lab states that the UPF protects the interface itself. What an ESP tunnel
    uses is agreed under encryption, so the lab states it: setting `esp-suite`.
    """
    plain = list(islice(_plain(log, point), 3))
    own = true_of(log, "supports-ipsec")
    if point == "N9" and not plain and log.of(_GTP, "tunnel"):
        yield Seen.open("which of the tunnels are on N9 is not stated (setting n9-peers), or their peer is not seen")
        return
    if plain:
        if own:
            yield Seen.bad(f"{plain[0].protocol} on {point} is not protected", *plain)
        else:
            yield Seen.open(
                f"{plain[0].protocol} on {point} is plain; whether the UPF or a gateway protects it is not stated"
            )
        return
    for event in log.of(_ESP, "tunnel"):
        suite = text_of(log, "esp-suite").lower()
        if not suite:
            yield Seen.open("an ESP tunnel; what it uses is not stated (setting esp-suite)", event)
        elif any(word in suite.replace("_", "-").split("-") for word in _WEAK) or (
            what == "integrity" and not _sound(suite)
        ):
            yield Seen.bad(f"the stated suite {suite} gives no {what}", event)
        else:
            yield Seen.good(f"no plain traffic, an ESP tunnel with {suite} as stated", event)


def _sound(suite: str) -> bool:
    return any(word in suite for word in ("gcm", "ccm", "gmac", "sha", "poly1305", "xcbc", "cmac"))


def _plain(log: Log, point: str) -> Iterator[Event]:
    if point == "N4":
        return (event for event in log.of(_PFCP) if event.kind != "undecodable")
    far = set(texts_of(log, "n9-peers"))
    tunnels = log.of(_GTP, "tunnel")
    return (event for event in tunnels if bool({event.key("src"), event.key("dst")} & far) is (point == "N9"))


def _n9(log: Log) -> tuple[list[Event], set[str], set[str]]:
    """Tunnels from the other network, the F-TEIDs that the UPF gave, and its addresses."""
    far = set(texts_of(log, "n9-peers"))
    given = {value for event in log.of(_PFCP) if event.kind.endswith("response") for value in _all(event, "f_teid")}
    tunnels = [event for event in log.of(_GTP, "tunnel") if event.key("src") in far]
    return tunnels, given, {value.partition("@")[2] for value in given}


def _forwarded(log: Log, tunnel: Event, far: set[str]) -> Event | None:
    """A tunnel from the UPF to a gNB that carries the same inner flow."""
    inner = set(_all(tunnel, "inner_src")), set(_all(tunnel, "inner_dst"))
    for one in log.of(_GTP, "tunnel"):
        same = inner[0] & set(_all(one, "inner_src")) and inner[1] & set(_all(one, "inner_dst"))
        if one.key("src") == tunnel.key("dst") and one.key("dst") not in far and same:
            return one
    return None


def own_tunnel(log: Log) -> Iterator[Seen]:
    """33.513 4.2.2.7, sub-case 6: a packet with an F-TEID of a session goes on to N3."""
    tunnels, given, _ = _n9(log)
    far = set(texts_of(log, "n9-peers"))
    for tunnel in tunnels:
        if f"{tunnel.key('teid')}@{tunnel.key('dst')}" in given:
            found = _forwarded(log, tunnel, far)
            if found is not None:
                yield Seen.good("packets of a session's tunnel go on to N3", tunnel, found)
            else:
                yield Seen.open("the packets are not seen on N3: not recorded there, or not forwarded", tunnel)


def foreign_tunnel(log: Log) -> Iterator[Seen]:
    """33.513 4.2.2.7, sub-case 7: a packet with another F-TEID is dropped."""
    tunnels, given, addresses = _n9(log)
    far = set(texts_of(log, "n9-peers"))
    shown = any(one.key("dst") not in far for one in log.of(_GTP, "tunnel") if one.key("src") in addresses)
    for tunnel in tunnels:
        if f"{tunnel.key('teid')}@{tunnel.key('dst')}" in given or tunnel.key("dst") not in addresses:
            continue
        found = _forwarded(log, tunnel, far)
        if found is not None and not _also_own(tunnels, given, tunnel):
            yield Seen.bad("packets with an F-TEID of no session go on to N3", tunnel, found)
        elif found is not None:
            yield Seen.open("the same flow also came in a session's tunnel: which one went on cannot be told", tunnel)
        elif shown:
            yield Seen.good("packets with an F-TEID of no session do not appear on N3", tunnel)
        else:
            yield Seen.open("N3 is not in the recording", tunnel)


def _also_own(tunnels: list[Event], given: set[str], tunnel: Event) -> bool:
    inner = set(_all(tunnel, "inner_src"))
    own = [one for one in tunnels if f"{one.key('teid')}@{one.key('dst')}" in given]
    return any(inner & set(_all(one, "inner_src")) for one in own)
