"""TS 33.512: NAS integrity at the AMF. Nothing a header claims is believed: MACs are computed, or the case is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from assay.checks.log import NAS, Log
from assay.checks.n1 import (
    Registration,
    algorithms,
    answer,
    authenticated,
    capabilities,
    protected,
    registrations,
    up,
)
from assay.checks.settings import order_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["bad_integrity", "highest_priority", "null_integrity", "redirection", "replay"]

_WITHOUT_INTEGRITY: Final = frozenset((
    "registration-request", "identity-response", "authentication-response", "authentication-failure",
    "security-mode-reject", "deregistration-request-ue", "deregistration-accept-ue", "service-request", "unreadable",
))  # fmt: skip
"""Messages that an AMF may take without valid integrity (TS 24.501 section 4.4.4.3), or whose kind is not known."""

_REDIRECTED: Final = "31"


def redirection(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.1.3: the reject that sends a UE to EPC comes after the security mode procedure, protected."""
    for reject in log.of(NAS, "registration-reject"):
        if log.get(reject, "cause") != _REDIRECTED:
            continue
        complete = log.last(reject, "security-mode-complete")
        good = protected(reject)
        if good is False:
            yield Seen.bad("the redirecting reject has no valid integrity protection", reject)
        elif complete is None:
            yield Seen.open("no security mode procedure before the reject stands in the recording", reject)
        elif good:
            yield Seen.good("the reject follows the security mode procedure and its MAC is right", complete, reject)
        else:
            yield Seen.open("the header says protected, no key to compute the MAC", reject)


def bad_integrity(log: Log, fault: str) -> Iterator[Seen]:
    """33.512 4.2.2.1.4: after security has started a message with a wrong MAC (or none) is dropped."""
    for events in log.connections():
        started = False  # the UE proved a context with a real integrity algorithm on this connection before
        for event in events:
            if not up(event):
                continue
            wrong = event.key("mac") == "wrong" if fault == "wrong-mac" else event.key("header") == "0"
            if started and wrong:
                yield from _test_message(log, event, fault)
            started = started or event.key("mac") == "right"


def _test_message(log: Log, event: Event, fault: str) -> Iterator[Seen]:
    later = [one for one in log.after(event) if up(one) and one.key("mac") in ("right", "wrong")]
    if fault == "wrong-mac" and later and all(one.key("mac") == "wrong" for one in later):
        yield Seen.open("from here on no MAC fits: rather another security context than altered messages", event)
    elif event.kind in _WITHOUT_INTEGRITY:
        yield Seen.open(f"{event.kind} may be taken without valid integrity: not a test message", event)
    else:
        yield from _dropped(log, event, "message with a wrong MAC" if fault == "wrong-mac" else "plain message")


def _dropped(log: Log, event: Event, what: str) -> Iterator[Seen]:
    how, shown = answer(log, event)
    if how == "answered" and shown is not None:
        yield Seen.bad(f"the AMF answers a {what} ({event.kind}) with {shown.kind}", event, shown)
    elif how == "silent":
        yield Seen.good(f"no answer to and no effect of a {what} ({event.kind})", event)
    elif how == "unclear" and shown is not None:
        yield Seen.open(f"{shown.kind} goes down after the {what}: its cause is unclear", event, shown)
    else:
        yield Seen.open(f"the recording ends too soon after the {what}", event)


def replay(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.3.1: a Security Mode Complete that is sent again is ignored."""
    for event in log.of(NAS, "security-mode-complete"):
        first = _original(log, event)
        if first is None:
            continue
        if event.key("nia") == "0" or event.key("mac") == "void":
            yield Seen.open("NIA0 is in use: replay cannot be told", event)
            continue
        yield from _second_time(log, first, event)


def _original(log: Log, event: Event) -> Event | None:
    """The earlier message whose bytes this one repeats on the same connection."""
    for one in log.before(event):
        same = one.kind == event.kind and one.body == event.body
        if same and one.key("sequence") == event.key("sequence") and one.key("header") == event.key("header"):
            return one
    return None


def _second_time(log: Log, first: Event, event: Event) -> Iterator[Seen]:
    how, shown = answer(log, event)
    between = [one for one in log.after(first) if one.number < event.number]
    served = any(one.kind in ("registration-accept", "service-accept") for one in between)
    done = any(one.kind == "registration-complete" for one in between)
    if how == "answered" and shown is not None and served and (done or shown.kind != "registration-accept"):
        yield Seen.bad(f"the AMF answers a repeated Security Mode Complete with {shown.kind}", first, event, shown)
    elif how == "silent":
        yield Seen.good("no answer to a repeated Security Mode Complete", first, event)
    elif how == "unseen":
        yield Seen.open("the recording ends too soon after the repetition", event)
    else:
        yield Seen.open("normal downlink traffic overlaps the repetition: the cause is unclear", event)


def null_integrity(log: Log, emergency: bool) -> Iterator[Seen]:
    """33.512 4.2.2.3.2: an authenticated UE never gets NIA0, and the Security Mode Command is protected."""
    for registration in registrations(log):
        if (registration.kind == "emergency") is not emergency:
            continue
        for command in registration.events:
            if command.kind == "security-mode-command":
                yield _command(log, command)


def _command(log: Log, command: Event) -> Seen:
    proven = authenticated(log, command)
    null = command.key("nia") == "0"
    if null and proven is False:
        return Seen.open("NIA0 after an authentication that did not succeed", command)
    reply = log.last(command, "authentication-response")
    if null and reply is not None:
        return Seen.bad("NIA0 is selected after the UE answered the authentication", reply, command)
    if null:
        return Seen.open("NIA0 without an authentication in the recording: it may be an unauthenticated one", command)
    if command.key("header") == "0":
        return Seen.bad("the Security Mode Command is sent without integrity protection", command)
    if command.key("mac") == "wrong" and reply is not None and reply.key("res") != "right":
        return Seen.open("neither the MAC nor RES* fits the key at hand: it may be another key or network", command)
    if command.key("mac") == "wrong":
        return Seen.bad("the MAC of the Security Mode Command is wrong", command)
    if command.key("mac") == "right":
        return Seen.good(f"NIA{command.key('nia')} is selected and the MAC is right", command)
    return Seen.open(f"NIA{command.key('nia')} is selected; no key to compute the MAC", command)


def highest_priority(log: Log) -> Iterable[Seen]:
    """33.512 4.2.2.3.3: the first algorithm of the AMF's list that the UE supports is selected and used."""
    good: dict[tuple[int, ...], Seen] = {}
    for registration in registrations(log):
        for command in registration.events:
            if command.kind != "security-mode-command":
                continue
            order = order_of(log, "nas-integrity-order", command.file)
            seen = _selected(log, registration, command, order)
            if seen.verdict.value != "pass":
                yield seen
            else:
                good.setdefault(order, seen)
    yield from good.values()
    if len(good) == 1:
        yield Seen.open("one order of the list was tested; from 18.1.0 on the case asks for two")


def _selected(log: Log, registration: Registration, command: Event, order: tuple[int, ...]) -> Seen:
    offered = capabilities(log, registration)
    if not order:
        return Seen.open("the AMF's list is not stated (setting nas-integrity-order)", command)
    if offered is None or len(offered) < 2:
        return Seen.open("the UE's capabilities are not in the recording", command)
    common = [number for number in order if number in algorithms(offered[1])]
    if len([number for number in common if number]) < 2:
        return Seen.open("only one algorithm is common to both sides: there was no choice", command)
    chosen = command.key("nia")
    if chosen != str(common[0]):
        return Seen.bad(f"NIA{chosen} is selected, the list wants NIA{common[0]}", registration.full, command)
    return _used(log, command)


def _used(log: Log, command: Event) -> Seen:
    """Whether the selected algorithm is really used: by the MAC of the answer, or by the AMF's going on."""
    chosen, complete = command.key("nia"), log.next(command, "security-mode-complete")
    if complete is None:
        return Seen.open("no Security Mode Complete follows in the recording", command)
    if complete.key("mac") == "wrong":
        how, shown = answer(log, complete)
        if how == "answered" and shown is not None:
            return Seen.bad("a Security Mode Complete with a wrong MAC is accepted", complete, shown)
        return Seen.open("the MAC of the Security Mode Complete is wrong", complete)
    if complete.key("mac") == "right":
        return Seen.good(f"NIA{chosen}, first of the list, is selected and used", command, complete)
    if log.next(complete, "registration-accept") is not None:
        return Seen.good(f"NIA{chosen}, first of the list, is selected; the AMF goes on after the answer", command)
    return Seen.open("no key to compute the MAC, and the AMF does not go on in the recording", complete)
