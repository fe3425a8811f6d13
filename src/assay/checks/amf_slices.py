"""TS 33.512: slice-specific authentication and its revocation, at the AMF."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from assay.checks.log import NAS, Log
from assay.checks.sbi import Exchange, Sieve, exchanges, find, json_of, sifted
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["SIEVES", "revocation", "session_on_slice"]

_NOT_FORWARDED: Final = "90"
"""5GMM cause of a payload that was not forwarded."""


def slice_text(value: object) -> str:
    """An S-NSSAI as hex of its NAS form: one byte of SST, three of SD where there is one."""
    if isinstance(value, dict) and isinstance(value.get("sst"), int):
        return f"{value['sst']:02x}{str(value.get('sd', '')).lower()}"
    return ""


def session_on_slice(log: Log, success: bool) -> Iterator[Seen]:
    """33.512 4.2.2.8.1: a session on a slice goes on only where the slice's own authentication succeeded."""
    for request in log.of(NAS, "ul-nas-transport"):
        wanted = log.get(request, "slice")
        if log.get(request, "session-message") != "pdu-session-establishment-request" or not wanted:
            continue
        result = _result(log, request, wanted)
        if result is None or (log.get(result, "eap") == "success") is not success:
            continue
        created = _created(log, request, wanted)
        back = next((one for one in log.after(request) if one.kind == "dl-nas-transport" and _returned(log, one)), None)
        yield _judged(log, success, request, result, created, back)


def _result(log: Log, request: Event, wanted: str) -> Event | None:
    """The last outcome of the slice's authentication for this UE before the request."""
    held = log.once("outcomes of slices", _results)
    numbers = []
    for name in ("ue", "who"):
        own = held.get((name, request.key(name), wanted), [])
        numbers += own[: bisect_left(own, request.number)][-1:]
    return log.numbered(str(max(numbers))) if numbers else None


def _results(log: Log) -> dict[tuple[str, str, str], list[int]]:
    """The numbers of all outcomes, by the connection and by the subscriber, and by the slice."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for one in log.of(NAS, "slice-authentication-result"):
        for name in ("ue", "who"):
            if name == "ue" or one.key(name):
                found.setdefault((name, one.key(name), log.get(one, "slice")), []).append(one.number)
    return found


def _returned(log: Log, event: Event) -> bool:
    return log.get(event, "cause") == _NOT_FORWARDED


def _created(log: Log, request: Event, wanted: str) -> Exchange | None:
    """The request to the SMF that follows, for this slice."""
    for one in exchanges(log, "/sm-contexts", "POST").after(request):
        if not one.path.endswith("/sm-contexts"):
            continue
        if any(slice_text(value) == wanted for value in find(json_of(log, one.request), "sNssai")):
            return one
    return None


def _judged(
    log: Log, success: bool, request: Event, result: Event, created: Exchange | None, back: Event | None
) -> Seen:
    if success:
        if created is not None:
            return Seen.good("the SMF is asked after the slice was authenticated", result, request, created.request)
        if back is not None:
            return Seen.bad("the session is sent back though the slice was authenticated", result, request, back)
        return Seen.open("no request to the SMF is in the recording: N11 not recorded, or not sent", request)
    if created is not None:
        return Seen.bad("the SMF is asked though the slice's authentication failed", result, request, created.request)
    if back is not None:
        return Seen.good("the session request is sent back, not forwarded", result, request, back)
    return Seen.open("neither a returned message nor a request to the SMF is in the recording", request)


def revocation(log: Log) -> Iterator[Seen]:
    """33.512 4.2.2.9.1: a revocation that leaves no slice de-registers the UE and names the slices."""
    for notice, _ in sifted(log, _REVOCATIONS):
        body = json_of(log, notice.request)
        if notice.status >= 400:
            yield Seen.open("the notification was refused", notice.request)
            continue
        revoked = next((slice_text(value) for value in find(body, "snssai")), "")
        found = log.of(NAS, "deregistration-request-network").after(notice.request.number)
        if found:
            yield _deregistered(log, notice.request, found[0], revoked)
        elif log.of(NAS, "unreadable").after(notice.request.number):
            yield Seen.open("messages after the notification stay ciphered", notice.request)
        else:
            yield Seen.open("no de-registration is in the recording", notice.request)


def _revokes(log: Log, one: Exchange) -> str:
    """Whether a request tells that a slice's authorisation is revoked."""
    if one.method != "POST":
        return ""
    return "revocation" if "REVOC" in str(next(find(json_of(log, one.request), "notifType"), "")).upper() else ""


_REVOCATIONS: Final = Sieve(_revokes)
SIEVES: Final = (_REVOCATIONS,)


def _deregistered(log: Log, notice: Event, event: Event, revoked: str) -> Seen:
    rejected = log.get(event, "rejected")
    if not rejected:
        return Seen.bad("the de-registration names no rejected slice", notice, event)
    if revoked and revoked not in rejected:
        return Seen.bad("the de-registration names other slices than the revoked one", notice, event)
    return Seen.good("the UE is de-registered and the rejected slice is named", notice, event)
