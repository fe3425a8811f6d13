"""What a bundle establishes and what it does not, each as one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from assay.evidence.bundle import CASE_FACTS, REVIEW, Bundle
from assay.evidence.policy import LEAST_LAW_SIGNERS
from assay.workflow.library import FACTS, LAWS
from assay.workflow.perform import Performed

__all__ = ["established", "not_established"]

Json = Mapping[str, Any]


def established(bundle: Bundle, done: Performed, pin: str) -> Iterable[dict[str, str]]:
    """What a bundle shows: rows of `what` and `detail`."""
    yield _row("container", f"every byte of {bundle.size:,} is the one that its members give")
    yield _row("manifest", f"lists every member with its digest: sha256:{bundle.manifest}")
    if pin:
        yield _row("publisher's digest", "the manifest is the one that was pinned")
    if not _not_installed(bundle.members):
        yield _row("installed law", "packs and facts here are those of the assay that verifies, byte for byte")
    for what, detail in done.shown:
        yield _row(what, detail)


def not_established(bundle: Bundle, done: Performed, pin: str, today: date) -> Iterable[dict[str, str]]:
    """What a bundle does not show: rows of `what` and `detail`. `today` is the day on which readings are so old."""
    for reason in done.open:
        yield _row("decision", reason)
    for entry in bundle.withheld:
        yield _row("withheld", f"{entry.name}: {entry.reason}")
    if not pin:
        yield _row("publisher", "nobody signed the manifest and no digest was pinned (--trust)")
    for name in _not_installed(bundle.members):
        yield _row("installed law", f"{name} is not that of the assay that verifies: older, newer or another's")
    for pack in done.document["packs"]:
        yield _row("law pack", f"{pack['id']}: 0 of {LEAST_LAW_SIGNERS} reviewers")
    yield from _facts(bundle, done.document, today)
    yield _row("date", "no log shows when the answer was given")
    yield _row("revocation", "unknown: the bundle holds no trust policy")


def _facts(bundle: Bundle, document: Json, today: date) -> Iterable[dict[str, str]]:
    yield _row("facts", "no signature: readings of the sources that the decision names")
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
        if (
            home is not None
            and name != CASE_FACTS
            and not ((home / rest).is_file() and (home / rest).read_bytes() == data)
        ):
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
