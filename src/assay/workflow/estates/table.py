"""Reads any CSV, XLSX or Parquet as batches of texts, each row with its line; nothing is interpreted here."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from assay.errors import InputError
from assay.model.estate import ColumnMap, Fault
from assay.workflow.ground.sheet import read_sheet

__all__ = ["LINE", "Table", "file_digest", "read_batches"]

LINE: Final = "line"
_BLOCK: Final = 1 << 24
"""Bytes of a CSV that are read at once."""
_ROWS: Final = 250_000
"""Rows of a Parquet file that are read at once."""
Table = tuple[pl.DataFrame, list[Fault]]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_batches(path: Path, cmap: ColumnMap) -> Iterator[Table]:
    """Frames of texts with a `line` column, and with each the rows that are no rows; together they are the table.

    No more than one batch is held. Raises InputError: E0500 (no such file, kind not known), E0501 (encoding), E0502
    (columns), E0503 (broken file).
    """
    if not path.is_file():
        raise InputError("E0500", "there is no such file", where=str(path), expected="the estate that case.toml names")
    readers = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            "E0500", f"{path.suffix or 'no ending'} is not read", where=str(path), expected=", ".join(readers)
        )
    first = 2
    for frame, faults in reader(path, cmap):
        yield _numbered(frame, faults, first)
        first += frame.height + len(faults)


def _numbered(frame: pl.DataFrame, faults: list[Fault], first: int) -> Table:
    """Lines count on from `first`; faults come with their place in the batch, which is a line of the table too."""
    if LINE in frame.columns:
        frame = frame.rename({LINE: f"{LINE} "})
    moved = [replace(fault, line=fault.line + first) for fault in faults]
    gone = {fault.line for fault in moved}
    lines = range(first, first + frame.height + len(gone))
    kept = [line for line in lines if line not in gone] if gone else lines
    return frame.with_columns(pl.Series(LINE, kept, dtype=pl.Int64)), moved


def _csv(path: Path, cmap: ColumnMap) -> Iterator[Table]:
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not cmap.encoding.lower().startswith("utf-16"):
            raise InputError(
                "E0501", "the file is UTF-16", where=path.name, expected="UTF-8",
                remedy='say encoding = "utf-16" in MAP.toml',
            )  # fmt: skip
        file.seek(0)
        header, first = b"", 2
        for block in _blocks(_utf8(file, path.name, cmap.encoding)):
            data = header + block
            if not header:
                data = data.removeprefix(b"\xef\xbb\xbf")
                _check_header(path.name, data[:4096], cmap.separator)
                header = data[: _first_row(data)]
            frame, faults = _parsed(path.name, data, cmap.separator, first)
            first += frame.height + len(faults)
            yield frame, faults


def _parsed(name: str, data: bytes, separator: str, first: int) -> Table:
    try:
        frame = pl.read_csv(io.BytesIO(data), separator=separator, infer_schema=False, empty_string_is_null=False)
        return frame, []
    except pl.exceptions.NoDataError as error:
        raise InputError("E0502", "the file is empty", where=name, expected="a header and rows") from error
    except pl.exceptions.PolarsError:
        return _slow_csv(name, data, separator, first)


def _blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Whole rows, about `_BLOCK` bytes at a time; a file without rows gives one empty block."""
    rest = b""
    some = False
    for chunk in chunks:
        data = rest + chunk
        cut = _last_row(data)
        rest = data[cut:]
        if cut:
            some = True
            yield data[:cut]
    if rest or not some:
        yield rest


def _last_row(data: bytes) -> int:
    """Where the last whole row ends: after a line break that stands between no quotes.

    Where no line break does, a stray quote stands in the block, and its last line break is taken.
    """
    last = cut = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut)
    while cut and quotes % 2:
        before = data.rfind(b"\n", 0, cut - 1) + 1
        quotes -= data.count(b'"', before, cut)
        cut = before
    return cut or last


def _first_row(data: bytes) -> int:
    """Where the first row, the header, ends."""
    end = data.find(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.find(b"\n", end) + 1
    return end or len(data)


def _utf8(file: BinaryIO, name: str, encoding: str) -> Iterator[bytes]:
    """The file in blocks, as UTF-8."""
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        yield from iter(lambda: file.read(_BLOCK), b"")
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise InputError("E0501", f"no encoding is called {encoding!r}", where="MAP.toml, encoding") from error
    try:
        for chunk in iter(lambda: file.read(_BLOCK), b""):
            yield decoder.decode(chunk).encode("utf-8")
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeError as error:
        raise InputError(
            "E0501", f"the file is not {encoding}: {error}", where=name, remedy="name the true encoding in MAP.toml"
        ) from error


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


def _slow_csv(name: str, data: bytes, separator: str, first: int) -> Table:
    """Row by row where the fast reader gives up: broken rows are named by their place, the others kept."""
    text = data.decode("utf-8-sig", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(reader, [])
    rows: list[list[str]] = []
    faults: list[Fault] = []
    try:
        for number, row in enumerate(reader):
            fault = _broken(number, row, len(header))
            if fault:
                faults.append(fault)
            else:
                rows.append([*row, *[""] * (len(header) - len(row))])
    except csv.Error as error:
        raise InputError(
            "E0503", f"no valid CSV: {error}", where=f"{name}, line {reader.line_num + first - 2}"
        ) from error
    foreign = [f for f in faults if f.reason.startswith("not UTF-8")]
    if foreign and 100 * len(foreign) > len(rows) + len(faults):
        raise InputError(
            "E0501", "the file is not UTF-8", where=f"{name}, line {foreign[0].line + first}", expected="UTF-8",
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


def _parquet(path: Path, cmap: ColumnMap) -> Iterator[Table]:
    del cmap
    try:
        lazy = pl.scan_parquet(path)
        nested = [n for n, t in lazy.collect_schema().items() if t.is_nested() or t == pl.Binary]
        if nested:
            raise InputError(
                "E0502", f"column `{nested[0]}` is no plain column", where=path.name, expected="text, number, date"
            )
        some = False
        for frame in lazy.with_columns(pl.all().cast(pl.String)).collect_batches(chunk_size=_ROWS):
            some = True
            yield frame, []
        if not some:
            yield lazy.with_columns(pl.all().cast(pl.String)).collect(), []
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            "E0503", f"no valid Parquet: {first}", where=path.name, remedy="the file may be cut off; write it again"
        ) from error


def _xlsx(path: Path, cmap: ColumnMap) -> Iterator[Table]:
    yield _sheet(path.name, [cells for _, cells in read_sheet(path.read_bytes(), path.name, cmap.sheet)])


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
