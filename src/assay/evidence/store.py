"""A store's folder: original bytes, signed statements about them, their receipts and the log, found and checked.

`blobs/` holds the bytes, `meanings/<2 digits>/<62 digits>` the envelopes by what they say, so that it is said once,
`statements/<2 digits>/<62 digits>.dsse.json` the same files by their own sha256, which is what the log holds,
`.tlog-proof` beside each its receipt, `signers/<key id>` public keys, `log/` the log.
An envelope is on disk before the log has it: a crash in between leaves one that waits for its receipt, never a
log entry that nobody can open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assay.canon import digest
from assay.errors import AssayError
from assay.evidence import disk
from assay.evidence.blobs import BlobStore
from assay.evidence.checkpoint import open_checkpoint
from assay.evidence.envelope import IN_TOTO, Signed, format_envelope, sign_envelope, verify_envelope
from assay.evidence.errors import BlobError, SignatureError
from assay.evidence.fsck import fsck
from assay.evidence.keys import PublicKey, Signer
from assay.evidence.log import TiledLog
from assay.evidence.note import VerifierKey
from assay.evidence.predicates import ERASURE
from assay.evidence.proof import Logged, TlogProof, format_proof, parse_proof, verify_proof
from assay.evidence.reader import LogReader
from assay.evidence.record import Record, meaning, read_record
from assay.evidence.statement import Statement, format_statement
from assay.evidence.text import decode_base64, encode_base64

__all__ = ["COSIGNED", "EvidenceStore", "StoreReport"]

COSIGNED: Final = "cosigned"
"""In the log's folder: its newest checkpoint that witnesses cosigned."""
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_ENVELOPE: Final = ".dsse.json"
_RECEIPT: Final = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class StoreReport:
    """Result of a check: the log's size, what is wrong, and what a crash left that the next `add` completes."""

    size: int
    statements: int
    erased: int
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
        return self._path(record, _ENVELOPE)

    def receipt_path(self, record: str) -> Path:
        """Where the receipt of the envelope of this sha256 lies."""
        return self._path(record, _RECEIPT)

    def _path(self, record: str, end: str) -> Path:
        # In one step: joining four parts for each of a hundred thousand statements takes as long as reading them.
        return Path(f"{self.folder}/statements/{record[:2]}/{record[2:]}{end}")

    def ids(self) -> Iterator[str]:
        """The sha256 of every envelope, sorted, logged or not."""
        return (name for name, _ in self._envelopes())

    def pending(self) -> Iterator[str]:
        """Envelopes without a receipt, sorted: a writer died before it had finished."""
        return (name for name, logged in self._envelopes() if not logged)

    def _envelopes(self) -> Iterator[tuple[str, bool]]:
        """Every envelope's sha256, and whether a receipt lies beside it, without a look at each file."""
        for folder in sorted((self.folder / "statements").glob("[0-9a-f][0-9a-f]")):
            names = set(os.listdir(folder))
            for file in sorted(names):
                name = folder.name + file.removesuffix(_ENVELOPE)
                if file.endswith(_ENVELOPE) and _HEX.fullmatch(name):
                    yield name, name[2:] + _RECEIPT in names

    def record(self, name: str) -> Record:
        """The record of an envelope's sha256.

        Raises BlobError (E0350, E0351) if its bytes are gone or have changed, EnvelopeError if no store keeps such.
        """
        try:
            data = self.envelope_path(name).read_bytes()
        except FileNotFoundError:
            raise BlobError("E0350", "the store holds no such statement", where=name) from None
        if digest(data) != name:
            raise BlobError("E0351", "a statement's stored bytes have changed", where=name)
        return read_record(data)

    def receipt(self, record: str) -> TlogProof:
        """The receipt of a record, unchecked; raises TileError (E0322) if it is malformed."""
        return parse_proof(self.receipt_path(record).read_bytes())

    def newest_receipt(self, record: str) -> bytes:
        """A receipt's bytes under the newest cosigned checkpoint where that covers its entry, else as it was written.

        Raises NoteError, MerkleError or LogError where the cosigned checkpoint is not this log's.
        """
        data, path = self.receipt_path(record).read_bytes(), self.log / COSIGNED
        if not path.exists():
            return data
        cosigned, index = path.read_bytes(), parse_proof(data).index
        head = open_checkpoint(cosigned, self.log_key.name, (self.log_key,))[0]
        if index >= head.size:
            return data
        return format_proof(LogReader(self.log).receipt(index, head.size, cosigned))

    def check_receipt(self, record: str) -> Logged:
        """Check a receipt against the log's key; raises NoteError, MerkleError or TileError."""
        return verify_proof(self.receipt(record), bytes.fromhex(record), self.log_key.name, (self.log_key,))

    def erasure(self, key: str) -> Record | None:
        """The logged statement that erased the bytes of a digest, None if nothing did.

        Raises BlobError (E0354) where a tombstone has no such statement, checked as `check` does.
        """
        grave = self.blobs.tombstone(key)
        if grave is None:
            return None
        try:
            record = self.record(grave.statement)
            day = datetime.fromtimestamp(record.received, UTC).date().isoformat()
            says = (record.type, record.digest, record.said.get("reason"), day)
            if says != (ERASURE, key, grave.reason, grave.erased):
                raise BlobError("E0354", "the statement that a tombstone names is about something else")
            self.check_receipt(record.id)
            self.check_signatures(record)
        except (AssayError, OSError) as error:
            raise BlobError("E0354", "no signed and logged statement erased these bytes", where=key) from error
        return record

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

    def keep(self, statement: Statement, signers: Sequence[Signer]) -> tuple[Record, bool]:
        """Sign a statement and put its envelope on disk, or find the one that says the same; `complete` logs it.

        Gives the record and whether it is new. Needs no lock: whoever first takes the name of its meaning has said it.
        """
        envelope = sign_envelope(IN_TOTO, format_statement(statement), signers)
        said = meaning(statement, [entry.key_id for entry in envelope.signatures])
        for signer in signers:
            self.enrol(signer.public_key)
        path, new = self.folder / "meanings" / said[:2] / said[2:], True
        disk.ensure_directory(path.parent)
        try:
            disk.create(path, format_envelope(envelope), mode=0o444)
        except FileExistsError:
            new = False
            disk.flush_directory(path.parent)
        record = read_record(path.read_bytes())
        if record.meaning != said:
            raise BlobError("E0351", "a statement is not what it was stored as", where=said)
        # The statement's own name second: after a crash in between, saying it again puts it in place.
        self._name(path, self.envelope_path(record.id))
        return record, new

    def _name(self, path: Path, wanted: Path) -> None:
        disk.ensure_directory(wanted.parent)
        with suppress(FileExistsError):
            os.link(path, wanted)
        disk.flush_directory(wanted.parent)

    def complete(self, log_signer: Signer, wanted: Sequence[str] = ()) -> None:
        """Log every envelope that has no receipt and write the receipts; a log entry is never made twice.

        Writers that wait for the lock find theirs done by the one before, so they share its flushes. `wanted` are
        the caller's own: if all have receipts, nothing is left to do.
        """
        with disk.exclusive(self.folder / ".lock"):
            if wanted and all(self.receipt_path(name).exists() for name in wanted):
                return
            # What dead writers left first, then the caller's in his order.
            left, own = dict.fromkeys(self.pending()), dict.fromkeys(wanted)
            waiting = [*(name for name in left if name not in own), *(name for name in own if name in left)]
            for name in waiting:
                # What was damaged before it was logged must not get a receipt now.
                self.check_signatures(self.record(name))
            with TiledLog(self.log, self.log_key.name, log_signer) as log:
                done = log.append_many([bytes.fromhex(name) for name in waiting])
                for name, entry in zip(waiting, done, strict=True):
                    disk.replace(self.receipt_path(name), format_proof(log.receipt(entry.index)))

    def check(self) -> StoreReport:
        """Check everything: log, receipts, signatures, statements, bytes. Never writes; problems are reported."""
        tree = fsck(self.log, self.log_key.name, (self.log_key,))
        names, pending = list(self.ids()), set(self.pending())
        problems = [f"log: {text}" for text in tree.problems]
        problems += [f"bytes {name}: E0351 stored bytes have changed" for name in self.blobs.fsck()]
        held, (named, erased) = set(self.blobs.digests()), self._named(names)
        for name in names:
            problems += self._check_record(name, held, receipt=name not in pending)
        problems += self._check_entries(set(names), tree.size if tree.clean else 0)
        leftovers = [f"log/{name}" for name in tree.leftovers]
        leftovers += [f"statement {name}: not logged yet" for name in sorted(pending)]
        leftovers += [f"bytes {name}: no statement" for name in sorted(held - named)]
        leftovers += [f"bytes {name}: erased, but still there: erase them again" for name in sorted(held & erased)]
        leftovers += [f"meaning {name}: no statement yet" for name in self._unplaced(set(names))]
        for part in ("blobs", "meanings", "statements", "signers"):
            found = sorted((self.folder / part).rglob(f"{disk.TEMPORARY}*"))
            leftovers += [path.relative_to(self.folder).as_posix() for path in found]
        return StoreReport(tree.size, len(names), len(erased - held), tuple(problems), tuple(leftovers))

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
        if key not in held and self.erasure(key) is None:
            raise BlobError("E0350", "no bytes are stored under this digest")

    def _unplaced(self, names: set[str]) -> Iterator[str]:
        for path in sorted((self.folder / "meanings").glob("[0-9a-f][0-9a-f]/[0-9a-f]*")):
            if digest(path.read_bytes()) not in names:
                yield path.parent.name + path.name

    def _named(self, names: Sequence[str]) -> tuple[set[str], set[str]]:
        """The digests that statements are about, and those that logged ones erase."""
        found, erased = set(), set()
        for name in names:
            try:
                record = self.record(name)
            except (AssayError, OSError):
                continue
            found.add(record.digest)
            if record.type == ERASURE and self.receipt_path(name).exists():
                erased.add(record.digest)
        return found, erased

    def _check_entries(self, names: set[str], size: int) -> Iterator[str]:
        for index, entry in enumerate(LogReader(self.log).entries(0, size)):
            if entry.hex() not in names:
                yield f"log: entry {index} has no statement: {entry.hex()[:64]}"


def _problem(what: str, name: str, error: Exception) -> str:
    told = f"{error.code} {error.what}" if isinstance(error, AssayError) else str(error)
    return f"{what} {name}: {told}"
