"""What differs between two plans: what was asked, what is done where and when, what it costs, what each rule costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from assay.errors import InputError
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.folder import check_out, whole_folder

__all__ = ["FILES", "compare_plans", "write_comparison"]

Json = dict[str, Any]
FILES: Final = frozenset({"report.html", "comparison.json"})
"""What a comparison writes into its folder."""
_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "compare.html.j2"
_ASKED: Final = (
    "on", "known_at", "horizon", "assumed", "policy", "strict", "plan_file", "packs", "seed", "effort",
)  # fmt: skip
_FOUND: Final = ("cost", "lower_bound", "gap_millionths", "lawless", "rule_gap_millionths")
_HEAD: Final = (
    "on", "known_at", "horizon", "assumed", "illustrative", "reproducible", "checked", "cost", "cost_range",
    "lower_bound", "gap_millionths", "rule_gap_millionths", "lawless", "caused_range",
)  # fmt: skip


def compare_plans(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """The differences of two documents of `assay plan`; money in cents, the second less the first.

    Raises InputError (E0718) where they reckon in different currencies.
    """
    if one["currency"] != other["currency"]:
        raise InputError(
            "E0718", f"one plan reckons in {one['currency']}, the other in {other['currency']}",
            where="assay plan compare", expected="two plans in one currency",
        )  # fmt: skip
    quarters = sorted({*one["quarters"], *other["quarters"]})
    return {
        "schema": "assay-plan-comparison/1", "currency": one["currency"], "quarters": quarters,
        "plans": [_head(doc) for doc in (one, other)],
        "synthetic": any(doc["case"]["synthetic"] or doc["synthetic"]["memberships"] for doc in (one, other)),
        "suppliers": {row["id"]: row["name"] for doc in (one, other) for row in doc["synthetic"]["suppliers"]},
        "asked": [{"what": k, "first": one[k], "second": other[k]} for k in _ASKED if one[k] != other[k]]
        + _figures(one, other),
        "same_problem": one["versions"]["problem"] == other["versions"]["problem"],
        "same_estate": one["estate"]["sha256"] == other["estate"]["sha256"],
        "found": [
            {"what": k, "first": one[k], "second": other[k], "difference": _less(other[k], one[k])} for k in _FOUND
        ],
        "certain": _certain(one, other), "range": _range(one, other), "rules": _rules(one, other),
        "years": _years(one, other), "acts": _acts(one, other), "regions": _regions(one, other, quarters),
        "holds": _holds(one, other, quarters),
    }  # fmt: skip


def write_comparison(found: Json, out: Path) -> None:
    """Write the comparison and its page into a folder that appears whole. Raises InputError (E0401, E0507)."""
    from assay.reports.compare import render_comparison

    check_out(out, FILES)
    with whole_folder(out.resolve()) as draft:
        write_json_file(draft / "comparison.json", found)
        page = render_comparison(found, _TEMPLATE.read_text(encoding="utf-8"))
        write_bytes(draft / "report.html", page.encode())


def _head(doc: Mapping[str, Any]) -> Json:
    """What names a plan and what it found."""
    return {
        "title": doc["case"]["title"], "problem": doc["versions"]["problem"], **{key: doc[key] for key in _HEAD},
        "elements": doc["counts"]["elements"], "acts": sum(row["elements"] for row in doc["acts"]),
    }  # fmt: skip


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def _certain(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """Between what the true costs of both problems must differ: the bounds of one against the plan of the other."""
    return {"low": other["lower_bound"] - one["cost"], "high": other["cost"] - one["lower_bound"]}


def _range(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[int]:
    """The difference over the ranges: at the same end of both plans where they reckon with the same figures."""
    low, high = one["cost_range"], other["cost_range"]
    ends = [b - a for a, b in zip(low, high, strict=True)]
    if one["inputs"] != other["inputs"]:
        ends = [high[0] - low[1], high[1] - low[0]]
    stated = other["cost"] - one["cost"]
    return [min(stated, *ends), max(stated, *ends)]


def _figures(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    first, second = ({f["id"]: [f["value"], f["low"], f["high"]] for f in doc["inputs"]} for doc in (one, other))
    return [
        {"what": f"figure {key} (stated, low, high)", "first": first.get(key), "second": second.get(key)}
        for key in sorted({*first, *second}) if first.get(key) != second.get(key)
    ]  # fmt: skip


def _rules(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    """The price of each rule in both plans, certified at both ends; None where a plan does not have the rule."""
    prices = [
        {p["rule"]: {key: p[key] for key in ("low", "estimate", "high", "range")} for p in doc["rule_prices"]}
        for doc in (one, other)
    ]
    titles = {row["id"]: row["title"] for doc in (one, other) for row in doc["rules"]}
    return [
        {"rule": key, "title": titles[key], "first": prices[0].get(key), "second": prices[1].get(key),
         "difference": prices[1][key]["estimate"] - prices[0][key]["estimate"]
         if key in prices[0] and key in prices[1] else None}
        for key in sorted({*prices[0], *prices[1]})
    ]  # fmt: skip


def _years(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Json]:
    """What is spent on equipment and work in each year, stated and at both ends of the ranges."""
    none = {"spend": 0, "low": 0, "high": 0, "elements": 0}
    first, second = ({row["year"]: row for row in doc["years"]} for doc in (one, other))
    return [
        {"year": year, **{name: {key: found.get(year, none)[key] for key in none}
                          for name, found in (("first", first), ("second", second))}}
        for year in sorted({*first, *second})
    ]  # fmt: skip


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


def _regions(one: Mapping[str, Any], other: Mapping[str, Any], quarters: Sequence[str]) -> list[Json]:
    """For each region the elements rebuilt in each quarter of both plans."""
    first, second = (_by_quarter(doc["regions"], "region", doc["quarters"], quarters) for doc in (one, other))
    nothing = [0] * len(quarters)
    return [
        {"region": name[0], "first": first.get(name, nothing), "second": second.get(name, nothing)}
        for name in sorted({*first, *second})
    ]


def _holds(one: Mapping[str, Any], other: Mapping[str, Any], quarters: Sequence[str]) -> list[Json]:
    """For each part and supplier the elements at the end of each quarter; None in quarters that a plan lacks."""
    sides = [_by_quarter(doc["holds"], "part supplier", doc["quarters"], quarters, None) for doc in (one, other)]
    nobody = [[0 if name in doc["quarters"] else None for name in quarters] for doc in (one, other)]
    return [
        {"part": part, "supplier": supplier, "first": sides[0].get((part, supplier), nobody[0]),
         "second": sides[1].get((part, supplier), nobody[1])}
        for part, supplier in sorted({*sides[0], *sides[1]})
    ]  # fmt: skip


def _by_quarter(
    rows: Sequence[Json], keys: str, own: Sequence[str], quarters: Sequence[str], otherwise: int | None = 0
) -> dict[tuple[str, ...], list[int | None]]:  # fmt: skip
    """The counts of each row at all quarters of both plans."""
    places = {name: number for number, name in enumerate(own)}
    return {
        tuple(row[key] for key in keys.split()): [
            row["elements"][places[name]] if name in places else otherwise for name in quarters
        ]
        for row in rows
    }
