"""Search by region: the number of threads changes nothing, and what is counted afterwards is what stands."""

from __future__ import annotations

import numpy as np
import pytest

from assay.plan import regions
from assay.plan.bound import raise_bound
from assay.plan.compile import compiled
from assay.plan.search import scored, search
from plan.small import instance


@pytest.fixture
def apart(monkeypatch):
    monkeypatch.setattr(regions, "_ENOUGH", 2)


@pytest.mark.parametrize("seed", range(6))
def test_any_number_of_threads_gives_the_same_plan(apart, seed):
    problem = compiled(instance(seed, clusters=12, quarters=5, suppliers=3))
    if not (np.diff(problem.start) > 0).all():
        pytest.skip("masks leave some cluster no label")
    bound = raise_bound(problem, None, 20, 3)
    one, many = (search(problem, bound, 200, (seed, 1), threads=threads) for threads in (1, 4))
    assert one.labels.tobytes() == many.labels.tobytes()
    again = scored(problem, one.labels)
    assert (one.cost, one.broken) == (again.cost, again.broken)
