"""TS 33.517: whose key signed a patch on N32-f, and whether the SEPP applies it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from assay.checks.log import Log
from assay.checks.sbi import Exchange, content, exchanges, find, json_of
from assay.checks.sepp import forwarded, patches
from assay.checks.settings import texts_of
from assay.model.assessment import Seen

__all__ = ["key_of_other_connection", "key_of_sepp"]


def key_of_sepp(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.2, sub-case 2: a patch that the peer SEPP's own key signed is discarded.

    The lab states the key's identifiers (`kid`): setting `sepp-key-ids`.
    """
    own = set(texts_of(log, "sepp-key-ids"))
    for one, body in forwarded(log):
        for held, said in patches(body):
            if held is not None and str(held.head.get("kid", "")) in own:
                yield _discarded(log, one, said, "a patch signed with the key of the peer SEPP")


def key_of_other_connection(log: Log) -> Iterator[Seen]:
    """33.517 4.2.2.3: a patch of an intermediary that was named on another N32 connection only is discarded."""
    lists = _named(log)
    for one, body in forwarded(log):
        context = next((str(value) for value in find(body, "n32fContextId")), "")
        for _, said in patches(body):
            who = next((str(value) for value in find(said, "identity")), "")
            elsewhere = any(who in held for other, held in lists.items() if other != context)
            if not who or not elsewhere or who in lists.get(context, ()):
                continue
            if context not in lists:
                yield Seen.open("whose patches this connection takes was not recorded on N32-c", one.request)
            else:
                yield _discarded(log, one, said, "a patch of an intermediary of another connection")


def _named(log: Log) -> dict[str, set[str]]:
    """N32-f context -> intermediaries whose keys were given for it on N32-c."""
    out: dict[str, set[str]] = defaultdict(set)
    for one in exchanges(log, "/n32c-handshake/", "POST"):
        said = [json_of(log, one.request), json_of(log, one.answer)] if one.answer else [json_of(log, one.request)]
        contexts = {str(value) for body in said for value in find(body, "n32fContextId")}
        names = {str(value) for body in said for value in find(body, "ipxProviderId")}
        for context in contexts if names else ():
            out[context] |= names
    return out


def _discarded(log: Log, one: Exchange, said: Any, what: str) -> Seen:  # noqa: ANN401  a JSON value is what it is
    """A patch that must not be applied: refused, left out of what goes on, applied, or not to be told."""
    if one.answer is None:
        return Seen.open(f"{what} has no answer in the recording", one.request)
    if one.status >= 400:
        return Seen.good(f"{what} is refused with status {one.status}", one.request, one.answer)
    values = [value for value in find(said, "value") if isinstance(value, str) and len(value) > 3]
    for other in exchanges(log):
        if other.request.key("src") != one.request.key("dst") or other.request.number < one.request.number:
            continue
        text = other.path.encode() + content(log, other.request)
        if any(value.encode() in text for value in values):
            return Seen.bad(f"{what} is applied", one.request, other.request)
        if values:
            return Seen.good(f"{what} is left out of the message that goes on", one.request, other.request)
    return Seen.open(f"{what} is answered with status {one.status}; what goes on was not recorded", one.request)
