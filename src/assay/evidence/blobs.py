"""Original bytes by their sha256, kept for good; erasure leaves a tombstone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical, digest
from assay.evidence import disk
from assay.evidence.errors import BlobError, EnvelopeError
from assay.evidence.profile import parse_canonical

__all__ = ["BlobStore", "Tombstone"]

_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Bytes that were here and were erased: since when (day), why, and the sha256 of the signed statement of it."""

    erased: str
    reason: str
    statement: str


@dataclass(frozen=True, slots=True)
class BlobStore:
    """Blobs below `folder`, at `sha256/<first two digits>/<the other 62>`."""

    folder: Path

    def put(self, data: bytes) -> str:
        """Store bytes durably and give their sha256; storing them again changes nothing.

        Raises BlobError (E0352) for bytes that were erased, (E0351) if damaged bytes lie under the digest.
        """
        key = digest(data)
        path = self._path(key)
        self._refuse_erased(key)
        disk.ensure_directory(path.parent)
        try:
            disk.create(path, data, mode=0o444)
        except FileExistsError:
            self.get(key)
            # Another writer may have linked the name without having made it durable yet.
            disk.flush_directory(path.parent)
        return key

    def get(self, key: str) -> bytes:
        """The bytes of a digest, checked against it.

        Raises BlobError: E0350 unknown, E0351 changed on disk, E0352 erased, E0353 not a digest.
        """
        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self._refuse_erased(key)
            raise BlobError("E0350", "no bytes are stored under this digest", where=key) from None
        if digest(data) != key:
            raise BlobError("E0351", "stored bytes have changed", where=key, remedy="restore them from a copy")
        return data

    def holds(self, key: str) -> bool:
        """Whether bytes lie under this digest; raises BlobError (E0353)."""
        return self._path(key).exists()

    def erase(self, key: str, tombstone: Tombstone) -> None:
        """Erase the bytes of a digest for good and leave a tombstone; the statement that it names is logged before.

        An earlier tombstone stays: a crash between it and the bytes left both, and a second call ends that.
        Raises BlobError: E0350 if nothing is stored, E0352 if it was erased already.
        """
        path = self._path(key)
        if not path.exists():
            self._refuse_erased(key)
            raise BlobError("E0350", "no bytes are stored under this digest", where=key)
        if self.tombstone(key) is None:
            told = {"erased": tombstone.erased, "reason": tombstone.reason, "statement": tombstone.statement}
            disk.replace(self._grave(key), canonical(told))
        path.unlink(missing_ok=True)
        disk.flush_directory(path.parent)

    def tombstone(self, key: str) -> Tombstone | None:
        """The tombstone of a digest, None if its bytes were not erased."""
        try:
            value: Any = parse_canonical(self._grave(key).read_bytes())
            return Tombstone(value["erased"], value["reason"], value["statement"])
        except FileNotFoundError:
            return None
        except (EnvelopeError, KeyError, TypeError) as error:
            raise BlobError("E0351", "a tombstone has changed", where=key) from error

    def digests(self) -> Iterator[str]:
        """Every stored digest, sorted."""
        for path in sorted(self.folder.glob("sha256/[0-9a-f][0-9a-f]/*")):
            key = path.parent.name + path.name
            if _HEX.fullmatch(key):
                yield key

    def fsck(self) -> Iterator[str]:
        """Digests whose stored bytes have changed."""
        for key in self.digests():
            if digest(self._path(key).read_bytes()) != key:
                yield key

    def _path(self, key: str) -> Path:
        if not _HEX.fullmatch(key):
            raise BlobError("E0353", "not a sha256 digest", where=key[:80], expected="64 lower-case hex digits")
        return Path(f"{self.folder}/sha256/{key[:2]}/{key[2:]}")

    def _grave(self, key: str) -> Path:
        path = self._path(key)
        return path.with_name(path.name + ".erased")

    def _refuse_erased(self, key: str) -> None:
        grave = self.tombstone(key)
        if grave is not None:
            raise BlobError("E0352", f"erased on {grave.erased}: {grave.reason}", where=key)
