"""Redo the answer of a bundle from the bundle alone, and say what that shows and what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical, digest
from assay.decide.document import ENGINE, SCHEMA
from assay.errors import AssayError, InputError, IntegrityError, UsageError
from assay.evidence.bundle import (
    ATTRIBUTES,
    CASE_FACTS,
    DECISION,
    PACK_FILES,
    QUESTION,
    Bundle,
    pack_member,
    supplier_member,
)
from assay.evidence.bundle import read_bundle as read_members
from assay.evidence.policy import LEAST_LAW_SIGNERS
from assay.evidence.profile import parse_canonical
from assay.workflow.library import FACTS, LAWS
from assay.workflow.redo import differences, library_of, pack_differences, read_law, redo

__all__ = ["REQUEST", "Judged", "judge", "read_bundle_file", "verify_bundle"]

REQUEST: Final = "assay-bundle-question/1"
_REQUEST_KEYS: Final = {"schema", "question", "presume", "hidden", "assumed", "case_facts"}
_MOST: Final = 64 * 2**20
_HEX: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_MOST_DIFFERENCES: Final = 20

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict (`same`, `different`, `cannot-be-established`), why, and the decision that the bundle holds."""

    verdict: str
    decision: dict[str, Any]
    differences: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    checked_packs: int = 0


def read_bundle_file(path: Path) -> Bundle:
    """Read a bundle from disk. Raises InputError (E0390), or EvidenceError where its bytes do not hold together."""
    try:
        if path.stat().st_size > _MOST:
            raise InputError(
                "E0390", "too large for a bundle of one answer", where=str(path), expected="at most 64 MiB"
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError("E0390", f"the bundle cannot be read: {error.strerror}", where=str(path)) from error
    return read_members(data)


def verify_bundle(path: Path, today: date, pin: str = "") -> dict[str, Any]:
    """Check a bundle and redo its answer: a document with verdict, what is established and what is not.

    `pin` is the manifest's digest as it was learnt elsewhere. Raises UsageError (E0391) for a pin that is no
    digest and IntegrityError for whatever does not hold together: E0370 to E0374, E0386, E0387, E0388.
    """
    if pin and not _HEX.fullmatch(pin):
        raise UsageError("E0391", f"{pin[:80]!r} is no digest", where="--trust", expected="64 lower-case hex digits")
    bundle = read_bundle_file(path)
    if pin and pin.removeprefix("sha256:") != bundle.manifest:
        raise IntegrityError(
            "E0387", "the bundle is not the pinned one", where=f"manifest sha256:{bundle.manifest}", expected=pin,
            remedy="get bundle and digest again, each from who published it",
        )  # fmt: skip
    judged = judge(bundle)
    return {
        "schema": "assay-verify/1",
        "verdict": judged.verdict,
        "decision": digest(bundle.members[DECISION]),
        "question": judged.decision["question"],
        "answer": judged.decision["answer"],
        "manifest": bundle.manifest,
        "bytes": bundle.size,
        "established": list(_established(bundle, judged, pin)),
        "not_established": list(_not_established(bundle, judged, pin, today)),
        "differences": list(judged.differences),
    }


def judge(bundle: Bundle) -> Judged:
    """Redo the answer from the members alone. Raises IntegrityError (E0388) for a member that cannot be read."""
    try:
        return _judge(bundle)
    except IntegrityError as error:
        if error.code == "E0388":
            raise
        raise _unreadable(error) from error
    except AssayError as error:
        raise _unreadable(error) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> IntegrityError:
    where = getattr(error, "where", "")
    what = getattr(error, "what", f"{type(error).__name__}: {error}")
    return IntegrityError("E0388", f"a member is not what it should be: {what}", where=where)


def _judge(bundle: Bundle) -> Judged:
    decision = dict(parse_canonical(bundle.members[DECISION]))
    request = parse_canonical(bundle.members[QUESTION])
    _check_shape(decision, request)
    if decision["engine"] != ENGINE:
        reason = f"the answer was made with engine {decision['engine']}; this version runs engine {ENGINE}"
        return Judged("cannot-be-established", decision, open=(reason,))
    hidden = {entry.name for entry in bundle.withheld}
    _check_slice({*bundle.members, *hidden}, decision, request)
    law = read_law(bundle.members, decision["packs"], hidden)
    wrong = tuple(pack_differences(law, decision["packs"], hidden))
    if hidden:
        verdict = "different" if wrong else "cannot-be-established"
        reason = "the answer was not redone: members are withheld"
        return Judged(verdict, decision, wrong, (reason,), len(law.packs))
    again = redo(library_of(bundle.members, law, request["case_facts"]), request)
    if canonical(again) != bundle.members[DECISION]:
        wrong += tuple(differences(decision, again))[:_MOST_DIFFERENCES]
    return Judged("different" if wrong else "same", decision, wrong, (), len(law.packs))


def _check_shape(decision: Json, request: Json) -> None:
    """What is shown or branched on before anything is redone; the rest is held by comparing bytes."""
    if decision["schema"] != SCHEMA or request["schema"] != REQUEST:
        raise ValueError("the schema of decision.json or question.json is unknown")
    if set(request) != _REQUEST_KEYS or not isinstance(request["presume"], bool):
        raise ValueError("question.json has other fields than docs/evidence.md says")
    question, answer, sources = decision["question"], decision["answer"], decision["sources"]
    shown = [question[key] for key in ("jurisdiction", "supplier", "part", "activity", "as_of")]
    shown += [answer["outcome"], answer["force"], sources["oldest_reading"]]
    shown += [pack[key] for pack in decision["packs"] for key in ("id", "digest")]
    if not all(isinstance(text, str) for text in shown) or not isinstance(sources["not_read"], int):
        raise ValueError("decision.json is no decision")
    if sources["oldest_reading"]:
        date.fromisoformat(sources["oldest_reading"])


def _check_slice(names: set[str], decision: Json, request: Json) -> None:
    """A member that the answer does not read would travel unexamined under its manifest."""
    read = {pack_member(pack["id"], file) for pack in decision["packs"] for file in PACK_FILES}
    read |= {DECISION, QUESTION, ATTRIBUTES, supplier_member(request["question"]["supplier"])}
    if request["case_facts"]:
        read.add(CASE_FACTS)
    for name in sorted(names - read):
        raise IntegrityError("E0388", "the answer reads no such member", where=name)


def _established(bundle: Bundle, judged: Judged, pin: str) -> Iterable[dict[str, str]]:
    yield _row("container", f"every byte of {bundle.size:,} is the one that its {len(bundle.members) + 1} members give")
    yield _row("manifest", f"lists every member with its digest: sha256:{bundle.manifest}")
    if pin:
        yield _row("publisher's digest", "the manifest is the one that was pinned")
    if judged.checked_packs and not any(text.startswith("pack ") for text in judged.differences):
        yield _row("law packs", f"{judged.checked_packs} have the digests that the decision names")
    if not _not_installed(bundle.members):
        yield _row("installed law", "packs and facts here are those of the assay that verifies, byte for byte")
    if judged.verdict == "same":
        yield _row("decision", f"redone from the bundle alone, same bytes: {digest(bundle.members[DECISION])}")


def _not_established(bundle: Bundle, judged: Judged, pin: str, today: date) -> Iterable[dict[str, str]]:
    for reason in judged.open:
        yield _row("decision", reason)
    for entry in bundle.withheld:
        yield _row("withheld", f"{entry.name}: {entry.reason}")
    if not pin:
        yield _row("publisher", "nobody signed the manifest and no digest was pinned (--trust)")
    for name in _not_installed(bundle.members):
        yield _row("installed law", f"{name} is not that of the assay that verifies: older, newer or another's")
    for pack in judged.decision["packs"]:
        yield _row("law pack", f"{pack['id']}: 0 of {LEAST_LAW_SIGNERS} reviewers")
    yield _row("facts", "no signature: readings of the sources that the decision names")
    yield from _readings(judged.decision["sources"], today)
    yield _row("date", "no log shows when the answer was given")
    yield _row("revocation", "unknown: the bundle holds no trust policy")


def _not_installed(members: Mapping[str, bytes]) -> list[str]:
    """Law and fact members that differ from the shipped files of the same name."""
    out = []
    for name, data in members.items():
        top, _, rest = name.partition("/")
        home = {"packs": LAWS, "facts": FACTS}.get(top)
        if home is not None and not ((home / rest).is_file() and (home / rest).read_bytes() == data):
            out.append(name)
    return out


def _readings(sources: Json, today: date) -> Iterable[dict[str, str]]:
    oldest = str(sources["oldest_reading"])
    if oldest:
        days = (today - date.fromisoformat(oldest)).days
        yield _row("readings", f"oldest on the deciding path {oldest}, {days:,} days before {today.isoformat()}")
    if sources["not_read"]:
        yield _row("readings", f"{sources['not_read']} sources on the deciding path without a date of reading")


def _row(what: str, detail: str) -> dict[str, str]:
    return {"what": what, "detail": detail}
