"""Where in a decision or a review a person's words stand: ids that they may be about, with JSON Pointers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from assay.canon import canonical, digest
from assay.decide.library import Library
from assay.model.fact import FactSet

__all__ = ["Places", "instrument_names", "places_in_answer", "places_in_review"]

Json = Mapping[str, Any]
Places = dict[str, list[str]]
"""Id of a fact, piece of evidence, rule, instrument, decision or review -> RFC 6901 pointers into the document."""
WHOLE: Final = ""
"""The pointer to the document as a whole."""
_RULES: Final = ("rules", "duties", "powers", "background")


def instrument_names(library: Library) -> dict[tuple[str, str], str]:
    """(Pack, title) of an instrument -> what words about it name: `<pack>/<id>`."""
    return {(p.id, one.title): f"{p.id}/{key}" for p in library.packs for key, one in p.instruments.items()}


def places_in_answer(found: Json, names: Mapping[tuple[str, str], str], records: Mapping[str, str]) -> Places:
    """Where words about a decision, its rules and their instruments, its facts and the evidence behind them stand.

    `records` names the statement behind each fact out of a store.
    """
    places: Places = {digest(canonical(found)): [WHOLE]}
    for key in _RULES:
        for number, row in enumerate(found.get(key, ())):
            _put(places, row["id"], f"/{key}/{number}")
            _put(places, names.get((row["pack"], row["instrument"]["title"]), ""), f"/{key}/{number}")
    for number, row in enumerate(found.get("evidence", ())):
        name, url = str(row.get("fact", "")), str((row.get("source") or {}).get("url", ""))
        for key in (name, records.get(name, ""), url.removeprefix("sha256:") if url.startswith("sha256:") else ""):
            _put(places, key, f"/evidence/{number}")
    return places


def places_in_review(
    found: Json, names: Mapping[tuple[str, str], str], facts: FactSet, behind: Mapping[str, Sequence[str]],
) -> Places:  # fmt: skip
    """Where words about a review, its decisions, its rules and the facts about its suppliers stand.

    `behind` names the statement behind a fact and the digest of its bytes. A decision stands beside the row of `now`
    that counts its elements; a rule beside its own row and the rows that it decides; a fact beside the rows of its
    supplier (and operator, where it names one), or beside the whole review where it is about no supplier.
    """
    places: Places = {digest(canonical(found)): [WHOLE]}
    called = {key: (*one.aliases, one.name)[0] for key, one in facts.suppliers.items()}
    for subject, place in (*_ruled(found, names), *_decided(found, called)):
        _put(places, subject, place)
    there = {"", *(one["supplier"] for one in found["classes"])}
    for fact in facts.facts:
        if fact.supplier in there:
            where = _rows_of(found, called.get(fact.supplier, fact.supplier), fact.operator)
            for subject, place in product((fact.id, *behind.get(fact.id, ())), where):
                _put(places, subject, place)
    return places


def _ruled(found: Json, names: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Each rule and its instrument with the rule's own row, and with the rows of `now` that it decides."""
    for key, rule in found["rules"].items():
        deciding = (f"/now/{number}" for number, row in enumerate(found["now"]) if key in row["rules"].split())
        for place in (f"/rules/{key}", *deciding):
            yield key, place
            yield names.get((rule["pack"], rule["instrument"]), ""), place


def _decided(found: Json, called: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each decision of a class with the row of `now` that counts the class's elements."""
    keys = ("jurisdiction", "operator", "supplier", "part", "act", "outcome", "force", "deadline", "rules")
    rows = {tuple(row[key] for key in keys): f"/now/{number}" for number, row in enumerate(found["now"])}
    for one in found["classes"]:
        operator = (one["context"].get("operator") or [""])[0]
        head = (one["jurisdiction"], operator, called.get(one["supplier"], one["supplier"]), one["part"])
        for act, told in one["acts"].items():
            place = rows.get((*head, act, told["outcome"], told["force"], told["deadline"], " ".join(told["deciding"])))
            if place:
                yield told["decision"], place


def _rows_of(found: Json, supplier: str, operator: str) -> list[str]:
    """The rows about a supplier, of one operator where it is named; the whole where no supplier is."""
    if not supplier:
        return [WHOLE]
    return [
        f"/{key}/{number}" for key in ("now", "suppliers") for number, row in enumerate(found[key])
        if row["supplier"] == supplier and operator in ("", row.get("operator", operator))
    ]  # fmt: skip


def _put(places: Places, subject: str, place: str) -> None:
    if subject and place not in places.setdefault(subject, []):
        places[subject].append(place)
