"""Facts out of a store: evidence read, people's statements applied, as they were known at a day.

What makes no fact is told, with the reason: a signature that does not count, a format nobody reads, a claim without
subject. `facts_from_store` reads the store's folder; `facts_at` is a pure function of records and bytes, so that
whoever holds a bundle gets the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from assay.decide.library import Library
from assay.errors import AssayError
from assay.evidence.catalogue import Row, open_catalogue
from assay.evidence.errors import BlobError
from assay.evidence.policy import Policy
from assay.evidence.predicates import EVIDENCE, PERSON
from assay.evidence.record import Record
from assay.evidence.store import EvidenceStore
from assay.model.fact import Fact, Supplier
from assay.model.law import Attribute, Reading, Source
from assay.readers.facts import Receipt, facts_of
from assay.readers.matching import match_claims
from assay.readers.table import read
from assay.workflow.keeping.trust import standing, trust_of
from assay.workflow.keeping.words import JUDGES, Word, corrected, decreed, fact_id, left_standing, upheld, word_of

__all__ = [
    "Memo",
    "Piece",
    "Refused",
    "Stored",
    "facts_at",
    "facts_from_store",
    "piece_of",
    "pieces_of",
    "with_store",
    "words_from_store",
]


@dataclass(frozen=True, slots=True)
class Piece:
    """A record and the bytes that it is about, None where they were erased or withheld."""

    record: Record
    body: bytes | None

    @property
    def day(self) -> date:
        """The day of receipt, in UTC."""
        return datetime.fromtimestamp(self.record.received, UTC).date()


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim or a whole piece that made no fact: its record, the file's name, of whom it was added, and why not."""

    record: str
    name: str
    supplier: str
    why: str

    @classmethod
    def of(cls, record: Record, why: str) -> Refused:
        """What a record did not make."""
        return cls(record.id, record.statement.subjects[0].name, str(record.said.get("supplier", "")), why)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says at a day.

    `facts` as they stood, `gone` the ids of facts that an upheld correction took away, `words` people's statements,
    `records` the record behind each fact, `refused` what made no fact.
    """

    facts: tuple[Fact, ...]
    gone: frozenset[str]
    words: tuple[Word, ...]
    records: Mapping[str, str]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Memo:
    """What was found of records by their ids, for who asks at many days under one policy and one library."""

    counts: dict[str, tuple[str, tuple[str, ...], bool]] = field(default_factory=dict)
    made: dict[str, tuple[Fact | Refused, ...]] = field(default_factory=dict)


def facts_from_store(store: EvidenceStore, library: Library, known_at: date, supplier: str = "") -> Stored:
    """What a store says at `known_at`: what was received by then, read and applied, less what was superseded by then.

    With the id of a supplier, evidence that names another one is left unread, as `load_library` leaves the facts of
    others: no question about the one is answered from them. Raises EvidenceError where the store does not hold
    together; what makes no fact is told in `refused`.
    """

    def wanted(row: Row) -> bool:
        named = row["supplier"] or (row["about"] if row["about"] in library.facts.suppliers else "")
        # What supersedes other evidence is read, whomever it names.
        return not supplier or row["type"] != EVIDENCE or bool(row["supersedes"]) or named in ("", supplier)

    return facts_at(pieces_of(store, known_at, wanted=wanted), trust_of(store).policy, library, known_at)


def with_store(library: Library, stored: Stored) -> Library:
    """A library with the facts of a store in it, without those that corrections took away."""
    kept = tuple(fact for fact in library.facts.facts if fact.id not in stored.gone)
    return replace(library, facts=replace(library.facts, facts=(*kept, *stored.facts)))


def pieces_of(
    store: EvidenceStore, known_at: date, *types: str, wanted: Callable[[Row], bool] | None = None
) -> Iterator[Piece]:  # fmt: skip
    """Evidence and statements received by a day, with their bytes, in the order of the log; raises EvidenceError."""
    for record in open_catalogue(store).records(types or (EVIDENCE, PERSON), wanted=wanted):
        if Piece(record, None).day <= known_at:
            yield piece_of(store, record)


def piece_of(store: EvidenceStore, record: Record) -> Piece:
    """A record with its bytes, without them where they were erased; raises BlobError (E0350, E0351)."""
    return Piece(record, _body(store, record))


def _body(store: EvidenceStore, record: Record) -> bytes | None:
    try:
        return store.blobs.get(record.digest)
    except BlobError as error:
        if error.code == "E0352":
            return None
        raise


def facts_at(
    pieces: Iterable[Piece], policy: Policy, library: Library, known_at: date, memo: Memo | None = None
) -> Stored:  # fmt: skip
    """What records and their bytes say at a day, under a trust policy. Pure; pieces come in the order of the log."""
    memo = memo or Memo()
    evidence, told, refused = _sorted(pieces, policy, known_at, memo)
    words = left_standing(told)
    records: dict[str, str] = {}
    facts: list[Fact] = []
    for name, made in _made(_current(evidence, words), words, library, memo):
        if isinstance(made, Refused):
            refused.append(made)
        else:
            facts.append(made)
            records[made.id] = name
    new, gone, corrections = corrected(words, (*library.facts.facts, *facts), library.attributes)
    wrong = (Refused(name, "a correction", "", why) for name, why in corrections)
    records.update({f"{fact_id(word.id, person=True)}.0001": word.id for word in words})
    left = tuple(fact for fact in (*facts, *new) if fact.id not in gone)
    return Stored(left, frozenset(gone), tuple(told), records, (*refused, *wrong))


def words_from_store(store: EvidenceStore, known_at: date) -> list[Word]:
    """What people state in a store, as known at a day, without reading evidence; raises EvidenceError."""
    return _sorted(pieces_of(store, known_at, PERSON), trust_of(store).policy, known_at, Memo())[1]


def _sorted(
    pieces: Iterable[Piece], policy: Policy, known_at: date, memo: Memo
) -> tuple[list[Piece], list[Word], list[Refused]]:  # fmt: skip
    """Evidence that counts, words that count (taken back or not), and what does not count with the reason."""
    evidence, words, refused = list[Piece](), list[Word](), list[Refused]()
    for piece in pieces:
        if piece.day > known_at:
            continue
        name = piece.record.id
        if name not in memo.counts:
            memo.counts[name] = _counts(policy, piece.record)
        why, holders, judge = memo.counts[name]
        if why:
            refused.append(Refused.of(piece.record, why))
        elif piece.record.type == PERSON:
            words.append(word_of(piece.record, piece.body, holders, piece.day, judge=judge))
        else:
            evidence.append(piece)
    return evidence, words, refused


def _counts(policy: Policy, record: Record) -> tuple[str, tuple[str, ...], bool]:
    """Why a record does not count (empty if it does), who signed it, and whether one of them may judge."""
    try:
        found = standing(policy, record)
    except AssayError as error:
        return f"{error.code} {error.what}", (), False
    because = "; ".join(reason for _, reason in found.refused) or "no key with that role signed it"
    return "" if found.enough else f"{found}: {because}", found.holders, found.role == JUDGES and found.enough


def _current(evidence: list[Piece], words: list[Word]) -> Iterator[Piece]:
    """Evidence that nothing superseded, no judge withdrew and no upheld correction is about as a whole."""
    over = {key for piece in evidence for key in piece.record.said.get("supersedes", ())}
    over |= {word.about for word in words if (word.kind == "withdrawal" and word.judge) or upheld(word, words)}
    return (piece for piece in evidence if not {piece.record.digest, piece.record.id} & over)


def _made(
    evidence: Iterable[Piece], words: Iterable[Word], library: Library, memo: Memo
) -> Iterator[tuple[str, Fact | Refused]]:  # fmt: skip
    """Each fact or reason why there is none, beside the id of its record."""
    attributes, suppliers = library.attributes, library.facts.suppliers
    for piece in evidence:
        name = piece.record.id
        if name not in memo.made:
            rows = _read(piece, attributes, _supplier(piece.record, suppliers), suppliers)
            memo.made[name] = tuple(Refused.of(piece.record, one) if isinstance(one, str) else one for one in rows)
        yield from ((name, one) for one in memo.made[name])
    for word in words:
        if word.kind == "discretion":
            made = decreed(word, attributes)
            yield word.id, Refused(word.id, "a statement", "", made) if isinstance(made, str) else made


def _supplier(record: Record, suppliers: Mapping[str, object]) -> str:
    named = record.said.get("supplier", "")
    return str(named or (record.said["about"] if record.said.get("about") in suppliers else ""))


def _read(
    piece: Piece, attributes: Mapping[str, Attribute], supplier: str, suppliers: Mapping[str, Supplier]
) -> Iterator[Fact | str]:
    said, record = piece.record.said, piece.record
    if piece.body is None:
        yield "its bytes were erased or withheld"
        return
    if said.get("synthetic") and supplier in suppliers and not suppliers[supplier].synthetic:
        yield "made-up evidence makes no fact of a real supplier"
        return
    try:
        extract = read(piece.body)
    except AssayError as error:
        yield f"{error.code} {error.what}"
        return
    if supplier in suppliers:
        # A list speaks of entities. What its names have in common with the supplier's is a fact for a person to review.
        extract = replace(extract, claims=(*extract.claims, *match_claims(extract, [suppliers[supplier]])))
    title = f"{record.statement.subjects[0].name} ({said['kind']})"
    source = Source(record.id[:16], title, f"sha256:{record.digest}", "none", Reading(piece.day, "full"))
    effective = date.fromisoformat(said["effective"]) if said.get("effective") else None
    receipt = Receipt(
        fact_id(record.id, person=False), source, piece.day, effective, supplier, said.get("product", ""),
        said.get("operator", ""), bool(said.get("synthetic")),
    )  # fmt: skip
    facts, left_out = facts_of(extract, receipt, attributes)
    yield from facts
    yield from (f"{one.claim.place}: {one.why}" for one in left_out)
