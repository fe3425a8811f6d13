"""`assay state`: a person's signed statement goes into the store, and what an upheld correction changes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.decide.document import ENGINE
from assay.decide.library import Library
from assay.decide.program import Assumption
from assay.errors import AssayError, InputError, UsageError
from assay.evidence.catalogue import open_catalogue
from assay.evidence.predicates import ANSWER, EVIDENCE, PERSON, REVIEW
from assay.evidence.record import KINDS, Record, Spoken, person_statement
from assay.evidence.statement import Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.model.fact import Fact
from assay.model.law import Attribute
from assay.workflow.answers.ask import answer_question
from assay.workflow.answers.whatif import question_of_document
from assay.workflow.ground.library import load_library
from assay.workflow.ground.resolving import check_text
from assay.workflow.keeping.logged import logged_decisions
from assay.workflow.keeping.store import Keys, read_file
from assay.workflow.keeping.stored import Stored, facts_from_store, with_store
from assay.workflow.keeping.trust import require_signers, trust_of
from assay.workflow.keeping.words import left_standing, literal_of, same_as, settles, upheld

__all__ = ["Law", "parse_value", "state"]

_LARGEST: Final = 2**20
_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Law:
    """What lies over the shipped law and facts: private packs, a case's own synthetic facts."""

    packs: tuple[Path, ...] = ()
    case_facts: Path | None = None


NO_MORE: Final = Law()


def state(
    store: EvidenceStore, spoken: Spoken, path: Path, keys: Keys, received: str, law: Law = NO_MORE
) -> dict[str, Any]:
    """Sign, keep and log what a person states in a text file; the same said again adds nothing.

    Discretion is about an attribute that the law leaves to somebody's judgement; a correction about a fact, evidence
    or an earlier correction (to uphold it); a withdrawal about a statement or evidence; the others about a fact, a
    rule, an instrument (`<pack>/<id>`), an answer, a review, an answer of a review, evidence or a statement. Digests
    may be cut to their first digits. Raises UsageError E0514, E0515, E0516, E0523, E0524, InputError (E0401, E0400),
    PolicyError (E0382, E0383) where the trust policy does not let these keys state it.
    """
    data = _text_of(path)
    library = load_library(None, law.packs, law.case_facts)
    known = facts_from_store(store, library, _day(received))
    spoken = _resolved(store, spoken, library, known)
    roles = ("discretion",) if spoken.kind == "discretion" else ("discretion", "statement")
    require_signers(trust_of(store), roles, PERSON, keys.signers, decode_time(received))
    try:
        statement = person_statement(Subject(path.name, store.blobs.put(data)), len(data), received, spoken)
        record, new = store.keep(statement, keys.signers)
        store.complete(keys.log, (record.id,))
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    row = {
        "schema": "assay-stated/1", "statement": record.id, "kind": spoken.kind, "about": spoken.about,
        "received": record.said["received"], "sha256": record.digest, "entry": store.receipt(record.id).index,
        "added": new, "changed": [],
    }  # fmt: skip
    if spoken.kind in ("correction", "withdrawal"):
        row["changed"] = _changed(store, record, library, known, _day(received), law)
    return row


def parse_value(text: str) -> bool | int | str | None:
    """A value as it is written on the command line: true, false, a whole number, else text; None for an empty one."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", text):
        return int(text)
    return check_text(text, "--value") or None


def _text_of(path: Path) -> bytes:
    check_text(path.name, "--text")
    data = read_file(path)
    if len(data) > _LARGEST or not data.strip():
        raise InputError("E0400", f"a statement of {len(data):,} bytes", where=str(path), expected="1 to 1,048,576")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("E0400", "the text is not UTF-8", where=f"{path.name}, byte {error.start}") from error
    return data


def _resolved(store: EvidenceStore, spoken: Spoken, library: Library, known: Stored) -> Spoken:
    for key in ("about", "supplier", "product", "operator"):
        check_text(getattr(spoken, key), f"--{key}")
    if spoken.kind not in KINDS:
        raise UsageError("E0523", f"{spoken.kind!r} is no kind of statement", expected=", ".join(KINDS))
    if spoken.kind == "discretion":
        return _judgement(spoken, library)
    if spoken.kind != "correction" and spoken.value is not None:
        raise UsageError("E0523", f"a {spoken.kind} sets no value", where="--value")
    facts = {fact.id: fact for fact in (*library.facts.facts, *known.facts)}
    if spoken.about in facts:
        if spoken.kind == "withdrawal":
            raise UsageError("E0524", "a fact is corrected, not withdrawn", where=spoken.about)
        _fits(spoken, facts[spoken.about], library.attributes)
        return spoken
    law = _law_names(library)
    if spoken.about in law:
        _refuse_change_of_law(spoken)
        return spoken
    return replace(spoken, about=_thing(store, spoken, [*facts, *law]))


def _law_names(library: Library) -> list[str]:
    """The rules, and the instruments as `<pack>/<id>`."""
    return [
        name for pack in library.packs
        for name in (*(rule.id for rule in pack.rules), *(f"{pack.id}/{key}" for key in pack.instruments))
    ]  # fmt: skip


def _refuse_change_of_law(spoken: Spoken) -> None:
    if spoken.kind in ("correction", "withdrawal"):
        raise UsageError(
            "E0524", f"a {spoken.kind} changes no law", where=spoken.about,
            remedy="--kind dispute or reply says what is wrong with a rule; its coding is mended in the pack",
        )  # fmt: skip


def _judgement(spoken: Spoken, library: Library) -> Spoken:
    attribute = library.attributes.get(spoken.about)
    if attribute is None or not attribute.discretion:
        raise UsageError(
            "E0524", f"the law leaves nothing called {spoken.about!r} to anybody's judgement", where="--about",
            expected=", ".join(sorted(key for key, one in library.attributes.items() if one.discretion)),
        )  # fmt: skip
    if not (spoken.supplier or spoken.product or spoken.operator):
        raise UsageError("E0523", "nobody is named", expected="--supplier, --product or --operator")
    if spoken.supplier and spoken.supplier not in library.facts.suppliers:
        raise UsageError("E0102", f"no supplier is {spoken.supplier!r}", where="--supplier", expected="an id")
    if not isinstance(spoken.value, bool):
        raise UsageError("E0523", "discretion says yes or no", where="--value", expected="true or false")
    return spoken


def _fits(spoken: Spoken, fact: Fact, attributes: Mapping[str, Attribute]) -> None:
    attribute = attributes[fact.attribute]
    if spoken.value is not None and literal_of(spoken.value, attribute) is None:
        raise UsageError("E0523", f"{spoken.value!r} is no {attribute.type}", where="--value", expected=attribute.title)
    if not settles(fact, spoken.value):
        raise UsageError(
            "E0523", "a match is confirmed or taken away", where="--value", expected=f"{same_as(fact)!r}, or no --value"
        )


def _thing(store: EvidenceStore, spoken: Spoken, names: Sequence[str]) -> str:
    """The full id of evidence, a statement or (but for corrections and withdrawals) a decision.

    `names` are the facts and the law that could have been meant.
    """
    wanted = spoken.about.removeprefix("sha256:")
    if not _PREFIX.fullmatch(wanted):
        near = difflib.get_close_matches(spoken.about, names, 3)
        raise UsageError(
            "E0524", f"nothing here is called {spoken.about[:80]!r}", where="--about", expected=_ABOUT,
            remedy=f"did you mean {', '.join(near)}?" if near else "",
        )  # fmt: skip
    found: set[str] = set()
    for record in open_catalogue(store).records((EVIDENCE, PERSON, ANSWER, REVIEW)):
        found |= {name for name in _names(record, spoken.kind) if name.startswith(wanted)}
    if not found and spoken.kind not in ("correction", "withdrawal"):
        found = {name for name in _reviewed(store) if name.startswith(wanted)}
    if len(found) != 1:
        code, what = ("E0515", f"{len(found)} ids begin so") if found else ("E0524", "nothing here begins so")
        raise UsageError(code, what, where=wanted, expected=_ABOUT)
    return found.pop()


def _names(record: Record, kind: str) -> tuple[str, ...]:
    if record.type == EVIDENCE:
        return (record.digest,)
    if record.type in (ANSWER, REVIEW):
        return () if kind in ("correction", "withdrawal") else (record.digest,)
    return (record.id,) if kind != "correction" or record.said["kind"] == "correction" else ()


def _reviewed(store: EvidenceStore) -> Iterator[str]:
    """The answers that logged reviews give for their classes, by id."""
    for record, found in logged_decisions(store):
        if record.type == REVIEW:
            yield from (told["decision"] for one in found["classes"] for told in one["acts"].values())


_ABOUT: Final = (
    "the id of a fact, rule or logged answer (assay why --format json), of an instrument as PACK/ID (assay laws show "
    "PACK), of evidence or a statement (assay evidence list)"
)


def _changed(
    store: EvidenceStore, record: Record, library: Library, before: Stored, day: date, law: Law
) -> list[dict[str, Any]]:
    """The logged answers that come out otherwise once this correction counts, or this withdrawal took one back.

    None while nobody upheld the correction.
    """
    after = facts_from_store(store, library, day)
    meant, standing = {record.id, record.said["about"]}, left_standing(after.words)
    held = any(word.id in meant and upheld(word, standing) for word in standing)
    if record.said["kind"] == "correction" and not held:
        return []
    rows = []
    for logged, found in logged_decisions(store):
        if logged.type == ANSWER and found["engine"] == ENGINE:
            old, new = _both(found, before, after, day, law)
            if old != new:
                rows.append({"decision": logged.digest, "question": found["question"], "before": old, "after": new})
    return rows


def _both(
    found: Mapping[str, Any], before: Stored, after: Stored, day: date, law: Law
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer to a logged question as of today's knowledge, without the correction and with it."""
    question = found["question"]
    library = load_library(frozenset({question["jurisdiction"]}), law.packs, law.case_facts, question["supplier"])
    return _again(with_store(library, before), found, day), _again(with_store(library, after), found, day)


def _again(library: Library, found: Mapping[str, Any], day: date) -> dict[str, Any]:
    assumed = tuple(Assumption(one["id"], date.fromisoformat(one["from"])) for one in found["answer"]["assumed"])
    try:
        question = replace(question_of_document(library, found), known_at=day)
        asked = answer_question(library, question, assumed, hidden=frozenset(found["answer"]["hidden"]))
    except AssayError as error:
        # Asked with a case's own facts or a private pack that is not at hand: it cannot be asked again here.
        return {"outcome": f"cannot be asked again: {error.code}", "force": "", "deadline": ""}
    return {key: asked.found["answer"][key] for key in ("outcome", "force", "deadline")}


def _day(received: str) -> date:
    return date.fromisoformat(received[:10])
