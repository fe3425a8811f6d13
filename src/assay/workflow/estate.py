"""From a table of texts to an estate: columns mapped, names resolved, faulty rows listed, equal rows put together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from assay.decide.library import Library
from assay.decide.toml import parse
from assay.errors import InputError, UsageError
from assay.model.estate import (
    COLUMNS,
    CONTEXT_COLUMNS,
    DATE_COLUMNS,
    REQUIRED,
    WEIGHT_COLUMNS,
    ColumnMap,
    ElementClass,
    Fault,
)
from assay.model.law import PARTS
from assay.model.question import CLOSED_VALUES
from assay.workflow.ask import resolve_supplier
from assay.workflow.library import code_of
from assay.workflow.table import LINE, file_digest, read_table

__all__ = ["Estate", "element_classes", "load_estate", "read_map"]

_HEAVIEST: Final = 10**11
"""Largest weight of one element: ten million of them still add up exactly in 64 bits."""
_DEGREE: Final = 100_000
Check = Callable[[str], str]


@dataclass(frozen=True)
class Estate:
    """The rows that can be asked about, those that cannot, and what they were read from.

    `lon` and `lat` are whole 1/100,000 degrees.
    """

    frame: pl.DataFrame
    faults: tuple[Fault, ...]
    rows: int
    sha256: str
    name: str


def read_map(path: Path) -> ColumnMap:
    """Read MAP.toml. Raises InputError with file and line."""
    try:
        top = parse(path.name, path.read_bytes()).top
    except OSError as error:
        raise InputError("E0500", f"cannot be read: {error.strerror}", where=str(path)) from error
    top.choice("schema", ("assay-map/1",))
    columns = _texts(path.name, top.take("columns", dict, {}), "columns")
    defaults = _texts(path.name, top.take("defaults", dict, {}), "defaults")
    values = {k: _texts(path.name, v, f"values.{k}") for k, v in top.take("values", dict, {}).items()}
    if "supplier" in defaults:
        top.fail("a supplier is never a default", remedy="leave it out: the rows are listed as not mapped")
    found = ColumnMap(
        columns, {k: {a.casefold(): b for a, b in v.items()} for k, v in values.items()}, defaults,
        top.take("separator", str, ","), top.take("encoding", str, "utf-8"), top.take("sheet", str, ""),
        top.take("keep-unknown-columns", bool, False),
    )  # fmt: skip
    top.done()
    if len(found.separator.encode()) != 1:
        top.fail(f"separator {found.separator!r}", expected="one character such as ;")
    return found


def _texts(name: str, found: object, key: str) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InputError("E0504", f"[{key}] holds something else than texts", where=name, expected='ours = "yours"')
    if key in ("columns", "defaults"):
        wrong = [k for k in found if k not in COLUMNS]
        if wrong:
            raise _unknown_column(wrong[0], f"{name}, [{key}]")
    return dict(found)


def _unknown_column(column: str, where: str) -> InputError:
    near = difflib.get_close_matches(column.casefold().replace(" ", "_").replace("-", "_"), COLUMNS, 1, 0.6)
    return InputError(
        "E0502", f"column `{column}` is not known", where=where, expected="one of " + ", ".join(COLUMNS),
        remedy=(f"did you mean `{near[0]}`? " if near else "")
        + "map it in MAP.toml, or say keep-unknown-columns = true there (docs/estate-format.md)",
    )  # fmt: skip


def load_estate(
    path: Path, cmap: ColumnMap, library: Library, codes: Iterable[str], required: tuple[str, ...] = REQUIRED
) -> Estate:  # fmt: skip
    """Read and check an estate; `required` are the columns that no row may leave empty.

    Raises InputError where no row can be asked about; names each row that cannot.
    """
    raw, broken = read_table(path, cmap)
    frame = _named(raw, cmap, path.name, required)
    rows = frame.height + len(broken)
    frame = frame.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    marks: list[pl.DataFrame] = []
    for column, check in _checks(library, frozenset(codes)).items():
        if column in frame.columns:
            frame = _checked(frame, column, check, cmap.values.get(column, {}), marks)
    frame = _numbers(_elements(frame, marks), marks)
    faults = [*broken, *_faults(marks)]
    bad = {fault.line for fault in faults}
    good = frame.filter(~pl.col(LINE).is_in(list(bad))) if bad else frame
    if not good.height:
        first = min(faults, key=lambda f: f.line, default=None)
        raise InputError(
            "E0505", f"none of {rows} rows can be reviewed", where=f"{path.name}, line {first.line if first else 1}",
            expected=f"{first.column} {first.value!r}: {first.reason}" if first else "at least one row",
        )  # fmt: skip
    return Estate(good, tuple(sorted(faults, key=lambda f: (f.line, f.column))), rows, file_digest(path), path.name)


def _named(raw: pl.DataFrame, cmap: ColumnMap, name: str, required: tuple[str, ...]) -> pl.DataFrame:
    """Our column names, texts stripped, empty cells null, absent columns left out."""
    there = {c: c.strip() for c in raw.columns if c != LINE}
    theirs = {v: k for k, v in cmap.columns.items()}
    missing = [v for v in theirs if v not in there.values()]
    if missing:
        raise InputError("E0502", f"column `{missing[0]}` is missing", where=f"{name}, line 1",
                         expected="the columns that MAP.toml names")  # fmt: skip
    renamed = {c: theirs.get(s, s if s not in cmap.columns else f"{s} ") for c, s in there.items()}
    unknown = [c for c, ours in renamed.items() if ours not in COLUMNS]
    if unknown and not cmap.keep_unknown:
        raise _unknown_column(there[unknown[0]], f"{name}, line 1")
    frame = raw.drop(unknown).rename({c: o for c, o in renamed.items() if c not in unknown})
    for column, value in cmap.defaults.items():
        old = pl.col(column) if column in frame.columns else pl.lit(None, pl.String)
        frame = frame.with_columns(old.fill_null("").alias(column)).with_columns(
            pl.when(pl.col(column) == "").then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        )
    absent = [c for c in required if c not in frame.columns]
    if absent:
        raise InputError(
            "E0502", f"column `{absent[0]}` is missing", where=f"{name}, line 1", expected=", ".join(required),
            remedy="name your own columns in MAP.toml and give it with --map (docs/estate-format.md)",
        )  # fmt: skip
    texts = pl.exclude(LINE).str.strip_chars()
    return frame.with_columns(texts).with_columns(
        pl.when(pl.exclude(LINE).str.len_bytes() == 0).then(None).otherwise(pl.exclude(LINE)).name.keep()
    )


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


def _checked(
    frame: pl.DataFrame, column: str, check: Check, values: dict[str, str] | object, marks: list[pl.DataFrame]
) -> pl.DataFrame:  # fmt: skip
    """Check each different value once; put the true values in, mark the rows of the others."""
    mapped = values if isinstance(values, dict) else {}
    good: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for text in frame[column].drop_nulls().unique().to_list():
        try:
            good[text] = check(mapped.get(text.casefold(), text))
        except UsageError as error:
            reasons[text] = error.what + (f"; {error.expected}" if error.expected else "")
        except ValueError as error:
            reasons[text] = str(error)
    if reasons:
        marks.append(_mark(frame.filter(pl.col(column).is_in(list(reasons))), column, reasons))
    if column in REQUIRED:
        empty = frame.filter(pl.col(column).is_null())
        if empty.height:
            marks.append(_mark(empty.with_columns(pl.lit("").alias(column)), column, {"": "the cell is empty"}))
    return frame.with_columns(
        pl.col(column).replace_strict(list(good), list(good.values()), default=None, return_dtype=pl.String)
    )


def _mark(rows: pl.DataFrame, column: str, reasons: dict[str, str]) -> pl.DataFrame:
    value = pl.col(column).cast(pl.String)
    return rows.select(
        pl.col(LINE), pl.lit(column).alias("column"), value.alias("value"),
        value.replace_strict(list(reasons), list(reasons.values()), default="", return_dtype=pl.String).alias("reason"),
    )  # fmt: skip


def _faults(marks: list[pl.DataFrame]) -> list[Fault]:
    return [Fault(*row) for frame in marks for row in frame.iter_rows()]


def _elements(frame: pl.DataFrame, marks: list[pl.DataFrame]) -> pl.DataFrame:
    number = pl.format("row {}", pl.col(LINE))
    if "element" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("element"))
    frame = frame.with_columns(pl.col("element").fill_null(number))
    again = frame.filter(~pl.col("element").is_first_distinct())
    if again.height:
        names = dict.fromkeys(again["element"].unique().to_list(), "an element of this name was there before")
        marks.append(_mark(again, "element", names))
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


def element_classes(frame: pl.DataFrame, read: frozenset[str]) -> tuple[pl.DataFrame, list[ElementClass]]:
    """Put equal elements together: the frame with a `class` column, and the classes.

    `read` are the context keys that some rule reads; a key that none reads cannot make a difference and is left out.
    """
    context = [c for c, key in CONTEXT_COLUMNS.items() if c in frame.columns and key in read]
    keys = ["jurisdiction", "supplier", "part", *(["product"] if "product" in frame.columns else []), *context]
    groups = frame.group_by(keys, maintain_order=True).len("elements").sort(keys, nulls_last=False)
    groups = groups.with_columns(
        pl.format("c{}", (pl.int_range(pl.len()) + 1).cast(pl.String).str.zfill(4)).alias("class")
    )
    classes = [_class(row, context) for row in groups.iter_rows(named=True)]
    joined = frame.join(groups.drop("elements"), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined, classes


def _class(row: dict[str, object], context: list[str]) -> ElementClass:
    found = {CONTEXT_COLUMNS[c]: _values(c, str(row[c])) for c in context if row[c] is not None}
    return ElementClass(
        str(row["class"]), str(row["supplier"]), str(row.get("product") or ""), str(row["jurisdiction"]),
        str(row["part"]), found, int(str(row["elements"])),
    )  # fmt: skip


def _values(column: str, text: str) -> tuple[str, ...]:
    if column == "operator":
        return (text,)
    return tuple(part.strip() for part in text.split("|") if part.strip())
