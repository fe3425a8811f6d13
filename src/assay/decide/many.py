"""Many questions of one program at once: decided as columns, explained once for all that every rule reads alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from assay.canon import canonical
from assay.decide.bind import Binder
from assay.decide.decide import Answer, answer
from assay.decide.document import document, shown_facts
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.vectorise import decide_frame
from assay.errors import InternalError
from assay.model.decision import Outcome, Verdict
from assay.model.fact import FactSet
from assay.model.law import Force
from assay.model.question import Question

__all__ = ["Many", "decide_many", "decision_ids", "explain_many", "questions_frame"]

_OWN: Final = ("rules", "evidence", "sources")
"""Parts of a document that show values and facts, so that two answers of one kind may differ in them."""
_PLAIN: Final = ("supplier", "product", "part", "activity")


@dataclass(frozen=True, slots=True)
class Many:
    """Decisions by kind: questions of one kind are read alike by every rule, so only their names differ.

    `kinds` gives the kind of each question, `first` the place of each kind's first question, `verdicts` its headline
    without `cap` and `also`. `completed` counts the kinds' completions that the interpreter worked out because facts
    are missing.
    """

    kinds: Sequence[int]
    first: Sequence[int]
    verdicts: tuple[Verdict, ...]
    completed: int


def decide_many(
    interpreter: Interpreter, facts: FactSet, questions: Sequence[Question], *, presume: bool = True
) -> Many:
    """Decide questions of one jurisdiction and day with the column compiler. No question may state facts (`given`)."""
    frame = questions_frame(questions, interpreter.program.spans)
    decided = decide_frame(interpreter, facts, frame.lazy(), presume=presume)
    rows = decided.classes.select("outcome", "force", "deadline", "deciding").iter_rows()
    verdicts = tuple(
        Verdict(Outcome(outcome), Force(force) if force else None, deadline, deciding=tuple(deciding))
        for outcome, force, deadline, deciding in rows
    )
    return Many(decided.elements.to_list(), decided.classes["first"].to_list(), verdicts, decided.completed)


def questions_frame(questions: Sequence[Question], read: Iterable[str]) -> pl.DataFrame:
    """The columns that rules read (`read` are facts), a row a question, as `decide_frame` takes them."""
    columns = {name: [getattr(q, name) or None for q in questions] for name in _PLAIN}
    for key in {**dict.fromkeys(read), "operator": None}:  # facts may be about an operator where no rule reads it
        cells = ["|".join(q.context[key]) if key in q.context else None for q in questions]
        if any(cell is not None for cell in cells):
            columns[key] = cells
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    if "installed" in columns and all(cell is None or _is_day(cell) for cell in set(columns["installed"])):
        frame = frame.with_columns(pl.col("installed").str.to_date())
    return frame


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def explain_many(
    interpreter: Interpreter, library: Library, questions: Sequence[Question], many: Many, *, presume: bool = True
) -> list[Answer]:
    """The whole answer to each question: reasons, what is missing and possible, worked out once a kind.

    Each kind is thereby decided a second time, by the interpreter. Raises InternalError (E0022) where the two differ.
    """
    kinds = [answer(interpreter, library, questions[place], presume=presume) for place in many.first]
    for found, verdict in zip(kinds, many.verdicts, strict=True):
        _check(found, verdict)
    binder = Binder(interpreter.program, library.facts)
    return [
        replace(kinds[kind], question=question, bound=binder.bind(question))
        for question, kind in zip(questions, many.kinds, strict=True)
    ]


def _check(found: Answer, verdict: Verdict) -> None:
    ours = found.verdict
    same = ours.named() == verdict.named() and ours.deadline == verdict.deadline
    if not same or sorted(ours.deciding) != list(verdict.deciding):
        question = found.question
        raise InternalError(
            "E0022", f"two evaluators disagree: {ours.named()} and {verdict.named()}",
            where=f"{question.supplier}, {question.part}, {question.activity}, {question.jurisdiction}",
            expected="equal answers", remedy="do not use this answer; report the question and the packs",
        )  # fmt: skip


def decision_ids(answers: Sequence[Answer], many: Many) -> list[str]:
    """The id of each answer, as `document.decision_id` gives it.

    Answers of one kind that show the same values and evidence differ in their question alone, so the rest of their
    bytes is written once; most of it is the same for the whole kind.
    """
    written: dict[object, tuple[bytes, bytes]] = {}
    shared: dict[int, dict[str, bytes]] = {}
    facts: dict[int, tuple[str, ...]] = {}
    out = []
    for found, kind in zip(answers, many.kinds, strict=True):
        if kind not in facts:
            facts[kind] = shown_facts(found)
        key = (kind, tuple(found.bound.values.get(fact) for fact in facts[kind]), _evidence_ids(found))
        if key not in written:
            written[key] = _around_the_question(document(found), shared.setdefault(kind, {}))
        before, after = written[key]
        out.append(hashlib.sha256(before + canonical(found.question.document()) + after).hexdigest())
    return out


def _evidence_ids(found: Answer) -> tuple[object, ...]:
    bound = found.bound
    return tuple((fact, *[f.id for f in rows]) for fact, rows in (*bound.evidence.items(), *bound.conflicts.items()))


def _around_the_question(body: Mapping[str, object], shared: dict[str, bytes]) -> tuple[bytes, bytes]:
    """A document's canonical bytes before and after its question; `shared` keeps what its kind has in common."""
    before, after = bytearray(b"{"), bytearray()
    out = before
    for key in sorted(body):
        out += (b"" if out == b"{" else b",") + canonical(key) + b":"
        if key == "question":
            out = after
        elif key in _OWN:
            out += canonical(body[key])
        else:
            if key not in shared:
                shared[key] = canonical(body[key])
            out += shared[key]
    return bytes(before), bytes(after + b"}")
