"""TS 33.117: what a web server gives away in headers, error pages, methods and listings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assay.checks.log import Log
from assay.checks.sbi import Exchange, content, exchanges, header
from assay.checks.settings import texts_of
from assay.model.assessment import Seen

__all__ = ["directory_listing", "error_pages", "header_information", "unused_methods"]

_TELLING: Final = ("server", "x-powered-by", "via", "x-aspnet-version", "x-generator")
_VERSION: Final = re.compile(r"\d+\.\d+|/\d|\bv\d", re.IGNORECASE)
_INTERNALS: Final = re.compile(
    rb"Traceback \(most recent|\bat [\w.$]+\([\w.]+:\d+\)|goroutine \d+|panic:"
    rb"|/(?:usr|home|opt|root|var|src|build)/[\w./-]+|\b[\w-]+\.(?:go|c|cc|cpp|java|py|js|rs):\d+"
    rb"|(?:nginx|Apache|Jetty|Tomcat|IIS|Werkzeug)[/ ]\d|<h1>(?:404|500)[^<]*</h1><hr>",
)
_LISTING: Final = re.compile(rb"<title>Index of /|<h1>Index of /|Directory listing for ", re.IGNORECASE)


def _own(log: Log) -> list[Exchange]:
    """Exchanges whose answer comes from the product, where the lab states its addresses."""
    addresses = texts_of(log, "product-addresses")
    return [one for one in exchanges(log) if one.answer and (not addresses or one.request.key("dst") in addresses)]


def _said(log: Log, one: Exchange, name: str) -> str:
    """The value of a header field; that of Via without the version of HTTP that it begins with."""
    value = header(log, one.answer, name)
    return re.sub(r"(^|,)\s*(HTTP/)?[\d.]+\s", " ", value) if name == "via" else value


def header_information(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.11: no header tells a version or module, in normal and error answers."""
    clean: dict[str, list[Exchange]] = {}
    shown: set[tuple[str, str]] = set()
    for one in _own(log):
        assert one.answer is not None
        told = [f"{name}: {value}" for name in _TELLING if _VERSION.search(value := _said(log, one, name))]
        server = one.request.key("dst")
        if told and (server, told[0]) not in shown:
            shown.add((server, told[0]))
            yield Seen.bad(f"an answer tells {told[0][:80]}", one.answer)
        elif not told and one.answer.key("headers") == "whole":
            clean.setdefault(server, []).append(one)
    for held in clean.values():
        errors = [one.answer for one in held if one.status >= 400 and one.answer]
        if errors and len(errors) < len(held):
            yield Seen.good("normal and error answers tell no version", errors[0])
        else:
            yield Seen.open("no version is told; normal and error answers are both needed", *errors[:1])


def error_pages(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.12: no error answer shows versions, traces, paths or a default page."""
    classes: dict[str, set[int]] = {}
    for one in _own(log):
        assert one.answer is not None
        if one.status < 400:
            continue
        found = _INTERNALS.search(content(log, one.answer))
        if found:
            yield Seen.bad(f"an error answer shows internals ({one.status})", one.request, one.answer)
            continue
        seen = classes.setdefault(one.request.key("dst"), set())
        seen.add(one.status)
        if len(seen) == 2:
            yield Seen.good("error answers of several kinds show no internals", one.answer)
    for server, seen in classes.items():
        if len(seen) == 1:
            yield Seen.open(f"only status {min(seen)} was provoked at {server}")


def unused_methods(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.3: TRACE and TRACK are off, and so is what the lab does not state as needed."""
    needed = set(texts_of(log, "needed-methods"))
    for one in _own(log):
        assert one.answer is not None
        method = one.method
        probing = method in ("TRACE", "TRACK") or (needed and method not in needed and method)
        if not probing:
            continue
        if 200 <= one.status < 300:
            yield Seen.bad(f"{method} is served", one.request, one.answer)
        elif one.status in (400, 403, 404, 405, 501):
            yield Seen.good(f"{method} is refused with status {one.status}", one.request, one.answer)
        else:
            yield Seen.open(f"{method} gets status {one.status}", one.request, one.answer)


def directory_listing(log: Log) -> Iterator[Seen]:
    """33.117 4.3.4.10: no folder is listed."""
    for one in _own(log):
        assert one.answer is not None
        if one.method != "GET" or not one.path.endswith("/"):
            continue
        if _LISTING.search(content(log, one.answer)):
            yield Seen.bad("a folder is listed", one.request, one.answer)
        elif one.status >= 400:
            yield Seen.good(f"a folder is not listed: status {one.status}", one.request, one.answer)
        else:
            yield Seen.open(f"a folder is answered with status {one.status}, no listing is recognised", one.request)
