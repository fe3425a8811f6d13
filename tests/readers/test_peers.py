"""CSAF validator data and SPDX examples, where somebody cloned them; their licences do not let us ship them."""

from __future__ import annotations

import json

import pytest

from assay.errors import InputError
from assay.readers.table import read

COVERED = {"6.1.2", "6.1.3", "6.1.5", "6.1.6", "6.1.23", "6.1.33"}
"""Mandatory tests of CSAF that the reader makes in full; 6.1.1 and 6.1.4 but for places that it does not read."""
THEIR_OWN_FAULTS = {
    "oasis_csaf_tc-csaf_2_1-2024-6-1-27-13-16.json": "6.1.2",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-50-14.json": "6.1.2",
    "oasis_csaf_tc-csaf_2_1-2024-6-1-50-15.json": "6.1.2",
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
def test_csaf_documents_that_break_a_covered_test_are_refused(cache, version):
    folder = cache / "csaf" / f"csaf_{version}" / "test" / "validator" / "data"
    if not folder.is_dir():
        pytest.skip("not run: the CSAF repository is absent")
    tests = json.loads((folder / "testcases.json").read_bytes())["tests"]
    failing = [case["name"] for test in tests if test["id"] in COVERED for case in test["failures"]]
    assert len(failing) >= 10
    assert [name for name in failing if taken((folder / name).read_bytes())] == []


@pytest.mark.parametrize(("pattern", "least"), [("*.spdx", 12), ("*.spdx.json", 12), ("*.spdx3.json", 15)])
def test_spdx_examples_are_read(cache, pattern, least):
    folder = cache / "spdx-examples"
    if not folder.is_dir():
        pytest.skip("not run: the SPDX examples are absent")
    files = sorted(folder.rglob(pattern))
    assert len(files) >= least
    assert [path.name for path in files if not taken(path.read_bytes())] == []
