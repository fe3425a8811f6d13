"""HTTP: messages of both versions on any port, and nothing guessed where the recording lacks state."""

from __future__ import annotations

import gzip
import random

import pytest

from assay.wire import http
from assay.wire.errors import WireError
from assay.wire.header_state import HeaderState
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from wire import build
from wire.build_tcp import GET, OK, POST, PREFACE, SETTINGS, Connection, Side, exchange, frame, opened


def read(packets):
    reading = Reading()
    found = list(events("x", [build.pcap(packets, link=101)], Keyring(), reading))
    return [event for event in found if event.protocol == "http"], dict(reading.findings.counts)


def shown(found, *names):
    return [(event.kind, *(event.key(name) for name in names)) for event in found]


def test_requests_and_responses_are_paired_and_named():
    connection, client, server = opened(port=51234)
    exchange(connection, client, server)
    exchange(connection, client, server, stream=3, ask=POST)
    found, counts = read(connection.end().packets)
    assert shown(found, "method", "path", "status", "stream", "headers", "body") == [
        ("request", "GET", GET[1][1], "", "1", "whole", "whole"),
        ("response", "GET", GET[1][1], "200", "1", "whole", "whole"),
        ("request", "POST", POST[1][1], "", "3", "whole", "whole"),
        ("response", "POST", POST[1][1], "200", "3", "whole", "whole"),
    ]
    assert [event.key("answers") for event in found] == ["", str(found[0].number), "", str(found[2].number)]
    assert {event.point for event in found} == {"SBI"}
    assert http.message(found[1].body).json() == {"a": 1}
    assert http.message(found[0].body).field(":authority") == "nrf"
    assert counts == {}


@pytest.mark.parametrize("size", [1, 7, 1400])
@pytest.mark.parametrize("pieces", [1, 3, 9])
def test_frames_and_blocks_may_be_cut_anywhere(size, pieces):
    client, server = Side(), Side()
    connection = Connection().say(0, PREFACE + SETTINGS + client.message(1, POST, b'{"b":2}', pieces), size)
    connection.say(1, SETTINGS + server.message(1, OK, b"[]", pieces), size)
    found, counts = read(connection.packets)
    assert [(event.kind, http.message(event.body).json()) for event in found] == [
        ("request", {"b": 2}),
        ("response", []),
    ]
    assert counts == {}


def test_padding_priority_trailers_and_interim_answers_are_read():
    connection, client, server = opened()
    block = client.encoder.encode(POST)
    connection.say(0, frame(1, 0x2C, 1, b"\3" + bytes(5) + block + bytes(3)) + frame(0, 9, 1, b"\2{}" + bytes(2)))
    connection.say(1, frame(1, 4, 1, server.encoder.encode([(":status", "103")])))
    connection.say(1, frame(1, 4, 1, server.encoder.encode(OK)) + frame(0, 0, 1, b"[1]"))
    connection.say(1, frame(1, 5, 1, server.encoder.encode([("grpc-status", "0")])))
    found, counts = read(connection.packets)
    assert shown(found, "status") == [("request", ""), ("response", "103"), ("response", "200")]
    assert http.message(found[0].body).content == b"{}"
    assert http.message(found[2].body).field("grpc-status") == "0"
    assert counts == {}


def late_fields(packets_from):
    connection, client, server = opened()
    for stream in range(1, 21, 2):
        ask = [*GET[:1], (":path", f"/namf-comm/v1/ue/{stream}"), *GET[2:], ("authorization", "Bearer abc")]
        exchange(connection, client, server, stream, ask)
    whole, _ = read(connection.packets)
    part, counts = read(connection.packets[packets_from:])
    truth = {(event.kind, event.key("stream")): set(http.message(event.body).fields) for event in whole}
    return truth, part, counts


@pytest.mark.parametrize("start", range(3, 24))
def test_from_the_middle_of_a_connection_nothing_is_guessed(start):
    truth, part, counts = late_fields(start)
    assert part
    for event in part:
        fields = set(http.message(event.body).fields)
        assert fields <= truth[event.kind, event.key("stream")]
        assert (event.key("headers") == "whole") == (fields == truth[event.kind, event.key("stream")])
    assert counts["tcp-start-missing"] == 1


@pytest.mark.parametrize("lost", range(4, 22))
def test_after_a_lost_segment_nothing_is_guessed(lost):
    connection, client, server = opened()
    for stream in range(1, 21, 2):
        fields = [*GET, (f"x-{stream}", f"v{stream}"), ("x-same", "v")]
        exchange(connection, client, server, stream, fields, [*OK, (f"y-{stream}", "1")])
    whole, _ = read(connection.packets)
    truth = {(event.kind, event.key("stream")): set(http.message(event.body).fields) for event in whole}
    found, counts = read(connection.packets[:lost] + connection.packets[lost + 1 :])
    assert len(found) in (18, 19)
    for event in found:
        assert set(http.message(event.body).fields) <= truth[event.kind, event.key("stream")]
    assert counts["tcp-gap"] == 1


def test_an_entry_that_left_the_table_is_not_taken_for_another():
    sender, chance = Side().encoder, random.Random(11)
    blocks = []
    for _ in range(300):
        fields = [(f"name-{chance.randrange(60)}", "v" * chance.randrange(200)) for _ in range(4)]
        blocks.append((sender.encode(fields), fields))
    late = HeaderState(known=False)
    for block, fields in blocks[50:]:
        found = late.read(block)
        assert len(found.fields) + found.unknown == len(fields)
        assert set(found.fields) <= set(fields)
    assert found.unknown == 0


def test_a_known_table_knows_no_unknown_index():
    assert HeaderState(known=True).read(b"\xff\x20") is None
    assert HeaderState(known=False).read(b"\xff\x20").unknown == 1


@pytest.mark.parametrize(
    "block", [b"\xff", b"\x7f\xff\xff\xff\xff\xff\xff\xff\x0f", b"\x40\x85\xff", b"\x3f\xff\xff\x7f"]
)
def test_a_broken_block_is_undecodable(block):
    connection, client, server = opened()
    connection.say(0, frame(1, 5, 1, block))
    exchange(connection, client, server, 3)
    found, counts = read(connection.packets)
    assert (found[0].kind, found[0].key("headers")) == ("undecodable", "lost")
    assert counts["http2-headers-undecodable"] == 1
    assert found[-1].kind == "response"


def test_a_header_bomb_an_endless_block_and_a_huge_frame_are_bounded():
    bomb = Side().encoder.encode([("x", "y" * 3000)]) + b"\xbe" * 60_000
    endless = frame(1, 0, 1, b"\0\1a\1b") + frame(9, 0, 1, b"\0\1a\1b" * 2000) * 20
    huge = b"\xff\xff\xff\1\4\0\0\0\1" + bytes(70_000)
    for attack in (frame(1, 5, 1, bomb), endless, huge):
        connection, _, _ = opened()
        found, counts = read(connection.say(0, attack).packets)
        assert counts["http2-headers-undecodable"] == 1
        assert all(len(event.body) < 1000 for event in found)


def test_bytes_that_are_no_frame_are_passed_over():
    connection, client, server = opened()
    exchange(connection, client, server)
    connection.say(0, b"\0\0\1\4\0\0\0\0\0" + b"garbage that is no frame")
    connection.say(0, frame(1, 5, 3, client.encoder.encode(POST[:2])))
    found, counts = read(connection.packets)
    assert counts["http2-resync"] == 1
    assert found[-1].key("method") == "POST"


def test_a_long_body_is_cut_and_said_so():
    connection, client, server = opened()
    connection.say(0, client.message(1, GET))
    connection.say(1, frame(1, 4, 1, server.encoder.encode(OK)))
    for _ in range(70):
        connection.say(1, frame(0, 0, 1, bytes(16384)))
    connection.say(1, frame(0, 1, 1, b"end"))
    found, _ = read(connection.packets)
    assert found[1].key("body") == "cut"
    assert len(found[1].body) < http.BODY_LIMIT + 1000


def test_a_reset_stream_and_an_open_one_are_events():
    connection, client, _ = opened()
    connection.say(0, client.message(1, GET)).say(1, frame(3, 0, 1, b"\0\0\0\7"))
    connection.say(0, frame(1, 4, 3, client.encoder.encode(POST)) + frame(3, 0, 3, b"\0\0\0\x08"))
    connection.say(0, frame(1, 4, 5, client.encoder.encode(POST)))
    found, _ = read(connection.packets)
    assert shown(found, "stream", "body", "reset") == [
        ("request", "1", "whole", ""),
        ("request", "3", "open", "8"),
        ("request", "5", "open", ""),
    ]


HTTP1 = b"POST /nudm-ueau/v1/x HTTP/1.1\r\nHost: udm\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"


@pytest.mark.parametrize("size", [1, 5, 1400])
def test_http_1_is_read_with_lengths_chunks_and_answers(size):
    connection = Connection().say(0, HTTP1 + b'{"a":1}' + HTTP1 + b'{"a":2}', size)
    connection.say(1, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]", size)
    chunked = (
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2;x=y\r\n2]\r\n0\r\nT: v\r\n\r\n"
    )
    found, counts = read(connection.say(1, chunked, size).packets)
    assert sorted(shown(found, "path", "status", "version", "body", "stream")) == [
        ("request", "/nudm-ueau/v1/x", "", "1.1", "whole", "1"),
        ("request", "/nudm-ueau/v1/x", "", "1.1", "whole", "2"),
        ("response", "/nudm-ueau/v1/x", "100", "1.1", "whole", "1"),
        ("response", "/nudm-ueau/v1/x", "201", "1.1", "whole", "1"),
        ("response", "/nudm-ueau/v1/x", "404", "1.1", "whole", "2"),
    ]
    last = found[-1]
    assert http.message(last.body).json() == [1, 2]
    assert last.key("answers") == str([event for event in found if event.kind == "request"][1].number)
    assert counts == {}


def test_http_1_bodies_without_length_end_with_the_connection_and_heads_have_none():
    connection = Connection().say(0, b"HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n")
    connection.say(1, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it").end()
    found, _ = read(connection.packets)
    assert [(event.key("method"), http.message(event.body).content) for event in found] == [
        ("HEAD", b""),
        ("GET", b""),
        ("HEAD", b""),
        ("GET", b"all of it"),
    ]
    assert found[-1].key("body") == "whole"


def test_http_1_is_found_again_behind_a_gap():
    connection = Connection()
    for number in range(4):
        connection.say(0, HTTP1.replace(b"/x", b"/%d" % number) + b'{"a":1}').acknowledge(1)
    found, counts = read(connection.packets[:4] + connection.packets[5:])
    assert [event.key("path")[-1] for event in found] == ["0", "2", "3"]
    assert counts["tcp-gap"] == 1


def test_multipart_bodies_have_parts():
    content = (
        b'--b1\r\nContent-Type: application/json\r\n\r\n{"n":1}\r\n--b1\r\nContent-Id: n1\r\n\r\n\x7e\x00\r\n--b1--\r\n'
    )
    fields = [*POST, ("content-type", 'multipart/related; boundary="b1"')]
    connection, client, _ = opened()
    (found,), _ = read(connection.say(0, client.message(1, fields, content)).packets)
    message = http.message(found.body)
    assert [(part.field("content-id"), part.content) for part in message.parts()] == [
        ("", b'{"n":1}'),
        ("n1", b"\x7e\0"),
    ]
    assert message.json() == {"n": 1}


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b"[" * 250 + b"]" * 250, b"\xff\xfe", b"1" * 10_000, b""])
def test_json_that_is_none_or_too_deep_is_a_clear_error(text):
    with pytest.raises(WireError) as caught:
        http.Message((), text).json()
    assert caught.value.code == "E0632"


def test_names_that_occur_twice_are_listed():
    assert http.Message((), b'{"a":1,"b":{"c":1,"c":2},"a":3}').document()[1] == ("c", "a")


def test_a_field_cannot_forge_another_one():
    connection, client, _ = opened()
    fields = [*GET, ("x", "1\r\nauthorization: Bearer forged"), (":weird", "v")]
    (found,), _ = read(connection.say(0, client.message(1, fields)).packets)
    assert http.message(found.body).field("authorization") == ""
    assert http.message(found.body).field(":weird") == "v"


def test_connections_of_other_protocols_are_left_alone():
    connection = Connection().say(0, b"SSH-2.0-x\r\n").say(1, b"SSH-2.0-y\r\n")
    for _ in range(200):
        connection.say(0, gzip.compress(bytes(50))).say(1, bytes(range(256)))
    assert read(connection.packets) == ([], {})


@pytest.mark.parametrize(
    ("path", "point"),
    [
        ("/nnrf-nfm/v1/nf-instances", "SBI"),
        ("/prefix/npcf-am-policy-control/v1", "SBI"),
        ("/oauth2/token", "SBI"),
        ("/n32c-handshake/v1/exchange-capability", "N32"),
        ("/n32f-forward/v1/n32f-process", "N32"),
        ("/index.html", ""),
    ],
)
def test_the_path_shows_the_point(path, point):
    assert http.point(path) == point


def test_mutated_connections_are_read_in_bounds():
    connection, client, server = opened()
    for stream in range(1, 9, 2):
        exchange(connection, client, server, stream, POST)
    plain = Connection(port=40001).say(0, HTTP1 + b'{"a":1}').say(1, b"HTTP/1.1 200 OK\r\n\r\nx").end()
    packets, chance = [*connection.packets, *plain.packets], random.Random(20)
    for _ in range(300):
        changed = [bytearray(packet) for packet in packets]
        for _ in range(6):
            one = chance.choice(changed)
            one[chance.randrange(20, len(one))] = chance.randrange(256)
        chance.shuffle(changed) if chance.random() < 0.2 else None
        found, _ = read([bytes(one) for one in changed])
        for event in found:
            http.message(event.body)


# (requests, responses) as tshark counts header blocks; `partial` where the recording begins in the middle
RECORDINGS = [
    ("open5gs/testregistration.pcapng", 929, 929),
    ("pyscasso/open5gs_attach_sbi.pcap", 51, 51),
    ("pyscasso/open5gs_nrf_reg_disc.pcapng", 3, 3),
    ("pyscasso/open5gs_sync_failure.pcap", 17, 17),
    ("5greplay/oai.pcap", 25, 25),
]


@pytest.mark.parametrize(("name", "requests", "responses"), RECORDINGS)
def test_messages_of_a_recording_are_all_found(shared, name, requests, responses):
    path = shared / "captures" / name
    if not path.is_file():
        pytest.skip(f"not run: {name} absent")
    found = [
        event.kind for event in events(name, [path.read_bytes()], Keyring(), Reading()) if event.protocol == "http"
    ]
    assert (found.count("request"), found.count("response")) == (requests, responses)
