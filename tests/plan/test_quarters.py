"""The time grid of a plan."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import UsageError
from assay.plan.quarters import quarters


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 4000))
def test_quarters_follow_each_other_without_gap_from_the_day_asked_to_the_horizon(on: date, days: int) -> None:
    horizon = on + timedelta(days=days)
    grid = quarters(on, horizon)
    assert grid[0].start == on
    assert grid[-1].start <= horizon <= grid[-1].end
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(grid))
    assert all(q.end.month % 3 == 0 for q in grid)


def test_names() -> None:
    assert [q.name for q in quarters(date(2026, 11, 28), date(2027, 6, 30))] == ["2026-Q4", "2027-Q1", "2027-Q2"]


@pytest.mark.parametrize("horizon", [date(2026, 1, 1), date(2025, 1, 1), date(2060, 1, 1)])
def test_a_horizon_before_the_day_asked_or_far_ahead_is_refused(horizon: date) -> None:
    with pytest.raises(UsageError, match=r"horizon|quarters"):
        quarters(date(2026, 1, 1), horizon)
