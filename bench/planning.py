"""The planner's figures: `python bench/planning.py [--sizes 1000 10000] [--linear 1000 10000] [--futures 1000]`.

CPU seconds of the whole way (compile, bound, search, best plan without law, certificate, independent check), each run
in a process of its own so that its memory is its own; problems from `plan_instances.py` (borders, caps, crews and
budgets bind). Small problems, worked to the end: planning_small.py. `--linear`
compares the bound without borders with the linear program solved by HiGHS. Never a test.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from highspy._core import _Highs

from assay.plan.bound import raise_bound
from assay.plan.compile import compiled
from assay.plan.mip import monolith
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan_instances import instance
from planning_uses import Row, cold, warm
from reliability_page import circumstances, write_section

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

EFFORTS = {
    1000: Effort(dual=480, sweeps=40, moves=3600, exact=0),
    10_000: Effort(dual=480, sweeps=30, moves=2000, exact=0),
    50_000: Effort(dual=320, sweeps=24, moves=1100, exact=0),
}
WARM = Effort(dual=12, sweeps=2, moves=10, lawless=False, exact=0)


def planned(clusters: int, seed: int) -> dict[str, Any]:
    solve(instance(20, 0), WARM, 0)
    problem = instance(clusters, seed)
    effort = EFFORTS.get(clusters, Effort(exact=0))
    begun = time.process_time()
    solution = solve(problem, effort, seed)
    spent = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    row: dict[str, Any] = {"clusters": clusters, "seed": seed, "cpu": round(spent, 2), "MB": memory}
    if solution.proof is None:
        return row | {"violations": len(solution.violations)}
    verdict, part = solution.proof.verdict, solution.proof.rule_gap
    return row | {
        "violations": 0,
        "gap_percent": round(100 * float(verdict.gap), 3),
        "rule_gap_percent": None if part is None else round(100 * float(part), 2),
    }


def linear(clusters: int, seed: int) -> dict[str, Any]:
    solve(instance(20, 0), WARM, 0)
    problem = instance(clusters, seed, borders=False)
    flat = compiled(problem)
    begun = time.process_time()
    ours = raise_bound(flat, None, LINEAR, 1).value
    spent = time.process_time() - begun
    model, _ = monolith(flat)
    solver = _Highs()  # not highspy.Highs: that prints a banner on standard output
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solve_relaxation", True)
    solver.passModel(model)
    begun = time.process_time()
    solver.run()
    theirs, took = solver.getInfo().objective_function_value * 1e5, time.process_time() - begun
    return {
        "clusters": clusters, "seed": seed, "bound_cpu": round(spent, 2), "highs_lp_cpu": round(took, 2),
        "below_lp_percent": round(100 * (theirs - ours) / theirs, 4),
    }  # fmt: skip


LINEAR = 96
"""Evaluations of the bound beside the linear program: what 0.02 % needs. Whole plans climb further."""
WANTED = {1000: "0.5 %, 8 CPU s", 10_000: "0.5 %, 60 CPU s, 1 GB", 50_000: "0.5 %, 400 CPU s, 2 GB"}


def gap_row(found: dict[str, Any]) -> Row:
    """One run as a row of the page."""
    what = f"{found['clusters']:,} with borders, seed {found['seed']}"
    wanted = WANTED.get(found["clusters"], "0.5 %")
    if "gap_percent" not in found:
        return what, wanted, f"no plan, {found['cpu']} CPU s", f"{found['violations']} violations"
    note = f"{found['rule_gap_percent']} % of the rule-caused cost; bound, search, plan without law, certificate, check"
    return what, wanted, f"{found['gap_percent']} %, {found['cpu']} CPU s, {found['MB']} MB", note


def linear_row(found: dict[str, Any]) -> Row:
    """The bound beside the linear program as a row of the page."""
    what = f"{found['clusters']:,} without borders: bound below the optimum of the linear program"
    ratio = found["highs_lp_cpu"] / found["bound_cpu"]
    note = f"{found['bound_cpu']} CPU s, HiGHS {found['highs_lp_cpu']} CPU s: 1/{ratio:.1f}; seed {found['seed']}"
    return what, "0.02 %, 1/20 at 10,000", f"{found['below_lp_percent']} %", note


def rows(asked: argparse.Namespace) -> Iterator[Row]:
    """Every figure asked for; those of whole plans in a process each."""
    yield from cold()
    for clusters in asked.sizes:
        yield from (gap_row(apart(clusters, seed)) for seed in range(asked.seeds))
    solve(instance(20, 0), WARM, 0)
    if 1000 in asked.sizes:
        yield from warm(1000, 0, asked.futures)
    yield from (linear_row(apart(clusters, 0, "--linear", "1")) for clusters in asked.linear)


def apart(clusters: int, seed: int, *words: str) -> dict[str, Any]:
    """One figure in a process of its own."""
    line = [sys.executable, __file__, "--one", str(clusters), str(seed), *words]
    found: dict[str, Any] = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 50_000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--linear", type=int, nargs="*", default=[1000], help="sizes whose linear program is solved")
    parser.add_argument("--futures", type=int, default=12, help="how many futures of 1,000 clusters")
    parser.add_argument("--no-write", action="store_true", help="print only")
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps((linear if "--linear" in sys.argv else planned)(*asked.one)))
        return
    lines = []
    for row in rows(asked):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    text = (
        f"""## Plans

{circumstances(" ".join(["python bench/planning.py", *sys.argv[1:]]))}* CPU seconds; kernels compiled before.

Fictional problems of `bench/plan_instances.py` by number of clusters; 24 quarters, four suppliers; bans, caps,
coverage, crews, supply, budgets and borders bind. Gaps are gaps of the model, certified unless a line says otherwise.

| clusters | wanted | measured | how |
|---|---|---|---|
"""
        + "\n".join(lines)
        + "\n"
    )
    if not asked.no_write:
        write_section("plans", text, PAGE)


if __name__ == "__main__":
    main()
