"""Verdicts are about the traffic, whoever recorded it: other links, tunnels and fragments, loss, order, ports, ends."""

from __future__ import annotations

from collections import defaultdict

import pytest

from assay.checks.judge import judge
from assay.checks.log import Log
from assay.wire.fields import fields
from assay.wire.log import Reading, events
from assay.workflow.assessment.cases import load_cases
from assay.workflow.assessment.inspect import NEWEST_RELEASE
from assay.workflow.assessment.keys import KeySet
from assay.workflow.assessment.selftest import example_bytes, lab_keys
from wire import variants

SEED, SLICE = 20_251_128, 5
LONGEST = 200_000


def _groups():
    """The examples of each recording: it is read once for all of them."""
    out = defaultdict(list)
    for case in load_cases():
        for example in case.examples if case.check else ():
            out[example.recording, repr(example.edits), example.keys].append((case, example))
    return out


GROUPS = _groups()


def _read(data, name, keys):
    reading = Reading()
    ring = (lab_keys() if keys == "lab" else KeySet()).ring("", name)
    return [one for one in events(name, [data], ring, reading) if one.protocol != "sctp"], reading


def _verdict(case, example, held, reading):
    supports = {
        key.removeprefix("supports-"): bool(value)
        for key, value in example.settings.items()
        if key.startswith("supports-")
    }
    log = Log(held, fields, {**example.settings}, dict(reading.findings.counts), reading.last)
    release = min(case.releases[1] or 19, max(case.releases[0], NEWEST_RELEASE))
    return judge(case, log, supports, release)


def _results(variant, place):
    """(case, example, verdict, what was read) of every example in a slice of the recordings under one variant."""
    for number, ((recording, _, keys), rows) in enumerate(sorted(GROUPS.items(), key=lambda one: one[0])):
        if number % SLICE != place % SLICE:
            continue
        data = example_bytes(rows[0][1])
        if data is None or len(data) > LONGEST or data[:4] == b"\n\r\r\n":
            continue
        packets = variants.packets(data)
        held, reading = _read(variant(packets), recording.rsplit("/", 1)[-1], keys)
        for case, example in rows:
            yield case, example, _verdict(case, example, held, reading)


def _names_frames(example):
    return any(isinstance(value, dict) and any(key.isdecimal() for key in value) for value in example.settings.values())


@pytest.mark.parametrize(("place", "name"), list(enumerate(variants.LOSSLESS)))
def test_another_carrier_of_the_same_traffic_changes_no_verdict(place, name):
    found = list(_results(variants.LOSSLESS[name], place))
    assert len(found) > 20
    for case, example, got in found:
        if not _names_frames(example):  # a statement about frame 12 is about another message now
            assert got.verdict is example.expect, (case.id, example.recording, got.reason)


@pytest.mark.parametrize(("place", "name"), list(enumerate(variants.CHANGED)))
def test_loss_and_change_never_make_a_failure_nor_an_error(place, name):
    for turn in range(2):
        seed = SEED + turn
        for case, example, got in _results(lambda rows, seed=seed: variants.CHANGED[name](rows, seed), place + turn):
            allowed = ("fail",) if example.expect.value == "fail" else ()
            where = (case.id, example.recording, seed, got.reason)
            assert got.verdict.value in ("pass", "inconclusive", "not-applicable", *allowed), where


@pytest.mark.parametrize(
    "name", ["ipv6", "ipv6-fragments", "ports", "mirrored-twice", "swapped", "snapped", "clockless"]
)
def test_where_every_packet_is_there_nothing_that_failed_passes(name):
    for case, example, got in _results(lambda rows: variants.CHANGED[name](rows, SEED), len(name)):
        if example.expect.value == "fail":
            assert got.verdict.value in ("fail", "inconclusive"), (case.id, example.recording, got.reason)
