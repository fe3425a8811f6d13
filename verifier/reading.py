"""Packs and facts out of a bundle's members, in the shapes that docs/pack-format.md and docs/fact-format.md give them.

Standard library and the files beside it, nothing of `assay`.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from typing import Any

from ground import (
    canonical_json,
    need,
    sha,
    write_json,
)

PARTS = ["core", "ran", "transport", "management"]
ACTIVITIES = ["purchase", "install", "operate", "maintain"]
CLOSED = {
    "generation": ["2G", "3G", "4G", "5G", "6G"],
    "funding": ["federal-procurement", "federal-subsidy", "private"],
    "prior-authorisation": ["no", "yes"],
    "existing-network": ["no", "yes"],
}
WHO = ("supplier", "product", "operator")
ONE_VALUE = {*WHO, "installed", "prior-authorisation", "existing-network"}
STEPS = {
    "permit": "permitted", "condition": "permitted-with-conditions", "authorise": "authorisation-required",
    "cap": "capped", "phase-out": "phase-out-until", "prohibit": "prohibited",
}  # fmt: skip
STRICTNESS = {"no-rule": 0, **{name: number for number, name in enumerate(STEPS.values())}, "conflict-of-norms": 6}
NOBODY = "\x00 a value that no rule names"
MOST = 200_000

Truth = bool | None
Atom = tuple[str, str, Any]
Json = dict[str, Any]
Named = tuple[str, str]


GRADES = ["official-text", "official-statement", "law-firm", "press", "republication", "none"]
FACETS = [
    "origin", "ownership", "designation", "sanction", "settlement", "conduct", "certification", "transparency",
    "technical", "contract", "discretion", "derived", "none",
]  # fmt: skip
# Fact files, table by table: key -> type, or the words that it may hold; a `?` marks what may be left out.
SPAN = {"from?": date, "to?": date}
SOURCE = {
    "id": str, "title": str, "url": str, "grade": GRADES, "published?": date, "note?": str,
    "read?": {"on": date, "extent": ["full", "excerpt", "opening"]},
}  # fmt: skip
FACT = {
    "id": str, "attribute": str, "value": object, "source": str, "valid?": SPAN,
    "known?": SPAN, "product?": str, "operator?": str, "supersedes?": str, "text?": str,
    "status?": ["fact", "allegation", "finding", "settlement"], "precision?": ["day", "month", "year"], "note?": str,
}  # fmt: skip
SUPPLIER = {
    "schema": ["assay-facts/1"], "supplier": str, "name": str, "aliases?": [str], "source?": [SOURCE], "fact?": [FACT],
    "note?": str,
}  # fmt: skip
ATTRIBUTE = {
    "id": str, "type": ["bool", "text", "country", "date", "int"], "facet": FACETS, "title": str, "many?": bool,
    "obtainable?": [["supplier", "operator", "lab", "authority"]], "discretion?": bool, "burden?": bool,
}  # fmt: skip
TYPES = {"bool": bool, "text": str, "country": str, "date": date, "int": int}


def shaped(value: Any, shape: Any) -> bool:  # noqa: ANN401
    """Whether a TOML value has a shape: a type, a list of one shape, a list of words, or a table of keys."""
    if isinstance(shape, dict):
        needed = {key for key in shape if not key.endswith("?")}
        every = {key.removesuffix("?"): inner for key, inner in shape.items()}
        fits = isinstance(value, dict) and needed <= set(value) <= set(every)
        return fits and all(shaped(item, every[key]) for key, item in value.items())
    if isinstance(shape, list) and isinstance(shape[0], str):
        return value in shape
    if isinstance(shape, list):
        fits = isinstance(value, list) and all(shaped(item, shape[0]) for item in value)
        return fits and len({str(item) for item in value}) == len(value)
    return type(value) is shape or shape is object


def plain(value: Any) -> Any:  # noqa: ANN401
    """TOML values as JSON: dates become ISO text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    need(not isinstance(value, float | datetime), "a float or a time of day in a law or fact file")
    return value if isinstance(value, bool | int | str) else str(value)


def holds(span: Json | None, day: date) -> bool:
    """Whether a day lies in a half-open interval."""
    span = span or {}
    return span.get("from", date.min) <= day and ("to" not in span or day < span["to"])


def known_by(row: Json, day: date) -> bool:
    """Whether the world could read an entry by a day."""
    start = row.get("known", {}).get("from") or row.get("valid", {}).get("from") or date.min
    return bool(start <= day)


class Law:
    """What the members say: packs in the order of the bundle, their classes, the attributes, the facts."""

    def __init__(self, files: dict[str, bytes], packs: list[Json], case: str) -> None:
        self.files, self.packs, self.classes = files, [], {}
        shared = self._toml("facts/attributes.toml")
        need(shaped(shared, {"schema?": str, "attribute?": [ATTRIBUTE]}), "facts/attributes.toml is malformed")
        rows = shared.get("attribute", [])
        self.attributes = {a["id"]: a for a in rows}
        need(len(self.attributes) == len(rows), "an attribute stands twice")
        for named in packs:
            tables = [self._toml(f"packs/{named['id']}/{file}.toml") for file in ("pack", "classes", "rules")]
            pack: Json = {**tables[0], **tables[1], **tables[2], "private": named["private"]}
            pack["digest"] = sha(write_json(plain(tables)).encode()).hex()
            pack["sources"] = {source["id"]: source for source in pack.get("source", [])}
            self.packs.append(pack)
            self.attributes.update({a["id"]: a for a in pack.get("attribute", [])})
            self.classes.update({c["id"]: {**c, "home": pack} for c in pack.get("class", [])})
        self.facts: list[Json] = []
        for name in sorted(files):
            if name.startswith("facts/suppliers/"):
                self._take_supplier(self._toml(name), {a["id"]: a for a in rows})
        self.memberships: list[Json] = []
        if case:
            self._take_case(self._toml("facts/case.toml"), case)
        if "facts/stored.json" in files:
            self._take_stored(canonical_json(files["facts/stored.json"]))

    def _toml(self, name: str) -> Json:
        return tomllib.loads(self.files[name].decode()) if name in self.files else {}

    def _take_supplier(self, table: Json, shared: dict[str, Json]) -> None:
        need(shaped(table, SUPPLIER), "a supplier's fact file is malformed")
        rows = table.get("fact", [])
        need(len({fact["id"] for fact in rows}) == len(rows), "a fact stands twice")
        for fact in rows:
            of = shared[fact["attribute"]]
            spans = [fact.get(key, {}) for key in ("valid", "known")]
            need(type(fact["value"]) is TYPES[of["type"]], "a fact's value has another type")
            need(all("from" not in s or "to" not in s or s["from"] < s["to"] for s in spans), "an interval is empty")
        sources = {source["id"]: source for source in table.get("source", [])}
        for fact in table.get("fact", []):
            self.facts.append({"supplier": table["supplier"], **fact, "source": sources[fact["source"]]})

    def _take_case(self, table: Json, name: str) -> None:
        source = {"title": "declared by the case, synthetic", "url": name, "grade": "none"}
        for number, fact in enumerate(table.get("fact", []), 1):
            self.facts.append({**fact, "id": f"case.{number:02}", "source": source, "synthetic": True})
        self.memberships = [{**row, "source": "case"} for row in table.get("membership", [])]

    def _take_stored(self, stored: Json) -> None:
        """Facts out of a store, and those that corrections took away."""
        need(stored["schema"] == "assay-stored-facts/1", "unknown schema")
        kept = [fact for fact in self.facts if fact["id"] not in stored["gone"]]
        self.facts = [*kept, *(self._stored(fact) for fact in stored["facts"])]

    def _stored(self, row: Json) -> Json:
        source = {key: row["source"][key] for key in ("title", "url", "grade")}
        if row["source"]["read"]:
            read = row["source"]["read"]
            source["read"] = {"on": date.fromisoformat(read["on"]), "extent": read["extent"]}
        dated = self.attributes[row["attribute"]]["type"] == "date"
        spans = {
            "valid": {key: date.fromisoformat(text) for key, text in row["valid"].items() if text},
            "known": {"from": date.fromisoformat(row["known"])} if row["known"] else {},
        }
        value = date.fromisoformat(row["value"]) if dated else row["value"]
        return {**row, **spans, "source": source, "value": value}

    def facet(self, atom: Atom) -> str:
        """What an atom rests on."""
        fact, op, value = atom
        if op == "in-class":
            found = self.classes[value]
            return str(found.get("facet", "designation" if found["of"] in WHO else "none"))
        return str(self.attributes.get(fact, {}).get("facet", "none"))
