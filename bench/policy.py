"""An invented policy of forty rules over seventeen facts, for measuring only; it is nobody's law."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from assay.decide.library import Library, check_library
from assay.decide.program import Program, build_program
from assay.model.expression import All, Any, Atom, Expression, Not, Operator
from assay.model.fact import FactSet
from assay.model.law import (
    ACTIVITIES,
    ALWAYS,
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
    Rule,
    Source,
    State,
)  # fmt: skip

DAY = date(2026, 1, 1)
SOURCE = Source("s", "invented", "", "none")
SUPPLIERS = tuple(f"Supplier {name}" for name in ("North", "South", "East", "West", "Hill", "Dale", "Lake", "Moor"))
FUNCTIONS = ("AMF", "SMF", "UPF", "AUSF", "UDM", "NEF", "gNB", "CU", "DU", "OSS", "NFVO", "router")
VALUES = {
    "part": PARTS, "activity": ACTIVITIES[:4], "supplier": SUPPLIERS, "operator": ("Op A", "Op B", "Op C"),
    "product": tuple(f"P{n}" for n in range(24)), "function": FUNCTIONS, "generation": ("4G", "5G", "6G"),
    "bands": ("n1", "n28", "n78", "n258"), "site-class": ("macro", "small", "indoor", "hub", "exchange"),
    "zone": ("open", "border", "port", "base", "capital"), "layer": ("access", "aggregation", "core", "edge"),
    "funding": ("private", "federal-subsidy", "federal-procurement"), "purpose": ("public", "campus", "rail", "rescue"),
    "prior-authorisation": ("yes", "no"), "existing-network": ("yes", "no"),
}  # fmt: skip
MISSING = {
    "product": 0.01, "function": 0.05, "generation": 0.02, "bands": 0.1, "site-class": 0.03, "zone": 0.08,
    "layer": 0.02, "funding": 0.2,
    "purpose": 0.1, "prior-authorisation": 0.15, "existing-network": 0.05, "installed": 0.04,
    "y.certified": 0.2,
}  # fmt: skip


def is_in(fact: str, *values: str) -> Atom:
    return Atom(fact, Operator.IN, values)


def member(fact: str, of: str) -> Atom:
    return Atom(fact, Operator.IN_CLASS, f"y:{of}")


def before(year: int, month: int = 1) -> Atom:
    return Atom("installed", Operator.LT, date(year, month, 1))


def since(year: int, month: int = 1) -> Atom:
    return Atom("installed", Operator.GE, date(year, month, 1))


def both(*parts: Expression) -> All:
    return All(parts)


def either(*parts: Expression) -> Any:
    return Any(parts)


LISTED, WATCHED = member("supplier", "listed"), member("supplier", "watched")
CRITICAL, OLD = member("function", "critical"), member("product", "end-of-life")
CERTIFIED = Atom("y.certified", Operator.EQ, True)
CLEARED = is_in("prior-authorisation", "yes")
FIVE = is_in("generation", "5G", "6G")
TENDER = is_in("funding", "federal-procurement", "federal-subsidy")
NEAR = is_in("zone", "border", "port", "base")

RULES: tuple[tuple[Effect, str, Expression], ...] = (
    (Effect.EXCEPT, "law", both(CERTIFIED, Not(LISTED))),
    (Effect.EXCEPT, "law", both(CLEARED, either(NEAR, is_in("purpose", "rescue")))),
    (Effect.EXCEPT, "law", both(is_in("existing-network", "yes"), before(2020, 6), Not(CRITICAL))),
    (Effect.EXCEPT, "tip", either(is_in("purpose", "campus"), both(is_in("site-class", "indoor"), Not(NEAR)))),
    (Effect.EXCEPT, "law", both(CLEARED, CERTIFIED, Not(TENDER))),
    (Effect.PROHIBIT, "law", both(LISTED, is_in("part", "core", "management"))),
    (Effect.PROHIBIT, "law", both(LISTED, FIVE, CRITICAL)),
    (Effect.PROHIBIT, "law", both(either(LISTED, WATCHED), is_in("zone", "base"))),
    (Effect.PROHIBIT, "law", both(LISTED, since(2021), is_in("activity", "install", "purchase"))),
    (Effect.PROHIBIT, "law", both(WATCHED, CRITICAL, Not(CERTIFIED))),
    (Effect.PROHIBIT, "law", both(TENDER, either(LISTED, OLD))),
    (
        Effect.PROHIBIT,
        "law",
        both(OLD, is_in("activity", "install", "purchase"), Not(is_in("existing-network", "yes"))),
    ),
    (
        Effect.PROHIBIT,
        "law",
        both(is_in("zone", "base", "port"), Not(CLEARED), either(CRITICAL, is_in("layer", "core"))),
    ),
    (Effect.PROHIBIT, "tip", both(LISTED, is_in("part", "ran"), is_in("bands", "n78", "n258"))),
    (Effect.PROHIBIT, "tip", both(WATCHED, is_in("layer", "aggregation", "core"))),
    (Effect.PROHIBIT, "tip", either(both(LISTED, NEAR), both(WATCHED, is_in("zone", "capital"), FIVE))),
    (Effect.PROHIBIT, "law", both(is_in("operator", "Op A"), LISTED, since(2024))),
    (Effect.PROHIBIT, "law", both(is_in("function", "NEF", "UDM"), either(WATCHED, Not(CERTIFIED)), FIVE)),
    (Effect.PROHIBIT, "tip", both(OLD, before(2016), Not(is_in("site-class", "indoor", "small")))),
    (Effect.PROHIBIT, "law", both(is_in("purpose", "rescue", "rail"), either(LISTED, both(WATCHED, Not(CLEARED))))),
    (Effect.PHASE_OUT, "law", both(LISTED, before(2021), is_in("activity", "operate", "maintain"))),
    (Effect.PHASE_OUT, "law", both(OLD, either(CRITICAL, NEAR))),
    (Effect.PHASE_OUT, "tip", both(WATCHED, before(2019), is_in("layer", "core", "edge"))),
    (Effect.PHASE_OUT, "law", both(is_in("generation", "4G"), LISTED, is_in("existing-network", "yes"))),
    (Effect.PHASE_OUT, "law", both(is_in("function", "OSS", "NFVO"), WATCHED, Not(CERTIFIED))),
    (Effect.CAP, "law", both(either(LISTED, WATCHED), is_in("part", "ran"), Not(NEAR))),
    (Effect.CAP, "tip", both(OLD, is_in("part", "transport", "ran"))),
    (Effect.CAP, "law", both(LISTED, is_in("layer", "access"), FIVE, is_in("funding", "private"))),
    (Effect.AUTHORISE, "law", both(CRITICAL, FIVE, since(2022))),
    (Effect.AUTHORISE, "law", both(either(CRITICAL, is_in("layer", "core")), Not(CLEARED))),
    (Effect.AUTHORISE, "law", both(NEAR, is_in("activity", "install"), is_in("bands", "n258", "n78"))),
    (Effect.AUTHORISE, "law", both(is_in("site-class", "exchange", "hub"), either(WATCHED, OLD))),
    (Effect.AUTHORISE, "tip", both(is_in("purpose", "rail"), Not(CERTIFIED), Not(is_in("zone", "open")))),
    (Effect.CONDITION, "law", both(FIVE, is_in("part", "core", "management"))),
    (Effect.CONDITION, "law", both(is_in("activity", "maintain"), either(CRITICAL, is_in("function", "router")))),
    (Effect.CONDITION, "law", both(TENDER, Not(CERTIFIED))),
    (Effect.CONDITION, "law", both(is_in("operator", "Op B", "Op C"), since(2018), Not(is_in("generation", "4G")))),
    (Effect.CONDITION, "tip", both(is_in("bands", "n28", "n1"), is_in("site-class", "macro"), Not(OLD))),
    (Effect.CONDITION, "tip", either(is_in("purpose", "public"), both(CLEARED, before(2023)))),
    (Effect.CONDITION, "law", both(is_in("layer", "edge", "access"), either(NEAR, CRITICAL), Not(CERTIFIED))),
)
DEFEATS = {0: (9, 17), 1: (7, 12, 15), 2: (20, 23), 3: (13, 14), 4: (28,)}
CLASSES = {
    "listed": ("supplier", True, SUPPLIERS[:2], "origin"), "watched": ("supplier", True, SUPPLIERS[2:4], "designation"),
    "critical": ("function", True, FUNCTIONS[:6], "technical"),
    "end-of-life": ("product", False, VALUES["product"][:5], "technical"),
}  # fmt: skip


def build() -> tuple[Library, Program]:
    """The policy as a library of one pack, and its program."""
    classes = {
        f"y:{name}": Class(f"y:{name}", of, name, closed, "s", facet, tuple(Member(value) for value in members))
        for name, (of, closed, members, facet) in CLASSES.items()
    }
    instruments = {
        name: Instrument(name, name, "nobody", "nobody", force, "statute", State.IN_FORCE, ("s",))
        for name, force in (("law", Force.BINDING), ("tip", Force.ADVICE))
    }
    rules = tuple(_rule(number, *row) for number, row in enumerate(RULES))
    attributes = {"y.certified": Attribute("y.certified", "bool", "certification", "certified")}
    pack = Pack(
        "y", "YY", "invented", DAY, "CC0-1.0", {"s": SOURCE}, instruments, (), (), attributes, (), classes, rules,
        "0" * 64,
    )  # fmt: skip
    library = Library((pack,), FactSet({}, {}, ()))
    check_library(library)
    return library, build_program(library, "YY", DAY, DAY)


def _rule(number: int, effect: Effect, instrument: str, when: Expression) -> Rule:
    defeats = tuple(Defeat(f"y.r{target}", "express derogation") for target in DEFEATS.get(number, ()))
    return Rule(
        f"y.r{number}", instrument, effect, PARTS, ACTIVITIES, when, Interval(), Interval(), "", (Citation("s"),),
        until=date(2027, 12, 31) if effect is Effect.PHASE_OUT else None, defeats=defeats,
        cap=Cap(Fraction(35, 100), ("sites", "traffic"), ("operator",), ALWAYS) if effect is Effect.CAP else None,
    )  # fmt: skip


def tree(expression: Expression, program: Program) -> object:
    """A predicate as plain lists for the peers; classes become their members, dates day numbers."""
    match expression:
        case Not(part):
            return ["not", tree(part, program)]
        case All(parts):
            return ["all", *[tree(part, program) for part in parts]]
        case Any(parts):
            return ["any", *[tree(part, program) for part in parts]]
        case Atom(fact, Operator.IN, tuple(values)):
            return ["in", fact, list(values), True]
        case Atom(fact, Operator.IN_CLASS, key):
            found = program.classes[str(key)]
            return ["in", fact, list(found.members), found.of.closed]
        case Atom(fact, Operator.EQ, value):
            return ["in", fact, ["yes" if value else "no"], True]
        case Atom(fact, op, date() as day):
            return [op.value, fact, day.toordinal()]
    raise ValueError(expression)


def document(program: Program) -> list[dict[str, object]]:
    """The program's lines for the peers, defeaters first."""
    return [{"reads": tree(line.reads, program), "defeaters": list(line.defeaters)} for line in program.lines]
