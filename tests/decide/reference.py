"""What one element's decision must be, from the interpreter alone: no classes, no columns, no cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from assay.decide.bind import bind
from assay.decide.combine import combine
from assay.decide.complete import outcomes
from assay.decide.decide import _headline, answer
from assay.decide.interpret import Interpreter, anywhere
from assay.decide.library import Library
from assay.decide.program import Program, Values
from assay.decide.vectorise import RULE, decide_frame
from assay.model.decision import Truth
from assay.model.expression import Literal, Operator
from assay.model.law import PARTS, Presumption
from assay.model.question import ANY_PART, CONTEXT_KEYS, SINGLE_KEYS, Question

Row = Mapping[str, str | int | date | None]
Seen = tuple[str, str | None, date | None, tuple[str, ...], tuple[Truth, ...]]
SUBJECT = ("supplier", "product", "operator")


def question_of(row: Row, jurisdiction: str, as_of: date, known_at: date) -> Question:
    """One row of an estate as the question that `ask` would be given."""
    context = {}
    for key in CONTEXT_KEYS:
        text = row.get(key)
        if text:
            context[key] = (str(text),) if key in SINGLE_KEYS else tuple(str(text).split("|"))
    given = {key: value for key, value in row.items() if "." in key and value is not None and value != ""}
    return Question(
        str(row["supplier"]), str(row["part"]), str(row["activity"]), jurisdiction, as_of, known_at,
        str(row.get("product") or ""), context, given,
    )  # fmt: skip


@dataclass
class Reference:
    """Decides rows one by one; facts are looked up once a subject, outcomes once a row of truths."""

    library: Library
    program: Program
    subjects: dict[tuple[object, ...], dict[str, Values]] = field(default_factory=dict)
    decided: dict[tuple[object, ...], Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.interpreter = Interpreter(self.program)

    def slowly(self, row: Row) -> Seen:
        """The headline of `decide.answer`, also where a presumption changes no rule by itself."""
        p = self.program
        facts = replace(self.library.facts, facts=tuple(f for f in self.library.facts.facts if f.attribute not in row))
        library = replace(self.library, facts=facts)  # a column named like an attribute replaces the facts at hand
        found = answer(self.interpreter, library, question_of(row, p.jurisdiction, p.as_of, p.known_at))
        verdict = found.verdict
        if not found.presumed:
            stated = outcomes(self.interpreter, found.bound.values, found.truths)
            verdict = _headline(p, [view.finals for view in found.views], stated)
        return verdict.outcome.value, verdict.force, verdict.deadline, tuple(sorted(verdict.deciding)), found.finals

    def quickly(self, row: Row) -> Seen:
        """The same from the interpreter's parts, with presumptions laid by a second, plain reading of their meaning.

        What follows from equal truths, equal gaps and an equal part is worked out once and kept.
        """
        values, part = self._values(row), str(row["part"])
        truths = self.interpreter.truths(values)
        key = (tuple(truths), tuple(value is None for value in values.values()), part)
        seen = self.decided.get(key)
        if seen is None:
            seen = self.decided[key] = self._decide(values, truths, part)
        return seen

    def _decide(self, values: dict[str, Values], truths: list[Truth], part: str) -> Seen:
        for number, truth in self._presumed(values, part):
            truths[number] = truth
        rows = [self.interpreter.finals(truths)] if part != ANY_PART else self._in_each_part(truths)
        finals = tuple(anywhere(rows))
        verdict = combine(self.program, rows)
        if any(None in row for row in rows):
            stated = outcomes(self.interpreter, values, truths)
            if len(stated) > 1:
                return "unknown", None, None, (), finals
            (only,) = stated
            if only != verdict.named():
                return only[0].value, only[1], None, (), finals
        return verdict.outcome.value, verdict.force, verdict.deadline, tuple(sorted(verdict.deciding)), finals

    def _in_each_part(self, truths: list[Truth]) -> list[list[Truth]]:
        """What rules say in the four parts one after the other, by setting what atoms say of the part."""
        rows = []
        for part in PARTS:
            there = list(truths)
            for number, atom in enumerate(self.program.atoms):
                if atom.fact == "part":
                    there[number] = part in atom.value  # type: ignore[operator]  # a list of parts
            rows.append(self.interpreter.finals(there))
        return rows

    def _values(self, row: Row) -> dict[str, Values]:
        subject = tuple(row.get(key) for key in SUBJECT)
        about = self.subjects.get(subject)
        if about is None:
            bare = {key: row.get(key) for key in (*SUBJECT, "part", "activity")}
            p = self.program
            bound = bind(p, question_of(bare, p.jurisdiction, p.as_of, p.known_at), self.library.facts)
            about = self.subjects[subject] = {k: v for k, v in bound.values.items() if k not in ("part", "activity")}
        out = dict(about)
        for fact in self.program.spans:
            raw = row.get(fact)
            if fact not in SUBJECT and fact in row and "." in fact:
                out[fact] = None  # a column named like an attribute replaces the facts at hand
            if fact not in SUBJECT and raw is not None and raw != "":
                parts: tuple[Literal, ...] = tuple(raw.split("|")) if isinstance(raw, str) else (raw,)
                out[fact] = parts
        return {fact: out.get(fact) for fact in self.program.spans}

    def _presumed(self, values: Mapping[str, Values], part: str) -> Iterator[tuple[int, bool]]:
        program = self.program
        by_value = [found for found in program.presumptions if found.value]
        for found in (*by_value, *[found for found in program.presumptions if found.in_class]):
            if values.get(found.key) is None and part in (*found.parts, "any"):
                yield from _laid(program, found)
        for name, span in program.spans.items():
            attribute = program.attributes.get(name)
            if attribute is not None and attribute.burden and values.get(name) is None:
                for number in range(*span):
                    yield number, program.atoms[number].value is False


def _laid(program: Program, found: Presumption) -> Iterator[tuple[int, bool]]:
    for number, atom in enumerate(program.atoms):
        if atom.fact != found.key:
            continue
        if found.in_class:
            if atom.op is Operator.IN_CLASS and atom.value == found.in_class:
                yield number, True
        elif (truth := program.truth(atom, (found.value,))) is not None:
            yield number, truth


def columns(reference: Reference, frame: pl.DataFrame) -> Iterator[Seen]:
    """What the column compiler says of each row, in the order of the rows."""
    decided = decide_frame(reference.interpreter, reference.library.facts, frame.lazy())
    rules = [RULE + line.rule.id for line in reference.program.lines]
    seen: list[Seen] = [
        (row["outcome"], row["force"], row["deadline"], tuple(row["deciding"]), tuple(row[rule] for rule in rules))
        for row in decided.classes.iter_rows(named=True)
    ]
    return (seen[number] for number in decided.elements)


__all__ = ["Reference", "Seen", "columns", "question_of"]
