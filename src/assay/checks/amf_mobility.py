"""TS 33.512: guards against bidding down when UEs move, at the AMF."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.checks.log import NAS, NGAP, Log
from assay.checks.n1 import algorithms, as_ngap, capabilities, registrations
from assay.checks.settings import order_of, true_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["handover_algorithms", "path_switch", "re_establishment", "registration_algorithms"]


_ESTABLISHED: Final = "procedure-65-initiating"
"""Connection Establishment Indication: the event log names procedures without a name by their number."""


def _stored(log: Log, event: Event) -> tuple[Event, str] | None:
    """What the AMF stores for the UE of an event: the capabilities of its latest registration before."""
    held = log.once("stored capabilities", _capabilities)
    names = {("who", one.key("who")) for one in log.around(event, NAS) if one.key("who")} | {("ue", event.key("ue"))}
    known = [one for name in names for one in held.get(name, ()) if one.request < event.number]
    latest = max(known, default=None)
    full = None if latest is None else log.numbered(str(latest.full))
    return None if latest is None or full is None else (full, latest.sent)


class _Capabilities(NamedTuple):
    """Of a registration its place among all, the numbers of its request and of the full one, what was sent."""

    place: int
    request: int
    full: int
    sent: str


def _capabilities(log: Log) -> dict[tuple[str, str], list[_Capabilities]]:
    """What every registration sent, by the connection and by the subscriber."""
    found: dict[tuple[str, str], list[_Capabilities]] = defaultdict(list)
    for place, one in enumerate(registrations(log)):
        sent = capabilities(log, one)
        own = _Capabilities(place, one.request.number, one.full.number, as_ngap(sent or b""))
        for name in ("ue", "who") if sent else ():
            if name == "ue" or one.request.key(name):
                found[name, one.request.key(name)].append(own)
    return found


def path_switch(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.4.1: the acknowledge of a path switch repeats the stored capabilities, not altered ones."""
    for request in log.of(NGAP, "path-switch-request"):
        sent, stored = log.get(request, "capabilities"), _stored(log, request)
        if stored is None:
            yield Seen.open("the stored capabilities are not known: no registration in the recording", request)
            continue
        if not sent or sent == stored[1]:
            continue
        ack = next((one for one in log.after(request, NGAP) if one.kind == "path-switch-response"), None)
        yield _acknowledged(log, stored, request, ack)


def _acknowledged(log: Log, stored: tuple[Event, str], request: Event, ack: Event | None) -> Seen:
    if ack is None:
        return Seen.open("the path switch is not acknowledged in the recording", request)
    back = log.get(ack, "capabilities")
    if not back:
        return Seen.bad("the acknowledge has no capabilities though those of the request differ", request, ack)
    if back != stored[1]:
        return Seen.bad("the acknowledge has other capabilities than the stored ones", stored[0], request, ack)
    logged = true_of(log, "mismatch-logged")
    if logged is False:
        return Seen.bad("the lab states that the AMF logged no mismatch", request, ack)
    if logged is None:
        return Seen.open("the acknowledge has the stored capabilities; the log entry is to be entered by hand", ack)
    return Seen.good("the acknowledge has the stored capabilities and the lab states a log entry", request, ack)


def handover_algorithms(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.4.2-1: after a change of AMF the hand-over request names the new AMF's first algorithms."""
    for request in log.of(NGAP, "handover-request"):
        ciphering = order_of(log, "nas-ciphering-order", request.file)
        integrity = order_of(log, "nas-integrity-order", request.file)
        held, capable = log.get(request, "nas-container"), log.get(request, "capabilities")
        if not integrity:
            yield Seen.open("the target AMF's list is not stated (setting nas-integrity-order)", request)
            continue
        wanted = _first_of(integrity, capable, 1), _first_of(ciphering, capable, 0)
        source = order_of(log, "source-algorithms", request.file)
        if not held:
            if len(source) == 2 and source != (wanted[0], wanted[1]):
                yield Seen.bad("the choice differs from the source's and no NAS container names it", request)
            else:
                yield Seen.open("no NAS container; the source's algorithms are not stated or equal the choice", request)
            continue
        yield _named(request, bytes.fromhex(held), wanted)


def _first_of(order: tuple[int, ...], capable: str, which: int) -> int | None:
    parts = capable.split("-")
    octet = (int(parts[which], 16) >> 9 | 0x80) if len(parts) > which else 0x80
    return next((number for number in order if number in algorithms(octet)), None)


def _named(request: Event, container: bytes, wanted: tuple[int | None, int | None]) -> Seen:
    """The container holds a MAC of four bytes, then the selected algorithms (TS 24.501 section 9.11.2.6)."""
    if len(container) < 5:
        return Seen.open("the NAS container is too short", request)
    chosen = container[4] & 15, container[4] >> 4
    if chosen[0] != wanted[0] or (wanted[1] is not None and chosen[1] != wanted[1]):
        return Seen.bad(f"the container names NIA{chosen[0]} and NEA{chosen[1]}, not the first of the list", request)
    return Seen.good(f"the container names NIA{chosen[0]} and NEA{chosen[1]}, first of the list", request)


def registration_algorithms(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.4.2-2: a mobility registration at another AMF leads to its own choice by security mode."""
    for registration in registrations(log):
        order = order_of(log, "nas-integrity-order", registration.request.file)
        before = order_of(log, "source-algorithms", registration.request.file)
        if registration.kind != "mobility" or registration.first("registration-accept") is None:
            continue
        offered = capabilities(log, registration)
        if not order or len(before) != 2 or offered is None:
            yield Seen.open(
                "list of the target, algorithms of the source or capabilities are not known", registration.request
            )
            continue
        wanted = next((number for number in order if number in algorithms(offered[1])), None)
        if wanted == before[0]:
            yield Seen.open("the choice does not differ from the source's", registration.request)
            continue
        command = registration.first("security-mode-command")
        accept = registration.first("registration-accept")
        if command is None:
            yield Seen.bad("the old algorithm is kept though the list says another", registration.request, *(
                [accept] if accept else []))  # fmt: skip
        elif command.key("nia") != str(wanted):
            yield Seen.bad(f"NIA{command.key('nia')} is named, the list wants NIA{wanted}", registration.full, command)
        else:
            yield Seen.good(f"a security mode procedure names NIA{wanted}", registration.full, command)


def re_establishment(log: Log, altered: bool) -> Iterator[Seen]:
    """33.512 4.2.2.7: a relocation is confirmed for a right MAC and not for an altered one, as the lab states them."""
    for asked in log.of(NGAP, "ran-cp-relocation-indication"):
        reply = next(
            (one for one in log.after(asked, NGAP) if one.kind in (_ESTABLISHED,
             "amf-cp-relocation-indication", "ran-cp-relocation-indication")), None,
        )  # fmt: skip
        stated = log.settings.get("relocation-macs")
        word = stated.get(str(asked.frame)) if isinstance(stated, dict) else None
        if word not in ("right", "altered"):
            yield Seen.open("whether the MAC is right is not stated (setting relocation-macs)", asked)
        elif (word == "altered") is altered:
            yield _confirmed(log, asked, reply, altered)


def _confirmed(log: Log, asked: Event, reply: Event | None, altered: bool) -> Seen:
    if reply is None or reply.kind == "ran-cp-relocation-indication":
        return Seen.open("the AMF's answer is not in the recording", asked)
    given = bool(log.get(reply, "downlink-security"))
    if given is altered:
        return Seen.bad("an altered MAC is confirmed" if altered else "a right MAC is not confirmed", asked, reply)
    return Seen.good("an altered MAC is not confirmed" if altered else "a right MAC is confirmed", asked, reply)
