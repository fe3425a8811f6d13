"""The same traffic as other recorders and networks would have kept it. It shares no code with the readers under test.

A recording is a list of (time in nanoseconds, IP packet); every variant writes a whole pcap file from it.
"""

from __future__ import annotations

import random
import struct

NANO = 0xA1B23C4D
SCTP, TCP, UDP = 132, 6, 17
MIDDLE = 2, 3


def packets(data):
    """(time, IPv4 packet) of a classic pcap file over Ethernet, raw IP or the Linux cooked link."""
    magic = struct.unpack("<I", data[:4])[0]
    order, scale = ("<", 1 if magic == NANO else 1000) if magic in (NANO, 0xA1B2C3D4) else (">", 1000)
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    head, kind_at = {1: (14, 12), 113: (16, 14), 276: (20, 0), 101: (0, None)}[link]
    at, out = 24, []
    while at + 16 <= len(data):
        seconds, part, size, _ = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16 : at + 16 + size]
        at += 16 + size
        if kind_at is None or frame[kind_at : kind_at + 2] == b"\x08\x00":
            packet = frame[head:]
            total = int.from_bytes(packet[2:4], "big")
            out.append((seconds * 10**9 + part * scale, packet[: total or len(packet)]))
    return out


def pcap(link, frames, snap=262144):
    out = [struct.pack("<IHHiIII", NANO, 2, 4, 0, 0, snap, link)]
    for time, data in frames:
        held = data[:snap]
        out.append(struct.pack("<IIII", time // 10**9, time % 10**9, len(held), len(data)) + held)
    return b"".join(out)


def pcapng(link, frames):
    """Two interfaces, of which the first recorded nothing; nanoseconds in the options of the second."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", 147, 0, 0))]
    out.append(block(1, struct.pack("<HHI", link, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)))
    for time, data in frames:
        out.append(block(6, struct.pack("<IIIII", 1, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + data))
    return b"".join(out)


def kind(packet):
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"


def ethernet(packet, tags=b""):
    return bytes(12) + tags + kind(packet) + packet


def sll(packet):
    return struct.pack(">HHH8s", 0, 1, 6, bytes(8)) + kind(packet) + packet


def sll2(packet):
    return kind(packet) + struct.pack(">HIHBB8s", 0, 2, 1, 0, 6, bytes(8)) + packet


def six(packet, unit=0):
    """The packet over IPv6: each address in a prefix for documentation; `unit` > 0 cuts it into fragments."""
    head = (packet[0] & 15) * 4
    pair = b"".join(bytes.fromhex("20010db8") + bytes(8) + packet[at : at + 4] for at in (12, 16))
    protocol, payload = packet[9], packet[head:]

    def whole(following, data):
        return struct.pack(">IHBB", 0x60000000, len(data), following, 64) + pair + data

    if not unit or len(payload) <= unit:
        return [whole(protocol, payload)]
    ident = int.from_bytes(packet[4:6], "big")
    return [
        whole(44, struct.pack(">BxHI", protocol, at | (at + unit < len(payload)), ident) + payload[at : at + unit])
        for at in range(0, len(payload), unit)
    ]


def fragments(packet, unit):
    head = (packet[0] & 15) * 4
    payload = packet[head:]
    if len(payload) <= unit:
        return [packet]
    return [
        packet[:2]
        + struct.pack(">H", head + len(payload[at : at + unit]))
        + packet[4:6]
        + struct.pack(">H", at // 8 | (0x2000 if at + unit < len(payload) else 0))
        + packet[8:head]
        + payload[at : at + unit]
        for at in range(0, len(payload), unit)
    ]


def _headed(packet, protocol, payload):
    head = (packet[0] & 15) * 4
    return (
        packet[:2]
        + struct.pack(">H", head + len(payload))
        + packet[4:9]
        + bytes((protocol,))
        + packet[10:head]
        + payload
    )


def in_udp(packet):
    """SCTP in UDP (RFC 6951)."""
    if packet[9] != SCTP:
        return packet
    payload = packet[(packet[0] & 15) * 4 :]
    return _headed(packet, UDP, struct.pack(">HHHH", 9899, 9899, 8 + len(payload), 0) + payload)


def in_gre(packet):
    return (
        packet[:2]
        + struct.pack(">H", len(packet) + 24)
        + packet[4:9]
        + b"\x2f"
        + packet[10:20]
        + b"\0\0\x08\0"
        + packet
    )


def ports(packet):
    """TCP ports elsewhere: what a port number says of a service is a custom of one core."""
    if packet[9] != TCP:
        return packet
    at = (packet[0] & 15) * 4
    pair = [10_000 + number * 7 % 50_000 for number in struct.unpack_from(">HH", packet, at)]
    return packet[:at] + struct.pack(">HH", *pair) + packet[at + 4 :]


def twice(rows, later=20_000):
    return [(time + step, packet) for time, packet in rows for step in (0, later)]


def swapped(rows, seed):
    """Neighbours of one flow change places now and then, as behind routers with several queues.

    What two ends say to each other keeps its order: a recorder that mixes that up shows answers before questions.
    """
    rows, chance = list(rows), random.Random(seed)
    for at in range(len(rows) - 1):
        if chance.random() < 0.3 and rows[at][1][9:20] == rows[at + 1][1][9:20]:
            rows[at], rows[at + 1] = (rows[at][0], rows[at + 1][1]), (rows[at + 1][0], rows[at][1])
    return rows


def dropped(rows, seed, share=0.08):
    chance = random.Random(seed)
    return [row for row in rows if chance.random() >= share]


def _each(wrap, rows):
    return [(time, frame) for time, packet in rows for frame in wrap(packet)]


TAGGED, TWICE_TAGGED = b"\x81\0\0\x07", b"\x88\xa8\0\x02\x81\0\0\x07"
LOSSLESS = {
    "sll": lambda rows: pcap(113, _each(lambda one: [sll(one)], rows)),
    "sll2": lambda rows: pcap(276, _each(lambda one: [sll2(one)], rows)),
    "any-twice": lambda rows: pcap(276, _each(lambda one: [sll2(one)], twice(rows))),
    "vlan": lambda rows: pcap(1, _each(lambda one: [ethernet(one, TAGGED)], rows)),
    "qinq": lambda rows: pcap(1, _each(lambda one: [ethernet(one, TWICE_TAGGED)], rows)),
    "raw": lambda rows: pcap(101, rows),
    "loopback": lambda rows: pcap(0, _each(lambda one: [b"\x02\0\0\0" + one], rows)),
    "pcapng": lambda rows: pcapng(1, _each(lambda one: [ethernet(one)], rows)),
    "fragments": lambda rows: pcap(101, _each(lambda one: fragments(one, 208), rows)),
    "fragments-backwards": lambda rows: pcap(101, _each(lambda one: fragments(one, 208)[::-1], rows)),
    "sctp-in-udp": lambda rows: pcap(101, _each(lambda one: [in_udp(one)], rows)),
    "gre": lambda rows: pcap(101, _each(lambda one: [in_gre(one)], rows)),
}  # fmt: skip
"""Nothing of the traffic is lost or changed: the verdicts are the same."""

CHANGED = {
    "ipv6": lambda rows, seed: pcap(101, _each(six, rows)),
    "ipv6-fragments": lambda rows, seed: pcap(101, _each(lambda one: six(one, 208), rows)),
    "ports": lambda rows, seed: pcap(101, _each(lambda one: [ports(one)], rows)),
    "mirrored-twice": lambda rows, seed: pcap(1, _each(lambda one: [ethernet(one)], twice(rows))),
    "swapped": lambda rows, seed: pcap(101, swapped(rows, seed)),
    "dropped": lambda rows, seed: pcap(101, dropped(rows, seed)),
    "late-start": lambda rows, seed: pcap(101, rows[random.Random(seed).randrange(1 + len(rows) // 2) :]),
    "early-end": lambda rows, seed: pcap(101, rows[: len(rows) - random.Random(seed).randrange(1 + len(rows) // 2)]),
    "snapped": lambda rows, seed: pcap(101, rows, snap=160),
    "clockless": lambda rows, seed: pcap(101, [(0, packet) for _, packet in rows]),
}  # fmt: skip
"""Addresses, ports, order or whole packets are others: a verdict may become inconclusive, never the opposite."""
