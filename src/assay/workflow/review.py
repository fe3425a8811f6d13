"""The main job: an estate and the law in time, decided per class of equal elements, joined back and written whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from assay.decide.decide import Answer, answer
from assay.decide.document import ENGINE, decision_id, document
from assay.decide.interpret import Interpreter
from assay.decide.program import Assumption
from assay.errors import InputError
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
from assay.workflow.horizon import Programs, law_days

__all__ = ["SCHEMA", "Progress", "Reviewed", "check_out", "context_read", "decide_classes", "review", "write_review"]

SCHEMA: Final = "assay-review/1"
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
    body = {**_head(loaded, programs, on, known_at, assumptions), **findings(found)}
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


def _head(
    loaded: Loaded, programs: Programs, on: date, known_at: date, assumptions: tuple[Assumption, ...]
) -> Json:  # fmt: skip
    case, estate, facts = loaded.case, loaded.estate, loaded.library.facts
    packs = {p.id: p for code in _codes(loaded) for p in programs.get(code, on).program.packs}
    own = [f for f in facts.facts if f.synthetic]
    return {
        "schema": SCHEMA, "engine": ENGINE, "on": on.isoformat(), "known_at": known_at.isoformat(),
        "case": {
            "title": case.title, "note": case.note, "synthetic": case.synthetic, "jurisdictions": list(loaded.codes),
            "sources": [{"title": s.title, "url": s.url, "licence": s.licence, "note": s.note} for s in case.sources],
        },
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in assumptions],
        "packs": [{"id": p.id, "digest": p.digest, "coded": p.coded.isoformat(), "private": p.private}
                  for _, p in sorted(packs.items())],
        "synthetic": {
            "suppliers": [{"id": s.id, "name": s.name} for s in facts.suppliers.values() if s.synthetic],
            "memberships": [
                {"class": m.of_class, "value": m.member.value, "says": m.says,
                 "from": _iso(m.member.valid.start), "to": _iso(m.member.valid.end)} for m in facts.memberships
            ],
            "facts": [{"id": f.id, "subject": f.supplier or f.operator, "attribute": f.attribute, "value": str(f.value),
                       "text": f.text} for f in own],
        },
        "estate": {"file": estate.name, "sha256": estate.sha256, "rows": estate.rows,
                   "reviewed": estate.frame.height, "faulty": len({f.line for f in estate.faults})},
        "faults": [{"line": f.line, "column": f.column, "value": f.value, "reason": f.reason} for f in estate.faults],
    }  # fmt: skip


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


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


def check_out(out: Path) -> None:
    """Refuse a place that holds something else than an earlier review, before any work is done (E0507)."""
    if out.exists() and not _replaceable(out):
        raise InputError(
            "E0507", "the folder holds something else than an earlier review", where=str(out),
            expected="a new or empty folder, or one that `assay review` wrote", remedy="give another --out",
        )  # fmt: skip


def write_review(reviewed: Reviewed, out: Path) -> None:
    """Write the four files into a folder that appears whole. Raises InputError (E0401, E0507)."""
    check_out(out)
    with _draft(out.resolve()) as draft:
        html = render_review(reviewed.found, _sites(reviewed.decisions), _TEMPLATE.read_text(encoding="utf-8"))
        write_bytes(draft / "report.html", html.encode())
        write_bytes(draft / "deadlines.ics", render_calendar(reviewed.found).encode())
        write_json_file(draft / "review.json", reviewed.found)
        reviewed.decisions.write_parquet(draft / "decisions.parquet")


def _replaceable(out: Path) -> bool:
    if not out.is_dir():
        return False
    names = {path.name for path in out.iterdir()}
    return names <= {"report.html", "decisions.parquet", "review.json", "deadlines.ics"}


@contextmanager
def _draft(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the body ends well, and vanishes when it does not."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(out)) from error
    try:
        yield draft
        draft.chmod(0o755)
        old = out.with_name(f".{out.name}.old.{os.getpid()}")
        if out.exists():
            out.replace(old)
        try:
            draft.replace(out)
        except OSError:
            if old.exists():  # the earlier review comes back rather than nothing
                old.replace(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(out)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sites(decisions: pl.DataFrame) -> list[tuple[str, int, int, str, str]]:
    """Position and answer (for keeping in operation) of each element that has one."""
    if not {"lon", "lat"} <= set(decisions.columns):
        return []
    rows = decisions.select("jurisdiction", "lon", "lat", "operate_outcome", "operate_force")
    return list(rows.drop_nulls().iter_rows())
