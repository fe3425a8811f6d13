"""Evidence files read as the store would read them: what they yield, what is foreign, what is not established."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical, digest
from assay.decide.facts import read_names
from assay.decide.toml import parse
from assay.errors import InputError
from assay.model.expression import Literal
from assay.model.fact import Supplier
from assay.model.law import Interval
from assay.readers.answers import answers_of
from assay.readers.document import LARGEST, MORE
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.matching import match_claims
from assay.readers.questionnaire import Questionnaire, Rows, csv_rows, parse_mapping, read_rows
from assay.readers.table import read
from assay.workflow.ground.files import write_bytes
from assay.workflow.ground.library import FACTS
from assay.workflow.ground.sheet import ZIP, read_sheet

__all__ = ["SHIPPED", "Wanted", "document_of", "join_answers", "load_suppliers", "read_evidence", "read_file"]

SHIPPED: Final = "shipped"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be read: its type where one is insisted on, the most bytes, a questionnaire's mapping."""

    kind: str = ""
    largest: int = LARGEST
    mapping: Path | None = None


def read_file(path: Path, wanted: Wanted, match: str = "") -> Json:
    """What a file yields, as the document that `assay read --format json` prints.

    `match`: `shipped`, or a file or folder of suppliers, whose names are compared with those of the legal entities.
    Raises InputError: E0401 it cannot be read, and what the readers raise.
    """
    suppliers = load_suppliers(match) if match else ()
    data = _bytes(path, wanted.largest)
    extract = read_evidence(path.name, data, wanted)
    matches = match_claims(extract, suppliers)
    body = {**document_of(extract), "file": path.name, "sha256": digest(data), "bytes": len(data)}
    return {**body, "matched": len(suppliers), "matches": [_claim(claim) for claim in matches]}


def read_evidence(name: str, data: bytes, wanted: Wanted = Wanted()) -> Extract:
    """Read bytes of any evidence format, or a questionnaire where a mapping is given."""
    if wanted.mapping is None:
        return read(data, wanted.kind, wanted.largest)
    mapping = parse_mapping(wanted.mapping.name, _bytes(wanted.mapping, LARGEST))
    return read_rows(_rows(name, data, mapping), mapping)


def _rows(name: str, data: bytes, mapping: Questionnaire) -> Rows:
    return read_sheet(data, name, mapping.sheet) if data.startswith(ZIP) else csv_rows(data, mapping)


def join_answers(path: Path, mapping: Path, out: Path, largest: int = LARGEST) -> None:
    """Write a questionnaire and its mapping as the one file that a store reads. Raises InputError as `read_file`."""
    data, text = _bytes(path, largest), _bytes(mapping, LARGEST)
    rows = _rows(path.name, data, parse_mapping(mapping.name, text))
    body = canonical(answers_of(path.name, digest(data), text.decode("utf-8-sig"), rows))
    read(body, largest=largest)
    write_bytes(out, body)


def _bytes(path: Path, largest: int) -> bytes:
    """A file's bytes; its size is looked at before they are."""
    try:
        size = path.stat().st_size
        if size > largest:
            raise InputError(
                "E0801", f"{size:,} bytes are too many", where=str(path), expected=f"at most {largest:,}", remedy=MORE
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error


def load_suppliers(wanted: str) -> tuple[Supplier, ...]:
    """Suppliers with their names: the shipped ones, or those of a fact file, a case's facts.toml or a folder of such.

    Raises InputError (E0401), PackError for a file that is none of these.
    """
    place = FACTS / "suppliers" if wanted == SHIPPED else Path(wanted)
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    found = tuple(supplier for path in files for supplier in _suppliers(path))
    if not found:
        raise InputError(
            "E0401", "no supplier is named there", where=str(place), expected="fact files: docs/fact-format.md"
        )
    return found


def _suppliers(path: Path) -> Iterator[Supplier]:
    data = _bytes(path, LARGEST)
    if b"assay-case-facts/1" not in data[:1_000]:
        yield read_names(path.name, data)
        return
    for table in parse(path.name, data).top.tables("supplier"):
        yield Supplier(table.take("id", str), table.take("name", str), table.texts("aliases"), synthetic=True)


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
