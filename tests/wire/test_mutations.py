"""Ten thousand mutated captures: frames, findings or a WireError, nothing else."""

from __future__ import annotations

import random

import pytest

from assay.wire.capture import Capture, frames
from assay.wire.errors import WireError
from assay.wire.ip import datagrams
from assay.wire.sctp import messages
from wire import build


def packets():
    parts = [
        build.sctp(build.data(n, bytes(range(n))), build.idata(n + 50, b"part", n % 4, n, 60)) for n in range(1, 9)
    ]
    whole = [build.ipv4(parts[0]), build.ipv6(parts[1]), build.ipv4(build.udp(parts[2]), 17)]
    whole += [build.ipv4(parts[3][:16], ident=1, more=True), build.ipv4(parts[3][16:], ident=1, offset=16)]
    return whole


def sources():
    ng = build.section() + build.interface(101) + b"".join(build.enhanced(p, n) for n, p in enumerate(packets()))
    framed = [build.ethernet(p, 0x86DD if p[0] >> 4 == 6 else 0x0800, (0x8100,)) for p in packets()]
    return {"pcap": build.pcap(framed), "pcapng": ng, "turned": build.pcap(packets(), link=101, order=">")}


def mutated(whole, chance):
    """A copy with a few bytes changed, removed, repeated or cut off."""
    out = bytearray(whole)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.choice((0, 1, 127, 128, 255))
            case 2:
                del out[at : at + chance.randint(1, 5)]
            case _:
                out[at:at] = out[at : at + chance.randint(1, 20)]
    return bytes(out[: chance.randrange(len(out))] if chance.random() < 0.1 else out)


def count(whole):
    capture = Capture()
    return sum(1 for _ in messages(datagrams(frames([whole], capture), capture.findings), capture.findings)), capture


@pytest.mark.parametrize("name", ["pcap", "pcapng", "turned"])
def test_mutated_captures_give_frames_findings_or_a_wire_error(name):
    whole, chance, read, refused = sources()[name], random.Random(name), 0, 0
    assert count(whole)[0] == 5  # four data chunks, and the one I-DATA chunk that is first and last
    for _ in range(3400):
        try:
            found, capture = count(mutated(whole, chance))
        except WireError:
            refused += 1
        else:
            read += 1
            assert found <= 14
            assert all(finding.frame >= 0 for finding in capture.findings.first)
    assert read > 1000
    assert refused > 10
