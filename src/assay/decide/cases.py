"""The cases of a pack: questions whose answer was read from the instrument. Reads cases.toml and runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from assay.decide.decide import Answer
from assay.decide.toml import Table, parse
from assay.model.decision import Outcome
from assay.model.expression import Literal
from assay.model.law import ACTIVITIES, PARTS, Effect, Force
from assay.model.question import ANY_PART, CONTEXT_KEYS, Question

__all__ = ["Case", "CaseFile", "Expected", "Miss", "compare", "read_cases"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the instrument says. None = not compared."""

    outcome: Outcome
    force: Force | None
    deadline: date | None = None
    cap: str | None = None
    also: frozenset[str] | None = None
    possible: frozenset[str] | None = None
    rules: frozenset[str] | None = None
    duties: tuple[str, ...] = ()
    powers: tuple[str, ...] = ()
    not_duties: tuple[str, ...] = ()
    not_powers: tuple[str, ...] = ()
    conditions: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is expected, and where it was read."""

    name: str
    origin: str
    question: Question
    expected: Expected
    presume: bool
    line: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one pack and the mutants that its authors hold to change nothing."""

    cases: tuple[Case, ...]
    equivalent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Miss:
    """A case that did not come out as expected: what, expected, found."""

    case: Case
    what: str
    expected: str
    found: str


def read_cases(name: str, data: bytes, jurisdiction: str, coded: date) -> CaseFile:
    """Read one cases.toml. Raises PackError with file and line."""
    document = parse(f"{name}/cases.toml", data)
    cases: list[Case] = []
    for table in document.top.tables("case"):
        cases += _case(table, jurisdiction, coded)
    for table in document.top.tables("timeline"):
        cases += _timeline(table, jurisdiction, coded)
    equivalent = {}
    for table in document.top.tables("equivalent"):
        why = table.take("why", str)
        names = table.take("mutants", list, []) or [table.take("mutant", str)]
        equivalent.update({str(name): why for name in names})
        table.done()
    document.top.done()
    return CaseFile(tuple(cases), equivalent)


def _case(table: Table, jurisdiction: str, coded: date) -> Iterable[Case]:
    name, origin = table.take("name", str), table.take("from", str)
    inner, expect = table.table("ask"), table.table("expect")
    if inner is None or expect is None:
        table.fail("a case has `ask` and `expect`")
    on, known = inner.take("on", date), inner.take("known", date, coded)
    question, presume = _question(inner, jurisdiction, on, known)
    yield Case(name, origin, question, _expected(expect), presume, table.line)
    for part in (inner, expect, table):
        part.done()


def _timeline(table: Table, jurisdiction: str, coded: date) -> Iterable[Case]:
    name, origin = table.take("name", str), table.take("from", str)
    inner = table.table("for")
    if inner is None:
        table.fail("a timeline has `for`")
    for row in table.take("expect", list):
        entry = Table(table.name, row, table.line, {})
        on, known = entry.take("on", date), entry.take("known", date, coded)
        question, presume = _question(inner, jurisdiction, on, known)
        yield Case(name, origin, question, _expected(entry), presume, table.line)
        entry.done()
    inner.done()
    table.done()


def _question(table: Table, jurisdiction: str, on: date, known: date) -> tuple[Question, bool]:
    given = table.take("context", dict, {})
    context: dict[str, tuple[str, ...]] = {}
    for key, value in given.items():
        if key not in CONTEXT_KEYS:
            table.fail(f"context key `{key}` is not known", expected="one of " + ", ".join(CONTEXT_KEYS))
        if not isinstance(value, str | date):
            table.fail(f"context `{key}` is {type(value).__name__}", expected='a text; several values as "a|b"')
        text = value.isoformat() if isinstance(value, date) else value
        context[key] = tuple(text.split("|"))
    facts: dict[str, Literal] = dict(table.take("facts", dict, {}))
    question = Question(
        table.take("supplier", str), table.choice("part", (*PARTS, ANY_PART)), table.choice("activity", ACTIVITIES),
        table.take("in", str, jurisdiction), on, known, table.take("product", str, ""), context, facts,
    )  # fmt: skip
    return question, table.take("presume", bool, True)


def _expected(table: Table) -> Expected:
    force = table.choice("force", (*Force, ""), "")
    conditions = table.take("conditions", int, -1)
    return Expected(
        outcome=Outcome(table.choice("outcome", tuple(Outcome))), force=Force(force) if force else None,
        deadline=table.take("deadline", date, None), cap=table.take("cap", str, None), also=_set(table, "also"),
        possible=_set(table, "possible"), rules=_set(table, "rules"), duties=table.texts("duties"),
        powers=table.texts("powers"), not_duties=table.texts("not-duties"), not_powers=table.texts("not-powers"),
        conditions=None if conditions < 0 else conditions,
    )  # fmt: skip


def _set(table: Table, key: str) -> frozenset[str] | None:
    return frozenset(table.texts(key)) if key in table.values else table.take(key, frozenset, None)


def compare(case: Case, found: Answer) -> list[Miss]:
    """Hold an answer against a case; an empty list is agreement."""
    want, verdict = case.expected, found.verdict
    pairs = [
        ("outcome", want.outcome.value, verdict.outcome.value),
        ("force", want.force or "", verdict.force or ""),
        ("deadline", want.deadline, verdict.deadline if want.deadline else None),
        ("cap", _share(want.cap), _share(verdict.cap.share if verdict.cap else "") if want.cap else None),
        ("also", want.also, frozenset(f"{o}|{f}" for o, f in verdict.also) if want.also is not None else None),
        ("possible", want.possible, frozenset(o.value for o, _ in found.stated) if want.possible is not None else None),
        ("rules", want.rules, frozenset(verdict.deciding) if want.rules is not None else None),
        ("conditions", want.conditions, _conditions(found) if want.conditions is not None else None),
    ]
    misses = [Miss(case, what, _show(a), _show(b)) for what, a, b in pairs if a != b]
    return misses + list(_lists(case, found))


def _share(value: object) -> str | None:
    if value in (None, ""):
        return None if value is None else ""
    return str(Fraction(str(value)))


def _conditions(found: Answer) -> int:
    held = [ln for ln, v in zip(found.program.lines, found.finals, strict=True) if v is True]
    return sum(len(ln.rule.conditions) for ln in held)


def _lists(case: Case, found: Answer) -> Iterable[Miss]:
    duties, powers = found.listed(Effect.DUTY), found.listed(Effect.POWER)
    want = case.expected
    for what, ids, there, wanted in (
        ("duties", want.duties, duties, True), ("powers", want.powers, powers, True),
        ("not-duties", want.not_duties, duties, False), ("not-powers", want.not_powers, powers, False),
    ):  # fmt: skip
        for item in ids:
            if (item in there) is not wanted:
                yield Miss(case, what, f"{item} {'listed' if wanted else 'not listed'}", "the contrary")


def _show(value: object) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(value)) + "}"
    return "-" if value in (None, "") else str(value)
