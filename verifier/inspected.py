"""What a bundle of an inspection shows without judging a recording: docs/evidence.md, `inspection.json`.

Standard library and proof.py beside it, nothing of `assay`. The report has to name the recordings that are there, by
digest and size, its proofs have to lie inside them, its counts have to add up. No verdict is redone here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ground import (
    canonical_json,
    need,
    sha,
)

VERDICTS = {"pass", "fail", "inconclusive", "error", "not-applicable", "not-run"}
FIELDS = {
    "schema", "tool", "cases_version", "coded_from", "release", "functions", "product", "evidence", "keys", "counts",
    "cases", "established", "not_established",
}  # fmt: skip
HEX = re.compile("([0-9a-fA-F]{2})+")
Json = dict[str, Any]


def inspection(members: dict[str, bytes], withheld: set[str]) -> tuple[list[str], list[str]]:
    """Check report, recordings and session keys against one another: what that establishes, what stays open."""
    report = canonical_json(members["inspection.json"])
    need(report["schema"] == "assay-inspection/1" and set(report) == FIELDS, "no report of an inspection")
    sizes = _recordings(report, members, withheld)
    proofs = _cases(report, sizes)
    here = sum(f"recordings/{row['sha256']}" in members for row in report["evidence"])
    shown = [
        f"recordings: {here} of {len(sizes)} here, each with the digest and size that the report names",
        f"report: {len(report['cases'])} cases, counts add up, {proofs} proofs lie inside the recordings they name",
    ]
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(report["counts"].items()))
    left = [f"the verdicts: no recording is judged here ({told}); `assay verify` does"]
    entered = sum(1 for row in report["cases"] if row.get("entered"))
    left += [f"{entered} verdicts were entered by a person"] if entered else []
    if "session-keys.json" in members:
        shown.append(f"session keys: {_sessions(members['session-keys.json'])} sessions, well formed")
        left.append("session keys: not tried on the recordings")
    return shown, left


def _recordings(report: Json, members: dict[str, bytes], withheld: set[str]) -> dict[str, int]:
    """The size of every recording by the file name that the report gives it."""
    named = {f"recordings/{row['sha256']}" for row in report["evidence"]}
    there = {name for name in members if name.startswith("recordings/")}
    need(there <= named, "a recording that the report does not name")
    need(named <= there | withheld, "a recording that the report names is neither here nor withheld")
    for row in report["evidence"]:
        data = members.get(f"recordings/{row['sha256']}")
        if data is not None:
            need(sha(data).hex() == row["sha256"], f"recording {row['sha256'][:16]}: digest")
            need(len(data) == row["bytes"], f"recording {row['sha256'][:16]}: size")
    return {row["file"]: row["bytes"] for row in report["evidence"]}


def _cases(report: Json, sizes: dict[str, int]) -> int:
    """Check verdicts, counts and places; gives how many proofs there are."""
    ids = [row["id"] for row in report["cases"]]
    need(len(set(ids)) == len(ids), "a case stands twice")
    need(all(row["verdict"] in VERDICTS for row in report["cases"]), "a verdict that there is not")
    need(report["counts"] == dict(Counter(row["verdict"] for row in report["cases"])), "counts of verdicts")
    proofs = [one for row in report["cases"] for one in row["proof"]]
    for one in proofs:
        start, end = one["bytes"]
        need(one["file"] in sizes and 0 <= start <= end <= sizes[one["file"]], "a proof outside of its recording")
    return len(proofs)


def _sessions(data: bytes) -> int:
    """Check the shape of released session keys; gives how many there are."""
    keys = canonical_json(data)
    need(set(keys) == {"schema", "sessions"} and keys["schema"] == "assay-session-keys/1", "session keys")
    for row in keys["sessions"]:
        need(set(row) == {"identity", "challenge", "k_amf", "res_star"}, "a session's keys")
        need(all(HEX.fullmatch(row[name]) for name in ("challenge", "k_amf", "res_star")), "a session's keys")
    return len(keys["sessions"])
