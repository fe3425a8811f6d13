"""What people state about facts and answers: who judged, who replied, what was corrected. Pure.

Whose word counts is settled before: only statements that the trust policy lets count come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from assay.evidence.record import Record, Spoken, spoken_of
from assay.model.expression import Literal
from assay.model.fact import Fact
from assay.model.law import Attribute, Interval, Reading, Source

__all__ = [
    "JUDGES", "MATCH", "SHOWN", "Word", "beside", "corrected", "decreed", "fact_id", "left_standing", "literal_of",
    "same_as", "settles", "upheld", "word_of",
]  # fmt: skip

JUDGES: Final = "discretion"
"""The role whose holders judge: only what they sign sets a discretion attribute or upholds a correction."""
MATCH: Final = "supplier.list-match"
"""A name on a list beside a supplier's: graded by the reader, `same` only in a person's statement."""
SHOWN: Final = ("hearing", "reply", "dispute", "correction")
"""Kinds that are printed beside what they are about."""
_SHORT: Final = 16
_TYPES: Final = {"bool": bool, "text": str, "country": str, "int": int}


@dataclass(frozen=True, slots=True)
class Word:
    """A person's statement: its record's id, what it states, who signed, when received, the text.

    `judge`: a holder of the role that may judge signed it. The text is empty where its bytes were erased.
    """

    id: str
    spoken: Spoken
    holders: tuple[str, ...]
    received: date
    text: str
    sha256: str
    judge: bool

    @property
    def kind(self) -> str:
        """Which kind of statement it is."""
        return self.spoken.kind

    @property
    def about(self) -> str:
        """What it is about."""
        return self.spoken.about

    @property
    def source(self) -> Source:
        """The statement as a source: a person's own signed word is as official as that person's role."""
        title = f"{self.kind} stated by {', '.join(self.holders)}"
        grade = "official-statement" if self.judge else "none"
        return Source(self.id[:_SHORT], title, f"sha256:{self.sha256}", grade, Reading(self.received, "full"))


def word_of(record: Record, body: bytes | None, holders: Sequence[str], received: date, *, judge: bool) -> Word:
    """The word that a person's record and its text make."""
    text = "" if body is None else body.decode("utf-8", "replace")
    return Word(record.id, spoken_of(record), tuple(holders), received, text, record.digest, judge)


def fact_id(record_id: str, *, person: bool) -> str:
    """How the ids of facts out of a record begin."""
    return f"{'statement' if person else 'evidence'}.{record_id[:_SHORT]}"


def left_standing(words: Sequence[Word]) -> list[Word]:
    """The words that nobody took back."""
    back = _taken_back(words)
    return [word for word in words if word.id not in back]


def _taken_back(words: Sequence[Word]) -> dict[str, Word]:
    """Word -> the first withdrawal that counts: by one of those who said it, or by who may judge."""
    known = {word.id: word for word in words}
    back: dict[str, Word] = {}
    for one in words:
        word = known.get(one.about) if one.kind == "withdrawal" else None
        if word is not None and (one.judge or set(one.holders) & set(word.holders)):
            back.setdefault(word.id, one)
    return back


def upheld(word: Word, words: Iterable[Word]) -> date | None:
    """The day on which a correction was upheld: by its own signer, or by a later correction of a judge about it."""
    if word.kind != "correction":
        return None
    if word.judge:
        return word.received
    days = [one.received for one in words if one.kind == "correction" and one.judge and one.about == word.id]
    return min(days, default=None)


def decreed(word: Word, attributes: Mapping[str, Attribute]) -> Fact | str:
    """The fact that a statement of discretion makes, or why it makes none."""
    attribute = attributes.get(word.about)
    if attribute is None or not attribute.discretion:
        return f"`{word.about}` is no attribute that is left to discretion"
    said = word.spoken
    value = literal_of(said.value, attribute)
    if value is None:
        return f"the value is no {attribute.type}"
    start = _day(said.effective) or word.received
    return Fact(
        f"{fact_id(word.id, person=True)}.0001", word.about, value, Interval(start, _day(said.until)),
        Interval(word.received), word.source, supplier=said.supplier, product=said.product, operator=said.operator,
        text=_first_line(word.text),
    )  # fmt: skip


def literal_of(value: object, attribute: Attribute) -> Literal | None:
    """A stated value in the attribute's type, None where it does not fit."""
    if attribute.type == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    wanted = _TYPES.get(attribute.type)
    return value if wanted is not None and type(value) is wanted else None  # type: ignore[return-value]  # checked


def corrected(
    words: Sequence[Word], facts: Iterable[Fact], attributes: Mapping[str, Attribute]
) -> tuple[list[Fact], set[str], list[tuple[str, str]]]:
    """What upheld corrections make of facts: facts that take a place, ids of those that lose it, what does not fit."""
    known = {fact.id: fact for fact in facts}
    made: list[Fact] = []
    gone: set[str] = set()
    wrong: list[tuple[str, str]] = []
    for word in words:
        since, old = upheld(word, words), known.get(word.about)
        if since is None or old is None:
            continue
        new = _correction(word, old, since, attributes)
        if isinstance(new, str):
            wrong.append((word.id, new))
            continue
        gone.add(old.id)
        if new is not None:
            known[new.id] = new
            made.append(new)
    return [fact for fact in made if fact.id not in gone], gone, wrong


def _correction(word: Word, old: Fact, since: date, attributes: Mapping[str, Attribute]) -> Fact | str | None:
    said = word.spoken
    if said.value is None:
        return None
    attribute = attributes[old.attribute]
    if attribute.discretion and not word.judge:
        return "only who may judge can correct what was judged"
    if not settles(old, said.value):
        return f"of a match a person says `{same_as(old)}`, or takes it away by a correction without a value"
    value = literal_of(said.value, attribute)
    if value is None:
        return f"the value is no {attribute.type}"
    valid = Interval(_day(said.effective) or old.valid.start, _day(said.until) or old.valid.end)
    return replace(
        old, id=f"{fact_id(word.id, person=True)}.0001", value=value, valid=valid, known=Interval(since),
        source=word.source, supersedes=old.id,
        text=f"{_first_line(word.text)} · {old.text}" if old.attribute == MATCH else _first_line(word.text),
    )  # fmt: skip


def same_as(match: Fact) -> str:
    """What a reviewer says of a graded match to confirm it: the listed name, with `same` in place of the grade."""
    return f"same: {str(match.value).partition(': ')[2]}"


def settles(old: Fact, value: object) -> bool:
    """Whether a value may take the place of a fact's: a graded match is confirmed or taken away, not reworded."""
    return old.attribute != MATCH or value is None or value == same_as(old)


def beside(words: Sequence[Word], places: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The words to print beside a document, oldest first: those about what it rests on, and words about such words.

    `places` maps an id that a word may be about to where that stands in the document, as JSON Pointers (RFC 6901).
    What was withdrawn is shown as withdrawn, and counts as nothing: a withdrawn correction is not upheld.
    """
    standing, back = left_standing(words), _taken_back(words)
    found: dict[str, list[str]] = {key: list(where) for key, where in places.items()}
    rows = []
    for word in sorted(words, key=lambda word: (word.received, word.id)):
        if word.about in found and word.kind in SHOWN:
            found[word.id] = found[word.about]
            rows.append(_row(word, found[word.about], standing, back.get(word.id)))
    return rows


def _row(word: Word, places: Sequence[str], standing: Sequence[Word], gone: Word | None) -> dict[str, Any]:
    since = None if gone else upheld(word, standing)
    return {
        "kind": word.kind, "about": word.about, "by": list(word.holders), "received": word.received.isoformat(),
        "text": word.text, "sha256": word.sha256, "statement": word.id, "upheld": since.isoformat() if since else "",
        "withdrawn": gone.received.isoformat() if gone else "", "withdrawn_by": list(gone.holders) if gone else [],
        "beside": list(places),
    }  # fmt: skip


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]
