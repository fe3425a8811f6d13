"""Two plans as one comparison and one page: differences, never a cost without its range, what a plan lacks is said."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from assay.errors import InputError
from assay.reports.compare import comparison_sentences, render_comparison, render_comparison_lines
from assay.workflow.planning.compare import compare_plans

TEMPLATE = (Path(__file__).parents[2] / "src/assay/reports/templates/compare.html.j2").read_text(encoding="utf-8")
MILLION = 100_000_000


def plan(**changed: Any) -> dict[str, Any]:
    """A document of a plan with what a comparison reads of it."""
    return {
        "currency": "EUR", "on": "2024-07-15", "known_at": "2024-07-15", "horizon": "2025-12-31", "assumed": [],
        "policy": {"follow_advice": False}, "strict": False, "plan_file": None, "packs": [], "seed": 0, "effort": {},
        "quarters": ["2024-Q3", "2024-Q4", "2025-Q1"], "case": {"title": "A <case>", "synthetic": True},
        "synthetic": {"memberships": [], "suppliers": [{"id": "s", "name": "Supplier <South>"}]},
        "versions": {"problem": "a" * 64}, "estate": {"sha256": "e" * 64}, "illustrative": True, "reproducible": True,
        "checked": True, "cost": 100 * MILLION, "cost_range": [50 * MILLION, 300 * MILLION],
        "lower_bound": 99 * MILLION, "gap_millionths": 10_000, "rule_gap_millionths": None, "lawless": 80 * MILLION,
        "caused_range": [10 * MILLION, 60 * MILLION], "counts": {"elements": 7}, "inputs": [],
        "rules": [{"id": "r", "title": "a rule"}],
        "rule_prices": [{"rule": "r", "low": 1, "estimate": 2, "high": 3, "range": [0, 9]}],
        "years": [{"year": 2024, "spend": 5 * MILLION, "low": MILLION, "high": 9 * MILLION, "elements": 3}],
        "acts": [{"part": "ran", "after": "s", "elements": 3}],
        "regions": [{"region": "DE · A · region 1", "elements": [3, 0, 0]}],
        "holds": [{"part": "ran", "supplier": "s", "elements": [3, 3, 3]}], **changed,
    }  # fmt: skip


def dearer() -> dict[str, Any]:
    """The same a year later at other prices, with a region and a rule more."""
    return plan(
        on="2025-07-15", quarters=["2025-Q1", "2025-Q2"], cost=120 * MILLION,
        cost_range=[60 * MILLION, 360 * MILLION], lower_bound=118 * MILLION, versions={"problem": "b" * 64},
        years=[{"year": 2025, "spend": 8 * MILLION, "low": MILLION, "high": 9 * MILLION, "elements": 5}],
        regions=[{"region": "DE · A · region 2", "elements": [0, 5]}],
        holds=[{"part": "ran", "supplier": "t", "elements": [1, 5]}], rule_prices=[],
    )  # fmt: skip


def test_years_regions_and_quarters_of_both_plans_stand_side_by_side() -> None:
    found = compare_plans(plan(), dearer())
    assert found["quarters"] == ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"]
    assert [(y["year"], y["first"]["spend"], y["second"]["spend"]) for y in found["years"]] == [
        (2024, 5 * MILLION, 0), (2025, 0, 8 * MILLION),
    ]  # fmt: skip
    assert [(r["first"], r["second"]) for r in found["regions"]] == [([3, 0, 0, 0], [0] * 4), ([0] * 4, [0, 0, 0, 5])]
    assert {h["supplier"]: (h["first"], h["second"]) for h in found["holds"]} == {
        "s": ([3, 3, 3, None], [None, None, 0, 0]), "t": ([0, 0, 0, None], [None, None, 1, 5]),
    }  # fmt: skip
    assert [(r["first"] is None, r["second"] is None) for r in found["rules"]] == [(False, True)]


def test_the_difference_is_certain_by_the_bounds_and_has_a_range() -> None:
    found = compare_plans(plan(), dearer())
    assert found["certain"] == {"low": 18 * MILLION, "high": 21 * MILLION}
    assert found["range"] == [10 * MILLION, 60 * MILLION]
    text = " ".join(comparison_sentences(found))
    assert "costs 20.00 m EUR more than the first (10.00 m EUR to 60.00 m EUR over the ranges" in text
    assert "differ by 18.00 m EUR to 21.00 m EUR" in text
    back = " ".join(comparison_sentences(compare_plans(dearer(), plan())))
    assert "costs 20.00 m EUR less than the first (10.00 m EUR to 60.00 m EUR" in back
    assert "differ by 18.00 m EUR to 21.00 m EUR" in back


def test_other_figures_leave_the_whole_span_of_both_ranges() -> None:
    figure = {"id": "life", "value": 8, "low": 6, "high": 10}
    found = compare_plans(plan(inputs=[figure]), {**dearer(), "inputs": [{**figure, "low": 7}]})
    assert found["range"] == [(60 - 300) * MILLION, (360 - 50) * MILLION]
    assert "figure life (stated, low, high)" in [row["what"] for row in found["asked"]]


def test_bounds_that_do_not_tell_which_is_dearer_are_not_said_to() -> None:
    text = " ".join(comparison_sentences(compare_plans(plan(), plan(lower_bound=98 * MILLION))))
    assert "do not tell which of the two is dearer" in text
    assert "the same problem" in text


def test_currencies_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="reckons in EUR, the other in GBP") as caught:
        compare_plans(plan(), plan(currency="GBP"))
    assert caught.value.code == "E0718"


@pytest.mark.parametrize("other", [dearer(), plan(), plan(years=[], acts=[], regions=[], holds=[], rule_prices=[])])
def test_the_page_holds_no_script_and_escapes_every_name(other: dict[str, Any]) -> None:
    before = copy.deepcopy(other)
    html = render_comparison(compare_plans(plan(), other), TEMPLATE)
    assert other == before
    assert "<script" not in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "A &lt;case&gt;" in html
    assert "<South>" not in html
    assert "Illustrative" in html
    assert "gap of the model" in html


def test_an_assumption_of_one_plan_is_shown_with_it() -> None:
    other = plan(assumed=[{"id": "eu.csa2", "from": "2027-07-01"}])
    found = compare_plans(plan(), other)
    html = render_comparison(found, TEMPLATE)
    assert "<strong>ASSUMED</strong> in the second plan" in html
    lines = render_comparison_lines(found, ("a", "b"), lambda text, _: text)
    assert "ASSUMED      eu.csa2 as if in force from 2027-07-01, in the second plan" in lines
    assert "asked        assumed: nothing | eu.csa2 from 2027-07-01" in lines
