"""From a table of texts to an estate: columns mapped, names resolved, faulty rows listed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from assay.decide.library import Library
from assay.decide.toml import parse
from assay.errors import InputError
from assay.model.estate import COLUMNS, REQUIRED, ColumnMap, Fault
from assay.workflow.estates.columns import Columns
from assay.workflow.estates.table import LINE, file_digest, read_batches

__all__ = ["Estate", "as_texts", "load_estate", "read_map"]


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


def _ours(column: str) -> str:
    """One of our column names, whatever its case; else the text as it is."""
    return column.casefold() if column.casefold() in COLUMNS else column


def load_estate(
    path: Path, cmap: ColumnMap, library: Library, codes: Iterable[str], required: tuple[str, ...] = REQUIRED
) -> Estate:  # fmt: skip
    """Read and check an estate; `required` are the columns that no row may leave empty.

    Raises InputError where no row can be asked about; names each row that cannot.
    """
    columns = Columns(library, codes, cmap)
    rows, faults, kept = 0, list[Fault](), list[pl.DataFrame]()
    for raw, broken in read_batches(path, cmap):
        frame = _named(raw, cmap, path.name, required)
        rows += frame.height + len(broken)
        good, wrong = columns.checked(frame.filter(~pl.all_horizontal(pl.exclude(LINE).is_null())))
        kept.append(good)
        faults += (*broken, *wrong)
    frame = _once(pl.concat(kept, rechunk=False), faults)
    if not frame.height:
        first = min(faults, key=lambda f: f.line, default=None)
        raise InputError(
            "E0505", f"none of {rows} rows can be reviewed", where=f"{path.name}, line {first.line if first else 1}",
            expected=f"{first.column} {first.value!r}: {first.reason}" if first else "at least one row",
        )  # fmt: skip
    return Estate(frame, tuple(sorted(faults, key=lambda f: (f.line, f.column))), rows, file_digest(path), path.name)


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with categories and days as texts, for what joins it with other tables."""
    kinds = (pl.Enum, pl.Categorical, pl.Date)
    return frame.with_columns(pl.col(n).cast(pl.String) for n, kind in frame.schema.items() if isinstance(kind, kinds))


def _once(frame: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """Each element once: a name that was there before is a fault. Texts become categories of this table alone."""
    if frame["element"].n_unique() < frame.height:
        again = ~pl.col("element").is_first_distinct()
        for line, name in frame.filter(again).select(LINE, "element").iter_rows():
            faults.append(Fault(line, "element", name, "an element of this name was there before"))
        frame = frame.filter(~again)
    for name, kind in frame.schema.items():
        if kind == pl.Categorical:
            texts = frame[name].unique().drop_nulls().cast(pl.String).sort()
            frame = frame.with_columns(pl.col(name).cast(pl.Enum(texts)))
    return frame


def _named(raw: pl.DataFrame, cmap: ColumnMap, name: str, required: tuple[str, ...]) -> pl.DataFrame:
    """Our column names, texts stripped, empty cells null, absent columns left out."""
    there = {c: c.strip() for c in raw.columns if c != LINE}
    theirs = {v: k for k, v in cmap.columns.items()}
    missing = [v for v in theirs if v not in there.values()]
    if missing:
        raise InputError("E0502", f"column `{missing[0]}` is missing", where=f"{name}, line 1",
                         expected="the columns that MAP.toml names")  # fmt: skip
    own = {c: s if s in COLUMNS or s.casefold() in there.values() else _ours(s) for c, s in there.items()}
    renamed = {c: theirs.get(there[c], s if s not in cmap.columns else f"{s} ") for c, s in own.items()}
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
