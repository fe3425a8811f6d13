"""Group commit: who comes while a group is written shares the next one, hence one flush and one checkpoint.

No thread of its own. Whoever opens a group leads it: takes the turn, closes the group, commits it in his own thread and
opens its gate; a single writer thus pays no switch of threads. The others of the group wait at the gate, one lock
that each who passes leaves open for the next: one wake-up each, and never all of them awake at once for one lock.

Why nobody waits without end:

* Three locks, always taken in the order turn, list; a gate is waited for while holding neither.
* Under `_list` only fields are read and set, so it is always soon free.
* `_open` is not None only while its leader is on the way to close it. He does so in a `finally`, whatever happens:
  after the commit, or after the error that took him away (a Ctrl-C, too). From then on nobody can join, and the gate
  is opened in the same `finally`. So each gate that somebody waits at gets opened.
* The turn is held by a leader who commits or waits for company, which ends after `_COMPANY` seconds at the latest, or
  by who asked for it in `alone`. A commit is a bounded number of calls to the disk.
* `close` first keeps new groups from being opened, then waits for the open one's gate, then for the turn.
* A child made by fork has copies of locks that nobody will ever open: there every call raises before it takes one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from assay.evidence.errors import LogError

__all__ = ["GroupCommit"]

Done = TypeVar("Done")

_COMPANY: Final = 0.002
"""Seconds that a leader waits at most for those who were in the last group."""
_AGAIN: Final = "open the log again"


class _Group(Generic[Done]):
    """Entries to be committed at once. `complete` opens when as many have joined as are expected, `gate` at the end."""

    __slots__ = ("complete", "done", "entries", "error", "expected", "gate", "members")

    def __init__(self, expected: int) -> None:
        self.entries: list[bytes] = []
        self.members, self.expected = 0, expected
        self.done: Sequence[Done] | None = None
        self.error: BaseException | None = None
        self.gate, self.complete = threading.Lock(), threading.Lock()
        self.gate.acquire()
        self.complete.acquire()

    def join(self, entries: Sequence[bytes]) -> int:
        """Add a member; gives where his entries begin."""
        begin = len(self.entries)
        self.entries += entries
        self.members += 1
        if self.members == self.expected:
            self.complete.release()
        return begin

    def results(self) -> Sequence[Done]:
        """What the commit gave; raises what the leader met, but not what was meant for him alone."""
        if self.done is not None:
            return self.done
        if isinstance(self.error, Exception):
            raise self.error
        raise LogError("E0362", "the thread that wrote for all was interrupted", remedy=_AGAIN) from self.error


class GroupCommit(Generic[Done]):
    """Turns calls of many threads into calls of `commit` by one at a time, each for all that wait.

    `commit` takes entries and gives as many results, in their order. It is never called by two threads at once.
    """

    def __init__(self, commit: Callable[[Sequence[bytes]], Sequence[Done]]) -> None:
        self._commit = commit
        self._turn, self._list = threading.Lock(), threading.Lock()
        self._open: _Group[Done] | None = None
        self._expected, self._closed, self._process = 1, False, os.getpid()

    def hand_in(self, entries: Sequence[bytes]) -> Sequence[Done]:
        """Commit entries, together with those of other threads; gives their results once that is done.

        Raises LogError (E0362) once closed, in a forked child, and where the thread that committed for all was
        interrupted; and whatever the commit raised, to all of the group.
        """
        self._refuse_fork()
        mine: _Group[Done] | None = None
        try:
            with self._list:
                if self._closed:
                    raise LogError("E0362", "the log is closed", remedy=_AGAIN)
                if self._open is None:
                    # Mine first: an interruption in between must not leave an open group that nobody leads.
                    mine = self._open = _Group(self._expected)
                group = self._open
                begin = group.join(entries)
            if mine is not None:
                self._lead(mine)
        finally:
            if mine is not None:
                self._shut(mine)
                mine.gate.release()
        if mine is None:
            with group.gate:
                pass
        return group.results()[begin : begin + len(entries)]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the turn: nothing is committed meanwhile. Raises LogError (E0362) in a forked child."""
        self._refuse_fork()
        with self._turn:
            yield

    def close(self) -> None:
        """Refuse what comes from now on and wait until what was handed in is done. Not in a forked child."""
        with self._list:
            self._closed, group = True, self._open
        if group is not None:
            with group.gate:
                pass
        with self._turn:
            pass

    @property
    def forked(self) -> bool:
        """Whether this is the copy of a forked child, whose locks nobody opens."""
        return os.getpid() != self._process

    def _refuse_fork(self) -> None:
        if os.getpid() != self._process:
            raise LogError("E0362", "the log was opened before a fork", remedy="open the log in the child itself")

    def _lead(self, group: _Group[Done]) -> None:
        try:
            with self._turn:
                if group.expected > 1:
                    # Those of the last group come back one by one: without them every other group would be small.
                    group.complete.acquire(timeout=_COMPANY)
                self._shut(group)
                group.done = self._commit(group.entries)
        except BaseException as error:
            group.error = error
            raise

    def _shut(self, group: _Group[Done]) -> None:
        with self._list:
            if self._open is group:
                self._open, self._expected = None, group.members
