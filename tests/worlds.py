"""Small invented worlds for tests: a country XX with the rules that a test needs."""

from __future__ import annotations

from datetime import date

from assay.decide.decide import Answer, ask
from assay.decide.library import Library, check_library
from assay.decide.pack import read_pack
from assay.decide.program import Assumption
from assay.model.fact import Fact, FactSet
from assay.model.law import Attribute, Interval, Source
from assay.model.question import Question

HEAD = """
schema = "assay-pack/1"
id = "xx"
jurisdiction = "XX"
title = "Exampleland"
coded = 2026-01-01
licence = "CC-BY-4.0"
[[source]]
id = "s"
title = "Act"
url = "https://law.example/act"
grade = "official-text"
read = { on = 2025-12-01, extent = "full" }
[[instrument]]
id = "act"
title = "Act"
authority = "Ministry"
addressee = "operators"
force = "binding"
kind = "statute"
state = "in-force"
[[instrument]]
id = "letter"
title = "Letter"
authority = "Agency"
addressee = "operators"
force = "advice"
kind = "advice"
state = "in-force"
[[instrument]]
id = "bill"
title = "Bill"
authority = "Parliament"
addressee = "operators"
force = "binding"
kind = "statute"
state = "proposed"
[[residual]]
outcome = "permitted"
from = 2020-01-01
why = "what no instrument restricts is allowed"
source = "s"
"""
CLASSES = """
[[class]]
id = "xx:listed"
of = "supplier"
title = "listed suppliers"
closed = true
source = "s"
[[class.member]]
value = "north"
valid = { from = 2020-01-01 }
[[class]]
id = "xx:doubtful"
of = "supplier"
title = "suppliers under doubt"
closed = false
source = "s"
members = ["south"]
"""
SEAT = Attribute("supplier.seat", "country", "origin", "seat")
AUDITED = Attribute("product.audited", "bool", "technical", "audited", obtainable=("lab",))
PERMIT = Attribute("xx.permit", "bool", "certification", "a permit is held", obtainable=("authority",), burden=True)
SHARED = {a.id: a for a in (SEAT, AUDITED, PERMIT)}
SOURCE = Source("f", "Register", "https://register.example/", "official-text")


def rule(name: str, effect: str, extra: str = "", instrument: str = "act", valid: str = "from = 2020-01-01") -> str:
    """One [[rule]] with the fields that a test does not care about filled in."""
    return f"""
[[rule]]
id = "xx.{name}"
instrument = "{instrument}"
effect = "{effect}"
valid = {{ {valid} }}
known = {{ from = 2020-01-01 }}
says = "{name}"
cite = [ {{ source = "s", at = "section 1" }} ]
{extra}
"""


LISTED = 'when = { fact = "supplier", op = "in-class", value = "xx:listed" }'


def library(rules: str, head: str = "", facts: tuple[Fact, ...] = (), classes: str = "") -> Library:
    """A library with the one pack XX."""
    files = {
        "pack.toml": (HEAD + head).encode(),
        "classes.toml": (CLASSES + classes).encode(),
        "rules.toml": rules.encode(),
    }
    pack = read_pack("laws/xx", files, SHARED)
    found = Library((pack,), FactSet(dict(SHARED), {}, facts))
    check_library(found)
    return found


def fact(attribute: str, value: object, start: date | None = date(2020, 1, 1), **more: object) -> Fact:
    """One fact about supplier `north`, unless told otherwise."""
    fields = {"id": f"{attribute}={value}", "supplier": "north", "known": Interval(start), **more}
    return Fact(attribute=attribute, value=value, valid=Interval(start), source=SOURCE, **fields)  # type: ignore[arg-type]


def question(
    supplier: str = "north", part: str = "core", activity: str = "purchase", on: str = "2021-01-01", **more: object
) -> Question:
    """A question about XX; context is given as keyword arguments with `_` for `-`."""
    known = date.fromisoformat(str(more.pop("known", "2026-01-01")))
    product = str(more.pop("product", ""))
    context = {key.replace("_", "-"): tuple(str(value).split("|")) for key, value in more.items()}
    return Question(supplier, part, activity, "XX", date.fromisoformat(on), known, product, context)


def answered(
    rules: str, asked: Question, head: str = "", facts: tuple[Fact, ...] = (), assume: str = "", **more: object
) -> Answer:
    """Ask one question of a small world."""
    assumptions = ()
    if assume:
        name, day = assume.split("@")
        assumptions = (Assumption(name, date.fromisoformat(day)),)
    return ask(library(rules, head, facts), asked, assumptions=assumptions, **more)  # type: ignore[arg-type]


def outcome(found: Answer) -> str:
    """The headline as one text: outcome, force."""
    force = f"|{found.verdict.force}" if found.verdict.force else ""
    return f"{found.verdict.outcome}{force}"
