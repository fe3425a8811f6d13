"""Labels that masks and precedence leave open, against a replay of every label."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.plan.check import needed_over, replay
from assay.plan.labels import allowed
from assay.plan.model import Instance, Mask, Precedence, Rule
from assay.plan.result import Plan

S, T = 2, 3


def problem(manager: np.ndarray, incumbents: list[int]) -> Instance:
    """A dependent (cluster 0) and a provider (cluster 1) whose states are masked."""
    count, labels = 2, 1 + S * T
    build = np.zeros((S, T), np.bool_)
    return Instance(
        T, ("a", "b"), ("radio", "manager"), np.array(incumbents), np.zeros((count, labels), np.int64),
        {"sites": np.ones(count, np.int64)}, np.zeros(count, np.int64), np.zeros(count, np.int64),
        np.zeros((count, S), np.int64), np.full(T, 10**6), (Rule("law", "law", True), Rule("ems", "managers", False)),
        (Mask("law", np.array([1]), manager, build),), (), (Precedence("ems", np.array([0]), np.array([1]), 0, T),),
    )  # fmt: skip


@given(
    st.lists(st.booleans(), min_size=(S + 1) * T, max_size=(S + 1) * T),
    st.lists(st.integers(-1, S - 1), min_size=2, max_size=2),
)
def test_a_label_is_closed_exactly_where_no_label_of_the_provider_goes_with_it(
    cells: list[bool], now: list[int]
) -> None:
    one = problem(np.array(cells).reshape(S + 1, T), now)
    fair, lawful = allowed(one), set()
    for pair in itertools.product(range(1 + S * T), repeat=2):
        labels = np.array(pair)
        if not replay(one, Plan(labels, needed_over(one, labels))):
            lawful.add(pair)
    # no lawful pair is lost; and what stays open for the radio needs, quarter by quarter, a manager that could be there
    assert all(fair[0, a] and fair[1, b] for a, b in lawful)
    if not fair[1].any():
        return
    for label in np.flatnonzero(fair[0]):
        for q in range(T):
            mine = one.states(np.array([label, 0]))[0, q]
            others = {int(one.states(np.array([0, b]))[1, q]) for b in np.flatnonzero(fair[1])}
            assert mine == -1 or int(mine) in others
