"""What users of a plan wait for: prices of rules, futures, a cold start.

Each gives rows (what, wanted, measured, how) for bench/planning.py; CPU seconds, kernels compiled before.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.plan.ensemble import Base, future
from assay.plan.price import price
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan_instances import instance

__all__ = ["Row", "cold", "warm"]

T = TypeVar("T")
Row = tuple[str, str, str, str]
LAW = ("no-new", "zones", "cap-35", "cap-10", "diversity")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its CPU seconds."""
    begun = time.process_time()
    done = work()
    return done, time.process_time() - begun


def warm(clusters: int, seed: int, futures: int) -> Iterator[Row]:
    """Prices and futures from a plan at hand."""
    problem = instance(clusters, seed)
    problem = replace(problem, weights={**problem.weights, "elements": problem.weights["sites"]})
    solution = solve(problem, Effort(lawless=False), seed)
    assert solution.plan is not None
    price(problem, solution, LAW[0])
    spent = [timed(lambda rule=rule: price(problem, solution, rule))[1] for rule in LAW]
    note = f"{len(LAW)} rules, seed {seed}"
    yield f"{clusters:,}: certified price of one rule, warm", "0.5 CPU s", _span(spent, "{:.2f}") + " CPU s", note
    today = Base(problem, solution.plan, solution.certificate, seed)
    future(today, 0)
    runs = [timed(lambda number=number: future(today, number)) for number in range(1, futures + 1)]
    gaps = [100 * (one.cost - one.lower_bound) / one.cost for one, _ in runs if one.cost > 0]
    mean, total = (float(of([seconds for _, seconds in runs])) for of in (np.mean, np.sum))
    note = f"mean of {futures} futures ({total:.0f} CPU s), {len(gaps)} with a plan, gaps {_span(gaps, '{:.2f}')} %"
    yield f"{clusters:,}: one future, schedule and bound", "0.45 CPU s", f"{mean:.2f} CPU s", note


def cold() -> Iterator[Row]:
    """A process of its own: import, cached kernels, a problem of sixty clusters."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from plan_instances import instance; "
        "from assay.plan.solve import solve; from assay.plan.result import Effort; "
        "solve(instance(60, 9), Effort(dual=20, sweeps=2, moves=20, exact=0), 0)"
    )
    spent = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code, str(Path(__file__).resolve().parent)], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    yield "cold start, kernels cached", "3 s", _span(spent[1:], "{:.1f}") + " CPU s", "import, kernels, 60 clusters"


def _span(values: list[float], form: str) -> str:
    """Least and largest."""
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"
