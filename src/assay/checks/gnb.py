"""TS 33.511: the gNB, seen on F1 or the radio interface, and on N2. MAC-I is computed, never believed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Final

from assay.checks.log import NGAP, Log
from assay.checks.n1 import algorithms, capabilities, registrations
from assay.checks.settings import order_of, text_of, true_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = [
    "bad_integrity",
    "capabilities_in_path_switch",
    "ciphering",
    "first_algorithms",
    "integrity",
    "replay",
    "user_plane",
]

RRC: Final = "nr-rrc"
_ANSWERS: Final = {
    "ul-information-transfer": ("dl-information-transfer",),
    "security-mode-complete": ("ue-capability-enquiry", "rrc-reconfiguration"),
    "ue-capability-information": (),
    "rrc-reconfiguration-complete": (),
    "measurement-report": ("rrc-reconfiguration",),
}
"""What a gNB sends when it processes a message."""

_GAPS: Final = ("sctp-missing", "sctp-parts-lost", "rrc-undecodable", "f1ap-undecodable")


def _connections(log: Log) -> Iterator[tuple[Event, list[Event]]]:
    """Each command that starts AS security, with the RRC messages after it up to the next one."""
    for events in log.connections(RRC):
        starts = [place for place, one in enumerate(events) if one.kind == "security-mode-command"]
        for place, following in zip(starts, [*starts[1:], len(events)][: len(starts)], strict=True):
            yield events[place], events[place:following]


def _on_srb(event: Event) -> bool:
    return event.key("srb") not in ("", "0")


def integrity(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.1: every RRC message from the AS security mode command on has a MAC-I that verifies."""
    for command, events in _connections(log):
        held = [one for one in events if _on_srb(one)]
        wrong = [one for one in held if one.key("mac") == "wrong" and one.key("direction") == "down"]
        lost = bool(wrong) and not any(one.key("mac") == "right" for one in held if one.number > wrong[0].number)
        unsure = [one for one in held if one.key("mac") not in ("right", "wrong")]
        if command.key("nia") == "0":
            yield Seen.open("NIA0 is chosen", command)
        elif lost:
            yield Seen.open("from some message on no MAC-I fits: the key may have been changed", command, wrong[0])
        elif wrong:
            yield Seen.bad("the gNB sends an RRC message with a wrong MAC-I", command, wrong[0])
        elif unsure:
            yield Seen.open("MAC-I is there and no key at hand verifies it", command, unsure[0])
        elif any(log.faults.get(name) for name in _GAPS):
            yield Seen.open("every MAC-I seen is right, but the recording has gaps", command)
        else:
            yield Seen.good(f"NIA{command.key('nia')}: {len(held)} RRC messages with a right MAC-I", command, held[-1])


def _reaction(log: Log, event: Event) -> tuple[str, Event | None]:
    """How the gNB took an uplink message that it should drop; as `n1.answer`."""
    for one in log.after(event, RRC):
        if one.key("direction") == "up" and one.key("mac") == "right" and one.key("pdcp_sn") != event.key("pdcp_sn"):
            return "silent", one
        if one.key("direction") == "up" and one.key("mac") == "unchecked":
            return "unclear", one  # what the gNB says next may answer this one
        if one.key("direction") == "down":
            return ("answered" if one.kind in _ANSWERS.get(event.kind, ()) else "unclear"), one
    return ("silent" if log.watched(event) else "unseen"), None


def _lost_uplink(log: Log, event: Event) -> bool:
    """True where PDCP numbers show that an uplink message about the time of the event is not in the recording."""
    sent = [
        one
        for one in log.around(event, RRC)
        if one.key("direction") == "up" and one.key("mac") != "wrong" and one.key("srb") == event.key("srb")
    ]
    before = [_number(one) for one in sent if one.number <= event.number]
    after = [_number(one) for one in sent if one.number > event.number]
    return bool(before and after) and after[0] > max(before) + 1


def _number(event: Event) -> int:
    return int(event.key("count") or event.key("pdcp_sn") or 0)


def _dropped(log: Log, event: Event, what: str, first: Event | None = None) -> Seen:
    how, shown = _reaction(log, event)
    events = [*([first] if first else []), event]
    if how == "answered" and shown is not None and _lost_uplink(log, event):
        return Seen.open(
            f"{shown.kind} follows {what}; an uplink message between them was not recorded", *events, shown
        )
    if how == "answered" and shown is not None:
        return Seen.bad(f"the gNB answers {what} ({event.kind}) with {shown.kind}", *events, shown)
    if how == "silent":
        return Seen.good(f"no answer to {what} ({event.kind})", *events)
    if how == "unclear" and shown is not None:
        return Seen.open(f"{shown.kind} follows {what}: its cause is unclear", *events, shown)
    return Seen.open(f"the recording ends too soon after {what}", *events)


def bad_integrity(log: Log, fault: str) -> Iterator[Seen]:
    """33.511 4.2.2.1.4: an uplink RRC message without a MAC-I, or with a wrong one, is dropped."""
    for command, events in _connections(log):
        if command.key("nia") == "0":
            continue
        for one in events[1:]:
            none = one.key("mac_i") in ("", "00000000")
            if (
                one.key("direction") == "up"
                and _on_srb(one)
                and one.key("mac") == "wrong"
                and none is (fault == "none")
            ):
                yield _dropped(log, one, "a message without MAC-I" if none else "a message with a wrong MAC-I")


def replay(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.9: an uplink RRC message that is sent again is not processed."""
    for _, events in _connections(log):
        met: dict[tuple[str, str, bytes], Event] = {}
        for one in events:
            if one.key("direction") != "up" or not _on_srb(one) or not one.key("mac_i"):
                continue
            own = one.key("srb"), one.key("pdcp_sn") + one.key("mac_i"), one.body
            if own in met:
                yield _dropped(log, one, "a repeated message", met[own])
            met.setdefault(own, one)


def ciphering(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.6: RRC to the UE is ciphered after the AS security mode procedure."""
    for command, events in _connections(log):
        done = next((one for one in events if one.kind == "security-mode-complete"), None)
        later = [one for one in events if done and one.number > done.number and one.key("direction") == "down"]
        if command.key("nea") == "0" and true_of(log, "nea0-by-policy"):
            yield Seen.open("NEA0 by the operator's policy, as stated", command)
        elif command.key("nea") == "0" and later:
            yield Seen.bad("NEA0 is selected and RRC to the UE is readable", command, later[0])
        elif command.key("nea") == "0":
            yield Seen.bad("NEA0 is selected", command)
        elif not later:
            yield Seen.open("no RRC message to the UE after the security mode procedure", command)
        elif all(one.kind == "protected" or one.key("mac") == "right" for one in later):
            yield Seen.good(
                f"NEA{command.key('nea')} is selected; {len(later)} later messages are ciphered", command, later[0]
            )
        else:
            yield Seen.open("later messages could neither be opened nor shown to be ciphered", command)


def first_algorithms(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.12: for integrity and ciphering the first algorithm of the gNB's list that the UE supports."""
    for command, events in _connections(log):
        orders = order_of(log, "as-integrity-order", command.file), order_of(log, "as-ciphering-order", command.file)
        offered = _offered(log, command)
        if not all(orders) or offered is None:
            yield Seen.open(
                "lists (as-integrity-order, as-ciphering-order) or the UE's capabilities are not known", command
            )
            continue
        common = [
            [one for one in order if one in algorithms(octet)] for order, octet in zip(orders, offered, strict=True)
        ]
        if min(len([one for one in held if one]) for held in common) < 2:
            yield Seen.open("only one algorithm is common to both sides: there was no choice", command)
            continue
        chosen = command.key("nia"), command.key("nea")
        if chosen != (str(common[0][0]), str(common[1][0])):
            yield Seen.bad(f"NIA{chosen[0]} and NEA{chosen[1]} are not the first of the lists", command)
            continue
        complete = next((one for one in events if one.kind == "security-mode-complete"), None)
        if complete is None or complete.key("mac") not in ("right", "wrong"):
            yield Seen.open("chosen by the lists; the MAC-I of the answer could not be verified", command)
        elif complete.key("mac") == "right":
            yield Seen.good(
                f"NIA{chosen[0]} and NEA{chosen[1]}, first of the lists; the answer verifies", command, complete
            )
        else:
            yield Seen.open("chosen by the lists; the UE's answer has a wrong MAC-I", command, complete)


def _offered(log: Log, command: Event) -> tuple[int, int] | None:
    """The octets of integrity and ciphering algorithms that the UE offers."""
    return log.once("offered algorithms", _offers).get(command.key("ue"))


def _offers(log: Log) -> dict[str, tuple[int, int]]:
    """What the first registration of each connection offers."""
    found: dict[str, tuple[int, int]] = {}
    for one in registrations(log):
        held = capabilities(log, one)
        if held and len(held) >= 2:
            found.setdefault(one.request.key("ue"), (held[1], held[0]))
    return found


def user_plane(log: Log, kind: str, policy: str) -> Iterator[Seen]:
    """33.511 4.2.2.1.10 and .11: user-plane ciphering or integrity is switched as the SMF's policy says.

    What user packets look like on the radio interface is stated by the lab: setting `user-plane-observed`.
    """
    for event in log.of(RRC, "rrc-reconfiguration"):
        drbs = [value for own, value in event.keys if own == "drb"]
        given = _policy(log, event)
        if not drbs or given is None or given[0].get(kind) != policy:
            continue
        name = "ciphering" if kind == "confidentiality" else "integrity"
        on = {f"{name}=yes" in value for value in drbs}
        proof = [one for one in (given[1], event) if one is not None]
        if on != {policy == "required"}:
            yield Seen.bad(f"{name} of the user plane contradicts the policy {policy}", *proof)
        elif text_of(log, "user-plane-observed") == "as-indicated":
            yield Seen.good(f"{name} is switched by the policy {policy}; user packets as indicated, as stated", *proof)
        else:
            yield Seen.open(f"{name} is switched by the policy {policy}; user packets are not in the recording", *proof)


def _policy(log: Log, event: Event) -> tuple[Mapping[str, str], Event | None] | None:
    """The policy that the gNB got before: on N2, or as the lab states it."""
    stated = log.settings.get("up-policy")
    if isinstance(stated, Mapping):
        return stated, None
    held = log.once("policies on N2", _policies)
    count = bisect_left(held, event.number, key=itemgetter(0))
    return (held[count - 1][1], log.numbered(str(held[count - 1][0]))) if count else None


def _policies(log: Log) -> list[tuple[int, Mapping[str, str]]]:
    """Every policy that a gNB got, with the number of the message."""
    return [
        (setup.number, one)
        for setup in log.of(NGAP, "pdu-session-resource-setup-request", "initial-context-setup-request")
        for one in log.fields(setup).get("sessions", ()) if one.get("what") == "indication"
    ]  # fmt: skip


def capabilities_in_path_switch(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.14: the target gNB passes on the capabilities that it got from the source, unaltered."""
    for request in log.of(NGAP, "path-switch-request"):
        held, wanted = log.get(request, "capabilities"), text_of(log, "xn-capabilities")
        if not held:
            yield Seen.bad("the path switch request has no UE security capabilities", request)
        elif not wanted:
            yield Seen.open(
                "capabilities are there; what came over Xn is not stated (setting xn-capabilities)", request
            )
        elif held != wanted:
            yield Seen.bad("the capabilities are not those that came over Xn", request)
        else:
            yield Seen.good("the capabilities are those that came over Xn", request)
