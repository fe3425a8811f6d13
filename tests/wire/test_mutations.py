"""A seeded slice of the long count of tools/mutate_recordings.py: events, findings or a clear error, nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import mutate_recordings
from assay.wire.log import Reading, events
from wire import build, samples

PROTOCOLS = sorted(mutate_recordings.sources())


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_sound_sample_is_read_without_a_fault(name):
    reading = Reading()
    packets, _ = mutate_recordings.sources()[name]
    found = list(events(name, [build.pcap(packets, link=101)], samples.keyring(), reading))
    if name != "ip":  # fragments of a message of a protocol that is not read
        assert found
    assert set(reading.findings.counts) <= {"sctp-repeated"}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_mutated_packets_are_read_or_named(name):
    found = mutate_recordings.count(name, 400, seed=1)
    assert found.escaped == []
    assert found.packets == 400


def test_mutated_files_are_read_or_named():
    found = mutate_recordings.count_files(600, seed=1)
    assert found.escaped == []
    assert found.refused.total() > 10
    assert found.findings.total() > 10
