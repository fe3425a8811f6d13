"""The event log: one pass, numbered events, what was computed and what could not be."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from assay.wire import nas
from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.errors import WireError
from assay.wire.keyring import HomeKey, Keyring
from assay.wire.log import Reading, events
from assay.wire.nas_security import Subscriber
from wire import build
from wire.test_nas_security import OAI_K, OAI_OPC, OPC, SUPI, K, Network
from wire.test_ngap_nas import element

OLD_K, OLD_OPC = bytes.fromhex("70d49a71dd1a2b806a25abe0ef749f1e"), bytes.fromhex("6f1bf53d624b3a43af6592854e2444c7")
"""Published test key of an open core's first releases."""

ME = Subscriber(SUPI, K, OPC)
MINE = Keyring((ME,))
GNB, AMF = b"\x0a\0\0\1", b"\x0a\0\0\2"
SUCI = bytes.fromhex("0109f107f0ff00000000000010")
GUTI = bytes.fromhex("f209f107020040c0000102")
PLACE = bytes.fromhex("4009f107000000010009f107000001")
"""A location in NR: cell and tracking area of PLMN 901-70."""


def ngap(procedure, nas_pdu, ran=1, amf=None, place=True):
    parts = [] if amf is None else [element(10, bytes((0, amf)))]
    parts += [element(85, bytes((0, ran))), element(38, bytes((len(nas_pdu),)) + nas_pdu)]
    parts += [element(121, PLACE)] if place and procedure in (15, 46) else []
    body = b"\0" + len(parts).to_bytes(2, "big") + b"".join(parts)
    size = bytes((len(body),)) if len(body) < 128 else (0x8000 | len(body)).to_bytes(2, "big")
    return bytes((0, procedure, 0x40)) + size + body


class Recording:
    """Writes N2 messages, each in a frame of its own."""

    def __init__(self):
        self.packets, self.sent = [], Counter()

    def add(self, direction, message):
        up = direction == UPLINK
        ports = {"src": 38413, "dst": 38412, "tag": 1} if up else {"src": 38412, "dst": 38413, "tag": 2}
        self.sent[up] += 1
        chunk = build.data(self.sent[up], message)
        src, dst = (GNB, AMF) if up else (AMF, GNB)
        self.packets.append(build.ipv4(build.sctp(chunk, **ports), src=src, dst=dst))
        return self

    def initial(self, nas_pdu, ran=1):
        return self.add(UPLINK, ngap(15, nas_pdu, ran))

    def up(self, nas_pdu, ran=1):
        return self.add(UPLINK, ngap(46, nas_pdu, ran, 5))

    def down(self, nas_pdu, ran=1):
        return self.add(DOWNLINK, ngap(4, nas_pdu, ran, 5))

    def authenticated(self, network, ran=1):
        self.down(network.request(), ran).up(network.response(), ran)
        return self.down(network.command(), ran).up(network.sealed(UPLINK, 0, b"\x7e\0\x5e", 4), ran)

    def read(self, keyring=MINE, after=0):
        reading = Reading()
        whole = build.pcap(self.packets, link=101)
        found = list(events("lab.pcap", [whole], keyring, reading, after=after))
        for event in found:
            if event.key("header") == "0":
                assert b"".join(whole[span.start : span.end] for span in event.spans) == event.body
        return found, reading


def registration(identity):
    return b"\x7e\0\x41\x79" + len(identity).to_bytes(2, "big") + identity + b"\x2e\x02\xf0\xf0"


def of_nas(found, *names):
    return [tuple(event.key(name) for name in names) for event in found if event.protocol == "nas-5gs"]


def test_every_message_is_an_event_with_its_number_place_and_verdict():
    network = Network(2, 2)
    found, reading = Recording().initial(registration(SUCI)).authenticated(network).read()
    assert [event.number for event in found] == list(range(1, 11))
    assert [event.kind for event in found if event.protocol == "nas-5gs"] == [
        "registration-request",
        "authentication-request",
        "authentication-response",
        "security-mode-command",
        "security-mode-complete",
    ]
    assert of_nas(found, "direction", "mac", "count", "nia", "nea", "supi")[3:] == [
        ("down", "right", "0", "2", "2", SUPI),
        ("up", "right", "0", "2", "2", SUPI),
    ]
    assert found[1].key("capabilities") == "f0f0"
    assert (found[3].key("autn"), found[5].key("res")) == ("right", "right")
    assert {event.key("ue") for event in found} == {"1"}
    assert (reading.frames, reading.events, dict(reading.findings.counts)) == (5, 10, {})
    assert (found[0].key("src"), found[0].key("dst"), found[0].point) == ("10.0.0.1", "10.0.0.2", "N2")


def test_numbers_go_on_over_files():
    found, _ = Recording().initial(registration(SUCI)).read(after=41)
    assert [event.number for event in found] == [42, 43]


def test_without_a_key_the_log_says_what_is_missing():
    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    for keyring in (Keyring(), Keyring((Subscriber("901700000000099", OPC, K),))):
        found, reading = recording.read(keyring)
        assert of_nas(found, "mac")[3:] == [("unchecked",), ("unchecked",)]
        assert reading.findings.counts == {"nas-key-missing": 1}
    found, reading = recording.read(Keyring((Subscriber(SUPI, OPC, K),)))
    assert of_nas(found, "autn")[1] == ("wrong",)
    assert reading.findings.counts == {"nas-context-missing": 1}


def test_a_ue_is_followed_by_its_temporary_identity_and_its_counts_go_on():
    network = Network(1, 1)
    accept = b"\x7e\0\x42\1\1" + b"\x77\0\x0b" + GUTI
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    recording.down(network.sealed(DOWNLINK, 1, accept))
    recording.initial(network.sealed(UPLINK, 1, registration(GUTI), 1), ran=2)
    service = b"\x7e\0\x4c\x10\0\7\xf4\x00\x40\xc0\0\1\2"
    recording.initial(network.sealed(UPLINK, 2, service, 1), ran=3)
    found, reading = recording.read()
    assert of_nas(found, "ue", "who", "mac", "count")[-3:] == [
        ("1", "1", "right", "1"),
        ("2", "1", "right", "1"),
        ("3", "1", "right", "2"),
    ]
    assert not reading.findings.counts


def test_a_ue_that_nothing_names_is_known_by_its_mac():
    network = Network(2, 0)
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    recording.initial(network.sealed(UPLINK, 1, registration(GUTI), 1), ran=9)
    found, _ = recording.read()
    assert of_nas(found, "ue", "who", "mac")[-1] == ("2", "1", "right")


def test_the_key_that_made_a_challenge_names_the_subscriber():
    network = Network(2, 0)
    others = tuple(Subscriber(f"9017000000000{n}", bytes([n] * 16), OPC) for n in range(10, 20))
    recording = Recording().initial(registration(bytes(1) + b"\0")).authenticated(network)
    found, _ = recording.read(Keyring((*others, ME)))
    assert of_nas(found, "supi", "mac")[-1] == (SUPI, "right")


def test_a_container_of_an_initial_message_is_deciphered():
    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    inner = registration(SUCI) + b"\x10\1\7"
    from assay.wire.crypto import keys, nea
    from assay.wire.crypto.parameters import Parameters

    key = keys.algorithm_key(network.k_amf, keys.Purpose.NAS_ENC, 2)
    container = nea.cipher(2, Parameters(key, 1, 1, UPLINK), inner)
    outer = registration(GUTI) + b"\x71" + len(container).to_bytes(2, "big") + container
    found, _ = recording.initial(network.sealed(UPLINK, 1, outer, 1), ran=2).read()
    assert (found[-1].kind, found[-1].key("inside"), found[-1].body) == (
        "registration-request",
        "registration-request",
        inner,
    )
    assert found[-1].key("scheme") == "0"


def test_a_replayed_message_and_a_flipped_mac_are_said():
    network = Network(2, 0)
    one = network.sealed(UPLINK, 1, b"\x7e\0\x67\0\0\0")
    flipped = one[:2] + bytes((one[2] ^ 1,)) + one[3:]
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    found, _ = recording.up(one).up(one).up(flipped).read()
    assert of_nas(found, "mac", "replay")[-3:] == [("right", ""), ("right", "yes"), ("wrong", "")]


def test_a_concealed_identity_is_opened_with_the_home_key_only():
    vectors = Path(__file__).parents[2] / "vectors/wire/suci.json"
    case = json.loads(vectors.read_text(encoding="utf-8"))["cases"][0]
    output = case["ephemeral_public"] + case["ciphertext"] + case["tag"]
    identity = bytes.fromhex("0172241000f0011b" + output)
    recording = Recording().initial(registration(identity))
    found, _ = recording.read(Keyring(home=(HomeKey(27, 1, bytes.fromhex(case["private"])),)))
    assert of_nas(found, "supi", "scheme", "home_key") == [("274012001002086", "1", "27")]
    for home in ((), (HomeKey(27, 1, bytes(31) + b"\7"),), (HomeKey(28, 1, bytes.fromhex(case["private"])),)):
        found, reading = recording.read(Keyring(home=home))
        assert (found[1].key("supi"), reading.findings.counts) == ("", {"nas-identity-concealed": 1})


def test_what_cannot_be_decoded_is_an_event_and_a_limit():
    found, reading = Recording().add(UPLINK, b"\xff\xff\xff\xff").initial(b"\x12").read()
    assert [event.kind for event in found] == ["undecodable", "initial-ue-message"]
    assert reading.findings.counts == {"ngap-undecodable": 1, "nas-undecodable": 1}


def test_a_file_that_is_no_capture_is_an_error():
    with pytest.raises(WireError):
        list(events("x", [b"no capture at all"], Keyring(), Reading()))


def test_every_kind_of_a_nas_event_is_a_listed_name():
    found, _ = Recording().initial(registration(SUCI)).authenticated(Network(2, 2)).read(Keyring())
    assert {event.kind for event in found if event.protocol == "nas-5gs"} <= nas.NAMES | {"unreadable"}


KEYS = Keyring(
    (
        *(Subscriber(f"{plmn}000000000{n}", K, OPC) for plmn in ("90170", "99970") for n in range(1, 4)),
        Subscriber("208950000000031", OAI_K, OAI_OPC),
        Subscriber("901700000021309", OLD_K, OLD_OPC),
        Subscriber("999700000021309", K, OPC),
    )
)

# protected messages by the inventory of captures; computed over every count of both directions
RECORDINGS = [
    ("open5gs/testregistration.pcapng", {("right", ""): 1038}),
    ("pyscasso/open5gs_attach.pcap", {("right", ""): 7}),
    ("pyscasso/open5gs_attach_sbi.pcap", {("right", ""): 7}),
    ("pyscasso/open5gs_attach_reattach.pcap", {("right", ""): 16}),
    ("pyscasso/oai_attach.pcap", {("right", ""): 6}),
    ("5greplay/oai.pcap", {("right", ""): 5, ("right", "yes"): 1}),
    ("5greplay/ue_authetication.pcapng", {("unchecked", ""): 7}),
    ("open5gs-lab/core_default_ueransim.pcap", {("right", ""): 21}),
]


OWN = Path(__file__).parents[2] / "src/assay/checks/recordings/open5gs-lab"
LAB = [
    ("core_default_ueransim.pcap", 2288, {"right": 21, "": 9}, (516, 511), 29),
    ("n2_o5gs_registration_simple-test.pcap", 137, {"right": 7, "": 5}, (0, 0), 0),
    ("n2_ueransim_wrongkey.pcap", 18, {"": 4}, (0, 0), 0),
]


@pytest.mark.parametrize(("name", "frames", "macs", "http", "pfcp"), LAB)
def test_own_recordings_are_read_and_verified(name, frames, macs, http, pfcp):
    reading = Reading()
    found = list(events(name, [(OWN / name).read_bytes()], KEYS, reading))
    assert reading.frames == frames
    outer = [event for event in found if event.protocol == "nas-5gs" and not event.key("inside")]
    assert Counter(event.key("mac") for event in outer) == macs
    kinds = Counter((event.protocol, event.kind) for event in found)
    assert (kinds["http", "request"], kinds["http", "response"]) == http
    assert sum(count for (protocol, _), count in kinds.items() if protocol == "pfcp") == pfcp


def test_a_wrong_key_is_seen_in_the_challenge_and_its_answer():
    found = events("x", [(OWN / "n2_ueransim_wrongkey.pcap").read_bytes()], KEYS, Reading())
    rows = [(event.kind, event.key("autn"), event.key("cause")) for event in found if event.protocol == "nas-5gs"]
    assert ("authentication-request", "right", "") in rows
    assert ("authentication-failure", "", "20") in rows


@pytest.mark.parametrize(("name", "expected"), RECORDINGS)
def test_every_protected_message_of_a_recording_is_judged_in_one_pass(shared, name, expected):
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    found = events(name, [path.read_bytes()], KEYS, Reading())
    judged = Counter(
        (event.key("mac"), event.key("replay")) for event in found if event.key("mac") and not event.key("inside")
    )
    assert judged == expected


def long_message(nas_pdu, size):
    """A message whose body is longer than one count can say: it is written in pieces (X.691 section 11.9.3.8)."""
    capability = bytes(range(256)) * (size // 256)
    pieces = b"\xc1" + capability[:16384] + (0x8000 | size - 16384).to_bytes(2, "big") + capability[16384:]
    parts = [element(10, b"\0\5"), element(85, b"\0\1"), b"\0\x75\x40" + pieces]
    parts.append(element(38, bytes((len(nas_pdu),)) + nas_pdu))
    body = b"\0" + len(parts).to_bytes(2, "big") + b"".join(parts)
    assert 16384 < len(body) < 2 * 16384
    return b"\0\4\x40\xc1" + body[:16384] + (0x8000 | len(body) - 16384).to_bytes(2, "big") + body[16384:]


def test_a_message_in_pieces_is_read_and_its_bytes_are_those_of_the_file():
    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).add(DOWNLINK, long_message(network.request(), 20_224))
    found, reading = recording.read()
    assert [event.kind for event in found][2:] == ["downlink-nas-transport", "authentication-request"]
    assert found[3].body == network.request()
    assert dict(reading.findings.counts) == {}
    broken = long_message(network.request(), 20_224)[:-1]
    assert Recording().add(DOWNLINK, broken).read()[1].findings.counts == {"ngap-undecodable": 1}


@pytest.mark.parametrize(("protocol", "port"), [(60 << 24, 38412), (0, 38412), (60, 1234)])
def test_the_payload_protocol_may_be_turned_around_or_left_out(protocol, port):
    chunk = build.data(1, ngap(15, registration(SUCI)), protocol=protocol)
    whole = build.pcap([build.ipv4(build.sctp(chunk, src=1000, dst=port))], link=101)
    assert [event.kind for event in events("x", [whole], MINE, Reading())] == [
        "initial-ue-message",
        "registration-request",
    ]


def path_switch(source, ran):
    parts = [element(85, bytes((0, ran))), element(100, bytes((0, source)))]
    body = b"\0" + len(parts).to_bytes(2, "big") + b"".join(parts)
    return b"\0\x19\0" + bytes((len(body),)) + body


def resources_allocated(ran):
    parts = [element(10, b"\0\5"), element(85, bytes((0, ran)))]
    body = b"\0" + len(parts).to_bytes(2, "big") + b"".join(parts)
    return b"\x20\x0d\0" + bytes((len(body),)) + body


@pytest.mark.parametrize("handover", [path_switch(5, 8), resources_allocated(8)])
def test_a_ue_that_another_gnb_takes_over_keeps_its_connection(handover):
    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).authenticated(network).add(UPLINK, handover)
    found, _ = recording.up(network.sealed(UPLINK, 1, b"\x7e\0\x67\1\0\0"), ran=8).read()
    assert {event.key("ue") for event in found} == {"1"}
    assert of_nas(found, "mac", "count")[-1] == ("right", "1")


@pytest.mark.parametrize("direction", [UPLINK, DOWNLINK])
def test_a_key_derived_without_a_new_authentication_is_followed(direction):
    from assay.wire.crypto import keys

    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    count = 1
    if direction == UPLINK:
        recording.up(network.sealed(UPLINK, 1, b"\x7e\0\x67\1\0\0"))
    else:
        recording.down(network.sealed(DOWNLINK, 1, b"\x7e\0\x68\1\0\0"))
    network.k_amf = keys.k_amf_prime(network.k_amf, 0 if direction == UPLINK else 1, count)
    recording.down(network.command()).up(network.sealed(UPLINK, 0, b"\x7e\0\x5e", 4))
    found, _ = recording.read()
    assert of_nas(found, "mac", "count")[-2:] == [("right", "0"), ("right", "0")]
