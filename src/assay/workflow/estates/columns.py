"""What each column of an estate may hold: texts become ids, days and whole numbers; what cannot is a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

import polars as pl

from assay.decide.library import Library
from assay.errors import UsageError
from assay.model.estate import CONTEXT_COLUMNS, DATE_COLUMNS, REQUIRED, WEIGHT_COLUMNS, ColumnMap, Fault
from assay.model.law import PARTS
from assay.model.question import CLOSED_VALUES
from assay.workflow.answers.ask import resolve_supplier
from assay.workflow.estates.table import LINE
from assay.workflow.ground.library import code_of

__all__ = ["Columns"]

_HEAVIEST: Final = 10**11
"""Largest weight of one element: ten million of them still add up exactly in 64 bits."""
_DEGREE: Final = 100_000
_LONG: Final = ("element", "site")
"""Columns of names that seldom repeat; the other texts are kept as categories."""
Check = Callable[[str], str]


class Columns:
    """Checks batches of one table. Each different text is checked once, however many batches hold it."""

    def __init__(self, library: Library, codes: Iterable[str], cmap: ColumnMap) -> None:
        self._checks = _checks(library, frozenset(codes))
        self._values = cmap.values
        self._good: dict[str, dict[str, str]] = {column: {} for column in self._checks}
        self._bad: dict[str, dict[str, str]] = {column: {} for column in self._checks}

    def checked(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault]]:
        """The rows of one batch that hold, in compact columns, and the faults of the others."""
        marks: list[pl.DataFrame] = []
        for column in self._checks:
            if column in frame.columns:
                frame = self._checked(frame, column, marks)
        frame = _numbers(_elements(frame), marks)
        faults = _faults(marks)
        bad = {fault.line for fault in faults}
        good = frame.filter(~pl.col(LINE).is_in(list(bad))) if bad else frame
        return _compact(good), faults

    def _checked(self, frame: pl.DataFrame, column: str, marks: list[pl.DataFrame]) -> pl.DataFrame:
        """Put the true values in, mark the rows of the others."""
        good, reasons = self._good[column], self._bad[column]
        texts = frame[column].drop_nulls().unique().to_list()
        for text in texts:
            if text not in good and text not in reasons:
                self._look(column, text)
        wrong = {text: reasons[text] for text in texts if text in reasons}
        if wrong:
            marks.append(_mark(frame.filter(pl.col(column).is_in(list(wrong))), column, wrong))
        if column in REQUIRED:
            empty = frame.filter(pl.col(column).is_null())
            if empty.height:
                marks.append(_mark(empty.with_columns(pl.lit("").alias(column)), column, {"": "the cell is empty"}))
        here = [text for text in texts if text in good]
        new = pl.Series([good[text] for text in here], dtype=pl.String)
        return frame.with_columns(
            pl.col(column).replace_strict(pl.Series(here, dtype=pl.String), new, default=None, return_dtype=pl.String)
        )

    def _look(self, column: str, text: str) -> None:
        value = self._values.get(column, {}).get(text.casefold(), text)
        try:
            self._good[column][text] = self._checks[column](value)
        except UsageError as error:
            self._bad[column][text] = error.what + (f"; {error.expected}" if error.expected else "")
        except ValueError as error:
            self._bad[column][text] = str(error)


def _compact(frame: pl.DataFrame) -> pl.DataFrame:
    """Days as days, texts that repeat as categories."""
    days = [pl.col(name).str.to_date() for name in DATE_COLUMNS if name in frame.columns]
    kinds = frame.schema
    texts = [n for n, kind in kinds.items() if kind == pl.String and n not in (*_LONG, *DATE_COLUMNS)]
    return frame.with_columns(*days, *[pl.col(name).cast(pl.Categorical) for name in texts])


def _checks(library: Library, codes: frozenset[str]) -> dict[str, Check]:
    """For each column the function that gives the true value or raises UsageError with the reason."""
    out: dict[str, Check] = {
        "supplier": lambda text: resolve_supplier(library, text),
        "jurisdiction": lambda text: _one_of(code_of(text), codes),
        "part": lambda text: _one_of(text.lower(), frozenset(PARTS)),
        "operator": lambda text: text,
    }
    for column, key in CONTEXT_COLUMNS.items():
        if key in CLOSED_VALUES:
            out[column] = lambda text, allowed=CLOSED_VALUES[key]: _several(text, allowed)  # type: ignore[misc]  # default binds the key
    for column in DATE_COLUMNS:
        out[column] = lambda text: date.fromisoformat(text[:10] if text[10:11] in (" ", "T") else text).isoformat()
    return out


def _one_of(text: str, allowed: frozenset[str]) -> str:
    if text not in allowed:
        raise ValueError("not one of " + ", ".join(sorted(allowed)))
    return text


def _several(text: str, allowed: frozenset[str]) -> str:
    return "|".join(_one_of(part.strip(), allowed) for part in text.split("|"))


def _mark(rows: pl.DataFrame, column: str, reasons: dict[str, str]) -> pl.DataFrame:
    value = pl.col(column).cast(pl.String)
    return rows.select(
        pl.col(LINE), pl.lit(column).alias("column"), value.alias("value"),
        value.replace_strict(list(reasons), list(reasons.values()), default="", return_dtype=pl.String).alias("reason"),
    )  # fmt: skip


def _faults(marks: list[pl.DataFrame]) -> list[Fault]:
    return [Fault(*row) for frame in marks for row in frame.iter_rows()]


def _elements(frame: pl.DataFrame) -> pl.DataFrame:
    number = pl.format("row {}", pl.col(LINE))
    if "element" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("element"))
    frame = frame.with_columns(pl.col("element").fill_null(number))
    return frame if "site" in frame.columns else frame.with_columns(pl.col("element").alias("site"))


def _numbers(frame: pl.DataFrame, marks: list[pl.DataFrame]) -> pl.DataFrame:
    for column in WEIGHT_COLUMNS:
        if column in frame.columns:
            number = pl.col(column).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
            fits = number.is_between(0, _HEAVIEST)
            frame = _number(frame, column, number, fits, f"no whole number from 0 to {_HEAVIEST}", marks)
    for column, most in (("lon", 180), ("lat", 90)):
        if column in frame.columns:
            degrees = pl.col(column).cast(pl.Float64, strict=False)
            whole = pl.when(degrees.is_between(-most, most)).then(degrees * _DEGREE).round().cast(pl.Int32)
            frame = _number(frame, column, whole, degrees.is_between(-most, most), f"no degrees up to {most}", marks)
    return frame


def _number(
    frame: pl.DataFrame, column: str, number: pl.Expr, fits: pl.Expr, reason: str, marks: list[pl.DataFrame]
) -> pl.DataFrame:  # fmt: skip
    bad = frame.filter(pl.col(column).is_not_null() & ~fits.fill_null(False))
    if bad.height:
        marks.append(_mark(bad, column, dict.fromkeys(bad[column].unique().to_list(), reason)))
    return frame.with_columns(number.alias(column))
