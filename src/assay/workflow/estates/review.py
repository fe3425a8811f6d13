"""The main job: an estate and the law in time, decided per class of equal elements, joined back and written whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from assay.decide.program import Assumption
from assay.decide.programs import Programs
from assay.model.decision import Outcome, Verdict
from assay.model.estate import ACTS, ElementClass
from assay.model.law import PARTS, Force
from assay.reports.calendar import render_calendar
from assay.reports.review import render_review
from assay.workflow.answers.ask import check_assumptions
from assay.workflow.estates.caps import shares
from assay.workflow.estates.case import Loaded
from assay.workflow.estates.classes import element_classes
from assay.workflow.estates.courses import DecidedClasses, Progress, decide_classes
from assay.workflow.estates.findings import Found, findings
from assay.workflow.estates.heading import heading
from assay.workflow.estates.horizon import law_days, laws_of
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.folder import check_out, whole_folder

__all__ = ["FILES", "SCHEMA", "Progress", "Reviewed", "review", "with_statements", "write_review"]

SCHEMA: Final = "assay-review/1"
FILES: Final = frozenset({"report.html", "decisions.parquet", "review.json", "deadlines.ics"})
"""What a review writes into its folder."""
Json = dict[str, Any]
Meter = Callable[[int], Progress]
"""Given the number of answers to come, gives a function that is told how many came."""
_FINEST: Final = 2000
"""Steps across a map: more could not be seen."""
_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "review.html.j2"


@dataclass(frozen=True)
class Reviewed:
    """The review as one document, a row for each element, and what was asked: the classes and the days of the law.

    The rows are streamed: nothing of them is computed before they are written.
    """

    found: Json
    decisions: pl.LazyFrame
    classes: tuple[ElementClass, ...]
    days: Mapping[str, list[date]]


def review(
    loaded: Loaded, on: date, known_at: date, assumptions: tuple[Assumption, ...] = (), meter: Meter | None = None
) -> Reviewed:  # fmt: skip
    """Review a case. Pure but for the progress that it reports: same case, same document."""
    check_assumptions(loaded.library, assumptions)
    programs = Programs(loaded.library, assumptions)
    suppliers = frozenset(str(s) for s in loaded.estate.frame["supplier"].unique().to_list())
    days = {code: [on, *law_days(programs, code, on, known_at, suppliers)] for code in _codes(loaded)}
    frame, classes = element_classes(loaded.estate.frame, loaded.library, laws_of(programs, days, known_at))
    views = _views(classes)
    steps = sum(len(days[c.jurisdiction]) for c in (*classes, *views)) * len(ACTS)
    told = meter(steps) if meter else None
    decided = decide_classes(programs, days, known_at, classes, told)
    outlook = decide_classes(programs, days, known_at, views, told)
    found = Found(
        frame, tuple(classes), tuple(views), days, programs, known_at, decided.courses, outlook.courses, decided.ids,
        tuple(shares(programs, days, on, known_at, frame, classes)), loaded.library.facts.suppliers,
    )  # fmt: skip
    body = {**heading(SCHEMA, loaded, programs, on, known_at, assumptions), **findings(found)}
    body["estate"]["classes"] = len(classes)
    body["decided"] = decided.counts(outlook)
    return Reviewed(body, _decisions(frame, classes, days, decided), tuple(classes), days)


def _codes(loaded: Loaded) -> list[str]:
    return sorted(str(code) for code in loaded.estate.frame["jurisdiction"].unique().to_list())


def _views(classes: Iterable[ElementClass]) -> list[ElementClass]:
    """Each supplier of the estate with its products in each part, without operator: what it asks of the market."""
    offers = sorted({(c.jurisdiction, c.supplier, c.product) for c in classes})
    return [
        ElementClass(f"v{number:04}", supplier, product, code, part, {}, 0)
        for number, (code, supplier, product, part) in enumerate(((*offer, p) for offer in offers for p in PARTS), 1)
    ]


def _decisions(
    frame: pl.DataFrame, classes: Sequence[ElementClass], days: Mapping[str, list[date]], decided: DecidedClasses
) -> pl.LazyFrame:  # fmt: skip
    """The estate with what was found for each element."""
    columns: dict[str, list[object]] = {}
    for act in ACTS:
        rows = [decided.courses[c.id, act] for c in classes]
        first = [row.first.verdict for row in rows]
        columns[f"{act}_outcome"] = [v.outcome.value for v in first]
        columns[f"{act}_force"] = [v.force.value if v.force else "" for v in first]
        columns[f"{act}_deadline"] = [v.deadline for v in first]
        columns[f"{act}_unlawful_from"] = [
            _first_unlawful(days[c.jurisdiction], row.verdicts) for c, row in zip(classes, rows, strict=True)
        ]
        columns[f"{act}_decision"] = [decided.ids[c.id, act] for c in classes]
    dates = {name: pl.Date for name in columns if name.endswith(("_deadline", "_unlawful_from"))}
    table = pl.DataFrame(columns, schema_overrides=dates)
    place = pl.col("class").to_physical()
    return frame.lazy().with_columns(pl.lit(table[name]).gather(place).alias(name) for name in columns)


def _first_unlawful(days: Sequence[date], verdicts: Sequence[Verdict]) -> date | None:
    named = (Outcome.PROHIBITED, Force.BINDING)
    return next((day for day, one in zip(days, verdicts, strict=True) if one.named() == named), None)


def with_statements(found: Json, statements: Sequence[Json]) -> Json:
    """The review's document with what people state, in a list and by its id in each row that it stands beside.

    The document itself where nobody states anything: its digest, which the log holds, never counts statements.
    """
    if not statements:
        return found
    marked: dict[str, list[str]] = {}
    for one in statements:
        for place in one["beside"]:
            marked.setdefault(place, []).append(one["statement"])
    rows = {
        key: [_marked(row, marked.get(f"/{key}/{number}")) for number, row in enumerate(found[key])]
        for key in ("now", "suppliers")
    }
    rules = {key: _marked(row, marked.get(f"/rules/{key}")) for key, row in found["rules"].items()}
    return {**found, **rows, "rules": rules, "statements": list(statements)}


def _marked(row: Json, statements: list[str] | None) -> Json:
    return {**row, "statements": statements} if statements else row


def write_review(reviewed: Reviewed, out: Path, statements: Sequence[Json] = ()) -> None:
    """Write the four files into a folder that appears whole. Raises InputError (E0401, E0507).

    `statements` are people's words about what was reviewed (`Shelf.beside_review`).
    """
    check_out(out, FILES)
    with whole_folder(out.resolve()) as draft:
        template = _TEMPLATE.read_text(encoding="utf-8")
        found = with_statements(reviewed.found, statements)
        html = render_review(found, _sites(reviewed.decisions), template)
        write_bytes(draft / "report.html", html.encode())
        write_bytes(draft / "deadlines.ics", render_calendar(reviewed.found).encode())
        write_json_file(draft / "review.json", found)
        reviewed.decisions.sink_parquet(draft / "decisions.parquet")


def _sites(decisions: pl.LazyFrame) -> list[tuple[str, int, int, str, str]]:
    """Position and answer (for keeping in operation) of elements, those side by side put together."""
    names = decisions.collect_schema().names()
    if not {"lon", "lat"} <= set(names):
        return []
    placed = decisions.select("jurisdiction", "lon", "lat", "operate_outcome", "operate_force").drop_nulls()
    spans = placed.group_by("jurisdiction").agg(
        pl.col(name).min().alias(f"{name}0") for name in ("lon", "lat")
    )  # fmt: skip
    widths = placed.group_by("jurisdiction").agg(
        ((pl.col(name).max() - pl.col(name).min()) // _FINEST + 1).alias(f"{name}-step") for name in ("lon", "lat")
    )
    cells = placed.join(spans, on="jurisdiction").join(widths, on="jurisdiction").select(
        pl.col("jurisdiction").cast(pl.String),
        *[
            ((pl.col(n) - pl.col(f"{n}0")) // pl.col(f"{n}-step") * pl.col(f"{n}-step") + pl.col(f"{n}0")).alias(n)
            for n in ("lon", "lat")
        ],
        pl.col("operate_outcome").cast(pl.String), pl.col("operate_force").cast(pl.String),
    ).unique()  # fmt: skip
    return list(cells.collect(engine="streaming").sort(pl.all()).iter_rows())
