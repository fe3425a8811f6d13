"""Shares against caps of a whole estate: rules are read once a class, sums are taken over the elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from assay.decide.interpret import Interpreter
from assay.decide.many import questions_frame
from assay.decide.program import Line, Program
from assay.decide.programs import Programs
from assay.decide.shares import CLASS, cap_shares, with_bases
from assay.decide.vectorise import decide_frame
from assay.model.estate import ACTS, CONTEXT_COLUMNS, WEIGHT_COLUMNS, ElementClass, Share
from assay.model.expression import atoms
from assay.model.law import Effect
from assay.model.question import Question

__all__ = ["cap_act", "context_of_caps", "fact_columns", "shares"]


def cap_act(line: Line) -> str:
    """The act by which a cap is measured: what is in the network is operated, unless the cap speaks of other acts."""
    return next((act for act in ACTS if act in line.rule.activities), "")


def _caps(program: Program) -> list[Line]:
    return [line for line in program.lines if line.rule.effect is Effect.CAP and line.rule.cap is not None]


def context_of_caps(program: Program) -> set[str]:
    """The context keys that caps group by or whose base reads them."""
    caps = [line.rule.cap for line in program.lines if line.rule.cap is not None]
    keys = {key for cap in caps for key in cap.per} | {atom.fact for cap in caps for atom in atoms(cap.base)}
    return keys & set(CONTEXT_COLUMNS.values())


def shares(
    programs: Programs, codes: Iterable[str], on: date, known_at: date, frame: pl.DataFrame,
    classes: Sequence[ElementClass],
) -> list[Share]:  # fmt: skip
    """Every cap in force on a day against every group of the estate with a possible member.

    Rules and bases are read once a class of equal elements; the sums are over the elements.
    """
    out: list[Share] = []
    for code in codes:
        program = programs.get(code, on, known_at).program
        here = fact_columns(frame.lazy().filter(pl.col("jurisdiction") == code))
        for act in ACTS:
            measured = {line.rule.id for line in _caps(program) if cap_act(line) == act}
            if measured:
                questions = [one.question(act, on, known_at) for one in classes]
                out += _measured(program, programs, questions, here, measured)
    return out


def _measured(
    program: Program, programs: Programs, questions: Sequence[Question], frame: pl.LazyFrame, ids: set[str]
) -> list[Share]:  # fmt: skip
    wide = with_bases(program)
    asked = questions_frame(questions, wide.spans).lazy()
    decided = decide_frame(Interpreter(wide), programs.library.facts, asked, settle=False)
    others = {line.rule.id for line in _caps(program)} - ids
    kept = replace(wide, lines=tuple(line for line in wide.lines if line.rule.id not in others))
    place = pl.lit(decided.elements).gather(pl.col("class").to_physical()).alias(CLASS)
    return cap_shares(kept, decided.classes, frame.with_columns(place))


def fact_columns(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The columns that caps read, named as facts; what else an estate holds is left out."""
    wanted = {"jurisdiction", "part", "supplier", "product", "site", "class", *WEIGHT_COLUMNS, *CONTEXT_COLUMNS}
    there = [column for column in frame.collect_schema().names() if column in wanted]
    return frame.select(there).rename({c: CONTEXT_COLUMNS[c] for c in there if c in CONTEXT_COLUMNS})
