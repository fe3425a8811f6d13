"""A slice of the long counts (tools/reliability.py): split views, changed bytes, same bytes everywhere."""

from __future__ import annotations

import sys

import pytest

from second import ROOT, load

TOOLS = ROOT / "tools"


@pytest.fixture(autouse=True)
def _tools(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))


def test_no_split_view_is_accepted_by_witness_monitor_or_verifier():
    rows = load("count_views", TOOLS).split_views(25, seed=1)
    assert [row.measured for row in rows if not row.good] == []
    assert len(rows) == 4


def test_no_changed_byte_is_missed_by_either_verifier():
    rows = load("count_bundles", TOOLS).tamper(150, seed=1)
    assert [row.measured for row in rows if not row.good] == []


def test_no_changed_byte_of_a_review_or_inspection_is_missed_by_either_verifier():
    rows = load("count_kinds", TOOLS).tamper_kinds(40, seed=1)
    assert [row.measured for row in rows if not row.good] == []
    assert len(rows) == 5


def test_the_second_verifier_says_what_of_an_inspection_it_does_not_redo():
    code, lines = load("redo").verify(load("count_kinds", TOOLS).inspection_bundle())
    assert code == 2
    told = "\n".join(lines)
    assert "recordings: 1 of 1 here, each with the digest and size that the report names" in told
    assert "not established  the verdicts: no recording is judged here" in told
    assert "not established  session keys: not tried on the recordings" in told


def test_bundles_have_the_same_bytes_under_other_seeds_zones_and_locales():
    count = load("count_bytes", TOOLS)
    places = [("1", "UTC", "C"), ("2", "Asia/Kathmandu", "C.UTF-8"), ("random", "America/St_Johns", "C")]
    assert len({count._run(sys.executable, *place, "--no-review") for place in places}) == 1
