"""Erasing stored bytes for good, by a signed and logged statement; and what such a statement shows later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assay.errors import AssayError, InputError, UsageError
from assay.evidence.blobs import Tombstone
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import BlobError
from assay.evidence.policy import Policy
from assay.evidence.predicates import ANSWER, ERASURE, EVIDENCE, PERSON, REVIEW
from assay.evidence.record import Record, erasure_statement
from assay.evidence.statement import Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.ground.resolving import check_text, resolve
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.trust import require_signers, standing, trust_of

__all__ = ["Erasure", "erase_bytes", "erased_by", "erasure_of", "wrong_erasures"]

ROLE = "erasure"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Bytes were erased: the day, why, by which holders of the role (none: it does not count), and the statement."""

    day: str
    reason: str
    holders: tuple[str, ...]
    statement: str
    entry: int

    def __str__(self) -> str:
        by = ", ".join(self.holders) or "nobody who may"
        return f"erased on {self.day} by {by}, because: {self.reason} (log entry {self.entry}; proof still valid)"

    @property
    def document(self) -> dict[str, Any]:
        """As commands show it in JSON."""
        return {
            "on": self.day, "reason": self.reason, "by": list(self.holders), "statement": self.statement,
            "entry": self.entry,
        }  # fmt: skip


def erase_bytes(store: EvidenceStore, text: str, reason: str, keys: Keys, received: str) -> dict[str, Any]:
    """Erase the bytes of a digest for good (a court's order, personal data); statements, log and proofs stay.

    A statement in role `erasure` is signed and logged first: a crash after it leaves bytes that `log fsck` names and
    that erasing again takes away. Raises UsageError (E0514, E0515, E0516), PolicyError (E0382, E0383) where the trust
    policy lets nobody with these keys erase, BlobError (E0352: erased already), InputError (E0401).
    """
    rows = open_catalogue(store).rows((EVIDENCE, PERSON, ANSWER, REVIEW))
    key = resolve(text, (row["digest"] for row in rows))
    if not check_text(reason, "--reason").strip():
        raise UsageError("E0516", "an erasure has a reason", where="--reason")
    gone = erasure_of(store, key)
    if gone is not None and not store.blobs.holds(key):
        raise BlobError("E0352", str(gone), where=key)
    require_signers(trust_of(store), (ROLE,), ERASURE, keys.signers, decode_time(received))
    name = next(row["name"] for row in rows if row["digest"] == key)
    try:
        record, _ = store.keep(erasure_statement(Subject(name, key), received, reason), keys.signers)
        store.complete(keys.log, (record.id,))
        store.blobs.erase(key, Tombstone(_day(record), reason, record.id))
    except OSError as error:
        raise InputError("E0401", f"cannot be erased: {error.strerror}", where=str(store.folder)) from error
    made = _erasure(trust_of(store).policy, store, record)
    return {"schema": "assay-erased/2", "sha256": key, "name": name, **made.document}


def erasure_of(store: EvidenceStore, key: str, policy: Policy | None = None) -> Erasure | None:
    """Who erased the bytes of a digest, None if they are not erased.

    Raises BlobError (E0354) where they are gone and no logged statement says so.
    """
    record = store.erasure(key)
    return None if record is None else _erasure(policy or trust_of(store).policy, store, record)


def _erasure(policy: Policy, store: EvidenceStore, record: Record) -> Erasure:
    return erased_by(record, _holders(policy, record), store.receipt(record.id).index)


def erased_by(record: Record, holders: Iterable[str], entry: int) -> Erasure:
    """What a statement of type erasure says, signed by these holders of the role, as this log entry."""
    return Erasure(_day(record), record.said["reason"], tuple(holders), record.id, entry)


def wrong_erasures(store: EvidenceStore, policy: Policy) -> Iterable[str]:
    """What is wrong with erasures as the trust policy sees them: signed by nobody who may."""
    for record in open_catalogue(store).records((ERASURE,)):
        if not _holders(policy, record):
            yield f"statement {record.id}: E0383 erased bytes, but nobody with the role {ROLE} signed it"


def _holders(policy: Policy, record: Record) -> tuple[str, ...]:
    try:
        found = standing(policy, record)
    except AssayError:
        return ()
    return found.holders if found.enough else ()


def _day(record: Record) -> str:
    return datetime.fromtimestamp(record.received, UTC).date().isoformat()
