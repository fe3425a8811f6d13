"""TOML to facts: the shared attributes, one supplier's file, a case's own facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from assay.decide.pack import read_attribute, read_interval, read_source
from assay.decide.toml import Table, each, parse
from assay.model.expression import Literal
from assay.model.fact import Fact, Membership, Supplier
from assay.model.law import Attribute, Interval, Member, Source

__all__ = ["CaseFacts", "read_attributes", "read_case_facts", "read_names", "read_supplier"]

STATUSES = ("fact", "allegation", "finding", "settlement")
CaseFacts = tuple[tuple[Supplier, ...], tuple[Fact, ...], tuple[Membership, ...]]
_TYPES = {"bool": bool, "text": str, "country": str, "date": date, "int": int}


def read_attributes(name: str, data: bytes) -> dict[str, Attribute]:
    """Read attributes.toml: attribute id -> attribute."""
    document = parse(name, data)
    out: dict[str, Attribute] = {}
    for table in document.top.tables("attribute"):
        attribute = read_attribute(table)
        if attribute.id in out:
            table.fail(f"attribute `{attribute.id}` stands twice", code="E0206")
        out[attribute.id] = attribute
    document.top.take("schema", str, "")
    document.top.done()
    return out


def read_names(name: str, data: bytes) -> Supplier:
    """Read only who a supplier's file speaks of: what stands before its first table."""
    head = data.split(b"\n[[", 1)[0]
    top = parse(name, head).top
    return Supplier(top.take("supplier", str), top.take("name", str), top.texts("aliases"))


def read_supplier(name: str, data: bytes, attributes: Mapping[str, Attribute]) -> tuple[Supplier, tuple[Fact, ...]]:
    """Read one supplier's file. Raises PackError with file and line."""
    document = parse(name, data)
    top = document.top
    top.choice("schema", ("assay-facts/1",))
    supplier = Supplier(top.take("supplier", str), top.take("name", str), top.texts("aliases"))
    sources: dict[str, Source] = {}
    for table in top.tables("source"):
        source = read_source(table)
        sources[source.id] = source
    found = [_fact(table, sources, attributes, supplier.id) for table in top.tables("fact")]
    top.take("note", str, "")
    top.done()
    seen: set[str] = set()
    for fact in found:
        if fact.id in seen:
            top.fail(f"fact `{fact.id}` stands twice", code="E0206")
        seen.add(fact.id)
    return supplier, tuple(found)


def _fact(table: Table, sources: Mapping[str, Source], attributes: Mapping[str, Attribute], supplier: str) -> Fact:
    attribute = table.choice("attribute", tuple(attributes))
    fact = Fact(
        table.take("id", str), attribute, _value(table, attributes[attribute]), read_interval(table, "valid"),
        read_interval(table, "known"), sources[table.choice("source", tuple(sources))], supplier=supplier,
        product=table.take("product", str, ""), operator=table.take("operator", str, ""),
        status=table.choice("status", STATUSES, "fact"),
        precision=table.choice("precision", ("day", "month", "year"), "day"),
        supersedes=table.take("supersedes", str, ""), text=table.take("text", str, ""),
        note=table.take("note", str, ""),
    )  # fmt: skip
    table.done()
    return fact


def _value(table: Table, attribute: Attribute) -> Literal:
    if attribute.discretion:
        table.fail(
            f"`{attribute.id}` is left to a person's judgement", code="E0215",
            expected="a signed statement in an evidence store", remedy="assay state --kind discretion",
        )  # fmt: skip
    wanted = _TYPES[attribute.type]
    value = table.take("value", object)
    if type(value) is not wanted or isinstance(value, Fraction):
        table.fail(f"`{attribute.id}` = {value!r}", expected=attribute.type)
    return value  # type: ignore[return-value]  # the line above checked the type


def read_case_facts(name: str, data: bytes, attributes: Mapping[str, Attribute]) -> CaseFacts:
    """Read the `facts.toml` of a case: suppliers it declares, their facts and memberships. All marked synthetic.

    Raises PackError when a fact or membership names a subject that the case does not declare.
    """
    document = parse(name, data)
    top = document.top
    top.choice("schema", ("assay-case-facts/1",))
    if top.take("synthetic", bool) is not True:
        top.fail("a case's facts are synthetic", expected="synthetic = true")
    suppliers = tuple(
        each(
            top.tables("supplier"), lambda t: Supplier(t.take("id", str), t.take("name", str), t.texts("aliases"), True)
        )
    )
    operators = top.texts("operators")
    declared = {s.id for s in suppliers} | set(operators)
    source = Source("case", "declared by the case, synthetic", name, "none")
    facts = [_case_fact(table, attributes, declared, source, i) for i, table in enumerate(top.tables("fact"), 1)]
    memberships = [_membership(table, declared) for table in top.tables("membership")]
    top.take("note", str, "")
    top.done()
    return suppliers, tuple(facts), tuple(memberships)


def _case_fact(
    table: Table, attributes: Mapping[str, Attribute], declared: set[str], source: Source, number: int
) -> Fact:
    attribute = table.choice("attribute", tuple(attributes))
    subjects = {key: table.take(key, str, "") for key in ("supplier", "product", "operator")}
    _declared(table, [subjects["supplier"], subjects["operator"]], declared)
    fact = Fact(
        f"case.{number:02}", attribute, _value(table, attributes[attribute]), read_interval(table, "valid"),
        Interval(), source, **subjects, text=table.take("text", str, ""), synthetic=True,
    )  # fmt: skip
    table.done()
    return fact


def _declared(table: Table, names: list[str], declared: set[str]) -> None:
    if not any(names):
        table.fail("a case's fact names no subject", expected="supplier or operator declared by the case")
    for name in names:
        if name and name not in declared:
            table.fail(
                f"`{name}` is not declared by this case", expected="one of " + ", ".join(sorted(declared)),
                remedy="a case's facts never attach to a real subject", code="E0214",
            )  # fmt: skip


def _membership(table: Table, declared: set[str]) -> Membership:
    value, of_class = table.take("value", str), table.take("class", str)
    _declared(table, [value], declared)
    member = Member(value, read_interval(table, "valid"), Interval(), "case")
    found = Membership(of_class, member, table.take("says", str))
    table.done()
    return found
