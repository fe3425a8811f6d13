"""CSAF validator data, SPDX examples and in-toto statements, where somebody cloned them into the cache."""

from __future__ import annotations

import json
import re

import pytest

from assay.errors import InputError
from assay.readers.csaf_mandatory.table import NOT_MADE
from assay.readers.table import read

THEIR_OWN_FAULTS = {
    "oasis_csaf_tc-csaf_2_1-2024-6-1-10-13.json": "6.1.9",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-14-32.json": "6.1.30",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-27-13-16.json": "6.1.2",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-50-14.json": "6.1.2",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-50-15.json": "6.1.2",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-54-14.json": "6.1.55",
    "oasis_csaf_tc-csaf_2_1-2024-6-2-19-19.json": "6.1.9",
    "oasis_csaf_tc-csaf_2_1-2024-6-2-38-13.json": "6.1.26",
    "oasis_csaf_tc-csaf_2_1-2024-6-3-21-01-12.json": "6.1.1",
}
"""Documents listed as valid for one test that break another one."""


def taken(data: bytes) -> bool:
    try:
        read(data)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_csaf_documents_that_the_committee_calls_valid_are_read(cache, version):
    folder = cache / "csaf" / f"csaf_{version}" / "test" / "validator" / "data"
    if not folder.is_dir():
        pytest.skip("not run: the CSAF repository is absent")
    tests = json.loads((folder / "testcases.json").read_bytes())["tests"]
    valid = [case["name"] for test in tests for case in test.get("valid", ())]
    wrong = {name.rsplit("/", 1)[-1] for name in valid if not taken((folder / name).read_bytes())}
    assert len(valid) > 90
    assert wrong - set(THEIR_OWN_FAULTS) == set()


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_csaf_documents_that_break_a_mandatory_test_are_refused(cache, version):
    folder = cache / "csaf" / f"csaf_{version}" / "test" / "validator" / "data"
    if not folder.is_dir():
        pytest.skip("not run: the CSAF repository is absent")
    tests = json.loads((folder / "testcases.json").read_bytes())["tests"]
    mandatory = [test for test in tests if test["group"] == "mandatory" and test["id"] not in NOT_MADE]
    failing = [case["name"] for test in mandatory for case in test["failures"]]
    assert len(failing) >= 86
    assert [name for name in failing if taken((folder / name).read_bytes())] == []


@pytest.mark.parametrize(("pattern", "least"), [("*.spdx", 12), ("*.spdx.json", 12), ("*.spdx3.json", 15)])
def test_spdx_examples_are_read(cache, pattern, least):
    folder = cache / "spdx-examples"
    if not folder.is_dir():
        pytest.skip("not run: the SPDX examples are absent")
    files = sorted(folder.rglob(pattern))
    assert len(files) >= least
    assert [path.name for path in files if not taken(path.read_bytes())] == []


def statements(text: str) -> list[tuple[bool, dict]]:
    """The statements in the committee's own tests, and whether each is a good one."""
    found = re.findall(r"(full_st|bad_st) = '(\{.*\})'", text)
    return [(name == "full_st", json.loads(body)) for name, body in found]


def test_in_toto_statements_are_taken_and_refused_as_their_own_tests_do(cache):
    source = cache / "attestation" / "python" / "tests" / "test_statement.py"
    if not source.is_file():
        pytest.skip("not run: the in-toto attestation repository is absent")
    cases = statements(source.read_text(encoding="utf-8"))
    assert [good for good, _ in cases] == [True, False, False, False, False, False]
    for good, body in cases:
        body["subject"] = [{**entry, "digest": dict.fromkeys(entry["digest"], "ab")} for entry in body["subject"]]
        if body["predicateType"] == "thePredicate":  # theirs is of no kind; ours reads three kinds
            body["predicateType"] = "https://in-toto.io/attestation/test-result/v0.1"
            body |= {"predicate": {"result": "PASSED", "configuration": [{"name": "c"}]}} if "predicate" in body else {}
        assert taken(json.dumps(body).encode()) == good, body


def test_the_in_toto_example_of_a_test_result_is_read(cache):
    page = cache / "attestation" / "spec" / "predicates" / "test-result.md"
    if not page.is_file():
        pytest.skip("not run: the in-toto attestation repository is absent")
    blocks = re.findall(r"```json[c]?\n(\{.*?\n\})\n```", page.read_text(encoding="utf-8"), re.DOTALL)
    read_blocks = [block for block in blocks if "..." not in block]  # the others are patterns, no JSON
    assert read_blocks
    assert all(taken(block.encode()) for block in read_blocks)
