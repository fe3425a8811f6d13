"""What holds for every input: deciphering undoes ciphering, a flipped bit changes a MAC, wrong lengths have a code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.wire.crypto import milenage, nea, nia, tuak
from assay.wire.crypto.aka import open_token, xor
from assay.wire.crypto.parameters import DOWNLINK, Parameters
from assay.wire.errors import WireError

SIZES = [bytes(size) for size in (0, 1, 15, 16, 17, 32, 33)]
parameters = st.builds(
    Parameters,
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**32 - 1),
    st.integers(0, 31),
    st.integers(0, 1),
)


@given(st.integers(0, 3), parameters, st.binary(max_size=80))
@settings(deadline=None)
def test_deciphering_undoes_ciphering(number, given, text):
    assert nea.cipher(number, given, nea.cipher(number, given, text)) == text


@given(st.integers(1, 3), parameters, st.binary(min_size=1, max_size=80), st.integers(0))
@settings(deadline=None)
def test_a_flipped_bit_changes_the_code(number, given, text, bit):
    bit %= 8 * len(text)
    flipped = (int.from_bytes(text, "big") ^ 1 << bit).to_bytes(len(text), "big")
    assert nia.mac(number, given, text) != nia.mac(number, given, flipped)


def test_the_null_algorithms_do_nothing():
    given = Parameters(bytes(16), 0, 1, DOWNLINK)
    assert nia.mac(0, given, b"text") == bytes(4)
    assert nea.cipher(0, given, b"text") == b"text"


@pytest.mark.parametrize("number", [-1, 4, 7])
def test_an_unknown_algorithm_is_named(number):
    given = Parameters(bytes(16), 0, 1, DOWNLINK)
    for run in (nia.mac, nea.cipher):
        with pytest.raises(WireError) as caught:
            run(number, given, b"")
        assert caught.value.code == "E0611"


@pytest.mark.parametrize(
    "wrong", [(b"", 0, 0, 0), (bytes(16), 2**32, 0, 0), (bytes(16), 0, 32, 0), (bytes(16), 0, 0, 2)]
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(WireError):
        Parameters(*wrong)


@given(st.sampled_from(SIZES), st.sampled_from(SIZES), st.sampled_from(SIZES))
@settings(deadline=None)
def test_aka_takes_right_lengths_and_names_wrong_ones(k, operator, rand):
    for run in (milenage.f2345, tuak.f2345):
        right = len(k) in ((16,) if run is milenage.f2345 else (16, 32)) and len(rand) == 16
        if right and len(operator) == (16 if run is milenage.f2345 else 32):
            assert len(run(k, operator, rand).ak) == 6
            continue
        with pytest.raises(WireError) as caught:
            run(k, operator, rand)
        assert caught.value.code == "E0610"


def test_a_token_opens_with_the_right_key_only():
    k, opc, rand, sqn, amf = bytes(16), bytes(range(16)), bytes(16), b"\0\0\0\0\1\x20", b"\x80\0"
    ak = milenage.f2345(k, opc, rand).ak
    autn = xor(sqn, ak) + amf + milenage.f1(k, opc, rand, sqn, amf)[0]
    right = open_token(autn, ak, lambda s, a: milenage.f1(k, opc, rand, s, a))
    assert (right.sqn, right.amf, right.genuine) == (sqn, amf, True)
    wrong = open_token(autn, ak, lambda s, a: milenage.f1(opc, opc, rand, s, a))
    assert not wrong.genuine
