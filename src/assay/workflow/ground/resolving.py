"""Texts of the command line: digests by their first digits, words that are shown and signed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from assay.errors import UsageError

__all__ = ["check_text", "resolve"]

_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")


def check_text(text: str, where: str) -> str:
    """Refuse a text that cannot be shown and signed; raises UsageError (E0516)."""
    # A statement is shown on terminals and signed as UTF-8: neither takes control characters or lone surrogates.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise UsageError("E0516", "a text holds characters that cannot be shown", where=where)
    return text


def resolve(text: str, digests: Iterable[str]) -> str:
    """The one of these digests that begins so; raises UsageError (E0514, E0515)."""
    wanted = text.removeprefix("sha256:")
    if not _PREFIX.fullmatch(wanted):
        raise UsageError("E0514", f"{text[:80]!r} is no digest", expected="6 to 64 of the digits 0-9 a-f")
    found = sorted({key for key in digests if key.startswith(wanted)})
    if not found:
        raise UsageError(
            "E0514", "the store holds no evidence of this digest", where=wanted, remedy="assay evidence list"
        )
    if len(found) > 1:
        raise UsageError("E0515", f"{len(found)} digests begin so", where=wanted, remedy="give more digits")
    return found[0]
