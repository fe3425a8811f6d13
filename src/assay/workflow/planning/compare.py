"""What differs between two plans: what was asked, what is done, what it costs, what each rule costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["compare_plans"]

Json = dict[str, Any]
_ASKED: Final = ("on", "known_at", "horizon", "assumed", "policy", "packs", "seed", "effort")
_FOUND: Final = ("cost", "lower_bound", "gap_millionths", "lawless")


def compare_plans(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """The differences of two documents of `assay plan`; money in cents, the second less the first."""
    figures = _figures(one, other)
    return {
        "schema": "assay-plan-comparison/1",
        "asked": [{"what": k, "first": one[k], "second": other[k]} for k in _ASKED if one[k] != other[k]] + figures,
        "same_problem": one["versions"]["problem"] == other["versions"]["problem"],
        "found": [
            {"what": k, "first": one[k], "second": other[k], "difference": _less(other[k], one[k])} for k in _FOUND
        ],
        "certain": _certain(one, other),
        "rules": _rules(one, other), "years": _years(one, other), "acts": _acts(one, other),
    }  # fmt: skip


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _certain(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """Between what the true costs of both problems must differ: the bounds of one against the plan of the other."""
    return {"low": other["lower_bound"] - one["cost"], "high": other["cost"] - one["lower_bound"]}


def _figures(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    first, second = ({f["id"]: f["value"] for f in doc["inputs"]} for doc in (one, other))
    return [
        {"what": f"figure {key}", "first": first.get(key), "second": second.get(key)}
        for key in sorted({*first, *second}) if first.get(key) != second.get(key)
    ]  # fmt: skip


def _rules(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    first, second = ({p["rule"]: p["estimate"] for p in doc["rule_prices"]} for doc in (one, other))
    return [
        {"rule": key, "first": first.get(key), "second": second.get(key),
         "difference": _less(second.get(key), first.get(key))}
        for key in sorted({*first, *second})
    ]  # fmt: skip


def _years(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    first, second = ({row["year"]: row["spend"] for row in doc["years"]} for doc in (one, other))
    return [
        {"year": year, "first": first.get(year, 0), "second": second.get(year, 0)} for year in sorted({*first, *second})
    ]


def _acts(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    """Elements rebuilt by part and supplier that comes in."""
    sums = []
    for doc in (one, other):
        found: Counter[tuple[str, str]] = Counter()
        for row in doc["acts"]:
            found[row["part"], row["after"]] += row["elements"]
        sums.append(found)
    return [
        {"part": part, "after": after, "first": sums[0][part, after], "second": sums[1][part, after]}
        for part, after in sorted({*sums[0], *sums[1]})
    ]
