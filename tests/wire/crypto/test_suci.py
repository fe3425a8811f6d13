"""SUCI: the numbers of TS 33.501 annex C.4, wrong keys and altered bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.wire.crypto.suci import Profile, reveal, split
from assay.wire.errors import WireError

VECTORS = Path(__file__).parents[3] / "vectors" / "wire" / "suci.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


def parts(case):
    output = bytes.fromhex(case["ephemeral_public"] + case["ciphertext"] + case["tag"])
    return Profile[case["profile"]], bytes.fromhex(case["private"]), output


@pytest.mark.parametrize("case", CASES)
def test_the_scheme_output_of_the_annex_is_revealed(case):
    profile, private, output = parts(case)
    assert reveal(profile, private, output).hex() == case["plaintext"]


@pytest.mark.parametrize("case", CASES)
def test_another_key_or_an_altered_output_reveals_nothing(case):
    profile, private, output = parts(case)
    assert reveal(profile, bytes(31) + b"\x05", output) is None
    assert reveal(profile, private, output[:-1] + bytes((output[-1] ^ 1,))) is None
    assert reveal(profile, private, output[:-9] + bytes((output[-9] ^ 1,)) + output[-8:]) is None


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_revealed_refused_or_an_error(case, data):
    profile, private, output = parts(case)
    at = data.draw(st.integers(0, len(output) - 1))
    mutated = output[:at] + data.draw(st.binary(max_size=4)) + output[at + 1 :]
    try:
        found = reveal(profile, private, mutated)
    except WireError:
        return
    assert found is None or mutated == output


def test_wrong_material_is_named():
    with pytest.raises(WireError, match="low order"):
        reveal(Profile.A, bytes(range(32)), bytes(50))
    with pytest.raises(WireError, match="no point"):
        reveal(Profile.B, bytes(31) + b"\1", b"\x02" + b"\xff" * 50)
    with pytest.raises(WireError, match="no number"):
        reveal(Profile.B, bytes(32), b"\x02" + b"\xff" * 50)
    with pytest.raises(WireError, match="40 bytes"):
        split(Profile.A, bytes(40))
