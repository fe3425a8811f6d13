"""An inspection leaves: as a bundle that anyone can redo, or into a store as signed and logged evidence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.errors import InputError, InternalError, UsageError
from assay.evidence.bundle import INSPECTION, SESSION_KEYS, Part, read_bundle, recording_member
from assay.evidence.store import EvidenceStore
from assay.model.event import Event
from assay.wire.crypto.keys import serving_network_name
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.errors import WireError
from assay.wire.nas_security import Session, Subscriber
from assay.workflow.attach import Lending, lent_parts
from assay.workflow.bundle import Bundled, bundled
from assay.workflow.evidence import Entry, add_files
from assay.workflow.files import write_bytes
from assay.workflow.identities import identities_in
from assay.workflow.inspect import read_recording
from assay.workflow.keys import KeySet
from assay.workflow.origin import Origin
from assay.workflow.session_keys import format_session_keys
from assay.workflow.store import Keys
from assay.workflow.trust import trust_of
from assay.workflow.verify import judge

__all__ = ["bundle_inspection", "entry_of", "lending_of", "store_inspection"]

REPORT: Final = "report.json"
Json = Mapping[str, Any]


def bundle_inspection(
    report: Json, paths: Sequence[Path], keys: KeySet, *, keep_identities: bool, release_keys: bool,
    lending: Lending | None = None,
) -> Bundled:  # fmt: skip
    """Bundle a report with its recordings. It is verified before it is handed out.

    `lending` brings a store's trust policy and what it holds of where the recordings came from.
    Raises UsageError (E0648) where the recordings name subscribers and nobody said to keep that, InternalError
    (E0389) where the bundle would not give the report again.
    """
    held = [_read(path) for path in paths]
    events = _events(report, held, keys)
    if not keep_identities:
        _refuse_identities(events)
    parts = [Part(INSPECTION, canonical(report))]
    parts += [
        Part(recording_member(row["sha256"]), data) for row, data in zip(report["evidence"], held, strict=True)
    ]  # fmt: skip
    if release_keys:
        parts.append(Part(SESSION_KEYS, format_session_keys(_contexts(report, held, events, keys))))
    if lending is not None:
        parts += lent_parts(lending)
    made = bundled(_once(parts), {}, inspection=REPORT)
    done = judge(read_bundle(made.data))
    if done.verdict == "different":
        raise InternalError("E0389", "the bundle would not give the report again", where=done.differences[0])
    return made


def _once(parts: Iterable[Part]) -> list[Part]:
    """Each member once: the same recording may have been given twice."""
    return list({part.name: part for part in parts}.values())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error


def _events(report: Json, held: Sequence[bytes], keys: KeySet) -> list[Event]:
    found: list[Event] = []
    for row, data in zip(report["evidence"], held, strict=True):
        found += read_recording(row["file"], data, keys, found[-1].number if found else 0)[0]
    return found


def _refuse_identities(events: Iterable[Event]) -> None:
    named = identities_in(events)
    if named:
        raise UsageError(
            "E0648", f"the recordings name subscribers: {'; '.join(named[:3])}",
            remedy="--keep-identities if these are lab subscribers, or leave the recordings at home (--report-only)",
        )  # fmt: skip


def _contexts(
    report: Json, held: Sequence[bytes], events: Sequence[Event], keys: KeySet
) -> dict[str, dict[bytes, tuple[bytes, bytes]]]:
    """The keys of each session whose security was computed: identity -> challenge -> K_AMF, RES*."""
    subscribers = {one.key.supi: one.key for one in keys.bound if isinstance(one.key, Subscriber)}
    bytes_of = {row["file"]: data for row, data in zip(report["evidence"], held, strict=True)}
    plmns = sorted({event.key("plmn") for event in events} - {""})
    networks = tuple(serving_network_name(plmn[:3], plmn[3:]) for plmn in plmns if len(plmn) in (5, 6))
    sessions: dict[tuple[str, str], Session] = {}
    out: dict[str, dict[bytes, tuple[bytes, bytes]]] = {}
    for event in events:
        supi = event.key("supi")
        if event.protocol != "nas-5gs" or event.key("inside") or supi not in subscribers or len(event.spans) != 1:
            continue
        session = sessions.setdefault((event.file, supi), Session(subscribers[supi], networks))
        span = event.spans[0]
        before = {one.k_amf: one for one in session.pending}
        direction = UPLINK if event.key("direction") == "up" else DOWNLINK
        try:
            session.feed(direction, bytes_of[event.file][span.start : span.end])
        except WireError:
            continue
        used = before.get(session.current.k_amf) if session.current else None
        if used is not None:
            out.setdefault(supi, {})[used.challenge] = used.k_amf, used.res_star
    return out


def store_inspection(
    store: EvidenceStore, report: Json, paths: Sequence[Path], keys: KeySet, signers: Keys, received: str, *,
    keep_identities: bool, report_only: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """Keep, sign and log a report and its recordings. The report is a lab report about the product it names.

    Raises as `bundle_inspection` and `add_files`; UsageError (E0648) where recordings name subscribers.
    """
    if not report_only and not keep_identities:
        _refuse_identities(_events(report, [_read(path) for path in paths], keys))
    about = entry_of(report)
    rows = []
    if not report_only:
        rows += add_files(store, paths, Entry("recording", about.about, about.effective), signers, received)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / REPORT
        write_bytes(path, canonical(report))
        rows += add_files(store, [path], about, signers, received)
    return rows


def entry_of(report: Json) -> Entry:
    """What is said of a lab's reports and statements: of which product, of whom, from which day on."""
    record = report["product"]
    title = f"{record['product']} {record['release']}".strip() if record["product"] else ""
    if record["release"] and record["product"].endswith(record["release"]):
        title = record["product"]
    days = sorted(row["first"][:10] for row in report["evidence"] if row["first"])
    return Entry(
        "lab-report", title, days[0] if days else "", (), record["supplier"], title, "", synthetic=record["synthetic"]
    )


def lending_of(store: EvidenceStore, origin: Origin) -> Lending:
    """What leaves of a store with an inspection: its trust policy, and who stated where recordings came from."""
    records = (trust_of(store).record, *([origin.record] if origin.record else []))
    return Lending(store, tuple(sorted(records, key=lambda record: store.receipt(record.id).index)))
