"""Opens a workbook (XLSX) from its bytes as rows of texts: the one place where that is done, with its limits."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from assay.errors import InputError

__all__ = ["ZIP", "read_sheet"]

ZIP: Final = b"PK\x03\x04"
_MOST_MEMBERS: Final = 2_000
_MOST_BYTES: Final = 2 * 1024**3
_MOST_RATIO: Final = 200
_MOST_COLUMNS: Final = 2_000
Rows = list[tuple[int, list[str]]]


def read_sheet(data: bytes, name: str, sheet: str = "") -> Rows:
    """The rows of a sheet (the first one where none is named), each with its line from 1; empty cells are "".

    Numbers are written as the shortest decimal that the workbook's own binary number reads back to; a workbook holds
    no exact fractions. Raises InputError: E0502 no such sheet, E0503 no workbook, a member outside the archive's own
    folder, or one that unpacks to more than 2 GiB or 200 times its size.
    """
    import openpyxl  # a tenth of a second, which no other command should pay

    try:
        _check_archive(data, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and filters, which are no rows
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as error:  # openpyxl names no errors of its own: a broken workbook may raise nearly any
        raise _broken(name, error) from error
    try:
        title = sheet or book.sheetnames[0]
        if title not in book.sheetnames:
            raise InputError("E0502", f"no sheet `{title}`", where=name, expected=", ".join(book.sheetnames))
        return list(_rows(book[title]))
    except InputError:
        raise
    except Exception as error:  # as above
        raise _broken(name, error) from error
    finally:
        book.close()


def _broken(name: str, error: Exception) -> InputError:
    return InputError(
        "E0503", f"no valid XLSX: {str(error)[:200]}", where=name, remedy="the file may be cut off; save it again"
    )


def _check_archive(data: bytes, name: str) -> None:
    """Refuse what archives are made of to harm, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or unpacked > min(_MOST_BYTES, _MOST_RATIO * len(data) + 1_000_000):
        raise InputError(
            "E0503", f"the workbook unpacks to {unpacked:,} bytes in {len(members):,} members", where=name,
            expected=f"at most {_MOST_BYTES:,} bytes and {_MOST_RATIO} times its size",
        )  # fmt: skip
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise InputError(
                "E0503", f"the workbook has a member outside itself: {member.filename[:100]!r}", where=name,
                expected="names inside the archive",
            )  # fmt: skip


def _rows(page: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401  openpyxl's sheets of this mode have no type
    for line, row in enumerate(page.iter_rows(values_only=True), 1):
        if len(row) > _MOST_COLUMNS:
            raise InputError("E0503", f"{len(row):,} columns", where=f"line {line}", expected=f"{_MOST_COLUMNS:,}")
        yield line, [_cell(value) for value in row]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return format(Decimal(repr(value)), "f")
        case _:
            return str(value)
