"""Other forms of the same report: SARIF for code platforms, JUnit for build servers, one HTML page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree

from assay.reports.inspection import MARKS
from assay.reports.page import page

__all__ = ["html_page", "junit", "sarif"]

Json = Mapping[str, Any]

_LEVELS: Final = {"fail": "error", "inconclusive": "warning", "error": "error", "pass": "none"}
_KINDS: Final = {
    "fail": "fail", "pass": "pass", "inconclusive": "open", "error": "review", "not-applicable": "notApplicable",
    "not-run": "open",
}  # fmt: skip


def sarif(found: Json) -> str:
    """SARIF 2.1.0: a rule for each case, a result for each verdict, the proving bytes as regions of the recording."""
    rules = [
        {
            "id": row["id"],
            "shortDescription": {"text": row["title"]},
            "help": {"text": f"coded from {row['coded_from']}"},
        }
        for row in found["cases"]
    ]
    run = {
        "tool": {"driver": {"name": "assay", "version": found["tool"].partition(" ")[2], "rules": rules}},
        "artifacts": [
            {"location": {"uri": one["file"]}, "length": one["bytes"], "hashes": {"sha-256": one["sha256"]}}
            for one in found["evidence"]
        ],
        "results": [_result(row) for row in found["cases"]],
        "properties": {"product": found["product"], "not_established": found["not_established"]},
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return (
        json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
    )


def _result(row: Json) -> dict[str, Any]:
    return {
        "ruleId": row["id"], "kind": _KINDS[row["verdict"]],
        "level": _LEVELS.get(row["verdict"], "none") if row["verdict"] == "fail" else "none",
        "message": {"text": row["reason"] or row["verdict"]},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": one["file"]},
                    "region": {"byteOffset": one["bytes"][0], "byteLength": one["bytes"][1] - one["bytes"][0]},
                },
                "message": {"text": f"frame {one['frame']} {one['what']}".strip()},
            }
            for one in row["proof"]
        ],
        "properties": {"verdict": row["verdict"], "strength": row["strength"], "count": row["count"]},
    }  # fmt: skip


def junit(found: Json) -> str:
    """JUnit XML: fail is a failure, error an error, everything that says nothing about the product is skipped."""
    suites = ElementTree.Element("testsuites", name="assay inspect")
    by_spec: dict[str, list[Json]] = {}
    for row in found["cases"]:
        by_spec.setdefault(row["spec"], []).append(row)
    for spec, rows in by_spec.items():
        verdicts = [row["verdict"] for row in rows]
        suite = ElementTree.SubElement(
            suites, "testsuite", name=spec, tests=str(len(rows)), failures=str(verdicts.count("fail")),
            errors=str(verdicts.count("error")),
            skipped=str(sum(one not in ("pass", "fail", "error") for one in verdicts)),
        )  # fmt: skip
        for row in rows:
            _junit_case(suite, row)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _junit_case(suite: ElementTree.Element, row: Json) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=f"{row['id']} {row['title']}", classname=f"assay.{row['spec']}"
    )
    text = _clean(row["reason"])
    match row["verdict"]:
        case "pass":
            return
        case "fail":
            child = ElementTree.SubElement(case, "failure", message=text)
            child.text = "\n".join(f"{one['file']} frame {one['frame']} bytes {one['bytes']}" for one in row["proof"])
        case "error":
            ElementTree.SubElement(case, "error", message=text)
        case other:
            ElementTree.SubElement(case, "skipped", message=f"{other}: {text}")


def _clean(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(char if char.isprintable() else "?" for char in text)


def html_page(found: Json, template: str) -> str:
    """One self-contained page from the text of its template: no script, no outside resource."""
    specs: dict[str, list[Json]] = {}
    for row in found["cases"]:
        specs.setdefault(row["spec"], []).append(row)
    return page(template).render(r=found, specs=specs, marks=MARKS)
