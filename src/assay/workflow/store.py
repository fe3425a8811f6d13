"""The evidence store joined: make one, take files in, list and show what it holds, check it."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from assay.canon import canonical, digest
from assay.errors import InputError, IntegrityError, UsageError
from assay.evidence import disk
from assay.evidence.errors import EvidenceError
from assay.evidence.keys import Signer
from assay.evidence.log import TiledLog
from assay.evidence.note import VerifierKey, verifier_key
from assay.evidence.profile import parse_canonical
from assay.evidence.proof import checked_head
from assay.evidence.reader import LogReader
from assay.evidence.signers import KeySigner, generate_key, load_key, save_key
from assay.evidence.statement import Subject, evidence_statement
from assay.evidence.store import EvidenceStore, Record, meaning

__all__ = [
    "Entry",
    "Keys",
    "add_files",
    "check_store",
    "list_evidence",
    "make_store",
    "open_keys",
    "open_store",
    "read_bytes_of",
    "show_evidence",
    "show_log",
]

_FORMAT: Final = "assay-store/v1"
_CONFIG: Final = "store.json"
_LOG_KEY: Final = "keys/log.pem"
_SIGNER_KEY: Final = "keys/signer.pem"
_CLEAR: Final = b"-----BEGIN PRIVATE KEY-----"
_KIND: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")
_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")

Passphrase = Callable[[str], bytes]
"""Asked for the passphrase of a key by its file's name, only when a key is encrypted."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The two keys of an addition: one signs statements, the other the log."""

    signer: Signer
    log: Signer


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said about files that are added: kind, subject, effective day, digests of what they supersede."""

    kind: str = "document"
    about: str = ""
    effective: str = ""
    supersedes: tuple[str, ...] = ()


def make_store(folder: Path, passphrase: bytes | None) -> dict[str, Any]:
    """Make a store whose two keys are encrypted with the passphrase, or lie in the clear if it is None.

    It appears whole: everything is written beside `folder` and renamed. Raises UsageError (E0512) if
    something is there, InputError (E0401) where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("E0512", "a store is made in a new or empty folder only", where=str(folder))
    target = folder.resolve()
    if target == Path.cwd():
        # The rename would leave the caller's shell in a folder that is gone.
        raise UsageError("E0512", "the folder you stand in cannot become a store", remedy="name a new folder")
    draft = target.with_name(f"{disk.TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        disk.ensure_directory(draft / "keys")
        draft.chmod(0o700)
        made = _fill(draft, passphrase)
        os.rename(draft, target)
        disk.flush_directory(target.parent)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(folder)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {"schema": "assay-store-made/1", "store": str(folder), **made, "encrypted": passphrase is not None}


def _fill(draft: Path, passphrase: bytes | None) -> dict[str, Any]:
    log_signer, signer = generate_key(), generate_key()
    for name, key in ((_LOG_KEY, log_signer), (_SIGNER_KEY, signer)):
        if passphrase is None:
            _save_clear(draft / name, key)
        else:
            save_key(draft / name, key, passphrase)
    log_key = verifier_key(f"assay.example/log/{log_signer.public_key.key_id[:16]}", log_signer.public_key)
    store = EvidenceStore(draft, log_key)
    store.enrol(signer.public_key)
    TiledLog(store.log, log_key.name, log_signer).close()
    disk.create(draft / _CONFIG, canonical({"format": _FORMAT, "log": str(log_key)}))
    return {"log": str(log_key), "signer": signer.public_key.key_id}


def _save_clear(path: Path, key: KeySigner) -> None:
    disk.create(path, key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)


def open_store(folder: Path) -> EvidenceStore:
    """Open a store to read; raises UsageError (E0511) if none is there, IntegrityError (E0518) if its head broke."""
    try:
        data = (folder / _CONFIG).read_bytes()
    except OSError as error:
        raise UsageError(
            "E0511", "no store is here", where=str(folder), expected=_CONFIG, remedy=f"assay init {folder}"
        ) from error
    try:
        value = parse_canonical(data)
        if set(value) != {"format", "log"} or value["format"] != _FORMAT:
            raise ValueError("fields are not those of a store")
        return EvidenceStore(folder, VerifierKey.parse(value["log"]))
    except (EvidenceError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError("E0518", f"the store's head is broken: {error}", where=str(folder / _CONFIG)) from error


def open_keys(store: EvidenceStore, key: Path | None, passphrase: Passphrase) -> Keys:
    """The log's key and the signer's: the store's own or the one of a key file.

    Raises KeyRefusedError (E0335), InputError (E0401), IntegrityError (E0518) for another log key.
    """
    log = _load(store.folder / _LOG_KEY, passphrase)
    if log.public_key != store.log_key.public_key:
        raise IntegrityError("E0518", "the log's private key is not that of the store's head", where=_LOG_KEY)
    return Keys(_load(key or store.folder / _SIGNER_KEY, passphrase), log)


def _load(path: Path, passphrase: Passphrase) -> KeySigner:
    data = _read(path)
    if not data.startswith(_CLEAR):
        return load_key(path, passphrase(path.name))
    try:
        key = load_pem_private_key(data, None)
    except ValueError as error:
        raise InputError("E0519", f"not a key file: {error}", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("E0519", "the private key is not ed25519", where=str(path), expected="ed25519")
    return KeySigner.of(key)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error


def add_files(
    store: EvidenceStore, paths: Sequence[Path], entry: Entry, keys: Keys, received: str
) -> list[dict[str, Any]]:
    """Take files in: bytes, signed statement, log entry, receipt; the same said again of the same bytes adds nothing.

    `received` is the time of taking in (`2026-01-31T23:59:59Z`). Every file is read before anything is written.
    Raises UsageError E0514 to E0517, InputError (E0401), and what store and log raise.
    """
    _check_entry(entry, paths)
    files = [(_text(path.name, "FILE"), _read(path)) for path in paths]
    try:
        with disk.exclusive(store.folder / ".lock"):
            store.complete(keys.log)
            records = list(store.logged())
            earlier = _earlier(entry.supersedes, records, {digest(data) for _, data in files})
            known = {record.meaning: record for record in records}
            rows = [_add(store, name, data, entry, earlier, keys.signer, received, known) for name, data in files]
            store.complete(keys.log)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    return [{**_row(store, record), "added": fresh} for record, fresh in rows]


def _add(
    store: EvidenceStore, name: str, data: bytes, entry: Entry, earlier: tuple[str, ...], signer: Signer,
    received: str, known: dict[bytes, Record],
) -> tuple[Record, bool]:  # fmt: skip
    key = store.blobs.put(data)
    statement = evidence_statement(
        Subject(name, key), len(data), entry.kind, received,
        about=entry.about, effective=entry.effective, supersedes=earlier,
    )  # fmt: skip
    same = meaning(statement, [signer.public_key.key_id])
    if same in known:
        return known[same], False
    known[same] = store.keep(statement, signer)
    return known[same], True


def _check_entry(entry: Entry, paths: Sequence[Path]) -> None:
    if not _KIND.fullmatch(entry.kind):
        raise UsageError(
            "E0516", "a type is a short word", where="--type", expected="a-z 0-9 . _ / -, as in lab-report"
        )
    _text(entry.about, "--subject")
    if entry.supersedes and len(paths) != 1:
        raise UsageError("E0517", "one revision is one file", where="--supersedes", remedy="add the files one by one")


def _text(text: str, where: str) -> str:
    # A statement is shown on terminals and signed as UTF-8: neither takes control characters or lone surrogates.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise UsageError("E0516", "a text holds characters that cannot be shown", where=where)
    return text


def _earlier(wanted: Iterable[str], records: Sequence[Record], added: set[str]) -> tuple[str, ...]:
    found = tuple(sorted({_resolve(text, records) for text in wanted}))
    if added & set(found):
        raise UsageError("E0517", "evidence cannot supersede itself: the bytes are the same", where="--supersedes")
    return found


def _resolve(text: str, records: Iterable[Record]) -> str:
    wanted = text.removeprefix("sha256:")
    if not _PREFIX.fullmatch(wanted):
        raise UsageError("E0514", f"{text[:80]!r} is no digest", expected="6 to 64 of the digits 0-9 a-f")
    found = sorted({record.digest for record in records if record.digest.startswith(wanted)})
    if not found:
        raise UsageError(
            "E0514", "the store holds no evidence of this digest", where=wanted, remedy="assay evidence list"
        )
    if len(found) > 1:
        raise UsageError("E0515", f"{len(found)} digests begin so", where=wanted, remedy="give more digits")
    return found[0]


def list_evidence(store: EvidenceStore, kind: str = "", about: str = "") -> dict[str, Any]:
    """Every piece of evidence in the order of the log, of one type or subject where given."""
    records = list(store.logged())
    rows = [{**_row(store, record), "superseded_by": _later(record, records)} for record in records]
    rows = [row for row in rows if kind in ("", row["type"]) and about in ("", row["subject"])]
    return {"schema": "assay-evidence-list/1", "evidence": rows}


def show_evidence(store: EvidenceStore, text: str) -> dict[str, Any]:
    """All that is said of the bytes of a digest (or its first digits), each signature, receipt and the bytes checked.

    Raises UsageError (E0514, E0515), EvidenceError where something does not hold together.
    """
    records = list(store.logged())
    wanted = _resolve(text, records)
    rows = []
    for record in records:
        if record.digest == wanted:
            signed = store.check_signatures(record)
            store.check_receipt(record.id)
            row = {**_row(store, record), "signed_by": sorted(key.key_id for key in signed.keys)}
            rows.append({**row, "superseded_by": _later(record, records)})
    if store.blobs.tombstone(wanted) is None:
        store.blobs.get(wanted)
    return {"schema": "assay-evidence/1", "sha256": wanted, "statements": rows}


def read_bytes_of(store: EvidenceStore, text: str) -> bytes:
    """The original bytes of a digest (or its first digits), checked against it; raises as `show_evidence`."""
    return store.blobs.get(_resolve(text, store.logged()))


def _later(record: Record, records: Iterable[Record]) -> list[str]:
    return sorted({r.digest for r in records if record.digest in r.statement.predicate.get("supersedes", ())})


def _row(store: EvidenceStore, record: Record) -> dict[str, Any]:
    said, grave = record.statement.predicate, store.blobs.tombstone(record.digest)
    return {
        "sha256": record.digest,
        "name": record.statement.subjects[0].name,
        "type": said["kind"],
        "subject": said.get("about", ""),
        "effective": said.get("effective", ""),
        "received": said["received"],
        "bytes": said["size"],
        "supersedes": list(said.get("supersedes", ())),
        "erased": grave.erased if grave else "",
        "statement": record.id,
        "entry": store.receipt(record.id).index,
        "envelope": store.envelope_path(record.id).relative_to(store.folder).as_posix(),
        "receipt": store.receipt_path(record.id).relative_to(store.folder).as_posix(),
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
    return {
        "schema": "assay-log-fsck/1",
        "entries": found.size,
        "statements": found.statements,
        "problems": list(found.problems),
        "leftovers": list(found.leftovers),
    }
