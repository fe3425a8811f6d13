"""TS 33.117: what a producer's JSON parser does with hostile, ambiguous and oversized bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

from assay.checks.log import Log
from assay.checks.sbi import HTTP, Exchange, Sieve, content, exchanges, header, json_of, sifted
from assay.checks.settings import texts_of, true_of
from assay.model.assessment import Seen

__all__ = ["SIEVES", "code_or_fetch", "duplicate_keys", "out_of_bounds", "still_serves"]

_TOKEN_REFUSALS: Final = (401, 403)
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
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
    for bad, later in _next_valid(log, list(_odd(log, "duplicates"))):
        if later is None:
            yield Seen.open("no valid request after it is in the recording", bad.request)
        elif later.status >= 500:
            yield Seen.bad("the next valid request gets a server error", bad.request, later.request, *_answer(later))
        elif later.status < 400:
            yield Seen.good("the next valid request is served", bad.request, later.request, *_answer(later))
        else:
            yield Seen.open(f"the next request gets status {later.status}", bad.request, later.request)


def _next_valid(log: Log, odd: list[Exchange]) -> Iterator[tuple[Exchange, Exchange | None]]:
    """Each odd request with the next answered one to the same server that is not odd, found in one walk."""
    found: dict[int, Exchange] = {}
    waiting: dict[str, list[int]] = {}
    begun = 0
    for one in exchanges(log).after(odd[0].request) if odd else ():
        while begun < len(odd) and odd[begun].request.number < one.request.number:
            waiting.setdefault(odd[begun].request.key("dst"), []).append(odd[begun].request.number)
            begun += 1
        if not waiting and begun == len(odd):
            break
        server = one.request.key("dst")
        if server in waiting and one.answer is not None and not log.fields(one.request).get("duplicates"):
            found |= dict.fromkeys(waiting.pop(server), one)
    for bad in odd:
        yield bad, found.get(bad.request.number)


def _answer(one: Exchange) -> list[Any]:
    return [one.answer] if one.answer else []


def out_of_bounds(log: Log, bound: str) -> Iterator[Seen]:
    """33.117 4.3.6.4: a body beyond the limits of size, leaves, depth or of an element's format gets an error."""
    for one in _odd(log, bound):
        yield _refusal(one, {"range": "with a value out of range", "leaves": "with too many leaves",
                             "size": "beyond two million bytes", "depth": "nested too deeply"}[bound])  # fmt: skip


def _odd(log: Log, what: str) -> Iterator[Exchange]:
    """Requests whose body is odd in one way; every body is read once for all ways."""
    return (one for one, ways in sifted(log, _ODD) if what in ways.split())


def _ways(log: Log, one: Exchange) -> str:
    """The ways in which the body of a request is odd."""
    if one.method not in _WITH_BODY or not content(log, one.request):
        return ""
    said, text = header(log, one.request, "content-length"), content(log, one.request)
    leaves, wrong = _leaves(json_of(log, one.request))
    ways = {
        "duplicates": bool(log.fields(one.request).get("duplicates")),
        "size": len(text) > _MOST_BYTES or (said.isdecimal() and int(said) > _MOST_BYTES),
        "depth": _depth(text) > _DEEPEST,
        "leaves": leaves > _MOST_LEAVES,
        "range": wrong,
    }
    return " ".join(way for way, is_so in ways.items() if is_so)


def _depth(text: bytes) -> int:
    """How deeply brackets nest outside strings; 0 where there are too few for anyone to care."""
    if text.count(b"[") + text.count(b"{") <= _DEEPEST:
        return 0
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
    for one, _ in sifted(log, _BAITED):
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


def _baited(log: Log, one: Exchange) -> str:
    """Whether the body of a request names a bait that the lab states."""
    baits = texts_of(log, "canaries")
    if not baits or one.method not in _WITH_BODY:
        return ""
    held = content(log, one.request).decode("latin-1")
    return "baited" if any(bait in held for bait in baits) else ""


_ODD: Final = Sieve(_ways)
_BAITED: Final = Sieve(_baited)
SIEVES: Final = (_ODD, _BAITED)


def _fetch(log: Log, one: Exchange, baits: set[str]) -> Any:  # noqa: ANN401  an event or None
    number = one.request.number
    for event in chain(log.of(HTTP, "request").after(number), log.of("tls", "client-hello").after(number)):
        where = (event.key("authority").partition(":")[0], event.key("dst"), event.key("sni"))
        if event.key("src") == one.request.key("dst") and set(where) & baits:
            return event
    return None
