"""Small sound recordings of every protocol, as packets of raw IP: what is mutated, and read first as it stands."""

from __future__ import annotations

import ssl
import struct
import tempfile
from functools import cache
from pathlib import Path

from assay.wire.crypto.parameters import DOWNLINK, UPLINK
from assay.wire.keyring import Keyring
from wire import build, build_tcp
from wire.test_log import ME, SUCI, Recording, registration
from wire.test_nas_security import Network
from wire.test_radio import RELEASE, Cell, down
from wire.test_user_plane import ACCEPT, ESTABLISH, INNER, UP, gtp, message, sent

GUTI = bytes.fromhex("f209f107020040c0000102")


def n2():
    network = Network(2, 2)
    recording = Recording().initial(registration(SUCI)).authenticated(network)
    recording.down(network.sealed(DOWNLINK, 1, b"\x7e\0\x42\1\1\x77\0\x0b" + GUTI))
    recording.up(network.sealed(UPLINK, 1, b"\x7e\0\x67\1\0\7\x2e\1\1\xc1\0\0\x91\x12\1"))
    recording.initial(network.sealed(UPLINK, 2, registration(GUTI) + b"\x71\0\4\7\7\7\7", 1), ran=2)
    return recording.packets


def f1():
    cell = Cell(Network(2, 2)).attached()
    cell.say(DOWNLINK, down(cell.network.sealed(DOWNLINK, 1, b"\x7e\0\x42\1\1"))).say(DOWNLINK, RELEASE)
    return cell.packets


def fragments():
    body = build.sctp(build.data(1, bytes(range(40)), protocol=1))
    parts = [(0, True, body[:24]), (24, True, body[24:48]), (48, False, body[48:])]
    packets = [build.ipv4(part, ident=3, offset=at, more=more) for at, more, part in parts]
    heads = [struct.pack(">BBHI", 132, 0, at | more, 9) for at, more, _ in parts]
    return packets + [build.ipv6(part, 44, head) for head, (_, _, part) in zip(heads, parts, strict=True)]


def http2():
    connection, client, server = build_tcp.opened()
    for stream in (1, 3, 5):
        build_tcp.exchange(connection, client, server, stream, build_tcp.POST)
    return connection.end().packets


def http1():
    connection = build_tcp.Connection()
    ask = b"POST /nudm-ueau/v1/x HTTP/1.1\r\nHost: udm\r\nContent-Length: 7\r\n\r\n"
    for _ in range(3):
        connection.say(0, ask + b'{"a":1}')
        connection.say(1, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2;x=y\r\n2]\r\n0\r\n\r\n")
    return connection.end().packets


@cache
def _tls():
    from wire.test_tls import Session, certificate, talk

    folder = Path(tempfile.mkdtemp())
    certificate(folder)
    connection = talk(Session(folder, folder / "log", ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"))
    return connection.packets, (folder / "log").read_bytes()


def tls():
    return list(_tls()[0])


def keyring():
    """The keys that open every sample."""
    return Keyring((ME,), secrets=(_tls()[1],))


def dtls():
    from wire.test_tls import client_hello, datagram_record

    hello = client_hello()
    body = hello[4:39] + b"\0" + hello[39:]
    head = b"\1" + len(body).to_bytes(3, "big") + b"\0\0" + bytes(3) + len(body).to_bytes(3, "big")
    records = [datagram_record(22, head + body), datagram_record(23, bytes(40), 1)]
    return [build.ipv4(build.udp(record, 5000, 5001), 17) for record in records for _ in (0, 1)]


def pfcp():
    return [sent(ESTABLISH), sent(ACCEPT, back=True), sent(message(1, more=True) + message(1, sequence=9))]


def gtp_u():
    accused = b"\x10\0\0\0\x2a\x85\0\4\x0a\0\0\2"
    return [
        gtp(255, 42, INNER, UP),
        gtp(255, 42, INNER),
        gtp(26, 0, accused, b"\x40\1\0\1\0"),
        gtp(1, 0, sequence=True),
    ]


def ipsec():
    head = bytes(range(8)) + bytes(8) + b"\x21\x20\x22\x08" + bytes(8)
    return [
        build.ipv4(build.udp(head, 500, 500), 17),
        build.ipv4(build.udp(bytes(4) + head, 4500, 4500), 17),
        build.ipv4(build.udp(b"\0\0\0\x0a" + bytes(40), 4500, 4500), 17),
        build.ipv4(b"\0\0\0\x09" + bytes(60), 50),
        build.ipv4(b"\x11\4\0\0\0\0\0\x08" + bytes(20), 51),
    ]
