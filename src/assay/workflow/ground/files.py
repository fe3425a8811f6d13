"""Opens tables and writes files whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

from assay.errors import InputError

__all__ = ["missing_column", "read_csv", "write_bytes", "write_json_file"]


def read_csv(path: Path) -> csv.DictReader[str]:
    """The rows of a CSV in UTF-8. Raises InputError (E0400, E0401, E0402) where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("E0400", "the table is not UTF-8", where=f"{path.name}, byte {error.start}") from error
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
    _check_quotes(path, text)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip() for name in reader.fieldnames or ()]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError("E0402", f"column `{twice[0]}` stands twice", where=f"{path.name}, line 1")
    return reader


def _check_quotes(path: Path, text: str) -> None:
    """A quote that is not closed swallows the rows below it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        raise InputError("E0402", f"no valid CSV: {error}", where=f"{path.name}, line {reader.line_num}") from error


def missing_column(path: Path, header: Sequence[str], name: str, expected: Sequence[str]) -> InputError:
    """The error of a table without a column that it needs; says so where it looks separated by something else."""
    other = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), "")
    return InputError(
        "E0402", f"column `{name}` is missing", where=f"{path.name}, line 1", expected=", ".join(expected),
        remedy=f"the table looks separated by {other!r}: separate its cells by commas" if other else "",
    )  # fmt: skip


def write_bytes(path: Path, data: bytes) -> None:
    """Write beside the target, then rename. Raises InputError (E0401) where the place cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


def write_json_file(path: Path, value: object) -> None:
    """Write stable JSON."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
