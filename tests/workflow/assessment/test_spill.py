"""Events beyond the budget go to a temporary file and come back the same; the report does not tell the difference."""

from __future__ import annotations

import pytest

from assay.canon import canonical
from assay.model import shelf
from assay.model.assessment import Product
from assay.model.event import Event, Span
from assay.model.shelf import Events, Shelf
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import document
from assay.workflow.assessment.keys import read_key_files
from assay.workflow.assessment.spill import Spill

LAB = RECORDINGS / "open5gs-lab"
KEYS = read_key_files([RECORDINGS / "keys.toml"])


def event(number):
    spans = (Span(number, 10, 20 + number),)
    return Event(number, "a.pcap", None if number % 3 else number, "SBI", "http", "request", (("a", "ü"),), spans,
                 bytes([number % 256]) * number * 7)  # fmt: skip


@pytest.mark.parametrize("budget", [0, 5_000, 1 << 30])
def test_a_shelf_gives_back_what_was_put_on_it(budget):
    put = [event(number) for number in range(1, 400)]
    with Spill() as spill:
        shelf = Shelf(spill, budget)
        shelf.add(put)
        back = list(Events(shelf, range(len(put))))
        assert [(one, one.body) for one in back] == [(one, one.body) for one in put]
        assert [(one, one.body) for one in shelf] == [(one, one.body) for one in put]
        assert [shelf.at(place) for place in (398, 0, 200)] == [put[398], put[0], put[200]]
        assert list(Events(shelf, range(399))[390:]) == put[390:]


@pytest.mark.parametrize(
    "names", [["core_default_ueransim.pcap"], ["n2_ueransim_wrongkey.pcap", "n2_o5gs_registration_simple-test.pcap"]]
)
def test_a_report_is_the_same_with_and_without_the_sink(names):
    paths = [LAB / name for name in names]
    reports = [document(inspect(paths, KEYS, Product(), budget=budget)) for budget in (0, 1 << 30)]
    assert canonical(reports[0]) == canonical(reports[1])


def test_an_event_is_read_back_a_few_times_however_many_cases_there_are(monkeypatch):
    asked, put = [], []
    get, add = Spill.get, Spill.put
    monkeypatch.setattr(Spill, "get", lambda self, handle: asked.append(handle) or get(self, handle))
    monkeypatch.setattr(Spill, "put", lambda self, data: put.append(1) or add(self, data))
    monkeypatch.setattr(shelf, "_MOST_READ", 1 << 14)
    done = inspect([LAB / "core_default_ueransim.pcap"], KEYS, Product(), budget=0)
    assert len(done.findings) > 100
    assert len(asked) < 6 * len(put)
