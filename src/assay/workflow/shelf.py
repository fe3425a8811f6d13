"""A store beside the shipped facts while questions are asked: facts laid in, words shown, answers logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assay.canon import canonical, digest
from assay.decide.library import Library
from assay.evidence.record import Record
from assay.evidence.store import EvidenceStore
from assay.model.fact import Fact
from assay.workflow.logged import decided, log_decisions
from assay.workflow.store import Keys
from assay.workflow.stored import Refused, facts_from_store, with_store, words_from_store
from assay.workflow.words import Word, beside

__all__ = ["Shelf"]

Json = Mapping[str, Any]


@dataclass(slots=True)
class Shelf:
    """An open store, and what was learnt of it while it was asked: the record behind each fact, and people's words.

    `beneath` are the ids of the facts over which the store's were laid.
    """

    store: EvidenceStore
    records: dict[str, str] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    beneath: set[str] = field(default_factory=set)

    def lay(self, library: Library, known_at: date, supplier: str = "") -> Library:
        """The library with the store's facts as known at a day, for questions about one supplier where it is given.

        Raises EvidenceError if the store does not hold.
        """
        stored = facts_from_store(self.store, library, known_at, supplier)
        self.records.update(stored.records)
        self.words.update({word.id: word for word in stored.words})
        self.refused += stored.refused
        self.beneath.update(fact.id for fact in library.facts.facts)
        return with_store(library, stored)

    def decision(self, text: str) -> dict[str, Any] | None:
        """The logged decision whose id begins so, None if there is none; raises UsageError (E0515) for several."""
        found = decided(self.store, text)
        return found[1] if found else None

    def beside(self, found: Json, known_at: date) -> list[dict[str, Any]]:
        """What people state about a decision, its facts and the evidence behind them, received by a day."""
        words = list(self.words.values()) or list(words_from_store(self.store, known_at))
        return beside(words, self.subjects(found))

    def beside_review(
        self, found: Json, decisions: Iterable[str], facts: Iterable[Fact], suppliers: Set[str]
    ) -> list[dict[str, Any]]:  # fmt: skip
        """What people state about a review, its decisions, the facts about its suppliers and the evidence behind."""
        about = {fact.id for fact in facts if not fact.supplier or fact.supplier in suppliers}
        behind = {self.records[name] for name in about & self.records.keys()}
        bodies = {self.store.record(name).digest for name in behind}
        ids = {digest(canonical(found)), *decisions, *about, *behind, *bodies}
        return beside(list(self.words.values()), ids)

    def unread(self, supplier: str) -> list[tuple[str, str, list[str]]]:
        """Pieces that were added as of this supplier and made no fact here: name, statement, and the reasons.

        What says nothing that the law asked about declares is left out where the piece made some fact all the same.
        """
        found: dict[str, tuple[str, list[str]]] = {}
        for one in self.refused:
            if one.supplier == supplier:
                found.setdefault(one.record, (one.name, []))[1].append(one.why)
        useful = set(self.records.values())
        told = []
        for record, (name, reasons) in found.items():
            beyond = [why for why in reasons if "no attribute `" not in why]
            if beyond or record not in useful:
                told.append((name, record, beyond or ["the law asked about reads nothing of what it says"]))
        return told

    def subjects(self, found: Json) -> Iterable[str]:
        """What words about a decision may be about: itself, its facts, the evidence behind them."""
        yield digest(canonical(found))
        for row in found.get("evidence", ()):
            name = str(row.get("fact", ""))
            yield name
            url = str((row.get("source") or {}).get("url", ""))
            if url.startswith("sha256:"):
                yield url.removeprefix("sha256:")

    def log(self, founds: Sequence[Json], keys: Keys, received: str) -> list[Record]:
        """Log decisions or reviews; raises as `log_decisions`."""
        return log_decisions(self.store, founds, self.records, keys, received)
