"""The main job: an estate and the law in time, decided per class of equal elements, joined back and written whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from assay.decide.decide import Answer, answer
from assay.decide.document import decision_id, document
from assay.decide.interpret import Interpreter
from assay.decide.program import Assumption
from assay.model.decision import Outcome
from assay.model.estate import ACTS, CONTEXT_COLUMNS, DATE_COLUMNS, ElementClass
from assay.model.law import PARTS, Force
from assay.model.question import Question
from assay.reports.calendar import render_calendar
from assay.reports.review import render_review
from assay.workflow.caps import context_of_caps, shares
from assay.workflow.case import Loaded
from assay.workflow.estate import element_classes
from assay.workflow.files import write_bytes, write_json_file
from assay.workflow.findings import Found, findings
from assay.workflow.folder import check_out, whole_folder
from assay.workflow.heading import heading
from assay.workflow.horizon import Programs, law_days

__all__ = ["FILES", "SCHEMA", "Progress", "Reviewed", "context_read", "decide_classes", "review", "write_review"]

SCHEMA: Final = "assay-review/1"
FILES: Final = frozenset({"report.html", "decisions.parquet", "review.json", "deadlines.ics"})
"""What a review writes into its folder."""
Json = dict[str, Any]
Progress = Callable[[int], None]
Meter = Callable[[int], Progress]
"""Given the number of answers to come, gives a function that is told how many came."""
_TEMPLATE: Final = Path(__file__).parent.parent / "reports" / "templates" / "review.html.j2"


@dataclass(frozen=True)
class Reviewed:
    """The review as one document, a row for each element, and what was asked: the classes and the days of the law."""

    found: Json
    decisions: pl.DataFrame
    classes: tuple[ElementClass, ...]
    days: Mapping[str, list[date]]


def decide_classes(
    interpreter: Interpreter, programs: Programs, questions: Sequence[Question], *, presume: bool = True
) -> list[Answer]:  # fmt: skip
    """Answer the questions of one jurisdiction and day: the one place where classes are decided."""
    return [answer(interpreter, programs.library, question, presume=presume) for question in questions]


def review(
    loaded: Loaded, on: date, known_at: date, assumptions: tuple[Assumption, ...] = (), meter: Meter | None = None
) -> Reviewed:  # fmt: skip
    """Review a case. Pure but for the progress that it reports: same case, same document."""
    programs = Programs(loaded.library, known_at, assumptions)
    suppliers = frozenset(str(s) for s in loaded.estate.frame["supplier"].unique().to_list())
    days = {code: [on, *law_days(programs, code, on, suppliers)] for code in _codes(loaded)}
    frame, classes = element_classes(loaded.estate.frame, context_read(programs, days))
    views = _views(classes)
    steps = sum(len(days[c.jurisdiction]) for c in (*classes, *views)) * len(ACTS)
    told = meter(steps) if meter else None
    answers = _decide(programs, days, classes, told)
    outlook = _decide(programs, days, views, told)
    ids = {key: decision_id(document(found[0])) for key, found in answers.items()}
    found = Found(
        frame, tuple(classes), tuple(views), days, programs, answers, outlook, ids,
        tuple(shares(programs, days, on, frame)), loaded.library.facts.suppliers,
    )  # fmt: skip
    body = {**heading(SCHEMA, loaded, programs, on, known_at, assumptions), **findings(found)}
    body["estate"]["classes"] = len(classes)
    return Reviewed(body, _decisions(frame, classes, days, answers, ids), tuple(classes), days)


def _codes(loaded: Loaded) -> list[str]:
    return sorted(str(code) for code in loaded.estate.frame["jurisdiction"].unique().to_list())


def context_read(programs: Programs, days: Mapping[str, list[date]]) -> frozenset[str]:
    """Context keys that some rule reads on some day; the operator always, since facts and groups are by operator."""
    read = {"operator"}
    for code, dates in days.items():
        for day in dates:
            program = programs.get(code, day).program
            read |= set(program.spans) | context_of_caps(program)
    return frozenset(read & set(CONTEXT_COLUMNS.values()))


def _views(classes: Iterable[ElementClass]) -> list[ElementClass]:
    """Each supplier of the estate in each part, without operator: what a supplier asks of the market."""
    pairs = sorted({(c.jurisdiction, c.supplier) for c in classes})
    return [
        ElementClass(f"v{number:04}", supplier, "", code, part, {}, 0)
        for number, (code, supplier, part) in enumerate(((c, s, p) for c, s in pairs for p in PARTS), 1)
    ]


def _decide(
    programs: Programs, days: Mapping[str, list[date]], classes: Sequence[ElementClass], told: Progress | None
) -> dict[tuple[str, str], list[Answer]]:  # fmt: skip
    """For each class and act its answers on the days of its jurisdiction."""
    out: dict[tuple[str, str], list[Answer]] = {}
    for code, dates in days.items():
        here = [c for c in classes if c.jurisdiction == code]
        for day in dates:
            questions = [_question(one, act, day, programs.known_at) for one in here for act in ACTS]
            found = decide_classes(programs.get(code, day), programs, questions)
            for key, one in zip(((c.id, act) for c in here for act in ACTS), found, strict=True):
                out.setdefault(key, []).append(one)
            if told:
                told(len(questions))
    return out


def _question(one: ElementClass, act: str, day: date, known_at: date) -> Question:
    return Question(one.supplier, one.part, act, one.jurisdiction, day, known_at, one.product, one.context)


def _decisions(
    frame: pl.DataFrame, classes: Sequence[ElementClass], days: Mapping[str, list[date]],
    answers: Mapping[tuple[str, str], list[Answer]], ids: Mapping[tuple[str, str], str],
) -> pl.DataFrame:  # fmt: skip
    """The estate with what was found for each element."""
    columns: dict[str, list[object]] = {"class": [c.id for c in classes]}
    for act in ACTS:
        rows = [answers[c.id, act] for c in classes]
        columns[f"{act}_outcome"] = [r[0].verdict.outcome.value for r in rows]
        columns[f"{act}_force"] = [r[0].verdict.force.value if r[0].verdict.force else "" for r in rows]
        columns[f"{act}_deadline"] = [r[0].verdict.deadline for r in rows]
        columns[f"{act}_unlawful_from"] = [
            _first_unlawful(days[c.jurisdiction], r) for c, r in zip(classes, rows, strict=True)
        ]
        columns[f"{act}_decision"] = [ids[c.id, act] for c in classes]
    dates = {name: pl.Date for name in columns if name.endswith(("_deadline", "_unlawful_from"))}
    table = pl.DataFrame(columns, schema_overrides=dates)
    days_given = [pl.col(name).str.to_date() for name in DATE_COLUMNS if name in frame.columns]
    return frame.with_columns(days_given).join(table, on="class", how="left", maintain_order="left")


def _first_unlawful(days: Sequence[date], found: Sequence[Answer]) -> date | None:
    named = (Outcome.PROHIBITED, Force.BINDING)
    return next((day for day, one in zip(days, found, strict=True) if one.verdict.named() == named), None)


def write_review(reviewed: Reviewed, out: Path) -> None:
    """Write the four files into a folder that appears whole. Raises InputError (E0401, E0507)."""
    check_out(out, FILES)
    with whole_folder(out.resolve()) as draft:
        html = render_review(reviewed.found, _sites(reviewed.decisions), _TEMPLATE.read_text(encoding="utf-8"))
        write_bytes(draft / "report.html", html.encode())
        write_bytes(draft / "deadlines.ics", render_calendar(reviewed.found).encode())
        write_json_file(draft / "review.json", reviewed.found)
        reviewed.decisions.write_parquet(draft / "decisions.parquet")


def _sites(decisions: pl.DataFrame) -> list[tuple[str, int, int, str, str]]:
    """Position and answer (for keeping in operation) of each element that has one."""
    if not {"lon", "lat"} <= set(decisions.columns):
        return []
    rows = decisions.select("jurisdiction", "lon", "lat", "operate_outcome", "operate_force")
    return list(rows.drop_nulls().iter_rows())
