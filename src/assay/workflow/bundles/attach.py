"""What a store lends a bundle: the evidence behind its facts, people's words about it, policy, proofs, and a seal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from assay.decide.library import Library
from assay.errors import InputError, UsageError
from assay.evidence.bundle import (
    MANIFEST,
    POLICY,
    STORED,
    Part,
    body_member,
    claim_of,
    proof_member,
    seal_bundle,
    statement_member,
)
from assay.evidence.catalogue import open_catalogue
from assay.evidence.container import read_container
from assay.evidence.predicates import BUNDLE, EVIDENCE, LAW_PACK, PERSON
from assay.evidence.record import Record, bundle_statement
from assay.evidence.statement import Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.keeping.shelf import Shelf
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.stored import Piece, facts_at
from assay.workflow.keeping.stored_facts import format_stored
from assay.workflow.keeping.trust import require_signers, trust_of

__all__ = ["Lending", "lent_parts", "seal", "stored_part"]

LARGEST_BODY: Final = 1_000_000
"""Bytes; larger evidence stays at home unless it is asked for."""
_AT_HOME: Final = ("estate", "keys")
"""Kinds of evidence whose bytes never leave."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Lending:
    """A store, the records that leave, in the order of the log, and which bodies stay at home and why.

    `withheld` maps the beginning of a sha256 to a reason; `large` lets bodies of any size leave.
    """

    store: EvidenceStore
    records: tuple[Record, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    large: bool = False

    @classmethod
    def of(
        cls, shelf: Shelf, found: Json, day: date, logged: Sequence[str] = (),
        withheld: Mapping[str, str] | None = None, *, large: bool = False,
    ) -> Lending:  # fmt: skip
        """What a decision needs of a store: the records behind its facts, words about it by a day, and `logged`.

        Raises UsageError (E0514) for the digest of a body to withhold that none of these has.
        """
        behind = {shelf.records[row["fact"]] for row in found["evidence"] if row.get("fact") in shelf.records}
        behind |= _approvals(shelf.store, found["packs"])
        return cls._of(shelf, behind | set(logged), set(shelf.places(found)), day, withheld, large)

    @classmethod
    def of_review(
        cls, shelf: Shelf, library: Library, found: Json, day: date, withheld: Mapping[str, str] | None = None, *,
        large: bool = False,
    ) -> Lending:  # fmt: skip
        """What a review needs: the records behind facts about its suppliers, and the words about it; as `of`."""
        about = set(shelf.places_in_review(found, library))
        behind = {shelf.records[name] for name in about & shelf.records.keys()}
        behind |= _approvals(shelf.store, ({"id": pack.id, "digest": pack.digest} for pack in library.packs))
        return cls._of(shelf, behind, about, day, withheld, large)

    @classmethod
    def _of(
        cls, shelf: Shelf, behind: Set[str], about: Set[str], day: date, withheld: Mapping[str, str] | None,
        large: bool,
    ) -> Lending:  # fmt: skip
        store = shelf.store
        ids = {*behind, *_words(shelf, {*about, *shelf.beneath}, behind, day), trust_of(store).record.id}
        # Bytes that are gone are answered for by the statement that erased them.
        ids |= {gone.id for gone in (store.erasure(store.record(name).digest) for name in sorted(ids)) if gone}
        records = sorted((store.record(name) for name in ids), key=lambda record: store.receipt(record.id).index)
        for begun in withheld or {}:
            if not any(record.digest.startswith(begun) for record in records):
                raise UsageError("E0514", "the bundle holds no evidence of this digest", where=f"--withhold {begun}")
        return cls(store, tuple(records), withheld or {}, large)


def _approvals(store: EvidenceStore, packs: Iterable[Json]) -> set[str]:
    """Statements of readers who approve these law packs, as they are."""
    wanted = {(pack["id"], pack["digest"]) for pack in packs}
    return {row["id"] for row in open_catalogue(store).rows((LAW_PACK,)) if (row["name"], row["digest"]) in wanted}


def _words(shelf: Shelf, about: Set[str], behind: Set[str], day: date) -> Iterator[str]:
    """Words about these answers and facts, the statements `behind` them and their bytes, and words about such words."""
    reached = {*about, *behind, *(shelf.store.record(name).digest for name in behind)}
    waiting = {word.id: word for word in shelf.heard(day)}
    while True:
        fresh = [word for word in waiting.values() if word.about in reached]
        if not fresh:
            return
        for word in fresh:
            del waiting[word.id]
            reached |= {word.id, word.sha256, f"statement.{word.id[:16]}.0001"}
            yield word.id


def stored_part(lending: Lending, library: Library, known_at: date) -> Part:
    """The facts that the lent records make of themselves, laid over the library that the bundle holds beside them."""
    pieces = [Piece(record, _body(lending.store, record)) for record in lending.records]
    told = [piece for piece in pieces if piece.record.type in (EVIDENCE, PERSON)]
    stored = facts_at(told, trust_of(lending.store).policy, library, known_at)
    return Part(STORED, format_stored(stored.facts, stored.gone))


def _body(store: EvidenceStore, record: Record) -> bytes | None:
    return None if store.blobs.tombstone(record.digest) else store.blobs.get(record.digest)


def lent_parts(lending: Lending) -> Iterator[Part]:
    """The policy, each statement with its log proof, and the bytes of evidence and words that may leave."""
    store = lending.store
    yield Part(POLICY, trust_of(store).data)
    bodies: dict[str, Part] = {}
    for record in lending.records:
        yield Part(statement_member(record.id), store.envelope_path(record.id).read_bytes())
        yield Part(proof_member(record.id), store.newest_receipt(record.id))
        if record.type in (EVIDENCE, PERSON) and store.blobs.tombstone(record.digest) is None:
            bodies[record.digest] = _body_part(lending, record)
    yield from bodies.values()


def _body_part(lending: Lending, record: Record) -> Part:
    part = Part(body_member(record.digest), lending.store.blobs.get(record.digest))
    for begun, reason in lending.withheld.items():
        if record.digest.startswith(begun):
            return replace(part, reason=reason)
    if record.said["kind"] in _AT_HOME:
        return replace(part, reason=f"{record.said['kind']} never leave a store")
    if len(part.data) > LARGEST_BODY and not lending.large:
        return replace(part, reason="over 1 MB: --with-evidence takes it along")
    return part


def seal(store: EvidenceStore, data: bytes, keys: Keys, received: str, cosign: Callable[[], object] = tuple) -> bytes:
    """Sign and log a statement about a bundle's manifest and what it claims, and put both into it.

    `cosign` asks the witnesses, if any, once the statement is logged: its proof stands under what they signed.

    Raises PolicyError (E0382, E0383) where the trust policy lets nobody with these keys publish, InputError (E0401).
    """
    require_signers(trust_of(store), ("decision",), BUNDLE, keys.signers, decode_time(received))
    try:
        members = read_container(data)
        subject = Subject(MANIFEST, store.blobs.put(members[MANIFEST]))
        record, _ = store.keep(bundle_statement(subject, received, claim_of(members)), keys.signers)
        store.complete(keys.log, [record.id])
        cosign()
        envelope, proof = store.envelope_path(record.id).read_bytes(), store.newest_receipt(record.id)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    return seal_bundle(data, envelope, proof)
