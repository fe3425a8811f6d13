"""The verb plan: a case to a checked schedule in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.decide.program import Assumption
from assay.errors import UsageError
from assay.evidence.container import write_container
from assay.plan.model import Instance
from assay.plan.quarters import Quarter
from assay.plan.result import Conflict, Effort, Price, Progress, Solution
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.folder import check_out, whole_folder
from assay.workflow.planning.document import YEAR, Planned, plan_document, plan_table
from assay.workflow.planning.kept import instance_digest, packed, plan_page
from assay.workflow.planning.problem import Problem

__all__ = [
    "FILES",
    "Unplannable",
    "make_plan",
    "parse_horizon",
    "price_rules",
    "use_kernels",
    "usual_effort",
    "write_plan",
]

FILES: Final = frozenset({"report.html", "plan.json", "plan.parquet", "plan.zip"})
"""What a plan writes into its folder."""
_CASES: Final = {"exact": 150, "nodes": 60, "within": 500}
"""Clusters up to which a problem is worked on by cases, splits for it, and the gap in millionths at which it ends."""
Json = dict[str, Any]


def use_kernels() -> bool:
    """Name the folder in which compiled kernels are kept, before anything loads them.

    True where that folder is there already, so that nothing will have to be compiled first.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(base / "assay" / "kernels")))
    return folder.is_dir() and any(folder.iterdir())


def make_plan(
    problem: Problem, on: date, known_at: date, assumptions: tuple[Assumption, ...], effort: Effort, seed: int,
    *, strict: bool = False, prices: bool = True, scenario: bool = False, progress: Progress | None = None,
) -> Planned | Unplannable:  # fmt: skip
    """Solve a problem and price its rules; where no lawful schedule is found, say which rules cannot hold together.

    `scenario` says that the problem was made with another plan file than the case's own.
    """
    from assay.plan.solve import solve

    instance = problem.instance.strict() if strict else problem.instance
    solution = solve(instance, effort, seed, progress)
    if solution.plan is None or solution.proof is None or not solution.proof.verdict.holds:
        return replace(_unplannable(problem, instance, solution), assumptions=assumptions)
    priced, whole = price_rules(instance, solution, progress) if prices else ((), True)
    if not whole:
        solution = replace(solution, stopped=True)
    return Planned(replace(problem, instance=instance), solution, priced, on, known_at, assumptions,
                   instance_digest(instance), strict, scenario)  # fmt: skip


@dataclass(frozen=True)
class Unplannable:
    """No lawful schedule was found: how often the nearest one breaks each rule, and the conflict if one is proved."""

    broken: tuple[tuple[str, int], ...]
    conflict: Conflict
    titles: Mapping[str, str]
    grid: tuple[Quarter, ...]
    currency: str
    assumptions: tuple[Assumption, ...] = ()


def _unplannable(problem: Problem, instance: Instance, solution: Solution) -> Unplannable:
    from assay.plan.conflict import conflict

    counts: dict[str, int] = {}
    for fault in solution.violations:
        counts[fault.rule] = counts.get(fault.rule, 0) + 1
    broken = tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    titles = {rule.id: rule.title for rule in instance.rules}
    return Unplannable(broken, conflict(instance), titles, problem.grid, problem.inputs.currency)


def price_rules(
    instance: Instance, solution: Solution, progress: Progress | None = None
) -> tuple[tuple[Price, ...], bool]:  # fmt: skip
    """What each rule of law costs, dearest first, and whether all were priced before `progress` asked for an end."""
    from assay.plan.price import price, price_of_point, price_of_time

    law = [rule.id for rule in instance.rules if rule.law]
    found: list[Price] = []
    for number, rule in enumerate(law):
        if progress and progress("prices", number, len(law), None, None):
            break
        point = price_of_point(instance, solution, rule)
        time = price_of_time(instance, solution, rule, YEAR)
        found.append(replace(price(instance, solution, rule), later=time, point=point))
    return tuple(sorted(found, key=lambda row: (-row.estimate, row.rule))), len(found) == len(law)


def write_plan(done: Planned, out: Path) -> Json:
    """Write the four files into a folder that appears whole; gives the document. Raises InputError (E0401, E0507)."""
    check_out(out, FILES)
    found, table = plan_document(done), plan_table(done.problem, done.plan)
    with whole_folder(out.resolve()) as draft:
        write_bytes(draft / "report.html", plan_page(found, table).encode())
        write_json_file(draft / "plan.json", found)
        table.write_parquet(draft / "plan.parquet")
        write_bytes(draft / "plan.zip", write_container(packed(done)))
    return found


def parse_horizon(text: str | None) -> date | None:
    """`--horizon`. Raises UsageError (E0103)."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("E0103", f"{text!r} is no date: {error}", where="--horizon",
                         expected="a day such as 2032-12-31") from error  # fmt: skip


def usual_effort(times: int, solver: str = "cases") -> Effort:
    """So many times the usual work; `solver` ends small problems. Raises UsageError (E0715) outside 1 to 20."""
    if not 1 <= times <= 20:
        raise UsageError("E0715", f"effort {times}", where="--effort", expected="a whole number from 1 to 20")
    usual = Effort()
    return replace(
        usual, dual=usual.dual * times, sweeps=usual.sweeps * times, moves=usual.moves * times, solver=solver,
        exact=_CASES["exact"], nodes=_CASES["nodes"] * times, within=_CASES["within"],
    )  # fmt: skip
