"""The log's journal: batches made durable by one write and one flush, before tiles are published.

A frame is a big-endian uint32 length, the SHA-256 of the payload, the payload. The first frame holds
the signed checkpoint up to which every tile is durable; each further frame holds one batch:
uint64 size before it, uint32 length of its signed checkpoint, that checkpoint, an entry bundle.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay.evidence import disk
from assay.evidence.errors import LogError

__all__ = ["Batch", "Journal"]

_HEAD: Final = 36


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries appended at `begin`, as an entry bundle, and the signed checkpoint after them."""

    begin: int
    checkpoint: bytes
    entries: bytes


class Journal:
    """An open journal file. Every call needs the log's lock."""

    def __init__(self, path: Path) -> None:
        """Open a journal; raises LogError (E0360) if its first frame is damaged."""
        self._path = str(path)
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._end = 0
        try:
            first = self._read_frame()
        except BaseException:
            self.close()
            raise
        if first is None:
            self.close()
            raise LogError("E0360", "the journal's first frame is damaged", where=path.name, remedy=_RESTORE)
        self.settled: Final = first

    @classmethod
    def start(cls, path: Path, checkpoint: bytes) -> Journal:
        """Durably put a new journal in the place of the old one: all tiles up to `checkpoint` are durable."""
        disk.replace(path, _frame(checkpoint))
        return cls(path)

    def close(self) -> None:
        """Close the file, once: its number may be another file's by the second time."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    @property
    def length(self) -> int:
        """Bytes read and written so far."""
        return self._end

    def replaced(self) -> bool:
        """Whether another process put a new journal in the place of this one."""
        return os.fstat(self._file).st_ino != os.stat(self._path).st_ino

    def read(self) -> list[Batch]:
        """Batches behind the last one read or written.

        A last frame that was cut short belongs to a writer that died before it acknowledged anything, and is
        left to be overwritten. Raises LogError (E0360) for damage before the end.
        """
        batches = []
        while (payload := self._read_frame()) is not None:
            size = int.from_bytes(payload[8:12], "big")
            batches.append(Batch(int.from_bytes(payload[:8], "big"), payload[12 : 12 + size], payload[12 + size :]))
        return batches

    def append(self, batch: Batch) -> None:
        """Write one batch durably; on any error the file is cut back, so that nobody reads a lost batch."""
        sizes = batch.begin.to_bytes(8, "big") + len(batch.checkpoint).to_bytes(4, "big")
        data = _frame(sizes + batch.checkpoint + batch.entries)
        try:
            if os.fstat(self._file).st_size != self._end:
                os.ftruncate(self._file, self._end)
            disk.write_all_at(self._file, data, self._end)
            os.fdatasync(self._file)
        except BaseException:
            os.ftruncate(self._file, self._end)
            raise
        self._end += len(data)

    def _read_frame(self) -> bytes | None:
        head = os.pread(self._file, _HEAD, self._end)
        if not head:
            return None
        left = os.fstat(self._file).st_size - self._end
        size = int.from_bytes(head[:4], "big")
        if left < _HEAD or _HEAD + size > left:
            return None
        payload = _read_all(self._file, size, self._end + _HEAD)
        if hashlib.sha256(payload).digest() != head[4:]:
            # Zeroes are what a file system leaves where a write was announced but never arrived.
            if _HEAD + size == left or not any(_read_all(self._file, left, self._end)):
                return None
            raise LogError("E0360", f"the journal is damaged at byte {self._end}", remedy=_RESTORE)
        self._end += _HEAD + size
        return payload


_RESTORE: Final = "restore the log from a copy; do not append to it"


def _frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + hashlib.sha256(payload).digest() + payload


def _read_all(descriptor: int, size: int, at: int) -> bytes:
    parts = []
    while size:
        part = os.pread(descriptor, size, at)
        if not part:
            break
        parts.append(part)
        at, size = at + len(part), size - len(part)
    return b"".join(parts)
