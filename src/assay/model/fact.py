"""Facts: dated, cited statements about suppliers, products and operators."""

from __future__ import annotations

from dataclasses import dataclass

from assay.model.expression import Literal
from assay.model.law import Attribute, Interval, Member, Source

__all__ = ["Fact", "FactSet", "Membership", "Supplier"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement. Every subject key that is not empty must match the question.

    `status`: fact, finding, settlement (read by rules) or allegation (shown, never read by a rule).
    """

    id: str
    attribute: str
    value: Literal
    valid: Interval
    known: Interval
    source: Source
    supplier: str = ""
    product: str = ""
    operator: str = ""
    status: str = "fact"
    precision: str = "day"
    supersedes: str = ""
    text: str = ""
    note: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Supplier:
    """A legal entity that questions may name, with the other names it is known by."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    synthetic: bool = False

    def goes_by(self, name: str) -> bool:
        """True when `name` is its id, legal name or alias, upper and lower case alike."""
        wanted = name.strip().casefold()
        return wanted in {own.casefold() for own in (self.id, self.name, *self.aliases)}


@dataclass(frozen=True, slots=True)
class Membership:
    """A case's own entry in a class, for a subject that the case declares."""

    of_class: str
    member: Member
    says: str


@dataclass(frozen=True, slots=True)
class FactSet:
    """All facts at hand, with the attributes they use and the suppliers they speak of."""

    attributes: dict[str, Attribute]
    suppliers: dict[str, Supplier]
    facts: tuple[Fact, ...]
    memberships: tuple[Membership, ...] = ()
