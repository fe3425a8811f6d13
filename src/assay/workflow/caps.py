"""Shares against caps of a whole estate: hands its columns to the engine as the facts that they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import polars as pl

from assay.decide.interpret import Interpreter
from assay.decide.program import Line, Program
from assay.decide.shares import cap_shares, with_bases
from assay.decide.vectorise import decide_frame
from assay.model.estate import ACTS, CONTEXT_COLUMNS, WEIGHT_COLUMNS, Share
from assay.model.expression import atoms
from assay.model.law import Effect
from assay.workflow.horizon import Programs

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


def shares(programs: Programs, codes: Iterable[str], on: date, frame: pl.DataFrame) -> list[Share]:
    """Every cap in force on a day against every group of the estate with a possible member."""
    out: list[Share] = []
    for code in codes:
        program = programs.get(code, on).program
        here = fact_columns(frame.filter(pl.col("jurisdiction") == code))
        for act in ACTS:
            measured = {line.rule.id for line in _caps(program) if cap_act(line) == act}
            if measured:
                out += _measured(program, programs, here.with_columns(pl.lit(act).alias("activity")), measured)
    return out


def _measured(program: Program, programs: Programs, frame: pl.DataFrame, ids: set[str]) -> list[Share]:
    wide = with_bases(program)
    decided = decide_frame(Interpreter(wide), programs.library.facts, frame.lazy(), settle=False)
    others = {line.rule.id for line in _caps(program)} - ids
    kept = replace(wide, lines=tuple(line for line in wide.lines if line.rule.id not in others))
    return cap_shares(kept, decided, frame.lazy())


def fact_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that rules read, named as facts; what else an estate holds is left out."""
    wanted = {"jurisdiction", "part", "supplier", "product", "site", *WEIGHT_COLUMNS, *CONTEXT_COLUMNS}
    there = [column for column in frame.columns if column in wanted]
    renamed = frame.select(there).rename({c: CONTEXT_COLUMNS[c] for c in there if c in CONTEXT_COLUMNS})
    if "installed" in renamed.columns:
        renamed = renamed.with_columns(pl.col("installed").str.to_date())
    return renamed
