"""CP-SAT as an option: the cheapest plan, its bound as its word, and a clear error where it is not installed."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from assay.errors import UsageError
from assay.plan.compile import compiled
from assay.plan.cpsat import finish
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan.small import best, instance

WITH_CPSAT = Effort(dual=24, sweeps=4, moves=100, lawless=False, nodes=1000, solver="cpsat")


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(UsageError, match="E0717") as caught:
        finish(compiled(instance(1, clusters=3, quarters=2)), None, 10, 0.0)
    assert "cpsat" in str(caught.value)


@pytest.mark.parametrize("seed", [1, 5, 10, 17, 21, 23, 24, 27, 28, 34])
def test_it_finds_the_cheapest_plan_and_its_bound_is_its_word(seed):
    pytest.importorskip("ortools", reason="the extra cpsat is not installed")
    problem = instance(seed, clusters=3, quarters=2)
    solution = solve(problem, WITH_CPSAT, seed)
    optimum = best(problem, solution.certificate)
    assert solution.proof.verdict.cost == optimum.cost
    assert solution.stated_bound == pytest.approx(optimum.cost, abs=1)
    assert solution.tree is None
    assert solution.lower_bound <= optimum.cost


def test_it_needs_no_start_and_ends_early_when_asked():
    pytest.importorskip("ortools", reason="the extra cpsat is not installed")
    flat = compiled(replace(instance(5, clusters=6, quarters=3), masks=(), rows=()))
    assert finish(flat, None, 1000, 0.0).labels is not None
    assert finish(flat, None, 1000, 0.0, lambda: True).bound <= finish(flat, None, 1000, 0.0).bound
