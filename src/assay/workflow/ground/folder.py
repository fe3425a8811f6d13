"""A folder of results that appears whole or not at all, and never takes the place of something else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.errors import InputError

__all__ = ["check_out", "whole_folder"]


def check_out(out: Path, names: frozenset[str]) -> None:
    """Refuse a place that holds other files than `names` (E0507) or cannot be written (E0401), before any work."""
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= names):
        raise InputError(
            "E0507", "the folder holds something else than an earlier result", where=str(out),
            expected="a new or empty folder, or one that the same command wrote", remedy="give another --out",
        )  # fmt: skip
    there = next(folder for folder in out.resolve().parents if folder.exists())
    try:
        Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=there)).rmdir()
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> InputError:
    return InputError(
        "E0401", f"cannot be written: {error.strerror}", where=str(out), expected="a place where you may make folders",
        remedy="give another --out",
    )  # fmt: skip


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the body ends well, and vanishes when it does not."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        yield draft
        draft.chmod(0o755)
        old = out.with_name(f".{out.name}.old.{os.getpid()}")
        if out.exists():
            out.replace(old)
        try:
            draft.replace(out)
        except OSError:
            if old.exists():  # the earlier result comes back rather than nothing
                old.replace(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
