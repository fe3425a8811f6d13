"""Every declared case is whole: its check exists, its source is named, its examples come out as declared."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from assay.checks.judge import function_of, judge
from assay.checks.log import Log
from assay.model.assessment import Verdict
from assay.workflow.assessment.cases import cover, load_cases
from assay.workflow.assessment.selftest import run_example
from assay.workflow.ground.library import FACTS

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import make_case_attributes

GOAL = 59
NOT_SHOWN = {
    "33.511-4.2.2.1.10-not-needed": ["pass"],
    "33.511-4.2.2.1.10-required": ["fail"],
    "33.511-4.2.2.1.11-not-needed": ["fail"],
    "33.511-4.2.2.1.11-required": ["pass"],
    "33.513-4.2.2.7-6": ["fail"],
    "33.517-4.2.2.9-2": ["fail"],
    "assay-cleartext-n2": ["pass"],
    "assay-cleartext-sbi": ["pass"],
}
"""Half of the pairs of policies is shown by the other sub-case; what is not forwarded is a missing message, so nothing
fails 33.513-4.2.2.7-6 and 33.517-4.2.2.9-2; links under DTLS and TLS are not among the recordings."""

CASES = load_cases()
JUDGED = [case for case in CASES if case.check]


def test_ids_are_unique_and_begin_with_their_clause():
    assert max(Counter(case.id for case in CASES).values()) == 1
    for case in CASES:
        assert case.id.startswith(f"{case.clause.spec}-{case.clause.clause}"), case.id


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.id)
def test_a_check_exists_and_finds_nothing_in_an_empty_log(case):
    assert callable(function_of(case.check))
    found = judge(case, Log(()), {}, 19 if case.releases[1] != 18 else 18)
    assert found.verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE), found.reason


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_says_what_it_was_coded_from_and_how_it_is_judged(case):
    assert "3GPP document" in case.clause.coded_from or not case.clause.spec[:1].isdigit()
    assert case.check or case.by_hand or case.void
    assert case.provoke
    assert case.clause.purpose


@pytest.mark.parametrize("case", [case for case in JUDGED if case.examples], ids=lambda case: case.id)
def test_examples_come_out_as_declared(case):
    absent = []
    for example in case.examples:
        found = run_example(case, example)
        if found is None:
            absent.append(example.recording)
        else:
            assert found.verdict is example.expect, (example.recording, example.says, found.reason)
            assert found.proof or found.verdict is not Verdict.FAIL
    if len(absent) == len(case.examples):
        pytest.skip(f"not run: {absent[0]} absent")


def test_every_judged_case_has_a_passing_a_failing_and_an_open_example():
    missing = {
        case.id: sorted({"pass", "fail", "inconclusive"} - {one.expect.value for one in case.examples})
        for case in JUDGED
        if not case.void
    }
    assert {own: gone for own, gone in missing.items() if gone} == NOT_SHOWN


def test_every_judged_case_has_an_attribute_that_packs_can_ask_for():
    text = (FACTS / "attributes.toml").read_text(encoding="utf-8")
    assert text == make_case_attributes.merged(text), "run tools/make_case_attributes.py"


def test_the_goal_of_coverage_is_held():
    found = cover(CASES)
    assert found["pairs"] == len(found["rows"]) >= GOAL
    assert found["recorded_or_derived"] >= 25
    assert all(row["rests_on"] for row in found["rows"])
