"""TS 33.519: the NEF serves an application function only what a token covers, seen on N33."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.checks.log import Log
from assay.checks.sbi import Exchange, Sieve, exchanges, find, header, json_of, sifted, token
from assay.checks.settings import text_of
from assay.model.assessment import Seen, Verdict

__all__ = ["SIEVES", "application_function"]


_UNISSUED: Final = "served with a token whose issue was not recorded and that nobody calls made up (unissued-tokens)"
"""Tokens live for hours: one that was issued before the recording began looks the same."""


def _on_n33(log: Log, one: Exchange) -> str:
    """Whether a request asks an API of the NEF."""
    del log
    return "n33" if one.path.split("/")[1:2] and one.path.split("/")[1].startswith("3gpp-") else ""


_N33: Final = Sieve(_on_n33)
SIEVES: Final = (_N33,)


def application_function(log: Log, without: str) -> Iterator[Seen]:
    """33.519 4.2.2.1: an API is refused without a token, or with one that was not issued for it."""
    issued = log.once("issued for N33", _issued)
    served = any(
        _bearer(log, one) in issued and _covers(log, one) and 200 <= one.status < 300 for one, _ in sifted(log, _N33)
    )
    for one, _ in sifted(log, _N33):
        given = _bearer(log, one)
        unknown = bool(given) and given not in issued and _covers(log, one)
        fake = bool(given) and (unknown or not _covers(log, one))
        if (not given and without == "token") or (fake and without == "right-token"):
            seen = _judged(one, served)
            if unknown and seen.verdict is Verdict.FAIL and text_of(log, "unissued-tokens") != "made-up":
                seen = seen._replace(verdict=Verdict.INCONCLUSIVE, reason=_UNISSUED)
            yield seen


def _issued(log: Log) -> set[str]:
    """Tokens that the recording shows being issued; none where nobody asks the NEF."""
    if not any(sifted(log, _N33)):
        return set()
    return {
        str(text) for one in exchanges(log, "token", "POST") for text in find(json_of(log, one.answer), "access_token")
    }


def _bearer(log: Log, one: Exchange) -> str:
    return header(log, one.request, "authorization").removeprefix("Bearer ").strip()


def _covers(log: Log, one: Exchange) -> bool:
    """Whether the token's scope names the API; a token that cannot be read is taken at its word."""
    held = token(header(log, one.request, "authorization"))
    scope = str(held.claims.get("scope", "")) if held else ""
    return not scope or one.path.split("/")[1] in scope


def _judged(one: Exchange, controlled: bool) -> Seen:
    if one.answer is None:
        return Seen.open("no answer in the recording", one.request)
    if 200 <= one.status < 300:
        return Seen.bad("the API is served without a token that covers it", one.request, one.answer)
    if one.status not in (401, 403):
        return Seen.open(f"status {one.status}: the refusal may have another reason", one.request, one.answer)
    if not controlled:
        return Seen.open(
            "refused; no request with a right token was served, so the reason is not known", one.request, one.answer
        )
    return Seen.good(f"refused with status {one.status}", one.request, one.answer)
