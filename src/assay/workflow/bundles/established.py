"""What a bundle establishes and what it does not, each as one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from assay.canon import digest
from assay.evidence.bundle import (
    ATTRIBUTES,
    CASE_FACTS,
    DECISION,
    INSPECTION,
    REVIEW,
    STORED,
    Bundle,
    body_member,
    claim_of,
)
from assay.evidence.predicates import EVIDENCE, LAW_PACK, PERSON, TRUST_POLICY
from assay.evidence.profile import parse_canonical
from assay.evidence.text import encode_time
from assay.workflow.bundles.attested import Attested, Seen, reviewers
from assay.workflow.bundles.perform import Performed
from assay.workflow.ground.library import FACTS, LAWS
from assay.workflow.keeping.words import JUDGES, beside, word_of

__all__ = ["TABLE", "established", "not_established", "words_in"]

TABLE: Final = b"[[attribute]]\n"
"""How each table of the shared attributes begins."""
_DIGEST: Final = 64
Json = Mapping[str, Any]


def established(bundle: Bundle, done: Performed, attested: Attested, *, pinned: bool) -> Iterable[dict[str, str]]:
    """What a bundle shows: rows of `what` and `detail`."""
    yield _row("container", f"all {bundle.size:,} bytes follow from its members: nothing hides between or behind them")
    yield _row("manifest", f"lists every member with its digest: sha256:{bundle.manifest}")
    if pinned:
        yield _row("publisher's digest", "the manifest is the one that was pinned")
    if attested.pinned and attested.policy:
        yield _row("trust policy", f"the pinned one, version {attested.policy.version}: sha256:{attested.digest}")
    yield from _signed(bundle, attested)
    if INSPECTION not in bundle.members and not _not_installed(bundle.members):
        yield _row("installed law", "packs and facts here are those of the assay that verifies, byte for byte")
    for what, detail in done.shown:
        yield _row(what, detail)
    for pack, have, need in _reviewed(bundle, done.document, attested):
        if have >= need:
            yield _row("law pack", f"{pack}: {have} of {need} reviewers")


def _signed(bundle: Bundle, attested: Attested) -> Iterable[dict[str, str]]:
    if attested.seal and attested.sealed:
        yield _row("publisher", f"{_who(attested.seal)} sealed every member, {_logged(attested.seal)}")
    for one in attested.seen:
        if one.record.digest == digest(bundle.members.get(DECISION, b"")) and one.standing.enough:
            yield _row("logged", f"{_who(one)} signed the decision, {_logged(one)}")
    told = [one for one in attested.seen if one.record.type in (EVIDENCE, PERSON) and one.standing.enough]
    if told:
        yield _row("statements", f"{len(told)} about evidence or by people, each signed as the policy asks and logged")


def _who(seen: Seen) -> str:
    return f"{', '.join(seen.standing.holders)} ({seen.standing})"


def _logged(seen: Seen) -> str:
    head = seen.logged.head
    count = len(head.cosignatures)
    by = f"seen by {count} witness{'es' if count != 1 else ''}" if count else "seen by no witness"
    when = seen.at
    return f"entry {seen.logged.index} of {head.checkpoint.origin}, {by}, {encode_time(when)}"


def _reviewed(bundle: Bundle, document: Json, attested: Attested) -> Iterable[tuple[str, int, int]]:
    for pack in document.get("packs", ()):
        yield (pack["id"], *reviewers(bundle, attested, pack["id"], pack["digest"]))


def not_established(
    bundle: Bundle, done: Performed, attested: Attested, today: date, *, pinned: bool
) -> Iterable[dict[str, str]]:  # fmt: skip
    """What a bundle does not show: rows of `what` and `detail`. `today` is the day on which readings are so old."""
    for reason in done.open:
        yield _row("decision", reason)
    for entry in bundle.withheld:
        yield _row("withheld", f"{entry.name}: {entry.reason}")
    yield from _trust(attested, today, pinned=pinned)
    for name in _not_installed(bundle.members):
        yield _row("installed law", f"{name} is not that of the assay that verifies: older, newer or another's")
    for pack, have, need in _reviewed(bundle, done.document, attested):
        if have < need:
            yield _row("law pack", f"{pack}: {have} of {need} reviewers")
    if INSPECTION in bundle.members:
        yield from done.document["not_established"]
    else:
        yield from _facts(bundle, done.document, today)


def _trust(attested: Attested, today: date, *, pinned: bool) -> Iterable[dict[str, str]]:
    if attested.policy is None:
        if not pinned:
            yield _row("publisher", "nobody signed the manifest and no digest was pinned (--trust)")
        yield _row("date", "no log shows when the answer was given")
        yield _row(
            "revocation",
            "unknown: no trust policy came with it, so nobody can tell whose keys counted or were taken back",
        )
        return
    if not (attested.pinned or pinned):
        text = "the bundle's own trust policy was not pinned (--trust): whoever changes the one can change the other"
        yield _row("publisher", text)
    if not attested.sealed:
        yield _row("publisher", "no seal that the policy stands behind")
    for one in attested.seen:
        # A reader's approval is one of several: `law pack` counts them.
        if not one.standing.enough and one.record.type != LAW_PACK:
            because = "; ".join(reason for _, reason in one.standing.refused) or "no key with that role signed"
            yield _row("statement", f"{one.record.id[:16]}: {one.standing}: {because}")
    yield from _age(attested, today)


def _age(attested: Attested, today: date) -> Iterable[dict[str, str]]:
    put = [one for one in attested.seen if one.record.type == TRUST_POLICY and one.record.digest == attested.digest]
    for one in put:
        day = date.fromisoformat(encode_time(one.at)[:10])
        yield _row("roots", f"the trust policy was put in force on {day}, {(today - day).days:,} days ago")
    heads = [one.logged.head for one in (*attested.seen, *([attested.seal] if attested.seal else []))]
    if any(head.seen_by is None for head in heads):
        yield _row(
            "witnesses",
            "nobody independent signed the log: that everybody is shown the same one rests on its holder's word",
        )
    last = max((one.at for one in (*attested.seen, *([attested.seal] if attested.seal else []))), default=0)
    yield _row("revocation", f"unknown after {encode_time(last)}: a later policy may have revoked a key")


def words_in(bundle: Bundle, attested: Attested) -> list[dict[str, Any]]:
    """What people state in a bundle and the policy lets count, as it is printed beside answers."""
    words = [
        word_of(
            one.record, bundle.members.get(body_member(one.record.digest)), one.standing.holders,
            date.fromisoformat(encode_time(one.record.received)[:10]), judge=one.standing.role == JUDGES,
        )
        for one in attested.seen
        if one.record.type == PERSON and one.standing.enough
    ]  # fmt: skip
    rows = beside(words, {word.about: [] for word in words})
    return [{**row, "what": _what(bundle, attested, row["about"])} for row in rows]


def _what(bundle: Bundle, attested: Attested, about: str) -> str:
    """What words in a bundle are about, so that a reader finds it there; ids of facts and rules name themselves."""
    if about == claim_of(bundle.members):
        return "this answer" if DECISION in bundle.members else "this inspection"
    for one in attested.seen:
        if about == one.record.id:
            return f"the statement {about[:12]} of {', '.join(one.standing.holders)}"
        if about == one.record.digest:
            return f"the evidence {one.record.statement.subjects[0].name}"
    if len(about) != _DIGEST:
        return about
    return _answer_in(bundle, about) or f"{about[:12]}, which is not in the bundle"


def _answer_in(bundle: Bundle, about: str) -> str:
    """The answer of a review that words are about, else the review; empty in another bundle."""
    if REVIEW not in bundle.members:
        return ""
    for name, acts in parse_canonical(bundle.members[REVIEW])["answers"].items():
        for act, told in acts.items():
            if told["decision"] == about:
                return f"the answer {about[:8]} for class {name}, {act}"
    return f"{about[:12]}: the review as its publisher keeps it, or a salted answer; neither is in the bundle"


def _facts(bundle: Bundle, document: Json, today: date) -> Iterable[dict[str, str]]:
    yield _row("facts", "law and fact files are a reading of the sources that they name; nobody signed that reading")
    if "sources" in document:
        yield from _readings(document["sources"], today)
    if CASE_FACTS in bundle.members:
        yield _row("case", "its own facts and memberships are declared, synthetic, and rest on no source")
    if REVIEW in bundle.members:
        yield _row("estate", "which element belongs to which class: committed to, not shown; sums against caps neither")


def _not_installed(members: Mapping[str, bytes]) -> list[str]:
    """Law and fact members that differ from the shipped files of the same name."""
    out = []
    for name, data in members.items():
        top, _, rest = name.partition("/")
        home = {"packs": LAWS, "facts": FACTS}.get(top)
        if home is None or name in (CASE_FACTS, STORED) or name.endswith(".dsse.json"):
            continue
        there = (home / rest).read_bytes() if (home / rest).is_file() else b""
        # Of the shared attributes a bundle holds those tables alone that it reads.
        tables = set(there.split(TABLE)) if name == ATTRIBUTES else {there}
        if not set(data.split(TABLE) if name == ATTRIBUTES else [data]) <= tables:
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
