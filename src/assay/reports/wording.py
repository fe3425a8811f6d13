"""Outcomes in few words that follow bindingness: a thing advised against is never called banned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["cap_words", "worded"]

_WORDS: Final = {
    ("prohibited", "binding"): "prohibited",
    ("prohibited", "advice"): "advised against",
    ("phase-out-until", "binding"): "until {deadline}",
    ("phase-out-until", "advice"): "advised: until {deadline}",
    ("capped", "binding"): "capped{share}",
    ("capped", "advice"): "advised: cap{share}",
    ("authorisation-required", "binding"): "authorisation required",
    ("authorisation-required", "advice"): "authorisation advised",
    ("permitted-with-conditions", "binding"): "on conditions",
    ("permitted-with-conditions", "advice"): "conditions advised",
}
_UNFORCED: Final = {
    "permitted": "no restriction found",
    "no-rule": "no rule found",
    "conflict-of-norms": "conflict of norms",
    "unknown": "not determined",
}


def worded(row: Mapping[str, Any]) -> str:
    """An outcome with force (and deadline and share, where the row has them) in two or three words."""
    outcome, force = row["outcome"], row["force"]
    if outcome in _UNFORCED:
        return _UNFORCED[outcome]
    cap = row.get("cap")
    share = f" at {cap_words(cap['share'])}" if cap else ""
    return _WORDS[outcome, force].format(deadline=row.get("deadline") or "a date", share=share)


def cap_words(share: str) -> str:
    """An exact share for people: as percent where that is whole, else as the fraction."""
    top, bottom = (int(number) for number in share.split("/"))
    return f"{100 * top // bottom} %" if 100 * top % bottom == 0 else share
