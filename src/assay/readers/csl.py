"""US Consolidated Screening List: the International Trade Administration's join of export and sanctions lists."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final

from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.legal_forms import names_an_organisation
from assay.readers.listing import LISTED, Entry, listed, many
from assay.readers.strict_table import Row, parse
from assay.readers.strict_text import clean, read_day

__all__ = ["FORMAT"]

_COLUMNS: Final = ("_id", "source", "type", "programs", "name", "start_date", "end_date", "alt_names", "addresses")
_ENTITY: Final = "entity"
_UNTYPED: Final = "no type stated, and the name carries no legal form"


def _fits(document: Document) -> bool:
    if isinstance(document.json, dict):
        results = document.json.get("results")
        return isinstance(results, list) and bool(results) and isinstance(results[0], dict) and "source" in results[0]
    return document.first_line().startswith("_id,source,entity_number,type,")


def _read(document: Document) -> Extract:
    return _read_csv(document) if document.json is None else _read_json(root(_without_null(document.json), "list"))


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """The list writes null for what it does not say: the same as a member left out."""
    results = [
        {key: item for key, item in entry.items() if item is not None} if isinstance(entry, dict) else entry
        for entry in value["results"]
    ]
    return {**value, "results": results}


def _taken(kind: str, name: str, passed: Counter[str]) -> bool:
    """True for a legal entity; without a type the name has to carry a legal form."""
    if kind.lower() == _ENTITY or (not kind and names_an_organisation(name)):
        return True
    passed[kind.lower() or _UNTYPED] += 1
    return False


def _read_json(top: Node) -> Extract:
    passed: Counter[str] = Counter()
    entries = [found for node in top.items("results") if (found := _entry(node, passed)) is not None]
    return listed("us-csl", "US Consolidated Screening List", entries, passed, None, collect(top))


def _entry(node: Node, passed: Counter[str]) -> Entry | None:
    name = node.filled("name")
    if not _taken(node.text("type", ""), name, passed):
        node.skip()
        return None
    countries = tuple(_country(address) for address in node.items("addresses"))
    programmes = (_short(node.filled("source")), *node.texts("programs"))
    begun, ended = (node.day(key, None) for key in ("start_date", "end_date"))
    return Entry(
        node.filled("id"), name, node.place, tuple(node.texts("alt_names")), programmes, countries, begun, ended
    )


def _country(address: Node) -> str:
    found = address.take("country", (str, type(None)), None)
    return clean(found or "")


def _day(text: str, where: str) -> date | None:
    return read_day(text, where) if text else None


def _short(source: str) -> str:
    """The list's own name without the office that keeps it."""
    return source.split(" - ", 1)[0]


def _read_csv(document: Document) -> Extract:
    table = parse(document.data)
    table.need(*_COLUMNS)
    passed: Counter[str] = Counter()
    rows = [row for row in table.rows if _taken(row["type"], row.needed("name"), passed)]
    entries = [_entry_of(row) for row in rows]
    return listed("us-csl", "US Consolidated Screening List", entries, passed, None, table.foreign(*_COLUMNS))


def _entry_of(row: Row) -> Entry:
    countries = tuple(part.rsplit(",", 1)[-1].strip() for part in many(row["addresses"]))
    programmes = (_short(row.needed("source")), *many(row["programs"]))
    begun, ended = _day(row["start_date"], row.place), _day(row["end_date"], row.place)
    return Entry(row.needed("_id"), row["name"], row.place, many(row["alt_names"]), programmes, countries, begun, ended)


FORMAT: Final = Format(
    "us-csl", "US Consolidated Screening List, JSON or CSV", ("consolidated.json", "consolidated.csv"),
    "https://www.trade.gov/consolidated-screening-list", _fits, _read,
    "id, source, type, programs, name, alt_names, addresses (country), start_date, end_date; individuals, vessels, "
    "aircraft and names without type or legal form are counted and not read",
    LISTED,
)  # fmt: skip
