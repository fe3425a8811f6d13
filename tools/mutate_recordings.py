"""Breaks recordings on purpose, protocol by protocol, and reads them: events, findings or a clear error, nothing else.

    python tools/mutate_recordings.py [--each 10000] [--seed 0] [--only PROTOCOL]

Seeded: same seed, same mutants. Exit 1 if anything else escapes, or a reading takes longer or more memory than it may.
"""

from __future__ import annotations

import argparse
import random
import resource
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from assay.wire.errors import WireError  # noqa: E402
from assay.wire.log import Reading, events  # noqa: E402
from wire import build, samples  # noqa: E402  the writers of the tests

MOST_SECONDS, MOST_MEGABYTES = 5.0, 500
LINK = 101  # raw IP


@dataclass
class Counted:
    """What happened to the mutants of one protocol."""

    packets: int = 0
    events: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    escaped: list[str] = field(default_factory=list)
    slowest: float = 0.0


def changed(packet: bytes, start: int, chance: random.Random) -> bytes:
    """One to four changes of a packet from `start` on; lengths are odd numbers and extremes more often than not."""
    out = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        if len(out) <= start:
            break
        at = chance.randrange(start, len(out))
        match chance.randrange(6):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.choice((0, 1, 0x7F, 0x80, 0xC0, 0xFF))
            case 2:
                del out[at : at + chance.choice((1, 2, 16))]
            case 3:
                out[at:at] = out[at : at + chance.choice((1, 4, 64))]
            case 4:
                del out[at:]
            case _:
                out[at : at + 4] = struct.pack(">I", chance.choice((0, 1, 0xFFFF, 0xFFFFFFFF, chance.getrandbits(32))))
    return bytes(out)


def again(packet: bytes) -> bytes:
    """The packet with the length that it has now, so that it is the payload which is tried and not IP."""
    return packet[:2] + struct.pack(">H", min(len(packet), 0xFFFF)) + packet[4:] if packet[0] >> 4 == 4 else packet


def sources() -> dict[str, tuple[list[bytes], int]]:
    """Protocol -> packets of a sound recording, and from which byte on they are changed."""
    return {
        "ip": (samples.fragments(), 0),
        "sctp": (samples.n2(), 20),
        "ngap": (samples.n2(), 48),
        "nas-5gs": (samples.n2(), 60),
        "f1ap-rrc": (samples.f1(), 48),
        "tcp": (samples.http2(), 20),
        "http2": (samples.http2(), 40),
        "http1": (samples.http1(), 40),
        "tls": (samples.tls(), 40),
        "dtls": (samples.dtls(), 28),
        "pfcp": (samples.pfcp(), 28),
        "gtp-u": (samples.gtp_u(), 28),
        "ipsec": (samples.ipsec(), 20),
    }


def count(protocol: str, each: int, seed: int) -> Counted:
    """Mutate until `each` packets were changed; a few of a recording at a time, so that the rest leads up to them."""
    packets, start = sources()[protocol]
    chance, out = random.Random(f"{protocol} {seed}"), Counted()
    bar = tqdm(total=each, desc=protocol, unit="packet", disable=not sys.stderr.isatty())
    while out.packets < each:
        mutants = list(packets)
        hit = chance.sample(range(len(packets)), min(len(packets), chance.randint(1, 4), each - out.packets))
        for number in hit:
            mutant = changed(packets[number], start, chance)
            mutants[number] = again(mutant) if start and len(mutant) > 20 else mutant
        if chance.random() < 0.1:
            chance.shuffle(mutants)
        _read(build.pcap(mutants, link=LINK), out)
        out.packets += len(hit)
        bar.update(len(hit))
    return out


def count_files(each: int, seed: int) -> Counted:
    """The same for whole files: both containers, changed anywhere."""
    ng = build.section() + build.interface(LINK)
    ng += b"".join(build.enhanced(packet, number) for number, packet in enumerate(samples.n2()))
    files, chance, out = [build.pcap(samples.n2(), link=LINK), ng], random.Random(f"files {seed}"), Counted()
    for number in tqdm(range(each), desc="files", unit="file", disable=not sys.stderr.isatty()):
        _read(changed(files[number % 2], 0, chance), out)
        out.packets += 1
    return out


def _read(whole: bytes, out: Counted) -> None:
    reading, begun = Reading(), time.process_time()
    try:
        for _ in events("mutant", [whole], samples.keyring(), reading):
            out.events += 1
    except WireError as error:
        out.refused[error.code] += 1
        if error.code not in ("E0600", "E0601"):  # behind the head of a file a fault is a finding
            out.escaped.append(f"{error.code}: {error.what}")
    except Exception as error:  # exactly what must not happen, so it is counted and named
        out.escaped.append(f"{type(error).__name__}: {error}")
    out.findings.update(reading.findings.counts)
    out.slowest = max(out.slowest, time.process_time() - begun)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    asked = parser.parse_args()
    good = True
    for name in [asked.only] if asked.only else ["files", *sources()]:
        found = count_files(asked.each, asked.seed) if name == "files" else count(name, asked.each, asked.seed)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        good &= not found.escaped and found.slowest <= MOST_SECONDS and most <= MOST_MEGABYTES
        print(
            f"{name}: {found.packets:,} mutants, {found.events:,} events, {found.findings.total():,} findings of "
            f"{len(found.findings)} names, {found.refused.total():,} refused, {len(found.escaped)} escaped, "
            f"slowest {found.slowest:.2f} CPU s, {most:.0f} MB"
        )
        for what in sorted(set(found.escaped))[:5]:
            print(f"  {what}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
