"""TOML to a law pack: `read_pack` takes the bytes of the files of one folder and checks each on its own.

What needs more than one pack (classes of others, defeats, versions) is checked in decide.library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, TypeVar

from assay.canon import canonical, digest
from assay.decide.predicate import read_predicate
from assay.decide.toml import Document, Table, each, parse
from assay.model.law import (
    ACTIVITIES,
    ALWAYS,
    GRADES,
    OPERATOR_ACTS,
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
    NotEncoded,
    Pack,
    Presumption,
    Reading,
    Residual,
    Rule,
    Source,
    State,
)  # fmt: skip
from assay.model.question import CONTEXT_KEYS

__all__ = [
    "ATTRIBUTE_TYPES",
    "FACETS",
    "KINDS",
    "pack_bytes",
    "read_attribute",
    "read_interval",
    "read_pack",
    "read_source",
]

KINDS: Final = (
    "statute",
    "regulation",
    "direction",
    "order",
    "licence-term",
    "contract",
    "advice",
    "policy",
    "standard",
)
FACETS: Final = (
    "origin", "ownership", "designation", "sanction", "settlement", "conduct", "certification", "transparency",
    "technical", "contract", "discretion", "derived", "none",
)  # fmt: skip
ATTRIBUTE_TYPES: Final = ("bool", "text", "country", "date", "int")
CLASS_SUBJECTS: Final = (
    "supplier",
    "operator",
    "product",
    "country",
    "text",
    *(k for k in CONTEXT_KEYS if k != "operator"),
)
BRINGERS: Final = ("supplier", "operator", "lab", "authority")
WHY_DEFEATS: Final = ("lex specialis", "lex posterior", "lex superior", "express derogation", "court stay")
_NEVER_OBTAINABLE: Final = ("origin", "ownership")
Named = TypeVar("Named", Attribute, Source, Instrument, Class)


def read_pack(name: str, files: Mapping[str, bytes], shared: Mapping[str, Attribute], *, private: bool = False) -> Pack:
    """Read one pack from its files (`pack.toml` required; `classes.toml`, `rules.toml` optional).

    `name` is the folder, for messages. `shared` are the attributes that every pack may read.
    Raises PackError with file and line.
    """
    top = parse(f"{name}/pack.toml", files["pack.toml"])
    classes = parse(f"{name}/classes.toml", files.get("classes.toml", b""))
    rules = parse(f"{name}/rules.toml", files.get("rules.toml", b""))
    head = top.top
    head.choice("schema", ("assay-pack/1",))
    pack_id, coded = head.take("id", str), head.take("coded", date)
    if pack_id != name.rsplit("/", 1)[-1]:
        head.fail(f"id `{pack_id}` differs from the folder's name", expected=name.rsplit("/", 1)[-1])
    own = _by_id(head, [read_attribute(t) for t in head.tables("attribute")])
    sources = _by_id(head, [read_source(t) for t in head.tables("source")])
    instruments = _by_id(head, each(head.tables("instrument"), lambda t: _instrument(t, sources)))
    pack = Pack(
        id=pack_id, jurisdiction=head.take("jurisdiction", str), title=head.take("title", str), coded=coded,
        licence=head.take("licence", str), sources=sources, instruments=instruments,
        residuals=tuple(each(head.tables("residual"), lambda t: _residual(t, sources))),
        presumptions=tuple(each(head.tables("presume"), _presumption)), attributes=own,
        not_encoded=tuple(each(head.tables("not-encoded"), _not_encoded)),
        classes=_by_id(classes.top, each(classes.top.tables("class"), lambda t: _class(t, sources))),
        rules=_rules(rules, instruments, sources, {**shared, **own}), digest=digest(_bytes(top, classes, rules)),
        private=private,
    )  # fmt: skip
    for document in (top, classes, rules):
        document.top.done()
    return pack


def pack_bytes(name: str, files: Mapping[str, bytes]) -> bytes:
    """What a pack's digest is the sha256 of: its tables as canonical JSON; raises PackError with file and line.

    They hold what rules, classes and sources say, not how the files are laid out, and no cases.
    """
    return _bytes(
        *(parse(f"{name}/{file}", files.get(file, b"")) for file in ("pack.toml", "classes.toml", "rules.toml"))
    )


def _bytes(*documents: Document) -> bytes:
    return canonical([_plain(document.top.values) for document in documents])


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return repr(value)  # refused later by the typed reading; here only so that no foreign error escapes
    return value


def _by_id(table: Table, items: list[Named]) -> dict[str, Named]:
    out: dict[str, Named] = {}
    for item in items:
        if item.id in out:
            table.fail(f"id `{item.id}` stands twice", expected="one entry per id", code="E0206")
        out[item.id] = item
    return out


def read_interval(table: Table, key: str, *, required: bool = False) -> Interval:
    """A half-open interval `{ from = D, to = D }`."""
    inner = table.table(key)
    if inner is None:
        if required:
            table.fail(f"key `{key}` is missing", expected=f"{key} = {{ from = 2020-01-28 }}")
        return Interval()
    start, end = inner.take("from", date, None), inner.take("to", date, None)
    inner.done()
    if required and start is None:
        table.fail(f"`{key}` has no `from`", expected=f"{key} = {{ from = 2020-01-28 }}")
    if start is not None and end is not None and start >= end:
        table.fail(f"`{key}` is empty: {start} is not before {end}", expected="`to` = the first day outside")
    return Interval(start, end)


def read_source(table: Table) -> Source:
    """One [[source]]."""
    reading = table.table("read")
    read = None
    if reading is not None:
        read = Reading(reading.take("on", date), reading.choice("extent", ("full", "excerpt", "opening")))
        reading.done()
    source = Source(
        table.take("id", str), table.take("title", str), table.take("url", str), table.choice("grade", GRADES), read,
        table.take("published", date, None), table.take("note", str, ""),
    )  # fmt: skip
    table.done()
    return source


def read_attribute(table: Table) -> Attribute:
    """One [[attribute]]."""
    facet = table.choice("facet", FACETS)
    obtainable = table.texts("obtainable", BRINGERS)
    if facet in _NEVER_OBTAINABLE and obtainable:
        table.fail(f"a fact of facet {facet} is never offered as a remedy", expected="no `obtainable`")
    attribute = Attribute(
        table.take("id", str), table.choice("type", ATTRIBUTE_TYPES), facet, table.take("title", str),
        table.take("many", bool, False), obtainable, table.take("discretion", bool, False),
        table.take("burden", bool, False),
    )  # fmt: skip
    if (attribute.burden or attribute.discretion) and attribute.type != "bool":
        table.fail("`burden` and `discretion` are for bool attributes")
    table.done()
    return attribute


def _instrument(table: Table, sources: Mapping[str, Source]) -> Instrument:
    cited = table.texts("sources", tuple(sources))
    return Instrument(
        table.take("id", str), table.take("title", str), table.take("authority", str), table.take("addressee", str),
        Force(table.choice("force", tuple(Force))), table.choice("kind", KINDS),
        State(table.choice("state", tuple(State))),
        cited, table.take("directly", bool, False),
    )  # fmt: skip


def _not_encoded(table: Table) -> NotEncoded:
    return NotEncoded(table.take("event", str), table.take("reason", str))


def _residual(table: Table, sources: Mapping[str, Source]) -> Residual:
    outcome = table.choice("outcome", ("permitted", "no-rule"))
    source = table.choice("source", tuple(sources), "")
    if outcome == "permitted" and not source:
        table.fail("a residual `permitted` needs a source")
    return Residual(outcome, table.take("from", date), table.take("why", str), source)


def _presumption(table: Table) -> Presumption:
    found = Presumption(
        table.choice("key", CONTEXT_KEYS), table.take("why", str), table.take("value", str, ""),
        table.take("in-class", str, ""), table.texts("part", PARTS, PARTS),
    )  # fmt: skip
    if bool(found.value) == bool(found.in_class):
        table.fail("a presumption has either `value` or `in-class`")
    if found.key == "operator" and found.value:
        table.fail("an operator is never presumed by name", expected="in-class")
    return found


def _class(table: Table, sources: Mapping[str, Source]) -> Class:
    of, source = table.choice("of", CLASS_SUBJECTS), table.choice("source", tuple(sources))
    default = "designation" if of in ("supplier", "operator", "product") else "none"
    members = [Member(value) for value in table.texts("members")]
    members += each(table.tables("member"), lambda t: _member(t, sources))
    _refuse_overlap(table, members)
    return Class(
        table.take("id", str), of, table.take("title", str), table.take("closed", bool), source,
        table.choice("facet", FACETS, default), tuple(members),
    )  # fmt: skip


def _member(table: Table, sources: Mapping[str, Source]) -> Member:
    valid = read_interval(table, "valid")
    known = read_interval(table, "known")
    return Member(
        table.take("value", str), valid, known if known.start else Interval(valid.start),
        table.choice("source", tuple(sources), ""), table.take("at", str, ""),
    )  # fmt: skip


def _refuse_overlap(table: Table, members: list[Member]) -> None:
    by_value: dict[str, list[Interval]] = {}
    for member in members:
        by_value.setdefault(member.value, []).append(member.valid)
    for value, spans in by_value.items():
        spans.sort(key=lambda span: span.start or date.min)
        for before, after in pairwise(spans):
            if before.end is None or after.start is None or after.start < before.end:
                table.fail(
                    f"member `{value}` is listed twice for the same days", expected="one entry a day", code="E0207"
                )


def _rules(
    document: Document,
    instruments: Mapping[str, Instrument],
    sources: Mapping[str, Source],
    attributes: Mapping[str, Attribute],
) -> tuple[Rule, ...]:
    out: list[Rule] = []
    for key, effect in (("rule", None), ("duty", Effect.DUTY), ("power", Effect.POWER)):
        for table in document.top.tables(key):
            out.append(_rule(table, effect, instruments, sources, attributes))
            table.done()
    seen: dict[str, int] = {}
    for rule in out:
        if rule.id in seen:
            document.top.fail(f"rule `{rule.id}` stands twice: lines {seen[rule.id]} and {rule.line}", code="E0206")
        seen[rule.id] = rule.line
    return tuple(out)


def _rule(
    table: Table, listed: Effect | None, instruments: Mapping[str, Instrument], sources: Mapping[str, Source],
    attributes: Mapping[str, Attribute],
) -> Rule:  # fmt: skip
    choices = tuple(e for e in Effect if e not in (Effect.DUTY, Effect.POWER))
    effect = listed or Effect(table.choice("effect", choices))
    when = table.take("when", dict, None)
    default_parts, default_acts = PARTS, OPERATOR_ACTS
    rule = Rule(
        id=table.take("id", str), instrument=table.choice("instrument", tuple(instruments)), effect=effect,
        parts=table.texts("part", PARTS, default_parts), activities=table.texts("activity", ACTIVITIES, default_acts),
        when=ALWAYS if when is None else read_predicate(table, when, attributes),
        valid=read_interval(table, "valid", required=True), known=read_interval(table, "known", required=True),
        says=table.take("says", str), cite=_cite(table, sources), events=table.texts("events"),
        until=table.take("until", date, None), until_months=table.take("until-months", int, None),
        cap=_cap(table, attributes), define=table.take("define", str, ""), defeats=_defeats(table),
        conditions=table.texts("conditions"), note=table.take("note", str, ""), line=table.line,
    )  # fmt: skip
    _check_rule(table, rule, instruments[rule.instrument], attributes)
    return rule


def _cite(table: Table, sources: Mapping[str, Source]) -> tuple[Citation, ...]:
    cited = each(table.tables("cite"), lambda t: Citation(t.choice("source", tuple(sources)), t.take("at", str, "")))
    if not cited:
        table.fail("a rule without `cite`", expected='cite = [ { source = "...", at = "article" } ]')
    return tuple(cited)


def _cap(table: Table, attributes: Mapping[str, Attribute]) -> Cap | None:
    inner = table.table("cap")
    if inner is None:
        return None
    base = inner.take("base", dict, None)
    cap = Cap(
        inner.fraction("share"), inner.texts("metric"), inner.texts("per"),
        ALWAYS if base is None else read_predicate(table, base, attributes),
    )  # fmt: skip
    inner.done()
    if not cap.metric or not cap.per:
        table.fail(
            "a cap needs `metric` and `per`",
            expected='cap = { share = "35/100", metric = ["sites"], per = ["operator"] }',
        )
    return cap


def _defeats(table: Table) -> tuple[Defeat, ...]:
    return tuple(each(table.tables("defeats"), lambda t: Defeat(t.take("rule", str), t.choice("why", WHY_DEFEATS))))


def _check_rule(table: Table, rule: Rule, instrument: Instrument, attributes: Mapping[str, Attribute]) -> None:
    if (rule.cap is not None) != (rule.effect is Effect.CAP):
        table.fail("`cap` and effect = cap belong together")
    if (rule.effect is Effect.DEFINE) != bool(rule.define) or (rule.define and rule.define not in attributes):
        table.fail("effect = define names one declared attribute in `define`")
    if rule.effect is Effect.EXCEPT and not rule.defeats:
        table.fail("an exception without `defeats`", expected="the rules that it takes away")
    if rule.until_months is not None and instrument.state not in (State.PROPOSED, State.ADOPTED):
        table.fail("`until-months` is for rules of proposed instruments only", expected="until = date")
    _check_until(table, rule)


def _check_until(table: Table, rule: Rule) -> None:
    if rule.effect is Effect.PHASE_OUT and rule.until is None and rule.until_months is None:
        table.fail("a phase-out without `until`", expected="the last day on which the act is allowed")
    if rule.until is None:
        return
    if not rule.valid.holds(rule.until) and not (rule.valid.start and rule.until < rule.valid.start):
        table.fail("`until` lies after the end of `valid`", expected="until inside valid")
    if rule.effect in (Effect.PHASE_OUT, Effect.CAP):
        return
    if rule.effect not in (Effect.CONDITION, Effect.PERMIT) or rule.valid.end != rule.until + timedelta(days=1):
        table.fail(
            "`until` here limits a permission in time", expected="effect condition or permit, valid.to = until + 1 day"
        )
