"""The only place where a command reads the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

__all__ = ["moment", "today"]


def today() -> date:
    """The day, in UTC: the one place where a command reads the clock."""
    return datetime.now(UTC).date()


def moment() -> str:
    """The time in UTC to the second, as statements carry it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
