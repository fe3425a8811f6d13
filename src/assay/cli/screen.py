"""Text for people: folded to the width of a terminal, left as it is for files and pipes."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Final

__all__ = ["folded", "say"]

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_LABEL: Final = re.compile(r"  \S.{0,10}?  +(?=\S)|[ ]*(?:\d+|[a-z])\. (?=\S)|[ ]*(?:- )?(?=\S)")
"""What a folded line is set in under: a label with its column, a number, a dash, or plain indentation."""
_NARROWEST: Final = 40


def say(text: str) -> None:
    """Print, folded where a person reads it."""
    print(folded(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def folded(text: str, width: int) -> str:
    """Break lines at blanks so that none is wider than `width`, where a blank allows it; colour takes no room."""
    wide = max(width, _NARROWEST)
    return "\n".join(line if _size(line) <= wide else _folded(line, wide) for line in text.split("\n"))


def _size(text: str) -> int:
    return len(_COLOUR.sub("", text))


def _folded(line: str, width: int) -> str:
    plain = _COLOUR.sub("", line)
    found = _LABEL.match(plain)
    hang = min(found.end() if found else 0, width // 3)
    out, here, used = [], "", 0
    for piece in re.findall(r"\s*\S+", line):
        if used and used + _size(piece) > width:
            out.append(here)
            here = " " * hang + piece.lstrip()
            used = _size(here)
        else:
            here += piece
            used += _size(piece)
    return "\n".join([*out, here])
