"""TS 33.512: new temporary identities, and the UE's security capabilities, at the AMF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.checks.log import NAS, NGAP, Log
from assay.checks.n1 import Registration, as_ngap, capabilities, protected, registrations, tmsi
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["capabilities_to_gnb", "new_guti", "new_guti_after_paging", "unusable_capabilities"]

_MANDATORY: Final = 0x60
"""Algorithms 1 and 2 in an octet of capabilities."""

_OTHER_CAUSES: Final = {
    "3": "illegal UE", "6": "illegal ME", "7": "services not allowed", "11": "PLMN not allowed",
    "12": "tracking area not allowed", "13": "roaming not allowed", "15": "no suitable cells", "22": "congestion",
    "27": "N1 mode not allowed", "62": "no slices available", "73": "serving network not authorised",
}  # fmt: skip


def new_guti(log: Log, registration: str) -> Iterator[Seen]:
    """33.512 4.2.2.5.1 sub-cases 1 and 2: the accept of a registration brings another 5G-GUTI, protected."""
    given: dict[str, Event] = {}
    for one in registrations(log):
        who = one.request.key("who")
        accept = one.first("registration-accept")
        if one.kind == registration and accept is not None:
            yield _allocated(log, one, accept, given.get(who) if who else None)
        for event in one.events:
            if event.kind in ("registration-accept", "configuration-update-command") and tmsi(log, event):
                given[who] = event


def _allocated(log: Log, registration: Registration, accept: Event, earlier: Event | None) -> Seen:
    new = tmsi(log, accept)
    update = next(
        (one for one in log.after(accept) if one.kind == "configuration-update-command" and tmsi(log, one)), None
    )
    carrier = accept if new else update
    if carrier is None:
        return _none_yet(log, accept)
    old = tmsi(log, registration.request) or (tmsi(log, earlier) if earlier else "")
    new = tmsi(log, carrier)
    if old == new:
        return Seen.bad("the 5G-TMSI given is the one the UE already had", earlier or registration.request, carrier)
    return _guarded(log, carrier, registration.request, "" if old else "the former identity is not known")


def _none_yet(log: Log, accept: Event) -> Seen:
    if accept.kind == "unreadable":
        return Seen.open("the accept is ciphered and no key opens it", accept)
    released = any(one.kind.startswith("ue-context-release") for one in log.after(accept, NGAP))
    hidden = any(one.kind == "unreadable" for one in log.after(accept))
    if released and not hidden:
        return Seen.bad("the connection is released without a new 5G-GUTI", accept, *_release(log, accept))
    return Seen.open("no new 5G-GUTI so far, and the connection goes on or has messages that stay ciphered", accept)


def _release(log: Log, event: Event) -> list[Event]:
    return [one for one in log.after(event, NGAP) if one.kind.startswith("ue-context-release")][:1]


def _guarded(log: Log, carrier: Event, before: Event, missing: str) -> Seen:
    good = protected(carrier)
    if good is False:
        return Seen.bad("the message with the new 5G-GUTI is not integrity protected", carrier)
    if missing:
        return Seen.open(f"a 5G-GUTI is given, {missing}", carrier)
    if good is None:
        return Seen.open("another 5G-TMSI is given; no key to compute the MAC of the message", before, carrier)
    if carrier.key("header") not in ("2", "4"):
        return Seen.bad("the message with the new 5G-GUTI is not ciphered", carrier)
    if carrier.key("nea") == "0":
        return Seen.open("another 5G-TMSI is given and the MAC is right, but NEA0 is in use: it is readable", carrier)
    return Seen.good("another 5G-TMSI is given, ciphered and with a right MAC", before, carrier)


def new_guti_after_paging(log: Log, resume: bool) -> Iterator[Seen]:
    """33.512 4.2.2.5.1 sub-cases 3 and 4: after an answer to paging another 5G-GUTI is given before release."""
    if resume:
        yield from _resumed(log)
        return
    for request in log.of(NAS, "service-request"):
        paging = _paged(log, request)
        if paging is None:
            continue
        update = log.next(request, "configuration-update-command", "registration-accept")
        old = tmsi(log, request)
        if update is not None and tmsi(log, update):
            if tmsi(log, update) == old:
                yield Seen.bad("the 5G-TMSI given after paging is the one that was paged", paging, update)
            else:
                yield _guarded(log, update, paging, "" if old else "the paged identity is not known")
        else:
            yield _none_yet(log, request)


def _paged(log: Log, request: Event) -> Event | None:
    """The paging that a service request answers: for its identity, not more than a minute before."""
    wanted = tmsi(log, request)
    for paging in reversed(log.of(NGAP, "paging").before(request.number)):
        if wanted and log.get(paging, "tmsi") == wanted:
            near = paging.time is None or request.time is None or request.time - paging.time < 60_000_000_000
            return paging if near else None
    return None


def _resumed(log: Log) -> Iterator[Seen]:
    for request in log.of(NGAP, "ue-context-resume-request"):
        update = log.next(request, "configuration-update-command")
        if update is not None and tmsi(log, update):
            yield _guarded(log, update, request, "the former identity is not known" if not _had(log, update) else "")
        else:
            yield _none_yet(log, request)


def _had(log: Log, update: Event) -> bool:
    return bool(log.once("identities given", _identities).get(update.key("who"), set()) - {tmsi(log, update)})


def _identities(log: Log) -> dict[str, set[str]]:
    """The temporary identities that each subscriber was given with an accept."""
    found: dict[str, set[str]] = {}
    for one in log.of(NAS, "registration-accept"):
        if tmsi(log, one):
            found.setdefault(one.key("who"), set()).add(tmsi(log, one))
    return found


def unusable_capabilities(log: Log, kind: str, missing: str) -> Iterator[Seen]:
    """33.512 4.2.2.6.1: a registration without any, or without the mandatory, algorithms of a kind is refused."""
    for registration in registrations(log):
        offered = capabilities(log, registration)
        if offered is None or len(offered) < 2:
            continue
        octet = offered[0] if kind == "ciphering" else offered[1]
        if _lacking(octet, missing):
            yield _refused(log, registration)


def _lacking(octet: int, missing: str) -> bool:
    return octet == 0 if missing == "all" else bool(octet) and not octet & _MANDATORY


def _refused(log: Log, registration: Registration) -> Seen:
    for event in registration.events:
        if event.kind == "registration-reject":
            other = _OTHER_CAUSES.get(log.get(event, "cause"), "")
            if other:
                return Seen.open(f"rejected for another reason: {other}", registration.request, event)
            return Seen.good("the registration is rejected", registration.request, event)
        if event.kind in ("security-mode-command", "registration-accept"):
            return Seen.bad(f"{event.kind} follows instead of a reject", registration.full, event)
    return Seen.open("neither reject nor continuation is in the recording", registration.request)


def capabilities_to_gnb(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.6.2: the capabilities in the NGAP context set-up are those of the Registration Request."""
    for registration in registrations(log):
        sent = capabilities(log, registration)
        for setup in log.after(registration.request, NGAP):
            if setup.kind != "initial-context-setup-request":
                continue
            held = log.get(setup, "capabilities")
            if sent is None:
                yield Seen.open("the UE's capabilities are not readable in the recording", setup)
            elif not held:
                yield Seen.open("the context set-up has no capabilities that could be read", setup)
            else:
                yield _compared(registration.full, setup, sent, held)
            break


def _compared(request: Event, setup: Event, sent: bytes, held: str) -> Seen:
    """NAS octets begin with algorithm 0, NGAP bit strings with algorithm 1: compared without the null algorithm."""
    wanted = as_ngap(sent)
    pairs = list(zip(wanted.split("-"), held.split("-"), strict=False))
    names = ("NR ciphering", "NR integrity", "E-UTRA ciphering", "E-UTRA integrity")
    different = [name for name, (one, two) in zip(names, pairs, strict=False) if one != two]
    if len(sent) < 4:
        different = [name for name in different if name.startswith("NR")]
    if different:
        return Seen.bad(
            f"{', '.join(different)} differ between Registration Request and context set-up", request, setup
        )
    return Seen.good("the capabilities are equal in Registration Request and context set-up", request, setup)
