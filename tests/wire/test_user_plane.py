"""PFCP, GTP-U and IPsec: what SMF and UPF agree on, user packets counted by tunnel, protected transport named."""

from __future__ import annotations

import random
import struct

import pytest

from assay.wire import pfcp
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from wire import build


def read(packets):
    reading = Reading()
    whole = build.pcap(packets, link=101)
    found = list(events("x", [whole], Keyring(), reading))
    for event in found:
        if event.body and event.kind != "tunnel":
            assert b"".join(whole[span.start : span.end] for span in event.spans) == event.body
    return found, dict(reading.findings.counts)


def ie(kind, *values):
    value = b"".join(values)
    return struct.pack(">HH", kind, len(value)) + value


def message(kind, *elements, seid=None, sequence=7, more=False):
    head = b"" if seid is None else seid.to_bytes(8, "big")
    body = head + sequence.to_bytes(3, "big") + b"\0" + b"".join(elements)
    flags = 0x20 | (seid is not None) | (4 if more else 0)
    return struct.pack(">BBH", flags, kind, len(body)) + body


def sent(data, back=False, port=8805):
    src, dst = (build.B, build.A) if back else (build.A, build.B)
    return build.ipv4(build.udp(data, port, port), 17, src=src, dst=dst)


ESTABLISH = message(
    50,
    ie(60, b"\0\x0a\0\0\1"),
    ie(57, b"\2" + bytes(7) + b"\x09" + b"\x0a\0\0\1"),
    ie(1, ie(56, b"\0\1"), ie(2, ie(20, b"\0"), ie(21, b"\1\0\0\0\x2a\x0a\0\0\2"), ie(93, b"\2\x0a\x2d\0\2"))),
    ie(1, ie(56, b"\0\2"), ie(2, ie(20, b"\1"), ie(21, b"\5"), ie(22, b"\x08internet"))),
    ie(3, ie(108, b"\0\0\0\3"), ie(44, b"\2"), ie(4, ie(42, b"\0"), ie(84, b"\1\0\0\0\0\x63\x0a\0\0\x09"))),
    seid=0,
)
ACCEPT = message(
    51, ie(60, b"\2\3upf\5local"), ie(19, b"\1"), ie(57, b"\1" + bytes(7) + b"\5" + bytes(15) + b"\1"), seid=9
)


def test_a_session_and_its_answer_are_read():
    found, counts = read([sent(ESTABLISH), sent(ACCEPT, back=True)])
    ask, answer = found
    assert (ask.kind, ask.point, ask.key("seid")) == ("session-establishment-request", "N4", "0" * 16)
    assert [pair for pair in ask.keys if pair[0] not in ("src", "dst", "src_port", "dst_port", "seid", "sequence")] == [
        ("node", "10.0.0.1"),
        ("f_seid", "0000000000000009@10.0.0.1"),
        ("pdr", "create:1"),
        ("source", "0"),
        ("f_teid", "0000002a@10.0.0.2"),
        ("ue_ip", "10.45.0.2"),
        ("pdr", "create:2"),
        ("source", "1"),
        ("f_teid", "choose"),
        ("network_instance", "internet"),
        ("far", "create:3"),
        ("apply", "3:forward"),
        ("destination", "0"),
        ("outer", "00000063@10.0.0.9"),
    ]
    assert (answer.key("answers"), answer.key("cause"), answer.key("node")) == (str(ask.number), "1", "upf.local")
    assert answer.key("f_seid") == "0000000000000005@::1"
    assert counts == {}
    first = pfcp.elements(ask.body)[2]
    assert (first.type, [one.type for one in first.parts[1].parts]) == (1, [20, 21, 93])


def test_messages_bundled_in_one_datagram_are_all_read():
    beats = message(1, ie(96, bytes(4)), more=True) + message(1, ie(96, bytes(4)), sequence=8)
    assert [(event.kind, event.key("sequence")) for event in read([sent(beats)])[0]] == [
        ("heartbeat-request", "7"),
        ("heartbeat-request", "8"),
    ]


@pytest.mark.parametrize(
    "data", [b"\x20", b"\x40\1\0\4" + bytes(4), ESTABLISH[:-1], message(50, b"\0\1\0\xff"), b"\x21\1\0\4" + bytes(4)]
)
def test_what_is_no_message_is_named(data):
    found, counts = read([sent(data)])
    assert [event.kind for event in found] == ["undecodable"]
    assert counts == {"pfcp-undecodable": 1}
    with pytest.raises(WireError):
        pfcp.elements(data)


def test_elements_within_elements_are_bounded():
    data = b""
    for _ in range(50):
        data = ie(1, data)
    found, depth = pfcp.elements(message(50, data)), 0
    while found:
        found, depth = found[0].parts, depth + 1
    assert depth == 6


def gtp(kind, teid, payload=b"", extensions=b"", sequence=False):
    flags = 0x30 | (4 if extensions else 0) | (2 if sequence else 0)
    optional = b"\0\1\0" + extensions[:1] + extensions[1:] if extensions else b"\0\1\0\0" if sequence else b""
    body = optional + payload
    return sent(struct.pack(">BBHI", flags, kind, len(body), teid) + body, port=2152)


INNER = build.ipv4(b"user data", 17, src=b"\x0a\x2d\0\2", dst=b"\x08\x08\x08\x08")
UP = b"\x85\1\x10\x05\0"
"""A PDU session container: uplink, QFI 5, no further extension header."""


def test_user_packets_are_counted_by_tunnel():
    other = build.ipv6(b"x", 17)
    found, counts = read(
        [gtp(255, 42, INNER, UP), gtp(255, 42, INNER, UP), gtp(255, 42, other, UP), gtp(255, 7, INNER)]
    )
    assert [(event.kind, event.point, event.key("teid"), event.key("packets")) for event in found] == [
        ("tunnel", "N3", "0000002a", "3"),
        ("tunnel", "", "00000007", "1"),
    ]
    first = found[0]
    assert [value for name, value in first.keys if name == "inner_src"] == ["10.45.0.2", "::1"]
    assert (first.key("direction"), first.key("qfi"), first.key("extension")) == ("up", "5", "85")
    assert (first.key("first_frame"), first.key("last_frame")) == ("1", "3")
    assert first.key("bytes") == str(2 * len(INNER) + len(other))
    assert counts == {}


def test_messages_of_the_tunnel_protocol_are_events():
    accused = b"\x10\0\0\0\x2a\x85\0\4\x0a\0\0\2"
    found, _ = read(
        [
            gtp(1, 0, sequence=True),
            gtp(254, 42),
            gtp(26, 0, accused, sequence=True),
            gtp(26, 0, accused, b"\x40\1\0\1\0"),
        ]
    )
    assert [event.kind for event in found] == ["echo-request", "end-marker", "error-indication", "error-indication"]
    assert [(event.key("of_teid"), event.key("of_peer")) for event in found[2:]] == [("0000002a", "10.0.0.2")] * 2


def test_tunnels_without_end_need_bounded_memory():
    found, _ = read([gtp(255, teid, INNER) for teid in range(21_000)])
    assert len(found) == 21_000
    assert len({event.key("teid") for event in found}) == 21_000


@pytest.mark.parametrize("data", [b"", b"\x12\xff\0\0\0\0\0\1", b"\x34\xff\0\x08\0\0\0\1\0\0\0\x85\0\0\0\0"])
def test_malformed_tunnel_heads_are_named(data):
    assert read([sent(data, port=2152)])[1] == {"gtpu-malformed": 1}


def test_protected_transport_is_counted_by_association():
    esp = [build.ipv4(b"\0\0\0\x09" + bytes(60), 50) for _ in range(3)]
    ah = build.ipv4(b"\x11\4\0\0\0\0\0\x08" + bytes(20), 51)
    natted = build.ipv4(build.udp(b"\0\0\0\x0a" + bytes(40), 4500, 4500), 17)
    alive = build.ipv4(build.udp(b"\xff", 4500, 4500), 17)
    found, _ = read([*esp, ah, natted, alive])
    assert [(event.protocol, event.key("spi"), event.key("packets")) for event in found] == [
        ("esp", "00000009", "3"),
        ("ah", "00000008", "1"),
        ("esp", "0000000a", "1"),
    ]


def test_key_exchanges_are_events():
    head = bytes(range(8)) + bytes(8) + b"\x21\x20\x22\x08" + bytes(8)
    answer = bytes(range(8)) + b"r" * 8 + b"\x2e\x20\x23\x20" + bytes(8)
    plain = build.ipv4(build.udp(head, 500, 500), 17)
    natted = build.ipv4(build.udp(bytes(4) + answer, 4500, 4500), 17)
    found, _ = read([plain, natted])
    assert [(event.kind, event.key("role")) for event in found] == [("sa-init", "request"), ("auth", "response")]


def test_mutated_packets_are_read_in_bounds():
    samples, chance = (
        [sent(ESTABLISH), sent(ACCEPT), gtp(255, 1, INNER, UP), gtp(26, 0, b"\x10\0\0\0\1", UP)],
        random.Random(4),
    )
    packets = []
    for _ in range(4000):
        one = bytearray(chance.choice(samples))
        for _ in range(chance.randint(1, 4)):
            one[chance.randrange(28, len(one))] = chance.randrange(256)
        packets.append(bytes(one[: chance.randint(28, len(one))]) if chance.random() < 0.2 else bytes(one))
    found, counts = read(packets)
    assert found
    assert counts["pfcp-undecodable"] > 100


# messages by type: scas/capture_inventory.txt
RECORDINGS = [
    (
        "pyscasso/oai_attach.pcap",
        {"heartbeat-request": 9, "heartbeat-response": 9, "session-modification-request": 1},
        8,
    ),
    (
        "5greplay/oai.pcap",
        {"heartbeat-request": 38, "heartbeat-response": 38, "session-establishment-response": 1},
        198,
    ),
    (
        "open5gs/testregistration.pcapng",
        {"session-establishment-request": 23, "session-modification-response": 29},
        None,
    ),
    ("telekom/n3_example.pcap", {}, 92),
]


@pytest.mark.parametrize(("name", "messages", "user"), RECORDINGS)
def test_messages_of_a_recording_are_those_that_others_counted(shared, name, messages, user):
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    found = list(events(name, [path.read_bytes()], Keyring(), Reading()))
    kinds = [event.kind for event in found if event.protocol == "pfcp"]
    assert {kind: kinds.count(kind) for kind in messages} == messages
    if user is not None:
        assert sum(int(event.key("packets")) for event in found if event.kind == "tunnel") == user
