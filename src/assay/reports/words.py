"""People's statements beside what they are about: who said what, when, about which fact, rule or answer.

A statement comes as a row of `assay.workflow.keeping.words.beside`, which lists where it stands in its document.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

__all__ = ["KIND_WORDS", "about_words", "fate", "places_words", "render_words", "words_at"]

Json = Mapping[str, Any]
KIND_WORDS: Final = {
    "hearing": "heard", "reply": "reply", "dispute": "disputed", "correction": "correction",
}  # fmt: skip
"""What a kind of statement is called beside what it is about."""
_DIGEST: Final = 64
_SHORT: Final = 12
_WIDTH: Final = 100
_SECTIONS: Final = {"now": "of what is lawful now", "suppliers": "of the supplier's view"}


def render_words(words: Iterable[Json], paint: Callable[[str, str], str], indent: int = 2) -> str:
    """The statements as lines, oldest first."""
    lines = []
    for word in words:
        label = paint(f"{KIND_WORDS[word['kind']]:12}", "label")
        who = f"{_safe(', '.join(word['by']))} on {word['received']} about {about_words(word)}{fate(word)}"
        lines.append(f"{' ' * indent}{label} {who}")
        pad = " " * (indent + 13)
        text = _safe(word["text"].strip()) or "(the text was erased)"
        lines += textwrap.wrap(text, _WIDTH, initial_indent=pad, subsequent_indent=pad)
    return "\n".join(lines)


def words_at(words: Iterable[Json], place: str) -> list[Json]:
    """The statements that stand at a place (a JSON Pointer) of their document."""
    return [word for word in words if place in word["beside"]]


def fate(word: Json) -> str:
    """What became of a statement, to follow who made it: withdrawn, upheld, or a correction that waits."""
    if word["withdrawn"]:
        return f", withdrawn on {word['withdrawn']} by {_safe(', '.join(word['withdrawn_by']))}"
    if word["upheld"]:
        return f", upheld {word['upheld']}"
    return ", not decided yet: it changes no answer" if word["kind"] == "correction" else ""


def about_words(word: Json) -> str:
    """What a statement is about, as a reader can find it: a long digest by its first digits."""
    about = str(word["about"])
    if len(about) != _DIGEST:
        return about
    kinds = {place.split("/")[1] if place else "" for place in word["beside"]}
    what = {frozenset({""}): "this, ", frozenset({"evidence"}): "evidence "}.get(frozenset(kinds), "")
    return f"{what}{about[:_SHORT]}"


def places_words(word: Json) -> list[tuple[str, str]]:
    """Where a statement stands in a review: (anchor of the page, words)."""
    places: Sequence[str] = word["beside"]
    out = [("top", "the review as a whole")] if "" in places else []
    out += [(place.removeprefix("/rules/"), place.removeprefix("/rules/")) for place in places if "/rules/" in place]
    for key, text in _SECTIONS.items():
        count = sum(place.startswith(f"/{key}/") for place in places)
        if count:
            out.append((key, f"{count} {'row' if count == 1 else 'rows'} {text}"))
    return out


def _safe(text: str) -> str:
    """What strangers wrote may not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
