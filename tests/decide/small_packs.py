"""Random small packs about one invented country, with questions and facts, for property tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from assay.decide.library import Library, check_library
from assay.model.expression import All, Any, Atom, Not, Operator
from assay.model.fact import Fact, FactSet
from assay.model.law import (
    PARTS,
    Attribute,
    Cap,
    Citation,
    Class,
    Defeat,
    Effect,
    Force,
    Instrument,
    Interval,
    Member,
    Pack,
    Residual,
    Rule,
    Source,
    State,
)  # fmt: skip
from assay.model.question import Question

DAY = date(2025, 1, 1)
BEGUN = Interval(date(2020, 1, 1))
SOURCE = Source("s", "Act", "https://law.example/act", "official-text")
BOOLS = ("xx.audited", "xx.insured", "xx.cleared")
ATTRIBUTES = {
    "supplier.seat": Attribute("supplier.seat", "country", "origin", "seat"),
    "xx.audited": Attribute("xx.audited", "bool", "technical", "audited", obtainable=("supplier", "lab")),
    "xx.insured": Attribute("xx.insured", "bool", "contract", "insured", obtainable=("operator",)),
    "xx.cleared": Attribute("xx.cleared", "bool", "discretion", "cleared", obtainable=("authority",), discretion=True),
    "xx.level": Attribute("xx.level", "text", "certification", "level", obtainable=("supplier",)),
}
VALUES: dict[str, tuple[object, ...]] = {
    "supplier.seat": ("AA", "BB", "CC"),
    "xx.audited": (True, False),
    "xx.insured": (True, False),
    "xx.cleared": (True, False),
    "xx.level": ("low", "high", "odd"),
}
ZONES = (("inner",), ("outer",), ("elsewhere",), ("inner", "outer"))
CLASSES = (
    Class("xx:listed", "supplier", "listed", True, "s", "designation", (Member("north"), Member("east"))),
    Class("xx:doubtful", "supplier", "doubted", False, "s", "designation", (Member("south"),)),
    Class("xx:seats", "country", "seats", True, "s", "none", (Member("AA"),)),
)
INSTRUMENTS = (
    Instrument("act", "Act", "Parliament", "operators", Force.BINDING, "statute", State.IN_FORCE),
    Instrument("letter", "Letter", "Agency", "operators", Force.ADVICE, "advice", State.IN_FORCE),
)

_ATOMS = st.one_of(
    st.tuples(st.sampled_from(BOOLS), st.booleans()).map(lambda p: Atom(p[0], Operator.EQ, p[1])),
    st.sampled_from([("low",), ("high",), ("low", "high")]).map(lambda v: Atom("xx.level", Operator.IN, v)),
    st.sampled_from([("inner",), ("outer",)]).map(lambda v: Atom("zone", Operator.IN, v)),
    st.sampled_from(["xx:listed", "xx:doubtful"]).map(lambda c: Atom("supplier", Operator.IN_CLASS, c)),
    st.just(Atom("supplier.seat", Operator.IN, ("AA", "BB"))),
    st.just(Atom("supplier.seat", Operator.IN_CLASS, "xx:seats")),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=5,
)


@dataclass(frozen=True)
class World:
    """A library with one pack, a question without facts, and a value for every fact that could be known."""

    library: Library
    question: Question
    truth: dict[str, object]
    zone: tuple[str, ...]

    def asked(self, known: frozenset[str]) -> Question:
        """The question with the facts that are known stated; `zone` is one of them."""
        given = {name: value for name, value in self.truth.items() if name in known}
        return replace(self.question, given=given, context={"zone": self.zone} if "zone" in known else {})


ALL_FACTS = frozenset({*VALUES, "zone"})


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    """One rule; it may defeat rules with a lower number, so that defeats never go in a circle."""
    effect = draw(st.sampled_from([e for e in Effect if e.decides] + ([Effect.EXCEPT] if number else [])))
    targets = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
    if effect is Effect.EXCEPT and not targets:
        targets = {0}
    return Rule(
        f"xx.r{number}", draw(st.sampled_from(["act", "letter"])), effect, PARTS, ("purchase",), draw(EXPRESSIONS),
        BEGUN, BEGUN, f"rule {number}", (Citation("s"),),
        until=draw(st.sampled_from([date(2024, 1, 1), date(2030, 1, 1)])) if effect is Effect.PHASE_OUT else None,
        cap=Cap(Fraction(1, 3), ("sites",), ("operator",)) if effect is Effect.CAP else None,
        defeats=tuple(Defeat(f"xx.r{target}", "lex specialis") for target in sorted(targets)),
    )  # fmt: skip


@st.composite
def packs(draw: st.DrawFn, most: int = 5) -> Pack:
    """A pack of one to `most` rules."""
    found = tuple(draw(rules(number)) for number in range(draw(st.integers(1, most))))
    return Pack(
        "xx", "XX", "Exampleland", DAY, "CC-BY-4.0", {"s": SOURCE}, {i.id: i for i in INSTRUMENTS},
        (Residual("permitted", date(2020, 1, 1), "allowed", "s"),), (), {}, (), {c.id: c for c in CLASSES}, found,
        "0" * 64,
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn, most: int = 5) -> World:
    """A pack, a question and the truth about every fact."""
    library = Library((draw(packs(most)),), FactSet(dict(ATTRIBUTES), {}, ()))
    check_library(library)
    supplier = draw(st.sampled_from(["north", "south", "west"]))
    truth = {name: draw(st.sampled_from(values)) for name, values in VALUES.items()}
    return World(library, Question(supplier, "core", "purchase", "XX", DAY, DAY), truth, draw(st.sampled_from(ZONES)))


@st.composite
def dated_facts(draw: st.DrawFn) -> tuple[Fact, ...]:
    """Facts about one supplier that may contradict and supersede each other."""
    out = []
    for number in range(draw(st.integers(0, 6))):
        attribute = draw(st.sampled_from(sorted(VALUES)))
        out.append(Fact(
            f"f{number}", attribute, draw(st.sampled_from(VALUES[attribute])),  # type: ignore[arg-type]
            Interval(draw(st.sampled_from([date(2020, 1, 1), date(2021, 1, 1), date(2026, 1, 1)]))),
            Interval(date(2020, 1, 1)), SOURCE, supplier="north",
            supersedes=f"f{draw(st.integers(0, number - 1))}" if number and draw(st.booleans()) else "",
        ))  # fmt: skip
    return tuple(out)


subsets = st.sets(st.sampled_from(sorted(ALL_FACTS))).map(frozenset)
