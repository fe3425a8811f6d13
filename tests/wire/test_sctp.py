"""SCTP: messages whole again, each once, and what the recording does not show is said."""

from __future__ import annotations

import itertools
import struct

import pytest

from assay.wire.capture import Capture, frames
from assay.wire.ip import datagrams
from assay.wire.sctp import messages
from wire import build


def read(packets, wrap=build.ipv4):
    capture = Capture()
    whole = build.pcap([wrap(packet) for packet in packets], link=101)
    found = list(messages(datagrams(frames([whole], capture), capture.findings), capture.findings))
    for one in found:
        if not one.control:
            assert b"".join(whole[span.start : span.end] for span in one.spans) == one.payload
    return found, dict(capture.findings.counts)


def payloads(packets, **options):
    found, counts = read(packets, **options)
    return [one.payload for one in found], counts


def test_bundled_chunks_are_messages_of_their_own():
    found, counts = read(
        [build.sctp(build.data(1, b"one"), build.chunk(3, 0, bytes(12)), build.data(2, b"two", protocol=62))]
    )
    assert [(one.payload, one.protocol, one.stream, one.src_port) for one in found] == [
        (b"one", 60, 1, 38412),
        (b"two", 62, 1, 38412),
    ]
    assert counts == {}


def test_parts_in_any_order_make_one_message():
    parts = [build.data(8, b"aa", 2), build.data(9, b"bb", 0), build.data(10, b"cc", 1)]
    for order in itertools.permutations(parts):
        assert payloads([build.sctp(part) for part in order]) == ([b"aabbcc"], {})


def test_parts_pass_the_end_of_the_numbers():
    parts = [build.data(2**32 - 1, b"aa", 2), build.data(0, b"bb", 1), build.data(1, b"next")]
    assert payloads([build.sctp(part) for part in parts]) == ([b"aabb", b"next"], {})


def test_parts_of_interleaved_messages_are_told_apart():
    parts = [
        build.idata(1, b"aa", 2, message=5, fourth=60),
        build.idata(2, b"xx", 2, message=6, fourth=61),
        build.idata(3, b"bb", 1, message=5, fourth=1),
        build.idata(4, b"yy", 1, message=6, fourth=1),
    ]
    found, counts = read([build.sctp(part) for part in parts])
    assert [(one.payload, one.protocol) for one in found] == [(b"aabb", 60), (b"xxyy", 61)]
    assert counts == {}


def test_a_retransmission_counts_once_on_any_path():
    packet = build.sctp(build.data(1, b"one"))
    other = build.ipv4(packet, src=b"\x0a\0\1\1")
    assert payloads([packet, packet]) == ([b"one"], {"sctp-repeated": 1})
    capture = Capture()
    whole = build.pcap([build.ipv4(packet), other], link=101)
    assert len(list(messages(datagrams(frames([whole], capture), capture.findings), capture.findings))) == 1


def test_a_number_used_for_other_content_is_kept_and_named():
    packets = [build.sctp(build.data(1, b"one")), build.sctp(build.data(1, b"two"))]
    assert payloads(packets) == ([b"one", b"two"], {"sctp-tsn-reused": 1})


def test_chunks_that_the_recording_lacks_are_counted():
    packets = [build.sctp(build.data(tsn, b"x%d" % tsn)) for tsn in (5, 6, 9)]
    assert payloads(packets) == ([b"x5", b"x6", b"x9"], {"sctp-missing": 1})


def test_a_message_without_its_end_is_named():
    assert payloads([build.sctp(build.data(1, b"aa", 2))]) == ([], {"sctp-parts-lost": 1})


def test_two_first_parts_are_not_joined():
    packets = [
        build.sctp(build.data(1, b"aa", 2)),
        build.sctp(build.data(2, b"bb", 2)),
        build.sctp(build.data(3, b"c", 1)),
    ]
    assert payloads(packets) == ([b"bbc"], {"sctp-parts-lost": 1})


def test_begin_and_end_of_an_association_are_seen():
    packets = [build.sctp(build.chunk(1, 0, bytes(16)), tag=0), build.sctp(build.chunk(6, 0, b"\0\x0c\0\4"))]
    found, _ = read(packets)
    assert [(one.control, len(one.payload)) for one in found] == [("init", 16), ("abort", 4)]


def test_sctp_in_udp_is_read_on_its_port_only():
    packet = build.sctp(build.data(1, b"one"))
    assert payloads([packet], wrap=lambda p: build.ipv4(build.udp(p), 17)) == ([b"one"], {})
    assert payloads([packet], wrap=lambda p: build.ipv4(build.udp(p, dst=53), 17)) == ([], {})


def test_a_message_may_lie_in_fragments_of_ip():
    packet = build.sctp(build.data(1, bytes(range(40))))
    whole = build.pcap(
        [build.ipv4(packet[:32], ident=3, more=True), build.ipv4(packet[32:], ident=3, offset=32)], link=101
    )
    capture = Capture()
    (found,) = messages(datagrams(frames([whole], capture), capture.findings), capture.findings)
    assert found.payload == bytes(range(40))
    assert [span.frame for span in found.spans] == [1, 2]
    assert b"".join(whole[span.start : span.end] for span in found.spans) == found.payload


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (b"short", "sctp-malformed"),
        (build.sctp(b"\0\3\0\0"), "sctp-malformed"),
        (build.sctp(b"\0\3\0\xff" + bytes(20)), "sctp-malformed"),
        (build.sctp(build.chunk(0, 3, bytes(12))), "sctp-malformed"),
        (build.sctp(build.chunk(64, 3, bytes(4))), "sctp-malformed"),
    ],
)
def test_malformed_packets_are_named(packet, name):
    assert payloads([packet]) == ([], {name: 1})


def test_endless_parts_need_bounded_memory():
    packets = [build.sctp(build.data(2 * n, bytes(1000), 0), tag=n % 7) for n in range(9000)]
    found, counts = payloads(packets)
    assert found == []
    assert counts["sctp-parts-lost"] >= 7


def test_many_flows_need_bounded_memory():
    packets = [build.sctp(build.data(1, struct.pack(">I", n)), tag=n + 1) for n in range(3000)]
    assert len(payloads(packets)[0]) == 3000
