"""From a question and the facts at hand to the values that rules read, with the evidence behind each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assay.decide.program import Program, Values
from assay.errors import UsageError
from assay.model.expression import Literal
from assay.model.fact import Fact, FactSet
from assay.model.law import Attribute
from assay.model.question import Question

__all__ = ["Binder", "Bound", "bind", "context_values", "read_day"]


@dataclass(frozen=True, slots=True)
class Bound:
    """Values by fact, the facts they come from, and facts that contradict each other (their value is unknown)."""

    values: dict[str, Values]
    evidence: dict[str, tuple[Fact, ...]]
    conflicts: dict[str, tuple[Fact, ...]]


def bind(program: Program, question: Question, facts: FactSet, hidden: frozenset[str] = frozenset()) -> Bound:
    """Look up every fact that the program reads. Facts of a facet in `hidden` are treated as unknown.

    Raises UsageError (E0110) for an installed date that is none.
    """
    values = _asked(question)
    evidence: dict[str, tuple[Fact, ...]] = {}
    conflicts: dict[str, tuple[Fact, ...]] = {}
    for name in program.spans:
        attribute = program.attributes.get(name)
        if attribute is None:
            continue
        if attribute.facet in hidden:
            values[name] = None
        elif name in question.given:
            values[name] = (question.given[name],)
        else:
            _look_up(attribute, question, facts, values, evidence, conflicts)
    return Bound(values, evidence, conflicts)


class Binder:
    """Binds many questions of one program: what facts say of one supplier, product and operator is looked up once."""

    def __init__(self, program: Program, facts: FactSet) -> None:
        self._program, self._facts = program, facts
        self._known: dict[object, Bound] = {}

    def bind(self, question: Question) -> Bound:
        """As `bind`; questions that state facts of their own are looked up each."""
        if question.given:
            return bind(self._program, question, self._facts)
        key = (question.supplier, question.product, question.context.get("operator"))
        if key not in self._known:
            self._known[key] = bind(self._program, question, self._facts)
        known = self._known[key]
        values = {name: known.values[name] for name in self._program.spans if name in self._program.attributes}
        return Bound({**_asked(question), **values}, known.evidence, known.conflicts)


def _asked(question: Question) -> dict[str, Values]:
    """What a question says by itself."""
    values: dict[str, Values] = {
        "part": (question.part,),
        "activity": (question.activity,),
        "supplier": (question.supplier,),
        "product": (question.product,) if question.product else None,
    }
    return values | context_values(question)


def context_values(question: Question) -> dict[str, Values]:
    """The context of a question as values; `installed` becomes a date."""
    out: dict[str, Values] = dict(question.context)
    if "installed" in question.context:
        out["installed"] = tuple(read_day(text, "--context installed") for text in question.context["installed"])
    return out


def read_day(text: str, where: str) -> date:
    """The day that something was installed. Raises UsageError (E0110)."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "E0110", f"`installed` is {text!r}, and the calendar has no such day", where=where,
            expected="a day such as 2020-01-28",
        ) from error  # fmt: skip


def _look_up(
    attribute: Attribute, question: Question, facts: FactSet, values: dict[str, Values],
    evidence: dict[str, tuple[Fact, ...]], conflicts: dict[str, tuple[Fact, ...]],
) -> None:  # fmt: skip
    found = _newest(
        [f for f in facts.facts if f.attribute == attribute.id and _speaks_of(f, question) and _holds(f, question)]
    )
    distinct: dict[Literal, None] = dict.fromkeys(fact.value for fact in found)
    if not distinct:
        values[attribute.id] = None
    elif attribute.many or len(distinct) == 1:
        values[attribute.id] = tuple(distinct)
        evidence[attribute.id] = tuple(found)
    else:
        latest = max(_begun(fact) for fact in found)
        newest = [fact for fact in found if _begun(fact) == latest]
        if len({fact.value for fact in newest}) == 1:
            values[attribute.id] = (newest[0].value,)
            evidence[attribute.id] = tuple(newest)
        else:
            values[attribute.id] = None
            conflicts[attribute.id] = tuple(newest)


def _speaks_of(fact: Fact, question: Question) -> bool:
    operators = question.context.get("operator", ())
    return (
        (not fact.supplier or fact.supplier == question.supplier)
        and (not fact.product or fact.product == question.product)
        and (not fact.operator or fact.operator in operators)
    )


def _holds(fact: Fact, question: Question) -> bool:
    known = fact.known.start or fact.valid.start
    in_time = fact.valid.holds(question.as_of) and (known is None or known <= question.known_at)
    return fact.status != "allegation" and in_time


def _newest(found: Iterable[Fact]) -> list[Fact]:
    rows = list(found)
    gone = {fact.supersedes for fact in rows}
    return [fact for fact in rows if fact.id not in gone]


def _begun(fact: Fact) -> date:
    return fact.valid.start or date.min
