"""An inspection redone: every recording of the bundle read again, every case judged again, the same bytes or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from assay.canon import canonical, digest
from assay.errors import IntegrityError
from assay.evidence.bundle import INSPECTION, SESSION_KEYS, Bundle, recording_member
from assay.evidence.profile import parse_canonical
from assay.model.assessment import Finding, Product, Verdict
from assay.model.event import Event
from assay.workflow.assessment.cases import case_of, cases_for
from assay.workflow.assessment.inspect import Recording, cases_digest, inspect_events, read_recording
from assay.workflow.assessment.inspection import ORIGIN, SCHEMA, document
from assay.workflow.assessment.keys import KeySet
from assay.workflow.assessment.session_keys import read_session_keys
from assay.workflow.bundles.attested import Attested
from assay.workflow.bundles.origin import origin_in_bundle
from assay.workflow.bundles.perform import MOST_DIFFERENCES, Performed

__all__ = ["perform_inspection", "product_in"]

Json = Mapping[str, Any]
_KEYS: Final = {
    "schema", "tool", "cases_version", "coded_from", "release", "functions", "product", "evidence", "keys", "counts",
    "cases", "established", "not_established",
}  # fmt: skip


def perform_inspection(bundle: Bundle, attested: Attested, keys: KeySet | None = None) -> Performed:
    """Redo a report. Without the keys it was made with, what rests on them is told, not guessed."""
    report = dict(parse_canonical(bundle.members[INSPECTION]))
    if report["schema"] != SCHEMA or set(report) != _KEYS:
        raise ValueError("inspection.json has other fields than a report of assay inspect")
    if report["cases_version"] != cases_digest():
        reason = f"judged by cases {report['cases_version'][:16]}; this version has {cases_digest()[:16]}"
        return Performed("cannot-be-established", report, open=(reason,))
    said = tuple((row["what"], row["detail"]) for row in report["established"] if row["what"] == "product")
    unbacked = _unbacked(bundle, attested, report, said)
    if unbacked:
        return Performed("different", report, (unbacked,))
    replaced = any(row.get("original_sha256") for row in report["evidence"])
    # long-term keys go by names that are no longer there; what session keys cannot show is marked
    with_keys = SESSION_KEYS in bundle.members if replaced else keys is not None
    done = _judged(report, _again(bundle, report, _keys_of(bundle, keys)), with_keys=with_keys)
    return replace(done, shown=(*done.shown, *said))


def _judged(report: Json, again: Json, *, with_keys: bool) -> Performed:
    marked = _marked(report)
    if marked and canonical(again) == canonical(report):
        left = sum(not row.get("rests_on") for row in report["cases"])
        told = f"{left} of {len(report['cases'])} redone from the recordings as they left, same bytes"
        return Performed("cannot-be-established", report, open=marked, shown=(("verdicts", told),))
    if canonical(again) == canonical(report):
        told = f"{len(report['cases'])} verdicts redone from the recordings, same bytes: {digest(canonical(report))}"
        return Performed("same", report, shown=(("verdicts", told),))
    wrong = tuple(_differences(report, again))
    if not report["keys"] or with_keys:
        return Performed("different", report, wrong[:MOST_DIFFERENCES])
    return _without_keys(report, again)


def _unbacked(bundle: Bundle, attested: Attested, report: Json, said: Sequence[tuple[str, str]]) -> str:
    """What the report says of where the recordings came from, where no signed statement of the bundle says so."""
    digests = [row["sha256"] for row in report["evidence"]]
    origin = origin_in_bundle(bundle, attested, report["product"], digests)
    if not said or [detail for _, detail in said] == [ORIGIN + origin.stated]:
        return ""
    because = "; ".join(origin.refused) or "no signed statement of the bundle says so"
    return f"{said[0][1]}: {because}"


def _keys_of(bundle: Bundle, keys: KeySet | None) -> KeySet:
    released = bundle.members.get(SESSION_KEYS)
    held = keys or KeySet()
    return held if released is None else KeySet((*held.bound, *read_session_keys(released)), held.secrets)


def _again(bundle: Bundle, report: Json, keys: KeySet) -> dict[str, Any]:
    product = product_in(report["product"])
    held: list[Event] = []
    recordings: list[Recording] = []
    for row in report["evidence"]:
        data = bundle.members.get(recording_member(row["sha256"]))
        if data is None:
            raise IntegrityError("E0388", "a recording that the report names is not here", where=row["file"])
        if digest(data) != row["sha256"]:
            raise IntegrityError("E0388", "a recording has another digest than the report names", where=row["file"])
        found, recording = read_recording(row["file"], data, keys, held[-1].number if held else 0)
        held += found
        recordings.append(recording)
    done = inspect_events(
        held, cases_for(report["functions"]), recordings, keys, product, report["functions"], report["release"]
    )
    again = _with_marks(report, document(done, _entered(report)))
    # which keys were used cannot be told from a recording: their salted digests are taken over as they stand
    for name in ("keys", "tool", "established", "not_established"):
        again[name] = report[name]
    return again


def _with_marks(report: Json, again: dict[str, Any]) -> dict[str, Any]:
    """What only the original recordings can show is taken over from the report, and told as not redone."""
    for now, row in zip(again["evidence"], report["evidence"], strict=True):
        now |= {name: row[name] for name in ("original_sha256", "replaced") if name in row}
    marked = {row["id"]: row for row in report["cases"] if row.get("rests_on")}
    again["cases"] = [marked.get(row["id"], row) for row in again["cases"]]
    counts = Counter(row["verdict"] for row in again["cases"])
    again["counts"] = dict(sorted(counts.items()))
    return again


def _marked(report: Json) -> tuple[str, ...]:
    """What verdicts rest on bytes that were replaced, and who can redo them."""
    marked = [row["id"] for row in report["cases"] if row.get("rests_on")]
    originals = ", ".join(row["original_sha256"][:16] for row in report["evidence"] if row.get("original_sha256"))
    if not marked:
        return ()
    return (
        f"{len(marked)} verdicts rest on bytes that were replaced and can be redone only by holders of the original "
        f"recordings {originals}: {', '.join(marked)}",
    )


def product_in(row: Json) -> Product:
    """The product record of a report."""
    return Product(
        row["product"], row["vendor"], row["supplier"], row["release"], row["software_sha256"],
        tuple(row["functions"]), dict(row["supports"]), dict(row["settings"]), row["lab"], row["operator"],
        row["place"], tuple(row["points"]), row["clocks"], row["synthetic"],
    )  # fmt: skip


def _entered(report: Json) -> list[Finding]:
    """Verdicts that a person entered: they are taken over, and stay marked."""
    return [
        Finding(case_of(row["id"]), Verdict(row["verdict"]), row["reason"], entered=row["entered"])
        for row in report["cases"] if row.get("entered")
    ]  # fmt: skip


def _differences(report: Json, again: Json) -> list[str]:
    now = {row["id"]: row for row in again["cases"]}
    out = []
    for row in report["cases"]:
        other = now.get(row["id"])
        if other is None:
            out.append(f"{row['id']}: not judged")
        elif other["verdict"] != row["verdict"]:
            out.append(f"{row['id']}: {row['verdict']} in the report, {other['verdict']} again")
        elif other != row:
            out.append(f"{row['id']}: {row['verdict']} both times, for other reasons or bytes")
    if not out:
        out.append("the verdicts are the same; what is said of recordings or cases differs")
    return out


def _without_keys(report: Json, again: Json) -> Performed:
    """A verdict that keys made can be redone by their holders only; one that claims more than is seen is different."""
    now = {row["id"]: row for row in again["cases"]}
    same = [row["id"] for row in report["cases"] if now.get(row["id"]) == row and not row.get("rests_on")]
    rest = [row["id"] for row in report["cases"] if row["id"] not in same and not row.get("rests_on")]
    marks = ", ".join(f"{one['kind']} {one['digest'][:16]}" for one in report["keys"])
    open_ = (f"{len(rest)} verdicts can be redone only by holders of the keys {marks}: {', '.join(rest[:8])}",
             *_marked(report))  # fmt: skip
    shown = (("verdicts", f"{len(same)} of {len(report['cases'])} redone without keys, same bytes"),)
    return Performed("cannot-be-established", report, open=open_, shown=shown)
