"""That recordings came from a product: a lab states it, signed and logged; nothing else establishes it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.errors import AssayError, UsageError
from assay.evidence.bundle import Bundle, body_member
from assay.evidence.policy import Standing
from assay.evidence.predicates import EVIDENCE
from assay.evidence.record import Record
from assay.evidence.store import EvidenceStore
from assay.readers.document import open_document
from assay.readers.origin import IDENTITY, SCHEMA, origin_in
from assay.workflow.bundles.attested import Attested
from assay.workflow.ground.files import write_bytes
from assay.workflow.keeping.evidence import LAB_REPORT, Entry, add_files
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.stored import pieces_of
from assay.workflow.keeping.trust import standing, trust_of

__all__ = ["FILE", "Origin", "origin_in_bundle", "origin_in_store", "state_origin"]

FILE: Final = "origin.json"
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who stated that recordings came from a product, empty where nobody did, and why other statements do not count."""

    stated: str = ""
    record: Record | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    record: Record
    standing: Standing | str
    body: bytes | None


def state_origin(
    store: EvidenceStore, product: Json, digests: Sequence[str], entry: Entry, signers: Keys, received: str
) -> list[dict[str, Any]]:
    """Sign and log that recordings (sha256) came from a product (the record of a report).

    Raises UsageError (E0651) for a product without a name, and as `add_files`: PolicyError where the trust policy lets
    nobody with these keys sign lab reports.
    """
    if not product["product"]:
        raise UsageError("E0651", "a statement about where recordings came from names a product", where="--attest",
                         remedy="--product FILE.toml")  # fmt: skip
    named = {name: product[name] for name in IDENTITY}
    text = {"schema": SCHEMA, "product": named, "recordings": [{"sha256": key} for key in sorted(set(digests))]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        write_bytes(path, canonical(text))
        return add_files(store, [path], entry, signers, received)


def origin_in_store(store: EvidenceStore, product: Json, digests: Sequence[str], known_at: date) -> Origin:
    """What a store's statements say of these recordings and this product; raises EvidenceError."""
    policy = trust_of(store).policy

    def told() -> Iterator[_Told]:
        for piece in pieces_of(store, known_at, EVIDENCE, wanted=lambda row: row["kind"] == LAB_REPORT):
            if piece.record.statement.subjects[0].name == FILE:
                try:
                    found: Standing | str = standing(policy, piece.record)
                except AssayError as error:
                    found = f"{error.code} {error.what}"
                yield _Told(piece.record, found, piece.body)

    return _stated(told(), product, digests)


def origin_in_bundle(bundle: Bundle, attested: Attested, product: Json, digests: Sequence[str]) -> Origin:
    """The same of the statements that a bundle carries, whose signatures and proofs `check_attested` checked."""
    told = (
        _Told(one.record, one.standing, bundle.members.get(body_member(one.record.digest)))
        for one in attested.seen
        if one.record.type == EVIDENCE and one.record.statement.subjects[0].name == FILE
    )
    return _stated(told, product, digests)


def _stated(told: Iterable[_Told], product: Json, digests: Sequence[str]) -> Origin:
    """The first statement that counts; pure."""
    refused = []
    for one in told:
        why = _why_not(one, product, digests)
        if not why and not isinstance(one.standing, str):
            day = datetime.fromtimestamp(one.record.received, UTC).date()
            return Origin(f"{', '.join(one.standing.holders)} ({one.standing}), {day}, {one.record.id}", one.record)
        refused.append(f"statement {one.record.id[:12]}: {why}")
    return Origin("", None, tuple(refused))


def _why_not(one: _Told, product: Json, digests: Sequence[str]) -> str:
    if one.body is None:
        return "its bytes were erased or withheld"
    if isinstance(one.standing, str):
        return one.standing
    if not one.standing.enough:
        because = "; ".join(reason for _, reason in one.standing.refused) or "no key with that role signed it"
        return f"{one.standing}: {because}"
    try:
        named, recordings = origin_in(open_document(one.body))
    except AssayError as error:
        return f"{error.code} {error.what}"
    if not set(digests) <= set(recordings):
        return "it speaks of other recordings"
    wrong = [name for name in IDENTITY if named[name] != product[name]]
    return f"it speaks of another product: {', '.join(wrong)}" if wrong else ""
