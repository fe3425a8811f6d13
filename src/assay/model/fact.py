"""Facts: dated, cited statements about suppliers, products and operators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assay.model.expression import Literal
from assay.model.law import Attribute, Interval, Member, Source

__all__ = ["Fact", "FactSet", "Membership", "Supplier", "plain_name"]

_LEGAL_FORMS: Final = frozenset({
    "ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited", "llc",
    "ltd", "nv", "oy", "oyj", "plc", "publ", "sa", "se", "spa",
})  # fmt: skip
"""Words at the end of a company's name that say what kind of company it is and tell no two apart."""


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A company's name for comparing: lower case, without punctuation and without the legal form at its end."""
    words = "".join(c if c.isalnum() else " " if c not in "./'" else "" for c in name.casefold()).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


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
        """True when `name` is its id, legal name or alias as `plain_name` reads them."""
        wanted = plain_name(name)
        return wanted in {plain_name(own) for own in (self.id, self.name, *self.aliases)}


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
