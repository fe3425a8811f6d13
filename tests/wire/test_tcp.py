"""TCP: every byte once and in order, and what the recording lacks has a name."""

from __future__ import annotations

import itertools
import random

from assay.wire.buffer import Buffer, Piece
from assay.wire.capture import Capture, frames
from assay.wire.ip import datagrams
from assay.wire.tcp import Closed, Gap, Reader
from wire import build
from wire.build_tcp import ACK, RST, SYN, Connection, tcp


def steps(packets):
    capture = Capture()
    whole = build.pcap(packets, link=101)
    reader, out = Reader(capture.findings), []
    for datagram in datagrams(frames([whole], capture), capture.findings):
        out += reader.datagram(datagram)
    out += reader.close()
    for _, _, what in out:
        if isinstance(what, Piece):
            assert b"".join(whole[span.start : span.end] for span in what.spans) == what.data
    return out, dict(capture.findings.counts)


def said(packets):
    """What each side said, with a gap as its size in brackets."""
    found, counts = steps(packets)
    out = ["", ""]
    for _, side, what in found:
        if isinstance(what, Piece):
            out[side] += what.data.decode()
        elif isinstance(what, Gap):
            out[side] += f"[{what.size}]"
    return out, counts


def words():
    return Connection().say(0, b"abcdefghij", 2).say(1, b"0123456789", 5)


def test_bytes_come_in_order_and_over_the_end_of_the_numbers():
    assert said(words().packets) == (["abcdefghij", "0123456789"], {})


def test_any_order_of_a_few_segments_gives_the_same_bytes():
    connection = words()
    opening, data = connection.packets[:2], connection.packets[2:6]
    for order in itertools.permutations(data):
        assert said([*opening, *order, *connection.packets[6:]])[0] == ["abcdefghij", "0123456789"]


def test_repetitions_and_overlaps_are_read_once():
    connection = words()
    again = [packet for packet in connection.packets for _ in (0, 1)]
    assert said(again)[0] == ["abcdefghij", "0123456789"]
    overlap = build.ipv4(tcp(b"cdefXX", 1003), 6)
    found, _ = said([*connection.packets[:4], overlap, *connection.packets[4:]])
    assert found[0].startswith("abcdef")
    assert len(found[0]) == 10


def test_bytes_that_were_acknowledged_and_not_recorded_are_a_gap():
    connection = words().acknowledge(1)
    lost = [packet for number, packet in enumerate(connection.packets) if number not in (3, 4)]
    found, counts = said(lost)
    assert found == ["ab[4]ghij", "0123456789"]
    assert counts == {"tcp-gap": 1}


def test_what_is_late_is_no_gap():
    connection = words()
    packets = connection.packets
    found, counts = said([*packets[:2], packets[3], packets[4], packets[2], *packets[5:]])
    assert (found[0], counts) == ("abcdefghij", {})


def test_a_recording_that_begins_within_a_connection_is_read_and_named():
    found, counts = said(words().packets[4:])
    assert (found, counts) == (["efghij", "0123456789"], {"tcp-start-missing": 1})


def test_a_port_that_is_used_again_is_another_connection():
    first, second = words().end(), Connection(start=(77, 99)).say(0, b"xyz")
    found, _ = steps([*first.packets, *second.packets])
    numbers = {(connection.number, what.data) for connection, _, what in found if isinstance(what, Piece)}
    assert (2, b"xyz") in numbers
    # even where the end of the first one was not recorded
    found, _ = steps([*words().packets, *second.packets])
    assert (2, b"xyz") in {(connection.number, what.data) for connection, _, what in found if isinstance(what, Piece)}


def test_a_connection_ends_at_both_ends_or_at_a_reset():
    assert sum(isinstance(what, Closed) for _, _, what in steps(words().end().packets)[0]) == 1
    reset = build.ipv4(tcp(b"", 1011, 0, RST | ACK), 6)
    assert sum(isinstance(what, Closed) for _, _, what in steps([*words().packets, reset])[0]) == 1


def test_malformed_heads_are_named():
    for payload in (b"short", bytes(12) + b"\x10" + bytes(7), bytes(12) + b"\xf0" + bytes(7)):
        assert steps([build.ipv4(payload, 6)]) == ([], {"tcp-malformed": 1})


def test_segments_that_never_fit_need_bounded_memory():
    syn = build.ipv4(tcp(b"", 1, flags=SYN), 6)
    found, counts = steps([syn, *(build.ipv4(tcp(bytes(100), 1000 + 200 * n), 6) for n in range(3000))])
    assert counts["tcp-gap"] > 2000
    assert sum(isinstance(what, Piece) for _, _, what in found) == 3000


def test_many_connections_need_bounded_memory():
    packets = [build.ipv4(tcp(b"x", 5, src=1 + n % 65000, dst=9), 6, src=n.to_bytes(4, "big")) for n in range(5000)]
    reader, capture = Reader(Capture().findings), Capture()
    for datagram in datagrams(frames([build.pcap(packets, link=101)], capture), capture.findings):
        list(reader.datagram(datagram))
    assert len(reader._open) <= 2 * 2048


def test_a_buffer_gives_bytes_with_their_places():
    chance = random.Random(3)
    buffer, whole = Buffer(), bytes(range(200))
    for start in range(0, 200, 20):
        buffer.append(Piece(start, None, whole[start : start + 20], ((start, start, start + 20),)))
    at = 0
    while len(buffer):
        data, spans = buffer.take(chance.randint(1, 33))
        assert b"".join(whole[first:last] for _, first, last in spans) == data == whole[at : at + len(data)]
        at += len(data)
