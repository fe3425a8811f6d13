"""CSV from strangers as rows of texts with their lines. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assay.readers.cursor import note
from assay.readers.extract import Foreign
from assay.readers.refusal import refusal
from assay.readers.strict_text import clean, decode

__all__ = ["Row", "Table", "parse", "split", "table_of"]

_MOST_COLUMNS: Final = 1_000
MOST_CELLS: Final = 10_000_000
MOST_LINES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line by column."""

    line: int
    cells: dict[str, str]

    @property
    def place(self) -> str:
        """Where it stands, for claims and errors."""
        return f"line {self.line}"

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """A cell that must hold something."""
        value = self[column]
        if not value:
            raise refusal("E0809", f"`{column}` is empty", where=self.place, expected="a text")
        return value


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def need(self, *columns: str) -> None:
        """Refuse a table that lacks a column (E0809)."""
        missing = [column for column in columns if column not in self.header]
        if missing:
            raise refusal("E0809", f"column `{missing[0]}` is missing", where="line 1", expected=", ".join(columns))

    def foreign(self, *read: str) -> tuple[Foreign, ...]:
        """The columns that are not among those read, with how many of their cells hold something."""
        found: dict[str, tuple[int, str]] = {}
        others = [column for column in self.header if column not in read]
        for row in self.rows:
            for column in others:
                if row[column]:
                    note(found, column, row[column])
        return tuple(Foreign(column, *found[column]) for column in sorted(found))


def parse(data: bytes, separator: str = ",", header: Sequence[str] = (), skip: int = 0) -> Table:
    """Read CSV (RFC 4180, UTF-8); the first line is the header unless one is given; `skip` lines stand before it.

    Raises InputError as `split` and `table_of` do, and E0803 for an empty table.
    """
    rows = split(data, separator, skip)
    if header:
        return table_of(header, rows)
    if not rows:
        raise refusal("E0803", "the table is empty", expected="a header and rows")
    return table_of(rows[0][1], rows[1:])


def split(data: bytes, separator: str = ",", skip: int = 0) -> list[tuple[int, list[str]]]:
    """The rows of a CSV as cells, each with its line; the first `skip` lines are left out.

    Raises InputError: E0802 encoding, E0803 no CSV, E0805 more than 1,000,000 lines or 10,000,000 cells.
    """
    if data.count(b"\n") > MOST_LINES or data.count(separator.encode()) > MOST_CELLS:
        raise refusal("E0805", "too many cells", expected=f"at most {MOST_LINES:,} lines and {MOST_CELLS:,} cells")
    # Not splitlines: it parts at characters that are no line ends in a CSV.
    lines = [f"{line}\n" for line in decode(data).split("\n")[skip:]]
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        return [(reader.line_num + skip, cells) for cells in reader if cells]
    except csv.Error as error:
        raise refusal("E0803", f"no valid CSV: {error}", where=f"line {reader.line_num + skip}") from error


def table_of(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> Table:
    """A table of rows that were split into cells already; empty rows are left out.

    Raises InputError (E0809) for a row with more cells than the header, or a column that stands twice.
    """
    names = tuple(clean(name) for name in header)
    twice = sorted({name for name in names if name and names.count(name) > 1}) if len(names) <= _MOST_COLUMNS else names
    if twice:
        raise refusal("E0809", f"column `{twice[0][:80]}` stands twice, or columns are too many", where="line 1")
    out = []
    for line, cells in rows:
        if len(cells) > len(names) and any(cells[len(names) :]):
            raise refusal("E0809", f"{len(cells)} cells where the header has {len(names)}", where=f"line {line}")
        if any(cells):
            out.append(Row(line, {n: clean(c) for n, c in zip(names, cells, strict=False) if n}))
    return Table(names, tuple(out))
