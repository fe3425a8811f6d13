"""Evidence in a store: take files in, list and show what it holds, check it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assay.canon import digest
from assay.errors import AssayError, InputError, UsageError
from assay.evidence.catalogue import open_catalogue, row_of, wrong_rows
from assay.evidence.predicates import ERASURE, EVIDENCE
from assay.evidence.proof import checked_head
from assay.evidence.reader import LogReader
from assay.evidence.record import Record
from assay.evidence.statement import Subject, evidence_statement
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.ground.library import is_shipped
from assay.workflow.ground.resolving import check_text, resolve
from assay.workflow.keeping.erasing import Erasure, erasure_of, wrong_erasures
from assay.workflow.keeping.store import Keys, read_file
from assay.workflow.keeping.trust import require_signers, trust_of

__all__ = [
    "Entry",
    "add_files",
    "check_store",
    "list_evidence",
    "read_bytes_of",
    "show_evidence",
    "show_log",
]

_KIND: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")
LAB_REPORT: Final = "lab-report"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said about files that are added: kind, what they speak of, effective day, what they supersede.

    `supplier` (an id), `product` (name and version) and `operator` are those of whom facts are made.
    """

    kind: str = "document"
    about: str = ""
    effective: str = ""
    supersedes: tuple[str, ...] = ()
    supplier: str = ""
    product: str = ""
    operator: str = ""
    synthetic: bool = False

    @property
    def subjects(self) -> dict[str, str]:
        """Of whom it makes facts."""
        return {"supplier": self.supplier, "product": self.product, "operator": self.operator}


def add_files(
    store: EvidenceStore, paths: Sequence[Path], entry: Entry, keys: Keys, received: str
) -> list[dict[str, Any]]:
    """Take files in: bytes, signed statement, log entry, receipt; the same said again of the same bytes adds nothing.

    `received` is the time of taking in (`2026-01-31T23:59:59Z`). Every file is read before anything is written.
    Raises UsageError E0514 to E0517, E0531, InputError (E0401), PolicyError (E0382, E0383) where the trust policy lets
    nobody with these keys add such evidence, and what store and log raise.
    """
    _check_entry(entry, paths)
    files = [(check_text(path.name, "FILE"), read_file(path)) for path in paths]
    role = LAB_REPORT if entry.kind == LAB_REPORT else "evidence"
    require_signers(trust_of(store), (role,), EVIDENCE, keys.signers, decode_time(received))
    earlier = _earlier(entry.supersedes, store, {digest(data) for _, data in files})
    try:
        rows = [_add(store, name, data, entry, earlier, keys, received) for name, data in files]
        store.complete(keys.log, [record.id for record, _ in rows])
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    return [{**_row(store, row_of(record, store.receipt(record.id).index)), "added": new} for record, new in rows]


def _add(
    store: EvidenceStore, name: str, data: bytes, entry: Entry, earlier: tuple[str, ...], keys: Keys, received: str
) -> tuple[Record, bool]:
    key = store.blobs.put(data)
    statement = evidence_statement(
        Subject(name, key), len(data), entry.kind, received,
        about=entry.about, effective=entry.effective, supersedes=earlier,
        subjects=entry.subjects, synthetic=entry.synthetic,
    )  # fmt: skip
    return store.keep(statement, keys.signers)


def _check_entry(entry: Entry, paths: Sequence[Path]) -> None:
    if not _KIND.fullmatch(entry.kind):
        raise UsageError(
            "E0516", "a type is a short word", where="--type", expected="a-z 0-9 . _ / -, as in lab-report"
        )
    for text, option in ((entry.about, "--subject"), *((v, f"--{k}") for k, v in entry.subjects.items())):
        check_text(text, option)
    if entry.synthetic and entry.supplier and is_shipped(entry.supplier):
        raise UsageError(
            "E0531", f"made-up evidence about `{entry.supplier}`, a real supplier", where="--synthetic",
            remedy="a plainly fictional supplier, declared in a case's facts.toml",
        )  # fmt: skip
    if entry.supersedes and len(paths) != 1:
        raise UsageError("E0517", "one revision is one file", where="--supersedes", remedy="add the files one by one")


def _earlier(wanted: Sequence[str], store: EvidenceStore, added: set[str]) -> tuple[str, ...]:
    held = _evidence_digests(store) if wanted else []
    found = tuple(sorted({resolve(text, held) for text in wanted}))
    if added & set(found):
        raise UsageError("E0517", "evidence cannot supersede itself: the bytes are the same", where="--supersedes")
    return found


def _evidence_digests(store: EvidenceStore) -> list[str]:
    return [row["digest"] for row in open_catalogue(store).rows((EVIDENCE,))]


def list_evidence(store: EvidenceStore, kind: str = "", about: str = "") -> dict[str, Any]:
    """Every piece of evidence in the order of the log, of one type or subject where given."""
    rows = open_catalogue(store).rows((EVIDENCE,))
    later = _later(rows)
    gone = _erasures(store)
    shown = [
        {**_row(store, row, gone.get(row["digest"])), "superseded_by": sorted(later.get(row["digest"], ()))}
        for row in rows
        if kind in ("", row["kind"]) and about in ("", row["about"])
    ]
    return {"schema": "assay-evidence-list/1", "evidence": shown}


def show_evidence(store: EvidenceStore, text: str) -> dict[str, Any]:
    """All that is said of the bytes of a digest (or its first digits), each signature, receipt and the bytes checked.

    Raises UsageError (E0514, E0515), EvidenceError where something does not hold together.
    """
    rows = open_catalogue(store).rows((EVIDENCE,))
    wanted, later = resolve(text, (row["digest"] for row in rows)), _later(rows)
    gone = erasure_of(store, wanted)
    shown = []
    for row in rows:
        if row["digest"] == wanted:
            signed = store.check_signatures(store.record(row["id"]))
            store.check_receipt(row["id"])
            signers = {"signed_by": sorted(key.key_id for key in signed.keys)}
            shown.append({**_row(store, row, gone), **signers, "superseded_by": sorted(later.get(wanted, ()))})
    if gone is None:
        store.blobs.get(wanted)
    return {"schema": "assay-evidence/1", "sha256": wanted, "statements": shown}


def read_bytes_of(store: EvidenceStore, text: str) -> bytes:
    """The original bytes of a digest (or its first digits), checked against it; raises as `show_evidence`."""
    return store.blobs.get(resolve(text, _evidence_digests(store)))


def _later(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The digests that supersede each digest."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for earlier in row["supersedes"]:
            found.setdefault(earlier, set()).add(row["digest"])
    return found


def _erasures(store: EvidenceStore) -> dict[str, Erasure | None]:
    """What was erased, by digest."""
    keys = {record.digest for record in open_catalogue(store).records((ERASURE,))}
    return {key: erasure_of(store, key) for key in keys}


def _row(store: EvidenceStore, row: Mapping[str, Any], gone: Erasure | None = None) -> dict[str, Any]:
    return {
        "sha256": row["digest"],
        "name": row["name"],
        "type": row["kind"],
        "subject": row["about"],
        "effective": row["effective"],
        "received": row["received"],
        "bytes": row["size"],
        "supersedes": list(row["supersedes"]),
        "erased": gone.document if gone else {},
        "statement": row["id"],
        "entry": row["entry"],
        "envelope": store.envelope_path(row["id"]).relative_to(store.folder).as_posix(),
        "receipt": store.receipt_path(row["id"]).relative_to(store.folder).as_posix(),
    }


def show_log(store: EvidenceStore) -> dict[str, Any]:
    """The log's newest checkpoint, checked against its key; raises LogError or NoteError."""
    data = LogReader(store.log).checkpoint()
    head = checked_head(data, store.log_key.name, (store.log_key,)).checkpoint
    return {
        "schema": "assay-log/1",
        "origin": head.origin,
        "key": str(store.log_key),
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": data.decode("utf-8"),
    }


def check_store(store: EvidenceStore) -> dict[str, Any]:
    """Check every byte of a store; problems are listed, not raised."""
    found = store.check()
    wrong: list[str] = []
    if not found.problems:
        # Else these would say the same again.
        try:
            wrong = [*wrong_erasures(store, trust_of(store).policy), *wrong_rows(store)]
        except AssayError as error:
            wrong = [f"trust policy: {error.code} {error.what}"]
    return {
        "schema": "assay-log-fsck/1",
        "entries": found.size,
        "statements": found.statements,
        "erased": found.erased,
        "problems": [*found.problems, *wrong],
        "leftovers": list(found.leftovers),
    }
