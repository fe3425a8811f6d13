"""An inspection as a document, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from assay.model.assessment import Finding
from assay.reports.assessment_forms import html_page, junit, sarif
from assay.reports.inspection import finding_row, product_row, render_inspection
from assay.workflow.assessment.inspect import Inspection, Recording
from assay.workflow.ground.files import write_bytes, write_json_file

__all__ = ["ORIGIN", "SCHEMA", "document", "evidence_rows", "write_inspection"]

SCHEMA: Final = "assay-inspection/1"
_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "inspection.html.j2"
ORIGIN: Final = "that the recordings came from this product: stated by "
"""How a report says whose word it is."""


def document(
    done: Inspection, entered: Sequence[Finding] = (), statement: str = "", refused: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything that a report says. `entered` findings stand in place of those of their case that were not run.

    `statement` is who signed that the recordings came from the product; empty: not established, and `refused` says why
    statements at hand do not count.
    """
    by_hand = {one.case.id: one for one in entered}
    findings = [by_hand.get(one.case.id, one) for one in done.findings]
    counts: dict[str, int] = {}
    for one in findings:
        counts[one.verdict.value] = counts.get(one.verdict.value, 0) + 1
    return {
        "schema": SCHEMA,
        "tool": done.tool,
        "cases_version": done.cases_digest,
        "coded_from": sorted({_source(one.case.clause.spec) for one in findings}),
        "release": done.release,
        "functions": list(done.functions),
        "product": product_row(done.product),
        "evidence": evidence_rows(done),
        "keys": list(done.keys),
        "counts": dict(sorted(counts.items())),
        "cases": [{**finding_row(one), **_rests(done, one)} for one in findings],
        "established": _established(done, statement),
        "not_established": _not_established(done, statement, refused),
    }  # fmt: skip


def evidence_rows(done: Inspection) -> list[dict[str, Any]]:
    """What a report says of each recording: name, digest, size, first and last moment, and what was not read in it."""
    return [_evidence(one) for one in done.recordings]


def _evidence(one: Recording) -> dict[str, Any]:
    examples = [{"what": fault.name, "frame": fault.frame, "detail": fault.detail} for fault in one.examples]
    return {
        "file": one.name, "sha256": one.sha256, "bytes": one.size, "frames": one.frames,
        "first": _moment(one.first), "last": _moment(one.last), "faults": one.faults, "fault_examples": examples,
        **({"original_sha256": one.original, "replaced": dict(one.replaced)} if one.original else {}),
    }  # fmt: skip


def _rests(done: Inspection, one: Finding) -> dict[str, str]:
    """Where a verdict cannot be redone from recordings in which identities were replaced."""
    return {"rests_on": "original"} if one.case.id in done.bound and not one.entered else {}


def _moment(nanoseconds: int | None) -> str:
    """A time of a recording to the nanosecond, in UTC; empty where it has none."""
    if nanoseconds is None:
        return ""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _source(spec: str) -> str:
    if not spec[:1].isdigit():
        return "observations of our own: no 3GPP test case"
    return f"TS {spec}: third-party extract, in own words, not the 3GPP document (each case names its version)"


def _established(done: Inspection, statement: str) -> list[dict[str, str]]:
    out = [
        {"what": "bytes", "detail": "every proof names file, frame and bytes; the recordings have the digests above"}
    ]
    out.append({"what": "computation", "detail": "the verdicts follow from these bytes by the named tool and cases"})
    if statement:
        out.append({"what": "product", "detail": f"{ORIGIN}{statement}"})
    return out


def _not_established(done: Inspection, statement: str, refused: Sequence[str]) -> list[dict[str, str]]:
    out = []
    if not statement:
        why = "; ".join(refused) or "no signed lab statement"
        out.append({"what": "product", "detail": f"that the recordings came from this product: {why}"})
    out.append(
        {"what": "conformance", "detail": "that the steps coded are those of the 3GPP document: an extract was read"}
    )
    out.append(
        {"what": "whole product", "detail": "anything that the recordings do not show; a verdict speaks of them only"}
    )
    if done.product.settings or done.product.supports:
        out.append(
            {"what": "configuration", "detail": "what the lab states of features and settings was taken as stated"}
        )
    if any(one.original for one in done.recordings):
        text = f"identities were replaced; {len(done.bound)} verdicts rest on bytes of the original recordings only"
        out.append({"what": "identities", "detail": text})
    lost = sorted({name for one in done.recordings for name in one.faults if name not in ("duplicate",)})
    if lost:
        out.append({"what": "unread", "detail": "parts of the recordings could not be read: " + ", ".join(lost)})
    if not done.keys:
        out.append(
            {"what": "NAS security", "detail": "no keys were given: MACs were not computed, ciphered content not read"}
        )
    return out


def write_inspection(found: dict[str, Any], folder: Path) -> list[Path]:
    """Write report.json, report.html, report.txt, report.sarif, report.xml. Raises InputError (E0401)."""
    texts = {
        "report.html": html_page(found, _TEMPLATE.read_text(encoding="utf-8")),
        "report.txt": render_inspection(found) + "\n", "report.sarif": sarif(found), "report.xml": junit(found),
    }  # fmt: skip
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    write_json_file(folder / "report.json", found)
    return [folder / name for name in (*texts, "report.json")]
