"""Many futures as a page: what they cost, what drives it, which first year stands up."""

from __future__ import annotations

import pytest

from assay.reports.futures import cost_drivers, render_futures_lines
from assay.workflow.planning.ensemble import futures_page, percentiles


def future(number, cost, **drawn):
    usual = {"caps": [], "bars": [["xx.ban", 0]], "stop": None, "later": None, "price": 1000, "crew": 1000}
    ends = [cost // 2, cost * 3] if cost >= 0 else []
    return {
        "number": number, "cost": cost, "range": ends, "lower_bound": cost - 10, "overtime": 0, "drawn": usual | drawn,
    }  # fmt: skip


FUTURES = [
    future(0, 100_000_000), future(1, 300_000_000, stop=[0, 3, 2]), future(2, 120_000_000, bars=[["xx.ban", -2]]),
    future(3, 90_000_000, bars=[["xx.ban", 3]]), future(4, -1, stop=[0, 1, 3]),
]  # fmt: skip
YEAR = {
    "first_year": "today's plan", "acts": 3, "worst_at_most": 9_000_000, "worst_at_least": 1_000_000,
    "mean_at_most": 500_000, "cannot_be_done_in": [], "tried_in": 4, "robust": True, "range": [0, 20_000_000],
}  # fmt: skip


@pytest.fixture
def found():
    solved = [row for row in FUTURES if row["cost"] >= 0]
    return {
        "schema": "assay-plan-ensemble/1", "problem": "ab" * 32, "case": "A <fictional> network", "on": "2026-07-01",
        "synthetic": True, "illustrative": True, "currency": "EUR", "seed": 7, "scenarios": 5, "unsolved": [4],
        "cost": percentiles(row["cost"] for row in solved),
        "today": {"cost": 100_000_000, "lower_bound": 99_000_000, "range": [30_000_000, 400_000_000]},
        "assumed": [{"id": "eu.proposal", "from": "2027-07-01"}],
        "cost_range": {end: percentiles(row["range"][n] for row in solved) for n, end in enumerate(("low", "high"))},
        "lower_bound": percentiles(row["lower_bound"] for row in solved),
        "gap_millionths": percentiles([1, 2, 3, 4]), "first_years": [YEAR], "futures": FUTURES,
    }  # fmt: skip


def test_what_makes_futures_dear_comes_first_and_unsolved_ones_do_not_count():
    rows = cost_drivers(FUTURES)
    assert (rows[0]["what"], rows[0]["count"], rows[0]["median"]) == (
        "a supplier delivers nothing for some quarters", 1, 300_000_000,
    )  # fmt: skip
    assert rows[0]["others"] == 3
    assert {"xx.ban begins earlier", "xx.ban begins later"} <= {row["what"] for row in rows}


def test_what_happens_in_all_or_none_of_the_futures_tells_nothing():
    told = {row["what"] for row in cost_drivers(FUTURES)}
    assert not {"fewer crews than today", "a ban that nobody knows of yet is announced later"} & told
    assert cost_drivers(FUTURES[:1]) == []


def test_the_page_says_what_it_is_and_escapes_what_it_is_given(found):
    page = futures_page(found)
    assert "A &lt;fictional&gt; network" in page
    assert "Illustrative futures of a plan" in page
    assert "<code>eu.proposal</code> is treated as if in force from 2027-07-01" in page
    assert "no lawful schedule was found: 4" in page
    assert "today&#39;s plan <strong>least worst</strong>" in page
    assert "<script" not in page


def test_a_page_of_futures_without_any_schedule_says_so(found):
    found |= {"futures": FUTURES[-1:], "cost": {}, "gap_millionths": {}, "unsolved": [4], "scenarios": 1}
    page = futures_page(found)
    assert "too few futures" in page
    assert "Half of the futures" not in page


def test_the_terminal_says_cost_with_range_driver_first_year_and_what_is_assumed(found):
    lines = render_futures_lines(found, lambda text, _: text)
    assert "5 illustrative futures from 2026-07-01" in lines
    assert "ASSUMED      eu.proposal as if in force from 2027-07-01" in lines
    assert "half: 1.20 m EUR (0.60 m EUR to 3.60 m EUR over the ranges)" in lines
    assert "driver       a supplier delivers nothing for some quarters: 3.00 m EUR in the middle of one future" in lines
    assert "at most 90,000 EUR too dear in the worst of 4 futures (0 EUR to 0.20 m EUR over the ranges)" in lines
    assert "no lawful schedule was found in the futures [4]" in lines
