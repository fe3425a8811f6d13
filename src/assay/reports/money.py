"""Sums and shares for people."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["money_words", "percent4", "span_words"]


def money_words(cents: int, currency: str = "EUR") -> str:
    """Cents for people: millions with two digits, cut off towards zero; small sums in whole units."""
    units = abs(cents) // 100
    sign = "-" if cents < 0 and units else ""
    if units < 100_000:
        return f"{sign}{units:,} {currency}"
    return f"{sign}{units // 1_000_000:,}.{units // 10_000 % 100:02} m {currency}"


def span_words(ends: Sequence[int], currency: str = "EUR") -> str:
    """From one sum to another; one sum where both read the same."""
    first, last = (money_words(cents, currency) for cents in ends)
    return first if first == last else f"{first} to {last}"


def percent4(millionths: int) -> str:
    """Millionths as percent with four digits."""
    return f"{millionths // 10_000}.{millionths % 10_000:04} %"
