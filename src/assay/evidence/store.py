"""A store's folder: original bytes, signed statements about them, their receipts and the log, found and checked.

`blobs/` holds the bytes, `statements/<2 digits>/<62 digits>.dsse.json` the envelopes by their own sha256, which is
what the log holds, `.tlog-proof` beside each its receipt, `signers/<key id>` public keys, `log/` the log.
An envelope is on disk before the log has it: a crash in between leaves one that waits for its receipt, never a
log entry that nobody can open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay.canon import canonical, digest
from assay.errors import AssayError
from assay.evidence import disk
from assay.evidence.blobs import BlobStore
from assay.evidence.envelope import (
    IN_TOTO,
    Envelope,
    Signed,
    format_envelope,
    parse_envelope,
    sign_envelope,
    verify_envelope,
)  # fmt: skip
from assay.evidence.errors import BlobError, EnvelopeError, SignatureError
from assay.evidence.fsck import fsck
from assay.evidence.keys import PublicKey, Signer
from assay.evidence.log import TiledLog
from assay.evidence.note import VerifierKey
from assay.evidence.predicates import EVIDENCE
from assay.evidence.proof import Logged, TlogProof, format_proof, parse_proof, verify_proof
from assay.evidence.reader import LogReader
from assay.evidence.statement import Statement, format_statement, parse_statement
from assay.evidence.text import decode_base64, decode_time, encode_base64

__all__ = ["EvidenceStore", "Record", "StoreReport", "meaning"]

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_ENVELOPE: Final = ".dsse.json"
_RECEIPT: Final = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class Record:
    """One statement about stored bytes: its id (sha256 of its envelope), the envelope and what it says."""

    id: str
    envelope: Envelope
    statement: Statement

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that the statement is about."""
        return self.statement.subjects[0].sha256

    @property
    def meaning(self) -> bytes:
        """Everything the statement says but the time, and who signed it."""
        return meaning(self.statement, tuple(entry.key_id for entry in self.envelope.signatures))


def meaning(statement: Statement, key_ids: Sequence[str]) -> bytes:
    """What a statement says apart from the time, and who signs it: saying the same again is found by it."""
    said = {key: value for key, value in statement.predicate.items() if key != "received"}
    about = [[entry.name, entry.sha256] for entry in statement.subjects]
    return canonical([about, said, list(key_ids)])


@dataclass(frozen=True, slots=True)
class StoreReport:
    """Result of a check: the log's size, what is wrong, and what a crash left that the next `add` completes."""

    size: int
    statements: int
    problems: tuple[str, ...]
    leftovers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """A store below `folder` whose log signs with `log_key`, under that key's name as origin."""

    folder: Path
    log_key: VerifierKey

    @property
    def blobs(self) -> BlobStore:
        """The original bytes."""
        return BlobStore(self.folder / "blobs")

    @property
    def log(self) -> Path:
        """The log's folder."""
        return self.folder / "log"

    def envelope_path(self, record: str) -> Path:
        """Where the envelope of this sha256 lies."""
        return self.folder / "statements" / record[:2] / (record[2:] + _ENVELOPE)

    def receipt_path(self, record: str) -> Path:
        """Where the receipt of the envelope of this sha256 lies."""
        return self.folder / "statements" / record[:2] / (record[2:] + _RECEIPT)

    def ids(self) -> Iterator[str]:
        """The sha256 of every envelope, sorted, logged or not."""
        for path in sorted((self.folder / "statements").glob(f"[0-9a-f][0-9a-f]/*{_ENVELOPE}")):
            name = path.parent.name + path.name.removesuffix(_ENVELOPE)
            if _HEX.fullmatch(name):
                yield name

    def record(self, name: str) -> Record:
        """The record of an envelope's sha256.

        Raises BlobError (E0351) if its bytes have changed, EnvelopeError if they are no statement of evidence.
        """
        data = self.envelope_path(name).read_bytes()
        if digest(data) != name:
            raise BlobError("E0351", "a statement's stored bytes have changed", where=name)
        envelope = parse_envelope(data)
        return Record(name, envelope, _evidence(envelope))

    def logged(self) -> Iterator[Record]:
        """Every record that has a receipt, oldest entry of the log first."""
        found = [(self.receipt(name).index, name) for name in self.ids() if self.receipt_path(name).exists()]
        for _, name in sorted(found):
            yield self.record(name)

    def pending(self) -> Iterator[str]:
        """Envelopes without a receipt: a writer died before it had finished."""
        return (name for name in self.ids() if not self.receipt_path(name).exists())

    def receipt(self, record: str) -> TlogProof:
        """The receipt of a record, unchecked; raises TileError (E0322) if it is malformed."""
        return parse_proof(self.receipt_path(record).read_bytes())

    def check_receipt(self, record: str) -> Logged:
        """Check a receipt against the log's key; raises NoteError, MerkleError or TileError."""
        return verify_proof(self.receipt(record), bytes.fromhex(record), self.log_key.name, (self.log_key,))

    def check_signatures(self, record: Record) -> Signed:
        """Check that keys kept here signed a record; raises SignatureError (E0336) or EnvelopeError (E0342)."""
        keys = [self._public_key(path) for path in sorted((self.folder / "signers").glob("[0-9a-f]*"))]
        return verify_envelope(record.envelope, keys)

    def enrol(self, key: PublicKey) -> None:
        """Keep a public key, so that what it signed can be checked without its owner."""
        path = self.folder / "signers" / key.key_id
        disk.ensure_directory(path.parent)
        if not path.exists():
            disk.replace(path, encode_base64(key.raw).encode("ascii"))

    def _public_key(self, path: Path) -> PublicKey:
        try:
            key = PublicKey(decode_base64(path.read_text("ascii")))
        except ValueError as error:
            raise SignatureError("E0336", "a kept public key has changed", where=path.name) from error
        if key.key_id != path.name:
            raise SignatureError("E0336", "a kept public key has changed", where=path.name)
        return key

    def keep(self, statement: Statement, signer: Signer) -> Record:
        """Sign a statement and put its envelope on disk; `complete` then logs it."""
        envelope = sign_envelope(IN_TOTO, format_statement(statement), (signer,))
        data = format_envelope(envelope)
        name = digest(data)
        self.enrol(signer.public_key)
        disk.ensure_directory(self.envelope_path(name).parent)
        if not self.envelope_path(name).exists():
            disk.create(self.envelope_path(name), data, mode=0o444)
        return Record(name, envelope, statement)

    def complete(self, log_signer: Signer) -> None:
        """Log every envelope that has no receipt and write the receipts; a log entry is never made twice."""
        waiting = list(self.pending())
        for name in waiting:
            # What was damaged before it was logged must not get a receipt now.
            self.check_signatures(self.record(name))
        with TiledLog(self.log, self.log_key.name, log_signer) as log:
            done = log.append_many([bytes.fromhex(name) for name in waiting])
            for name, entry in zip(waiting, done, strict=True):
                proof = log.reader.receipt(entry.index, entry.size, entry.checkpoint)
                disk.replace(self.receipt_path(name), format_proof(proof))

    def check(self) -> StoreReport:
        """Check everything: log, receipts, signatures, statements, bytes. Never writes; problems are reported."""
        tree = fsck(self.log, self.log_key.name, (self.log_key,))
        names, pending = list(self.ids()), set(self.pending())
        problems = [f"log: {text}" for text in tree.problems]
        problems += [f"bytes {name}: E0351 stored bytes have changed" for name in self.blobs.fsck()]
        held, named = set(self.blobs.digests()), self._named(names)
        for name in names:
            problems += self._check_record(name, held, receipt=name not in pending)
        problems += self._check_entries(set(names), tree.size if tree.clean else 0)
        leftovers = [f"log/{name}" for name in tree.leftovers]
        leftovers += [f"statement {name}: not logged yet" for name in sorted(pending)]
        leftovers += [f"bytes {name}: no statement" for name in sorted(held - named)]
        for part in ("blobs", "statements", "signers"):
            found = sorted((self.folder / part).rglob(f"{disk.TEMPORARY}*"))
            leftovers += [path.relative_to(self.folder).as_posix() for path in found]
        return StoreReport(tree.size, len(names), tuple(problems), tuple(leftovers))

    def _check_record(self, name: str, held: set[str], *, receipt: bool) -> Iterator[str]:
        try:
            record = self.record(name)
        except (AssayError, OSError) as error:
            yield _problem("statement", name, error)
            return
        checks: list[tuple[str, str, Callable[[], object]]] = [
            ("statement", name, lambda: self.check_signatures(record)),
            ("bytes", record.digest, lambda: self._check_presence(record.digest, held)),
        ]
        if receipt:
            checks.append(("receipt", name, lambda: self.check_receipt(name)))
        for what, which, act in checks:
            try:
                act()
            except (AssayError, OSError) as error:
                yield _problem(what, which, error)

    def _check_presence(self, key: str, held: set[str]) -> None:
        # Changed bytes are told by the blobs' own check; here those that are gone without a tombstone.
        if key not in held and self.blobs.tombstone(key) is None:
            raise BlobError("E0350", "no bytes are stored under this digest")

    def _named(self, names: Sequence[str]) -> set[str]:
        found = set()
        for name in names:
            try:
                found.add(self.record(name).digest)
            except (AssayError, OSError):
                continue
        return found

    def _check_entries(self, names: set[str], size: int) -> Iterator[str]:
        for index, entry in enumerate(LogReader(self.log).entries(0, size)):
            if entry.hex() not in names:
                yield f"log: entry {index} has no statement: {entry.hex()[:64]}"


def _problem(what: str, name: str, error: Exception) -> str:
    told = f"{error.code} {error.what}" if isinstance(error, AssayError) else str(error)
    return f"{what} {name}: {told}"


def _evidence(envelope: Envelope) -> Statement:
    statement = parse_statement(envelope.payload)
    said = statement.predicate
    try:
        if envelope.payload_type != IN_TOTO or statement.predicate_type != EVIDENCE or len(statement.subjects) != 1:
            raise ValueError("not one piece of evidence")
        decode_time(said["received"])
        texts: Sequence[object] = (said["kind"], said.get("about", ""), said.get("effective", ""))
        if not all(isinstance(text, str) for text in texts) or not isinstance(said["size"], int):
            raise ValueError("a field has another type")
        if not all(isinstance(earlier, str) for earlier in said.get("supersedes", ())):
            raise ValueError("supersedes holds digests")
    except (KeyError, TypeError, ValueError) as error:
        raise EnvelopeError("E0343", f"malformed evidence statement: {error}") from error
    return statement
