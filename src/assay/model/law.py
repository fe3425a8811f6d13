"""The law as data: sources, instruments, classes, rules, packs. Frozen; dates are half-open intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from assay.model.expression import All, Expression

__all__ = [
    "ACTIVITIES", "ALWAYS", "GRADES", "OPERATOR_ACTS", "PARTS", "Attribute", "Cap", "Citation", "Class", "Defeat",
    "Effect", "Force", "Instrument", "Interval", "Member", "NotEncoded", "Pack", "Presumption", "Reading", "Residual",
    "Rule", "Source", "State", "weakest_grade",
]  # fmt: skip

PARTS: Final = ("core", "ran", "transport", "management")
OPERATOR_ACTS: Final = ("purchase", "install", "operate", "maintain")
"""What an operator does with equipment; `any` act in a source means these four."""

ACTIVITIES: Final = (*OPERATOR_ACTS, "supply-components")
GRADES: Final = ("official-text", "official-statement", "law-firm", "press", "republication", "none")
"""Grades of a source, best first."""
ALWAYS: Final = All(())
"""The predicate of a rule without `when`."""


def weakest_grade(grades: list[str]) -> str:
    """The weakest of some grades; `none` when there is nothing to grade."""
    return max(grades, key=GRADES.index) if grades else "none"


class Force(StrEnum):
    """Whether an instrument binds its addressee."""

    BINDING = "binding"
    ADVICE = "advice"


class State(StrEnum):
    """Where an instrument stands. Only IN_FORCE and SUPERSEDED (within its dates) have effect."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    IN_FORCE = "in-force"
    STAYED = "stayed"
    SUPERSEDED = "superseded"

    @property
    def has_effect(self) -> bool:
        """True where the rules of the instrument are read at all."""
        return self in (State.IN_FORCE, State.SUPERSEDED)


class Effect(StrEnum):
    """What a rule does; the first six in the order of their outcomes."""

    PERMIT = "permit"
    CONDITION = "condition"
    AUTHORISE = "authorise"
    CAP = "cap"
    PHASE_OUT = "phase-out"
    PROHIBIT = "prohibit"
    EXCEPT = "except"
    DEFINE = "define"
    DUTY = "duty"
    POWER = "power"

    @property
    def decides(self) -> bool:
        """True for the six effects that make an outcome."""
        return self not in (Effect.EXCEPT, Effect.DEFINE, Effect.DUTY, Effect.POWER)

    @property
    def restricts(self) -> bool:
        """True for the five effects that restrict."""
        return self.decides and self is not Effect.PERMIT


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from `start` (included; None = always) to `end` (excluded; None = open)."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """True when the day lies in the interval."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Reading:
    """When and how much of a source was read: `full`, `excerpt` or `opening`."""

    on: date
    extent: str


@dataclass(frozen=True, slots=True)
class Source:
    """A page or document that something rests on."""

    id: str
    title: str
    url: str
    grade: str
    read: Reading | None = None
    published: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source and the place in it."""

    source: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A statute, direction, licence, advice ... that rules are read from."""

    id: str
    title: str
    authority: str
    addressee: str
    force: Force
    kind: str
    state: State
    sources: tuple[str, ...] = ()
    directly: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One dated entry of a class."""

    value: str
    valid: Interval = Interval()
    known: Interval = Interval()
    source: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Class:
    """A dated, cited list. Closed: who is not listed is no member. Open: who is not listed is unknown."""

    id: str
    of: str
    title: str
    closed: bool
    source: str
    facet: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact that rules read.

    `burden`: the applicant has to show it; where no fact is there, the headline presumes it not shown.
    `discretion`: only a person's signed statement may set it.
    """

    id: str
    type: str
    facet: str
    title: str
    many: bool = False
    obtainable: tuple[str, ...] = ()
    discretion: bool = False
    burden: bool = False


@dataclass(frozen=True, slots=True)
class Presumption:
    """What a short question is taken to mean: a value of a context key, or membership of a class."""

    key: str
    why: str
    value: str = ""
    in_class: str = ""
    parts: tuple[str, ...] = PARTS


@dataclass(frozen=True, slots=True)
class Residual:
    """What holds where no rule restricts."""

    outcome: str
    start: date
    why: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """A share that must not be exceeded: an exact fraction, in each metric, within each group."""

    share: Fraction
    metric: tuple[str, ...]
    per: tuple[str, ...]
    base: Expression = ALWAYS


@dataclass(frozen=True, slots=True)
class Defeat:
    """An edge: the rule that carries it takes the effect of `rule` away while it holds itself."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, duty or power of an instrument. `line` is its place in rules.toml, outside the digest."""

    id: str
    instrument: str
    effect: Effect
    parts: tuple[str, ...]
    activities: tuple[str, ...]
    when: Expression
    valid: Interval
    known: Interval
    says: str
    cite: tuple[Citation, ...]
    events: tuple[str, ...] = ()
    until: date | None = None
    until_months: int | None = None
    cap: Cap | None = None
    define: str = ""
    defeats: tuple[Defeat, ...] = ()
    conditions: tuple[str, ...] = ()
    note: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class NotEncoded:
    """An event that no rule carries, and why."""

    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One law pack. `digest` covers rules, classes and sources, not the cases."""

    id: str
    jurisdiction: str
    title: str
    coded: date
    licence: str
    sources: dict[str, Source]
    instruments: dict[str, Instrument]
    residuals: tuple[Residual, ...]
    presumptions: tuple[Presumption, ...]
    attributes: dict[str, Attribute]
    not_encoded: tuple[NotEncoded, ...]
    classes: dict[str, Class]
    rules: tuple[Rule, ...]
    digest: str
    private: bool = False
