"""The report for people: what was found comes first, what was not judged is folded, and nothing is lost with --all."""

from __future__ import annotations

from assay.model.assessment import Product
from assay.reports.inspection import render_inspection
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import document
from assay.workflow.assessment.keys import read_key_files

ATTACH = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
REPORT = document(inspect([ATTACH], read_key_files([RECORDINGS / "keys.toml"]), Product(), ("AMF",)))


def states(text):
    """The state of every line that begins a case, by specification."""
    out, spec = {}, ""
    for line in text.splitlines():
        spec = line if line.startswith(("TS ", "observations")) else spec
        for word in ("FAIL", "PASS", "OPEN", "ERROR", "NOT RUN", "N/A"):
            if line.startswith(f"  {word} "):
                out.setdefault(spec, []).append(word)
    return out


def test_within_a_specification_findings_come_before_open_and_unjudged_cases():
    order = ["FAIL", "PASS", "OPEN", "ERROR", "NOT RUN", "N/A"]
    for found in states(render_inspection(REPORT, every=True)).values():
        assert found == sorted(found, key=order.index)


def test_unjudged_cases_are_one_line_with_their_count_and_reasons():
    text = render_inspection(REPORT, every=False)
    unjudged = [row for row in REPORT["cases"] if row["verdict"] in ("not-run", "not-applicable")]
    assert unjudged
    assert not any(f" {row['id']} " in text for row in unjudged)
    counts = [int(line.split("NOT RUN")[1].split()[0]) for line in text.splitlines() if line.startswith("  NOT RUN")]
    assert sum(counts) == sum(row["verdict"] == "not-run" for row in unjudged)


def test_all_lists_every_case():
    text = render_inspection(REPORT, every=True)
    assert all(row["id"] in text for row in REPORT["cases"])
