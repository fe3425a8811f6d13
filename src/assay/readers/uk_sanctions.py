"""UK Sanctions List of the foreign office, XML or CSV. Entities only."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.listing import LISTED, Entry, listed
from assay.readers.refusal import refusal
from assay.readers.strict_table import Row, parse
from assay.readers.strict_text import read_day_of
from assay.readers.strict_xml import Element, collect, local

__all__ = ["FORMAT"]

_TITLE: Final = "UK Sanctions List"
_ENTITY: Final = "Entity"
_HEAD: Final = re.compile(r'"?Report Date: (\d{1,2}-[A-Za-z]{3,9}-\d{4})"?,*')
_COLUMNS: Final = (
    "Unique ID", "Name 6", "Name type", "Regime Name", "Designation Type", "Sanctions Imposed", "Address Country",
    "Date Designated",
)  # fmt: skip
_PRIMARY: Final = "primary name"


def _fits(document: Document) -> bool:
    if document.xml is not None:
        return local(document.xml.tag) == "Designations"
    return document.first_line().lstrip('"').startswith("Report Date: ")


def _read(document: Document) -> Extract:
    return _read_csv(document) if document.xml is None else _read_xml(Element(document.xml))


def _read_xml(top: Element) -> Extract:
    passed: Counter[str] = Counter()
    entries = []
    issued = read_day_of(top.text("DateGenerated"), "d/m/y", "/Designations/DateGenerated")
    for node in top.children("Designation"):
        kind = node.text("IndividualEntityShip")
        if kind != _ENTITY:
            passed[kind] += 1
            node.skip()
        else:
            entries.append(_entry(node))
    return listed("uk-sanctions", _TITLE, entries, passed, issued, collect(top))


def _entry(node: Element) -> Entry:
    names = [(name.text("NameType", "").lower(), name.text("Name6", "")) for name in node.under("Names", "Name")]
    names += [
        ("other script", other.text("NameNonLatinScript", "")) for other in node.under("NonLatinNames", "NonLatinName")
    ]
    ordered = _ordered(names, node.place)
    designated = node.text("DateDesignated", "")
    begun = read_day_of(designated, "d/m/y", f"{node.place}/DateDesignated") if designated else None
    countries = tuple(address.text("AddressCountry", "") for address in node.under("Addresses", "Address"))
    programmes = (node.text("RegimeName"), *node.text("SanctionsImposed", "").split("|"))
    return Entry(
        node.text("UniqueID"),
        ordered[0],
        node.place,
        tuple(ordered[1:]),
        tuple(filter(None, programmes)),
        countries,
        begun,
    )


def _ordered(names: list[tuple[str, str]], place: str) -> list[str]:
    """Names with the primary one first."""
    ordered = [name for _, name in sorted(names, key=lambda pair: pair[0] != _PRIMARY) if name]
    if not ordered:
        raise refusal("E0809", "an entity without a name", place, "Name6")
    return ordered


def _read_csv(document: Document) -> Extract:
    match = _HEAD.fullmatch(document.first_line())
    if match is None:
        raise refusal("E0809", "the first line gives no day", "line 1", "Report Date: 31-Jan-2026")
    table = parse(document.data, skip=1)
    table.need(*_COLUMNS)
    passed: Counter[str] = Counter()
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(row.needed("Unique ID"), []).append(row)
    entries = []
    for rows in groups.values():
        kind = rows[0]["Designation Type"]
        if kind != _ENTITY:
            passed[kind or "no type stated"] += 1
        else:
            entries.append(_entry_of(rows))
    issued = read_day_of(match[1], "d-b-y", "line 1")
    return listed("uk-sanctions", _TITLE, entries, passed, issued, table.foreign(*_COLUMNS))


def _entry_of(rows: list[Row]) -> Entry:
    first = rows[0]
    ordered = _ordered([(row["Name type"].lower(), row["Name 6"]) for row in rows], first.place)
    designated = first["Date Designated"]
    begun = read_day_of(designated, "d/m/y", first.place) if designated else None
    programmes = (first["Regime Name"], *first["Sanctions Imposed"].split("|"))
    countries = tuple(row["Address Country"] for row in rows)
    return Entry(
        first["Unique ID"],
        ordered[0],
        first.place,
        tuple(ordered[1:]),
        tuple(filter(None, programmes)),
        countries,
        begun,
    )


FORMAT: Final = Format(
    "uk-sanctions", "UK Sanctions List, XML or CSV", ("Designations, with DateGenerated", "CSV with Report Date"),
    "https://www.gov.uk/government/publications/the-uk-sanctions-list", _fits, _read,
    "day of the list; of entities: unique id, names, regime, sanctions, countries, day of designation; individuals and "
    "ships are counted and not read",
    LISTED,
)  # fmt: skip
