"""NAS security is computed: both directions, every count, repetitions, altered bytes, wrong keys."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from assay.wire import aper, nas, nas_identity, ngap
from assay.wire.capture import Capture, frames
from assay.wire.crypto import keys, milenage, nea, nia, tuak
from assay.wire.crypto.aka import xor
from assay.wire.crypto.keys import Purpose
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters
from assay.wire.errors import WireError
from assay.wire.ip import datagrams
from assay.wire.nas_security import Session, Subscriber, authenticate
from assay.wire.sctp import NGAP, messages

K, OPC = bytes.fromhex("465B5CE8B199B49FAA5F0A2EE238A6BC"), bytes.fromhex("E8ED289DEBA952E4283B54E88E6183CA")
OAI_K, OAI_OPC = bytes.fromhex("0C0A34601D4F07677303652C0462535B"), bytes.fromhex("63bfa50ee6523365ff14c1f45f88737d")
"""Published default keys of two open cores."""

SUPI, NETWORK = "901700000000001", keys.serving_network_name("901", "70")


class Network:
    """The other side: it writes what a session is to judge."""

    def __init__(self, integrity, ciphering, seed=0):
        self.integrity, self.ciphering = integrity, ciphering
        self.rand, sqn = bytes([seed] * 16), bytes([0, 0, 0, 0, seed, 32])
        out = milenage.f2345(K, OPC, self.rand)
        self.autn = xor(sqn, out.ak) + b"\x80\0" + milenage.f1(K, OPC, self.rand, sqn, b"\x80\0")[0]
        k_ausf = keys.k_ausf(out.ck, out.ik, NETWORK, self.autn[:6])
        self.k_amf = keys.k_amf(keys.k_seaf(k_ausf, NETWORK), SUPI, b"\0\0")
        self.res_star = keys.res_star(out.ck, out.ik, NETWORK, self.rand, out.res)

    def request(self):
        return b"\x7e\0\x56\0\x02\0\0\x21" + self.rand + b"\x20\x10" + self.autn

    def response(self):
        return b"\x7e\0\x57\x2d\x10" + self.res_star

    def command(self, count=0):
        selected = bytes((self.ciphering << 4 | self.integrity,))
        return self.sealed(DOWNLINK, count, b"\x7e\0\x5d" + selected + b"\0\x02\xf0\xf0", 3)

    def sealed(self, direction, count, inner, header=2):
        if header in (2, 4):
            key = keys.algorithm_key(self.k_amf, Purpose.NAS_ENC, self.ciphering)
            inner = nea.cipher(self.ciphering, Parameters(key, count, 1, direction), inner)
        key = keys.algorithm_key(self.k_amf, Purpose.NAS_INT, self.integrity)
        text = bytes((count & 255,)) + inner
        return bytes((0x7E, header)) + nia.mac(self.integrity, Parameters(key, count, 1, direction), text) + text


def opened(network, session=None):
    session = session or Session(Subscriber(SUPI, K, OPC), (NETWORK,))
    session.feed(DOWNLINK, network.request())
    session.feed(UPLINK, network.response())
    judged = session.feed(DOWNLINK, network.command())
    assert judged.genuine is (True if network.integrity else None)
    assert session.res_match
    return session


@pytest.mark.parametrize(("integrity", "ciphering"), list(itertools.product((1, 2, 3), (0, 1, 2, 3))))
def test_every_pair_of_algorithms_is_verified_and_deciphered(integrity, ciphering):
    network = Network(integrity, ciphering)
    session = opened(network)
    complete = session.feed(UPLINK, network.sealed(UPLINK, 0, b"\x7e\0\x5e", 4))
    accept = session.feed(DOWNLINK, network.sealed(DOWNLINK, 1, b"\x7e\0\x42\1\1"))
    assert (complete.name, complete.genuine, complete.count) == ("security-mode-complete", True, 0)
    assert (accept.name, accept.genuine, accept.count, accept.plain) == (
        "registration-accept",
        True,
        1,
        b"\x7e\0\x42\1\1",
    )


def test_counts_go_on_past_the_sequence_number_and_over_gaps():
    network = Network(2, 2)
    session = opened(network)
    for count in (0, 1, 200, 255, 256, 300, 511, 512):
        judged = session.feed(UPLINK, network.sealed(UPLINK, count, b"\x7e\0\x67"))
        assert (judged.genuine, judged.count, judged.stale) == (True, count, False)


def test_a_repetition_is_genuine_and_marked():
    network = Network(2, 0)
    session = opened(network)
    first = network.sealed(UPLINK, 300 - 45, b"\x7e\0\x67")
    assert not session.feed(UPLINK, first).stale
    session.feed(UPLINK, network.sealed(UPLINK, 260, b"\x7e\0\x67"))
    again = session.feed(UPLINK, first)
    assert (again.genuine, again.count, again.stale) == (True, 255, True)
    assert session.feed(UPLINK, network.sealed(UPLINK, 261, b"\x7e\0\x67")).count == 261


@pytest.mark.parametrize("bit", [16, 40, 48, 60, 80])
def test_an_altered_message_is_not_genuine_and_changes_nothing(bit):
    network = Network(2, 0)
    session = opened(network)
    sound = network.sealed(UPLINK, 0, b"\x7e\0\x67payload")
    altered = (int.from_bytes(sound, "big") ^ 1 << (8 * len(sound) - 1 - bit)).to_bytes(len(sound), "big")
    assert session.feed(UPLINK, altered).genuine is False
    assert session.feed(UPLINK, sound).genuine is True


def test_a_message_in_the_other_direction_is_not_genuine():
    network = Network(2, 0)
    session = opened(network)
    assert session.feed(UPLINK, network.sealed(DOWNLINK, 1, b"\x7e\0\x67")).genuine is False


def test_without_a_right_key_nothing_is_claimed():
    network = Network(2, 2)
    for subscriber in (None, Subscriber(SUPI, OPC, K)):
        session = Session(subscriber, (NETWORK,))
        session.feed(DOWNLINK, network.request())
        assert session.feed(DOWNLINK, network.command()).genuine is None
        assert session.feed(UPLINK, network.sealed(UPLINK, 0, b"\x7e\0\x5e", 4)).genuine is None


def test_the_null_algorithm_is_seen_and_proves_nothing():
    session = opened(Network(0, 0))
    judged = session.feed(UPLINK, b"\x7e\x04\0\0\0\0\0\x7e\0\x5e")
    assert (judged.genuine, judged.name) == (None, "security-mode-complete")
    assert session.feed(UPLINK, b"\x7e\x04\1\0\0\0\1\x7e\0\x5e").genuine is False


def test_a_new_context_counts_from_zero_and_the_former_speaks_until_it_is_used():
    one, two = Network(2, 2), Network(1, 1, seed=7)
    session = opened(one)
    session.feed(UPLINK, one.sealed(UPLINK, 0, b"\x7e\0\x5e", 4))
    opened(two, session)
    assert session.feed(UPLINK, one.sealed(UPLINK, 1, b"\x7e\0\x67")).genuine is True
    assert session.feed(UPLINK, two.sealed(UPLINK, 0, b"\x7e\0\x5e", 4)).count == 0
    assert session.feed(UPLINK, one.sealed(UPLINK, 2, b"\x7e\0\x67")).genuine is False


def test_keys_are_not_shown():
    session = opened(Network(2, 2))
    assert K.hex() not in repr(session)
    assert repr(K) not in repr(session)
    assert repr(session.current.k_amf) not in repr(session)


def heard(path):
    """(number of the UE, direction, NAS message) of everything on N2."""
    capture = Capture()
    for one in messages(datagrams(frames([path.read_bytes()], capture), capture.findings), capture.findings):
        if one.protocol == NGAP and not one.control:
            pdu = aper.split(one.payload)
            for start, end in ngap.nas_pdus(one.payload, pdu):
                direction = DOWNLINK if one.src_port == 38412 else UPLINK
                yield ngap.ran_ue_id(one.payload, pdu), direction, one.payload[start:end]


def judge(path, network, k, opc):
    sessions, out = {}, Counter()
    for ue, direction, data in heard(path):
        given = nas.unwrap(data)
        if ue not in sessions and nas.name(given.inner) == "registration-request":
            supi = nas_identity.supi(nas_identity.identity(given.inner))
            sessions[ue] = Session(Subscriber(supi, k, opc), (network,))
        judged = sessions[ue].feed(direction, data)
        out[(judged.genuine, judged.stale) if judged.header else "plain"] += 1
    return out, Counter(one.res_match for one in sessions.values())


# counts: the protected messages of scas/capture_inventory.txt (0x42 0x43 0x4c 0x4e 0x54 0x5d 0x5e 0x67 0x68). The one
# stale message is an UL NAS TRANSPORT with count 0 after a message with count 1; the core answered it.
RECORDINGS = [
    ("pyscasso/open5gs_attach.pcap", ("901", "70"), K, OPC, 7, 0),
    ("pyscasso/open5gs_attach_sbi.pcap", ("999", "70"), K, OPC, 7, 0),
    ("pyscasso/open5gs_attach_reattach.pcap", ("901", "70"), K, OPC, 16, 0),
    ("pyscasso/oai_attach.pcap", ("208", "95"), OAI_K, OAI_OPC, 6, 0),
    ("5greplay/oai.pcap", ("208", "95"), OAI_K, OAI_OPC, 5, 1),
    ("open5gs-lab/core_default_ueransim.pcap", ("999", "70"), K, OPC, 21, 0),
]


@pytest.mark.parametrize(("name", "plmn", "k", "opc", "sound", "repeated"), RECORDINGS)
def test_every_protected_message_of_a_recording_is_verified(shared, name, plmn, k, opc, sound, repeated):
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    found, answers = judge(path, keys.serving_network_name(*plmn), k, opc)
    expected = {(True, False): sound, (True, True): repeated}
    assert {key: n for key, n in found.items() if key != "plain"} == {key: n for key, n in expected.items() if n}
    assert set(answers) == {True}
    wrong_network, answers = judge(path, keys.serving_network_name("001", "01"), k, opc)
    assert not any(key[0] is True for key in wrong_network if key != "plain")
    assert set(answers) == {False}
    wrong_key, _ = judge(path, keys.serving_network_name(*plmn), opc, k)
    assert {key[0] for key in wrong_key if key != "plain"} == {None}


@pytest.mark.parametrize("data", [b"", b"\x7e", b"\x7e\x05" + bytes(9), b"\x7e\x02abc", b"\x45" + bytes(9)])
def test_what_is_no_nas_message_is_an_error(data):
    with pytest.raises(WireError) as caught:
        nas.unwrap(data)
    assert caught.value.code == "E0631"


def test_a_subscriber_of_the_second_algorithm_set_is_authenticated():
    top, rand, sqn = bytes(range(32)), bytes(16), b"\0\0\0\0\1\0"
    topc = tuak.topc(K, top)
    out = tuak.f2345(K, topc, rand)
    autn = xor(sqn, out.ak) + b"\x80\0" + tuak.f1(K, topc, rand, sqn, b"\x80\0")[0]
    context = authenticate(Subscriber(SUPI, K, topc=topc), NETWORK, nas.Challenge(0, b"\0\0", rand, autn))
    assert context.genuine
    assert context.res_star == keys.res_star(out.ck, out.ik, NETWORK, rand, out.res)
    assert not authenticate(Subscriber(SUPI, K, opc=OPC), NETWORK, nas.Challenge(0, b"\0\0", rand, autn)).genuine
