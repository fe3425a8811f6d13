"""SARIF 2.1.0: results of static analysis and configuration scans."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract
from assay.readers.format import Format
from assay.readers.refusal import wrong_version

__all__ = ["FORMAT"]

_VERSION: Final = "2.1.0"
_LEVELS: Final = ("none", "note", "warning", "error")
_KINDS: Final = ("notApplicable", "pass", "fail", "review", "open", "informational")
_CLAIMED: Final = ("fail", "pass")


def _fits(document: Document) -> bool:
    value = document.json
    return isinstance(value, dict) and "runs" in value and "version" in value


def _read(document: Document) -> Extract:
    top = root(document.json, "SARIF")
    if top.text("version") != _VERSION:
        raise wrong_version("SARIF", top.text("version"), (_VERSION,), "/version")
    top.text("$schema", "")
    claims: list[Claim] = []
    count: Counter[str] = Counter()
    days: list[date] = []
    limits: list[str] = []
    for run in top.items("runs"):
        tool, finished, whole = _run(run)
        days += [finished] if finished else []
        limits += [] if whole else [f"{tool} says that its run did not succeed ({run.place})"]
        levels = _levels(run)
        for result in run.items("results"):
            kind, claim = _result(result, tool, levels, Interval(finished))
            count[kind] += 1
            claims += [claim] if kind in _CLAIMED else []
    limits += [
        f"results of the kind {kind}, which make no claim: {count[kind]}" for kind in sorted(set(count) - set(_CLAIMED))
    ]
    limits.append("what the tool did not look for is not in the file")
    issued = max(days, default=None)
    return Extract("sarif", _VERSION, tuple(claims), (), collect(top), tuple(limits), issued)


def _run(run: Node) -> tuple[str, date | None, bool]:
    """The tool's name and version, the day on which it ended, whether it succeeded."""
    driver = run.needed("tool").needed("driver")
    tool = f"{driver.filled('name')} {driver.text('semanticVersion', '') or driver.text('version', '')}".strip()
    calls = run.items("invocations")
    ends = [call.day("endTimeUtc", None) for call in calls]
    failed = [call for call in calls if not call.take("executionSuccessful", bool)]
    return tool, max((day for day in ends if day), default=None), not failed


def _levels(run: Node) -> dict[str, str]:
    """Rule id -> level that its configuration sets."""
    found = {}
    for rule in run.needed("tool").needed("driver").items("rules"):
        configuration = rule.child("defaultConfiguration")
        found[rule.filled("id")] = configuration.text("level", "warning", _LEVELS) if configuration else "warning"
    return found


def _result(node: Node, tool: str, levels: dict[str, str], valid: Interval) -> tuple[str, Claim]:
    holder = node.child("rule")
    rule = node.text("ruleId", "") or (holder.text("id", "") if holder else "") or "no rule named"
    kind = node.text("kind", "fail", _KINDS)
    level = node.text("level", levels.get(rule, "warning"), _LEVELS) if kind == "fail" else kind
    message = node.needed("message")
    said = message.text("text", "") or message.text("markdown", "") or message.text("id", "")
    hushed = " (suppressed)" if node.items("suppressions") else ""
    where = ", ".join(filter(None, (_place(entry) for entry in node.items("locations"))))
    value = f"{tool}: {rule} {level}{hushed}" + (f" at {where}" if where else "")
    return kind, Claim("product.scan-result", value, node.place, None, valid, text=said)


def _place(location: Node) -> str:
    physical = location.child("physicalLocation")
    artifact = physical.child("artifactLocation") if physical else None
    region = physical.child("region") if physical else None
    if artifact is None:
        return ""
    line = region.whole("startLine", 0) if region else 0
    return artifact.text("uri", "") + (f":{line}" if line else "")


FORMAT: Final = Format(
    "sarif", "SARIF log", (_VERSION,), "https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html", _fits, _read,
    "runs with tool.driver (name, version, rules), invocations (executionSuccessful, endTimeUtc), results (ruleId, "
    "kind, level, message, locations, suppressions)",
    "`product.scan-result` for each result of the kinds fail and pass, for the subject that the signed statement names",
)  # fmt: skip
