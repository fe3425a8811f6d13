"""Group commit: all who wait share a commit, and nobody waits for ever."""

from __future__ import annotations

import os
import threading

import pytest

from assay.evidence.errors import LogError
from assay.evidence.group import GroupCommit

ENOUGH = 120


class Held:
    """A commit that doubles numbers and waits for a word in its first call, so that others gather meanwhile."""

    def __init__(self, error=None):
        self.calls, self.error = [], error
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, entries):
        self.calls.append(list(entries))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.go.wait(ENOUGH)
            if self.error is not None:
                raise self.error
        return [entry * 2 for entry in entries]


def started(act, *args):
    """A thread that keeps what the call gave or raised."""

    def work():
        try:
            thread.found = act(*args)
        except BaseException as error:
            thread.found = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def ended(threads):
    for thread in threads:
        thread.join(ENOUGH)
    assert not [thread for thread in threads if thread.is_alive()]
    return [thread.found for thread in threads]


def waiting(group, members):
    """Waits until so many have joined the open group."""
    for _ in range(ENOUGH * 100):
        with group._list:
            if group._open is not None and group._open.members == members:
                return
        threading.Event().wait(0.01)
    raise AssertionError("they did not join")


def first_and_followers(held, count):
    group = GroupCommit(held)
    first = started(group.hand_in, [b"a"])
    assert held.begun.wait(ENOUGH)
    followers = []
    for number in range(count):
        followers.append(started(group.hand_in, [b"%d" % number, b"x"]))
        waiting(group, number + 1)
    return group, first, followers


def test_what_comes_during_a_commit_shares_the_next_one():
    held = Held()
    _, first, followers = first_and_followers(held, 5)
    held.go.set()
    assert ended([first, *followers]) == [[b"aa"], *([b"%d%d" % (n, n), b"xx"] for n in range(5))]
    assert held.calls == [[b"a"], [part for n in range(5) for part in (b"%d" % n, b"x")]]


def test_an_error_reaches_all_of_its_group_and_the_next_group_goes_on():
    held = Held(OSError(28, "No space left on device"))
    group, first, followers = first_and_followers(held, 2)
    held.go.set()
    found = ended([first, *followers])
    assert isinstance(found[0], OSError)
    assert found[1:] == [[b"00", b"xx"], [b"11", b"xx"]]
    assert group.hand_in([b"z"]) == [b"zz"]


def test_an_interrupted_leader_leaves_nobody_waiting():
    class Interrupted(Held):
        def __call__(self, entries):
            found = super().__call__(entries)
            if len(self.calls) == 2:
                raise KeyboardInterrupt
            return found

    held = Interrupted()
    group, first, followers = first_and_followers(held, 3)
    held.go.set()
    _, leader, *others = ended([first, *followers])
    assert isinstance(leader, KeyboardInterrupt)
    assert [error.code for error in others] == ["E0362", "E0362"]
    assert group.hand_in([b"z"]) == [b"zz"]


def test_an_interruption_before_the_commit_leaves_no_group_without_a_leader(monkeypatch):
    group = GroupCommit(Held())

    def interrupt(_group):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(group, "_lead", interrupt)
        with pytest.raises(KeyboardInterrupt):
            group.hand_in([b"a"])
    assert group._open is None


def test_closing_finishes_what_was_handed_in_and_refuses_what_comes():
    held = Held()
    group, first, followers = first_and_followers(held, 3)
    closing = started(group.close)
    while not group._closed:
        threading.Event().wait(0.01)
    late = started(group.hand_in, [b"late"])
    assert ended([late])[0].code == "E0362"
    held.go.set()
    assert ended([first, *followers])[0] == [b"aa"]
    assert ended([closing]) == [None]
    assert len(held.calls) == 2


def test_a_forked_child_takes_no_lock(monkeypatch):
    group = GroupCommit(Held())
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with group._list, group._turn:
        for act in (lambda: group.hand_in([b"a"]), lambda: group.alone().__enter__()):
            with pytest.raises(LogError, match="E0362"):
                act()
    assert group.forked


def test_many_threads_each_get_their_own_and_never_two_commit_at_once():
    busy, wrong = threading.Lock(), []

    def commit(entries):
        if not busy.acquire(blocking=False):
            wrong.append("two commits at once")
        threading.Event().wait(0.0005)
        busy.release()
        return [entry * 2 for entry in entries]

    group = GroupCommit(commit)

    def write(name):
        return all(group.hand_in([b"%d.%d;" % (name, n)]) == [b"%d.%d;" % (name, n) * 2] for n in range(50))

    assert ended([started(write, name) for name in range(24)]) == [True] * 24
    assert not wrong
