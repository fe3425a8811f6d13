"""Capture files: every container, byte order and resolution; whatever is cut or corrupt has a name."""

from __future__ import annotations

import pytest

from assay.wire.capture import Capture, frames
from assay.wire.errors import WireError
from wire import build

ONE, TWO = b"first frame", b"second frame, longer"


def read(data, size=7):
    """Fed in small chunks, so that every boundary falls somewhere."""
    capture = Capture()
    return list(frames((data[at : at + size] for at in range(0, len(data), size)), capture)), capture


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("nano", "fraction"), [(False, 5000), (True, 5)])
def test_a_pcap_of_either_order_and_resolution_is_read(order, nano, fraction):
    whole = build.pcap([ONE, TWO], order=order, nano=nano)
    found, capture = read(whole)
    assert [frame.data for frame in found] == [ONE, TWO]
    assert [frame.number for frame in found] == [1, 2]
    assert [frame.time for frame in found] == [
        1_700_000_000_000_000_000 + fraction,
        1_700_000_001_000_000_000 + fraction,
    ]
    assert all(whole[frame.start : frame.start + len(frame.data)] == frame.data for frame in found)
    assert not capture.findings.counts


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("options", "ticks", "time"),
    [
        (lambda _: b"", 1_500_000, 1_500_000_000),
        (lambda o: build.option(9, b"\x09", o), 1_500_000_000, 1_500_000_000),
        (lambda o: build.option(9, b"\x8a", o), 1536, 1_500_000_000),
        (lambda o: build.option(14, (2).to_bytes(8, "little" if o == "<" else "big"), o), 1_500_000, 3_500_000_000),
    ],
)
def test_a_pcapng_of_either_order_and_any_resolution_is_read(order, options, ticks, time):
    whole = build.section(order) + build.interface(113, options(order), order) + build.enhanced(ONE, ticks, 0, order)
    (frame,), capture = read(whole)
    assert (frame.data, frame.time, frame.link) == (ONE, time, 113)
    assert whole[frame.start : frame.start + len(ONE)] == ONE
    assert not capture.findings.counts


def test_a_second_section_may_have_another_order_and_other_interfaces():
    whole = build.section("<") + build.interface(1, b"", "<") + build.enhanced(ONE, 1, 0, "<")
    whole += build.section(">") + build.interface(101, b"", ">") + build.enhanced(TWO, 1, 0, ">")
    found, _ = read(whole)
    assert [(frame.link, frame.data) for frame in found] == [(1, ONE), (101, TWO)]


def test_a_simple_packet_has_no_time_and_is_cut_at_the_snap_length():
    import struct

    whole = build.section() + build.interface(1, snap=4) + build.block(3, struct.pack("<I", len(ONE)) + ONE[:4])
    (frame,), _ = read(whole)
    assert (frame.time, frame.data, frame.length) == (None, ONE[:4], len(ONE))


def test_secrets_for_tls_are_kept_and_not_frames():
    import struct

    text = b"CLIENT_RANDOM 00 11\n"
    whole = build.section() + build.interface() + build.block(10, struct.pack("<II", 0x544C534B, len(text)) + text)
    found, capture = read(whole)
    assert found == []
    assert capture.secrets == [(0x544C534B, text)]


@pytest.mark.parametrize("junk", [b"", b"\0", b"PK\3\4" + bytes(50), b"{}", b"\x1f\x8b\x08" + bytes(50)])
def test_what_is_no_capture_is_an_error(junk):
    with pytest.raises(WireError) as caught:
        read(junk)
    assert caught.value.code == "E0600"


@pytest.mark.parametrize("cut", [build.pcap([])[:20], build.section()[:10], build.section()[:20]])
def test_a_head_that_is_cut_is_an_error(cut):
    with pytest.raises(WireError) as caught:
        read(cut)
    assert caught.value.code == "E0601"


def test_every_cut_of_a_pcap_gives_its_whole_frames_and_one_finding():
    whole = build.pcap([ONE, TWO])
    ends = [24, 24 + 16 + len(ONE), len(whole)]
    for size in range(24, len(whole) + 1):
        found, capture = read(whole[:size])
        assert [frame.data for frame in found] == [
            data for data, end in zip([ONE, TWO], ends[1:], strict=True) if end <= size
        ]
        assert dict(capture.findings.counts) == ({} if size in ends else {"capture-cut": 1})


def test_every_cut_of_a_pcapng_gives_its_whole_frames_and_one_finding():
    parts = [build.section(), build.interface(), build.enhanced(ONE, 1), build.enhanced(TWO, 2)]
    whole = b"".join(parts)
    ends = [sum(map(len, parts[: n + 1])) for n in range(4)]
    for size in range(len(parts[0]), len(whole) + 1):
        found, capture = read(whole[:size])
        assert len(found) == sum(end <= size for end in ends[2:])
        assert dict(capture.findings.counts) == ({} if size in ends else {"capture-cut": 1})


def test_a_length_beyond_reason_ends_the_reading():
    whole = build.pcap([ONE]) + bytes(8) + b"\xff\xff\xff\x7f" * 2
    found, capture = read(whole)
    assert len(found) == 1
    assert dict(capture.findings.counts) == {"capture-corrupt": 1}
    found, capture = read(build.section() + b"\6\0\0\0\xff\xff\xff\x7f" + bytes(40))
    assert (found, dict(capture.findings.counts)) == ([], {"capture-corrupt": 1})


def test_a_block_of_an_unknown_interface_or_with_two_lengths_is_named():
    whole = build.section() + build.enhanced(ONE, 1, interface=3)
    assert dict(read(whole)[1].findings.counts) == {"interface-unknown": 1}
    whole = build.section() + build.interface()
    found, capture = read(whole[:-4] + b"\1\0\0\0" + build.enhanced(ONE, 1))
    assert (len(found), dict(capture.findings.counts)) == (1, {"block-trailer": 1})
