"""GLEIF golden copies: legal entities (level 1) and who consolidates whom (level 2), XML or CSV."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from assay.model.law import Interval
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.listing import unsampled
from assay.readers.refusal import refusal, wrong_version
from assay.readers.strict_table import parse
from assay.readers.strict_text import read_day
from assay.readers.strict_xml import Element, collect, local, space

__all__ = ["LEVEL_1", "LEVEL_2"]

_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_SPACES: Final = {
    "LEIData": "http://www.gleif.org/data/schema/leidata/2016",
    "RelationshipData": "http://www.gleif.org/data/schema/rr/2016",
}
_PERSON: Final = "SOLE_PROPRIETOR"
_ENTITY_COLUMNS: Final = (
    "LEI", "Entity.LegalName", "Entity.LegalAddress.Country", "Entity.EntityCategory", "Entity.EntityStatus",
)  # fmt: skip
_EDGE_COLUMNS: Final = (
    "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID", "Relationship.RelationshipType",
    "Relationship.RelationshipStatus",
)  # fmt: skip
_BEGUN: Final = "Relationship.Period.1.startDate"
_WORDS: Final = {
    "IS_DIRECTLY_CONSOLIDATED_BY": "directly consolidated by",
    "IS_ULTIMATELY_CONSOLIDATED_BY": "ultimately consolidated by",
    "IS_INTERNATIONAL_BRANCH_OF": "branch of",
    "IS_FUND-MANAGED_BY": "fund managed by",
    "IS_SUBFUND_OF": "sub-fund of",
    "IS_FEEDER_TO": "feeder to",
}


def _root(document: Document, name: str) -> Element:
    assert document.xml is not None
    if space(document.xml.tag) != _SPACES[name]:
        raise wrong_version("GLEIF file", space(document.xml.tag), (_SPACES[name],), f"/{name}")
    return Element(document.xml)


def _is(document: Document, name: str, column: str) -> bool:
    if document.xml is not None:
        return local(document.xml.tag) == name
    return document.first_line().replace('"', "").startswith(column)


def _content_day(top: Element, head: str) -> date | None:
    found = top.child(head)
    return found.day("ContentDate") if found else None


def _read_entities(document: Document) -> Extract:
    passed: Counter[str] = Counter()
    if document.xml is not None:
        top = _root(document, "LEIData")
        claims = list(_entities(top, passed))
        issued, foreign = _content_day(top, "LEIHeader"), unsampled(collect(top))
    else:
        table = parse(document.data)
        table.need(*_ENTITY_COLUMNS)
        claims, issued = [], None
        for row in table.rows:
            values = (row[column] for column in _ENTITY_COLUMNS)
            claims += _entity(*values, place=row.place, names=(), passed=passed)
        foreign = unsampled(table.foreign(*_ENTITY_COLUMNS))
    limits = [f"records not read: {count:,} ({kind})" for kind, count in sorted(passed.items())]
    limits.append(
        "a record is about the entity of its number; whether that is a supplier of ours is for a person to say"
    )
    subjects = tuple({c.about.identifiers[0][1]: c.about for c in claims if c.about}.values())
    return Extract("gleif-level-1", "", tuple(claims), subjects, foreign, tuple(limits), issued)


def _entities(top: Element, passed: Counter[str]) -> Iterator[Claim]:
    for record in top.under("LEIRecords", "LEIRecord"):
        entity = record.needed("Entity")
        others = [*entity.under("OtherEntityNames", "OtherEntityName")]
        others += entity.under("TransliteratedOtherEntityNames", "TransliteratedOtherEntityName")
        category = entity.text("EntityCategory", "")
        if category == _PERSON:
            record.skip()
            entity.skip()
            for other in others:
                other.skip()
            passed["sole proprietor, a natural person"] += 1
            continue
        country = entity.needed("LegalAddress").text("Country")
        yield from _entity(
            record.text("LEI"), entity.text("LegalName"), country, category, entity.text("EntityStatus", ""),
            place=record.place, names=tuple(other.content() for other in others), passed=passed,
        )  # fmt: skip


def _entity(
    lei: str, name: str, country: str, category: str, status: str, *, place: str, names: tuple[str, ...],
    passed: Counter[str],
) -> list[Claim]:  # fmt: skip
    if category == _PERSON:
        passed["sole proprietor, a natural person"] += 1
        return []
    if not _LEI.fullmatch(lei):
        raise refusal("E0810", f"{lei[:40]!r} is no LEI", place, "20 letters and digits (ISO 17442)")
    if not _COUNTRY.fullmatch(country):
        raise refusal("E0810", f"{country[:40]!r} is no country", place, "two letters of ISO 3166")
    if not name:
        raise refusal("E0809", "an entity without a name", place, "LegalName")
    about = Subject("entity", name, "", (("lei", lei),), names, place)
    text = f"legal address; status {status or 'not stated'}"
    return [Claim("supplier.lei", lei, place, about), Claim("supplier.seat", country, place, about, text=text)]


def _read_edges(document: Document) -> Extract:
    if document.xml is not None:
        top = _root(document, "RelationshipData")
        claims = [_edge(node) for node in top.under("RelationshipRecords", "RelationshipRecord")]
        issued, foreign = _content_day(top, "Header"), collect(top)
    else:
        table = parse(document.data)
        table.need(*_EDGE_COLUMNS)
        claims = [_relation(*(row[c] for c in _EDGE_COLUMNS), place=row.place, begun=row[_BEGUN]) for row in table.rows]
        issued, foreign = None, table.foreign(*_EDGE_COLUMNS, _BEGUN)
    limits = ("who reports no parent may have one: exceptions are another file", "consolidation is no share of votes")
    subjects = tuple({c.about.identifiers[0][1]: c.about for c in claims if c.about}.values())
    return Extract("gleif-level-2", "", tuple(claims), subjects, foreign, limits, issued)


def _edge(node: Element) -> Claim:
    relation = node.needed("Relationship")
    child, parent = (relation.needed(name).text("NodeID") for name in ("StartNode", "EndNode"))
    starts = [period.text("StartDate", "") for period in relation.under("RelationshipPeriods", "RelationshipPeriod")]
    return _relation(
        child, parent, relation.text("RelationshipType"), relation.text("RelationshipStatus", ""), place=node.place,
        begun=min(filter(None, starts), default=""),
    )  # fmt: skip


def _relation(child: str, parent: str, kind: str, status: str, *, place: str, begun: str) -> Claim:
    for lei in (child, parent):
        if not _LEI.fullmatch(lei):
            raise refusal("E0810", f"{lei[:40]!r} is no LEI", place, "20 letters and digits (ISO 17442)")
    if kind not in _WORDS:
        raise refusal("E0810", f"{kind[:60]!r} is no relation known here", place, "one of " + ", ".join(_WORDS))
    about = Subject("entity", child, "", (("lei", child),), (), place)
    value = f"{_WORDS[kind]} {parent}, {status.lower() or 'status not stated'}"
    start = read_day(begun, place) if begun else None
    return Claim("supplier.ownership-statement", value, place, about, Interval(start))


_LEVEL_1_SOURCE: Final = "https://www.gleif.org/en/lei-data/gleif-golden-copy"

LEVEL_1: Final = Format(
    "gleif-level-1", "GLEIF legal entities (level 1), XML or CSV", ("LEI-CDF 3.x", "golden copy CSV"), _LEVEL_1_SOURCE,
    lambda document: _is(document, "LEIData", "LEI,Entity.LegalName"), _read_entities,
    "LEI, legal and other names, country of the legal address, category, status; sole proprietors are counted and not "
    "read",
    "`supplier.lei` and `supplier.seat` about the entity, about a supplier only once a person says that it is the same",
)  # fmt: skip

LEVEL_2: Final = Format(
    "gleif-level-2", "GLEIF relationships (level 2), XML or CSV", ("RR-CDF 2.x", "golden copy CSV"), _LEVEL_1_SOURCE,
    lambda document: _is(document, "RelationshipData", "Relationship.StartNode.NodeID"), _read_edges,
    "start and end node, type, status, first day",
    "`supplier.ownership-statement` about the child entity",
)  # fmt: skip
