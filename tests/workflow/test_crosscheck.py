"""Our decoder and tshark count the same messages; where they differ the recording gives the reason."""

from __future__ import annotations

import pytest

from assay.errors import InputError
from assay.workflow.crosscheck import compare, find_tshark

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
