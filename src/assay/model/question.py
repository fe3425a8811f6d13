"""The question: who, what, where, for which act, on which day, known by when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from assay.model.expression import Literal
from assay.model.law import PARTS

__all__ = ["ANY_PART", "CLOSED_VALUES", "CONTEXT_KEYS", "ONE_VALUE", "SINGLE_KEYS", "Question", "asked_parts"]

ANY_PART: Final = "any"


def asked_parts(words: Iterable[str]) -> tuple[str, ...]:
    """The parts of a network that a question is put for: `any` stands for the four, in their order."""
    words = tuple(words)
    return PARTS if ANY_PART in words else words


CONTEXT_KEYS: Final = (
    "operator", "generation", "bands", "site-class", "zone", "place", "layer", "function", "funding", "purpose",
    "installed", "prior-authorisation", "existing-network",
)  # fmt: skip
"""The closed list of what a question may add."""

SINGLE_KEYS: Final = frozenset({"operator", "installed", "prior-authorisation", "existing-network"})
"""Context keys that hold one value; the others may hold several."""

ONE_VALUE: Final = SINGLE_KEYS | {"supplier", "product", "part", "activity"}
"""Everything that a question holds one of at most."""

CLOSED_VALUES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "generation": frozenset({"2G", "3G", "4G", "5G", "6G"}),
        "funding": frozenset({"federal-procurement", "federal-subsidy", "private"}),
        "prior-authorisation": frozenset({"yes", "no"}),
        "existing-network": frozenset({"yes", "no"}),
    }
)
"""Context keys whose values are a closed list."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `context` holds one or several texts per key; what is absent is unknown.

    `given` are facts that the asker states for this question alone (attribute id -> value).
    """

    supplier: str
    part: str
    activity: str
    jurisdiction: str
    as_of: date
    known_at: date
    product: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: Mapping[str, Literal] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The question as plain values, keys with nothing to say left out."""
        out: dict[str, object] = {
            "supplier": self.supplier,
            "part": self.part,
            "activity": self.activity,
            "jurisdiction": self.jurisdiction,
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
            "context": {key: list(values) for key, values in sorted(self.context.items())},
        }
        if self.product:
            out["product"] = self.product
        if self.given:
            out["given"] = {k: v if isinstance(v, bool | int) else str(v) for k, v in sorted(self.given.items())}
        return out
