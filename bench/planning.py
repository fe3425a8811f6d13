"""The planner's figures: `python bench/planning.py [--sizes 100 1000 10000 50000] [--seeds 3] [--linear]`.

CPU seconds of the whole way (compile, bound, search, best plan without law, certificate, independent check), each run
in a process of its own so that its memory is its own; problems from `plan_instances.py` (borders, caps, crews and
budgets bind). `--linear` compares the bound without borders with the linear program solved by HiGHS. Never a test.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import highspy

from assay.plan.bound import raise_bound
from assay.plan.compile import compiled
from assay.plan.mip import monolith
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan_instances import instance

MOVES = {100: 8000, 1000: 4000, 10_000: 1500, 50_000: 1000}
WARM = Effort(dual=12, sweeps=2, moves=10, lawless=False, exact=0)


def planned(clusters: int, seed: int) -> dict[str, Any]:
    solve(instance(20, 0), WARM, 0)
    problem = instance(clusters, seed)
    effort = Effort(moves=MOVES.get(clusters, 1500), exact=0)
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
    problem = replace(instance(clusters, seed, borders=False))
    flat = compiled(problem)
    begun = time.process_time()
    ours = raise_bound(flat, None, 360, 1).value
    spent = time.process_time() - begun
    model, _ = monolith(flat)
    solver = highspy.Highs()
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000, 50_000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--linear", action="store_true")
    parser.add_argument("--one", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps((linear if asked.linear else planned)(*asked.one)))
        return
    for clusters in asked.sizes:
        for seed in range(asked.seeds):
            words = [sys.executable, __file__, "--one", str(clusters), str(seed), *(["--linear"] * asked.linear)]
            print(subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
