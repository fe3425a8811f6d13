"""The answer: an outcome or the exact set of possible ones, with everything it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from assay.model.law import Cap, Force

__all__ = ["SEVERITY", "Outcome", "Truth", "Verdict"]

Truth = bool | None
"""Strong Kleene: None is unknown."""


class Outcome(StrEnum):
    """What the law says; the first six in order of strictness."""

    PERMITTED = "permitted"
    CONDITIONS = "permitted-with-conditions"
    AUTHORISATION = "authorisation-required"
    CAPPED = "capped"
    PHASE_OUT = "phase-out-until"
    PROHIBITED = "prohibited"
    NO_RULE = "no-rule"
    CONFLICT = "conflict-of-norms"
    UNKNOWN = "unknown"


SEVERITY: Final = {
    Outcome.NO_RULE: 0,
    Outcome.PERMITTED: 0,
    Outcome.CONDITIONS: 1,
    Outcome.AUTHORISATION: 2,
    Outcome.CAPPED: 3,
    Outcome.PHASE_OUT: 4,
    Outcome.PROHIBITED: 5,
    Outcome.CONFLICT: 6,
}
"""Strictness of an outcome; UNKNOWN has none, it stands for a set."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its force; `also` are the other outcomes that hold at the same time."""

    outcome: Outcome
    force: Force | None = None
    deadline: date | None = None
    cap: Cap | None = None
    also: tuple[tuple[Outcome, Force], ...] = ()
    deciding: tuple[str, ...] = ()

    def named(self) -> tuple[Outcome, Force | None]:
        """The pair by which two verdicts are compared."""
        return self.outcome, self.force
