"""A class that asks for any part of the network, as columns: a row for each part, put together again at the end.

What `Interpreter.views` and `combine` do for one question, for a table of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from assay.decide.cells import atom_name
from assay.decide.program import Program
from assay.model.law import PARTS
from assay.model.question import ANY_PART

__all__ = ["VIEWS", "gather", "spread"]

VIEWS: Final = "views"
"""How many rows stand for a class."""


def spread(program: Program, table: pl.LazyFrame) -> tuple[pl.LazyFrame, bool]:
    """A row for each part of a class that asks for `any`, with the truths there; whether there is such a class.

    `table` has the columns `part` and `a0`, `a1`, ...; it gets the column `views`.
    """
    one = table.with_columns(pl.lit(1, dtype=pl.UInt8).alias(VIEWS))
    if "part" not in program.spans or ANY_PART not in table.select("part").collect()["part"]:
        return one, False
    atoms = range(*program.spans["part"])
    views = pl.DataFrame({
        "part": [ANY_PART] * len(PARTS), "many": pl.Series([len(PARTS)] * len(PARTS), dtype=pl.UInt8),
        **{f"in:{n}": [program.truth(program.atoms[n], (name,)) for name in PARTS] for n in atoms},
    })  # fmt: skip
    wide = one.join(views.lazy(), on="part", how="left", maintain_order="left_right").with_columns(
        pl.coalesce("many", VIEWS).alias(VIEWS),
        *[pl.coalesce(f"in:{n}", atom_name(n)).alias(atom_name(n)) for n in atoms],
    )
    return wide.drop("many", *[f"in:{n}" for n in atoms]), True


def gather(table: pl.DataFrame, rules: Sequence[str], words: Sequence[str], strictness: pl.Expr) -> pl.DataFrame:
    """One row a class again: the strictest outcome of its parts with the rules and the deadline that belong to it.

    `rules` are the columns of rule values, `words` those of bits for deciding rules; `strictness` orders outcomes.
    """
    best = table.with_columns(strictness.alias("strictness")).with_columns(
        (pl.col("strictness") == pl.col("strictness").max().over("class")).alias("best")
    )
    found = best.group_by("class", maintain_order=True).agg(
        *[pl.col(name).any(ignore_nulls=False) for name in (*rules, "open")],
        *[pl.col(name).filter("best").bitwise_or() for name in words],
        pl.col("deadline").filter("best").min(),
        pl.col("code").filter("best").first(),
        pl.exclude("class", "open", "deadline", "code", "strictness", "best", *rules, *words).first(),
    )
    return found.select(table.columns)
