"""Every case against its examples on the machine where it is used: method validation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from assay.checks.judge import judge
from assay.checks.log import Log
from assay.errors import AssayError
from assay.model.assessment import Case, Example, Finding, Origin, Verdict
from assay.wire.fields import fields
from assay.wire.log import Reading, events
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.derive import derive
from assay.workflow.assessment.inspect import NEWEST_RELEASE
from assay.workflow.assessment.keys import KeySet, read_key_files

__all__ = ["example_bytes", "recorded", "run_example", "selftest"]

_KEYS: Final = "keys.toml"
_NEWEST: Final = 19


def selftest(cases: Iterable[Case], recordings: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Judge every example; those whose recording is absent are `not-run` and counted as such."""
    rows = [row for case in cases for row in _rows(case, recordings)]
    count = {name: sum(row["result"] == name for row in rows) for name in ("right", "wrong", "not-run")}
    return {"schema": "assay-selftest/1", "counts": count, "rows": rows}


def recorded(recordings: tuple[Path, ...] = (), *, every: bool = False) -> list[Path]:
    """The recordings on which the decoder is compared: the project's own and those in the folders given.

    With `every` also those that examples were made into, and those of others that lie beside the project.
    """
    folders = (RECORDINGS, *recordings, *_shared()) if every else (*recordings, RECORDINGS / "open5gs-lab")
    return sorted({path for folder in folders for path in folder.rglob("*.pcap*")})


def _rows(case: Case, recordings: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    for example in case.examples:
        row: dict[str, Any] = {
            "case": case.id, "expect": example.expect.value, "origin": example.origin.value,
            "recording": example.recording, "says": example.says,
        }  # fmt: skip
        found = run_example(case, example, recordings)
        if found is None:
            yield {**row, "result": "not-run", "got": "", "reason": "the recording is not on this machine"}
        else:
            right = found.verdict is example.expect
            yield {**row, "result": "right" if right else "wrong", "got": found.verdict.value, "reason": found.reason}


def run_example(case: Case, example: Example, recordings: tuple[Path, ...] = ()) -> Finding | None:
    """The finding of one example; None where its recording is absent."""
    try:
        data = example_bytes(example, recordings)
    except AssayError as error:
        return Finding(case, Verdict.ERROR, f"the example could not be made: {error.code} {error.what}")
    if data is None:
        return None
    name = example.recording.rsplit("/", 1)[-1]
    reading = Reading()
    ring = lab_keys().ring("", name) if example.keys == "lab" else KeySet().ring("", name)
    held = [one for one in events(name, [data], ring, reading) if one.protocol != "sctp"]
    settings = {key: value for key, value in example.settings.items() if not key.startswith("supports-")}
    supports = {
        key.removeprefix("supports-"): bool(value) for key, value in example.settings.items() if key not in settings
    }
    log = Log(held, fields, {**example.settings}, dict(reading.findings.counts), reading.last)
    release = min(case.releases[1] or _NEWEST, max(case.releases[0], NEWEST_RELEASE))
    return judge(case, log, supports, release)


def lab_keys() -> KeySet:
    """The published lab keys of the examples."""
    return read_key_files([RECORDINGS / _KEYS])


def example_bytes(example: Example, recordings: tuple[Path, ...] = ()) -> bytes | None:
    """The bytes of an example's recording, derived where it has edits; None where it is absent."""
    for folder in (RECORDINGS, *recordings, *_shared()):
        path = folder / example.recording
        if path.is_file():
            data = path.read_bytes()
            if example.origin is not Origin.DERIVED or not example.edits:
                return data
            return derive(data, example.edits, lab_keys().ring("", path.name))
    return None


def _shared() -> tuple[Path, ...]:
    """Recordings of others: named by ASSAY_RECORDINGS, or a folder `shared/captures` beside the project."""
    named = os.environ.get("ASSAY_RECORDINGS", "")
    beside = Path(__file__).resolve().parents[5] / "shared" / "captures"
    return (*((Path(named),) if named else ()), beside)
