"""Writes what the tests read: capture files, links, IP, UDP, SCTP. It shares no code with what is tested."""

from __future__ import annotations

import struct

A, B = b"\x0a\0\0\1", b"\x0a\0\0\2"


def pcap(frames, link=1, order="<", nano=False, snap=262144):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    for number, data in enumerate(frames):
        kept = data[:snap]
        parts.append(struct.pack(order + "IIII", 1_700_000_000 + number, 5, len(kept), len(data)) + kept)
    return b"".join(parts)


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link=1, options=b"", order="<", snap=0):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(data, ticks, interface=0, order="<"):
    head = struct.pack(order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, head + data, order)


def ethernet(payload, kind=0x0800, tags=()):
    return bytes(12) + b"".join(struct.pack(">HH", tag, 7) for tag in tags) + struct.pack(">H", kind) + payload


def ipv4(payload, protocol=132, src=A, dst=B, ident=0, offset=0, more=False, ttl=64):
    place = (offset // 8) | (0x2000 if more else 0)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, place, ttl, protocol, 0)
    return head + src + dst + payload


def ipv6(payload, protocol=132, extensions=b""):
    head = struct.pack(">IHBB", 6 << 28, len(extensions) + len(payload), protocol, 64)
    return head + bytes(15) + b"\1" + bytes(15) + b"\2" + extensions + payload


def udp(payload, src=40000, dst=9899):
    return struct.pack(">HHHH", src, dst, 8 + len(payload), 0) + payload


def chunk(kind, flags, body):
    return struct.pack(">BBH", kind, flags, 4 + len(body)) + body + bytes(-len(body) % 4)


def data(tsn, payload, flags=3, stream=1, protocol=60):
    return chunk(0, flags, struct.pack(">IHHI", tsn, stream, 0, protocol) + payload)


def idata(tsn, payload, flags, message, fourth, stream=1):
    return chunk(64, flags, struct.pack(">IHHII", tsn, stream, 0, message, fourth) + payload)


def sctp(*chunks, src=38412, dst=38413, tag=0x11223344):
    return struct.pack(">HHII", src, dst, tag, 0) + b"".join(chunks)
