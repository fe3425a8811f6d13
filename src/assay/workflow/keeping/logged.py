"""Decisions in a store: signed, kept and logged with what they were made from; and which of them cite a piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assay.canon import canonical, digest
from assay.errors import InputError, UsageError
from assay.evidence.catalogue import open_catalogue
from assay.evidence.predicates import ANSWER, EVIDENCE, PERSON, REVIEW
from assay.evidence.profile import parse_canonical
from assay.evidence.record import Decided, Record, answer_statement
from assay.evidence.statement import Statement, Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.keeping.erasing import erasure_of
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.trust import require_signers, trust_of

__all__ = ["decided", "evidence_why", "log_decisions", "logged_decisions"]

Json = Mapping[str, Any]


def log_decisions(
    store: EvidenceStore, founds: Sequence[Json], records: Mapping[str, str], keys: Keys, received: str
) -> list[Record]:
    """Sign, keep and log documents of decisions or reviews, with one flush; one that is there already is found.

    `records` names the record behind each fact out of the store (`Stored.records`). Raises PolicyError (E0382, E0383)
    where the trust policy lets nobody with these keys sign decisions, InputError (E0401), EvidenceError.
    """
    require_signers(trust_of(store), ("decision",), ANSWER, keys.signers, decode_time(received))
    try:
        kept = [store.keep(_statement(store, found, records, received), keys.signers)[0] for found in founds]
        store.complete(keys.log, [record.id for record in kept])
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    return kept


def _statement(store: EvidenceStore, found: Json, records: Mapping[str, str], received: str) -> Statement:
    review = str(found["schema"]).startswith("assay-review/")
    asked = found if review else found["question"]
    data = canonical(found)
    # A review's evidence is its estate; it reads the facts of all its classes, so it cites all that the store gave.
    rests = found["estate"] if review else found["evidence"]
    decided = Decided(
        found["engine"], asked["on" if review else "as_of"], asked["known_at"],
        tuple((pack["id"], pack["digest"]) for pack in found["packs"]), digest(canonical(rests)),
        tuple(sorted(set(records.values()))) if review else _cited(found["evidence"], records),
    )  # fmt: skip
    name = f"{'review' if review else 'decision'}-{digest(data)[:16]}.json"
    return answer_statement(Subject(name, store.blobs.put(data)), received, decided, review=review)


def _cited(evidence: Iterable[Json], records: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({records[row["fact"]] for row in evidence if row.get("fact") in records}))


def logged_decisions(store: EvidenceStore) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Every logged decision and review with its document, oldest first; those whose bytes were erased are left out."""
    return _documents(store, open_catalogue(store).records((ANSWER, REVIEW)))


def _documents(store: EvidenceStore, records: Iterable[Record]) -> Iterator[tuple[Record, dict[str, Any]]]:
    for record in records:
        if store.blobs.tombstone(record.digest) is None:
            yield record, parse_canonical(store.blobs.get(record.digest))


def decided(store: EvidenceStore, text: str) -> tuple[Record, dict[str, Any]] | None:
    """The logged decision whose id begins so, None if there is none; raises UsageError (E0515) for several."""
    records = [r for r in open_catalogue(store).records((ANSWER, REVIEW), text) if r.digest.startswith(text)]
    found = list(_documents(store, records))
    if len({record.digest for record, _ in found}) > 1:
        raise UsageError("E0515", f"{len(found)} decisions begin so", where=text, remedy="give more digits")
    return found[0] if found else None


def evidence_why(store: EvidenceStore, text: str) -> dict[str, Any]:
    """Which answers cite a piece of evidence or a statement; or, for an answer, what it cites.

    `text` begins the sha256 of evidence, the id of a statement or the id of a decision, six digits or more.
    Raises UsageError (E0514, E0515).
    """
    wanted = text.removeprefix("sha256:")
    pieces = list(open_catalogue(store).records((EVIDENCE, PERSON), wanted)) if len(wanted) >= 6 else []
    answer = decided(store, wanted) if len(wanted) >= 6 else None
    if len(wanted) < 6 or not (pieces or answer):
        raise UsageError("E0514", "the store holds nothing of this digest", where=text, remedy="assay evidence list")
    if answer and pieces:
        raise UsageError("E0515", "evidence and a decision begin so", where=text, remedy="give more digits")
    if len({r.digest for r in pieces}) > 1 and len({r.id for r in pieces if r.id.startswith(wanted)}) != 1:
        raise UsageError("E0515", f"{len(pieces)} statements begin so", where=text, remedy="give more digits")
    return _what_cites(store, answer) if answer else _who_cites(store, pieces)


def _who_cites(store: EvidenceStore, pieces: list[Record]) -> dict[str, Any]:
    ids = {record.id for record in pieces}
    answers = [_answer_row(r, found, ids) for r, found in _documents(store, open_catalogue(store).citing(ids))]
    return {
        "schema": "assay-evidence-why/1", "sha256": pieces[0].digest, "statements": sorted(ids), "answers": answers,
        "erased": _erased(store, pieces[0].digest),
    }  # fmt: skip


def _what_cites(store: EvidenceStore, answer: tuple[Record, dict[str, Any]]) -> dict[str, Any]:
    record, found = answer
    cited = [store.record(name) for name in record.said["evidence"]]
    return {
        "schema": "assay-evidence-why/1", "decision": record.digest, "answers": [_answer_row(record, found, set())],
        "cites": [
            {
                "statement": one.id, "sha256": one.digest, "name": one.statement.subjects[0].name,
                "type": one.said["kind"], "received": one.said["received"], "facts": _facts_of(found, one.id),
                "erased": _erased(store, one.digest),
            }
            for one in cited
        ],
    }  # fmt: skip


def _erased(store: EvidenceStore, key: str) -> dict[str, Any]:
    gone = erasure_of(store, key)
    return gone.document if gone else {}


def _answer_row(record: Record, found: Json, cited: set[str]) -> dict[str, Any]:
    review = record.type == REVIEW
    return {
        "decision": record.digest, "received": record.said["received"], "review": review,
        "question": {} if review else found["question"], "outcome": "" if review else found["answer"]["outcome"],
        "facts": [] if review else [name for one in sorted(cited) for name in _facts_of(found, one)],
    }  # fmt: skip


def _facts_of(found: Json, record_id: str) -> list[str]:
    begin = (f"evidence.{record_id[:16]}.", f"statement.{record_id[:16]}.")
    return sorted(row["fact"] for row in found.get("evidence", ()) if str(row.get("fact", "")).startswith(begin))
