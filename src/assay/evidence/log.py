"""Appending to a tiled log: durable before acknowledged, one flush for all who wait, safe against crashes.

Order of a batch: journal written and flushed (now it is durable), callers told. Tiles and checkpoint are put in place
at once after a pause, else within a twentieth of a second, so that a burst of appends does not write the same
partial tiles again and again. They are flushed later, all at once, when the journal is settled. After a crash the
next opener replays the journal, so nothing that was acknowledged is lost, and no checkpoint that anyone
could have seen is ever contradicted: it lay flushed in the journal before it was published.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Final

from assay.evidence import disk
from assay.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from assay.evidence.edge import Edge
from assay.evidence.errors import EvidenceError, LogError
from assay.evidence.journal import Batch, Journal
from assay.evidence.keys import Signer
from assay.evidence.merkle import EMPTY_ROOT
from assay.evidence.note import verifier_key
from assay.evidence.proof import TlogProof
from assay.evidence.reader import LogReader
from assay.evidence.tiles import LARGEST_ENTRY, WIDTH, Tile, decode_entries, encode_entries, tiles_of

__all__ = ["JOURNAL", "Appended", "TiledLog"]

JOURNAL: Final = ".state/journal"
LOCK: Final = ".state/lock"
_SETTLE_AT: Final = 4_000_000
_LARGEST_BATCH: Final = 16_384
_PUBLIC_WITHIN: Final = 0.05
"""Seconds after which an acknowledged entry can be read by others, at the latest."""


@dataclass(slots=True)
class Appended:
    """An entry is durably in the log at `index`; the signed checkpoint of `size` entries covers it.

    Not frozen: one is made for each of a million entries.
    """

    index: int
    size: int
    checkpoint: bytes


class TiledLog:
    """A log that one or many processes and threads append to. Close it, or use it in a `with`."""

    def __init__(self, folder: Path, origin: str, signer: Signer) -> None:
        """Open a log, or make an empty one; replays what a crash left behind.

        Raises LogError: E0360 damaged, E0364 the log of another origin or key.
        """
        self.folder, self.origin = folder, origin
        self.reader = LogReader(folder)
        self._signer = signer
        self._keys = (verifier_key(origin, signer.public_key),)
        self._commit = threading.Lock()
        self._wake = threading.Condition()
        self._queue: list[tuple[Sequence[bytes], Future[list[Appended]]]] = []
        self._committer: threading.Thread | None = None
        self._publisher: threading.Thread | None = None
        self._closing = self._closed = self._broken = False
        self._edge = Edge()
        self._index: dict[bytes, int] = {}
        self._owing, self._stop, self._published = threading.Event(), threading.Event(), 0.0
        disk.ensure_directory(folder / ".state")
        self._lock = disk.Lock(folder / LOCK)
        with self._lock:
            self._open()

    def __enter__(self) -> TiledLog:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what was handed in, settle the journal, so that plain copies of the folder are whole, and close."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._committer is not None:
            self._committer.join()
        self._stop.set()
        self._owing.set()
        if self._publisher is not None:
            self._publisher.join()
        with self._commit:
            if not self._broken:
                with self._locked():
                    self._settle()
            if not self._closed:
                self._journal.close()
                self._lock.close()
            self._broken = self._closed = True

    def append(self, entry: bytes) -> Appended:
        """Append one entry, or find it if it is there already; returns when it is durable.

        Raises LogError: E0361 too large, E0362 after an earlier failure, and OSError as the system reports it.
        """
        return self.submit((entry,)).result()[0]

    def submit(self, entries: Sequence[bytes]) -> Future[list[Appended]]:
        """Hand in entries and go on; the future is done when all are durable, errors as for `append`.

        Everything handed in while a batch is being written shares the next one, hence one flush and one checkpoint.
        """
        _check(entries)
        waiting: Future[list[Appended]] = Future()
        with self._wake:
            if self._closing:
                raise LogError("E0362", "the log is closed", remedy="open the log again")
            self._queue.append((entries, waiting))
            if self._committer is None:
                self._committer = threading.Thread(target=self._run, name="log committer", daemon=True)
                self._committer.start()
            self._wake.notify()
        return waiting

    def receipt(self, index: int) -> TlogProof:
        """The `.tlog-proof` of an entry under the newest checkpoint, which is public once this returns.

        Raises LogError (E0362, E0363), MerkleError (E0300) for an index that is not there.
        """
        with self._commit:
            self._publish_now()
            return self.reader.receipt(index, self._edge.size, self._checkpoint)

    def publish(self) -> None:
        """Make public at once what was appended so far; raises LogError (E0362)."""
        with self._commit:
            self._publish_now()

    def append_many(self, entries: Sequence[bytes]) -> list[Appended]:
        """Append entries in order, one flush for each 16,384; errors as for `append`."""
        _check(entries)
        found: list[Appended] = []
        with self._commit:
            for at in range(0, len(entries), _LARGEST_BATCH):
                found += self._append(entries[at : at + _LARGEST_BATCH])
        return found

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._queue or self._closing)
                queued, self._queue = self._queue, []
                if not queued:
                    return
            with self._commit:
                self._commit_queue(queued)

    def _commit_queue(self, queued: list[tuple[Sequence[bytes], Future[list[Appended]]]]) -> None:
        entries, done = [entry for handed, _ in queued for entry in handed], list[Appended]()
        try:
            for at in range(0, len(entries), _LARGEST_BATCH):
                done += self._append(entries[at : at + _LARGEST_BATCH])
        except BaseException as error:
            # What was appended before the failure may be durable; appending it again gives its one index.
            for _, waiting in queued:
                waiting.set_exception(error)
            return
        at = 0
        for handed, waiting in queued:
            waiting.set_result(done[at : at + len(handed)])
            at += len(handed)

    def _append(self, entries: Sequence[bytes]) -> list[Appended]:
        self._refuse_broken()
        with self._locked():
            self._catch_up()
            begin = self._edge.size
            fresh = [entry for entry in dict.fromkeys(entries) if entry not in self._index]
            if fresh:
                self._edge.extend(fresh)
                checkpoint = self._sign()
                self._journal.append(Batch(begin, checkpoint, encode_entries(fresh)))
                self._checkpoint = checkpoint
                self._index.update(zip(fresh, range(begin, self._edge.size), strict=True))
                self._publish_soon()
            at = map(self._index.__getitem__, entries)
            return list(map(Appended, at, repeat(self._edge.size), repeat(self._checkpoint)))

    def _refuse_broken(self) -> None:
        if self._broken:
            raise LogError("E0362", "an earlier write failed or the log is closed", remedy="open the log again")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except BaseException:
                # Memory may be ahead of the disk: only a fresh start knows what is durable.
                self._broken = True
                raise

    def _sign(self) -> bytes:
        return sign_checkpoint(Checkpoint(self.origin, self._edge.size, self._edge.root()), self._signer)

    def _publish_soon(self) -> None:
        if self._journal.length > _SETTLE_AT:
            self._settle()
        elif time.monotonic() - self._published > _PUBLIC_WITHIN:
            self._publish()
        else:
            self._owing.set()
            if self._publisher is None:
                self._publisher = threading.Thread(target=self._keep_public, name="log publisher", daemon=True)
                self._publisher.start()

    def _keep_public(self) -> None:
        # Asked anew each time: publishing takes back what is owed, and with it the word of a close that came meanwhile.
        while not self._stop.is_set():
            self._owing.wait()
            self._stop.wait(_PUBLIC_WITHIN)
            with self._commit:
                if self._broken or self._stop.is_set():
                    return
                # What is owed is durable; where it cannot be published the log counts as broken and says so next time.
                with suppress(OSError, EvidenceError):
                    self._publish_now()

    def _publish_now(self) -> None:
        self._refuse_broken()
        with self._locked():
            self._catch_up()
            self._publish()

    def _publish(self) -> None:
        """Put what was appended since the last time in place, tiles before the checkpoint. Needs the lock."""
        self._owing.clear()
        for tile, data in self._edge.take():
            disk.place_new(self.folder / tile.path, data)
        disk.place(self.folder / "checkpoint", self._checkpoint)
        self._published = time.monotonic()

    def _open(self) -> None:
        if not (self.folder / JOURNAL).exists():
            if (self.folder / "checkpoint").exists():
                raise LogError("E0360", "the log has a checkpoint but no journal", remedy="restore it from a copy")
            empty = sign_checkpoint(Checkpoint(self.origin, 0, EMPTY_ROOT), self._signer)
            Journal.start(self.folder / JOURNAL, empty).close()
        self._load()
        for batch in self._journal.read():
            self._replay(batch)
        self._refuse_rollback()
        self._publish()

    def _load(self) -> None:
        self._journal = Journal(self.folder / JOURNAL)
        settled = self._verified(self._journal.settled)
        self._settled, self._checkpoint = settled.size, self._journal.settled
        try:
            self._edge = Edge.load(settled.size, self.reader.tile)
            known = self.reader.entries(0, settled.size)
        except EvidenceError as error:
            raise LogError("E0360", f"a settled tile is missing or damaged: {error.what}", where=error.where) from error
        if self._edge.root() != settled.root:
            raise LogError("E0360", "the tiles are not those of the settled checkpoint", where=f"size {settled.size}")
        self._index = {entry: at for at, entry in enumerate(known)}

    def _verified(self, data: bytes) -> Checkpoint:
        try:
            return open_checkpoint(data, self.origin, self._keys)[0]
        except EvidenceError as error:
            raise LogError(
                "E0364", f"not a checkpoint of this log and key: {error.what}", where=self.folder.name
            ) from error

    def _replay(self, batch: Batch) -> None:
        stated = self._verified(batch.checkpoint)
        entries = decode_entries(batch.entries, stated.size - batch.begin)
        if batch.begin != self._edge.size:
            raise LogError("E0360", f"the journal skips from {self._edge.size} to {batch.begin}")
        self._edge.extend(entries)
        if self._edge.root() != stated.root:
            raise LogError("E0360", "a batch does not lead to its checkpoint", where=f"size {stated.size}")
        self._index.update(zip(entries, range(batch.begin, stated.size), strict=True))
        self._checkpoint = batch.checkpoint

    def _catch_up(self) -> None:
        if self._journal.replaced():
            self._journal.close()
            self._load()
        for batch in self._journal.read():
            self._replay(batch)
            # Its writer may have died before it was public.
            self._owing.set()

    def _refuse_rollback(self) -> None:
        try:
            published = self._verified(self.reader.checkpoint())
        except LogError as error:
            if error.code == "E0363":
                return
            # A power cut can leave an empty file here; the journal has what belongs in it.
            if not (self.folder / "checkpoint").read_bytes().strip(b"\0"):
                return
            raise
        if published.size > self._edge.size:
            raise LogError(
                "E0360",
                f"the published checkpoint has {published.size} entries, the journal {self._edge.size}",
                remedy="restore the newest copy: appending here would fork the log",
            )

    def _settle(self) -> None:
        self._catch_up()
        self._publish()
        if self._edge.size == self._settled:
            return
        files = list(tiles_of(self._settled, self._edge.size))
        for tile in files:
            disk.flush(self.folder / tile.path)
        folders = {folder for tile in files for folder in self._folders(tile)}
        for folder in sorted(folders, reverse=True):
            disk.flush_directory(folder)
        self._journal.close()
        self._journal = Journal.start(self.folder / JOURNAL, self._checkpoint)
        self._settled = self._edge.size
        self._prune(files)

    def _folders(self, tile: Tile) -> Iterator[Path]:
        path = (self.folder / tile.path).parent
        while path != self.folder:
            yield path
            path = path.parent
        yield self.folder

    def _prune(self, files: Sequence[Tile]) -> None:
        # C2SP tlog-tiles, "Partial Tiles": they may go once the full tile is there.
        for tile in files:
            if tile.width == WIDTH:
                partial = self.folder / f"{tile.path}.p"
                for path in sorted(partial.glob("*")) if partial.is_dir() else ():
                    path.unlink()
                partial.rmdir() if partial.is_dir() else None


def _check(entries: Sequence[bytes]) -> None:
    largest = max(map(len, entries), default=0)
    if largest > LARGEST_ENTRY:
        raise LogError("E0361", f"an entry of {largest} bytes", expected=f"at most {LARGEST_ENTRY}: log its digest")
