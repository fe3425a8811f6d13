"""TS 33.117: access tokens and client credentials assertions at a producer, judged from requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from assay.checks.jws import signed_by, signed_by_own_certificate
from assay.checks.log import SECOND, Log
from assay.checks.profiles import profile_of, slices, words
from assay.checks.sbi import Exchange, Sieve, Token, exchanges, find, header, json_of, sifted, token
from assay.checks.settings import text_of
from assay.model.assessment import Seen

__all__ = ["SIEVES", "faulty_assertion", "faulty_token", "foreign_token"]

_REFUSED: Final = (401, 403)
_CREDENTIALS: Final = "3gpp-sbi-client-credentials"


def _service(one: Exchange) -> str:
    """The name of the service that a path asks: its first part that looks like one."""
    return next((part for part in one.path.split("/") if part.startswith("n") and "-" in part), "")


def _requests(log: Log) -> Iterator[tuple[Exchange, Token]]:
    """Every request with an access token that can be read."""
    return _read(log, _TOKENS, "authorization")


def _read(log: Log, sieve: Sieve, name: str) -> Iterator[tuple[Exchange, Token]]:
    """What a sieve kept, with the token in a header field."""
    for one, _ in sifted(log, sieve):
        held = token(header(log, one.request, name))
        if held is not None:
            yield one, held


def _with_token(log: Log, one: Exchange) -> str:
    """Whether a request has an access token that can be read."""
    held = token(header(log, one.request, "authorization"))
    return "token" if held is not None and "oauth2/token" not in one.path and not _through_proxy(log, one) else ""


def _through_proxy(log: Log, one: Exchange) -> bool:
    """True for a request to a proxy (SCP, SEPP): the token is meant for who stands behind it."""
    names = [name for name, _ in log.fields(one.request).get("headers", ())]
    return any(name.startswith(("3gpp-sbi-target-apiroot", "3gpp-sbi-discovery-")) for name in names)


def _issued(log: Log) -> tuple[set[bytes], set[bytes]]:
    """Tokens that the recording shows being issued: what was signed, and whole tokens."""
    whole, signed = set(), set()
    for one in exchanges(log, "oauth2/token", "POST"):
        for text in find(json_of(log, one.answer), "access_token"):
            held = token(str(text))
            if held is not None:
                signed.add(held.signed)
                whole.add(held.signed + b"." + held.signature)
    return signed, whole


def _forged(log: Log, held: Token) -> bool | None:
    """Whether the signature is provably wrong: by the stated key, or because what was issued had another one."""
    key = text_of(log, "token-key")
    if key:
        good = signed_by(held, key)
        return None if good is None else not good
    signed, whole = log.once("issued tokens", _issued)
    if held.signed + b"." + held.signature in whole:
        return False
    return True if held.signed in signed else None


def _faults(log: Log, one: Exchange, held: Token) -> set[str]:
    """What is wrong with a token at this producer, as far as recording and statement show it."""
    profile: Mapping[str, Any] = {**profile_of(log, one.request), **_stated(log)}
    claims, out = held.claims, set()
    if _forged(log, held):
        out.add("signature")
    own = words(profile.get("nfInstanceId")) | words(profile.get("nfType"))
    if own and claims.get("aud") and not words(claims["aud"]) & own:
        out.add("audience")
    scopes = str(claims.get("scope", "")).split()
    service = _service(one)
    if scopes and service and service not in {scope.partition(":")[0] for scope in scopes}:
        out.add("scope")
    elif any(scope.startswith(f"{service}:") for scope in scopes) and not _allowed(scopes, service, one.path):
        out.add("additional-scope")
    expires = claims.get("exp")
    if isinstance(expires, int) and one.request.time is not None and expires * SECOND < one.request.time:
        out.add("expired")
    out |= _optional(profile, claims)
    return out


def _stated(log: Log) -> Mapping[str, Any]:
    """What the lab states of the producer in place of its registration."""
    stated = log.settings.get("producer")
    return stated if isinstance(stated, Mapping) else {}


def _allowed(scopes: list[str], service: str, path: str) -> bool:
    """Whether an additional scope of the service names a resource of the path."""
    named = [scope.split(":")[1] for scope in scopes if scope.startswith(f"{service}:")]
    return any(name and name in path for name in named)


def _optional(profile: Mapping[str, Any], claims: Mapping[str, Any]) -> set[str]:
    out = set()
    asked, own = slices(claims.get("producerSnssaiList")), slices(profile.get("sNssais"))
    if asked and own and not asked & own:
        out.add("slices")
    for claim, field, fault in (("producerNsiList", "nsiList", "nsi"), ("producerNfSetId", "nfSetIdList", "set")):
        wanted, have = words(claims.get(claim)), words(profile.get(field))
        if wanted and have and not wanted & have:
            out.add(fault)
    return out


class _Tokens(NamedTuple):
    """What is wrong with the token of each request, in order, and what faultless ones met at each server's service."""

    faults: list[frozenset[str]]
    served: dict[tuple[str, str], bool]


def _tokens(log: Log, foreign: bool) -> _Tokens:
    return log.once(f"tokens {foreign}", lambda own: _all_tokens(own, foreign))


def _all_tokens(log: Log, foreign: bool) -> _Tokens:
    found, known = _Tokens([], {}), dict[frozenset[str], frozenset[str]]()
    for one, held in _requests(log):
        wrong = frozenset(_faults(log, one, held) | (_foreign(log, one, held) if foreign else set()))
        found.faults.append(known.setdefault(wrong, wrong))
        if not wrong and one.status:
            own = one.request.key("dst"), _service(one)
            found.served[own] = found.served.get(own, False) or 200 <= one.status < 300
    return found


def _judged(one: Exchange, what: str, served: dict[tuple[str, str], bool]) -> Seen:
    answer = [one.answer] if one.answer else []
    if one.answer is None:
        return Seen.open(f"a request with a token whose {what} is wrong has no answer in the recording", one.request)
    if 200 <= one.status < 300:
        return Seen.bad(f"a request with a token whose {what} is wrong is served", one.request, *answer)
    if one.status not in _REFUSED:
        return Seen.open(
            f"status {one.status}: the refusal may have another reason than the token", one.request, *answer
        )
    control = served.get((one.request.key("dst"), _service(one)))
    if control is None:
        return Seen.open("refused; no faultless token was sent, so the reason is not known", one.request, *answer)
    if control is False:
        return Seen.open("refused; a faultless token is not served either: set-up fault", one.request, *answer)
    return Seen.good(f"a token whose {what} is wrong is refused with status {one.status}", one.request, *answer)


def faulty_token(log: Log, fault: str) -> Iterator[Seen]:
    """33.117 4.2.2.2.3.1: a token that is right but for one item is refused."""
    held = _tokens(log, foreign=False)
    for (one, _), found in zip(sifted(log, _TOKENS), held.faults, strict=True):
        if found == {fault}:
            yield _judged(one, fault, held.served)
        elif fault in found:
            yield Seen.open(f"the token is wrong in several items: {', '.join(sorted(found))}", one.request)


def foreign_token(log: Log, claim: str) -> Iterator[Seen]:
    """33.117 4.2.2.2.3.2: for a consumer of another network, the producer's network in the token is checked."""
    held = _tokens(log, foreign=True)
    for (one, _), found in zip(sifted(log, _TOKENS), held.faults, strict=True):
        if found == {claim}:
            yield _judged(one, f"producerPlmnId ({claim})", held.served)


def _foreign(log: Log, one: Exchange, held: Token) -> set[str]:
    own = {**profile_of(log, one.request), **_stated(log)}.get("plmnList")
    home = {_plmn(row) for row in own} if isinstance(own, list) else set()
    consumer = _plmn(held.claims.get("consumerPlmnId"))
    if not home or not consumer or consumer in home:
        return set()
    producer = held.claims.get("producerPlmnId")
    if producer is None:
        return {"plmn-absent"}
    return set() if _plmn(producer) in home else {"plmn-wrong"}


def _plmn(value: object) -> str:
    return f"{value.get('mcc', '')}-{value.get('mnc', '')}" if isinstance(value, dict) else ""


def faulty_assertion(log: Log, fault: str) -> Iterator[Seen]:
    """33.117 4.2.2.2.4.1: a client credentials assertion with a bad signature, audience or time is refused."""
    faults, served = log.once("assertions", _all_assertions)
    for (one, _), found in zip(sifted(log, _ASSERTIONS), faults, strict=True):
        if found == {fault}:
            yield _refusal(one, fault, controlled=one.request.key("dst") in served)


def _all_assertions(log: Log) -> tuple[list[frozenset[str]], set[str]]:
    """What is wrong with each assertion, and the servers at which a faultless one was served."""
    faults, served, known = [], set(), dict[frozenset[str], frozenset[str]]()
    for one, held in _read(log, _ASSERTIONS, _CREDENTIALS):
        wrong = frozenset(_wrong(log, one, held))
        faults.append(known.setdefault(wrong, wrong))
        if not wrong and 200 <= one.status < 300:
            served.add(one.request.key("dst"))
    return faults, served


def _with_assertion(log: Log, one: Exchange) -> str:
    return "assertion" if token(header(log, one.request, _CREDENTIALS)) is not None else ""


_TOKENS: Final = Sieve(_with_token)
_ASSERTIONS: Final = Sieve(_with_assertion)
SIEVES: Final = (_TOKENS, _ASSERTIONS)


def _wrong(log: Log, one: Exchange, held: Token) -> set[str]:
    profile: Mapping[str, Any] = {**profile_of(log, one.request), **_stated(log)}
    key, out = text_of(log, "assertion-key"), set()
    good = signed_by(held, key) if key else signed_by_own_certificate(held)
    if good is False:
        out.add("signature")
    own = words(profile.get("nfType"))
    if own and held.claims.get("aud") and not words(held.claims["aud"]) & own:
        out.add("audience")
    expires = held.claims.get("exp")
    if isinstance(expires, int) and one.request.time is not None and expires * SECOND < one.request.time:
        out.add("expired")
    return out


def _refusal(one: Exchange, fault: str, *, controlled: bool) -> Seen:
    if one.answer is None:
        return Seen.open("no answer in the recording", one.request)
    if 200 <= one.status < 300:
        return Seen.bad(f"an assertion whose {fault} is wrong is accepted", one.request, one.answer)
    if not controlled:
        return Seen.open(
            "refused; no faultless assertion was served, so the reason is not known", one.request, one.answer
        )
    if one.status >= 500 or one.status == 404:
        return Seen.open(f"status {one.status}: the refusal may have another reason", one.request, one.answer)
    return Seen.good(
        f"an assertion whose {fault} is wrong is refused with status {one.status}", one.request, one.answer
    )
