"""Names on lists against names that our data knows: graded, for a person to review, never a conclusion. Pure.

Grades: `exact` the same characters; `normalised` the same after case, marks, punctuation and legal form are dropped;
`near` alike to 90 of 100 or more by the sorted words of both (rapidfuzz token_sort_ratio, rounded down).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from assay.model.fact import Supplier
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.legal_forms import normal_form

__all__ = ["NEAR", "Match", "match", "match_claims"]

NEAR: Final = 90
"""The least score of a near match, out of 100."""
_SHORTEST: Final = 5
"""Letters a normal form needs before likeness means anything."""
_GRADES: Final = ("exact", "normalised", "near")


@dataclass(frozen=True, slots=True)
class Match:
    """One name on a list beside one name of a supplier, with grade and score out of 100."""

    subject: Subject
    listed: str
    supplier: str
    name: str
    grade: str
    score: int


def match(extract: Extract, suppliers: Iterable[Supplier], least: int = NEAR) -> tuple[Match, ...]:
    """Every entity of a list that bears a name like a supplier's: the best grade for each pair, best first.

    Entities that a file merely names, such as its publisher, are not compared: only those that it makes claims about.
    """
    spoken = (claim.about for claim in extract.claims if claim.about is not None and claim.about.kind == "entity")
    entities = list(dict.fromkeys(spoken))
    names = [(entity, name) for entity in entities for name in (entity.name, *entity.names)]
    forms = [normal_form(name) for _, name in names]
    best: dict[tuple[str, str], Match] = {}
    for supplier in suppliers:
        for own in dict.fromkeys((supplier.name, *supplier.aliases)):
            for place, grade, score in _alike(own, [name for _, name in names], forms, least):
                entity, listed = names[place]
                found = Match(entity, listed, supplier.id, own, grade, score)
                key = (entity.place, supplier.id)
                if key not in best or _rank(found) < _rank(best[key]):
                    best[key] = found
    return tuple(sorted(best.values(), key=lambda found: (_rank(found), found.supplier, found.subject.place)))


def _rank(found: Match) -> tuple[int, int, str]:
    return _GRADES.index(found.grade), -found.score, found.listed


def _alike(own: str, names: list[str], forms: list[str], least: int) -> list[tuple[int, str, int]]:
    """Places of names like `own`, with grade and score."""
    whole, form = unicodedata.normalize("NFC", own), normal_form(own)
    found = [(place, "exact", 100) for place, name in enumerate(names) if name == whole]
    found += [(place, "normalised", 100) for place, other in enumerate(forms) if other == form]
    if len(form) >= _SHORTEST:
        near = process.extract(form, forms, scorer=fuzz.token_sort_ratio, score_cutoff=least, limit=None)
        found += [(place, "near", int(score)) for _, score, place in near if len(forms[place]) >= _SHORTEST]
    return found


def match_claims(extract: Extract, suppliers: Iterable[Supplier], least: int = NEAR) -> tuple[Claim, ...]:
    """The matches as claims about the suppliers, each saying what was compared and how it came out."""
    return tuple(
        Claim(
            "supplier.list-match",
            f"{found.grade} {found.score}: {found.listed}",
            found.subject.place,
            Subject("supplier", found.name, identifiers=(("supplier-id", found.supplier),), place=found.subject.place),
            text="; ".join(f"{scheme} {value}" for scheme, value in found.subject.identifiers),
        )
        for found in match(extract, suppliers, least)
    )
