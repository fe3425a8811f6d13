"""Facts out of a store as a bundle carries them: canonical JSON that needs no reader of evidence to be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from assay.canon import canonical
from assay.decide.library import Library
from assay.evidence.profile import parse_canonical
from assay.model.expression import Literal
from assay.model.fact import Fact
from assay.model.law import Attribute, Interval, Reading, Source
from assay.workflow.keeping.stored import Stored, with_store

__all__ = ["format_stored", "lay_stored", "parse_stored"]

_SCHEMA: Final = "assay-stored-facts/1"
_TEXTS: Final = ("id", "attribute", "supplier", "product", "operator", "status", "supersedes", "text")

Json = Mapping[str, Any]


def format_stored(facts: Iterable[Fact], gone: Iterable[str]) -> bytes:
    """Facts in their order, and the ids of facts that upheld corrections took away."""
    return canonical({"schema": _SCHEMA, "facts": [_row(fact) for fact in facts], "gone": sorted(gone)})


def parse_stored(data: bytes, attributes: Mapping[str, Attribute]) -> tuple[tuple[Fact, ...], frozenset[str]]:
    """Read what `format_stored` wrote; raises ValueError, KeyError or TypeError for anything else."""
    value = parse_canonical(data)
    facts = tuple(_fact(row, attributes) for row in value["facts"])
    if value["schema"] != _SCHEMA or format_stored(facts, value["gone"]) != data:
        raise ValueError("facts/stored.json is not as docs/evidence.md says")
    return facts, frozenset(value["gone"])


def lay_stored(library: Library, data: bytes) -> Library:
    """A library with the facts of a member in it; raises as `parse_stored`."""
    facts, gone = parse_stored(data, library.attributes)
    return with_store(library, Stored(facts, gone, (), {}, ()))


def _row(fact: Fact) -> dict[str, Any]:
    source, read = fact.source, fact.source.read
    return {
        **{key: getattr(fact, key) for key in _TEXTS},
        "value": fact.value if isinstance(fact.value, bool | int | str) else str(fact.value),
        "valid": {"from": _iso(fact.valid.start), "to": _iso(fact.valid.end)}, "known": _iso(fact.known.start),
        "synthetic": fact.synthetic,
        "source": {
            "id": source.id, "title": source.title, "url": source.url, "grade": source.grade,
            "read": {"on": read.on.isoformat(), "extent": read.extent} if read else None,
        },
    }  # fmt: skip


def _fact(row: Json, attributes: Mapping[str, Attribute]) -> Fact:
    told, value = row["source"], row["value"]
    read = Reading(date.fromisoformat(told["read"]["on"]), told["read"]["extent"]) if told["read"] else None
    literal: Literal = date.fromisoformat(value) if attributes[row["attribute"]].type == "date" else value
    return Fact(
        value=literal, valid=Interval(_day(row["valid"]["from"]), _day(row["valid"]["to"])),
        known=Interval(_day(row["known"])), synthetic=row["synthetic"],
        source=Source(told["id"], told["title"], told["url"], told["grade"], read),
        **{key: row[key] for key in _TEXTS},
    )  # fmt: skip


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
