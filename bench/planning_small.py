"""Small plans against MIP solvers: `python bench/planning_small.py [--clusters 100] [--seeds 3] [--seconds 120]`.

One problem with borders, caps, crews and budgets a seed; ours (solve to 0.05 % by cases, certificate and check
included) and plain HiGHS, CP-SAT and SCIP on one thread, each in a process of its own, in the same run. For each the
CPU seconds to 1, 0.5, 0.25, 0.1 and 0.05 % of proven gap, and where it ended. What is not installed is reported as not
run: CP-SAT needs `ortools` in this Python (the extra cpsat), SCIP `pyscipopt` here or in bench/.venv. Never a test.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import highspy
from highspy._core import _Highs

from assay.plan.compile import compiled
from assay.plan.mip import UNIT, monolith
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan_instances import instance
from reliability_page import circumstances, write_section

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
GAPS = (1.0, 0.5, 0.25, 0.1, 0.05)
Curve = list[tuple[float, float, float]]
"""CPU seconds, cost, bound."""


def ours(clusters: int, seed: int, nodes: int, within: int) -> dict[str, Any]:
    """Our way, with the points that its progress tells of (bounds in floating point, the last one certified)."""
    quick = Effort(dual=12, sweeps=2, moves=10, exact=30, nodes=1)
    solve(instance(20, 0), quick, 0)
    problem, curve = instance(clusters, seed), []
    begun = time.process_time()

    def watch(stage: str, done: int, total: int, bound: int | None, cost: int | None) -> None:
        del stage, done, total
        if bound is not None and cost is not None:
            curve.append((time.process_time() - begun, float(cost), float(bound)))

    effort = Effort(moves=8000, exact=clusters, nodes=nodes, within=within, lawless=False)
    solution = solve(problem, effort, seed, watch)
    spent = time.process_time() - begun
    begun_all = time.process_time()
    free = solve(problem.lawless(), replace(effort, lawless=False), seed)
    proof, other = solution.proof, free.proof
    assert proof is not None
    cost, bound = proof.verdict.cost, proof.verdict.lower_bound
    curve.append((spent, float(cost), float(bound)))
    out = {"cost": cost, "bound": bound, "curve": curve, "cpu": spent, "free_cpu": time.process_time() - begun_all}
    if other is not None:
        part = 100 * (cost - bound) / max(1, bound - other.verdict.cost)
        out |= {"lawless": other.verdict.cost, "lawless_bound": other.verdict.lower_bound, "rule_gap": part}
    return out


def highs(clusters: int, seed: int, seconds: float) -> dict[str, Any]:
    """Plain HiGHS, one thread."""
    lp, _ = monolith(compiled(instance(clusters, seed)))
    solver, curve = _Highs(), []
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 5e-4)):
        solver.setOptionValue(name, value)
    begun = time.process_time()

    def hear(kind: object, words: str, out: Any, into: Any, data: object) -> None:  # noqa: ANN401  # the library's own
        del words, data
        spent = time.process_time() - begun
        if kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt and into is not None:
            into.user_interrupt = spent > seconds
        curve.append((spent, out.mip_primal_bound / UNIT, out.mip_dual_bound / UNIT))

    solver.passModel(lp)
    solver.setCallback(hear, None)
    for kind in ("kCallbackMipInterrupt", "kCallbackMipImprovingSolution"):
        solver.startCallback(getattr(highspy.cb.HighsCallbackType, kind))
    solver.run()
    info = solver.getInfo()
    cost = info.objective_function_value / UNIT if info.primal_solution_status == 2 else None
    kept = [point for point in curve if abs(point[1]) < 1e30]
    return {
        "cost": cost,
        "bound": info.mip_dual_bound / UNIT,
        "curve": thinned(kept),
        "cpu": time.process_time() - begun,
    }


def cpsat(clusters: int, seed: int, seconds: float) -> dict[str, Any]:
    """CP-SAT on one worker; its time is wall time, so it is told what the CPU clock leaves."""
    from ortools.sat.python import cp_model

    from assay.plan.cpsat import model_of

    begun = time.process_time()
    model, _ = model_of(compiled(instance(clusters, seed)))
    solver, curve = cp_model.CpSolver(), []
    solver.parameters.num_workers = 1
    solver.parameters.relative_gap_limit = 5e-4

    class Found(cp_model.CpSolverSolutionCallback):  # type: ignore[misc,unused-ignore]
        def on_solution_callback(self) -> None:
            curve.append((time.process_time() - begun, self.objective_value, self.best_objective_bound))

    def heard(bound: float) -> None:
        if curve:
            curve.append((time.process_time() - begun, curve[-1][1], bound))
        if time.process_time() - begun > seconds:
            solver.stop_search()

    solver.best_bound_callback = heard
    solver.parameters.max_time_in_seconds = 4 * seconds
    status = solver.solve(model, Found())
    cost = solver.objective_value if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None
    spent = time.process_time() - begun
    return {"cost": cost, "bound": solver.best_objective_bound, "curve": thinned(curve), "cpu": spent}


def scip(clusters: int, seed: int, seconds: float) -> dict[str, Any]:
    """SCIP on the model that HiGHS is given."""
    lp, _ = monolith(compiled(instance(clusters, seed)))
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        solver.writeModel(str(path))
        own = HERE / ".venv" / "bin" / "python"
        line = [str(own if own.exists() else sys.executable), str(HERE / "peer_scip.py"), str(path), str(seconds)]
        found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    points = [(spent, cost / UNIT, bound / UNIT) for spent, cost, bound in found["curve"]]
    cost = None if found["cost"] is None else found["cost"] / UNIT
    return {"cost": cost, "bound": found["bound"] / UNIT, "curve": points, "cpu": found["cpu"]}


def thinned(curve: Curve) -> Curve:
    """The points at which the gap is less than ever before."""
    out: Curve = []
    least = float("inf")
    for spent, cost, bound in curve:
        if cost - bound < least * 0.999:
            least = cost - bound
            out.append((spent, cost, bound))
    return out


def reached(found: dict[str, Any], percent: float) -> float | None:
    """CPU seconds to that gap."""
    end = [(found["cpu"], found["cost"], found["bound"])] if found["cost"] is not None else []
    times = [spent for spent, cost, bound in [*found["curve"], *end] if 100 * (cost - bound) <= percent * abs(cost)]
    return min(times) if times else None


PEERS: dict[str, Callable[..., dict[str, Any]]] = {"ours": ours, "HiGHS": highs, "CP-SAT": cpsat, "SCIP": scip}


def row(name: str, asked: argparse.Namespace, seed: int) -> str:
    """One solver on one problem, in a process of its own."""
    line = [sys.executable, __file__, "--one", name, "--clusters", str(asked.clusters), "--seed", str(seed),
            "--seconds", str(asked.seconds), "--nodes", str(asked.nodes), "--within", str(asked.within)]  # fmt: skip
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"
        return f"| {asked.clusters}, seed {seed} | {name} | not run: {why[:80]} | | | | | |"
    found = json.loads(done.stdout.splitlines()[-1])
    times = [reached(found, percent) for percent in GAPS]
    shown = " | ".join("-" if spent is None else f"{spent:.1f}" for spent in times)
    end = "no plan" if found["cost"] is None else f"{100 * (1 - found['bound'] / found['cost']):.3f} %"
    note = f"{end} at {found['cpu']:.0f} s"
    if "rule_gap" in found:
        free = 100 * (1 - found["lawless_bound"] / found["lawless"])
        note += f", certified; {found['rule_gap']:.1f} % of the rule-caused cost; without law {free:.3f} %"
        note += f" in {found['free_cpu']:.0f} s more"
    return f"| {asked.clusters}, seed {seed} | {name} | {shown} | {note} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120, help="CPU seconds for each peer")
    parser.add_argument("--nodes", type=int, default=150, help="splits of ours at most")
    parser.add_argument("--within", type=int, default=500, help="millionths at which ours ends")
    parser.add_argument("--only", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--no-write", action="store_true", help="print only")
    parser.add_argument("--one", choices=list(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        more = (asked.nodes, asked.within) if asked.one == "ours" else (asked.seconds,)
        print(json.dumps(PEERS[asked.one](asked.clusters, asked.seed, *more)))
        return
    lines = []
    for seed in range(asked.seeds):
        for name in asked.only:
            lines.append(row(name, asked, seed))
            print(lines[-1], flush=True)
    text = (
        f"""## Small plans

{circumstances(" ".join(["python bench/planning_small.py", *sys.argv[1:]]))}* CPU seconds, one thread each.

Problems of `bench/plan_instances.py` with borders. CPU seconds to a proven gap, `-`: not reached. Ours: bound, search,
cases and the independent check; its last bound is certified in whole numbers, the peers' bounds are their word.

| problem | solver | 1 % | 0.5 % | 0.25 % | 0.1 % | 0.05 % | end |
|---|---|---|---|---|---|---|---|
"""
        + "\n".join(lines)
        + "\n"
    )
    if not asked.no_write:
        write_section("small plans", text, PAGE)


if __name__ == "__main__":
    main()
