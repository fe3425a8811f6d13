"""Links and IP: where packets begin, fragments, repetitions of `any` recordings."""

from __future__ import annotations

import itertools
import struct

import pytest

from assay.wire.capture import Capture, frames
from assay.wire.ip import SCTP, address, datagrams
from assay.wire.link import IPV4, IPV6, OTHER, locate
from wire import build

PAYLOAD = b"payload of the packet"


def read(packets, link=101, **options):
    capture = Capture()
    whole = build.pcap(packets, link=link, **options)
    found = list(datagrams(frames([whole], capture), capture.findings))
    for one in found:
        assert b"".join(whole[span.start : span.end] for span in one.spans) == one.payload
    return found, dict(capture.findings.counts)


@pytest.mark.parametrize(
    ("link", "frame", "kind", "at"),
    [
        (1, build.ethernet(b"", 0x0800), IPV4, 14),
        (1, build.ethernet(b"", 0x86DD, (0x8100,)), IPV6, 18),
        (1, build.ethernet(b"", 0x0800, (0x88A8, 0x8100)), IPV4, 22),
        (113, bytes(14) + b"\x08\x00", IPV4, 16),
        (276, b"\x86\xdd" + bytes(18), IPV6, 20),
        (101, b"\x45", IPV4, 0),
        (101, b"\x60", IPV6, 0),
        (228, b"", IPV4, 0),
        (229, b"", IPV6, 0),
        (0, b"\2\0\0\0", IPV4, 4),
        (0, b"\0\0\0\2", IPV4, 4),
        (0, b"\x1e\0\0\0", IPV6, 4),
        (108, b"\0\0\0\x18", IPV6, 4),
    ],
)
def test_every_link_shows_where_its_packet_begins(link, frame, kind, at):
    assert locate(link, frame) == (kind, at)


@pytest.mark.parametrize("link", [0, 1, 101, 108, 113, 276])
def test_a_frame_shorter_than_its_head_holds_nothing(link):
    assert locate(link, b"")[0] == OTHER


def test_an_unknown_link_is_named():
    assert read([b"x"], link=147) == ([], {"link-unknown": 1})


def test_a_packet_has_its_addresses_protocol_and_no_padding():
    (found,), counts = read([build.ethernet(build.ipv4(PAYLOAD) + bytes(9))], link=1)
    assert (found.payload, found.protocol, found.cut) == (PAYLOAD, SCTP, False)
    assert (address(found.src), address(found.dst)) == ("10.0.0.1", "10.0.0.2")
    assert counts == {}


def test_extension_heads_of_ipv6_are_passed():
    hop = struct.pack(">BB6x", 60, 0)
    options = struct.pack(">BB6x", 132, 0)
    (found,), _ = read([build.ipv6(PAYLOAD, 0, hop + options)])
    assert (found.payload, found.protocol, address(found.src)) == (PAYLOAD, SCTP, "::1")


def test_what_a_snap_length_cut_off_is_named():
    (found,), counts = read([build.ipv4(bytes(100))], snap=60)
    assert (found.cut, len(found.payload), counts) == (True, 40, {"frame-cut": 1})


def fragments(version):
    body = bytes(range(20))
    pieces = [(0, True, body[:8]), (8, True, body[8:16]), (16, False, body[16:])]
    if version == 4:
        return body, [build.ipv4(part, ident=9, offset=at, more=more) for at, more, part in pieces]
    heads = [struct.pack(">BBHI", 132, 0, at | more, 9) for at, more, _ in pieces]
    return body, [build.ipv6(part, 44, head) for head, (_, _, part) in zip(heads, pieces, strict=True)]


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_in_any_order_and_repeated_make_one_datagram(version):
    body, parts = fragments(version)
    for order in itertools.permutations(parts):
        (found,), counts = read([order[0], *order])
        assert (found.payload, found.protocol, len(found.spans), counts) == (body, SCTP, 3, {})


def test_a_missing_fragment_is_named():
    _, parts = fragments(4)
    for left_out in range(3):
        assert read(parts[:left_out] + parts[left_out + 1 :]) == ([], {"fragments-lost": 1})


def test_fragments_that_overlap_or_contradict_are_no_evidence():
    first = build.ipv4(bytes(16), ident=9, offset=0, more=True)
    overlap = build.ipv4(bytes(16), ident=9, offset=8)
    assert read([first, overlap]) == ([], {"fragments-contradict": 1})
    other = build.ipv4(b"\1" * 16, ident=9, offset=0, more=True)
    assert read([first, other]) == ([], {"fragments-contradict": 1})


def test_fragments_without_end_need_bounded_memory():
    packets = [build.ipv4(bytes(8), ident=n, offset=0, more=True) for n in range(1000)]
    assert read(packets) == ([], {"fragments-lost": 1000})


def cooked(packet, direction):
    return struct.pack(">HHH8xH", direction, 1, 6, 0x0800) + packet


def pcapng(packets, step):
    whole = build.section() + build.interface(113)
    for number, packet in enumerate(packets):
        whole += build.enhanced(packet, number * step)
    capture = Capture()
    return list(datagrams(frames([whole], capture), capture.findings)), dict(capture.findings.counts)


def test_a_packet_recorded_at_two_interfaces_counts_once_even_after_a_hop():
    twice = [cooked(build.ipv4(PAYLOAD, ident=5), 4), cooked(build.ipv4(PAYLOAD, ident=5, ttl=63), 0)]
    found, counts = pcapng(twice, 10)
    assert (len(found), counts) == (1, {"duplicate": 1})


def test_the_same_bytes_later_or_under_another_number_are_another_packet():
    packet = cooked(build.ipv4(PAYLOAD, ident=5), 4)
    assert len(pcapng([packet, packet], 60_000)[0]) == 2
    assert len(pcapng([packet, cooked(build.ipv4(PAYLOAD, ident=6), 0)], 10)[0]) == 2


def test_a_repetition_on_a_single_interface_is_kept():
    packet = build.ipv4(PAYLOAD, ident=5)
    assert len(read([packet, packet])[0]) == 2


@pytest.mark.parametrize("packet", [b"\x45", b"\x41" + bytes(30), b"\x45\0\0\5" + bytes(30), b"\x60" + bytes(20)])
def test_a_malformed_head_is_named(packet):
    assert read([packet]) == ([], {"ip-malformed": 1})


INNER = build.ipv4(PAYLOAD, src=b"\x0a\x09\0\1", dst=b"\x0a\x09\0\2")
BRIDGED = build.ethernet(INNER, 0x0800, (0x8100,))


@pytest.mark.parametrize(
    "outer",
    [
        build.ipv4(INNER, 4),
        build.ipv6(INNER, 4),
        build.ipv4(struct.pack(">HHI", 0x2000, 0x0800, 7) + INNER, 47),
        build.ipv4(struct.pack(">HH", 0, 0x6558) + BRIDGED, 47),
        build.ipv4(build.udp(b"\x08\0\0\0\0\0\7\0" + BRIDGED, dst=4789), 17),
        build.ipv4(build.udp(b"\x08\0\0\0\0\0\7\0" + BRIDGED, dst=8472), 17),
        build.ipv4(build.udp(b"\x01\0\x65\x58\0\0\7\0" + bytes(4) + BRIDGED, dst=6081), 17),
        build.ipv4(build.ipv4(build.ipv4(INNER, 4), 4), 4),
    ],
)
def test_what_nodes_of_a_cluster_carry_for_others_is_read(outer):
    (found,), counts = read([outer])
    assert (address(found.src), found.payload, counts) == ("10.9.0.1", PAYLOAD, {})


@pytest.mark.parametrize(
    "outer", [build.ipv4(b"", 4), build.ipv4(b"\x45", 4), build.ipv4(b"\0", 47), build.ipv4(b"\0\1\x08\0" + INNER, 47)]
)
def test_a_tunnel_that_carries_no_packet_is_left_as_it_is(outer):
    (found,), _ = read([outer])
    assert address(found.src) == "10.0.0.1"
