"""A record: one signed statement of a store, and what each type of statement says. Pure.

Every predicate names `received`, the time at which the store took it in. What is said twice by the same key about
the same bytes is found by its meaning, which leaves that time out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from assay.canon import canonical, digest
from assay.evidence.envelope import IN_TOTO, Envelope, parse_envelope
from assay.evidence.errors import EnvelopeError
from assay.evidence.predicates import ANSWER, BUNDLE, ERASURE, EVIDENCE, LAW_PACK, PERSON, REVIEW, TRUST_POLICY
from assay.evidence.statement import Statement, Subject, check_day, check_digests, parse_statement
from assay.evidence.text import decode_time

__all__ = [
    "KINDS",
    "Decided",
    "Record",
    "Spoken",
    "answer_statement",
    "bundle_statement",
    "erasure_statement",
    "law_pack_statement",
    "meaning",
    "person_statement",
    "policy_statement",
    "read_record",
    "roles_of",
    "spoken_of",
]

KINDS: Final = ("correction", "discretion", "dispute", "hearing", "reply", "withdrawal")
"""What a person's statement can be."""
_ONE_ROLE: Final = {ERASURE: ("erasure",), LAW_PACK: ("law-pack",), TRUST_POLICY: ("trust-policy",)}
_SUBJECT_KEYS: Final = ("supplier", "product", "operator")


@dataclass(frozen=True, slots=True)
class Record:
    """One statement about stored bytes: its id (sha256 of its envelope), the envelope and what it says."""

    id: str
    envelope: Envelope
    statement: Statement

    @property
    def type(self) -> str:
        """The predicate type."""
        return self.statement.predicate_type

    @property
    def said(self) -> Mapping[str, Any]:
        """The predicate."""
        return self.statement.predicate

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that the statement is about."""
        return self.statement.subjects[0].sha256

    @property
    def received(self) -> int:
        """When the store took it in, in seconds since the Epoch."""
        return decode_time(self.said["received"])

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The keys that it names as its signers."""
        return tuple(entry.key_id for entry in self.envelope.signatures)

    @property
    def meaning(self) -> str:
        """Digest of everything the statement says but the time, and who signed it."""
        return meaning(self.statement, self.key_ids)


def meaning(statement: Statement, key_ids: Sequence[str]) -> str:
    """What a statement says apart from the time, and who signs it, as a sha256: saying it again is found by it."""
    said = {key: value for key, value in statement.predicate.items() if key != "received"}
    about = [[entry.name, entry.sha256] for entry in statement.subjects]
    return digest(canonical([statement.predicate_type, about, said, list(key_ids)]))


def read_record(data: bytes) -> Record:
    """The record of an envelope's bytes, signatures unchecked.

    Raises EnvelopeError: E0340 and E0341 malformed envelope, E0343 a statement of no type that a store keeps.
    """
    envelope = parse_envelope(data)
    statement = parse_statement(envelope.payload)
    try:
        if envelope.payload_type != IN_TOTO or len(statement.subjects) != 1:
            raise ValueError("not about one piece of bytes")
        decode_time(statement.predicate["received"])
        _CHECKS[statement.predicate_type](statement.predicate)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EnvelopeError("E0343", f"malformed statement of a store: {error}") from error
    return Record(digest(data), envelope, statement)


def roles_of(record: Record) -> tuple[str, ...]:
    """The roles of which one must sign such a record. Corrections and the like are filed by either role."""
    if record.type == EVIDENCE:
        return ("lab-report",) if record.said["kind"] == "lab-report" else ("evidence",)
    if record.type == PERSON:
        return ("discretion",) if record.said["kind"] == "discretion" else ("discretion", "statement")
    return _ONE_ROLE.get(record.type, ("decision",))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision was made from: engine version, both clocks, packs (id, digest), facts and evidence by digest."""

    engine: str
    as_of: str
    known_at: str
    packs: tuple[tuple[str, str], ...]
    facts: str
    evidence: tuple[str, ...] = ()


def answer_statement(subject: Subject, received: str, decided: Decided, *, review: bool = False) -> Statement:
    """The statement that logs a decision, or a review's; raises EnvelopeError (E0343) for a malformed part."""
    said = {
        "received": received,
        "engine": decided.engine,
        "as_of": decided.as_of,
        "known_at": decided.known_at,
        "packs": [{"id": name, "sha256": key} for name, key in sorted(decided.packs)],
        "facts": decided.facts,
        "evidence": sorted(decided.evidence),
    }
    return _checked(Statement((subject,), REVIEW if review else ANSWER, said))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a person states: the kind, what it is about, and for a fact its subject, value and days.

    `about` names an attribute (discretion), a fact, an answer, evidence or another statement. `value` is None where
    nothing is set; `effective` is the day from which it holds, `until` the day from which it holds no more.
    """

    kind: str
    about: str
    supplier: str = ""
    product: str = ""
    operator: str = ""
    value: bool | int | str | None = None
    effective: str = ""
    until: str = ""


def person_statement(text: Subject, size: int, received: str, spoken: Spoken) -> Statement:
    """The statement of a person whose words are the bytes of `text`; raises EnvelopeError (E0343)."""
    optional = {
        "supplier": spoken.supplier,
        "product": spoken.product,
        "operator": spoken.operator,
        "value": spoken.value,
        "effective": spoken.effective,
        "until": spoken.until,
    }
    said = {"kind": spoken.kind, "about": spoken.about, "received": received, "size": size}
    return _checked(Statement((text,), PERSON, {**said, **{k: v for k, v in optional.items() if v not in ("", None)}}))


def spoken_of(record: Record) -> Spoken:
    """What a person's record states."""
    said = record.said
    texts = {key: said.get(key, "") for key in (*_SUBJECT_KEYS, "effective", "until")}
    return Spoken(said["kind"], said["about"], value=said.get("value"), **texts)


def policy_statement(subject: Subject, received: str, version: int) -> Statement:
    """The statement that puts a trust policy, whose bytes are the subject, in force; raises EnvelopeError (E0343)."""
    return _checked(Statement((subject,), TRUST_POLICY, {"received": received, "version": version}))


def bundle_statement(manifest: Subject, received: str, about: str) -> Statement:
    """The statement that publishes a bundle, whose manifest is the subject; `about` is the sha256 of what it claims.

    Raises EnvelopeError (E0343).
    """
    return _checked(Statement((manifest,), BUNDLE, {"received": received, "about": about}))


def erasure_statement(subject: Subject, received: str, reason: str) -> Statement:
    """The statement that bytes are erased for good, and why; raises EnvelopeError (E0343)."""
    return _checked(Statement((subject,), ERASURE, {"received": received, "reason": reason}))


def law_pack_statement(pack: Subject, received: str) -> Statement:
    """The statement of readers that they approve a law pack, by its id and digest; raises EnvelopeError (E0343)."""
    return _checked(Statement((pack,), LAW_PACK, {"received": received}))


def _checked(statement: Statement) -> Statement:
    try:
        decode_time(statement.predicate["received"])
        _CHECKS[statement.predicate_type](statement.predicate)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EnvelopeError("E0343", f"malformed statement: {error}") from error
    return statement


def _check_evidence(said: Mapping[str, Any]) -> None:
    _only(said, {"kind", "received", "size"}, {"about", "effective", "supersedes", "synthetic", *_SUBJECT_KEYS})
    _texts(said, ("kind", "about", "effective", *_SUBJECT_KEYS))
    if said.get("synthetic", True) is not True:
        raise ValueError("synthetic is true or absent")
    check_day(said.get("effective", ""))
    check_digests(said.get("supersedes", ()))
    _size(said)


def _check_answer(said: Mapping[str, Any]) -> None:
    _only(said, {"received", "engine", "as_of", "known_at", "packs", "facts", "evidence"}, set())
    _texts(said, ("engine", "as_of", "known_at", "facts"))
    for day in (said["as_of"], said["known_at"]):
        check_day(day or "none")
    check_digests((said["facts"], *said["evidence"], *(pack["sha256"] for pack in said["packs"])))
    if not all(set(pack) == {"id", "sha256"} and isinstance(pack["id"], str) for pack in said["packs"]):
        raise ValueError("a pack has an id and a sha256")


def _check_person(said: Mapping[str, Any]) -> None:
    _only(said, {"kind", "about", "received", "size"}, {*_SUBJECT_KEYS, "value", "effective", "until"})
    _texts(said, ("kind", "about", *_SUBJECT_KEYS, "effective", "until"))
    for key in ("effective", "until"):
        check_day(said.get(key, ""))
    if said["kind"] not in KINDS or not said["about"]:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, and it is about something")
    if said["kind"] == "discretion" and not isinstance(said.get("value"), bool):
        raise ValueError("discretion sets true or false")
    if "value" in said and type(said["value"]) not in (bool, int, str):
        raise ValueError("a value is true, false, a whole number or text")
    _size(said)


def _check_policy(said: Mapping[str, Any]) -> None:
    _only(said, {"received", "version"}, set())
    if type(said["version"]) is not int or said["version"] < 1:
        raise ValueError("a version is 1 or more")


def _check_bundle(said: Mapping[str, Any]) -> None:
    _only(said, {"received", "about"}, set())
    check_digests((said["about"],))


def _check_erasure(said: Mapping[str, Any]) -> None:
    _only(said, {"received", "reason"}, set())
    if not isinstance(said["reason"], str) or not said["reason"].strip():
        raise ValueError("an erasure has a reason")


def _check_law_pack(said: Mapping[str, Any]) -> None:
    _only(said, {"received"}, set())


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {
    EVIDENCE: _check_evidence,
    ANSWER: _check_answer,
    REVIEW: _check_answer,
    PERSON: _check_person,
    TRUST_POLICY: _check_policy,
    BUNDLE: _check_bundle,
    ERASURE: _check_erasure,
    LAW_PACK: _check_law_pack,
}


def _only(said: Mapping[str, Any], needed: set[str], optional: set[str]) -> None:
    if not needed <= set(said) <= needed | optional:
        raise ValueError("a field is missing or unknown")


def _texts(said: Mapping[str, Any], keys: Sequence[str]) -> None:
    if not all(isinstance(said.get(key, ""), str) for key in keys):
        raise ValueError("a field that is text has another type")


def _size(said: Mapping[str, Any]) -> None:
    if type(said["size"]) is not int or said["size"] < 0:
        raise ValueError("size is a number of bytes")
