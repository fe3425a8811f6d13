"""People's statements beside an answer, for a terminal: who said what, when, about which fact or answer."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

__all__ = ["render_words"]

_NAMES: Final = {
    "hearing": "heard", "reply": "reply", "dispute": "disputed", "correction": "correction",
}  # fmt: skip


def render_words(words: Iterable[Mapping[str, Any]], paint: Callable[[str, str], str]) -> str:
    """The statements as lines, oldest first."""
    lines = []
    for word in words:
        label = paint(f"{_NAMES[word['kind']]:12}", "label")
        state = f", upheld {word['upheld']}" if word["upheld"] else ""
        state = ", not decided yet" if word["kind"] == "correction" and not word["upheld"] else state
        about = word["about"] if "." in word["about"] else f"{word['about'][:12]}"
        lines.append(f"  {label} {_safe(', '.join(word['by']))} on {word['received']} about {about}{state}")
        text = _safe(word["text"].strip()) or "(the text was erased)"
        lines += textwrap.wrap(text, 100, initial_indent=" " * 15, subsequent_indent=" " * 15)
    return "\n".join(lines)


def _safe(text: str) -> str:
    """What strangers wrote may not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
