"""JUnit XML: test reports of labs and of continuous integration. There is no standard; the common core is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from assay.model.law import Interval
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract
from assay.readers.format import Format
from assay.readers.refusal import refusal
from assay.readers.strict_text import read_day
from assay.readers.strict_xml import Element, collect, local, space

__all__ = ["FORMAT"]

_VERDICTS: Final = ("failure", "error", "skipped")


def _fits(document: Document) -> bool:
    return document.xml is not None and local(document.xml.tag) in ("testsuites", "testsuite")


def _read(document: Document) -> Extract:
    assert document.xml is not None
    if space(document.xml.tag):
        raise refusal("E0808", "JUnit XML has no namespace", where="/", expected="<testsuites> or <testsuite>")
    top = Element(document.xml)
    claims: list[Claim] = []
    count: Counter[str] = Counter()
    days = []
    for suite in _suites(top):
        day = _day(suite)
        days += [day] if day else []
        suite.attribute("name", "")
        for case in suite.children("testcase"):
            verdict, claim = _case(case, Interval(day))
            count[verdict] += 1
            claims += [claim] if claim else []
    if not count:
        raise refusal("E0809", "the report holds no test case", where=top.place, expected="<testcase>")
    limits = [
        f"test cases that ended as {v}, and so make no fact: {count[v]}" for v in ("error", "skipped") if count[v]
    ]
    limits.append("a test's name says nothing of what it tests; a person or a mapping ties it to a clause")
    return Extract(
        "junit", "", tuple(claims), foreign=collect(top), limits=tuple(limits), issued=min(days, default=None)
    )


def _suites(top: Element) -> Iterator[Element]:
    """Every suite, those in suites included, in the order of the file."""
    if local(top.tree.tag) == "testsuite":
        yield top
    for suite in top.children("testsuite"):
        yield from _suites(suite)


def _day(suite: Element) -> date | None:
    stamp = suite.attribute("timestamp", "")
    return read_day(stamp, f"{suite.place}/@timestamp") if stamp else None


def _case(case: Element, valid: Interval) -> tuple[str, Claim | None]:
    name = case.attribute("name")
    owner = case.attribute("classname", "")
    title = f"{owner}.{name}" if owner else name
    found = [verdict for verdict in _VERDICTS if case.children(verdict)]
    verdict = min(found, key=("error", "failure", "skipped").index, default="passed")
    if verdict in ("error", "skipped"):
        return verdict, None
    said = case.children("failure")
    text = said[0].attribute("message", "") if said else ""
    for failure in said:
        failure.content()
        failure.attribute("type", "")
    attribute = "product.test-failed" if said else "product.test-passed"
    return verdict, Claim(attribute, title, case.place, None, valid, text=text)


FORMAT: Final = Format(
    "junit", "JUnit XML test report", ("no version: testsuites or testsuite without namespace",),
    "https://github.com/testmoapp/junitxml (collected practice; there is no standard)", _fits, _read,
    "testsuite timestamp; testcase name, classname; failure, error, skipped",
    "`product.test-passed`, `product.test-failed` for the subject that the signed statement names; "
    "error and skipped make none",
)  # fmt: skip
