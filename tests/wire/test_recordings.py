"""Recordings of others: what an independent reader counted is what we count."""

from __future__ import annotations

from collections import Counter

import pytest

from assay.wire import aper, nas, ngap
from assay.wire.capture import Capture, frames
from assay.wire.ip import datagrams
from assay.wire.sctp import NGAP, messages

# frames: captures/README.md; NGAP messages: scas/capture_inventory.txt, sums of its counts by procedure
RECORDINGS = [
    ("open5gs/testregistration.pcapng", 4104, {NGAP: 1306}),
    ("pyscasso/open5gs_attach.pcap", 13, {NGAP: 14}),
    ("pyscasso/open5gs_attach_reattach.pcap", 31, {NGAP: 33}),
    ("pyscasso/open5gs_attach_sbi.pcap", 388, {NGAP: 14}),
    ("pyscasso/open5gs_attach_invalid_ue_caps.pcap", 6, {NGAP: 6}),
    ("pyscasso/open5gs_sync_failure.pcap", 200, {NGAP: 4}),
    ("pyscasso/open5gs_sync_failure_timeout.pcap", 355, {NGAP: 6}),
    ("pyscasso/oai_attach.pcap", 132, {NGAP: 13}),
    ("pyscasso/SecurityModeComplete.pcap", 1, {NGAP: 1}),
    ("5greplay/oai.pcap", 753, {NGAP: 14}),
    ("5greplay/ue_authetication.pcapng", 13, {NGAP: 14}),
]


@pytest.mark.parametrize(("name", "count", "expected"), RECORDINGS)
def test_frames_and_messages_are_those_that_others_counted(shared, name, count, expected):
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    whole, capture = path.read_bytes(), Capture()
    found = list(messages(datagrams(frames([whole], capture), capture.findings), capture.findings))
    assert capture.frame == count
    assert dict(Counter(one.protocol for one in found if not one.control)) == expected
    for one in found:
        assert one.control or b"".join(whole[span.start : span.end] for span in one.spans) == one.payload


def test_nas_messages_of_the_long_recording_are_those_that_others_counted(shared):
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    path = shared / "captures" / "open5gs" / "testregistration.pcapng"
    if not path.is_file():
        pytest.skip("not run: testregistration.pcapng absent")
    capture, kinds = Capture(), Counter()
    for one in messages(datagrams(frames([path.read_bytes()], capture), capture.findings), capture.findings):
        for start, end in ngap.nas_pdus(one.payload, aper.split(one.payload)):
            kinds[nas.name(nas.unwrap(one.payload[start:end]).inner)] += 1
    # knowledge/scas-tools.md: 1,129 messages; scas/capture_inventory.txt: counts by type
    assert kinds.total() == 1129
    wanted = {
        "authentication-request": 27,
        "security-mode-command": 24,
        "service-request": 409,
        "registration-accept": 27,
    }
    assert {kind: kinds[kind] for kind in wanted} == wanted
