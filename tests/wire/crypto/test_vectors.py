"""Every algorithm against the numbers of its specification (vectors/wire)."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from assay.wire.crypto import milenage, nea, nia, snow3g, tuak, zuc
from assay.wire.crypto.parameters import Parameters
from assay.wire.errors import WireError

VECTORS = Path(__file__).parents[3] / "vectors" / "wire"


def cases(name, part="cases"):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))[part]


def raw(case, *names):
    return [bytes.fromhex(case[name]) for name in names]


def given(case):
    return Parameters(bytes.fromhex(case["key"]), case["count"], case["bearer"], case["direction"])


@pytest.mark.parametrize("case", cases("milenage"))
def test_milenage_gives_the_numbers_of_ts_35_207(case):
    k, rand, sqn, amf, op = raw(case, "k", "rand", "sqn", "amf", "op")
    opc = milenage.opc(k, op)
    assert opc.hex() == case["opc"]
    assert [part.hex() for part in milenage.f1(k, opc, rand, sqn, amf)] == [case["f1"], case["f1_star"]]
    out = milenage.f2345(k, opc, rand)
    found = [part.hex() for part in (out.res, out.ck, out.ik, out.ak, out.ak_resync)]
    assert found == [case[name] for name in ("res", "ck", "ik", "ak", "f5_star")]


@pytest.mark.parametrize("case", cases("tuak", "keccak"))
def test_keccak_gives_the_numbers_of_ts_35_232(case):
    assert tuak.keccak(bytes.fromhex(case["state"])).hex() == case["expected"]


@pytest.mark.parametrize("case", cases("tuak", "f1"))
def test_tuak_f1_gives_the_numbers_of_ts_35_232(case):
    k, rand, sqn, amf, top = raw(case, "k", "rand", "sqn", "amf", "top")
    lengths = tuak.Lengths(mac=case["length_mac"], iterations=case["iterations"])
    topc = tuak.topc(k, top, lengths)
    assert topc.hex() == case["topc"]
    assert [part.hex() for part in tuak.f1(k, topc, rand, sqn, amf, lengths)] == [case["f1"], case["f1_star"]]


@pytest.mark.parametrize("case", cases("tuak", "f2345"))
def test_tuak_f2345_gives_the_numbers_of_ts_35_232(case):
    sizes = {name: case[f"length_{name}"] for name in ("res", "ck", "ik")}
    k, rand, topc = raw(case, "k", "rand", "topc")
    out = tuak.f2345(k, topc, rand, tuak.Lengths(**sizes, iterations=case["iterations"]))
    found = [part.hex() for part in (out.res, out.ck, out.ik, out.ak, out.ak_resync)]
    assert found == [case[name] for name in ("res", "ck", "ik", "ak", "f5_star")]


@pytest.mark.parametrize("case", cases("snow3g"))
def test_snow_3g_gives_the_keystream_of_its_specification(case):
    key, iv = raw(case, "key", "iv")
    # The test data write k0 first; a confidentiality key is k3 first (TS 35.215, f8), and so `keystream` takes it.
    turned = b"".join(key[at : at + 4] for at in (12, 8, 4, 0))
    iv0, iv1, iv2, iv3 = struct.unpack(">4I", iv)
    check_stream(case["expected"], snow3g.keystream(turned, (iv0, iv1, iv2, iv3), 2500))


@pytest.mark.parametrize("case", cases("zuc"))
def test_zuc_gives_the_keystream_of_its_specification(case):
    check_stream(case["expected"], zuc.keystream(*raw(case, "key", "iv"), 2000))


def check_stream(expected, words):
    """The first part begins the stream, a second one ends it."""
    stream = struct.pack(f">{len(words)}I", *words).hex()
    assert stream.startswith(expected[0])
    assert len(expected) == 1 or stream.endswith(expected[1])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_ciphering_gives_the_numbers_of_the_specification(number):
    for case in cases(f"nea{number}"):
        found = nea.cipher(number, given(case), bytes.fromhex(case["message"]), case["bits"])
        assert found.hex() == case["expected"][: len(found) * 2]
        assert set(case["expected"][len(found) * 2 :]) <= {"0"}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_integrity_gives_the_numbers_of_the_specification(number):
    judged = 0
    for case in cases(f"nia{number}"):
        if number == 2 and case["bits"] % 8:
            with pytest.raises(WireError, match="bits"):
                nia.mac(number, given(case), bytes.fromhex(case["message"]), case["bits"])
            continue
        judged += 1
        assert nia.mac(number, given(case), bytes.fromhex(case["message"]), case["bits"]).hex() == case["expected"]
    assert judged >= 3
