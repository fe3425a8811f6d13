"""Assessment of a network function: cases, what a check saw, verdicts. One model for recordings and live runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from assay.model.event import Event

__all__ = [
    "Case",
    "Clause",
    "Example",
    "Finding",
    "Origin",
    "Product",
    "Proof",
    "Seen",
    "Strength",
    "Verdict",
    "proof_of",
]


class Verdict(Enum):
    """The state of a case. Only `pass` and `fail` say something about the product."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"


class Strength(Enum):
    """How much a verdict carries: `weak` where too few instances were seen for a claim about all."""

    DECISIVE = "decisive"
    WEAK = "weak"
    NONE = ""


class Origin(Enum):
    """Where an example comes from, best first."""

    RECORDED = "recorded"
    DERIVED = "derived"
    SYNTHESISED = "synthesised"


class Proof(NamedTuple):
    """Bytes that prove an observation: `spans` are positions in the file, frames count from 1."""

    file: str
    frame: int
    start: int
    end: int
    says: str = ""


class Seen(NamedTuple):
    """One instance judged by a check: `verdict` is pass, fail or inconclusive."""

    verdict: Verdict
    reason: str
    proof: tuple[Proof, ...] = ()

    @classmethod
    def good(cls, reason: str, *events: Event) -> Seen:
        """An instance that fulfils the case."""
        return cls(Verdict.PASS, reason, proof_of(*events))

    @classmethod
    def bad(cls, reason: str, *events: Event) -> Seen:
        """An instance that violates the case; it must name the events that prove it."""
        return cls(Verdict.FAIL, reason, proof_of(*events))

    @classmethod
    def open(cls, reason: str, *events: Event) -> Seen:
        """An instance that could not be judged."""
        return cls(Verdict.INCONCLUSIVE, reason, proof_of(*events))


def proof_of(*events: Event) -> tuple[Proof, ...]:
    """Every span of the events, each event's name with its first span."""
    out = []
    for event in events:
        for number, span in enumerate(event.spans):
            out.append(Proof(event.file, span.frame, span.start, span.end, event.kind if not number else ""))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Example:
    """A recording on which a case must come out as `expect`. `edits` are done to `recording` first."""

    expect: Verdict
    origin: Origin
    recording: str
    edits: tuple[Mapping[str, object], ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    keys: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """What the cases of one clause share, in own words."""

    spec: str
    clause: str
    title: str
    purpose: str
    test_name: str
    functions: tuple[str, ...]
    points: tuple[str, ...]
    preconditions: tuple[str, ...]
    passes: tuple[str, ...]
    fails: tuple[str, ...]
    opens: tuple[str, ...]
    coded_from: str
    limits: tuple[str, ...] = ()
    applies_if: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a report: a clause or one sub-case of it.

    `check` names a function of `assay.checks` (empty: entered by hand); `arguments` go to it. `releases` are the first
    and last release in which the case stands, 0 for open ends. `void` says why it is judged no more. `decisive_from`
    is how many instances make a pass decisive, 0 where none do.
    """

    id: str
    clause: Clause
    provoke: str
    passes: str
    fails: str
    check: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    releases: tuple[int, int] = (0, 0)
    void: str = ""
    applies_if: str = ""
    needs: tuple[str, ...] = ()
    by_hand: str = ""
    decisive_from: int = 1
    examples: tuple[Example, ...] = ()

    @property
    def pair(self) -> tuple[str, str]:
        """Specification and clause: the unit in which coverage is counted."""
        return self.clause.spec, self.clause.clause


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one case on one set of recordings. `count` is the number of instances judged."""

    case: Case
    verdict: Verdict
    reason: str
    strength: Strength = Strength.NONE
    count: int = 0
    proof: tuple[Proof, ...] = ()
    unjudged: tuple[str, ...] = ()
    entered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """What was tested, by whom, where, as the lab states it.

    `supports` and `settings` are the statement of conformance (ICS): features by name, and values that cases need,
    such as the order of algorithms.
    """

    name: str = ""
    vendor: str = ""
    supplier: str = ""
    release: str = ""
    digest: str = ""
    functions: tuple[str, ...] = ()
    supports: Mapping[str, bool] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    lab: str = ""
    operator: str = ""
    place: str = ""
    points: tuple[str, ...] = ()
    clocks: str = ""
    synthetic: bool = False
