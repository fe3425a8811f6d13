"""Reads any CSV, XLSX or Parquet as a table of texts, each row with its line; nothing is interpreted here."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import polars as pl

from assay.errors import InputError
from assay.model.estate import ColumnMap, Fault

__all__ = ["LINE", "Table", "file_digest", "read_table"]

LINE: Final = "line"
Table = tuple[pl.DataFrame, list[Fault]]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_table(path: Path, cmap: ColumnMap) -> Table:
    """A frame of texts with a `line` column, and the rows that are no rows.

    Raises InputError: E0500 (no such file, kind not known), E0501 (encoding), E0502 (columns), E0503 (broken file).
    """
    if not path.is_file():
        raise InputError("E0500", "there is no such file", where=str(path), expected="the estate that case.toml names")
    readers = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            "E0500", f"{path.suffix or 'no ending'} is not read", where=str(path), expected=", ".join(readers)
        )
    frame, faults = reader(path, cmap)
    if LINE in frame.columns:
        frame = frame.rename({LINE: f"{LINE} "})
    frame = frame.with_row_index(LINE, offset=2).with_columns(pl.col(LINE).cast(pl.Int64))
    if faults:
        frame = _renumber(frame, {fault.line for fault in faults})
    return frame, faults


def _renumber(frame: pl.DataFrame, gone: set[int]) -> pl.DataFrame:
    """Give back the lines of the rows that are left when those in `gone` were taken out."""
    total = frame.height + len(gone)
    kept = [line for line in range(2, total + 2) if line not in gone]
    return frame.with_columns(pl.Series(LINE, kept, dtype=pl.Int64))


def _csv(path: Path, cmap: ColumnMap) -> Table:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not cmap.encoding.lower().startswith("utf-16"):
        raise InputError(
            "E0501",
            "the file is UTF-16",
            where=path.name,
            expected="UTF-8",
            remedy='say encoding = "utf-16" in MAP.toml',
        )
    source: Path | io.BytesIO = path
    if cmap.encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
        source = io.BytesIO(_recoded(path, cmap.encoding))
        head = source.getvalue()[:4096]
    _check_header(path.name, head, cmap.separator)
    try:
        frame = pl.read_csv(source, separator=cmap.separator, infer_schema=False, empty_string_is_null=False)
        return frame, []
    except pl.exceptions.NoDataError as error:
        raise InputError("E0502", "the file is empty", where=path.name, expected="a header and rows") from error
    except pl.exceptions.PolarsError:
        data = source.getvalue() if isinstance(source, io.BytesIO) else path.read_bytes()
        return _slow_csv(path.name, data, cmap.separator)


def _recoded(path: Path, encoding: str) -> bytes:
    try:
        return path.read_bytes().decode(encoding).encode("utf-8")
    except LookupError as error:
        raise InputError("E0501", f"no encoding is called {encoding!r}", where="MAP.toml, encoding") from error
    except UnicodeDecodeError as error:
        raise InputError(
            "E0501", f"the file is not {encoding}", where=f"{path.name}, byte {error.start}",
            remedy="name the true encoding in MAP.toml",
        ) from error  # fmt: skip


def _check_header(name: str, head: bytes, separator: str) -> None:
    first = head.decode("utf-8-sig", "replace").splitlines()[0] if head.strip() else ""
    names = next(csv.reader([first], delimiter=separator), [])
    if len(names) == 1:
        other = next((sign for sign in ";\t|," if sign != separator and sign in first), "")
        if other:
            raise InputError(
                "E0502", f"the header is one column: the separator seems to be {other!r}", where=f"{name}, line 1",
                remedy=f"say separator = {other!r} in MAP.toml",
            )  # fmt: skip
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        raise InputError("E0502", f"column `{twice[0]}` stands twice", where=f"{name}, line 1")


def _slow_csv(name: str, data: bytes, separator: str) -> Table:
    """Row by row where the fast reader gives up: broken rows are named, the others kept."""
    text = data.decode("utf-8-sig", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(reader, [])
    rows: list[list[str]] = []
    faults: list[Fault] = []
    try:
        for number, row in enumerate(reader, 2):
            fault = _broken(number, row, len(header))
            if fault:
                faults.append(fault)
            else:
                rows.append([*row, *[""] * (len(header) - len(row))])
    except csv.Error as error:
        raise InputError("E0503", f"no valid CSV: {error}", where=f"{name}, line {reader.line_num}") from error
    foreign = [f for f in faults if f.reason.startswith("not UTF-8")]
    if foreign and 100 * len(foreign) > len(rows) + len(faults):
        raise InputError(
            "E0501", "the file is not UTF-8", where=f"{name}, line {foreign[0].line}", expected="UTF-8",
            remedy='save it as UTF-8, or name its encoding in MAP.toml (such as encoding = "cp1250")',
        )  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    frame = pl.DataFrame({n: pl.Series(n, list(c), dtype=pl.String) for n, c in zip(header, columns, strict=True)})
    return frame, faults


def _broken(number: int, row: list[str], width: int) -> Fault | None:
    if len(row) > width:
        return Fault(number, "", "", f"{len(row)} cells where the header has {width}")
    for cell in row:
        if any("\udc80" <= sign <= "\udcff" for sign in cell):
            return Fault(number, "", cell.encode("utf-8", "replace").decode(), "not UTF-8")
    return None


def _parquet(path: Path, cmap: ColumnMap) -> Table:
    del cmap
    try:
        frame = pl.read_parquet(path)
        nested = [n for n, t in frame.schema.items() if t.is_nested() or t == pl.Binary]
        if nested:
            raise InputError(
                "E0502", f"column `{nested[0]}` is no plain column", where=path.name, expected="text, number, date"
            )
        return frame.with_columns(pl.all().cast(pl.String)), []
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            "E0503", f"no valid Parquet: {first}", where=path.name, remedy="the file may be cut off; write it again"
        ) from error


def _xlsx(path: Path, cmap: ColumnMap) -> Table:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputError(
            "E0503", f"no valid XLSX: {error}", where=path.name, remedy="the file may be cut off; save it again"
        ) from error
    try:
        name = cmap.sheet or book.sheetnames[0]
        if name not in book.sheetnames:
            raise InputError("E0502", f"no sheet `{name}`", where=path.name, expected=", ".join(book.sheetnames))
        rows = [[_cell(value) for value in row] for row in book[name].iter_rows(values_only=True)]
    finally:
        book.close()
    return _sheet(path.name, rows)


def _sheet(name: str, rows: list[list[str]]) -> Table:
    if not rows:
        raise InputError("E0502", "the sheet is empty", where=name, expected="a header and rows")
    header = [cell.strip() for cell in rows[0]]
    keep = [i for i, cell in enumerate(header) if cell]
    names = [header[i] for i in keep]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError("E0502", f"column `{twice[0]}` stands twice", where=f"{name}, line 1")
    body = rows[1:]
    return pl.DataFrame(
        {header[i]: pl.Series(header[i], list(_column(body, i)), dtype=pl.String) for i in keep}
    ), []  # fmt: skip


def _column(rows: list[list[str]], place: int) -> Iterator[str]:
    return (row[place] if place < len(row) else "" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
