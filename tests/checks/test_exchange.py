"""Exchanges of a log: chosen by way, by place and by sieve, the same whatever is held of them."""

from __future__ import annotations

import pytest

from assay.checks import exchange
from assay.checks.exchange import Sieve, exchanges, sift, sifted
from assay.checks.log import Log
from assay.model.event import Event, Span
from assay.model.shelf import Shelf
from assay.wire.fields import fields


class Memory:
    """A sink in memory."""

    def __init__(self):
        self.held = []

    def put(self, data):
        self.held.append(data)
        return len(self.held) - 1

    def get(self, handle):
        return self.held[handle]


def event(number, kind, *keys):
    return Event(number, "a.pcap", number, "SBI", "http", kind, keys, (Span(number, 0, 9),))


def log(spilled):
    """Requests 1, 3, 5 ... and their answers in between; those of request 5 and the last one are missing."""
    shelf = Shelf(Memory(), 0 if spilled else 1 << 30)
    for number in range(1, 60, 2):
        path = f"/nudm-sdm/v2/{number % 7}?x={'y' * 300 if number % 3 else ''}"
        shelf.add([event(number, "request", ("method", "GET" if number % 5 else "PUT"), ("path", path))])
        if number not in (5, 59):
            shelf.add([event(number + 1, "response", ("status", str(200 + number)), ("answers", str(number)))])
    return Log(shelf, fields)


def numbers(found):
    return [one.request.number for one in found]


@pytest.mark.parametrize("spilled", [False, True])
@pytest.mark.parametrize("most", [1 << 16, 2, 0])
def test_what_is_chosen_by_way_does_not_depend_on_how_many_ways_are_held(spilled, most, monkeypatch):
    monkeypatch.setattr(exchange, "_MOST_WAYS", most)
    own = log(spilled)
    every = exchanges(own)
    assert numbers(every) == list(range(1, 60, 2))
    assert [one.status for one in every] == [0 if one in (5, 59) else 200 + one for one in range(1, 60, 2)]
    wanted = [one.request.number for one in every if one.path.endswith("/3") and one.method == "PUT"]
    assert wanted
    assert numbers(exchanges(own, "/v2/3", "PUT")) == wanted
    assert numbers(exchanges(own, "/v2/3")) == [n for n in range(1, 60, 2) if n % 7 == 3]
    assert numbers(exchanges(own, "/elsewhere")) == []


def test_before_and_after_an_event_are_told_by_number():
    own = log(spilled=True)
    found = exchanges(own, "/nudm-sdm/")
    assert numbers(found.after(own.numbered("10"))) == list(range(11, 60, 2))
    assert numbers(found.after(own.numbered("11"))) == list(range(13, 60, 2))
    assert numbers(found.before(own.numbered("11"))) == list(range(1, 10, 2))
    assert found[-1].request.number == 59
    requests = own.of("http", "request")
    assert [one.number for one in requests.after(10)][:2] == [11, 13]
    assert [one.number for one in requests.before(11)][-2:] == [7, 9]


@pytest.mark.parametrize("spilled", [False, True])
def test_a_sieve_keeps_what_its_mark_names(spilled):
    own = log(spilled)
    put = Sieve(lambda log, one: one.method if one.method == "PUT" else "")
    first = Sieve(lambda log, one: one.path, first=True)
    sift(own, [put, first])
    assert [(one.request.number, mark) for one, mark in sifted(own, put)] == [
        (n, "PUT") for n in (5, 15, 25, 35, 45, 55)
    ]
    assert sorted(mark for _, mark in sifted(own, first)) == [f"/nudm-sdm/v2/{n}" for n in range(7)]
    assert numbers(one for one, _ in sifted(own, first)) == [1, 3, 5, 7, 9, 11, 13]


def test_the_fault_of_one_sieve_is_met_by_who_asks_it_and_by_nobody_else():
    own = log(spilled=False)
    bad = Sieve(lambda log, one: one.nothing)
    good = Sieve(lambda log, one: "x", first=True)
    sift(own, [bad, good])
    assert len(list(sifted(own, good))) == 1
    with pytest.raises(AttributeError):
        sifted(own, bad)
