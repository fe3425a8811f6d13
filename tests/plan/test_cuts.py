"""Cuts hold for every whole choice, and are broken by the points that they were made for."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from assay.plan.compile import compiled
from assay.plan.cuts import border_cuts, broken_triples, paths_of
from plan.small import instance


@pytest.mark.parametrize("seed", range(10))
def test_a_border_cut_takes_no_more_than_the_edge_costs_and_is_tight_at_whole_labels(seed):
    flat = compiled(replace(instance(seed, clusters=5, quarters=4, suppliers=3), masks=(), rows=()))
    draw, paths = np.random.default_rng(seed), paths_of(flat)
    shares = np.zeros(len(flat.label))
    taken = [int(draw.integers(flat.start[c], flat.start[c + 1])) for c in range(flat.clusters)]
    shares[taken] = 1.0
    given = np.zeros((len(flat.edges), 2, int(np.diff(flat.start).max())))
    broken = np.zeros(len(flat.edges), np.bool_)
    border_cuts(flat, 1.0, shares, np.full(len(flat.edges), -1.0), given, broken)
    assert broken.all()
    for edge, (one, two) in enumerate(flat.edges.tolist()):
        states = [paths.state[flat.start[c] : flat.start[c + 1]] for c in (one, two)]
        unlike = (states[0][:, None] != states[1][None]) & (states[0][:, None] < 3) & (states[1][None] < 3)
        cost = (unlike * np.diff(flat.until[edge])).sum(axis=2)
        mine, other = given[edge, 0, : cost.shape[0]], given[edge, 1, : cost.shape[1]]
        places = taken[one] - flat.start[one], taken[two] - flat.start[two]
        assert (mine[:, None] + other[None, :] <= cost + 1e-9).all()
        assert mine[places[0]] + other[places[1]] == pytest.approx(cost[places])


@pytest.mark.parametrize("seed", range(10))
def test_the_triples_found_are_those_that_loads_hold_two_of_more_than_once(seed):
    draw = np.random.default_rng(seed)
    loads = [np.flatnonzero(draw.random(7) < 0.5) for _ in range(9)]
    value = draw.random(9) / 2
    by = {
        three: sum(v for own, v in zip(loads, value, strict=True) if len(set(three) & set(own.tolist())) > 1) - 1
        for three in combinations(range(7), 3)
    }
    wanted = sorted((three for three in by if by[three] > 0.03), key=lambda three: (-by[three], three))
    found = broken_triples(7, loads, value, 0.03, 99)
    assert [by[three] for three in found] == pytest.approx([by[three] for three in wanted])
    assert set(found) == set(wanted)
    assert broken_triples(7, loads, value, 0.03, 2) == found[:2]


def test_whole_loads_break_no_triple():
    loads = [np.array([0, 1, 2]), np.array([3, 4]), np.array([5, 6])]
    assert broken_triples(7, loads, np.ones(3), 0.0, 99) == []
