"""Opens tables and writes files whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

from assay.errors import InputError

__all__ = ["read_csv", "write_bytes", "write_json_file"]


def read_csv(path: Path) -> csv.DictReader[str]:
    """The rows of a CSV in UTF-8. Raises InputError (E0400, E0401) where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("E0400", "the table is not UTF-8", where=f"{path.name}, byte {error.start}") from error
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
    return csv.DictReader(text.splitlines())


def write_bytes(path: Path, data: bytes) -> None:
    """Write beside the target, then rename. Raises InputError (E0401) where the place cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


def write_json_file(path: Path, value: object) -> None:
    """Write stable JSON."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
