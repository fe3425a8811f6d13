"""What a reader makes of a file: claims about subjects, what it left unread, what it cannot say. Frozen, no behaviour.

A claim is a fact without its clock: the file says it, but when we received it and who signed it stands in the
evidence statement. `readers.facts` joins the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from assay.model.expression import Literal
from assay.model.law import Interval

__all__ = ["Claim", "Extract", "Foreign", "Subject"]

_OPEN: Final = Interval()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a file speaks of.

    `kind`: product, component (a part of the product), supplier or operator (by a name that our data knows), entity
    (a legal entity by the name its source gives: never taken for a supplier without a person's word), author
    (who speaks in the file), vulnerability.
    `identifiers`: pairs such as ("purl", "pkg:deb/x@1"), ("lei", "..."), ("sha256", "...").
    """

    kind: str
    name: str
    version: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    place: str = ""

    @property
    def title(self) -> str:
        """Name and version, as questions write a product."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a file.

    `about` is None where the file names no subject: then the signed evidence statement has to. `valid` is open
    where the file gives no dates. `place` is a JSON pointer, an element path or `line N`.
    """

    attribute: str
    value: Literal
    place: str
    about: Subject | None = None
    valid: Interval = _OPEN
    status: str = "fact"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A field that the reader did not read: its path with `*` for positions, how often, its first value cut short."""

    path: str
    count: int
    sample: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What one file yields. `issued` is the day the file gives itself; `limits` say what was not established."""

    format: str
    version: str
    claims: tuple[Claim, ...] = ()
    subjects: tuple[Subject, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    limits: tuple[str, ...] = ()
    issued: date | None = None
