"""Writes TCP connections and HTTP/2 frames; header blocks come from the encoder of `hpack`."""

from __future__ import annotations

import struct

from hpack import Encoder

from wire import build

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FIN, SYN, RST, ACK = 1, 2, 4, 16
GET = [(":method", "GET"), (":path", "/nnrf-disc/v1/nf-instances?x=1"), (":scheme", "http"), (":authority", "nrf")]
POST = [(":method", "POST"), (":path", "/nausf-auth/v1/ue-authentications"), (":scheme", "http"), (":authority", "a")]
OK = [(":status", "200"), ("content-type", "application/json")]


def tcp(payload, sequence, acknowledged=0, flags=ACK, src=40000, dst=8000):
    head = struct.pack(">HHIIBBHHH", src, dst, sequence % 2**32, acknowledged % 2**32, 0x50, flags, 65535, 0, 0)
    return head + payload


class Connection:
    """Two ends that speak in turn. `packets` may be reordered, repeated or left out before they are written."""

    def __init__(self, port=40000, start=(1000, 2**32 - 50), opened=True):
        self.port, self.next, self.packets = port, list(start), []
        if opened:
            self._put(0, b"", SYN)
            self.next[0] += 1
            self._put(1, b"", SYN | ACK)
            self.next[1] += 1

    def _put(self, side, payload, flags=ACK):
        ports = {"src": self.port, "dst": 8000} if side == 0 else {"src": 8000, "dst": self.port}
        src, dst = (build.A, build.B) if side == 0 else (build.B, build.A)
        packet = tcp(payload, self.next[side], self.next[1 - side], flags, **ports)
        self.packets.append(build.ipv4(packet, 6, src=src, dst=dst))

    def say(self, side, payload, size=1400):
        for at in range(0, len(payload), size):
            self._put(side, payload[at : at + size])
            self.next[side] += len(payload[at : at + size])
        return self

    def acknowledge(self, side):
        self._put(side, b"")
        return self

    def end(self):
        for side in (0, 1):
            self._put(side, b"", FIN | ACK)
        return self


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


SETTINGS = frame(4, 0, 0, b"\0\3\0\0\0\x64")


class Side:
    """One direction of HTTP/2 with its compression."""

    def __init__(self):
        self.encoder = Encoder()

    def message(self, stream, fields, body=b"", pieces=1):
        block = self.encoder.encode(fields)
        cut = max(1, len(block) // pieces)
        parts = [block[at : at + cut] for at in range(0, len(block), cut)]
        out = b""
        for number, part in enumerate(parts):
            flags = (4 if number == len(parts) - 1 else 0) | (0 if body or number else 1)
            out += frame(1 if number == 0 else 9, flags, stream, part)
        if body:
            out += frame(0, 1, stream, body)
        return out


def exchange(connection, client, server, stream=1, ask=GET, answer=OK, body=b'{"a":1}'):
    connection.say(0, client.message(stream, ask))
    connection.say(1, server.message(stream, answer, body))
    return connection


def opened(port=40000):
    connection = Connection(port).say(0, PREFACE + SETTINGS).say(1, SETTINGS)
    return connection, Side(), Side()
