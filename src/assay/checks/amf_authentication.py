"""TS 33.512: how the AMF takes failed authentications: on N1, and on N12 where the recording shows it."""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from assay.checks.log import NAS, NGAP, SECOND, Log
from assay.checks.n1 import down
from assay.checks.sbi import Exchange, exchanges, find, json_of
from assay.checks.settings import number_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["refused_response", "resynchronisation", "unasked_failure"]

_AUTHENTICATE: Final = "/ue-authentications"
_SYNCH_FAILURE: Final = "21"
_HEX: Final = re.compile("[0-9a-f]+")
_FAULTS: Final = 500
"""From here on a status comes of a proxy or a time-out: no answer of the AUSF to the question."""


def _requests(log: Log) -> Iterator[Exchange]:
    return (one for one in exchanges(log, _AUTHENTICATE, "POST") if "/nausf-auth/" in one.path)


def resynchronisation(log: Log, answered: bool) -> Iterator[Seen]:
    """33.512 4.2.2.1.1 A and B: no new challenge before the AUSF answers or the AMF's wait for it ends."""
    for failure in _failures(log):
        challenge = log.last(failure, "authentication-request")
        if challenge is None or _settled(log, challenge, failure):
            continue
        sent = _passed_on(log, challenge, failure)
        if isinstance(sent, Seen):
            yield sent
        elif (sent.answer is not None and sent.status < _FAULTS) is answered:
            again = log.next(failure, "authentication-request")
            yield _in_time(log, failure, sent, again) if answered else _silent(log, failure, sent, again)


def _failures(log: Log) -> list[Event]:
    return log.once("failures", _synchronisation)


def _synchronisation(log: Log) -> list[Event]:
    events = log.of(NAS, "authentication-failure")
    return [one for one in events if log.get(one, "cause") == _SYNCH_FAILURE and log.get(one, "auts")]


def _settled(log: Log, challenge: Event, failure: Event) -> bool:
    """True where the challenge had been answered before the failure came."""
    replies = ("authentication-response", "authentication-failure", "security-mode-complete")
    return any(one.kind in replies for one in log.after(challenge) if one.number < failure.number)


def _passed_on(log: Log, challenge: Event, failure: Event) -> Exchange | Seen:
    """The request on N12 that carries the failure on; or what is to be said where it is not seen or altered."""
    wanted = log.get(challenge, "rand").lower(), log.get(failure, "auts").lower()
    passed = log.once("failures on N12", _passed)
    for one in passed.get(wanted, []):
        if one.request.number > failure.number:
            return one
    carrying = []
    if len(_failures(log)) == 1:
        every = ((one, found) for found, held in passed.items() for one in held)
        carrying = [(one, found) for one, found in every if one.request.number > failure.number]
    if len(carrying) == 1:
        one, found = carrying[0]
        what = "RAND" if found[0] != wanted[0] else "AUTS"
        return Seen.bad(f"{what} on N12 is not the one of N1", challenge, failure, one.request)
    if not log.has("http"):
        return Seen.open("N12 is not in the recording or not readable", failure)
    return Seen.open("no request on N12 that carries this failure could be read", failure)


def _passed(log: Log) -> dict[tuple[str, str], list[Exchange]]:
    """Requests on N12 that carry a failure on, by RAND and AUTS."""
    found: dict[tuple[str, str], list[Exchange]] = {}
    for one in _requests(log):
        info = next(find(json_of(log, one.request), "resynchronizationInfo"), None)
        if isinstance(info, dict):
            own = str(info.get("rand", "")).lower(), str(info.get("auts", "")).lower()
            found.setdefault(own, []).append(one)
    return found


def _in_time(log: Log, failure: Event, sent: Exchange, again: Event | None) -> Seen:
    reply = sent.answer
    assert reply is not None
    if again is None:
        return Seen.good(
            "no challenge before the answer of the AUSF; RAND and AUTS are passed on", failure, sent.request
        )
    apart = number_of(log, "clocks-agree-within-ms")
    limit = SECOND if apart is None else apart * 1_000_000
    if again.time is None or reply.time is None or (again.file != reply.file and abs(again.time - reply.time) < limit):
        return Seen.open("order of answer and challenge cannot be told: other clocks or none", reply, again)
    if again.time == reply.time and again.file == reply.file:
        return Seen.open("answer and challenge have the same time", reply, again)
    if again.time < reply.time:
        return Seen.bad("a new challenge leaves before the AUSF answered", failure, again, reply)
    return Seen.good("the new challenge follows the answer of the AUSF", failure, sent.request, reply, again)


def _silent(log: Log, failure: Event, sent: Exchange, again: Event | None) -> Seen:
    """No answer of the AUSF in the recording: the wait ends as stated, or where the AMF visibly gives up."""
    limit = number_of(log, "n12-timeout-seconds")
    start = sent.request.time
    if again is not None:
        if limit is None or start is None or again.time is None:
            return Seen.open("a new challenge without an answer; the AMF's time-out is not stated", failure, again)
        if again.time - start < limit * SECOND:
            return Seen.bad(
                "a new challenge before the time-out of the request to the AUSF", failure, sent.request, again
            )
        return Seen.good("the new challenge follows the time-out", failure, sent.request, again)
    if sent.answer is not None:
        said = f"no new challenge until the request ended with status {sent.status} of another than the AUSF"
        return Seen.good(said, failure, sent.request, sent.answer)
    ended = next(
        (one for one in log.after(failure, NAS, NGAP) if one.kind in ("registration-reject", "authentication-reject",
         "ue-context-release-command")), None,
    )  # fmt: skip
    if ended is not None:
        return Seen.good(f"no new challenge until the AMF gave up ({ended.kind})", failure, sent.request, ended)
    if limit is not None and start is not None and log.end is not None and log.end - start >= limit * SECOND:
        return Seen.good("no new challenge up to the time-out", failure, sent.request)
    return Seen.open("the recording ends before the AMF's time-out, or the time-out is not stated", failure)


def unasked_failure(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.1.1 C: a failure report that nobody asked for causes nothing."""
    for failure in _failures(log):
        challenge = log.last(failure, "authentication-request")
        if challenge is not None and not _settled(log, challenge, failure):
            continue
        again = log.next(failure, "authentication-request")
        auts = log.get(failure, "auts").lower()
        passed = log.once("carriers", _carriers).get(auts)
        if passed:
            yield Seen.bad("the unasked report is passed on to the AUSF", failure, passed)
        elif again is not None and again is next((one for one in log.after(failure) if down(one)), None):
            yield Seen.bad("the AMF answers the unasked report with a challenge", failure, again)
        elif not log.has("http"):
            yield Seen.open("no challenge follows; N12 is not in the recording", failure)
        elif log.watched(failure):
            yield Seen.good("neither a request on N12 nor a challenge follows", failure)
        else:
            yield Seen.open("the recording ends too soon after the report", failure)


def _carriers(log: Log) -> dict[str, Event]:
    """The first request on N12 in whose text an AUTS of N1 stands."""
    wanted = {log.get(one, "auts").lower() for one in _failures(log)}
    found: dict[str, Event] = {}
    for one in _requests(log) if wanted else ():
        for run in _HEX.findall(str(json_of(log, one.request)).lower()):
            for size in {len(auts) for auts in wanted}:
                pieces = {run[at : at + size] for at in range(len(run) - size + 1)}
                for auts in pieces & wanted:
                    found.setdefault(auts, one.request)
    return found


_WANTED: Final = {"suci": "authentication-reject", "guti": "identity-request"}
_PROCEEDS: Final = ("security-mode-command", "registration-accept", "authentication-reject", "identity-request",
                    "authentication-request", "registration-reject")  # fmt: skip


def refused_response(log: Log, identity: str, ausf: str) -> Iterator[Seen]:
    """33.512 4.2.2.1.2: what the AMF does when RES* is wrong, or the AUSF reports failure or says nothing.

    `identity` is what the UE came with, suci or guti; `ausf` is wrong-response, failure or silent.
    """
    for reply in log.of(NAS, "authentication-response"):
        if _came_with(log, reply) != identity:
            continue
        wrong = _wrong(log, reply)
        confirmation = _confirmation(log, reply)
        if ausf == "wrong-response":
            if wrong:
                yield _reaction(log, reply, (_WANTED[identity],), confirmation, wrong=True)
        elif not wrong and confirmation is not None:
            result = next(find(json_of(log, confirmation.answer), "authResult"), None)
            if ausf == "failure" and result is not None and "FAIL" in str(result).upper():
                yield _reaction(log, reply, (_WANTED[identity],), confirmation, wrong=False)
            elif ausf == "silent" and confirmation.answer is None:
                yield _reaction(log, reply, tuple(_WANTED.values()), confirmation, wrong=False)


def _came_with(log: Log, reply: Event) -> str:
    """The identity of the registration; empty where an identity request came in between."""
    request = log.last(reply, "registration-request", "service-request")
    if request is None:
        return ""
    asked = log.last(reply, "identity-request")
    if asked is not None and asked.number > request.number:
        return ""
    return log.get(request, "identity")


def _wrong(log: Log, reply: Event) -> bool:
    """True where RES* is provably wrong: by the subscriber's key, or by HXRES* on N12."""
    challenge = log.last(reply, "authentication-request")
    if challenge is not None and challenge.key("autn") == "right" and reply.key("res"):
        return reply.key("res") == "wrong"
    sent, rand = log.get(reply, "res-star"), log.get(challenge, "rand") if challenge else ""
    expected = log.once("vectors on N12", _vectors).get(rand) if rand and sent else None
    if expected is None:
        return False
    return hashlib.sha256(bytes.fromhex(rand) + bytes.fromhex(sent)).digest()[16:].hex() != expected


def _vectors(log: Log) -> dict[str, str]:
    """The hash of RES* that the AUSF gave with each challenge."""
    found: dict[str, str] = {}
    for one in _requests(log):
        vector: Any = next(find(json_of(log, one.answer), "5gAuthData"), None)
        if isinstance(vector, dict):
            found.setdefault(str(vector.get("rand", "")).lower(), str(vector.get("hxresStar", "")).lower())
    return found


def _confirmation(log: Log, reply: Event) -> Exchange | None:
    """The confirmation request for this response: with its RES*, or the next one after it with none."""
    held = log.once("confirmations", _confirmations)
    later: list[int] = []
    for given in (None, log.get(reply, "res-star")):
        rows = held.rows.get(given, array("I"))
        at = bisect_right(rows, reply.number, key=lambda row: held.numbers[row])
        later += rows[at : at + 1]
    return exchanges(log, _AUTHENTICATE, "PUT")[min(later)] if later else None


class _Confirmations(NamedTuple):
    """Rows of the confirmation requests by the RES* that they carry, and the numbers of all rows."""

    rows: dict[str | None, array[int]]
    numbers: array[int]


def _confirmations(log: Log) -> _Confirmations:
    found = _Confirmations({}, array("Q"))
    for row, one in enumerate(exchanges(log, _AUTHENTICATE, "PUT")):
        found.numbers.append(one.request.number)
        if "/nausf-auth/" in one.path and one.path.endswith("5g-aka-confirmation"):
            given = next(find(json_of(log, one.request), "resStar"), None)
            found.rows.setdefault(None if given is None else str(given).lower(), array("I")).append(row)
    return found


def _reaction(log: Log, reply: Event, wanted: tuple[str, ...], confirmation: Exchange | None, *, wrong: bool) -> Seen:
    shown = next((one for one in log.after(reply) if down(one) and one.kind in _PROCEEDS), None)
    if shown is None:
        return Seen.open("the AMF's reaction is not in the recording", reply)
    if shown.kind == "registration-reject":
        return Seen.open("a Registration Reject, not the message that the clause names", reply, shown)
    if shown.kind not in wanted or (shown.kind == "identity-request" and log.get(shown, "identity") != "suci"):
        return Seen.bad(f"{shown.kind} follows; {' or '.join(wanted)} is wanted", reply, shown)
    if not wrong:
        return Seen.good(f"{shown.kind} follows", reply, shown)
    if confirmation is None:
        return Seen.open(f"{shown.kind} follows as wanted; the null RES* on N12 is not in the recording", reply, shown)
    if next(find(json_of(log, confirmation.request), "resStar"), None) is not None:
        return Seen.bad("the confirmation request on N12 carries the wrong RES*, not null", reply, confirmation.request)
    return Seen.good(f"{shown.kind} follows and RES* on N12 is null", reply, shown, confirmation.request)
