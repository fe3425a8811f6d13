"""NGAP and NAS: frames of messages, identities, and mutated input."""

from __future__ import annotations

import json
import random
import struct
import sys
from pathlib import Path

import pytest

from assay.wire import aper, nas, nas_identity, ngap
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.errors import WireError
from assay.wire.nas_security import Session, Subscriber

SUCI_VECTORS = json.loads((Path(__file__).parents[2] / "vectors/wire/suci.json").read_text(encoding="utf-8"))["cases"]
NAS = b"\x7e\0\x56\0\x02\0\0\x21" + bytes(16) + b"\x20\x10" + bytes(16)


def element(ident, value):
    return struct.pack(">HBB", ident, 0, len(value)) + value


def downlink(nas_pdu=NAS):
    parts = [element(10, b"\0\x05"), element(85, b"\x40\x01\x02"), element(38, bytes((len(nas_pdu),)) + nas_pdu)]
    body = b"\0" + struct.pack(">H", len(parts)) + b"".join(parts)
    return b"\0\x04\x40" + bytes((len(body),)) + body


def test_the_frame_of_a_message_is_read():
    data = downlink()
    pdu = aper.split(data)
    assert (pdu.kind, ngap.name(pdu), [one.id for one in pdu.elements]) == (
        "initiating",
        "downlink-nas-transport",
        [10, 85, 38],
    )
    assert (ngap.amf_ue_id(data, pdu), ngap.ran_ue_id(data, pdu)) == (5, 0x102)
    ((start, end),) = ngap.nas_pdus(data, pdu)
    assert data[start:end] == NAS


def test_the_codec_reads_the_same_message():
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    kind, value = ngap.values(downlink())
    assert kind == "initiatingMessage"
    found = {one["id"]: one["value"][1] for one in value["value"][1]["protocolIEs"]}
    assert found == {10: 5, 85: 0x102, 38: NAS}


def test_a_message_inside_a_list_of_sessions_is_found():
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    inner = b"\x7e\x02\1\2\3\4\5inner"
    # one item: the bits for extension and options (NAS-PDU there), session 1, the message, S-NSSAI of sst 1, transfer
    item = b"\0\x40\x01" + bytes((len(inner),)) + inner + b"\0\x20" + b"\x04\0\0\0\0"
    parts = [element(10, b"\0\x05"), element(85, b"\0\x01"), element(74, item)]
    body = b"\0" + struct.pack(">H", len(parts)) + b"".join(parts)
    data = b"\0\x1d\0" + bytes((len(body),)) + body
    ((start, end),) = ngap.nas_pdus(data, aper.split(data))
    assert data[start:end] == inner


def test_every_cut_of_a_message_is_an_error():
    data = downlink()
    for size in range(len(data)):
        with pytest.raises(WireError) as caught:
            aper.split(data[:size])
        assert caught.value.code == "E0631"


def test_a_challenge_and_a_mode_are_read():
    found = nas.challenge(b"\x7e\0\x56\x03\x02\xab\xcd\x21" + b"r" * 16 + b"\x20\x10" + b"a" * 16)
    assert found == nas.Challenge(3, b"\xab\xcd", b"r" * 16, b"a" * 16)
    assert nas.challenge(b"\x7e\0\x56\x03\x02\0\0\x78\0\x02ea") is None
    assert nas.mode(b"\x7e\0\x5d\x12\x03\x02\xf0\x70\xe1") == nas.Mode(1, 2, 3, b"\xf0\x70")
    assert nas.response(b"\x7e\0\x57\x2d\x10" + b"s" * 16) == b"s" * 16


def registration(body):
    return b"\x7e\0\x41\x79" + struct.pack(">H", len(body)) + body


def test_a_suci_without_concealment_shows_the_subscriber():
    found = nas_identity.identity(registration(bytes.fromhex("0109f107f0ff000000000000 10".replace(" ", ""))))
    assert found[:5] == ("901", "70", "0", 0, 0)
    assert nas_identity.supi(found) == "901700000000001"


@pytest.mark.parametrize(("case", "scheme"), list(zip(SUCI_VECTORS, (1, 2), strict=True)))
def test_a_concealed_suci_shows_the_subscriber_to_the_home_key_only(case, scheme):
    output = case["ephemeral_public"] + case["ciphertext"] + case["tag"]
    # TS 33.501 annex C.4: IMSI 274012001002086, of which 001002086 is concealed
    found = nas_identity.identity(registration(bytes.fromhex("0172f410" + "0000" + f"{scheme:02x}1b" + output)))
    assert (found.mcc, found.mnc, found.scheme, found.key) == ("274", "01", scheme, 27)
    assert nas_identity.supi(found._replace(mnc="012"), bytes.fromhex(case["private"])) == "274012001002086"
    assert nas_identity.supi(found, bytes(31) + b"\5") is None
    assert nas_identity.supi(found) is None


def test_a_temporary_identity_is_read():
    found = nas_identity.identity(registration(bytes.fromhex("f209f107020040c0000102")))
    assert found == nas_identity.Guti("901", "70", bytes.fromhex("020040"), bytes.fromhex("c0000102"))


def mutated(data, chance):
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out))
        if chance.random() < 0.3 and len(out) > 8:
            del out[at]
        else:
            out[at] = chance.randrange(256)
    return bytes(out)


def judge_all(data):
    session = Session(Subscriber("901700000000001", bytes(16), bytes(16)), (b"network",))
    for direction in (DOWNLINK, UPLINK):
        session.feed(direction, data)


def read_identity(data):
    found = nas_identity.identity(data)
    return nas_identity.supi(found, bytes(range(32))) if isinstance(found, nas_identity.Suci) else found


def read_frame(data):
    pdu = aper.split(data)
    return (
        pdu.procedure in (14, 26, 29) or ngap.nas_pdus(data, pdu),
        ngap.amf_ue_id(data, pdu),
        ngap.ran_ue_id(data, pdu),
    )


COMMAND = b"\x7e\x03\0\0\0\0\0\x7e\0\x5d\x02\0\x02\xf0\xf0"
CASES = [
    (read_frame, downlink()),
    (judge_all, NAS),
    (judge_all, COMMAND),
    (judge_all, b"\x7e\0\x57\x2d\x10" + bytes(16)),
    (read_identity, registration(bytes.fromhex("0109f107f0ff00000000000010"))),
    (read_identity, registration(bytes.fromhex("f209f107020040c0000102"))),
    (read_identity, registration(bytes.fromhex("0172f41000000" + "11b" + "11" * 45))),
]


@pytest.mark.parametrize(("read", "sample"), CASES)
def test_mutated_messages_are_read_or_a_wire_error(read, sample):
    read(sample)
    chance, refused = random.Random(sample), 0
    for _ in range(10_000 // 3):
        try:
            read(mutated(sample, chance))
        except WireError:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize("read", [ngap.values, nas.values])
def test_mutated_messages_are_decoded_or_a_wire_error(read):
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    sample, chance, refused = downlink() if read is ngap.values else NAS, random.Random(5), 0
    assert read(sample)
    for _ in range(1000):
        try:
            read(mutated(sample, chance))
        except WireError:
            refused += 1
    assert 0 < refused < 1000


@pytest.mark.parametrize("read", [ngap.values, nas.values])
def test_without_the_codec_the_error_says_what_to_install(read, monkeypatch):
    for module in ("pycrate_asn1dir", "pycrate_asn1dir.NGAP", "pycrate_mobile", "pycrate_mobile.NAS"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(WireError, match="need pycrate") as caught:
        read(NAS)
    assert caught.value.code == "E0630"
