"""TS 33.117: what a web server gives away in headers, error pages, methods and listings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assay.checks.log import Log
from assay.checks.sbi import Exchange, Sieve, content, header, sifted
from assay.checks.settings import texts_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["SIEVES", "directory_listing", "error_pages", "header_information", "unused_methods"]

_TELLING: Final = ("server", "x-powered-by", "via", "x-aspnet-version", "x-generator")
_VERSION: Final = re.compile(r"\d+\.\d+|/\d|\bv\d", re.IGNORECASE)
_INTERNALS: Final = re.compile(
    rb"Traceback \(most recent|\bat [\w.$]+\([\w.]+:\d+\)|goroutine \d+|panic:"
    rb"|/(?:usr|home|opt|root|var|src|build)/[\w./-]+|\b[\w-]+\.(?:go|c|cc|cpp|java|py|js|rs):\d+"
    rb"|(?:nginx|Apache|Jetty|Tomcat|IIS|Werkzeug)[/ ]\d|<h1>(?:404|500)[^<]*</h1><hr>",
)
_BOTH: Final = ("normal", "error")
_LISTING: Final = re.compile(rb"<title>Index of /|<h1>Index of /|Directory listing for ", re.IGNORECASE)


def _own(log: Log, one: Exchange) -> bool:
    """Whether there is an answer, and of the product, where the lab states its addresses."""
    addresses = texts_of(log, "product-addresses")
    return bool(one.answer) and (not addresses or one.request.key("dst") in addresses)


def _said(log: Log, one: Exchange, name: str) -> str:
    """The value of a header field; that of Via without the version of HTTP that it begins with."""
    value = header(log, one.answer, name)
    return re.sub(r"(^|,)\s*(HTTP/)?[\d.]+\s", " ", value) if name == "via" else value


def header_information(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.11: no header tells a version or module, in normal and error answers."""
    clean: dict[str, dict[str, Exchange]] = {}
    for one, mark in sifted(log, _TOLD):
        what, _, told = mark.partition(" ")
        if what == "tells":
            yield Seen.bad(f"an answer tells {told.partition(' ')[2][:80]}", *_answer(one))
        else:
            clean.setdefault(told, {})[what] = one
    for held in clean.values():
        if len(held) == len(_BOTH):
            yield Seen.good("normal and error answers tell no version", *_answer(held["error"]))
        else:
            errors = [answer for what, one in held.items() if what == "error" for answer in _answer(one)]
            yield Seen.open("no version is told; normal and error answers are both needed", *errors)


def _told(log: Log, one: Exchange) -> str:
    """What the headers of an answer give away, with the server; else whether it is a normal or an error answer."""
    if not _own(log, one) or one.answer is None:
        return ""
    server = one.request.key("dst")
    for name in _TELLING:
        value = _said(log, one, name)
        if _VERSION.search(value):
            return f"tells {server} {name}: {value}"
    return f"{_BOTH[one.status >= 400]} {server}" if one.answer.key("headers") == "whole" else ""


def _answer(one: Exchange) -> list[Event]:
    return [one.answer] if one.answer else []


def error_pages(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.12: no error answer shows versions, traces, paths or a default page."""
    classes: dict[str, set[int]] = {}
    for one, shows in sifted(log, _ERRORS):
        assert one.answer is not None
        if shows == "internals":
            yield Seen.bad(f"an error answer shows internals ({one.status})", one.request, one.answer)
            continue
        seen = classes.setdefault(one.request.key("dst"), set())
        seen.add(one.status)
        if len(seen) == 2:
            yield Seen.good("error answers of several kinds show no internals", one.answer)
    for server, seen in classes.items():
        if len(seen) == 1:
            yield Seen.open(f"only status {min(seen)} was provoked at {server}")


def _error(log: Log, one: Exchange) -> str:
    """Whether an error answer shows internals."""
    if not _own(log, one) or one.status < 400:
        return ""
    return "internals" if _INTERNALS.search(content(log, one.answer)) else "none"


def unused_methods(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.3: TRACE and TRACK are off, and so is what the lab does not state as needed."""
    for one, method in sifted(log, _PROBES):
        assert one.answer is not None
        if 200 <= one.status < 300:
            yield Seen.bad(f"{method} is served", one.request, one.answer)
        elif one.status in (400, 403, 404, 405, 501):
            yield Seen.good(f"{method} is refused with status {one.status}", one.request, one.answer)
        else:
            yield Seen.open(f"{method} gets status {one.status}", one.request, one.answer)


def _probe(log: Log, one: Exchange) -> str:
    """The method of a request that no server needs."""
    needed = set(texts_of(log, "needed-methods"))
    method = one.method
    probing = method in ("TRACE", "TRACK") or (needed and method not in needed)
    return method if probing and _own(log, one) else ""


def directory_listing(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.10: no folder is listed."""
    for one, _ in sifted(log, _FOLDERS):
        assert one.answer is not None
        if _LISTING.search(content(log, one.answer)):
            yield Seen.bad("a folder is listed", one.request, one.answer)
        elif one.status >= 400:
            yield Seen.good(f"a folder is not listed: status {one.status}", one.request, one.answer)
        else:
            yield Seen.open(f"a folder is answered with status {one.status}, no listing is recognised", one.request)


def _folder(log: Log, one: Exchange) -> str:
    """Whether a folder is asked for."""
    return "folder" if one.method == "GET" and one.path.endswith("/") and _own(log, one) else ""


_TOLD: Final = Sieve(_told, first=True)
_ERRORS: Final = Sieve(_error)
_PROBES: Final = Sieve(_probe)
_FOLDERS: Final = Sieve(_folder)
SIEVES: Final = (_TOLD, _ERRORS, _PROBES, _FOLDERS)
