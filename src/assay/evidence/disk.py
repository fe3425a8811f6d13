"""Durable file writes: after these functions return, the bytes survive a power cut."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = [
    "TEMPORARY",
    "Lock",
    "create",
    "ensure_directory",
    "exclusive",
    "flush",
    "flush_directory",
    "place",
    "place_new",
    "replace",
    "write_all",
    "write_all_at",
]

TEMPORARY: Final = ".tmp-"
"""How names of unfinished files start; fsck and recovery know them by it."""


def flush(path: Path) -> None:
    """Force a file's written bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_directory(path: Path) -> None:
    """Force a directory's names to the disk: a renamed file is durable only after this."""
    flush(path)


def ensure_directory(path: Path) -> None:
    """Make a directory and those above it, each durably named in its parent."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        flush_directory(folder.parent)


def place_new(path: Path, data: bytes) -> None:
    """Put a file under a name that nobody looks at before he is told to, as `place` but without a rename.

    A name that is taken, by a torn write or by another who put the same there, is replaced as `place` does.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except (FileExistsError, FileNotFoundError):
        place(path, data)
        return
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def place(path: Path, data: bytes) -> None:
    """Put a whole file under its name in one step, without waiting for the disk.

    Readers see the old file or the new one, never a half. Durable only after `flush` of file and directory.
    """
    try:
        temporary = _write_temporary(path, data, 0o644, durable=False)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_temporary(path, data, 0o644, durable=False)
    os.replace(temporary, path)


def replace(path: Path, data: bytes) -> None:
    """Put a whole file under its name in one step, durably; an old file gives way."""
    temporary = _write_temporary(path, data, 0o644, durable=True)
    os.replace(temporary, path)
    flush_directory(path.parent)


def create(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put a new file under its name in one step, durably. Raises FileExistsError if the name is taken."""
    temporary = _write_temporary(path, data, mode, durable=True)
    try:
        os.link(temporary, path)
    finally:
        os.unlink(temporary)
    flush_directory(path.parent)


class Lock:
    """The lock of a file against other processes, kept open so that taking it costs two calls; freed on death."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *exc: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, once: its number may be another file's by the second time."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of a file against other processes and open descriptors; the kernel frees it on death."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_temporary(path: Path, data: bytes, mode: int, *, durable: bool) -> str:
    temporary = f"{os.path.dirname(path) or '.'}/{TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)
    return temporary


def write_all_at(descriptor: int, data: bytes, at: int) -> None:
    """Write every byte at an offset."""
    view = memoryview(data)
    while view:
        done = os.pwrite(descriptor, view, at)
        view, at = view[done:], at + done


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, since one `write` may take fewer than it is given."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
