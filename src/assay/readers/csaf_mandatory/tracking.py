"""Tests of version and revision history: CSAF 6.1.14, 6.1.16 to 6.1.22, 6.1.30, 6.1.37."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from assay.readers.csaf_mandatory.advisory import Advisory, Fault, Instant, instant, text_of
from assay.readers.cursor import Node

__all__ = [
    "draft_status", "history_is_complete", "history_is_released", "history_is_sorted", "latest_version",
    "no_prerelease_in_history", "no_prerelease_when_released", "numbers_once", "one_kind_of_version", "real_times",
]  # fmt: skip

_VERSION: Final = re.compile(r"(\d+)(?:\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?", re.ASCII)
_RELEASED: Final = ("final", "interim")
_LONGEST: Final = 60
Number = tuple[int, int, int]
_TIMES: Final = {
    "": ("disclosure_date", "discovery_date", "release_date"),
    "first_known_exploitation_dates": ("date", "exploitation_date"),
    "flags": ("date",), "involvements": ("date",), "remediations": ("date",), "threats": ("date",),
}  # fmt: skip


def _number(text: str) -> Number:
    """Major, minor and patch; whole numbers count as N.0.0."""
    found = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else (-1, 0, 0)


def _pre(text: str) -> bool:
    found = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    return bool(found and found[4])


def _semantic(text: str) -> bool:
    return "." in text


def _sorted(advisory: Advisory) -> list[tuple[Instant, Number, Node]]:
    rows = [(instant(node, "date"), _number(text_of(node, "number")), node) for node in advisory.revisions()]
    return sorted(rows, key=lambda row: row[:2])


def _version(advisory: Advisory) -> tuple[str, str]:
    return text_of(advisory.tracking, "version"), advisory.tracking.at("version")


def history_is_sorted(advisory: Advisory) -> Iterator[Fault]:
    """6.1.14: by date, the numbers of the revision history ascend."""
    rows = _sorted(advisory)
    for before, after in pairwise(rows):
        if after[1] < before[1]:
            yield Fault(after[2].at("number"), "a later revision bears a smaller number", "numbers that ascend")


def latest_version(advisory: Advisory) -> Iterator[Fault]:
    """6.1.16: the document's version is that of its newest revision, build metadata left out."""
    rows = _sorted(advisory)
    version, place = _version(advisory)
    if not rows:
        yield Fault(advisory.tracking.at("revision_history"), "the revision history is empty", "a revision")
        return
    newest = text_of(rows[-1][2], "number").partition("+")[0]
    own = version.partition("+")[0]
    if advisory.status == "draft":
        own, newest = own.partition("-")[0], newest.partition("-")[0]
    if own != newest:
        yield Fault(place, f"the version is {own[:40]!r}, the newest revision {newest[:40]!r}", "the same")


def draft_status(advisory: Advisory) -> Iterator[Fault]:
    """6.1.17: version 0, 0.y.z or with a pre-release part is a draft."""
    version, place = _version(advisory)
    if (_number(version)[0] == 0 or _pre(version)) and advisory.status != "draft":
        yield Fault(place, f"version {version[:40]} is {advisory.status}", "the status draft")


def history_is_released(advisory: Advisory) -> Iterator[Fault]:
    """6.1.18: what is final or interim has no revision 0 or 0.y.z."""
    for node in advisory.revisions() if advisory.status in _RELEASED else ():
        if _number(text_of(node, "number"))[0] == 0:
            yield Fault(node.at("number"), f"a document that is {advisory.status} has a revision 0")


def no_prerelease_in_history(advisory: Advisory) -> Iterator[Fault]:
    """6.1.19: no revision bears a pre-release number."""
    for node in advisory.revisions():
        if _pre(text_of(node, "number")):
            yield Fault(node.at("number"), "a revision with a pre-release number")


def no_prerelease_when_released(advisory: Advisory) -> Iterator[Fault]:
    """6.1.20: what is final or interim has no pre-release version."""
    version, place = _version(advisory)
    if advisory.status in _RELEASED and _pre(version):
        yield Fault(place, f"a document that is {advisory.status} has a pre-release version")


def history_is_complete(advisory: Advisory) -> Iterator[Fault]:
    """6.1.21: no major number is left out, and the first is 0 or 1."""
    rows = _sorted(advisory)
    if rows and rows[0][1][0] not in (0, 1):
        yield Fault(rows[0][2].at("number"), "the revision history does not begin with 0 or 1")
    for before, after in pairwise(rows):
        if after[1][0] - before[1][0] not in (0, 1):
            yield Fault(after[2].at("number"), "the revision history leaves a number out")


def numbers_once(advisory: Advisory) -> Iterator[Fault]:
    """6.1.22: no revision number stands twice."""
    seen: set[str] = set()
    for node in advisory.revisions():
        number = text_of(node, "number")
        if number in seen:
            yield Fault(node.at("number"), f"the revision {number[:40]} stands twice")
        seen.add(number)


def one_kind_of_version(advisory: Advisory) -> Iterator[Fault]:
    """6.1.30: whole numbers or semantic versions, never both."""
    version, place = _version(advisory)
    for text, where in [(version, place), *((text_of(n, "number"), n.at("number")) for n in advisory.revisions())]:
        if not _VERSION.fullmatch(text) or len(text) > _LONGEST:
            yield Fault(where, f"{text[:40]!r} is no version", "a whole number or a semantic version")
        elif _semantic(text) != _semantic(version):
            yield Fault(where, "whole numbers and semantic versions stand beside one another")


def real_times(advisory: Advisory) -> Iterator[Fault]:
    """6.1.37: every date-time is one of RFC 3339 with upper-case signs and no leap second."""
    tracking = advisory.tracking
    nodes: list[tuple[Node, tuple[str, ...]]] = [(tracking, ("current_release_date", "initial_release_date"))]
    nodes += [(node, ("date",)) for node in advisory.revisions()]
    generator = tracking.child("generator")
    nodes += [(generator, ("date",))] if generator else []
    for vulnerability in advisory.vulnerabilities:
        for key, names in _TIMES.items():
            nodes += [(node, names) for node in (vulnerability.items(key) if key else [vulnerability])]
    for node, names in nodes:
        for name in names:
            if node.has(name):
                instant(node, name, leap=False)
    yield from ()
