"""What a plan is reckoned with: each figure with its range, its source and who paid for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from assay.model.law import PARTS

__all__ = ["END", "Budget", "Coverage", "Input", "Inputs", "Policy", "Supply"]

END: Final = ("low", "value", "high")
"""The three readings of a range: cheapest, stated, dearest."""


@dataclass(frozen=True, slots=True)
class Input:
    """One figure. `rises`: a higher value makes a plan dearer. `own`: the case states it, it is no default.

    `between` are the least and the most that can be meant: a negative or absurd price would make any plan worthless.
    """

    id: str
    title: str
    value: int
    low: int
    high: int
    unit: str
    rises: bool
    source: str
    url: str
    sponsor: str
    between: tuple[int, int]
    own: bool = False

    def at(self, end: str) -> int:
        """The figure where it makes a plan cheapest (`low`), as stated (`value`) or dearest (`high`)."""
        if end == "value":
            return self.value
        return self.low if (end == "low") == self.rises else self.high

    @property
    def meant(self) -> bool:
        """Whether the range is one, holds the value, and lies between what can be meant."""
        return self.between[0] <= self.low <= self.value <= self.high <= self.between[1]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent on equipment and work in a year, in whole euros, by one operator or by all."""

    year: int
    most: int
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A share of the population of an operator's planned sites that must be served from a day on."""

    by: date
    share: Fraction
    operator: str
    id: str


@dataclass(frozen=True, slots=True)
class Supply:
    """How many radio sites a supplier can deliver a quarter, between two days."""

    supplier: str
    sites: int
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How answers other than yes and no are taken: each choice is printed with the plan.

    `follow_advice`: advice counts like a duty. `authorisation`: `granted` takes one that is needed as given in time,
    `refused` closes what needs one. `same_manager`: radio equipment needs an element manager of its own supplier.
    `undetermined`: `closed` takes an open answer at its strictest, `open` leaves it.
    """

    follow_advice: bool = False
    authorisation: str = "granted"
    undetermined: str = "closed"
    same_manager: bool = True


@dataclass(frozen=True)
class Inputs:
    """Everything a plan is reckoned with beside the estate and the law."""

    figures: Mapping[str, Input]
    policy: Policy = Policy()
    budgets: tuple[Budget, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    supply: tuple[Supply, ...] = ()
    sizes: Mapping[str, int] = None  # type: ignore[assignment]  # set below: a mapping is no default of a frozen class
    region: int = 400
    planned: str = ""
    currency: str = "EUR"

    def __post_init__(self) -> None:
        """Fill the sizes of clusters by part."""
        if self.sizes is None:
            object.__setattr__(self, "sizes", {"core": 1, "ran": 15, "transport": 10, "management": 1})

    def at(self, name: str, end: str = "value") -> int:
        """One figure at one end of its range."""
        return self.figures[name].at(end)

    def priced(self, part: str, what: str, end: str = "value") -> int:
        """Equipment or labour of one part, in whole euros."""
        assert part in PARTS
        return self.at(f"{part}.{what}", end)

    @property
    def illustrative(self) -> bool:
        """True while any price is a default."""
        return any(not figure.own for figure in self.figures.values())
