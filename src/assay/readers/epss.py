"""FIRST EPSS: the daily table of probabilities that a vulnerability will be exploited, as CSV."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from assay.model.law import Interval
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.kev import CVE
from assay.readers.refusal import refusal, wrong_version
from assay.readers.strict_table import Row, parse
from assay.readers.strict_text import read_day

__all__ = ["FORMAT"]

_HEAD: Final = re.compile(r"#model_version:(v\d{4}\.\d{2}\.\d{2}),score_date:(\S+)")
_SHARE: Final = re.compile(r"(?:0|1)(?:\.\d{1,12})?|\d(?:\.\d{1,12})?[eE]-0?\d", re.ASCII)
_COLUMNS: Final = ("cve", "epss", "percentile")


def _fits(document: Document) -> bool:
    line = document.first_line()
    return line.startswith("#model_version:") or line.replace(" ", "").lower() == ",".join(_COLUMNS)


def _read(document: Document) -> Extract:
    match = _HEAD.fullmatch(document.first_line())
    if match is None:
        raise wrong_version("EPSS", document.first_line(), ("#model_version:vYYYY.MM.DD,score_date:...",), "line 1")
    day = read_day(match[2], "line 1")
    table = parse(document.data, skip=1)
    table.need(*_COLUMNS)
    valid = Interval(day, day + timedelta(days=1))
    claims = tuple(_row(row, valid) for row in table.rows)
    limits = ("a probability of its day, by a model of its makers; no statement about any product",)
    subjects = tuple(claim.about for claim in claims if claim.about)
    return Extract("epss", match[1], claims, subjects, table.foreign(*_COLUMNS), limits, day)


def _row(row: Row, valid: Interval) -> Claim:
    if not CVE.fullmatch(row["cve"]):
        raise refusal("E0810", f"{row['cve'][:60]!r} is no CVE id", row.place)
    for column in ("epss", "percentile"):
        if not _SHARE.fullmatch(row[column]):
            raise refusal("E0806", f"`{column}` = {row[column][:40]!r}", row.place, "a decimal between 0 and 1")
    about = Subject("vulnerability", row["cve"], place=row.place)
    return Claim("vulnerability.epss", row["epss"], row.place, about, valid, text=f"percentile {row['percentile']}")


FORMAT: Final = Format(
    "epss", "FIRST EPSS scores, CSV", ("with the line #model_version",), "https://www.first.org/epss/data_stats",
    _fits, _read, "model_version, score_date; cve, epss, percentile",
    "`vulnerability.epss` as decimal text, for its day; of a vulnerability, so no fact about a product",
)  # fmt: skip
