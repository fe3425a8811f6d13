"""Two decisions side by side: what differs, and which of the inputs differ that could have caused it.

Works on decision documents alone, so that a kept decision can be compared years after its law is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["SCHEMA", "difference"]

Json = Mapping[str, Any]
SCHEMA: Final = "assay-diff/1"
_HEADLINE: Final = ("outcome", "force", "deadline", "cap", "also", "stated", "possible")
_CLOCKS: Final = ("as_of", "known_at")


def difference(old: Json, new: Json) -> dict[str, Any]:
    """What differs between two decision documents, with its causes: engine, law, question, clock, evidence.

    A cause is an input that differs. Where several do, all are named; which of them weighs is not claimed.
    """
    answers = {key: [old["answer"][key], new["answer"][key]] for key in _HEADLINE}
    return {
        "schema": SCHEMA,
        "same": _bare(old) == _bare(new),
        "same_answer": all(a == b for a, b in answers.values()) and old["deciding"] == new["deciding"],
        "old": {"question": old["question"], "answer": old["answer"], "deciding": old["deciding"]},
        "new": {"question": new["question"], "answer": new["answer"], "deciding": new["deciding"]},
        "answer": {key: {"old": a, "new": b} for key, (a, b) in answers.items() if a != b},
        "causes": list(_causes(old, new)),
        "rules": _rules(old, new),
        "duties": _ids(old["duties"], new["duties"]),
        "powers": _ids(old["powers"], new["powers"]),
    }


def _bare(found: Json) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "id"}  # a saved answer also carries its own name


def _causes(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    for cause, found in (
        ("engine", _engine(old, new)), ("law", _law(old, new)), ("question", _question(old, new)),
        ("clock", _clock(old, new)), ("evidence", _evidence(old, new)),
    ):  # fmt: skip
        rows = list(found)
        if rows:
            yield {"cause": cause, "what": rows}


def _row(what: str, old: object, new: object) -> dict[str, Any]:
    return {"what": what, "old": old, "new": new}


def _engine(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    if old["engine"] != new["engine"]:
        yield _row("semantics version", old["engine"], new["engine"])


def _law(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    before, after = ({p["id"]: p["digest"] for p in found["packs"]} for found in (old, new))
    same_place = old["question"]["jurisdiction"] == new["question"]["jurisdiction"]
    for pack in sorted({*before, *after}):
        a, b = before.get(pack, ""), after.get(pack, "")
        if a != b and (same_place or (a and b)):  # another country brings other packs: that is the question
            yield _row(f"pack {pack}", a, b)
    if old["answer"]["assumed"] != new["answer"]["assumed"]:
        yield _row("assumed as in force", old["answer"]["assumed"], new["answer"]["assumed"])


def _question(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    a, b = old["question"], new["question"]
    for key in ("supplier", "product", "part", "activity", "jurisdiction"):
        if a.get(key, "") != b.get(key, ""):
            yield _row(key, a.get(key, ""), b.get(key, ""))
    for key in sorted({*a["context"], *b["context"]}):
        if a["context"].get(key) != b["context"].get(key):
            yield _row(f"context {key}", a["context"].get(key), b["context"].get(key))
    if old["answer"]["hidden"] != new["answer"]["hidden"]:
        yield _row("hidden facets", old["answer"]["hidden"], new["answer"]["hidden"])
    if not old["answer"]["presumed"] and new["answer"]["presumed"] and _asked_alike(old, new):
        yield _row("presumptions", "left out", "used")
    if old["answer"]["presumed"] and not new["answer"]["presumed"] and _asked_alike(old, new):
        yield _row("presumptions", "used", "left out")


def _asked_alike(old: Json, new: Json) -> bool:
    return bool(old["question"] == new["question"] and old["packs"] == new["packs"])


def _clock(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    for key in _CLOCKS:
        if old["question"][key] != new["question"][key]:
            yield _row(key, old["question"][key], new["question"][key])


def _evidence(old: Json, new: Json) -> Iterator[dict[str, Any]]:
    a, b = old["question"].get("given", {}), new["question"].get("given", {})
    for key in sorted({*a, *b}):
        if a.get(key) != b.get(key):
            yield _row(f"stated {key}", a.get(key), b.get(key))
    if old["question"]["supplier"] != new["question"]["supplier"]:
        return  # another supplier has other facts: that is the question
    before, after = _facts(old), _facts(new)
    for key in sorted({*before, *after}):
        x, y = before.get(key), after.get(key)
        if x != y and _at_hand(x, y, old, new):
            yield _row(key, None if x is None else x["value"], None if y is None else y["value"])


def _facts(found: Json) -> dict[str, Json]:
    """Facts, and memberships that a case declares; the entries of a pack's classes are law."""
    rows = {}
    for row in found["evidence"]:
        if "fact" in row:
            rows[f"fact {row['fact']}"] = row
        elif row["synthetic"]:
            rows[f"membership of {row['value']} in {row['class']}"] = row
    return rows


def _at_hand(old_row: Json | None, new_row: Json | None, old: Json, new: Json) -> bool:
    """False where one side lacks the fact only because of its dates, or because no rule there asks for it."""
    if old_row is not None and new_row is not None:
        return True
    row, other = (old_row, new) if old_row is not None else (new_row, old)
    if row is None:
        return False
    asked, valid = other["question"], row["valid"]
    if valid["from"] > asked["as_of"] or row.get("known", "") > asked["known_at"]:
        return False
    if valid["to"] and valid["to"] <= asked["as_of"]:
        return False
    return "attribute" not in row or row["attribute"] in _read(other)


def _read(found: Json) -> set[str]:
    names = {row["fact"] for row in found["missing"]}
    stack = [rule["when"] for rule in found["rules"]]
    while stack:
        node = stack.pop()
        if "fact" in node:
            names.add(node["fact"])
        stack += node.get("all", []) + node.get("any", []) + ([node["not"]] if "not" in node else [])
    return names


def _rules(old: Json, new: Json) -> dict[str, Any]:
    before, after = ({rule["id"]: rule for rule in found["rules"]} for found in (old, new))
    return {
        "came": [_moved(after[key], old, new) for key in sorted(set(after) - set(before))],
        "went": [_moved(before[key], new, old) for key in sorted(set(before) - set(after))],
        "changed": [
            _turned(before[key], after[key])
            for key in sorted(set(before) & set(after)) if _held(before[key]) != _held(after[key])
        ],
    }  # fmt: skip


def _held(rule: Json) -> tuple[object, object]:
    """The value of a rule, and for which parts of the network where that is not so for all that were asked about."""
    return rule["value"], rule.get("parts")


def _turned(old: Json, new: Json) -> dict[str, Any]:
    parts = {"old_parts": old.get("parts", []), "new_parts": new.get("parts", [])}
    out = {"id": new["id"], "old": old["value"], "new": new["value"], "says": new["says"]}
    return out | parts if any(parts.values()) else out


def _moved(rule: Json, absent: Json, there: Json) -> dict[str, Any]:
    return {"id": rule["id"], "says": rule["says"], "value": rule["value"], "why": _why(rule, absent, there)}


def _why(rule: Json, absent: Json, there: Json) -> str:
    """Why a rule shows in one decision and not in the other."""
    asked = absent["question"]
    if rule["assumed"]:
        return "assumed as in force"
    if rule["valid"]["from"] > asked["as_of"]:
        return f"has effect from {rule['valid']['from']}"
    if rule["valid"]["to"] and rule["valid"]["to"] <= asked["as_of"]:
        return f"had effect until before {rule['valid']['to']}"
    if rule["known"] > asked["known_at"]:
        return f"could be read from {rule['known']}"
    digests = {pack["id"]: pack["digest"] for pack in absent["packs"]}
    mine = {pack["id"]: pack["digest"] for pack in there["packs"]}
    if digests.get(rule["pack"]) != mine[rule["pack"]]:
        return "the law pack differs" if rule["pack"] in digests else "the law of another jurisdiction"
    return "its condition is met in one and not in the other"


def _ids(old: list[Json], new: list[Json]) -> dict[str, Any]:
    before, after = {row["id"] for row in old}, {row["id"] for row in new}
    return {"came": sorted(after - before), "went": sorted(before - after)}
