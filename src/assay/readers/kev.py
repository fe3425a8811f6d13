"""CISA KEV: the catalogue of vulnerabilities known to be exploited, as JSON."""

from __future__ import annotations

import re
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.strict_text import clean

__all__ = ["CVE", "FORMAT"]

CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)


def _fits(document: Document) -> bool:
    return isinstance(document.json, dict) and {"catalogVersion", "vulnerabilities"} <= set(document.json)


def _read(document: Document) -> Extract:
    top = root(document.json, "KEV")
    top.text("title", "")
    version, issued = top.filled("catalogVersion"), top.day("dateReleased")
    entries = top.items("vulnerabilities")
    if top.whole("count") != len(entries):
        top.fail("count", f"{top.whole('count')} entries are announced, {len(entries)} are there", code="E0810")
    claims = tuple(_entry(entry) for entry in entries)
    limits = ("a catalogue speaks of its day: what is not listed may be exploited all the same",)
    subjects = tuple(claim.about for claim in claims if claim.about)
    return Extract("kev", version, claims, subjects, collect(top), limits, issued)


def _entry(entry: Node) -> Claim:
    name = entry.matching("cveID", CVE, "a CVE id")
    what = f"{entry.text('vendorProject')} {entry.text('product')}: {entry.text('vulnerabilityName', '')}"
    ransom = entry.text("knownRansomwareCampaignUse", "Unknown")
    entry.text("requiredAction", "")
    entry.day("dueDate", None)
    about = Subject("vulnerability", name, place=entry.place)
    return Claim(
        "vulnerability.exploited", True, entry.place, about, Interval(entry.day("dateAdded")),
        text=clean(f"{what}; ransomware: {ransom.lower()}"),
    )  # fmt: skip


FORMAT: Final = Format(
    "kev", "CISA catalogue of known exploited vulnerabilities, JSON", ("the form of cisa.gov since 2021",),
    "https://www.cisa.gov/known-exploited-vulnerabilities-catalog", _fits, _read,
    "catalogVersion, dateReleased, count; cveID, vendorProject, product, vulnerabilityName, dateAdded, dueDate, "
    "requiredAction, knownRansomwareCampaignUse",
    "`vulnerability.exploited` true from dateAdded; of a vulnerability, so no fact about a product",
)  # fmt: skip
