"""The time grid of a plan: quarters of a year, from the one that holds the first day to the one that holds the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from assay.errors import UsageError

__all__ = ["Quarter", "quarters"]

_MOST = 60


@dataclass(frozen=True, slots=True)
class Quarter:
    """Days from `start` to `end`, both included. The first quarter of a plan begins on the day it is asked for."""

    start: date
    end: date

    @property
    def name(self) -> str:
        """Such as `2027-Q3`."""
        return f"{self.start.year}-Q{(self.start.month + 2) // 3}"


def quarters(on: date, horizon: date) -> tuple[Quarter, ...]:
    """The quarters from `on` to the one that holds `horizon`.

    Raises UsageError (E0710) where the horizon does not lie after `on` or more than 15 years ahead.
    """
    if horizon <= on:
        raise UsageError(
            "E0710", f"the horizon {horizon} does not lie after {on}", where="--horizon, or `horizon` of plan.toml",
            expected="a later day, such as the end of a year", remedy="give another --horizon or another --on",
        )  # fmt: skip
    out: list[Quarter] = []
    start = on
    while start <= horizon:
        after = _next(start)
        out.append(Quarter(start, after - timedelta(days=1)))
        start = after
    if len(out) > _MOST:
        raise UsageError(
            "E0710", f"{len(out)} quarters from {on} to {horizon}", where="--horizon, or `horizon` of plan.toml",
            expected=f"at most {_MOST} quarters", remedy="no law is dated that far ahead: choose a nearer horizon",
        )  # fmt: skip
    return tuple(out)


def _next(day: date) -> date:
    """The first day of the next quarter."""
    month = 3 * ((day.month + 2) // 3) + 1
    return date(day.year + 1, 1, 1) if month > 12 else date(day.year, month, 1)
