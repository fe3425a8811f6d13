"""F1AP, RRC and what protects them: MAC-I is computed from the subscriber's key, as the MAC of NAS is."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from assay.wire import aper, rrc
from assay.wire.crypto import keys, nea, nia
from assay.wire.crypto.keys import Purpose
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.wire.nas_security import Subscriber
from wire import build
from wire.test_log import ME, SUCI, registration
from wire.test_nas_security import Network
from wire.test_ngap_nas import element


class Bits:
    """Writes unaligned PER."""

    def __init__(self):
        self.text = ""

    def put(self, value, size):
        self.text += f"{value:0{size}b}"
        return self

    def octets(self, data):
        self.put(len(data), 8) if len(data) < 128 else self.put(0x8000 | len(data), 16)
        self.text += "".join(f"{byte:08b}" for byte in data)
        return self

    def done(self):
        text = self.text + "0" * (-len(self.text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def setup_complete(nas, options=0):
    bits = Bits().put(2, 5).put(0, 2).put(0, 1).put(options, 6).put(0, 4)
    if options & 0x20:  # the AMF, its network with MCC and an MNC of three digits
        bits.put(1, 1).put(1, 1).put(0x901, 12).put(1, 1).put(0x170, 12).put(5, 24)
    if options & 0x10:
        bits.put(1, 1)
    if options & 0x08:  # two slices, one with a differentiator
        bits.put(1, 3).put(0, 1).put(1, 8).put(1, 1).put(0x01ABCDEF, 32)
    return bits.octets(nas).done()


def up(nas):
    return Bits().put(7, 5).put(0, 1).put(4, 3).octets(nas).done()


def down(nas):
    return Bits().put(5, 5).put(1, 2).put(0, 1).put(4, 3).octets(nas).done()


def command(ciphering, integrity):
    return Bits().put(4, 5).put(0, 2).put(0, 1).put(0, 2).put(0, 1).put(1, 2).put(ciphering, 4).put(integrity, 4).done()


COMPLETE = Bits().put(5, 5).put(0, 2).put(0, 1).put(0, 2).done()
RELEASE = Bits().put(2, 5).put(0, 2).put(0, 1).put(0, 8).done()
SETUP_REQUEST = bytes.fromhex("159565d80746")


def f1ap(procedure, container, srb=1, cu=1, kind=0):
    parts = [] if procedure == 11 else [element(40, bytes((0, cu)))]
    parts += [element(41, b"\0\x09")]
    parts += [element(64, bytes((srb << 5,)))] if procedure != 11 else [element(111, b"\0\x09\xf1\x07" + bytes(5))]
    size = bytes((len(container),)) if len(container) < 128 else (0x8000 | len(container)).to_bytes(2, "big")
    value = size + container
    head = bytes((len(value),)) if len(value) < 128 else (0x8000 | len(value)).to_bytes(2, "big")
    parts.append(b"\0\x32\0" + head + value)
    body = b"\0" + len(parts).to_bytes(2, "big") + b"".join(parts)
    size = bytes((len(body),)) if len(body) < 128 else (0x8000 | len(body)).to_bytes(2, "big")
    return bytes((kind << 6, procedure, 0x40)) + size + body


class Cell:
    """A DU that speaks with its CU, and the UE's and the network's side of the radio's protection."""

    def __init__(self, network, integrity=2, ciphering=2):
        self.network, self.integrity, self.ciphering = network, integrity, ciphering
        self.packets, self.sent, self.numbers, self.active = [], Counter(), Counter(), False
        self.k_gnb = keys.k_gnb(network.k_amf, 0)

    def add(self, direction, message):
        is_up = direction == UPLINK
        self.sent[is_up] += 1
        ports = {"src": 40001, "dst": 38472, "tag": 1} if is_up else {"src": 38472, "dst": 40001, "tag": 2}
        chunk = build.data(self.sent[is_up], message, protocol=62)
        src, dst = (build.A, build.B) if is_up else (build.B, build.A)
        self.packets.append(build.ipv4(build.sctp(chunk, **ports), src=src, dst=dst))
        return self

    def say(self, direction, message, protected=None, flip=0):
        """One RRC message in a PDCP unit of SRB 1."""
        count = self.numbers[direction]
        self.numbers[direction] += 1
        head = bytes((count >> 8 & 15, count & 255))
        code = bytes(4)
        if protected or (protected is None and self.active):
            key = keys.algorithm_key(self.k_gnb, Purpose.RRC_INT, self.integrity)
            code = nia.mac(self.integrity, Parameters(key, count, 0, direction), head + message)
            code = bytes((code[0] ^ flip,)) + code[1:]
        body = message + code
        if self.active:
            key = keys.algorithm_key(self.k_gnb, Purpose.RRC_ENC, self.ciphering)
            body = nea.cipher(self.ciphering, Parameters(key, count, 0, direction), body)
        return self.add(direction, f1ap(13 if direction == UPLINK else 12, head + body))

    def attached(self):
        network = self.network
        self.add(UPLINK, f1ap(11, SETUP_REQUEST))
        self.say(UPLINK, setup_complete(registration(SUCI)))
        self.say(DOWNLINK, down(network.request())).say(UPLINK, up(network.response()))
        self.say(DOWNLINK, down(network.command())).say(UPLINK, up(network.sealed(UPLINK, 0, b"\x7e\0\x5e", 4)))
        self.say(DOWNLINK, command(self.ciphering, self.integrity), True)
        self.say(UPLINK, COMPLETE, True)
        self.active = True
        return self

    def read(self, keyring=Keyring((ME,))):  # noqa: B008 - it is frozen
        reading = Reading()
        found = list(events("x", [build.pcap(self.packets, link=101)], keyring, reading))
        return found, dict(reading.findings.counts)


def shown(found, protocol, *names):
    return [(event.kind, *(event.key(name) for name in names)) for event in found if event.protocol == protocol]


@pytest.mark.parametrize("integrity", [1, 2, 3])
@pytest.mark.parametrize("ciphering", [0, 1, 2, 3])
def test_the_radio_is_verified_and_deciphered_for_every_pair_of_algorithms(integrity, ciphering):
    cell = Cell(Network(2, 2), integrity, ciphering).attached()
    cell.say(DOWNLINK, down(cell.network.sealed(DOWNLINK, 1, b"\x7e\0\x42\1\1"))).say(DOWNLINK, RELEASE)
    found, counts = cell.read()
    rows = shown(found, "nr-rrc", "mac", "count", "nia", "nea")
    assert rows[:2] == [("rrc-setup-request", "", "", "", ""), ("rrc-setup-complete", "", "", "", "")]
    assert rows[-4:] == [
        ("security-mode-command", "right", "2", str(integrity), str(ciphering)),
        ("security-mode-complete", "right", "3", "", ""),
        ("dl-information-transfer", "right", "3", "", ""),
        ("rrc-release", "right", "4", "", ""),
    ]
    assert shown(found, "nas-5gs", "mac", "via")[-1] == ("registration-accept", "right", "F1")
    assert counts == {}


def test_without_the_key_ciphered_messages_stay_closed_and_clear_ones_are_named():
    cell = Cell(Network(2, 2)).attached().say(DOWNLINK, RELEASE)
    found, counts = cell.read(Keyring())
    assert shown(found, "nr-rrc", "mac")[-3:] == [
        ("security-mode-command", "unchecked"),
        ("security-mode-complete", "unchecked"),
        ("protected", "unchecked"),
    ]
    assert counts == {"nas-key-missing": 1}


def test_a_flipped_mac_on_the_radio_is_wrong():
    cell = Cell(Network(2, 2), ciphering=0).attached().say(DOWNLINK, RELEASE, flip=1).say(DOWNLINK, RELEASE)
    assert shown(cell.read()[0], "nr-rrc", "mac", "count")[-2:] == [
        ("rrc-release", "wrong", ""),
        ("rrc-release", "right", "4"),
    ]


def test_the_null_algorithm_on_the_radio_proves_nothing():
    cell = Cell(Network(2, 2), 2, 0).attached()
    cell.packets.pop(), cell.packets.pop()
    cell.numbers[DOWNLINK], cell.active = 2, False
    cell.say(DOWNLINK, command(0, 0)).say(UPLINK, COMPLETE)
    assert shown(cell.read()[0], "nr-rrc", "mac", "nia")[-2:] == [
        ("security-mode-command", "void", "0"),
        ("security-mode-complete", "void", ""),
    ]


@pytest.mark.parametrize("options", range(0, 64, 8))
def test_the_first_nas_message_is_found_behind_any_options(options):
    data = setup_complete(b"nas message", options & 0x38)
    assert rrc.nas_messages("ul-dcch", data) == [b"nas message"]


def test_the_codec_reads_the_same_messages():
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    value = rrc.values("ul-dcch", setup_complete(b"nas message", 0x38))
    assert value["message"][1][0] == "rrcSetupComplete"
    assert str(b"nas message") in str(value)
    value = rrc.values("dl-dcch", command(2, 1))
    assert "'nea2'" in str(value)
    assert "'nia1'" in str(value)
    assert rrc.algorithms(command(2, 1)) == rrc.Algorithms(2, 1)


def test_every_cut_of_a_message_is_an_error():
    for whole, read in (
        (command(1, 1), rrc.algorithms),
        (up(b"x" * 200), lambda one: rrc.nas_messages("ul-dcch", one)),
    ):
        assert read(whole)
        for size in range(len(whole)):
            with pytest.raises(WireError):
                read(whole[:size])


def test_messages_of_other_interfaces_are_named():
    def of(protocol, kind, procedure):
        body = b"\0\0\0"
        message = bytes((kind << 5, procedure, 0, len(body))) + body
        return build.ipv4(build.sctp(build.data(procedure + 1, message, protocol=protocol), tag=protocol))

    packets = [of(61, 0, 17), of(61, 1, 17), of(64, 0, 8), of(64, 2, 8), of(18, 0, 12), of(18, 1, 17), of(61, 0, 99)]
    broken = build.ipv4(build.sctp(build.data(9, b"\xff\xff", protocol=62), tag=5))
    reading = Reading()
    found = list(events("x", [build.pcap([*packets, broken], link=101)], Keyring(), reading))
    assert [(event.protocol, event.point, event.kind) for event in found] == [
        ("xnap", "Xn", "xn-setup-request"),
        ("xnap", "Xn", "xn-setup-response"),
        ("e1ap", "E1", "bearer-context-setup-request"),
        ("e1ap", "E1", "bearer-context-setup-failure"),
        ("s1ap", "S1", "initial-ue-message"),
        ("s1ap", "S1", "s1-setup-response"),
        ("xnap", "Xn", "procedure-99-initiating"),
        ("f1ap", "F1", "undecodable"),
    ]
    assert reading.findings.counts["f1ap-undecodable"] == 1


def test_the_kinds_of_f1ap_have_no_mark_of_extension():
    assert aper.split(b"\x40\1\0\3\0\0\0", marked=False).kind == "successful"
    assert aper.split(b"\x40\1\0\3\0\0\0").kind == "unsuccessful"
    with pytest.raises(WireError):
        aper.split(b"\xc0\1\0\3\0\0\0", marked=False)


def test_mutated_messages_of_the_radio_are_read_in_bounds():
    cell, chance = Cell(Network(2, 2)).attached().say(DOWNLINK, RELEASE), random.Random(6)
    sound = cell.packets
    for _ in range(150):
        cell.packets = [bytearray(packet) for packet in sound]
        for _ in range(5):
            one = chance.choice(cell.packets)
            one[chance.randrange(32, len(one))] = chance.randrange(256)
        cell.packets = [bytes(one) for one in cell.packets]
        cell.read()


OAI = Subscriber(
    "001010000000001",
    bytes.fromhex("fec86ba6eb707ed08905757b1bb44b8f"),
    bytes.fromhex("c42449363bbad02b66d16bc975d77cc1"),
)
"""Published default key of an open RAN's simulator."""


def test_a_recorded_split_gnb_is_verified_down_to_the_radio(shared):
    path = shared / "captures" / "pyscasso" / "oai_split_attach.pcap"
    if not path.is_file():
        pytest.skip("not run: oai_split_attach.pcap absent")
    pytest.importorskip("pycrate_asn1dir", reason="not run: pycrate absent")
    found = list(events(path.name, [path.read_bytes()], Keyring((OAI,)), Reading()))
    # every message from the Security Mode Command on; six before it have zeros for a MAC-I
    assert Counter(event.key("mac") for event in found if event.protocol == "nr-rrc") == {"right": 12, "": 7}
    assert Counter(event.key("mac") for event in found if event.protocol == "nas-5gs" and not event.key("inside")) == {
        "right": 7,
        "": 4,
    }
    (command,) = [event for event in found if event.protocol == "nr-rrc" and event.kind == "security-mode-command"]
    assert (command.key("nia"), command.key("nea")) == ("2", "0")
