"""A store beside the shipped facts while questions are asked: facts laid in, words shown, answers logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assay.decide.library import Library
from assay.evidence.record import Record
from assay.evidence.store import EvidenceStore
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.logged import decided, log_decisions
from assay.workflow.keeping.places import Places, instrument_names, places_in_answer, places_in_review
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.stored import Refused, facts_from_store, with_store, words_from_store
from assay.workflow.keeping.words import Word, beside

__all__ = ["Shelf"]

Json = Mapping[str, Any]


@dataclass(slots=True)
class Shelf:
    """An open store, and what was learnt of it while it was asked: the record behind each fact, people's words by day.

    `beneath` are the ids of the facts over which the store's were laid, `names` those of instruments by pack and title.
    """

    store: EvidenceStore
    records: dict[str, str] = field(default_factory=dict)
    words: dict[date, list[Word]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    beneath: set[str] = field(default_factory=set)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def lay(self, library: Library, known_at: date, supplier: str = "") -> Library:
        """The library with the store's facts as known at a day, for questions about one supplier where it is given.

        Raises EvidenceError if the store does not hold.
        """
        stored = facts_from_store(self.store, library, known_at, supplier)
        self.records.update(stored.records)
        self.words[known_at] = list(stored.words)
        self.names.update(instrument_names(library))
        self.refused += stored.refused
        self.beneath.update(fact.id for fact in library.facts.facts)
        return with_store(library, stored)

    def decision(self, text: str) -> dict[str, Any] | None:
        """The logged decision whose id begins so, None if there is none; raises UsageError (E0515) for several."""
        found = decided(self.store, text)
        return found[1] if found else None

    def beside(self, found: Json, day: date) -> list[dict[str, Any]]:
        """What people state, by a day, about a decision, its rules, its facts and the evidence behind them."""
        return beside(self.heard(day), self.places(found))

    def beside_review(self, found: Json, library: Library, day: date) -> list[dict[str, Any]]:
        """What people state, by a day, about a review, its decisions, rules, facts and the evidence behind them."""
        return beside(self.heard(day), self.places_in_review(found, library))

    def heard(self, day: date) -> list[Word]:
        """People's words received by a day, also those that were withdrawn; raises EvidenceError."""
        if day not in self.words:
            self.words[day] = words_from_store(self.store, day)
        return self.words[day]

    def places(self, found: Json) -> Places:
        """What words about a decision may be about, and where they stand in it."""
        if not self.names:
            self.names.update(instrument_names(load_library(frozenset({found["question"]["jurisdiction"]}))))
        return places_in_answer(found, self.names, self.records)

    def places_in_review(self, found: Json, library: Library) -> Places:
        """What words about a review may be about, and where they stand in it; `library` is the one that it read."""
        behind = {fact: (name, self.store.record(name).digest) for fact, name in self.records.items()}
        return places_in_review(found, instrument_names(library), library.facts, behind)

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

    def log(self, founds: Sequence[Json], keys: Keys, received: str) -> list[Record]:
        """Log decisions or reviews; raises as `log_decisions`."""
        return log_decisions(self.store, founds, self.records, keys, received)
