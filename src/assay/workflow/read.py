"""Evidence files read as the store would read them: what they yield, what is foreign, what is not established."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assay.canon import digest
from assay.errors import InputError
from assay.model.expression import Literal
from assay.model.law import Interval
from assay.readers.document import LARGEST
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.table import read

__all__ = ["document_of", "read_file"]

Json = dict[str, Any]


def read_file(path: Path, wanted: str = "", largest: int = LARGEST) -> Json:
    """What a file yields, as the document that `assay read --format json` prints.

    Its size is looked at before its bytes are. Raises InputError: E0401 it cannot be read, and what the readers raise.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise InputError(
                "E0801", f"{size:,} bytes are too many", where=str(path), expected=f"at most {largest:,}",
                remedy="see --max-bytes",
            )  # fmt: skip
        data = path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
    return {**document_of(read(data, wanted, largest)), "file": path.name, "sha256": digest(data), "bytes": len(data)}


def document_of(extract: Extract) -> Json:
    """An extract as plain JSON."""
    return {
        "schema": "assay-read/1",
        "format": extract.format,
        "version": extract.version,
        "issued": extract.issued.isoformat() if extract.issued else "",
        "claims": [_claim(claim) for claim in extract.claims],
        "subjects": [_subject(subject) for subject in extract.subjects],
        "foreign": [{"path": f.path, "count": f.count, "sample": f.sample} for f in extract.foreign],
        "limits": list(extract.limits),
    }


def _claim(claim: Claim) -> Json:
    about = claim.about
    return {
        "attribute": claim.attribute,
        "value": _literal(claim.value),
        "about": {"kind": about.kind, "title": about.title} if about else None,
        "valid": _interval(claim.valid),
        "status": claim.status,
        "text": claim.text,
        "place": claim.place,
    }


def _subject(subject: Subject) -> Json:
    return {
        "kind": subject.kind,
        "name": subject.name,
        "version": subject.version,
        "names": list(subject.names),
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in subject.identifiers],
        "place": subject.place,
    }


def _literal(value: Literal) -> str | bool | int:
    return value if isinstance(value, str | bool | int) else str(value)


def _interval(valid: Interval) -> Json:
    def shown(day: date | None) -> str:
        return day.isoformat() if day else ""

    return {"from": shown(valid.start), "to": shown(valid.end)}
