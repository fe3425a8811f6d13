"""Reports of `assay inspect` (`assay-inspection/1`): what recordings of a named product show, case by case."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version

__all__ = ["FORMAT", "SCHEMA", "attribute_of"]

SCHEMA: Final = "assay-inspection/1"
_VERDICTS: Final = ("pass", "fail", "inconclusive", "error", "not-applicable", "not-run")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,90}")


def attribute_of(case: str) -> str:
    """The attribute that says whether a product passed a case."""
    return f"scas.{case.lower()}"


def _fits(document: Document) -> bool:
    schema = document.json.get("schema") if isinstance(document.json, dict) else None
    return isinstance(schema, str) and schema.startswith("assay-inspection/")


def _read(document: Document) -> Extract:
    top = root(document.json, "inspection")
    if top.text("schema") != SCHEMA:
        raise wrong_version("inspection report", top.text("schema"), (SCHEMA,), "/schema")
    product = top.needed("product")
    name, release = product.text("product", ""), product.text("release", "")
    about = Subject("product", name, "" if release and name.endswith(release) else release) if name else None
    days = [day for day in map(_day, top.items("evidence")) if day]
    start = min(days, default=None)
    claims, left = [], 0
    for row in top.items("cases"):
        claim = _claim(row, about, start) if about else None
        claims += [claim] if claim else []
        left += claim is None
    limits = [f"{left} cases passed or failed nothing: they make no fact"] if left else []
    limits.append("that the recordings came from this product is what the signed statement about this report says")
    if about is None:
        limits.append("no product is named: the report makes no fact")
    return Extract("inspection", SCHEMA, tuple(claims), (about,) if about else (), collect(top), tuple(limits), start)


def _day(row: Node) -> date | None:
    """The day of a recording: of its first frame."""
    return row.day("first") if row.text("first", "") else None


def _claim(row: Node, about: Subject | None, start: date | None) -> Claim | None:
    own = row.matching("id", _ID, "the id of a case")
    verdict = row.text("verdict", allowed=_VERDICTS)
    reason = row.text("reason", "")
    if verdict not in ("pass", "fail"):
        return None
    return Claim(attribute_of(own), verdict == "pass", row.at("verdict"), about, Interval(start), "finding", reason)


FORMAT: Final = Format(
    "inspection", "report of assay inspect", (SCHEMA,), "docs/case-format.md", _fits, _read,
    "product name and release; first time of each recording; id, verdict and reason of each case",
    "`scas.CASE` true for pass, false for fail, about the named product, from the day of the recording; the other "
    "states make none",
)  # fmt: skip
