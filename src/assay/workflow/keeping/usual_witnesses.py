"""The witnesses that a store asks whenever a bundle leaves and the command names none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.errors import InputError, UsageError
from assay.evidence.errors import EvidenceError
from assay.evidence.profile import parse_canonical
from assay.evidence.store import EvidenceStore
from assay.workflow.ground.files import write_bytes

__all__ = ["use_witnesses", "usual_witnesses"]

_FORMAT: Final = "assay-witnesses/v1"
_FILE: Final = "witnesses.json"


def use_witnesses(store: EvidenceStore, texts: Sequence[str]) -> dict[str, Any]:
    """Remember whom to ask, by address or folder, in this order; nobody for an empty sequence.

    Only where they are asked is remembered: whose cosignature counts stands in the trust policy. Raises UsageError
    (E0512) for a folder that holds no witness, InputError (E0401) where the store cannot be written.
    """
    asked = [text if text.startswith(("http://", "https://")) else _folder(text) for text in texts]
    write_bytes(store.folder / _FILE, canonical({"ask": asked, "format": _FORMAT}))
    return {"schema": "assay-witnesses/1", "ask": asked}


def usual_witnesses(store: EvidenceStore) -> tuple[str, ...]:
    """Whom this store asks; raises InputError (E0401) for a file that says something else."""
    path = store.folder / _FILE
    if not path.is_file():
        return ()
    try:
        found = parse_canonical(path.read_bytes())
        if found["format"] != _FORMAT or not all(isinstance(text, str) for text in found["ask"]):
            raise ValueError("another format")
        return tuple(found["ask"])
    except (OSError, EvidenceError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            "E0401", f"the store's witnesses cannot be read: {error}", where=str(path),
            remedy="assay witness use URL|DIR writes them anew",
        ) from error  # fmt: skip


def _folder(text: str) -> str:
    if not (Path(text) / "witness.json").is_file():
        raise UsageError("E0512", "no witness is here", where=text, expected="URL|DIR", remedy="assay witness init DIR")
    return str(Path(text).resolve())
