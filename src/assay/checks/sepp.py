"""TS 33.517: the SEPP, seen on N32-c, N32-f and on the service-based interface behind it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from assay.checks.log import Log
from assay.checks.sbi import Exchange, Sieve, Token, exchanges, find, header, json_of, sifted, token
from assay.checks.settings import text_of, texts_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["SIEVES", "confidential_elements", "misplaced_reference", "other_algorithm", "patches", "policy_mismatch",
           "target_header", "telescopic_name", "token_of_other_network"]  # fmt: skip

_FORWARD: Final = "/n32f-forward"
_INDEX: Final = "encBlockIdx"
_ENCRYPTION: Final = "dataTypeEncPolicy"


def forwarded(log: Log) -> list[tuple[Exchange, Any]]:
    """Reformatted messages on N32-f (PRINS), with their bodies."""
    out = []
    for one in exchanges(log, _FORWARD, "POST"):
        body = json_of(log, one.request)
        if isinstance(body, dict):
            out.append((one, body))
    return out


def _clear(body: Any) -> list[Any]:  # noqa: ANN401  a JSON value is what it is
    """The parts of a reformatted message that are not encrypted."""
    return [
        value
        for name in ("aad", "clearTextEncapsulatedMessage", "dataToIntegrityProtectBlock")
        for value in find(body, name)
    ]


def confidential_elements(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.5: an element that the policy encrypts stands in the clear part as a reference only."""
    wanted = texts_of(log, "encrypted-elements")
    for one, body in forwarded(log):
        found = [value for part in _clear(body) for name in wanted for value in find(part, name)]
        if not wanted:
            yield Seen.open("the encryption policy is not stated (setting encrypted-elements)", one.request)
        elif not found:
            continue
        elif all(isinstance(value, dict) and _INDEX in value for value in found):
            yield Seen.good("elements of the policy stand as references to the encrypted block", one.request)
        else:
            yield Seen.bad("an element that the policy encrypts is readable", one.request)


def patches(body: Any) -> Iterator[tuple[Token | None, Any]]:  # noqa: ANN401  a JSON value is what it is
    """Patches of roaming intermediaries: the signed token where one can be read, and the operations."""
    for block in find(body, "modificationsBlock"):
        for one in block if isinstance(block, list) else [block]:
            if isinstance(one, dict):
                parts = [str(one.get(name, "")) for name in ("protected", "payload", "signature")]
                held = token(".".join(parts)) if all(parts) else None
                yield held, held.claims if held else one


def _refused(one: Exchange, what: str) -> Seen:
    """A message that the SEPP must not accept: refused, accepted, or unseen."""
    if one.answer is None:
        return Seen.open(f"{what} has no answer in the recording", one.request)
    if one.status >= 400:
        return Seen.good(f"{what} is refused with status {one.status}", one.request, one.answer)
    return Seen.bad(f"{what} is accepted with status {one.status}", one.request, one.answer)


def other_algorithm(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.7: a patch that is signed with another algorithm than ES256 is refused."""
    for one, body in forwarded(log):
        for held, _ in patches(body):
            if held is not None and held.head.get("alg") not in ("ES256", None):
                yield _refused(one, f"a patch signed with {str(held.head['alg'])[:20]}")


def misplaced_reference(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.8: a patch that moves an encrypted element's reference is refused, with an error on N32-c."""
    for one, body in forwarded(log):
        if not any(_INDEX in str(said) for _, said in patches(body)):
            continue
        seen = _refused(one, "a patch that moves an encrypted reference")
        error = [other.request for other in exchanges(log, "n32f-error", "POST").after(one.request)[:1]]
        if seen.verdict.value != "pass":
            yield seen
        elif error:
            yield Seen.good(f"{seen.reason}, an error goes out on N32-c", one.request, error[0])
        else:
            yield Seen.open(f"{seen.reason}; the error on N32-c is not in the recording", one.request)


def policy_mismatch(log: Log, part: str) -> Iterator[Seen]:
    """33.517 4.2.2.6: protection policies that differ from the configured ones are not accepted silently.

    `part` is what differs: the policy of modification (`m`), that of encryption by data type (`d`), or `both`.
    """
    own = log.settings.get("protection-policy")
    for one in exchanges(log, "/n32c-handshake/", "POST"):
        policies = list(find(json_of(log, one.request), "protectionPolicyInfo"))
        if not one.path.endswith("exchange-params") or not policies:
            continue
        if not isinstance(own, dict):
            yield Seen.open("the configured policy is not stated (setting protection-policy)", one.request)
        elif _differing(policies[0], own) == part:
            seen = _refused(one, "a differing protection policy")
            logged = log.settings.get("mismatch-logged") is True
            if seen.verdict.value == "fail" and logged:
                yield Seen.good("a differing policy is accepted with a log entry, as stated", one.request)
            elif seen.verdict.value == "fail" and log.settings.get("mismatch-logged") is None:
                yield Seen.open("a differing policy is accepted; whether it was logged is not stated", one.request)
            else:
                yield seen


def _differing(given: object, own: dict[str, Any]) -> str:
    """Which parts of a protection policy differ from the configured one; empty where none does."""
    held = given if isinstance(given, dict) else {}
    encryption = held.get(_ENCRYPTION) != own.get(_ENCRYPTION)
    rest = [{name: value for name, value in one.items() if name != _ENCRYPTION} for one in (held, own)]
    return {(True, True): "both", (True, False): "d", (False, True): "m"}.get((encryption, rest[0] != rest[1]), "")


def token_of_other_network(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.4: a token whose subject is of another network than the N32 peer is refused."""
    peer = text_of(log, "peer-plmn")
    for one, subject in sifted(log, _NAMED):
        if not peer:
            yield Seen.open("the network of the N32 peer is not stated (setting peer-plmn)", one.request)
        elif subject.partition(" ")[2] != peer:
            yield _refused(one, "a request with a token of another network")


def _named(log: Log, one: Exchange) -> str:
    """The network that the token of a request from or to another network names."""
    held = token(header(log, one.request, "authorization"))
    subject = held.claims.get("consumerPlmnId") if held else None
    if not isinstance(subject, dict) or (one.request.point != "N32" and "3gpp-sbi-target-apiroot" not in dict(
            log.fields(one.request).get("headers", ()))):  # fmt: skip
        return ""
    return f"of {subject.get('mcc', '')}-{subject.get('mnc', '')}"


_NAMED: Final = Sieve(_named)
SIEVES: Final = (_NAMED,)


def telescopic_name(log: Log, right: bool) -> Iterator[Seen]:
    """33.517 4.2.2.9: where a telescopic name and a target header differ the name decides."""
    peer, own = text_of(log, "peer-domain"), texts_of(log, "product-addresses")
    for one in exchanges(log) if peer else ():
        name, target = one.request.key("authority"), header(log, one.request, "3gpp-sbi-target-apiroot")
        label = text_of(log, "telescopic-label")
        if not target or (own and one.request.key("src") in own):
            continue
        if (bool(label) and name.startswith(label)) is not right or (peer in target) is right:
            continue
        later = exchanges(log, "", one.method).after(one.request) if own else ()
        out = list(islice((other.request for other in later if other.request.key("src") in own), 1))
        yield _arrived(one, out, right=right)


def _arrived(one: Exchange, out: list[Event], *, right: bool) -> Seen:
    if right and out:
        return Seen.good("the request goes to the peer that the name means", one.request, out[0])
    if right:
        return Seen.open("the request is not seen on N32: not recorded there, or not sent", one.request)
    if out:
        return Seen.bad("a request with a wrong name goes out to the peer of the header", one.request, out[0])
    if one.status >= 400:
        return Seen.good(
            f"a request with a wrong name is refused with status {one.status}",
            one.request,
            *([one.answer] if one.answer else []),
        )
    return Seen.open("neither a refusal nor a request on N32 is in the recording", one.request)


def target_header(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.10: with PRINS the target stands in the request line of the reformatted message, not in a header."""
    for one, body in forwarded(log):
        lines = [line for part in _clear(body) for line in find(part, "requestLine")]
        heads = [str(row.get("header", "")).lower() for part in _clear(body) for rows in find(part, "headers")
                 for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]  # fmt: skip
        if not lines:
            continue
        hosts = texts_of(log, "target-hosts")
        if "3gpp-sbi-target-apiroot" in heads:
            yield Seen.bad("the target header is still in the reformatted message", one.request)
        elif not hosts:
            yield Seen.open(
                "no target header; which target was asked for is not stated (setting target-hosts)", one.request
            )
        elif any(host in str(line) for host in hosts for line in lines):
            yield Seen.good("the target stands in the request line and no header names it", one.request)
        else:
            yield Seen.bad("the request line does not name the target", one.request)
