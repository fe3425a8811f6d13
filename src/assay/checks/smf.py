"""TS 33.515: the SMF, seen on N10, N11 or N2, and N40."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from assay.checks.log import NAS, NGAP, Log
from assay.checks.sbi import exchanges, find, json_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["charging_ids", "path_switch_policy", "policy_precedence"]

_SUPI: Final = re.compile(r"imsi-([0-9]+)")
_KINDS: Final = (("integrity", "upIntegr"), ("confidentiality", "upConfid"))


def _indicated(log: Log, event: Event) -> list[Mapping[str, str]]:
    """The policy for each session that an NGAP message brings."""
    return [one for one in log.fields(event).get("sessions", ()) if one.get("what") == "indication"]


def _word(value: object) -> str:
    return str(value).lower().replace("_", "-")


def policy_precedence(log: Log) -> Iterator[Seen]:
    """33.515 4.2.2.1.1: the user-plane policy that goes to the gNB is the UDM's, not the local one."""
    local = log.settings.get("local-up-policy")
    for setup in log.of(NGAP, "pdu-session-resource-setup-request", "initial-context-setup-request"):
        supi = next((one.key("supi") for one in log.around(setup, NAS) if one.key("supi")), "")
        given = _given(log, setup, supi)
        if given is None:
            continue
        answer, policy = given
        yield from _sent(log, setup, answer, policy, local if isinstance(local, Mapping) else None)


def _given(log: Log, setup: Event, supi: str) -> tuple[Event, dict[str, str]] | None:
    """The UDM's newest policy for the UE before the set-up, with the answer that brought it."""
    held = log.once("policies of the UDM", _policies)
    found = held.get(supi, []) if supi else held.get("", [])
    count = bisect_right(found, setup.number, key=attrgetter("least"))
    if not count:
        return None
    answer = log.numbered(str(found[count - 1].answer))
    return (answer, found[count - 1].policy) if answer else None


class _Policy(NamedTuple):
    """A policy of the UDM, the number of the answer that gave it, and the least number from this answer on."""

    least: int
    answer: int
    policy: dict[str, str]


def _policies(log: Log) -> dict[str, list[_Policy]]:
    """Every policy that the UDM gave, by SUPI, and all under the empty one, in the order of the requests."""
    out: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for one in exchanges(log, "/nudm-sdm/", "GET"):
        if one.answer is None or not one.path.endswith("/sm-data"):
            continue
        given = [row for row in find(json_of(log, one.answer), "upSecurity") if isinstance(row, dict)]
        policies = [{own: _word(row.get(name, "")) for own, name in _KINDS} for row in given]
        if policies and all(
            policy == policies[0] for policy in policies
        ):  # else which data network is meant is not known
            for supi in ("", *_SUPI.findall(one.path)):
                out[supi].append((one.answer.number, policies[0]))
    return {supi: _with_least(held) for supi, held in out.items()}


def _with_least(held: list[tuple[int, dict[str, str]]]) -> list[_Policy]:
    """Answers may overtake each other: with each the least number from it on, by which the last before one is found."""
    found, least = [], held[-1][0]
    for number, policy in reversed(held):
        least = min(least, number)
        found.append(_Policy(least, number, policy))
    return found[::-1]


def _sent(
    log: Log, setup: Event, answer: Event, policy: dict[str, str], local: Mapping[str, Any] | None
) -> Iterator[Seen]:
    sessions = _indicated(log, setup)
    if "sessions" not in log.fields(setup):
        yield Seen.open("the message to the gNB could not be decoded", answer, setup)
    elif not sessions:
        if setup.kind == "pdu-session-resource-setup-request":
            yield Seen.bad("the UDM gave a policy and none is sent to the gNB", answer, setup)
        return
    for one in sessions:
        different = [own for own, _ in _KINDS if one.get(own) != policy[own]]
        if different:
            yield Seen.bad(f"{' and '.join(different)} sent to the gNB differ from the UDM's policy", answer, setup)
        elif local is None:
            yield Seen.open(
                "the UDM's policy is sent; the local one is not stated (setting local-up-policy)", answer, setup
            )
        elif all(_word(local.get(own, "")) == policy[own] for own, _ in _KINDS):
            yield Seen.open("the local policy is the UDM's: there is nothing to tell apart", answer, setup)
        else:
            yield Seen.good("the UDM's policy is sent to the gNB though the local one differs", answer, setup)


def path_switch_policy(log: Log) -> Iterator[Seen]:
    """33.515 4.2.2.1.3: a differing user-plane policy in a path switch is answered with the stored one."""
    for request in log.of(NGAP, "path-switch-request"):
        for asked in _indicated(log, request):
            stored = _stored(log, request, asked.get("session", ""))
            if stored is None:
                yield Seen.open("the SMF's policy for the session is not in the recording", request)
            elif _differs(asked, stored[1]):
                yield _answered(log, request, asked, stored)


def _stored(log: Log, request: Event, session: str) -> tuple[Event, Mapping[str, str]] | None:
    found = None
    for setup in log.before(request, NGAP):
        if setup.kind in ("pdu-session-resource-setup-request", "initial-context-setup-request", "handover-request"):
            for one in _indicated(log, setup):
                if one.get("session") == session:
                    found = setup, one
    return found


def _differs(one: Mapping[str, str], two: Mapping[str, str]) -> bool:
    return any(one.get(own) != two.get(own) for own, _ in _KINDS)


def _answered(log: Log, request: Event, asked: Mapping[str, str], stored: tuple[Event, Mapping[str, str]]) -> Seen:
    ack = next((one for one in log.after(request, NGAP) if one.kind == "path-switch-response"), None)
    if ack is None:
        return Seen.open("the path switch is not acknowledged in the recording", request)
    back = [one for one in _indicated(log, ack) if one.get("session") == asked.get("session")]
    if not back:
        return Seen.bad("the acknowledge has no policy though that of the request differs", stored[0], request, ack)
    if _differs(back[0], stored[1]):
        return Seen.bad("the altered policy is taken over", stored[0], request, ack)
    return Seen.good("the acknowledge has the stored policy", stored[0], request, ack)


def charging_ids(log: Log) -> Iterator[Seen]:
    """33.515 4.2.2.1.4: each PDU session has a charging identifier of its own."""
    held: dict[object, dict[tuple[str, str], Event]] = defaultdict(dict)
    for one in exchanges(log, "/chargingdata", "POST"):
        if not one.path.rstrip("/").endswith("/chargingdata"):
            continue
        body = json_of(log, one.request)
        for own in find(body, "chargingId"):
            session = str(next(find(body, "subscriberIdentifier"), "")), str(next(find(body, "pduSessionID"), ""))
            held[own].setdefault(session, one.request)
    for own, sessions in held.items():
        if len(sessions) > 1:
            yield Seen.bad(f"{len(sessions)} sessions have the charging identifier {own}", *list(sessions.values())[:4])
        else:
            yield Seen.good("a charging identifier of its own for each session", *sessions.values())
