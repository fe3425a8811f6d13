"""A network as a table: the columns of an estate, a case folder, a class of equal elements, a share against its cap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from assay.model.question import Question

__all__ = [
    "ACTS",
    "COLUMNS",
    "CONTEXT_COLUMNS",
    "DATE_COLUMNS",
    "REQUIRED",
    "WEIGHT_COLUMNS",
    "Case",
    "CaseSource",
    "ColumnMap",
    "ElementClass",
    "Fault",
    "Share",
    "share_state",
]  # fmt: skip

REQUIRED: Final = ("operator", "jurisdiction", "part", "supplier")
"""Columns without which no question can be asked."""

CONTEXT_COLUMNS: Final[Mapping[str, str]] = {
    "operator": "operator", "generation": "generation", "bands": "bands", "layer": "layer", "function": "function",
    "zone": "zone", "place": "place", "site_class": "site-class", "purpose": "purpose", "funding": "funding",
    "installed": "installed", "prior_authorisation": "prior-authorisation", "existing_network": "existing-network",
}  # fmt: skip
"""Column -> context key of the question."""

DATE_COLUMNS: Final = ("installed", "ordered", "contract_end", "support_end")
WEIGHT_COLUMNS: Final = ("traffic", "population")
"""Whole numbers by which shares may be measured, besides counting sites and elements."""

COLUMNS: Final = (
    "element", "site", "lon", "lat", "jurisdiction", "part", "supplier", "product", *CONTEXT_COLUMNS,
    *WEIGHT_COLUMNS, "ordered", "contract_end", "support_end", "release", "shared_owner", "managed_by",
)  # fmt: skip
"""Every column that an estate may have; docs/estate-format.md says what each means."""

ACTS: Final = ("operate", "maintain", "install", "purchase")
"""What a review asks of each class: keep it running, repair it, put in more of it, buy more of it."""


@dataclass(frozen=True, slots=True)
class CaseSource:
    """Where the data of a case come from."""

    title: str
    url: str
    licence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case folder as its case.toml says it."""

    title: str
    estate: str
    jurisdictions: tuple[str, ...]
    note: str
    synthetic: bool
    map: str
    facts: str
    sources: tuple[CaseSource, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How a user's own inventory becomes an estate: columns, values, file format."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    separator: str = ","
    encoding: str = "utf-8"
    sheet: str = ""
    keep_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that could not be asked about: its line in the file and the reason."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ElementClass:
    """Elements about which every rule reads the same: one question stands for all of them.

    `context` and `product` are the least values that stand in the class; no rule tells the others from them.
    """

    id: str
    supplier: str
    product: str
    jurisdiction: str
    part: str
    context: Mapping[str, tuple[str, ...]]
    elements: int

    @property
    def operator(self) -> str:
        """The operator, empty where the estate names none."""
        return (self.context.get("operator") or ("",))[0]

    def question(self, act: str, on: date, known_at: date) -> Question:
        """What is asked of the class for one act and day."""
        return Question(self.supplier, self.part, act, self.jurisdiction, on, known_at, self.product, self.context)


@dataclass(frozen=True, slots=True)
class Share:
    """What one group holds against one cap, in whole numbers. `low` counts known members, `high` possible ones too."""

    rule: str
    jurisdiction: str
    group: Mapping[str, str]
    metric: str
    cap: Fraction
    low: int
    high: int
    base_low: int
    base_high: int
    state: str
    until: date | None
    why: str = ""


def share_state(low: int, high: int, base_low: int, base_high: int, cap: Fraction) -> str:
    """`within`, `over` or `unknown`, by cross-multiplication of whole numbers.

    Within: even all possible members over the smallest base stay at or under the cap. Over: even the known
    members over the largest base exceed it. An empty base holds nothing, so it is within.
    """
    if high * cap.denominator <= cap.numerator * base_low:
        return "within"
    return "over" if low * cap.denominator > cap.numerator * base_high else "unknown"
