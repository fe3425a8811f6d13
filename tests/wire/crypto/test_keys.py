"""Key derivation, against the strings that TS 33.501 annex A spells out."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from assay.wire.crypto import keys
from assay.wire.crypto.keys import Purpose
from assay.wire.errors import WireError

CK, IK, RAND, RES, SQN_AK = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)), b"response", b"sqn^ak"
KEY = bytes(range(64, 96))
NETWORK = b"5G:mnc070.mcc901.3gppnetwork.org"


def plain(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def test_a_two_digit_network_code_is_padded_on_the_left():
    assert keys.serving_network_name("901", "70") == NETWORK
    assert keys.serving_network_name("310", "410") == b"5G:mnc410.mcc310.3gppnetwork.org"


@pytest.mark.parametrize(("mcc", "mnc"), [("90", "70"), ("901", "7"), ("9o1", "70"), ("901", "1234"), ("", "")])
def test_what_is_no_plmn_is_refused(mcc, mnc):
    with pytest.raises(WireError):
        keys.serving_network_name(mcc, mnc)


@pytest.mark.parametrize(
    ("found", "key", "text"),
    [
        (keys.k_ausf(CK, IK, NETWORK, SQN_AK), CK + IK, b"\x6a" + NETWORK + b"\0\x20" + SQN_AK + b"\0\x06"),
        (keys.k_seaf(KEY, NETWORK), KEY, b"\x6c" + NETWORK + b"\0\x20"),
        (keys.k_amf(KEY, "901700000000001", b"\0\0"), KEY, b"\x6d901700000000001\0\x0f\0\0\0\x02"),
        (keys.k_gnb(KEY, 5), KEY, b"\x6e\0\0\0\x05\0\x04\x01\0\x01"),
        (keys.k_gnb(KEY, 5, three_gpp_access=False), KEY, b"\x6e\0\0\0\x05\0\x04\x02\0\x01"),
        (keys.next_hop(KEY, KEY), KEY, b"\x6f" + KEY + b"\0\x20"),
        (keys.k_ng_ran_star(KEY, 0x1F2, 0x9A3BC), KEY, b"\x70\x01\xf2\0\x02\x09\xa3\xbc\0\x03"),
        (keys.k_amf_prime(KEY, 1, 7), KEY, b"\x72\x01\0\x01\0\0\0\x07\0\x04"),
        (keys.k_asme(CK, IK, b"\x09\xf1\x07", SQN_AK), CK + IK, b"\x10\x09\xf1\x07\0\x03" + SQN_AK + b"\0\x06"),
    ],
)
def test_a_key_is_the_hmac_of_the_string_of_the_annex(found, key, text):
    assert found == plain(key, text)


def test_the_derived_halves_are_the_last_128_bits():
    text = b"\x6b" + NETWORK + b"\0\x20" + RAND + b"\0\x10" + RES + b"\0\x08"
    star = keys.res_star(CK, IK, NETWORK, RAND, RES)
    assert star == plain(CK + IK, text)[16:]
    assert keys.hres_star(RAND, star) == hashlib.sha256(RAND + star).digest()[16:]
    assert keys.algorithm_key(KEY, Purpose.NAS_INT, 2) == plain(KEY, b"\x69\x02\0\x01\x02\0\x01")[16:]
    assert keys.algorithm_key_eps(KEY, Purpose.NAS_ENC, 1) == plain(KEY, b"\x15\x01\0\x01\x01\0\x01")[16:]
    prime = plain(CK + IK, b"\x20" + NETWORK + b"\0\x20" + SQN_AK + b"\0\x06")
    assert keys.ck_ik_prime(CK, IK, NETWORK, SQN_AK) == (prime[:16], prime[16:])


def test_k_enb_gives_the_number_of_a_public_test_of_ts_33_401():
    # the number stands in the test of an open EPC (test_secu_kenb.c, first case)
    k_asme = bytes.fromhex("238E457E0F758BADBCA8D34BB2612C10428D426757CB5553B2B184FA64BFC549")
    wanted = "8eb1bf0083bd79281ef7034bf677e9ec529f196e15287514a2d122acf713b8e8"
    assert keys.k_enb(k_asme, 0xDB1A3569).hex() == wanted


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: keys.k_seaf(KEY[1:], NETWORK),
        lambda: keys.k_gnb(KEY, 1 << 32),
        lambda: keys.k_gnb(KEY, -1),
        lambda: keys.k_ausf(CK, IK, NETWORK, b"short"),
        lambda: keys.hres_star(RAND, b""),
    ],
)
def test_a_wrong_length_is_an_error_with_a_code(wrong):
    with pytest.raises(WireError) as caught:
        wrong()
    assert caught.value.code == "E0610"
