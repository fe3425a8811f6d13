"""Keys of a lab: both formats, bound to recordings, never shown."""

from __future__ import annotations

import pytest

from assay.errors import AssayError
from assay.wire.crypto import milenage
from assay.workflow.assessment.keys import read_key_files

K, OP = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


def write(tmp_path, text, name="keys.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def toml(**fields):
    rows = "".join(f'{name} = "{value}"\n' for name, value in fields.items())
    return f'schema = "assay-keys/1"\n[[subscriber]]\n{rows}'


def test_op_becomes_opc(tmp_path):
    keys = read_key_files([write(tmp_path, toml(supi="imsi-001010000000001", k=K, op=OP))])
    held = keys.ring("", "a.pcap").subscribers[0]
    assert (held.supi, held.opc) == ("001010000000001", milenage.opc(bytes.fromhex(K), bytes.fromhex(OP)))


def test_a_key_bound_to_a_digest_opens_that_recording_only(tmp_path):
    text = toml(supi="001010000000001", k=K, opc=OP) + f'files = ["sha256:{"a" * 64}"]\n'
    keys = read_key_files([write(tmp_path, text)])
    assert keys.ring("a" * 64, "x.pcap").subscribers
    assert not keys.ring("b" * 64, "x.pcap").subscribers


def test_the_table_of_a_lab_binds_keys_by_the_name_of_the_capture(tmp_path):
    text = (
        "capture,supi,serving_plmn_mcc_mnc,k,opc,smc_checked\n"
        f"captures/x/a.pcap,001010000000001,001-01,{K},{OP},1\n,001010000000002,001-01,{K},{OP},1\n"
        "captures/x/b.pcap,001010000000003,001-01,,,1\n"
    )
    keys = read_key_files([write(tmp_path, text, "lab.csv")])
    assert [one.supi for one in keys.ring("", "a.pcap").subscribers] == ["001010000000001", "001010000000002"]
    assert [one.supi for one in keys.ring("", "b.pcap").subscribers] == ["001010000000002"]


@pytest.mark.parametrize(
    "text",
    [
        toml(supi="001010000000001", k=K[:-2], opc=OP),
        toml(supi="001010000000001", k=K, opc=OP, op=OP),
        toml(supi="name", k=K, opc=OP),
        toml(supi="001010000000001", k=K, opc=OP, colour="red"),
        'schema = "assay-keys/1"\n[[home-network]]\nid = 1\nprofile = "C"\nkey = ""\n',
    ],
)
def test_a_faulty_file_is_refused_without_its_values(tmp_path, text):
    with pytest.raises(AssayError) as caught:
        read_key_files([write(tmp_path, text)])
    assert K[:30] not in str(caught.value)
    assert OP not in str(caught.value)


def test_a_report_gets_salted_digests_only(tmp_path):
    keys = read_key_files([write(tmp_path, toml(supi="001010000000001", k=K, opc=OP))])
    used = {"001010000000001"}
    one, two = keys.marks("salt", used), keys.marks("other salt", used)
    assert one[0]["kind"] == "subscriber"
    assert one != two
    assert K not in repr((keys, one))
    assert repr(bytes.fromhex(K)) not in repr((keys, one))
