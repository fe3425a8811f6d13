"""Recording files read from disk, packed ones unpacked: evidence is the recording itself, not what gzip made of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from assay.errors import InputError

__all__ = ["pieces", "whole"]

_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ANY_HEADER: Final = 31
"""What makes zlib read gzip (RFC 1952)."""


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a recording in pieces; those inside where the file is a gzip. Raises InputError (E0401)."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            chunks = iter(lambda: file.read(_CHUNK), b"")
            yield from _unpacked(chunks) if packed else chunks
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
    except zlib.error as error:
        raise InputError("E0401", f"cannot be unpacked: {error}", where=str(path), remedy="gunzip -t FILE") from error


def whole(path: Path) -> bytes:
    """The same at once."""
    return b"".join(pieces(path))


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Every member of a gzip, in pieces of bounded size whatever it expands to; a cut end gives what is there."""
    reader = zlib.decompressobj(_ANY_HEADER)
    for chunk in chunks:
        left = chunk
        while left:
            if reader.eof:
                reader = zlib.decompressobj(_ANY_HEADER)
            if out := reader.decompress(left, _CHUNK):
                yield out
            left = reader.unused_data if reader.eof else reader.unconsumed_tail
    while out := reader.decompress(reader.unconsumed_tail, _CHUNK):
        yield out
