"""Broken recordings: every case still has a state, none of them `error`, and nothing but our own errors comes out."""

from __future__ import annotations

import random

import pytest

from assay.errors import AssayError
from assay.model.assessment import Product, Verdict
from assay.workflow.assessment.cases import RECORDINGS, load_cases
from assay.workflow.assessment.inspect import inspect_events, read_recording
from assay.workflow.assessment.keys import read_key_files

KEYS = read_key_files([RECORDINGS / "keys.toml"])
SETTINGS = {
    "nas-integrity-order": ["NIA2", "NIA1"], "producer": {"nfType": "UDM", "sNssais": [{"sst": 1}]},
    "canaries": ["canary.example"], "encrypted-elements": ["supi"], "up-policy": {"confidentiality": "required"},
}  # fmt: skip
NAMES = (
    "open5gs-lab/n2_o5gs_registration_simple-test.pcap", "made/amf-resync-in-time.pcap", "made/gnb-nea2.pcap",
    "made/smf-path-stored.pcap", "made/upf-n9-own.pcap", "made/nrf-slice-returned.pcap", "made/sepp-moved-refused.pcap",
    "made/sbi-token-scope-refused.pcap", "made/tls-mandated.pcap", "made/udm-profile-b.pcap",
)  # fmt: skip


def damaged(data, seed):
    chance, out = random.Random(seed), bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 40))):
        out[chance.randrange(24, len(out))] = chance.randrange(256)
    return bytes(out[: chance.randrange(30, len(out))] if seed % 5 == 0 else out)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_recordings_give_verdicts_or_our_own_errors(name):
    data = (RECORDINGS / name).read_bytes()
    for seed in range(25):
        try:
            held, one = read_recording("x.pcap", damaged(data, seed), KEYS, 0)
        except AssayError:
            continue
        done = inspect_events(held, load_cases(), [one], KEYS, Product(settings=SETTINGS), (), 18)
        faults = [(found.case.id, found.reason) for found in done.findings if found.verdict is Verdict.ERROR]
        assert faults == [], (name, seed)
        assert all(found.proof for found in done.findings if found.verdict is Verdict.FAIL)
