"""Bytes to text, and text to the one form that claims hold. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from assay.readers.refusal import refusal

__all__ = ["LONGEST", "clean", "decode", "read_day", "read_day_of", "write_decimal"]

LONGEST: Final = 2_000
"""Characters of one text in a claim; the bytes of the file keep the rest."""

_DAY: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPACE: Final = re.compile(r"\s+")


def decode(data: bytes) -> str:
    """UTF-8 with or without a byte order mark. Raises InputError (E0802) for anything else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal("E0802", "the file is not UTF-8", where=f"byte {error.start}", expected="UTF-8") from error


def clean(text: str) -> str:
    """One line of NFC text: white space folded, control characters shown as U+FFFD, cut at `LONGEST` characters."""
    flat = _SPACE.sub(" ", unicodedata.normalize("NFC", text[: 4 * LONGEST])).strip()
    if not flat.isprintable():
        flat = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else "\ufffd" for c in flat)
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def read_day(text: str, where: str) -> date:
    """The day of an RFC 3339 date or date-time, as written (no shift to another zone). Raises InputError (E0809)."""
    match = _DAY.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise refusal(
        "E0809", f"{text[:40]!r} is no date", where=where, expected="a date such as 2026-01-31 or a time of RFC 3339"
    )


def read_day_of(text: str, pattern: str, where: str) -> date:
    """A day in one of the ways that lists write it: `pattern` is d/m/y, m/d/y or d-b-y (b: month by its English name).

    Raises InputError (E0809).
    """
    found = re.split(r"[/-]", text.strip())
    parts = dict(zip(re.split(r"[/-]", pattern), found, strict=False))
    try:
        if len(found) != 3 or not all(part.isascii() and part.isalnum() for part in found):
            raise ValueError("not three parts")
        month = int(parts["m"]) if "m" in parts else _MONTHS.index(parts["b"].lower()[:3]) + 1
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError as error:
        raise refusal("E0809", f"{text[:40]!r} is no date", where=where, expected=f"a date as {pattern}") from error


def write_decimal(number: Decimal | int) -> str:
    """A number as plain decimal text without exponent; equal numbers give equal texts."""
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
