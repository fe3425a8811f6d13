"""Requests of HTTP with their answers. A long recording has millions, so what is held of each is where it stands."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import intern
from typing import Final, NamedTuple, overload

from assay.checks.log import Log
from assay.model.event import Event

__all__ = ["HTTP", "Exchange", "Exchanges", "Sieve", "exchanges", "sift", "sifted"]

HTTP: Final = "http"
_MOST_WAYS: Final = 1 << 16
_LONGEST_WAY: Final = 200
"""Different pairs of method and path that are held, and their length; of others the request itself is asked."""

_UNHELD: Final = 0
_NONE: Final = -1


class Exchange:
    """A request and its answer, read when they are asked for and held from then on: who keeps many keeps them."""

    __slots__ = ("_answer", "_answered", "_asked", "_log", "_request")

    def __init__(self, log: Log, request: int, answer: int) -> None:
        self._log, self._request, self._answer = log, request, answer
        self._asked: Event | None = None
        self._answered: Event | None = None

    @property
    def request(self) -> Event:
        """The request."""
        if self._asked is None:
            self._asked = self._log.at(self._request)
        return self._asked

    @property
    def answer(self) -> Event | None:
        """The answer, None where the recording has none."""
        if self._answered is None and self._answer != _NONE:
            self._answered = self._log.at(self._answer)
        return self._answered

    @property
    def method(self) -> str:
        """GET, POST ..."""
        return self.request.key("method")

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.request.key("path").partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.request.key("path").partition("?")[2]

    @property
    def status(self) -> int:
        """The status of the answer, 0 where unseen."""
        text = self.answer.key("status") if self.answer else ""
        return int(text) if text.isdecimal() else 0


class Sieve(NamedTuple):
    """Picks the exchanges that a check reads in full, so that the others are not read again for it.

    `mark` says in a short text what an exchange is good for, empty for nothing. It is asked once for each exchange, in
    one walk for the sieves of all cases; it may look at the exchange, the fields of its messages and the settings, not
    at the rest of the log. With `first` only the first exchange of each mark is kept.

    A file of checks names its sieves in `SIEVES`.
    """

    mark: Callable[[Log, Exchange], str]
    first: bool = False


class _Table:
    """Of every request its place, that of its answer, and its way: which method on which path."""

    def __init__(self, log: Log) -> None:
        self.log = log
        requests, responses = log.of(HTTP, "request"), log.of(HTTP, "response")
        self.requests = requests.places
        self.answers = array("q", [_NONE]) * len(requests)
        self.ways: dict[tuple[str, str], int] = {}
        self.way = array("I")
        numbers = array("Q")
        for one in requests:
            numbers.append(one.number)
            self.way.append(self._way(one.key("method"), one.key("path")))
        self.numbers = numbers
        for place, one in zip(responses.places, responses, strict=True):
            asked = int(one.key("answers") or 0)
            row = bisect_left(numbers, asked)
            if row < len(numbers) and numbers[row] == asked:
                self.answers[row] = place

    def _way(self, method: str, path: str) -> int:
        own = intern(method), path
        found = self.ways.get(own)
        if found is None:
            if len(path) > _LONGEST_WAY or len(self.ways) >= _MOST_WAYS:
                return _UNHELD
            found = self.ways[own] = len(self.ways) + 1
        return found

    def exchange(self, row: int) -> Exchange:
        return Exchange(self.log, self.requests[row], self.answers[row])

    def rows(self, path: str, method: str) -> array[int]:
        """The rows whose path holds a text."""
        fit = bytearray(len(self.ways) + 1)
        for (verb, way), number in self.ways.items():
            fit[number] = path in way and method in ("", verb)
        unheld = (row for row, way in enumerate(self.way) if way == _UNHELD)
        more = [row for row in unheld if self._fits(self.log.at(self.requests[row]), path, method)]
        held = array("I", (row for row, way in enumerate(self.way) if fit[way]))
        return array("I", sorted((*held, *more))) if more else held

    def _fits(self, request: Event, path: str, method: str) -> bool:
        return path in request.key("path") and method in ("", request.key("method"))


class Exchanges(Sequence[Exchange]):
    """Some exchanges in the order of their requests; each is made when it is asked for."""

    __slots__ = ("_rows", "_table")

    def __init__(self, table: _Table, rows: Sequence[int]) -> None:
        self._table = table
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Exchange]:
        return map(self._table.exchange, self._rows)

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> Exchanges: ...
    def __getitem__(self, place: int | slice) -> Exchange | Exchanges:
        if isinstance(place, slice):
            return Exchanges(self._table, self._rows[place])
        return self._table.exchange(self._rows[place])

    def after(self, event: Event) -> Exchanges:
        """Those whose request follows an event; none of the others is read."""
        return self[bisect_right(self._rows, event.number, key=self._table.numbers.__getitem__) :]

    def before(self, event: Event) -> Exchanges:
        """Those whose request precedes an event."""
        return self[: bisect_left(self._rows, event.number, key=self._table.numbers.__getitem__)]


def exchanges(log: Log, path: str = "", method: str = "") -> Exchanges:
    """Every request whose path holds a text, with its answer, in order."""
    table = log.once("exchanges", _Table)
    if not path and not method:
        return Exchanges(table, range(len(table.requests)))
    return Exchanges(table, memoryview(log.once(f"exchanges {method} {path}", lambda _: table.rows(path, method))))


class _Sifted:
    """What a sieve kept: rows and their marks, or the fault of its mark, which its check then meets."""

    def __init__(self, sieve: Sieve) -> None:
        self.sieve = sieve
        self.rows = array("I")
        self.marks: list[str] = []
        self.met: set[str] = set()
        self.fault: Exception | None = None

    def ask(self, log: Log, row: int, one: Exchange) -> None:
        try:
            mark = self.sieve.mark(log, one)
        except Exception as error:
            # a mark reads what strangers recorded: its own fault is for its check, not for those of the other sieves
            self.fault = error
            return
        if mark and not (self.sieve.first and mark in self.met):
            self.rows.append(row)
            self.marks.append(intern(mark))
            if self.sieve.first:
                self.met.add(mark)


def sift(log: Log, sieves: Iterable[Sieve]) -> None:
    """Ask every sieve about every exchange, in one walk."""
    held = log.once("sifted", _nothing_sifted)
    new = {sieve: _Sifted(sieve) for sieve in sieves if sieve not in held}
    held |= new
    for row, one in enumerate(exchanges(log)) if new else ():
        for found in new.values():
            if found.fault is None:
                found.ask(log, row, one)


def sifted(log: Log, sieve: Sieve) -> Iterator[tuple[Exchange, str]]:
    """What a sieve kept, with its marks, in order. Raises what its mark raised."""
    sift(log, [sieve])
    found = log.once("sifted", _nothing_sifted)[sieve]
    if found.fault is not None:
        raise found.fault
    return zip(Exchanges(log.once("exchanges", _Table), found.rows), found.marks, strict=True)


def _nothing_sifted(log: Log) -> dict[Sieve, _Sifted]:
    del log
    return {}
