"""Where events go that memory does not hold: a temporary file without a name, gone when the process ends."""

from __future__ import annotations

import os
import tempfile
from io import FileIO
from types import TracebackType
from typing import Final, Self

from assay.errors import InputError

__all__ = ["Spill"]

_WRITE: Final = 1 << 18
_BLOCK: Final = 1 << 16
_MOST_BLOCKS: Final = 16
_SIZE: Final = 4


class Spill:
    """A sink (assay.model.shelf.Sink) on disk, written at the end and read in blocks.

    Readers mostly go forward, some at several places in turn (a request and its answer), so a few blocks are held.
    The file holds what the recording holds. It has no name, so nothing is left behind, whatever ends the process.
    It is made when the first bytes come. OSError is told as InputError (E0401): the disk may be full.
    """

    def __init__(self) -> None:
        self._file: FileIO | None = None
        self._waiting = bytearray()
        self._written = 0
        self._blocks: dict[int, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, data: bytes) -> int:
        """Keep bytes; the handle is their place."""
        handle = self._written + len(self._waiting)
        self._waiting += len(data).to_bytes(_SIZE, "big") + data
        if len(self._waiting) >= _WRITE:
            self._flush()
        return handle

    def get(self, handle: int) -> bytes:
        """The bytes at a place."""
        if self._waiting:
            self._flush()
        size = int.from_bytes(self._bytes(handle, _SIZE), "big")
        return self._bytes(handle + _SIZE, size)

    def _bytes(self, at: int, size: int) -> bytes:
        number, first = divmod(at, _BLOCK)
        found = self._block(number)[first : first + size]
        while len(found) < size:
            number += 1
            found += self._block(number)[: size - len(found)]
        return found

    def _block(self, number: int) -> bytes:
        found = self._blocks.get(number)
        if found is None:
            assert self._file is not None  # a handle comes from put, and get writes out what waits
            if len(self._blocks) >= _MOST_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            found = self._blocks[number] = os.pread(self._file.fileno(), _BLOCK, number * _BLOCK)
            assert found  # the file ends behind the last handle
        return found

    def _flush(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed by __exit__
            self._file.write(self._waiting)
        except OSError as error:
            where = tempfile.gettempdir()
            raise InputError("E0401", f"events cannot be put aside: {error.strerror}", where=where) from error
        self._blocks.pop(self._written // _BLOCK, None)
        self._written += len(self._waiting)
        self._waiting.clear()
