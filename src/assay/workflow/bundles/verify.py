"""Check a bundle, do again what it claims, and say what that shows and what it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.canon import digest
from assay.errors import AssayError, InputError, IntegrityError, UsageError
from assay.evidence import predicates
from assay.evidence.bundle import DECISION, INSPECTION, REVIEW, Bundle
from assay.evidence.bundle import read_bundle as read_members
from assay.workflow.bundles.attested import Attested, check_attested
from assay.workflow.bundles.established import established, not_established, words_in
from assay.workflow.bundles.perform import Performed, perform_answer
from assay.workflow.bundles.perform_review import perform_review

if TYPE_CHECKING:
    from assay.workflow.assessment.keys import KeySet

__all__ = ["PERFORMERS", "judge", "read_bundle_file", "verify_bundle"]


def _inspection(bundle: Bundle, attested: Attested, keys: KeySet | None = None) -> Performed:
    # Imported here: recordings need the whole wire room, and answers should not wait for it.
    from assay.workflow.bundles.perform_inspection import perform_inspection

    return perform_inspection(bundle, attested, keys)


PERFORMERS: Final[Mapping[str, Callable[[Bundle, Attested], Performed]]] = {
    predicates.ANSWER: perform_answer,
    predicates.REVIEW: perform_review,
    predicates.INSPECTION: _inspection,
}
"""Predicate type -> what does again the thing that a bundle of this type claims, from its members alone."""

_MOST: Final = 64 * 2**20
_HEX: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")

Json = Mapping[str, Any]


def read_bundle_file(path: Path) -> Bundle:
    """Read a bundle from disk. Raises InputError (E0390), or EvidenceError where its bytes do not hold together."""
    try:
        if path.stat().st_size > _MOST:
            raise InputError("E0390", "too large for a bundle", where=str(path), expected="at most 64 MiB")
        data = path.read_bytes()
    except OSError as error:
        raise InputError("E0390", f"the bundle cannot be read: {error.strerror}", where=str(path)) from error
    return read_members(data)


def verify_bundle(path: Path, today: date, pin: str = "", keys: KeySet | None = None) -> dict[str, Any]:
    """Check a bundle and redo what it claims: a document with verdict, what is established and what is not.

    `pin` is a digest learnt elsewhere: that of the trust policy that has to stand behind the bundle, or that of this
    bundle's manifest. `keys` open what an inspection computed with keys. Raises UsageError (E0391) for a pin that is no
    digest and IntegrityError for whatever does not hold together: E0310 to E0384 for notes, proofs, envelopes and
    policy, E0370 to E0374, E0386 to E0388.
    """
    if pin and not _HEX.fullmatch(pin):
        raise UsageError("E0391", f"{pin[:80]!r} is no digest", where="--trust", expected="64 lower-case hex digits")
    bundle = read_bundle_file(path)
    attested = check_attested(bundle, pin.removeprefix("sha256:"))
    pinned = pin.removeprefix("sha256:") == bundle.manifest
    if pin and not pinned and not attested.pinned:
        raise IntegrityError(
            "E0387", "neither the bundle nor its trust policy is the pinned one",
            where=f"manifest sha256:{bundle.manifest}, trust policy {attested.digest or 'none'}", expected=pin,
            remedy="get bundle and digest again, each from who published it",
        )  # fmt: skip
    done = judge(bundle, attested, keys)
    return {
        "schema": "assay-verify/1",
        "verdict": done.verdict,
        **_about(bundle, done.document),
        "manifest": bundle.manifest,
        "trust_policy": attested.digest,
        "bytes": bundle.size,
        "established": list(established(bundle, done, attested, pinned=pinned)),
        "not_established": list(not_established(bundle, done, attested, today, pinned=pinned)),
        "statements": words_in(bundle, attested),
        "differences": list(done.differences),
    }


def judge(bundle: Bundle, attested: Attested | None = None, keys: KeySet | None = None) -> Performed:
    """Do again what a bundle claims. Raises IntegrityError (E0388) for a member that cannot be read."""
    try:
        found = check_attested(bundle) if attested is None else attested
        if keys is not None and INSPECTION in bundle.members:
            return _inspection(bundle, found, keys)
        return PERFORMERS[_type_of(bundle)](bundle, found)
    except IntegrityError as error:
        if error.code == "E0388":
            raise
        raise _unreadable(error) from error
    except AssayError as error:
        raise _unreadable(error) from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _unreadable(error) from error


def _type_of(bundle: Bundle) -> str:
    if INSPECTION in bundle.members:
        return predicates.INSPECTION
    return predicates.REVIEW if REVIEW in bundle.members else predicates.ANSWER


def _unreadable(error: Exception) -> IntegrityError:
    where = getattr(error, "where", "")
    what = getattr(error, "what", f"{type(error).__name__}: {error}")
    return IntegrityError("E0388", f"a member is not what it should be: {what}", where=where)


def _about(bundle: Bundle, document: Json) -> dict[str, Any]:
    """What the bundle is about: an answer's question and outcome, or a review's day and counts."""
    if DECISION in bundle.members:
        return {
            "decision": digest(bundle.members[DECISION]), "question": document["question"],
            "answer": document["answer"],
        }  # fmt: skip
    if INSPECTION in bundle.members:
        return {
            "inspection": digest(bundle.members[INSPECTION]), "product": document["product"]["product"],
            "counts": document["counts"], "recordings": len(document["evidence"]),
        }  # fmt: skip
    return {
        "review": digest(bundle.members[REVIEW]), "on": document["on"], "known_at": document["known_at"],
        "jurisdictions": sorted(document["days"]), "classes": len(document["classes"]),
        "elements": document["elements"]["count"],
    }  # fmt: skip
