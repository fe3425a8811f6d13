"""Shares against caps over a whole estate: integer sums a group, then cross-multiplication.

First pass: per rule, group and metric the sums of known and of possible members, and of the base. Second pass:
`within`, `over` or `unknown`. The rule's value and the base come from the classes of `decide.vectorise`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from assay.decide.program import Line, Program
from assay.decide.vectorise import RULE, Decided
from assay.errors import InputError
from assay.model.estate import Share, share_state
from assay.model.expression import All, Atom, Operator
from assay.model.law import PARTS, Cap, Effect

__all__ = ["BASE", "CLASS", "cap_shares", "check_weights", "numbered", "with_bases"]

BASE: Final = "#base"
"""What the id of a cap's denominator ends with."""
CLASS: Final = "#class"
"""The column that says in which row of the decided classes an element stands."""
_SITES: Final = ("sites", "base-stations", "base stations")
_ELEMENTS: Final = ("elements", "equipment")
_TEXTS: Final = (pl.String, pl.Categorical, pl.Enum)
_LIMIT: Final = 2**63 - 1
_NOT_STATED: Final = "not stated"
_SUMS: Final = ("low", "high", "base-low", "base-high")


@dataclass(frozen=True, slots=True)
class _Flags:
    """Whether a class counts, by class number: surely or possibly, in the numerator and in the base.

    `sure` says three of them in one byte: 3 where the class surely counts in the numerator, 2 where surely in the
    base, 1 where possibly in the base.
    """

    low: pl.Expr
    high: pl.Expr
    base_low: pl.Expr
    base_high: pl.Expr
    sure: pl.Expr

    def named(self) -> Iterator[tuple[str, pl.Expr]]:
        """The four flags with the names of their sums."""
        yield from zip(_SUMS, (self.low, self.high, self.base_low, self.base_high), strict=True)


def with_bases(program: Program) -> Program:
    """The program with one more line for each cap: the predicate of its denominator, which decides nothing.

    A base is the cap's own parts with `cap.base`; who supplies is not asked.
    """
    bases = [_base(line, cap) for line, cap in _caps(program)]
    return replace(program, lines=(*program.lines, *bases)) if bases else program


def check_weights(frame: pl.LazyFrame, columns: tuple[str, ...]) -> None:
    """Refuse weights whose sums could not be exact. Raises InputError (E0150) naming the column.

    A weight is a whole number, not negative, and the sum over the estate stays below 2^63.
    """
    schema = frame.collect_schema()
    for name in columns:
        if not schema[name].is_integer():
            _refuse(name, f"`{name}` holds {schema[name]}", "whole numbers")
    sums = frame.select(
        *[pl.col(name).min().cast(pl.Int128).alias(f"min:{name}") for name in columns],
        *[pl.col(name).cast(pl.Int128).sum().alias(f"sum:{name}") for name in columns],
    ).collect(engine="streaming")
    for name in columns:
        if (sums[f"min:{name}"][0] or 0) < 0:
            _refuse(name, f"`{name}` is negative somewhere", "0 or more")
        if sums[f"sum:{name}"][0] > _LIMIT:
            _refuse(name, f"the sum of `{name}` does not fit into 63 bits", "a coarser unit")


def numbered(frame: pl.LazyFrame, decided: Decided) -> pl.LazyFrame:
    """The frame that was decided with the number of each element's class, as `cap_shares` takes it."""
    return pl.concat([frame, decided.elements.to_frame(CLASS).lazy()], how="horizontal")


def cap_shares(program: Program, classes: pl.DataFrame, frame: pl.LazyFrame) -> list[Share]:
    """Every cap of a program (made by `with_bases`) against every group with a possible member.

    `classes` are those of `Decided`; `frame` is the estate with each element's place in them (column `CLASS`), with
    the columns that caps group by, `site` for site counts and one whole-number column for each other metric. A metric
    that the estate does not give for each element of a group has the state `unknown` and says why. Raises InputError
    (E0150) as `check_weights`.
    """
    schema = frame.collect_schema()
    weights = {m for _, cap in _caps(program) for m in cap.metric if m in schema and m not in (*_SITES, *_ELEMENTS)}
    check_weights(frame, tuple(sorted(weights)))
    out: list[Share] = []
    for line, cap in _caps(program):
        keys = {key: _group(key, program, schema) for key in cap.per}
        flags = _flags(classes, line)
        for metric in cap.metric:
            out += _metric_shares(program, line, cap, metric, frame, keys, flags)
    return out


def _refuse(column: str, what: str, expected: str) -> None:
    raise InputError(
        "E0150", what, where=f"column `{column}`", expected=expected, remedy="mend the column or leave it out"
    )


def _caps(program: Program) -> Iterator[tuple[Line, Cap]]:
    for line in program.lines:
        if line.rule.effect is Effect.CAP and line.rule.cap is not None:
            yield line, line.rule.cap


def _base(line: Line, cap: Cap) -> Line:
    scope = () if set(line.rule.parts) == set(PARTS) else (Atom("part", Operator.IN, line.rule.parts),)
    rule = replace(line.rule, id=line.rule.id + BASE, effect=Effect.DUTY, cap=None, defeats=(), until=None)
    return Line(rule, line.pack, line.instrument, All((*scope, cap.base)), (), None, line.assumed)


def _flags(classes: pl.DataFrame, line: Line) -> _Flags:
    held, base = classes[RULE + line.rule.id], classes[RULE + line.rule.id + BASE]
    sure, possible = base.fill_null(False), base.fill_null(True)
    at, low = pl.col(CLASS), held.fill_null(False) & sure
    return _Flags(
        pl.lit(low).gather(at), pl.lit(held.fill_null(True) & possible).gather(at), pl.lit(sure).gather(at),
        pl.lit(possible).gather(at), pl.lit(low.cast(pl.UInt8) + sure.cast(pl.UInt8) + possible).gather(at),
    )  # fmt: skip


def _group(key: str, program: Program, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    if key in ("jurisdiction", "territory"):
        return pl.lit(program.jurisdiction).alias(key)
    if key not in schema:
        return pl.lit(_NOT_STATED).alias(key)
    text = pl.col(key).cast(pl.String)
    return pl.when(text.fill_null("") == "").then(pl.lit(_NOT_STATED)).otherwise(text).alias(key)


def _metric_shares(
    program: Program, line: Line, cap: Cap, metric: str, frame: pl.LazyFrame, keys: Mapping[str, pl.Expr], flags: _Flags
) -> Iterator[Share]:
    given = frame.collect_schema()
    wanted = "site" if metric in _SITES else metric
    if metric in _ELEMENTS:
        sums = _weighted(frame, keys, flags, pl.len(), pl.lit(False))
    elif wanted not in given:
        sums = _weighted(frame, keys, flags, pl.lit(0), pl.lit(True))
    elif metric in _SITES:
        sums = _distinct(frame, keys, flags, "site")
    else:
        sums = _weighted(frame, keys, flags, pl.col(metric).cast(pl.Int64).sum(), pl.col(metric).is_null().any())
    found = sums.filter(pl.col("possible")).sort(list(keys)).collect(engine="streaming")
    for row in found.iter_rows(named=True):
        group = {key: str(row[key]) for key in keys}
        if row["missing"]:
            why = f"the estate does not give `{wanted}` for each of these elements"
            yield Share(
                line.rule.id, program.jurisdiction, group, metric, cap.share, 0, 0, 0, 0, "unknown", line.until, why
            )
            continue
        low, high, base_low, base_high = (int(row[name]) for name in _SUMS)
        state = share_state(low, high, base_low, base_high, cap.share)
        yield Share(
            line.rule.id, program.jurisdiction, group, metric, cap.share, low, high, base_low, base_high, state,
            line.until,
        )  # fmt: skip


def _weighted(
    frame: pl.LazyFrame, keys: Mapping[str, pl.Expr], flags: _Flags, weight: pl.Expr, empty: pl.Expr
) -> pl.LazyFrame:
    """Sums of a weight by group: first by class, so that the flags are read once a class and not once an element."""
    by_class = frame.group_by(CLASS, *keys.values()).agg(weight.cast(pl.Int64).alias("weight"), empty.alias("empty"))
    return by_class.with_columns(expression.alias(name) for name, expression in flags.named()).group_by(*keys).agg(
        *[pl.col("weight").filter(pl.col(name)).sum().alias(name) for name in _SUMS],
        pl.col("high").any().alias("possible"), (pl.col("empty") & pl.col("base-high")).any().alias("missing"),
    )  # fmt: skip


def _distinct(frame: pl.LazyFrame, keys: Mapping[str, pl.Expr], flags: _Flags, column: str) -> pl.LazyFrame:
    """Counts of different sites by group: a site counts when any of its elements does.

    There may be nearly as many sites as elements, so what is kept of each is small: its group as the estate writes
    it, and two bytes.
    """
    schema = frame.collect_schema()
    named = {key: _bare(key, schema).alias(key) for key, told in keys.items() if told.meta.root_names()}
    counted = frame.select(pl.col(column), *named.values(), flags.sure.alias("sure"), flags.high.alias("high"))
    by_site = (
        counted.filter(pl.col("sure") > 0).group_by(column, *named).agg(pl.col("sure").max(), pl.col("high").any())
    )
    sums = by_site.group_by(*named) if named else by_site.group_by(pl.lit(0).alias("#one"))
    found = sums.agg(
        (pl.col("sure") == 3).sum().cast(pl.Int64).alias("low"), pl.col("high").sum().cast(pl.Int64),
        (pl.col("sure") >= 2).sum().cast(pl.Int64).alias("base-low"), pl.len().cast(pl.Int64).alias("base-high"),
        pl.col("high").any().alias("possible"), pl.col(column).is_null().any().alias("missing"),
    )  # fmt: skip
    return found.with_columns(**keys)


def _bare(key: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """A column that groups are made by, as the estate writes it; nothing for an empty text."""
    told = pl.col(key)
    return pl.when(told.cast(pl.String) != "").then(told) if isinstance(schema[key], _TEXTS) else told
