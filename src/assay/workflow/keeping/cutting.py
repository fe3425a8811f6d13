"""The wanted records of a GLEIF copy of any size, as a small file of the same format that every reader takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from assay.errors import InputError
from assay.readers.document import LARGEST
from assay.readers.gleif_cut import Counted, cut, wish_of
from assay.workflow.ground.files import write_bytes

__all__ = ["cut_file"]

_CHUNK: Final = 4 * 1024 * 1024


def cut_file(path: Path, words: Sequence[str], out: Path, show: Callable[[int], object] = id) -> dict[str, Any]:
    """Write the records that bear one of `words` (LEI or name); tells what the whole copy was.

    Memory stays within the cut and a few records; `show` is told how many bytes went by. Raises InputError: E0401 the
    file cannot be read or written, E0801 the cut is larger than a reader takes, and what `cut` raises.
    """
    whole, counted, made, size = sha256(), Counted(), bytearray(), 0

    def chunks() -> Iterator[bytes]:
        nonlocal size
        try:
            with path.open("rb") as file:
                while data := file.read(_CHUNK):
                    whole.update(data)
                    size += len(data)
                    show(len(data))
                    yield data
        except OSError as error:
            raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error

    for piece in cut(chunks(), wish_of(words), counted):
        made += piece
        if len(made) > LARGEST:
            raise InputError(
                "E0801", "the wanted records are too many", where=str(path), expected=f"at most {LARGEST:,} bytes",
                remedy="ask for fewer",
            )  # fmt: skip
    write_bytes(out, bytes(made))
    return {
        "file": path.name, "sha256": whole.hexdigest(), "bytes": size, "records": counted.records,
        "taken": counted.taken, "only": sorted(words),
    }  # fmt: skip
