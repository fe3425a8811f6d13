"""Decoding of recordings, in CPU time: `python bench/recordings.py [--gigabytes 1] [--out docs/bench-recordings.md]`.

Long recordings repeat a recording of this project with other addresses, association tags and times, so that every copy
has connections, tunnels and associations of its own; they are fed to the reader without touching a disk.
"""

from __future__ import annotations

import argparse
import platform
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.wire.nas_security import Subscriber

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = ROOT.parent / "shared" / "captures"
OWN = ROOT / "src/assay/checks/recordings/open5gs-lab/core_default_ueransim.pcap"
K, OPC = bytes.fromhex("465B5CE8B199B49FAA5F0A2EE238A6BC"), bytes.fromhex("E8ED289DEBA952E4283B54E88E6183CA")
OLD_K, OLD_OPC = bytes.fromhex("70d49a71dd1a2b806a25abe0ef749f1e"), bytes.fromhex("6f1bf53d624b3a43af6592854e2444c7")
KEYS = Keyring(
    (
        *(Subscriber(f"99970000000000{n}", K, OPC) for n in range(1, 4)),
        Subscriber("901700000021309", OLD_K, OLD_OPC),
    )
)
READ = """
import sys, time
from pathlib import Path
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
for name in sys.argv[1:]:
    for event in events(name, [Path(name).read_bytes()], Keyring(), Reading()):
        pass
print(time.process_time())
"""


def frames(whole: bytes) -> list[tuple[int, int, bytes, int]]:
    """(seconds, fraction, data, length) of every frame of a little-endian pcap."""
    out, at = [], 24
    while at < len(whole):
        seconds, fraction, size, length = struct.unpack_from("<IIII", whole, at)
        out.append((seconds, fraction, whole[at + 16 : at + 16 + size], length))
        at += 16 + size
    return out


def shifted(data: bytes, at: int, copy: int) -> bytes:
    """A frame of another copy: the middle of both addresses and the tag of an association are others."""
    out = bytearray(data)
    if data[at] >> 4 != 4:
        return data
    middle = struct.pack(">H", copy + 1)
    out[at + 13 : at + 15] = out[at + 17 : at + 19] = middle
    if data[at + 9] == 132:
        tag = struct.unpack_from(">I", data, at + 24)[0]
        struct.pack_into(">I", out, at + 24, (tag + copy * 7919) % 2**32 if tag else 0)
    return bytes(out)


def long_recording(whole: bytes, size: int) -> Iterator[bytes]:
    """Chunks of a pcap of about `size` bytes."""
    link = struct.unpack_from("<I", whole, 20)[0]
    at = {1: 14, 113: 16, 276: 20, 101: 0, 0: 4}[link]
    found = frames(whole)
    span = found[-1][0] - found[0][0] + 1
    yield whole[:24]
    sent, copy = 24, 0
    while sent < size:
        parts = []
        for seconds, fraction, data, length in found:
            head = struct.pack("<IIII", seconds + copy * span, fraction, len(data), length)
            parts.append(head + shifted(data, at, copy))
        chunk = b"".join(parts)
        yield chunk
        sent, copy = sent + len(chunk), copy + 1


def decode(name: str, chunks: Iterator[bytes]) -> tuple[Reading, float]:
    """A reading and its CPU seconds."""
    reading, begun = Reading(), time.process_time()
    for _ in events(name, chunks, KEYS, reading):
        pass
    return reading, time.process_time() - begun


def made_in(size: int) -> float:
    """CPU seconds that only the making of a long recording takes."""
    begun = time.process_time()
    for _ in long_recording(OWN.read_bytes(), size):
        pass
    return time.process_time() - begun


def rows(gigabytes: float) -> Iterator[tuple[str, str]]:
    one = CAPTURES / "open5gs" / "testregistration.pcapng"
    if one.is_file():
        best = min((decode(one.name, iter([one.read_bytes()])) for _ in range(3)), key=lambda pair: pair[1])
        rate = best[0].frames / best[1]
        yield f"{one.name}, {best[0].frames:,} packets, {best[0].events:,} events", f"{rate:,.0f} packets per CPU s"
    several = sorted((CAPTURES / "pyscasso").glob("*.pcap*"))
    if several:
        command = [sys.executable, "-c", READ, *map(str, several)]
        spent = min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3))
        yield f"{len(several)} recordings of a peer, cold start with imports", f"{spent:.2f} CPU s"
    for part in (gigabytes / 16, gigabytes / 4, gigabytes):
        size = int(part * 1e9)
        reading, spent = decode("long.pcap", long_recording(OWN.read_bytes(), size))
        spent -= made_in(size)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        what = f"{size / 1e9:.3f} GB, {reading.frames:,} packets, {reading.events:,} events"
        yield what, f"{spent:,.0f} CPU s, {reading.frames / spent:,.0f} packets per CPU s, at most {most:,.0f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    lines = [
        "# Decoding of recordings",
        "",
        "Written by `bench/recordings.py`. CPU time of one process; a single pass from bytes",
    ]
    lines += ["to events: links, IP, TCP, SCTP, NGAP, NAS with every MAC, HTTP, PFCP, GTP-U. No child process.", ""]
    lines += [
        f"Machine: {platform.machine()}, Python {platform.python_version()}.",
        "",
        "| what | measured |",
        "|---|---|",
    ]
    for what, measured in rows(given.gigabytes):
        lines.append(f"| {what} | {measured} |")
        print(lines[-1], flush=True)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
