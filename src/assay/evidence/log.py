"""Appending to a tiled log: durable before acknowledged, one flush for all who wait, safe against crashes.

Order of a batch: journal written and flushed (now it is durable), callers told. Tiles and checkpoint are put in place
at once after a pause, else within a twentieth of a second, so that a burst of appends does not write the same
partial tiles again and again. They are flushed later, all at once, when the journal is settled. After a crash the
next opener replays the journal, so nothing that was acknowledged is lost, and no checkpoint that anyone
could have seen is ever contradicted: it lay flushed in the journal before it was published.

Threads. Whatever reads or changes edge, index, journal or published files holds the turn of the group commit
(`group.py` shows that nobody waits for it without end), and inside it the lock against other processes, which the
kernel frees on their death. The publisher waits in two places: for something that is owed, under a condition whose
word `stop` nobody takes back; and for the turn. `close` says `stop` and waits for the publisher while it holds
neither lock; only then it settles. An error in the publisher leaves the log broken, which the next call says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from assay.evidence import disk
from assay.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from assay.evidence.edge import Edge
from assay.evidence.errors import EvidenceError, LogError
from assay.evidence.group import GroupCommit
from assay.evidence.journal import Batch, Journal
from assay.evidence.keys import Signer
from assay.evidence.merkle import EMPTY_ROOT
from assay.evidence.note import verifier_key
from assay.evidence.places import Appended, Places
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
        self._group = GroupCommit(self._commit)
        self._due = threading.Condition()
        self._owing = self._stop = False
        self._publisher: threading.Thread | None = None
        self._broken = False
        self._published = 0.0
        self._edge = Edge()
        self._index: dict[bytes, int] = {}
        disk.ensure_directory(folder / ".state")
        self._lock = disk.Lock(folder / LOCK)
        try:
            with self._lock:
                self._open()
        except BaseException:
            self._release()
            raise

    def __enter__(self) -> TiledLog:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what was handed in, settle the journal, so that plain copies of the folder are whole, and close."""
        if self._group.forked:
            # The lock of the parent is this one's too: settling would not be alone.
            self._release()
            return
        self._group.close()
        with self._due:
            self._stop = True
            self._due.notify()
            publisher = self._publisher
        if publisher is not None:
            publisher.join()
        with self._group.alone():
            try:
                if not self._broken:
                    with self._locked():
                        self._settle()
            finally:
                self._release()

    def _release(self) -> None:
        self._broken = True
        self._lock.close()
        # A log whose opening failed may have none.
        with suppress(AttributeError):
            self._journal.close()

    def append(self, entry: bytes) -> Appended:
        """Append one entry, or find it if it is there already; returns when it is durable.

        Raises LogError: E0361 too large, E0362 after an earlier failure, and OSError as the system reports it.
        """
        return self.append_many((entry,))[0]

    def append_many(self, entries: Sequence[bytes]) -> Sequence[Appended]:
        """Append entries in order; what is appended by other threads meanwhile shares flushes and checkpoints.

        A flush for each 16,384. Errors as for `append`; after one, some entries may be durable nonetheless: appending
        them again gives their one index.
        """
        largest = max(map(len, entries), default=0)
        if largest > LARGEST_ENTRY:
            raise LogError("E0361", f"an entry of {largest} bytes", expected=f"at most {LARGEST_ENTRY}: log its digest")
        return self._group.hand_in(entries)

    def receipt(self, index: int) -> TlogProof:
        """The `.tlog-proof` of an entry under the newest checkpoint, which is public once this returns.

        Raises LogError (E0362, E0363), MerkleError (E0300) for an index that is not there.
        """
        with self._group.alone():
            self._publish_now()
            return self.reader.receipt(index, self._edge.size, self._checkpoint)

    def publish(self) -> None:
        """Make public at once what was appended so far; raises LogError (E0362)."""
        with self._group.alone():
            self._publish_now()

    def _commit(self, entries: Sequence[bytes]) -> Sequence[Appended]:
        indexes, heads = list[int](), list[tuple[int, bytes]]()
        for at in range(0, len(entries), _LARGEST_BATCH):
            indexes += self._append(entries[at : at + _LARGEST_BATCH])
            heads.append((self._edge.size, self._checkpoint))
        return Places(indexes, heads, _LARGEST_BATCH, range(len(entries)))

    def _append(self, entries: Sequence[bytes]) -> Sequence[int]:
        """Append a batch; gives the index of each entry."""
        self._refuse_broken()
        with self._locked():
            self._catch_up()
            begin = self._edge.size
            added = dict(zip(entries, range(begin, begin + len(entries)), strict=True))
            # The usual case, every entry new, is told at the speed of C.
            if len(added) == len(entries) and self._index.keys().isdisjoint(added):
                self._write(entries)
                self._index.update(added)
                return range(begin, self._edge.size)
            fresh = [entry for entry in added if entry not in self._index]
            if fresh:
                self._write(fresh)
                self._index.update(zip(fresh, range(begin, self._edge.size), strict=True))
            return [self._index[entry] for entry in entries]

    def _write(self, fresh: Sequence[bytes]) -> None:
        begin = self._edge.size
        self._edge.extend(fresh)
        checkpoint = sign_checkpoint(Checkpoint(self.origin, self._edge.size, self._edge.root()), self._signer)
        self._journal.append(Batch(begin, checkpoint, encode_entries(fresh)))
        self._checkpoint = checkpoint
        self._publish_soon()

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

    def _publish_soon(self) -> None:
        if self._journal.length > _SETTLE_AT:
            self._settle()
        elif time.monotonic() - self._published > _PUBLIC_WITHIN:
            self._publish()
        elif not self._owing:
            self._owe()

    def _owe(self) -> None:
        with self._due:
            self._owing = True
            if self._publisher is None and not self._stop:
                publisher = threading.Thread(target=self._keep_public, name="log publisher", daemon=True)
                publisher.start()
                self._publisher = publisher
            self._due.notify()

    def _keep_public(self) -> None:
        while True:
            with self._due:
                self._due.wait_for(lambda: self._owing or self._stop)
                self._due.wait_for(lambda: self._stop, _PUBLIC_WITHIN)
                if self._stop:
                    return
            # What is owed is durable; where it cannot be published the log counts as broken and says so next time.
            with suppress(OSError, EvidenceError), self._group.alone():
                if self._owing:
                    self._publish_now()
            if self._broken:
                return

    def _publish_now(self) -> None:
        self._refuse_broken()
        with self._locked():
            self._catch_up()
            self._publish()

    def _publish(self) -> None:
        """Put what was appended since the last time in place, tiles before the checkpoint. Needs the lock."""
        self._owing = False
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
            self._owe()

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
        old, self._journal = self._journal, Journal.start(self.folder / JOURNAL, self._checkpoint)
        old.close()
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
