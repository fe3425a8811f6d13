"""Random law, random elements and random questions: what evaluators are compared on and laws of the engine tried on.

One generator for both: a seed gives the law of the long count, hypothesis lends its own dice and shrinks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import strategies as st

from assay.decide.library import Library, check_library
from assay.decide.program import Program, build_program
from assay.model.expression import All, Any, Atom, Expression, Literal, Not, Operator
from assay.model.fact import Fact, FactSet
from assay.model.law import (
    ACTIVITIES,
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
    Presumption,
    Residual,
    Rule,
    Source,
    State,
)  # fmt: skip
from assay.model.question import Question

TODAY = date(2026, 1, 1)
VALUES: Mapping[str, tuple[str, ...]] = {
    "part": (*PARTS, "any"),
    "activity": ACTIVITIES,
    "supplier": ("North", "South", "East", "West", "Mid"),
    "product": ("p1", "p2", "p3"),
    "operator": ("o1", "o2", "o3"),
    "generation": ("4G", "5G", "6G", "4G|5G"),
    "zone": ("z1", "z2", "z3", "z1|z2"),
    "function": ("AMF", "gNB", "UPF", "AMF|UPF"),
    "funding": ("private", "federal-subsidy"),
    "prior-authorisation": ("yes", "no"),
}
_ALWAYS = ("part", "activity", "supplier")
_EFFECTS = (
    Effect.PERMIT, Effect.CONDITION, Effect.AUTHORISE, Effect.CAP, Effect.PHASE_OUT, Effect.PROHIBIT, Effect.PROHIBIT,
    Effect.EXCEPT, Effect.EXCEPT, Effect.DUTY,
)  # fmt: skip
_SOURCE = Source("s", "invented", "https://example.org", "none")


@dataclass(frozen=True)
class Law:
    """A random library of one pack, and its program."""

    library: Library
    program: Program


def random_law(seed: int, rules: int = 12) -> Law:
    """The law that belongs to a seed."""
    return drawn_law(random.Random(seed), rules)


def drawn_law(dice: random.Random, rules: int) -> Law:
    """One pack of invented rules: nested predicates, open and closed classes, dates, exceptions, versions in time."""
    attributes = {
        "x.size": Attribute("x.size", "int", "technical", "size", obtainable=("supplier",)),
        "x.tested": Attribute("x.tested", "bool", "technical", "tested", obtainable=("lab", "supplier"), burden=True),
        "x.cleared": Attribute("x.cleared", "bool", "discretion", "cleared", discretion=True),
        "x.seat": Attribute("x.seat", "country", "origin", "seat"),
        "x.marks": Attribute("x.marks", "text", "technical", "marks", many=True, obtainable=("authority",)),
    }
    classes = {f"x:c{n}": _class(dice, f"x:c{n}") for n in range(6)}
    instruments = {
        name: Instrument(name, name, "a", "b", force, "statute", State.IN_FORCE)
        for name, force in (("law", Force.BINDING), ("tip", Force.ADVICE))
    }
    made = [*[_rule(dice, n, classes) for n in range(rules)], _definition(dice, classes)]
    residuals = (Residual(dice.choice(["permitted", "no-rule"]), date(2000, 1, 1), "w"),) if dice.random() < 0.5 else ()
    pack = Pack(
        "x", "XX", "x", TODAY, "CC0", {"s": _SOURCE}, instruments, residuals, _presumptions(dice, classes),
        attributes, (), classes, tuple(made), "0" * 64,
    )  # fmt: skip
    library = Library((pack,), FactSet({}, {}, tuple(_facts(dice))))
    check_library(library)
    return Law(library, build_program(library, "XX", TODAY, TODAY))


def _class(dice: random.Random, key: str) -> Class:
    of = dice.choice(["supplier", "supplier", "product", "operator", "function", "zone"])
    members = tuple(
        Member(v, _interval(dice), Interval(dice.choice([None, TODAY - timedelta(1), TODAY + timedelta(1)])))
        for v in dice.sample(VALUES[of], 2) if "|" not in v
    )  # fmt: skip
    return Class(key, of, key, dice.random() < 0.5, "s", dice.choice(["origin", "designation"]), members)


def _interval(dice: random.Random) -> Interval:
    start = TODAY + timedelta(dice.choice([-400, -1, 0, 0, -30, 1]))
    return Interval(dice.choice([None, start]), dice.choice([None, TODAY + timedelta(dice.choice([2, 400]))]))


def _presumptions(dice: random.Random, classes: Mapping[str, Class]) -> tuple[Presumption, ...]:
    out = []
    if dice.random() < 0.5:
        out.append(Presumption("generation", "w", "5G", parts=tuple(dice.sample(PARTS, dice.choice([2, 4])))))
    if dice.random() < 0.5:
        out.append(Presumption("prior-authorisation", "w", "no"))
    for key, found in classes.items():
        if found.of in ("operator", "function") and dice.random() < 0.5:
            out.append(Presumption(found.of, "w", in_class=key, parts=tuple(dice.sample(PARTS, 2))))
    return tuple(out)


def _facts(dice: random.Random) -> list[Fact]:
    out = []
    for number in range(14):
        attribute = dice.choice(["x.size", "x.tested", "x.seat", "x.marks"])
        value: str | int | bool = {
            "x.size": dice.randrange(1, 9), "x.tested": dice.random() < 0.5, "x.seat": dice.choice("ABC"),
            "x.marks": dice.choice("mno"),
        }[attribute]  # fmt: skip
        supplier, product = dice.choice(VALUES["supplier"]), dice.choice(["", "", *VALUES["product"]])
        operator = dice.choice(["", "", "", *VALUES["operator"]])
        before = f"f{dice.randrange(number)}" if number and dice.random() < 0.1 else ""
        out.append(Fact(
            f"f{number}", attribute, value, _interval(dice), Interval(), _SOURCE, supplier, product, operator,
            supersedes=before,
        ))  # fmt: skip
    return out


def _atom(dice: random.Random, classes: Mapping[str, Class]) -> Expression:
    kind = dice.randrange(9)
    if kind < 3:
        key, found = dice.choice(list(classes.items()))
        return Atom(found.of, Operator.IN_CLASS, key)
    if kind < 6:
        fact = dice.choice([f for f in VALUES if f not in ("part", "activity", "supplier", "product", "operator")])
        single = [v for v in VALUES[fact] if "|" not in v]
        return Atom(fact, Operator.IN, tuple(dice.sample(single, dice.randrange(1, len(single)))))
    if kind == 6:
        op = dice.choice([Operator.LT, Operator.LE, Operator.GT, Operator.GE])
        return Atom("installed", op, date(2020, 6, dice.randrange(1, 4)))
    return dice.choice([
        Atom("x.size", dice.choice([Operator.GE, Operator.LT, Operator.EQ]), dice.randrange(2, 8)),
        Atom("x.tested", Operator.EQ, dice.random() < 0.7),
        Atom("x.cleared", Operator.EQ, dice.random() < 0.7),
        Atom("x.seat", Operator.IN, tuple(dice.sample("ABC", 2))),
        Atom("x.marks", Operator.IN, ("m", "n")),
        Atom("x.defined", Operator.EQ, dice.random() < 0.6),
    ])  # fmt: skip


def _tree(dice: random.Random, classes: Mapping[str, Class], depth: int) -> Expression:
    if depth == 0 or dice.random() < 0.25:
        return _atom(dice, classes)
    parts = tuple(_tree(dice, classes, depth - 1) for _ in range(dice.randrange(1, 4)))
    if dice.random() < 0.06:
        return dice.choice([All(()), Any(())])
    return dice.choice([All(parts), Any(parts), Not(parts[0]), All(parts), Any(parts)])


def _without(expression: Expression, fact: str) -> Expression:
    match expression:
        case Atom():
            return Atom("funding", Operator.IN, ("private",)) if expression.fact == fact else expression
        case Not(part):
            return Not(_without(part, fact))
        case All(parts):
            return All(tuple(_without(part, fact) for part in parts))
        case Any(parts):
            return Any(tuple(_without(part, fact) for part in parts))


def _rule(dice: random.Random, number: int, classes: Mapping[str, Class]) -> Rule:
    effect = dice.choice(_EFFECTS)
    later = dice.random() < 0.1
    often = {Effect.EXCEPT: 0.4, Effect.DUTY: 0.0}.get(effect, 0.08)
    defeats = tuple(Defeat(f"x.r{n}", "lex specialis") for n in range(number) if dice.random() < often)
    until = TODAY + timedelta(dice.choice([-1, 0, 1, 30])) if effect in (Effect.PHASE_OUT, Effect.CAP) else None
    return Rule(
        f"x.r{number}", dice.choice(["law", "law", "tip"]), effect,
        tuple(sorted(dice.sample(PARTS, dice.choice([1, 2, 4, 4])), key=PARTS.index)),
        tuple(sorted(dice.sample(ACTIVITIES, dice.choice([2, 4, 5])), key=ACTIVITIES.index)),
        All(()) if dice.random() < 0.1 else _tree(dice, classes, dice.randrange(0, 4)),
        Interval(TODAY + timedelta(1) if later else date(2019, 1, 1)),
        Interval(date(2019, 1, 1)), "says", (Citation("s"),), until=until, defeats=defeats,
        cap=Cap(Fraction(35, 100), ("sites",), ("operator",)) if effect is Effect.CAP else None,
    )  # fmt: skip


def _definition(dice: random.Random, classes: Mapping[str, Class]) -> Rule:
    when = _without(_tree(dice, classes, 2), "x.defined")
    parts = tuple(sorted(dice.sample(PARTS, dice.choice([2, 4, 4])), key=PARTS.index))
    return Rule(
        "x.def", "law", Effect.DEFINE, parts, ACTIVITIES, when, Interval(), Interval(date(2019, 1, 1)), "", (),
        define="x.defined",
    )  # fmt: skip


STATED: Mapping[str, tuple[str | int | bool, ...]] = {
    "x.size": tuple(range(10)), "x.tested": (True, False), "x.seat": ("A", "B", "C", "D"), "x.cleared": (True, False),
}  # fmt: skip
"""Columns named like attributes: they replace the facts at hand."""
_CONTEXT = ("generation", "zone", "function", "funding", "prior-authorisation", "operator")
WITHHELD = frozenset({*STATED, *_CONTEXT, "x.marks", "installed"})
"""What a question of a `World` may state or leave out."""
subsets = st.sets(st.sampled_from(sorted(WITHHELD))).map(frozenset)


@dataclass(frozen=True)
class World:
    """Law without facts, a bare question, and the truth about everything that a question may state."""

    library: Library
    question: Question
    truth: Mapping[str, Literal]

    def asked(self, known: frozenset[str]) -> Question:
        """The question with what is known stated."""
        given = {name: value for name, value in self.truth.items() if name in known and "." in name}
        context = {
            name: tuple(str(value).split("|")) for name, value in self.truth.items()
            if name in known and "." not in name
        }  # fmt: skip
        return replace(self.question, given=given, context=context)


@st.composite
def worlds(draw: st.DrawFn, most: int = 6) -> World:
    """Law of at most so many rules, a question for a part or for any, and the truth."""
    dice = draw(st.randoms(use_true_random=False))
    law = drawn_law(dice, most - dice.randrange(3))
    truth: dict[str, Literal] = {name: dice.choice(values) for name, values in STATED.items()}
    truth |= {name: dice.choice(VALUES[name]) for name in _CONTEXT}
    truth |= {"x.marks": dice.choice("mnq"), "installed": date(2020, 6, dice.randrange(1, 5)).isoformat()}
    question = Question(
        dice.choice(VALUES["supplier"]), dice.choice(VALUES["part"]), dice.choice(("purchase", "operate")), "XX",
        TODAY, TODAY, dice.choice(("", *VALUES["product"])),
    )  # fmt: skip
    return World(replace(law.library, facts=FactSet({}, {}, ())), question, truth)


def random_frame(seed: int, count: int, *, stated: bool = False) -> pl.DataFrame:
    """Elements over small value sets, a tenth to a third of the context missing, some of it as empty text."""
    dice = random.Random(seed)
    data: dict[str, list[str | int | date | None]] = {}
    for name, values in VALUES.items():
        missing = 0.0 if name in _ALWAYS else dice.choice([0.1, 0.3])
        pool: list[str | None] = [*values]
        nothing: list[str | None] = [None, ""]
        data[name] = [dice.choice(nothing) if dice.random() < missing else dice.choice(pool) for _ in range(count)]
    days = [date(2020, 6, day) for day in (1, 2, 3, 4)]
    data["installed"] = [dice.choice(days) if dice.random() < 0.8 else None for _ in range(count)]
    for name, pool in STATED.items() if stated else ():
        data[name] = [dice.choice(pool) if dice.random() < 0.8 else None for _ in range(count)]
    return pl.DataFrame(data, schema_overrides={"installed": pl.Date})


def frame_for(program: Program, suppliers: tuple[str, ...], seed: int, count: int) -> pl.DataFrame:
    """Elements over the values that a program's own rules name, and some that none names."""
    dice = random.Random(seed)
    pools: dict[str, list[str]] = {key: [*values] for key, values in VALUES.items() if key not in ("supplier", "zone")}
    pools |= {"supplier": [*suppliers, "Supplier Nobody"], "zone": ["z1"], "bands": ["n78"], "purpose": ["public"]}
    pools |= {"existing-network": ["yes", "no"], "place": ["somewhere"], "layer": ["access"], "site-class": ["macro"]}
    for atom in program.atoms:
        if atom.fact in pools and atom.fact not in _ALWAYS:
            named = atom.value if isinstance(atom.value, tuple) else ()
            if atom.op is Operator.IN_CLASS:
                named = tuple(program.classes[str(atom.value)].members)
            pools[atom.fact] += named
    data: dict[str, list[str | None]] = {}
    for name, pool in pools.items():
        missing = 0.0 if name in _ALWAYS else 0.3
        data[name] = [None if dice.random() < missing else dice.choice(pool) for _ in range(count)]
    days = [TODAY - timedelta(day) for day in (0, 1, 2000, 4000)]
    installed = [dice.choice(days) if dice.random() < 0.7 else None for _ in range(count)]
    return pl.DataFrame(data).with_columns(pl.Series("installed", installed, dtype=pl.Date))
