"""TS 33.514: the UDM, seen on N13 (N12 where AUSF and UDM are one) and on its store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from assay.checks.log import NAS, Log
from assay.checks.sbi import Exchange, exchanges, find, json_of, unquoted
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["authentication_status", "de_concealment", "invalid_ephemeral_key", "resynchronised"]

_AUTH_DATA: Final = "/security-information/generate-auth-data"
_P: Final = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""The prime and the constant of secp256r1."""


def _asked(log: Log) -> list[tuple[Exchange, str]]:
    """Requests for authentication data with the identity they name."""
    out = []
    for one in exchanges(log, _AUTH_DATA, "POST"):
        before = one.path.partition(_AUTH_DATA)[0]
        out.append((one, unquoted(before.rsplit("/", 1)[-1])))
    return out


def _suci(identity: str) -> list[str] | None:
    """The parts of a SUCI of the IMSI kind: suci, 0, MCC, MNC, routing, scheme, key, output."""
    parts = identity.split("-")
    return parts if len(parts) == 8 and parts[:2] == ["suci", "0"] else None


def de_concealment(log: Log, scheme: str) -> Iterator[Seen]:
    """33.514 4.2.1.1: the SUPI in the answer is the one that the UE really has."""
    for asked, identity in _asked(log):
        parts = _suci(identity)
        if parts is None or parts[5] != scheme:
            continue
        if asked.answer is None:
            yield Seen.open("no answer in the recording", asked.request)
            continue
        wanted, proof = _true_supi(log, asked.request, parts)
        yield _returned(log, asked, wanted, proof)


def _true_supi(log: Log, request: Event, parts: list[str]) -> tuple[str, list[Event]]:
    """The UE's SUPI: in the open with the null scheme, else as the keys at hand established it on N1."""
    if parts[5] == "0":
        return f"imsi-{parts[2]}{parts[3]}{parts[7]}", []
    for one in reversed(log.of(NAS, "registration-request", "identity-response").before(request.number)):
        if one.key("identity") == "suci" and one.key("scheme") == parts[5]:
            found = next((event.key("supi") for event in log.around(one) if event.key("supi")), "")
            return (f"imsi-{found}" if found else ""), [one]
    return "", []


def _returned(log: Log, asked: Exchange, wanted: str, proof: list[Event]) -> Seen:
    answer = asked.answer
    assert answer is not None
    body = json_of(log, answer)
    given = body.get("supi") if isinstance(body, dict) else None
    if asked.status >= 500 or "USER_NOT_FOUND" in str(body):
        return Seen.open(f"status {asked.status}: the refusal may have another reason", asked.request, answer)
    if asked.status >= 400 and not wanted:
        return Seen.open("the SUCI is refused; whether it was well formed is not known", asked.request, answer)
    if asked.status >= 400:
        return Seen.bad(f"a well-formed SUCI is answered with status {asked.status}", asked.request, answer)
    if not isinstance(given, str):
        return Seen.open("the answer names no SUPI that could be read", asked.request, answer)
    if not wanted:
        return Seen.open("which SUPI is right is not known: no key opened the SUCI", asked.request, answer)
    if given != wanted:
        return Seen.bad("the answer names another SUPI than the UE's", *proof, asked.request, answer)
    return Seen.good("the SUPI in the answer is the UE's", *proof, asked.request, answer)


def invalid_ephemeral_key(log: Log) -> Iterator[Seen]:
    """33.514 4.2.1.2: a profile B SUCI whose ephemeral key is no point of the curve is refused."""
    for asked, identity in _asked(log):
        parts = _suci(identity)
        if parts is None or parts[5] != "2" or _on_curve(parts[7]) is not False:
            continue
        if asked.answer is None:
            yield Seen.open("no answer in the recording", asked.request)
        elif asked.status >= 500:
            yield Seen.open(f"status {asked.status}: a refusal or a fault of the server", asked.request, asked.answer)
        elif asked.status >= 400:
            yield Seen.good(
                f"the invalid ephemeral key is refused with status {asked.status}", asked.request, asked.answer
            )
        else:
            yield Seen.bad("authentication data are returned for an invalid ephemeral key", asked.request, asked.answer)


def _on_curve(output: str) -> bool | None:
    """Whether the compressed key that begins a scheme output is a point of secp256r1; None where it is none."""
    try:
        data = bytes.fromhex(output)
    except ValueError:
        return None
    if len(data) < 33:
        return None
    if data[0] not in (2, 3):
        return False
    x = int.from_bytes(data[1:33], "big")
    if x >= _P:
        return False
    square = (pow(x, 3, _P) - 3 * x + _B) % _P
    return square == 0 or pow(square, (_P - 1) // 2, _P) == 1


def resynchronised(log: Log) -> Iterator[Seen]:
    """33.514 4.2.2.1: a request with RAND and AUTS is answered with a fresh vector."""
    for asked, _ in _asked(log):
        info = next(find(json_of(log, asked.request), "resynchronizationInfo"), None)
        if not isinstance(info, dict):
            continue
        if asked.answer is None:
            yield Seen.open("no answer in the recording", asked.request)
            continue
        vector = next(find(json_of(log, asked.answer), "authenticationVector"), None)
        fresh = str(vector.get("rand", "")).lower() if isinstance(vector, dict) else ""
        if asked.status >= 400:
            yield Seen.open(f"status {asked.status}: whether AUTS was valid is not known", asked.request, asked.answer)
        elif not fresh:
            yield Seen.open("the answer has no vector that could be read", asked.request, asked.answer)
        elif fresh == str(info.get("rand", "")).lower():
            yield Seen.bad("the old RAND comes back", asked.request, asked.answer)
        else:
            yield Seen.good("a vector with another RAND is returned", asked.request, asked.answer)


_STATUS: Final = ("success", "timeStamp", "authType", "servingNetworkName")


def authentication_status(log: Log) -> Iterator[Seen]:
    """33.514 4.2.2.2: what the UDM stores of an authentication equals what it was told."""
    stored = exchanges(log, "/authentication-data/authentication-status", "PUT")
    for told in exchanges(log, "/auth-events", "POST"):
        supi = told.path.partition("/auth-events")[0].rsplit("/", 1)[-1]
        body = json_of(log, told.request)
        if not isinstance(body, dict) or told.status >= 400:
            continue
        kept = next((one for one in stored.after(told.request) if f"/{supi}/" in one.path), None)
        if kept is None:
            yield Seen.open("the store (N35) is not in the recording", told.request)
        else:
            yield _same(log, told, kept, body)


def _same(log: Log, told: Exchange, kept: Exchange, body: dict[str, Any]) -> Seen:
    held = json_of(log, kept.request)
    if not isinstance(held, dict):
        return Seen.open("what is stored could not be read", told.request, kept.request)
    if kept.status >= 400:
        return Seen.open(f"the store refuses with status {kept.status}", told.request, kept.request)
    wrong = [name for name in _STATUS if _plain(body.get(name)) != _plain(held.get(name))]
    if wrong:
        return Seen.bad(f"stored otherwise than told, or missing: {', '.join(wrong)}", told.request, kept.request)
    return Seen.good(
        "result, time, type and serving network are stored as told, for the same SUPI", told.request, kept.request
    )


def _plain(value: object) -> object:
    """A value in one form: times in UTC, however they are written."""
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            return value
    return value
