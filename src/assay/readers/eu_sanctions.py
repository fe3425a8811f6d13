"""EU consolidated list of financial sanctions 1.1, XML or CSV. Enterprises only."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.listing import LISTED, Entry, listed
from assay.readers.refusal import wrong_version
from assay.readers.strict_table import Row, parse
from assay.readers.strict_text import read_day, read_day_of
from assay.readers.strict_xml import Element, collect, local, space

__all__ = ["FORMAT"]

_SPACE: Final = "http://eu.europa.ec/fpi/fsd/export"
_TITLE: Final = "EU financial sanctions"
_ENTERPRISE: Final = "enterprise"
_HEAD: Final = "fileGenerationDate;Entity_LogicalId;"
_COLUMNS: Final = (
    "fileGenerationDate", "Entity_LogicalId", "Entity_EU_ReferenceNumber", "Entity_SubjectType_ClassificationCode",
    "Entity_Regulation_EntryIntoForceDate", "Entity_Regulation_Programme", "NameAlias_WholeName",
)  # fmt: skip
_COUNTRY: Final = "Address_CountryIso2Code"


def _fits(document: Document) -> bool:
    if document.xml is not None:
        return local(document.xml.tag) == "export" and "/fsd/" in space(document.xml.tag)
    return document.first_line().startswith(_HEAD)


def _read(document: Document) -> Extract:
    return _read_csv(document) if document.xml is None else _read_xml(Element(document.xml))


def _read_xml(top: Element) -> Extract:
    if space(top.tree.tag) != _SPACE:
        raise wrong_version("EU list", space(top.tree.tag), (_SPACE,), "/export")
    issued = read_day(top.attribute("generationDate"), "/export/@generationDate")
    passed: Counter[str] = Counter()
    entries = []
    for node in top.children("sanctionEntity"):
        kind = node.needed("subjectType").attribute("code")
        if kind != _ENTERPRISE:
            passed[kind] += 1
            node.skip()
            node.needed("subjectType").skip()
        else:
            entries.append(_entry(node))
    return listed("eu-fsf", _TITLE, entries, passed, issued, collect(top))


def _entry(node: Element) -> Entry:
    names = [alias.attribute("wholeName", "") for alias in node.children("nameAlias")]
    named = [name for name in names if name]
    if not named:
        node.fail("nameAlias", "an enterprise without a name", "wholeName")
    regulations = node.children("regulation")
    programmes = tuple(regulation.attribute("programme", "") for regulation in regulations)
    days = [_day(regulation.attribute("entryIntoForceDate", ""), regulation.place) for regulation in regulations]
    countries = tuple(address.attribute("countryIso2Code", "") for address in node.children("address"))
    key = node.attribute("euReferenceNumber", "") or node.attribute("logicalId")
    begun = min((day for day in days if day), default=None)
    return Entry(key, named[0], node.place, tuple(named[1:]), tuple(filter(None, programmes)), countries, begun)


def _day(text: str, where: str) -> date | None:
    return read_day(text, where) if text else None


def _read_csv(document: Document) -> Extract:
    table = parse(document.data, separator=";")
    table.need(*_COLUMNS)
    passed: Counter[str] = Counter()
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(row.needed("Entity_LogicalId"), []).append(row)
    entries = []
    for rows in groups.values():
        kind = rows[0]["Entity_SubjectType_ClassificationCode"]
        if kind != _ENTERPRISE:
            passed[kind or "no type stated"] += 1
        else:
            entries.append(_entry_of(rows))
    first = table.rows[0] if table.rows else None
    issued = read_day_of(first["fileGenerationDate"], "d/m/y", first.place) if first else None
    return listed("eu-fsf", _TITLE, entries, passed, issued, table.foreign(*_COLUMNS, _COUNTRY))


def _entry_of(rows: list[Row]) -> Entry:
    first = rows[0]
    names = [row["NameAlias_WholeName"] for row in rows if row["NameAlias_WholeName"]] or [
        first.needed("NameAlias_WholeName")
    ]
    programmes = tuple(row["Entity_Regulation_Programme"] for row in rows if row["Entity_Regulation_Programme"])
    days = [_day(row["Entity_Regulation_EntryIntoForceDate"], row.place) for row in rows]
    key = first["Entity_EU_ReferenceNumber"] or first["Entity_LogicalId"]
    countries = tuple(row[_COUNTRY] for row in rows)
    begun = min((day for day in days if day), default=None)
    return Entry(key, names[0], first.place, tuple(names[1:]), programmes, countries, begun)


FORMAT: Final = Format(
    "eu-fsf", "EU consolidated list of financial sanctions, XML or CSV", ("1.1",),
    "https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions",
    _fits, _read,
    "generation date; of enterprises: reference number, whole names, regulations (programme, entry into force), "
    "countries; persons are counted and not read",
    LISTED,
)  # fmt: skip
