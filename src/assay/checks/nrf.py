"""TS 33.518: who may discover whom at the NRF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from assay.checks.log import Log
from assay.checks.profiles import Profile, profiles, slices, words
from assay.checks.sbi import Exchange, exchanges, json_of, unquoted
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["admitted_only", "slice_discovery"]


def _discoveries(log: Log) -> list[Exchange]:
    return [one for one in exchanges(log, "/nnrf-disc/", "GET") if one.path.endswith("/nf-instances")]


def _asked(one: Exchange) -> dict[str, str]:
    pairs = (part.partition("=") for part in one.query.split("&"))
    return {unquoted(name): unquoted(value) for name, _, value in pairs}


def _asker(log: Log, one: Exchange, asked: dict[str, str]) -> Profile:
    """The asker's own registration: by its instance, its address, or its type where one alone has it."""
    held = [body for body, _ in profiles(log, one.request).values()]
    for name, wanted in (
        ("nfInstanceId", asked.get("requester-nf-instance-id")),
        ("nfType", asked.get("requester-nf-type")),
    ):
        found = [body for body in held if wanted and body.get(name) == wanted]
        if len(found) == 1:
            return found[0]
    found = [body for body in held if one.request.key("src") in body.get("ipv4Addresses", ())]
    return found[0] if len(found) == 1 else {}


def _slices_of(asked: dict[str, str], asker: Profile) -> set[tuple[int, str]]:
    try:
        stated = slices(json.loads(asked.get("requester-snssais", "")))
    except ValueError:
        stated = set()
    return stated or slices(asker.get("sNssais"))


def _targets(log: Log, one: Exchange, asked: dict[str, str]) -> Iterator[tuple[str, Profile, Event]]:
    for own, (body, event) in profiles(log, one.request).items():
        if body.get("nfType") == asked.get("target-nf-type"):
            yield own, body, event


def _allowed(profile: Profile, name: str, asked: dict[str, str]) -> list[Any]:
    """An authorisation parameter; that of the asked service wins over that of the profile."""
    wanted = set(asked.get("service-names", "").split(",")) - {""}
    listed = profile.get("nfServices")
    services = listed if isinstance(listed, list) else list((profile.get("nfServiceList") or {}).values())
    for service in services:
        if isinstance(service, dict) and service.get(name) and (not wanted or service.get("serviceName") in wanted):
            return list(service[name])
    value = profile.get(name)
    return value if isinstance(value, list) else []


def _returned(log: Log, one: Exchange) -> set[str] | None:
    body = json_of(log, one.answer)
    rows = body.get("nfInstances") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return None
    return {str(row.get("nfInstanceId")) for row in rows if isinstance(row, dict)}


def slice_discovery(log: Log) -> Iterator[Seen]:
    """33.518 4.2.2.2.1 up to release 18: a discovery across slices is answered with 403."""
    for one in _discoveries(log):
        asked = _asked(one)
        own = _slices_of(asked, _asker(log, one, asked))
        for target, profile, event in _targets(log, one, asked):
            allowed = slices(_allowed(profile, "allowedNssais", asked))
            if not allowed or (own and own & allowed):
                continue
            if not own:
                yield Seen.open("which slices the asker has is not in the recording", one.request)
            else:
                yield _answered(log, one, target, event)


def _answered(log: Log, one: Exchange, target: str, event: Event) -> Seen:
    if one.answer is None:
        return Seen.open("no answer in the recording", one.request)
    if one.status == 403:
        return Seen.good("the discovery across slices is answered with 403", event, one.request, one.answer)
    held = _returned(log, one)
    if one.status == 200 and held is not None and target in held:
        return Seen.bad("a producer that does not allow the asker's slice is returned", event, one.request, one.answer)
    if one.status == 200 and held is not None:
        return Seen.open(
            "200 without that producer: no leak, but not the status that the clause names", one.request, one.answer
        )
    return Seen.open(f"status {one.status}", one.request, one.answer)


def admitted_only(log: Log, parameter: str) -> Iterator[Seen]:
    """33.518 4.2.2.2.1 from release 19 on: only producers that admit the asker by a parameter are returned."""
    for one in _discoveries(log):
        asked = _asked(one)
        asker = _asker(log, one, asked)
        for target, profile, event in _targets(log, one, asked):
            fits = _admits(profile, asker, asked, parameter)
            if fits is None:
                continue
            held = _returned(log, one)
            if one.answer is None or (held is None and one.status < 400):
                yield Seen.open("the answer is not in the recording or not readable", one.request)
            elif not fits and held is not None and target in held:
                yield Seen.bad(
                    f"a producer that does not admit the asker by {parameter} is returned",
                    event,
                    one.request,
                    one.answer,
                )
            elif not fits:
                yield Seen.good(
                    f"a producer that does not admit the asker by {parameter} is not returned",
                    event,
                    one.request,
                    one.answer,
                )


def _admits(profile: Profile, asker: Profile, asked: dict[str, str], parameter: str) -> bool | None:
    """Whether a producer admits the asker; None where it states nothing or the asker is not known."""
    if parameter == "slice":
        wanted, own = slices(_allowed(profile, "allowedNssais", asked)), _slices_of(asked, asker)
        return bool(wanted & own) if wanted and own else None
    if parameter == "nf-type":
        types, kind = words(_allowed(profile, "allowedNfTypes", asked)), asked.get("requester-nf-type", "")
        return kind in types if types and kind else None
    if parameter == "domain":
        domains = words(_allowed(profile, "allowedNfDomains", asked))
        domain = asked.get("requester-nf-instance-fqdn", "") or str(asker.get("fqdn", ""))
        return any(domain.endswith(one.lstrip("*^.\\")) for one in domains) if domains and domain else None
    plmns = {_plmn(row) for row in _allowed(profile, "allowedPlmns", asked)}
    try:
        own_plmns = {_plmn(row) for row in json.loads(asked.get("requester-plmn-list", "[]"))}
    except (ValueError, TypeError):
        own_plmns = set()
    own_plmns = own_plmns or {_plmn(row) for row in asker.get("plmnList", ())}
    return bool(plmns & own_plmns) if plmns and own_plmns else None


def _plmn(value: object) -> str:
    return f"{value.get('mcc', '')}-{value.get('mnc', '')}" if isinstance(value, dict) else ""
