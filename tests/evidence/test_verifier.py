"""The second verifier: alone, on the vectors, and beside the first on damaged bytes."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from assay.evidence import container, envelope
from assay.evidence.errors import EvidenceError, KeyRefusedError
from assay.evidence.keys import PublicKey
from second import ROOT, VERIFIER, load


@pytest.fixture(scope="module")
def second():
    return load("proof")


def test_it_gives_every_vector_its_verdict():
    runner = VERIFIER / "vectors.py"
    run = subprocess.run([sys.executable, str(runner), str(ROOT / "vectors")], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert all(line.split()[1] == line.split()[3] for line in run.stdout.splitlines())


def test_both_verifiers_enrol_the_same_keys(second, suites):
    vectors = json.loads((suites / "cctv" / "ed25519" / "ed25519vectors.json").read_text())
    for key in {vector["key"] for vector in vectors}:
        assert _holds(lambda k=key: PublicKey(bytes.fromhex(k)), KeyRefusedError) == _holds(
            lambda k=key: second.public_key(bytes.fromhex(k)), second.Refused
        ), key


def test_both_verifiers_agree_on_damaged_containers_and_envelopes(second):
    chance = random.Random(9)
    box = container.write_container({"a/b": b"123", "c": b""})
    sealed = json.loads((ROOT / "vectors" / "dsse.json").read_text())["cases"][0]["envelope"].encode()
    for data, first, other in (
        (box, container.read_container, second.container),
        (sealed, envelope.parse_envelope, second.envelope),
    ):
        for _ in range(1_500):
            changed = _damaged(data, chance)
            assert _holds(lambda c=changed, f=first: f(c), EvidenceError) == _holds(
                lambda c=changed, o=other: o(c), second.Refused
            ), changed


def _damaged(data, chance):
    at = chance.randrange(len(data))
    return chance.choice(
        (
            data,
            data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[:at] + bytes([chance.randrange(256)]) + data[at:],
        )
    )


def _holds(use, refusal):
    try:
        use()
    except refusal:
        return False
    return True
