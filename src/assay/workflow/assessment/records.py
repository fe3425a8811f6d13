"""Verdicts entered by hand: of manual, document and host cases. They are kept in a file and marked as entered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from assay.canon import digest
from assay.errors import InputError, UsageError
from assay.model.assessment import Finding, Verdict
from assay.workflow.assessment.cases import case_of
from assay.workflow.ground.files import write_json_file

__all__ = ["add_record", "read_records"]

_SCHEMA: Final = "assay-records/1"
_ALLOWED: Final = ("pass", "fail", "inconclusive", "not-applicable", "not-run")


def add_record(
    path: Path, own: str, verdict: str, by: str, evidence: Sequence[Path], reason: str, day: str
) -> dict[str, Any]:
    """Enter a verdict for a case; an earlier one of the same case stays in the file and is no longer read.

    Raises UsageError (E0642, E0644, E0645), InputError (E0401, E0646).
    """
    case_of(own)
    if verdict not in _ALLOWED:
        raise UsageError("E0644", f"no verdict {verdict!r}", where="--verdict", expected=", ".join(_ALLOWED))
    if verdict in ("pass", "fail") and not evidence:
        raise UsageError("E0645", "pass and fail need evidence", where="--evidence", expected="a file")
    if not by.strip():
        raise UsageError("E0645", "who enters the verdict?", where="--by", expected="a name")
    held = [{"file": one.name, "sha256": digest(_read(one))} for one in evidence]
    row = {"case": own, "verdict": verdict, "by": by, "on": day, "reason": reason, "evidence": held}
    rows = _rows(path) if path.exists() else []
    write_json_file(path, {"schema": _SCHEMA, "records": [*rows, row]})
    return row


def read_records(path: Path) -> list[Finding]:
    """The newest record of each case as a finding marked as entered. Raises InputError (E0401, E0646)."""
    newest = {row["case"]: row for row in _rows(path)}
    out = []
    for own, row in newest.items():
        said = ", ".join(one["file"] for one in row["evidence"])
        files = " ".join(f"{one['file']} sha256:{one['sha256']}" for one in row["evidence"])
        entered = {"by": row["by"], "on": row["on"], "evidence": files}
        reason = row["reason"] or (f"entered from {said}" if said else "entered")
        out.append(Finding(case_of(own), Verdict(row["verdict"]), reason, entered=entered))
    return out


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        value = json.loads(_read(path))
        rows = value["records"]
        if value["schema"] != _SCHEMA or not all(_whole(row) for row in rows):
            raise ValueError("fields are not those of records")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("E0646", f"no file of entered verdicts: {error}", where=str(path)) from error
    return list(rows)


def _whole(row: Any) -> bool:  # noqa: ANN401  what a file holds may be anything
    texts = all(isinstance(row[name], str) for name in ("case", "verdict", "by", "on", "reason"))
    return texts and row["verdict"] in _ALLOWED and all(
        isinstance(one["file"], str) and isinstance(one["sha256"], str) for one in row["evidence"]
    )  # fmt: skip


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
