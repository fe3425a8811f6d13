"""What all official lists share: entries of legal entities, and how many others were passed over unread. Pure.

Natural persons are never read: not their names, not into claims, not into what is listed as unread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from assay.model.law import Interval
from assay.readers.extract import Claim, Extract, Foreign, Subject

__all__ = ["LISTED", "Entry", "listed", "many", "unsampled"]

LISTED: Final = (
    "`supplier.sanction` about the entity as listed, never about a supplier until a person says that they are the same"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One legal entity of a list: its number there, names, programmes, days, countries as the list writes them."""

    key: str
    name: str
    place: str
    names: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    begun: date | None = None
    ended: date | None = None


def listed(
    form: str, title: str, entries: Iterable[Entry], passed: Counter[str], issued: date | None,
    foreign: Iterable[Foreign],
) -> Extract:  # fmt: skip
    """The extract of a list: one claim for each entity, about an entity and never about a supplier of ours."""
    claims = []
    for entry in entries:
        others = tuple(name for name in dict.fromkeys(entry.names) if name and name != entry.name)
        where = [("country", country) for country in dict.fromkeys(entry.countries) if country]
        about = Subject("entity", entry.name, "", (("list-entry", f"{form}:{entry.key}"), *where), others, entry.place)
        end = entry.ended if entry.ended and (entry.begun is None or entry.ended > entry.begun) else None
        value = f"{title}: {', '.join(dict.fromkeys(entry.programmes)) or 'no programme named'}"
        claims.append(Claim("supplier.sanction", value, entry.place, about, Interval(entry.begun, end), text=entry.key))
    limits = [f"entries not read: {count:,} ({kind})" for kind, count in sorted(passed.items())]
    limits.append("an entry is a name on a list: whether it is a supplier of ours is for a person to say")
    subjects = tuple(claim.about for claim in claims if claim.about)
    return Extract(form, "", tuple(claims), subjects, unsampled(foreign), tuple(limits), issued)


def unsampled(foreign: Iterable[Foreign]) -> tuple[Foreign, ...]:
    """Unread fields by name and number only: their values may name persons."""
    return tuple(replace(entry, sample="") for entry in foreign)


def many(text: str, sign: str = ";") -> tuple[str, ...]:
    """The parts of a cell that holds several."""
    return tuple(part.strip() for part in text.split(sign) if part.strip())
