"""An inspection leaves: as a bundle that anyone can redo, or into a store as signed and logged evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.errors import InternalError
from assay.evidence.bundle import INSPECTION, SESSION_KEYS, Part, read_bundle, recording_member
from assay.evidence.store import EvidenceStore
from assay.workflow.assessment.leaving import Leaving
from assay.workflow.assessment.session_keys import format_session_keys
from assay.workflow.bundles.attach import Lending, lent_parts
from assay.workflow.bundles.bundle import Bundled, bundled
from assay.workflow.bundles.origin import Origin
from assay.workflow.bundles.verify import judge
from assay.workflow.ground.files import write_bytes
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.trust import trust_of

__all__ = ["bundle_inspection", "entry_of", "lending_of", "store_inspection"]

REPORT: Final = "report.json"
Json = Mapping[str, Any]


def bundle_inspection(
    report: Json, given: Leaving, *, release_keys: bool, lending: Lending | None = None, dry: bool = False
) -> Bundled:  # fmt: skip
    """Bundle a report with its recordings as they leave. It is verified before it is handed out.

    `lending` brings a store's trust policy and what it holds of where the recordings came from. `dry`: only to be
    listed, so it is not verified: no witness was asked.
    Raises InternalError (E0389) where the bundle would not give the report again.
    """
    parts = [Part(INSPECTION, canonical(report))]
    parts += [
        Part(recording_member(row["sha256"]), data) for row, data in zip(report["evidence"], given.held, strict=True)
    ]  # fmt: skip
    if release_keys:
        parts.append(Part(SESSION_KEYS, format_session_keys(given.sessions)))
    if lending is not None:
        parts += lent_parts(lending)
    made = bundled(_once(parts), {}, inspection=REPORT)
    done = None if dry else judge(read_bundle(made.data))
    if done and done.verdict == "different":
        raise InternalError("E0389", "the bundle would not give the report again", where=done.differences[0])
    return made


def _once(parts: Iterable[Part]) -> list[Part]:
    """Each member once: the same recording may have been given twice."""
    return list({part.name: part for part in parts}.values())


def store_inspection(
    store: EvidenceStore, report: Json, given: Leaving | None, signers: Keys, received: str
) -> list[dict[str, Any]]:  # fmt: skip
    """Keep, sign and log a report and its recordings as they leave; None: they stay at home.

    The report is a lab report about the product it names. Raises as `add_files`.
    """
    about = entry_of(report["product"], report["evidence"])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (row, data) in enumerate(zip(report["evidence"], given.held, strict=True) if given else ()):
            path = Path(folder) / str(number) / row["file"].rsplit("/", 1)[-1]
            write_bytes(path, data)
            rows += add_files(store, [path], Entry("recording", about.about, about.effective), signers, received)
        path = Path(folder) / REPORT
        write_bytes(path, canonical(report))
        rows += add_files(store, [path], about, signers, received)
    return rows


def entry_of(record: Json, evidence: Sequence[Json]) -> Entry:
    """What is said of a lab's reports and statements: of which product, of whom, from which day on.

    `record` and `evidence` are those of a report: its product, and a row for each recording.
    """
    title = f"{record['product']} {record['release']}".strip() if record["product"] else ""
    if record["release"] and record["product"].endswith(record["release"]):
        title = record["product"]
    days = sorted(row["first"][:10] for row in evidence if row["first"])
    return Entry(
        "lab-report", title, days[0] if days else "", (), record["supplier"], title, "", synthetic=record["synthetic"]
    )


def lending_of(store: EvidenceStore, origin: Origin) -> Lending:
    """What leaves of a store with an inspection: its trust policy, and who stated where recordings came from."""
    records = (trust_of(store).record, *([origin.record] if origin.record else []))
    return Lending(store, tuple(sorted(records, key=lambda record: store.receipt(record.id).index)))
