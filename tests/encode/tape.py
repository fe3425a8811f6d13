"""Writes recordings: messages onto SCTP, TCP and UDP, frames into pcap. It shares no code with the readers."""

from __future__ import annotations

import ipaddress
import struct
import zlib
from collections import defaultdict

START = 1_750_000_000_000_000_000
"""The first frame's time in nanoseconds; every frame is 10 ms later."""

STEP = 10_000_000


class Tape:
    """A recording under way. Addresses are texts; ports are numbers."""

    def __init__(self):
        self.frames, self.time, self.ident = [], START, 0
        self._tsn, self._seq = defaultdict(lambda: 1000), {}

    def wait(self, seconds):
        self.time += int(seconds * 1_000_000_000)

    def _ip(self, src, dst, protocol, payload):
        self.ident = (self.ident + 1) % 65536
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), self.ident, 0, 64, protocol, 0)
        packet = head + ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed + payload
        self.frames.append((self.time, bytes(12) + b"\x08\x00" + packet))
        self.time += STEP
        return len(self.frames)

    def sctp(self, src, dst, payload, ppid=60, stream=1):
        """One user message in one data chunk; `src` and `dst` are (address, port)."""
        tag = zlib.crc32(repr((src, dst)).encode())
        tsn = self._tsn[src, dst]
        self._tsn[src, dst] += 1
        chunk = struct.pack(">BBHIHHI", 0, 3, 16 + len(payload), tsn, stream, 0, ppid) + payload
        packet = struct.pack(">HHII", src[1], dst[1], tag, 0) + chunk + bytes(-len(chunk) % 4)
        return self._ip(src[0], dst[0], 132, packet)

    def udp(self, src, dst, payload):
        return self._ip(src[0], dst[0], 17, struct.pack(">HHHH", src[1], dst[1], 8 + len(payload), 0) + payload)

    def raw(self, src, dst, protocol, payload):
        return self._ip(src, dst, protocol, payload)

    def tcp(self, src, dst, payload=b"", flags=0x18):
        """One segment with the right numbers; SYN and FIN count as one byte."""
        own = self._seq.setdefault((src, dst), 10_000)
        other = self._seq.setdefault((dst, src), 20_000)
        head = struct.pack(">HHIIBBHHH", src[1], dst[1], own, other if flags & 16 else 0, 0x50, flags, 65535, 0, 0)
        self._seq[src, dst] = own + len(payload) + (1 if flags & 3 else 0)
        return self._ip(src[0], dst[0], 6, head + payload)

    def pcap(self):
        out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
        for time, data in self.frames:
            out.append(struct.pack("<IIII", time // 10**9, time % 10**9, len(data), len(data)) + data)
        return b"".join(out)


class Http2:
    """One HTTP/2 connection in the clear, from its first segment on; header fields are literals without an index."""

    def __init__(self, tape, client, server):
        self.tape, self.client, self.server, self.stream, self.host = tape, client, server, 1, ""
        tape.tcp(client, server, flags=0x02)
        tape.tcp(server, client, flags=0x12)
        tape.tcp(client, server, flags=0x10)
        settings = _frame(4, 0, 0, b"")
        tape.tcp(client, server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
        tape.tcp(server, client, settings + _frame(4, 1, 0, b""))

    def ask(self, method, path, body=b"", fields=(), kind="application/json", announced=0):
        """A request; its stream. `announced`: the length it claims, with the rest of the body never sent."""
        host = self.host or f"{self.server[0]}:{self.server[1]}"
        head = [(":method", method), (":scheme", "http"), (":authority", host), (":path", path)]
        self._send(self.client, self.server, self.stream, head, body, fields, kind, announced)
        self.stream += 2
        return self.stream - 2

    def answer(self, stream, status, body=b"", fields=(), kind="application/json"):
        self._send(self.server, self.client, stream, [(":status", str(status))], body, fields, kind)

    def exchange(self, method, path, body=b"", status=200, back=b"", fields=(), kind="application/json"):
        stream = self.ask(method, path, body, fields, kind)
        self.answer(stream, status, back)

    def _send(self, src, dst, stream, head, body, fields, kind, announced=0):
        length = str(announced or len(body))
        rows = [*head, *fields, *([("content-type", kind), ("content-length", length)] if body else [])]
        block = b"".join(b"\0" + _text(name) + _text(value) for name, value in rows)
        frames = b""
        for at in range(0, len(block), 16000):
            last = at + 16000 >= len(block)
            frames += _frame(
                9 if at else 1, (4 if last else 0) | (0 if body or at else 1), stream, block[at : at + 16000]
            )
        for at in range(0, len(body), 16384):
            ends = at + 16384 >= len(body) and not announced
            frames += _frame(0, 1 if ends else 0, stream, body[at : at + 16384])
        for at in range(0, len(frames), 32000):
            self.tape.tcp(src, dst, frames[at : at + 32000])


def _text(text):
    data = text.encode()
    if len(data) < 127:
        return bytes((len(data),)) + data
    rest, out = len(data) - 127, b"\x7f"
    while rest >= 128:
        out, rest = out + bytes((rest % 128 + 128,)), rest // 128
    return out + bytes((rest,)) + data


def _frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + struct.pack(">I", stream) + payload
