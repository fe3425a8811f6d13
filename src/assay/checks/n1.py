"""What several cases ask of NAS on N1: who, under which protection, with which capabilities, answered by what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from assay.checks.log import NAS, NGAP, Log
from assay.model.event import Event

__all__ = [
    "Registration",
    "algorithms",
    "answer",
    "as_ngap",
    "authenticated",
    "capabilities",
    "down",
    "protected",
    "registrations",
    "tmsi",
    "up",
]

_ANSWERS: Final = {
    "registration-request": (
        "registration-accept",
        "registration-reject",
        "identity-request",
        "authentication-request",
    ),
    "registration-complete": (),
    "service-request": ("service-accept", "service-reject"),
    "deregistration-request-ue": ("deregistration-accept-ue",),
    "ul-nas-transport": ("dl-nas-transport",),
    "security-mode-complete": ("registration-accept", "service-accept"),
    "identity-response": ("authentication-request", "security-mode-command", "registration-accept"),
    "authentication-response": ("security-mode-command", "authentication-reject", "registration-accept"),
    "configuration-update-complete": (),
}
"""What an AMF sends when it processes a message."""

_KINDS: Final = {"1": "initial", "2": "mobility", "3": "periodic", "4": "emergency"}
_EFFECTS: Final = ("initial-context-setup-request", "pdu-session-resource-setup-request")


class Registration(NamedTuple):
    """One registration on one connection: its request, what followed until the next request, the full request."""

    request: Event
    events: list[Event]
    full: Event

    @property
    def kind(self) -> str:
        """initial, mobility, periodic or emergency; empty for others."""
        return _KINDS.get(self.full.key("registration") or self.request.key("registration"), "")

    def first(self, *kinds: str) -> Event | None:
        """The first message of these kinds."""
        return next((one for one in self.events if one.kind in kinds), None)


def up(event: Event) -> bool:
    """True for a message of the UE."""
    return event.key("direction") == "up"


def down(event: Event) -> bool:
    """True for a message to the UE."""
    return event.key("direction") == "down"


def registrations(log: Log) -> Iterator[Registration]:
    """Every registration that begins in the recordings, connection by connection: read anew for each who asks."""
    for events in log.connections():
        starts = [place for place, one in enumerate(events) if one.kind == "registration-request"]
        for place, following in zip(starts, [*starts[1:], len(events)][: len(starts)], strict=True):
            run = events[place:following]
            complete = next((one for one in run if one.kind == "security-mode-complete"), None)
            full = complete and log.inside(complete, "registration-request")
            yield Registration(run[0], run, full or run[0])


def capabilities(log: Log, registration: Registration) -> bytes | None:
    """The UE's security capabilities, from the full request where the first was a short one; None where unseen."""
    for event in (registration.full, registration.request):
        text = log.get(event, "capabilities")
        if text:
            return bytes.fromhex(text)
    return None


def algorithms(octet: int) -> frozenset[int]:
    """The numbers of the algorithms that an octet of capabilities offers: the top bit is number 0."""
    return frozenset(number for number in range(8) if octet & 0x80 >> number)


def as_ngap(octets: bytes) -> str:
    """Capabilities of NAS in the form of NGAP: bit strings of 16 that begin with algorithm 1, the null one left out."""
    return "-".join(f"{(octet << 1 & 0xFF) << 8:04x}" for octet in (octets + bytes(4))[:4])


def tmsi(log: Log, event: Event) -> str:
    """The temporary identity in a message: its last part, which the AMF is free to choose."""
    return (event.key("guti") or log.get(event, "tmsi")).rsplit("-", 1)[-1]


def authenticated(log: Log, event: Event) -> bool | None:
    """Whether the UE of this connection had proven itself before the event; None where it cannot be told."""
    reply = log.last(event, "authentication-response")
    if reply is None:
        return True if event.key("mac") == "right" else None
    challenge = log.last(reply, "authentication-request")
    if reply.key("res") == "wrong" and challenge is not None and challenge.key("autn") == "right":
        return False
    return True if reply.key("res") == "right" or event.key("mac") == "right" else None


def protected(event: Event) -> bool | None:
    """True where the MAC is right, False where it is wrong, void or absent, None where no key could tell."""
    if event.key("header") == "0":
        return False
    return {"right": True, "wrong": False, "void": False}.get(event.key("mac"))


def answer(log: Log, event: Event) -> tuple[str, Event | None]:
    """How the network took an uplink message that it should drop.

    `answered` with the message that shows it; `unclear` where something else went down before the UE's next right
    message; `silent` where nothing did and the recording goes on; `unseen` where it ends.
    """
    expected = _ANSWERS.get(event.kind, ())
    for one in log.after(event, NAS, NGAP):
        if one.protocol == NAS and up(one) and one.key("mac") not in ("wrong", "") and one.key("replay") != "yes":
            return "silent", one
        if one.protocol == NAS and down(one):
            return ("answered" if one.kind in expected else "unclear"), one
        if one.kind in _EFFECTS and event.kind in ("security-mode-complete", "ul-nas-transport", "service-request"):
            return "answered", one
    return ("silent" if log.watched(event) else "unseen"), None
