"""Claims and a receipt make facts: the file says what, the signed evidence statement says of whom and since when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from assay.model.expression import Literal
from assay.model.fact import Fact
from assay.model.law import Attribute, Interval, Source
from assay.readers.extract import Claim, Extract, Subject

__all__ = ["LeftOut", "Receipt", "facts_of"]

_BETWEEN: Final = re.compile(r"[\s_-]+")
_TYPES: Final = {"bool": bool, "text": str, "country": str, "date": date, "int": int}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the signed evidence statement adds.

    `source` cites the bytes by digest; `id` begins the facts' ids. `effective` is the day from which the evidence
    speaks, `received` the day on which the store took it in. At least one of supplier, product and operator is
    named where the file's own subject is not to count. `synthetic` marks all facts made of it.
    """

    id: str
    source: Source
    received: date
    effective: date | None = None
    supplier: str = ""
    product: str = ""
    operator: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A claim that made no fact, and why."""

    claim: Claim
    why: str


def facts_of(
    extract: Extract, receipt: Receipt, attributes: Mapping[str, Attribute]
) -> tuple[tuple[Fact, ...], tuple[LeftOut, ...]]:
    """The facts of an extract, and the claims that made none with the reason.

    `known` is the day of receipt. `valid` begins where the claim says, else on the effective day, else on the day of
    receipt: a file without dates speaks of no day before we had it. A claim makes no fact if its attribute is not
    declared, its value is not of the attribute's type, only a person may set it (discretion), or its subject is not
    the one that the receipt names; a component, legal entity or vulnerability is never a subject of facts.
    """
    facts: list[Fact] = []
    left: list[LeftOut] = []
    for number, claim in enumerate(extract.claims, 1):
        made = _fact(f"{receipt.id}.{number:04}", claim, receipt, attributes)
        if isinstance(made, Fact):
            facts.append(made)
        else:
            left.append(LeftOut(claim, made))
    return tuple(facts), tuple(left)


def _fact(name: str, claim: Claim, receipt: Receipt, attributes: Mapping[str, Attribute]) -> Fact | str:
    attribute = attributes.get(claim.attribute)
    if attribute is None:
        return f"no attribute `{claim.attribute}` is declared"
    if attribute.discretion:
        return "only a person's signed statement may set this attribute"
    value = _value(claim.value, attribute.type)
    if value is None:
        return f"the value is no {attribute.type}"
    subjects = _subjects(claim.about, receipt)
    if isinstance(subjects, str):
        return subjects
    start = claim.valid.start or receipt.effective or receipt.received
    if claim.valid.end is not None and claim.valid.end <= start:
        return "its time was over before it begins to count"
    supplier, product, operator = subjects
    return Fact(
        name, claim.attribute, value, Interval(start, claim.valid.end), Interval(receipt.received), receipt.source,
        supplier=supplier, product=product, operator=operator, status=claim.status, text=claim.text, note=claim.place,
        synthetic=receipt.synthetic,
    )  # fmt: skip


def _value(value: Literal, wanted: str) -> Literal | None:
    if wanted == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    if wanted not in _TYPES or isinstance(value, Fraction):
        return None
    return value if type(value) is _TYPES[wanted] else None


def _subjects(about: Subject | None, receipt: Receipt) -> tuple[str, str, str] | str:
    """Supplier, product and operator of the fact, or why there are none."""
    named = (receipt.supplier, receipt.product, receipt.operator)
    if about is None:
        return named if any(named) else "the file names no subject and neither does its statement"
    match about.kind:
        case "product":
            if receipt.product and not _same(receipt.product, about):
                return f"the file speaks of {about.title}, its statement of {receipt.product}"
            return receipt.supplier, receipt.product or about.title, ""
        case "supplier" if known := dict(about.identifiers).get("supplier-id", ""):
            # A match: made against a supplier of our data, so it names that one and no other.
            fits = receipt.supplier in ("", known)
            return (known, "", "") if fits else f"the match is with {known}, the statement speaks of {receipt.supplier}"
        case "supplier":
            return (receipt.supplier, "", "") if receipt.supplier else f"no supplier is named for {about.name}"
        case "operator":
            return ("", "", receipt.operator) if receipt.operator else f"no operator is named for {about.name}"
        case _:
            return (
                f"it speaks of {about.title} ({about.kind}), who or which is no supplier, product or operator of ours"
            )


def _same(product: str, about: Subject) -> bool:
    """True where a statement names a file's product: by name and version, another name of it, or an identifier.

    Case and the signs between words do not count, since package URLs write "Northern Core" as "northern-core".
    """
    others = {_plain(name) for name in (about.title, *about.names)}
    return _plain(product) in others or product in {value for _, value in about.identifiers}


def _plain(name: str) -> str:
    return " ".join(_BETWEEN.split(name.casefold())).strip()
