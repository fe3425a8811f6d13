"""Classes through time: for each class and act the answer today and the verdict on each later day of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.decide.decide import Answer
from assay.decide.many import decide_many, decision_ids, explain_many
from assay.decide.programs import Programs
from assay.model.decision import Verdict
from assay.model.estate import ACTS, ElementClass

__all__ = ["Course", "DecidedClasses", "Progress", "decide_classes"]

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Course:
    """One class and act: the answer on the first day, and the verdict on every day, the first included."""

    first: Answer
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class DecidedClasses:
    """Courses and the ids of first answers, by class and act, and how they were come by.

    `columns` answers were decided by the column compiler. The interpreter then worked out `completions` (kinds whose
    missing facts leave the outcome open) and `trees` (kinds on the first day: reasons, what is missing, what is
    possible; each a second decision that has to agree).
    """

    courses: Mapping[tuple[str, str], Course]
    ids: Mapping[tuple[str, str], str]
    columns: int
    completions: int
    trees: int

    def counts(self, other: DecidedClasses) -> dict[str, int]:
        """The counts of two sets together."""
        names = ("columns", "completions", "trees")
        return {name: getattr(self, name) + getattr(other, name) for name in names}


def decide_classes(
    programs: Programs, days: Mapping[str, list[date]], known_at: date, classes: Sequence[ElementClass],
    told: Progress | None = None,
) -> DecidedClasses:  # fmt: skip
    """Decide each class for each act on the days of its jurisdiction. Raises as `explain_many`."""
    courses: dict[tuple[str, str], Course] = {}
    ids: dict[tuple[str, str], str] = {}
    columns = completions = trees = 0
    for code, dates in days.items():
        here = [(one, act) for one in classes if one.jurisdiction == code for act in ACTS]
        if not here:
            continue
        seen: list[list[Verdict]] = []
        first: list[Answer] = []
        for day in dates:
            interpreter = programs.get(code, day, known_at)
            questions = [one.question(act, day, known_at) for one, act in here]
            many = decide_many(interpreter, programs.library.facts, questions)
            columns, completions = columns + len(questions), completions + many.completed
            if not first:
                first = explain_many(interpreter, programs.library, questions, many)
                ids |= zip(((one.id, act) for one, act in here), decision_ids(first, many), strict=True)
                trees += len(many.verdicts)
            seen.append([many.verdicts[kind] for kind in many.kinds])
            if told:
                told(len(questions))
        for (one, act), answer, *verdicts in zip(here, first, *seen, strict=True):
            courses[one.id, act] = Course(answer, tuple(verdicts))
    return DecidedClasses(courses, ids, columns, completions, trees)
