"""Random small planning problems: no plan that breaks a rule, no bound above the optimum, the optimum on tiny ones.

    python tools/planning_reliability.py [--plans 10000] [--tiny 1600] [--no-write]

`plans` random problems (every kind of mask, term and row, borders) are solved by bound and search and replayed by the
independent check; `tiny` ones are solved to the end by cases and compared with trying everything. Writes their
sections of docs/reliability.md. Exit 1 where one figure is not what it should be.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from assay.plan.certify import lower_bound
from assay.plan.check import check
from assay.plan.result import Effort
from assay.plan.solve import solve
from plan.small import best, instance, random_certificate
from reliability_page import circumstances, write_section

QUICK = Effort(dual=40, sweeps=6, moves=300, exact=0, lawless=False)


def replayed(count: int) -> tuple[int, int, int]:
    """Plans given, plans that break a rule, bounds above the cost of the plan (of any certificate)."""
    given = broken = above = 0
    for seed in tqdm(range(count), unit="problem", disable=not sys.stderr.isatty()):
        size = np.random.default_rng(seed).integers([3, 2, 2], [13, 7, 4])
        problem = instance(seed, clusters=int(size[0]), quarters=int(size[1]), suppliers=int(size[2]))
        solution = solve(problem, QUICK, seed)
        if solution.plan is None:
            continue
        given += 1
        verdict = check(problem, solution.plan, solution.certificate)
        broken += bool(verdict.violations)
        other = lower_bound(problem, random_certificate(problem, seed))
        above += max(verdict.lower_bound, other) > verdict.cost
    return given, broken, above


def tried(count: int) -> tuple[int, int, int, int]:
    """Problems with a plan, problems where the optimum is missed, bounds above it, optima not proved to the end."""
    lawful = missed = above = unproved = 0
    for seed in tqdm(range(count), unit="tiny problem", disable=not sys.stderr.isatty()):
        problem = instance(seed, clusters=3, quarters=2)
        solution = solve(problem, replace(QUICK, exact=10), seed)
        optimum = best(problem, solution.certificate)
        if optimum is None:
            missed += solution.plan is not None
            continue
        lawful += 1
        missed += solution.proof is None or solution.proof.verdict.cost != optimum.cost
        above += solution.lower_bound > optimum.cost
        unproved += solution.lower_bound < optimum.cost
    return lawful, missed, above, unproved


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--tiny", type=int, default=1600)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    begun = time.process_time()
    faults: list[int] = []
    counts = (("plans", asked.plans, replayed, small_page), ("tiny plans", asked.tiny, tried, tiny_page))
    for name, count, work, page in counts:
        if not count:
            continue
        counted = work(count)
        text = page(counted, count, time.process_time() - begun)
        print(text)
        faults += counted[1:]
        if not asked.no_write:
            write_section(name, text)
    return 1 if any(faults) else 0


def small_page(small: tuple[int, ...], plans: int, spent: float) -> str:
    """The section of docs/reliability.md on small problems."""
    given, broken, above = small
    few = " (10,000 wanted)" * (plans < 10_000)
    rows = [
        (f"{plans:,} small problems{few}: {given:,} plans given, of them breaking a rule", broken),
        ("bounds (own and random certificates) above the cost of those plans", above),
    ]
    return f"""## Plans

{circumstances(f"python tools/planning_reliability.py --plans {plans} --tiny 0")}* CPU time: {spent:.0f} s.

Random problems with every kind of mask, term and row, and borders (`tests/plan/small.py`): 3 to 12 clusters, up to 6
quarters, 2 or 3 suppliers, a short search; many have no lawful plan, and where none is found none is given.

""" + _table(rows)


def tiny_page(tiny: tuple[int, ...], count: int, spent: float) -> str:
    """The section of docs/reliability.md on tiny problems."""
    lawful, missed, over, closed = tiny
    few = " (500 wanted)" * (lawful < 500)
    rows = [
        (f"{count:,} tiny problems, {lawful:,} of them with a lawful plan{few}: cost unlike trying everything, or a "
         "plan where there is none", missed),
        ("certified bounds above the best cost", over),
        ("problems with a lawful plan whose cost the certificate does not prove to the last cent", closed),
    ]  # fmt: skip
    return f"""## Tiny plans

{circumstances(f"python tools/planning_reliability.py --plans 0 --tiny {count}")}* CPU time: {spent:.0f} s.

3 clusters, 2 quarters, 2 suppliers, every kind of mask, term and row, borders: the whole path by cases against all 125
combinations of labels.

""" + _table(rows)


def _table(rows: list[tuple[str, int]]) -> str:
    lines = [f"| {what} | 0 | {count} | {'**missed**' if count else 'good'} |" for what, count in rows]
    return "| what | should be | counted | |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
