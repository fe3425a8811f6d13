"""TS 33.117: what a producer's JSON parser does with hostile, ambiguous and oversized bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

from assay.checks.log import Log
from assay.checks.sbi import HTTP, Exchange, content, exchanges, header, json_of
from assay.checks.settings import texts_of, true_of
from assay.model.assessment import Seen

__all__ = ["code_or_fetch", "duplicate_keys", "out_of_bounds", "still_serves"]

_TOKEN_REFUSALS: Final = (401, 403)
_MOST_LEAVES, _MOST_BYTES, _DEEPEST = 16_000, 2_000_000, 32
_FORMATS: Final[dict[str, Callable[[Any], bool]]] = {
    "sst": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255,
    "sd": lambda value: isinstance(value, str) and bool(re.fullmatch(r"[A-Fa-f0-9]{6}", value)),
    "mcc": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d{3}", value)),
    "mnc": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d{2,3}", value)),
    "pduSessionId": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255,
    "priority": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535,
    "capacity": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535,
    "load": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100,
    "heartBeatTimer": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
}
"""Elements whose format is the same in all APIs (TS 29.571, TS 29.510)."""


def _bodies(log: Log) -> list[Exchange]:
    return log.once("bodies", _with_bodies)


def _with_bodies(log: Log) -> list[Exchange]:
    return [one for one in exchanges(log) if one.method in ("POST", "PUT", "PATCH") and content(log, one.request)]


def _refusal(one: Exchange, what: str) -> Seen:
    if one.answer is None:
        return Seen.open(f"a body {what} has no answer in the recording", one.request)
    if one.status in _TOKEN_REFUSALS:
        return Seen.open(f"status {one.status}: refused before the body was read", one.request, one.answer)
    if one.status >= 400:
        return Seen.good(f"a body {what} is answered with status {one.status}", one.request, one.answer)
    return Seen.bad(f"a body {what} is accepted with status {one.status}", one.request, one.answer)


def duplicate_keys(log: Log) -> Iterator[Seen]:
    """33.117 4.3.6.3, sub-case 1: a body with a repeated key gets an error."""
    for one in _odd(log, "duplicates"):
        yield _refusal(one, "with a repeated key")


def still_serves(log: Log) -> Iterator[Seen]:
    """33.117 4.3.6.3, sub-case 2: after such a body a valid request is served as before."""
    held = exchanges(log)
    for bad in _odd(log, "duplicates"):
        later = [
            one for one in held
            if one.request.number > bad.request.number and one.request.key("dst") == bad.request.key("dst")
            and not log.fields(one.request).get("duplicates") and one.answer is not None
        ]  # fmt: skip
        if not later:
            yield Seen.open("no valid request after it is in the recording", bad.request)
        elif later[0].status >= 500:
            yield Seen.bad(
                "the next valid request gets a server error", bad.request, later[0].request, *_answer(later[0])
            )
        elif later[0].status < 400:
            yield Seen.good("the next valid request is served", bad.request, later[0].request, *_answer(later[0]))
        else:
            yield Seen.open(f"the next request gets status {later[0].status}", bad.request, later[0].request)


def _answer(one: Exchange) -> list[Any]:
    return [one.answer] if one.answer else []


def out_of_bounds(log: Log, bound: str) -> Iterator[Seen]:
    """33.117 4.3.6.4: a body beyond the limits of size, leaves, depth or of an element's format gets an error."""
    for one in _odd(log, bound):
        yield _refusal(one, {"range": "with a value out of range", "leaves": "with too many leaves",
                             "size": "beyond two million bytes", "depth": "nested too deeply"}[bound])  # fmt: skip


def _odd(log: Log, what: str) -> list[Exchange]:
    """Requests whose body is odd in one way; every body is read once for all ways."""
    return [one for one, ways in log.once("odd bodies", _oddities) if what in ways]


def _oddities(log: Log) -> list[tuple[Exchange, set[str]]]:
    found = ((one, _ways(log, one)) for one in _bodies(log))
    return [(one, ways) for one, ways in found if ways]


def _ways(log: Log, one: Exchange) -> set[str]:
    said, text = header(log, one.request, "content-length"), content(log, one.request)
    leaves, wrong = _leaves(json_of(log, one.request))
    ways = {
        "duplicates": bool(log.fields(one.request).get("duplicates")),
        "size": len(text) > _MOST_BYTES or (said.isdecimal() and int(said) > _MOST_BYTES),
        "depth": _depth(text) > _DEEPEST,
        "leaves": leaves > _MOST_LEAVES,
        "range": wrong,
    }
    return {way for way, is_so in ways.items() if is_so}


def _depth(text: bytes) -> int:
    """How deeply brackets nest outside strings."""
    depth = deepest = 0
    for byte in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text):
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _leaves(value: Any) -> tuple[int, bool]:  # noqa: ANN401  a JSON value is what it is
    """How many leaves a document has, and whether one of a known element is out of its format."""
    count, wrong, todo = 0, False, [("", value)]
    while todo:
        name, one = todo.pop()
        if isinstance(one, dict):
            todo += list(one.items())
        elif isinstance(one, list):
            todo += [(name, inner) for inner in one]
        elif one is not None:
            count += 1
            wrong = wrong or (name in _FORMATS and not _FORMATS[name](one))
    return count, wrong


def code_or_fetch(log: Log) -> Iterator[Seen]:
    """33.117 4.3.6.2: nothing that a body names is fetched. The lab states its bait: setting `canaries`."""
    baits = texts_of(log, "canaries")
    for one in _bodies(log) if baits else ():
        held = content(log, one.request).decode("latin-1")
        named = [bait for bait in baits if bait in held]
        if not named:
            continue
        if one.status in _TOKEN_REFUSALS:
            yield Seen.open(f"status {one.status}: refused before the body was read", one.request, *_answer(one))
            continue
        fetched = _fetch(log, one, set(baits))
        if fetched is not None:
            yield Seen.bad("the product fetches what a body named", one.request, fetched)
        elif not log.watched(one.answer or one.request):
            yield Seen.open("the recording ends too soon to say that nothing is fetched", one.request)
        elif true_of(log, "outgoing-recorded"):
            yield Seen.good("nothing that the body named is fetched", one.request, *_answer(one))
        else:
            yield Seen.open("whether all outgoing traffic was recorded is not stated (outgoing-recorded)", one.request)


def _fetch(log: Log, one: Exchange, baits: set[str]) -> Any:  # noqa: ANN401  an event or None
    for event in chain(log.of(HTTP, "request"), log.of("tls", "client-hello")):
        where = (event.key("authority").partition(":")[0], event.key("dst"), event.key("sni"))
        if event.number > one.request.number and event.key("src") == one.request.key("dst") and set(where) & baits:
            return event
    return None
