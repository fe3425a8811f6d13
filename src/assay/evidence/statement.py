"""in-toto Statement v1: a predicate about subjects named by digest. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from assay.canon import canonical
from assay.evidence.errors import EnvelopeError
from assay.evidence.predicates import EVIDENCE
from assay.evidence.profile import parse_canonical
from assay.evidence.text import decode_time

__all__ = [
    "STATEMENT",
    "Statement",
    "Subject",
    "check_day",
    "check_digests",
    "evidence_statement",
    "format_statement",
    "parse_statement",
]

STATEMENT: Final = "https://in-toto.io/Statement/v1"

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about: a name and the sha256 of its bytes in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Subjects, the type of the predicate and the predicate, a JSON object that this module does not read."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]


def format_statement(statement: Statement) -> bytes:
    """Write a statement as canonical JSON; raises EnvelopeError (E0343) if it could not be read back."""
    data = canonical(
        {
            "_type": STATEMENT,
            "subject": [{"digest": {"sha256": entry.sha256}, "name": entry.name} for entry in statement.subjects],
            "predicateType": statement.predicate_type,
            "predicate": statement.predicate,
        }
    )
    parse_statement(data)
    return data


def parse_statement(data: bytes) -> Statement:
    """Read one of our statements.

    Raises EnvelopeError: E0340 not canonical JSON, E0343 a field missing, unknown or malformed, no subject,
    or another digest than one sha256.
    """
    value = parse_canonical(data)
    try:
        if set(value) != {"_type", "subject", "predicateType", "predicate"} or value["_type"] != STATEMENT:
            raise ValueError("fields are not those of a Statement v1")
        subjects = tuple(map(_subject, value["subject"]))
        kind, predicate = value["predicateType"], value["predicate"]
        if not subjects or not isinstance(kind, str) or ":" not in kind or not isinstance(predicate, dict):
            raise ValueError("needs a subject, a predicate type that is a URI, and a predicate")
    except (KeyError, TypeError, ValueError) as error:
        raise EnvelopeError("E0343", f"malformed statement: {error}", expected="in-toto Statement v1") from error
    return Statement(subjects, kind, predicate)


def _subject(entry: Any) -> Subject:  # noqa: ANN401  JSON, narrowed here
    if set(entry) != {"name", "digest"} or set(entry["digest"]) != {"sha256"}:
        raise ValueError("a subject has a name and a sha256 digest")
    name, digest = entry["name"], entry["digest"]["sha256"]
    if not isinstance(name, str) or not name or not _HEX.fullmatch(digest):
        raise ValueError("a subject's name is text and its sha256 is 64 lower-case hex digits")
    return Subject(name, digest)


def evidence_statement(
    subject: Subject,
    size: int,
    kind: str,
    received: str,
    *,
    about: str = "",
    effective: str = "",
    supersedes: Iterable[str] = (),
    subjects: Mapping[str, str] = _NOBODY,
    synthetic: bool = False,
) -> Statement:
    """The statement that wraps one piece of evidence.

    `received` is when the store took the bytes in (`2026-01-31T23:59:59Z`), `effective` the day from which
    they speak (`2026-01-31`); the two are never mixed. `about` says in free words what it speaks of, `subjects`
    (`supplier`, `product`, `operator`) of whom it makes facts. `supersedes` holds sha256 digests of earlier
    evidence. Raises EnvelopeError (E0343) for a malformed date or digest.
    """
    earlier = sorted(supersedes)
    try:
        decode_time(received)
        check_day(effective)
        check_digests(earlier)
    except ValueError as error:
        raise EnvelopeError("E0343", f"malformed evidence statement: {error}") from error
    optional = {
        **subjects,
        "about": about,
        "effective": effective,
        "supersedes": earlier,
        "synthetic": synthetic,
    }
    predicate = {"kind": kind, "received": received, "size": size, **{k: v for k, v in optional.items() if v}}
    return Statement((subject,), EVIDENCE, predicate)


def check_day(text: str) -> None:
    """Check a day such as `2026-01-31`, or an empty text; raises ValueError."""
    if text and not _DAY.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no day")
    if text:
        decode_time(f"{text}T00:00:00Z")


def check_digests(texts: Iterable[str]) -> None:
    """Check that each is a sha256 as 64 lower-case hex digits; raises ValueError."""
    if not all(_HEX.fullmatch(text) for text in texts):
        raise ValueError("a digest is 64 lower-case hex digits")
