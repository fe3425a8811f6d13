"""Our decoder and tshark count the same messages; where they differ the recording gives the reason."""

from __future__ import annotations

import pytest

from assay.errors import InputError
from assay.workflow.assessment import crosscheck
from assay.workflow.assessment.crosscheck import compare, cross_check, find_tshark
from assay.workflow.assessment.selftest import recorded

RECORDINGS = [
    "pyscasso/open5gs_attach_sbi.pcap",
    "pyscasso/oai_split_attach.pcap",
    "pyscasso/open5gs_nrf_reg_disc.pcapng",
    "5greplay/oai.pcap",
]


@pytest.fixture
def tshark():
    found = find_tshark()
    if not found:
        pytest.skip("not run: tshark absent")
    return found


@pytest.mark.parametrize("name", RECORDINGS)
def test_counts_by_type_are_equal_or_explained(shared, tshark, name):
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    found = compare(path, tshark)
    assert found.messages > 0
    assert all(one.why for one in found.differences)
    assert len(found.differences) <= 1


def test_a_tshark_that_fails_is_a_clear_error(tmp_path):
    whole = tmp_path / "empty.pcap"
    whole.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    with pytest.raises(InputError) as caught:
        compare(whole, str(tmp_path / "no-such-program"))
    assert caught.value.code == "E0633"


def test_without_tshark_nothing_is_compared_and_that_is_said(monkeypatch):
    monkeypatch.setattr(crosscheck, "find_tshark", lambda: None)
    assert cross_check(recorded()) == {"tool": "", "recordings": [], "failed": [], "unexplained": 0}


def test_own_recordings_are_counted_the_same_and_a_strange_file_is_named(tshark, tmp_path):
    (tmp_path / "no.pcap").write_bytes(b"no capture")
    found = cross_check(recorded((tmp_path,)))
    assert [one["file"] for one in found["failed"]] == ["no.pcap"]
    assert len(found["recordings"]) == 3
    assert found["unexplained"] == 0
    assert sum(one["messages"] for one in found["recordings"]) > 1000
