"""Two recordings of one procedure are one log: the order is that of time, numbers and names stay apart."""

from __future__ import annotations

import pytest

from assay.model.assessment import Product
from assay.model.shelf import Shelf
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.keys import read_key_files
from assay.workflow.assessment.merge import merged

MADE = RECORDINGS / "made"


def read(name, after=0):
    return list(events(name, [(MADE / name).read_bytes()], Keyring(), Reading(), after=after))


def shelf(*logs):
    """A shelf that holds the events of these logs, all in memory."""
    out = Shelf()
    for log in logs:
        out.add(log)
    return out


def split(tmp_path, name):
    """One recording as two: SCTP in one file, everything else in another."""
    data = (MADE / name).read_bytes()
    head, at, parts = data[:24], 24, ([], [])
    while at < len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        frame = data[at : at + 16 + size]
        parts[0 if frame[16 + 14 + 9] == 132 else 1].append(frame)
        at += 16 + size
    out = []
    for own, held in zip(("n2.pcap", "sbi.pcap"), parts, strict=True):
        (tmp_path / own).write_bytes(head + b"".join(held))
        out.append(tmp_path / own)
    return out


def test_events_are_in_the_order_of_time_and_references_follow():
    one = read("amf-resync-in-time.pcap")
    two = read("amf-revocation-named.pcap", after=one[-1].number)
    both = list(merged(shelf(one, two)))
    assert [event.number for event in both] == list(range(1, len(both) + 1))
    assert [event.time for event in both] == sorted(event.time for event in both)
    numbered = {event.number: event for event in both}
    for event in both:
        if event.key("answers"):
            assert numbered[int(event.key("answers"))].file == event.file
    assert {event.key("ue")[:2] for event in both if event.key("ue")} == {"1.", "2."}


def test_one_recording_stays_as_it_is():
    one = read("amf-resync-in-time.pcap")
    assert list(merged(shelf(one))) == one


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("amf-resync-in-time", "33.512-4.2.2.1.1-A"),
        ("amf-resync-early", "33.512-4.2.2.1.1-A"),
        ("amf-slice-failure-forwarded", "33.512-4.2.2.8.1-B"),
        ("amf-wrong-response-suci-right", "33.512-4.2.2.1.2-A"),
    ],
)
def test_a_verdict_is_the_same_whether_points_were_recorded_in_one_file_or_two(tmp_path, name, case):
    keys = read_key_files([RECORDINGS / "keys.toml"])
    product = Product(settings={"clocks-agree-within-ms": 1})
    whole = inspect([MADE / f"{name}.pcap"], keys, product, ["AMF"])
    for paths in (split(tmp_path, f"{name}.pcap"), split(tmp_path, f"{name}.pcap")[::-1]):
        apart = inspect(paths, keys, product, ["AMF"])
        verdicts = [next(one.verdict for one in done.findings if one.case.id == case) for done in (whole, apart)]
        assert verdicts[0] is verdicts[1]


def test_without_a_statement_of_the_clocks_a_close_order_over_two_files_is_left_open(tmp_path):
    done = inspect(
        split(tmp_path, "amf-resync-early.pcap"), read_key_files([RECORDINGS / "keys.toml"]), Product(), ["AMF"]
    )
    found = next(one for one in done.findings if one.case.id == "33.512-4.2.2.1.1-A")
    assert found.verdict.value == "inconclusive"
    assert "clocks" in found.reason
