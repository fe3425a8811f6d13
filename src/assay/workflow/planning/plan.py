"""The verb plan: a case to a checked schedule in a folder, and the check of such a folder without the solver."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from assay.canon import digest
from assay.decide.program import Assumption
from assay.errors import InputError, UsageError
from assay.evidence.container import read_container, write_container
from assay.plan.archive import pack, unpack
from assay.plan.check import check
from assay.plan.model import Instance
from assay.plan.quarters import Quarter
from assay.plan.result import Certificate, Conflict, Effort, Plan, Price, Progress, Solution, Tree, Verdict
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.folder import check_out, whole_folder
from assay.workflow.planning.document import Planned, plan_document, plan_table
from assay.workflow.planning.problem import Problem, make_problem

__all__ = [
    "FILES",
    "Checked",
    "check_plan",
    "instance_digest",
    "make_plan",
    "parse_horizon",
    "price_rules",
    "read_plan",
    "use_kernels",
    "usual_effort",
    "write_plan",
]

FILES: Final = frozenset({"report.html", "plan.json", "plan.parquet", "plan.zip"})
"""What a plan writes into its folder."""
_CASES: Final = {"exact": 150, "nodes": 60, "within": 500}
"""Clusters up to which a problem is worked on by cases, splits for it, and the gap in millionths at which it ends."""
_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "plan.html.j2"
Json = dict[str, Any]


def use_kernels() -> bool:
    """Name the folder in which compiled kernels are kept, before anything loads them.

    True where that folder is there already, so that nothing will have to be compiled first.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(base / "assay" / "kernels")))
    return folder.is_dir() and any(folder.iterdir())


def instance_digest(instance: Instance) -> str:
    """SHA-256 of a problem's canonical archive: two problems with one digest are the same problem."""
    return digest(write_container(pack(instance=instance)))


def make_plan(
    problem: Problem, on: date, known_at: date, assumptions: tuple[Assumption, ...], effort: Effort, seed: int,
    *, strict: bool = False, prices: bool = True, progress: Progress | None = None,
) -> Planned | Unplannable:  # fmt: skip
    """Solve a problem and price its rules; where no lawful schedule is found, say which rules cannot hold together."""
    from assay.plan.solve import solve

    instance = problem.instance.strict() if strict else problem.instance
    solution = solve(instance, effort, seed, progress)
    if solution.plan is None or solution.proof is None or not solution.proof.verdict.holds:
        return _unplannable(problem, instance, solution)
    priced, whole = price_rules(instance, solution, progress) if prices else ((), True)
    if not whole:
        solution = replace(solution, stopped=True)
    return Planned(replace(problem, instance=instance), solution, priced, on, known_at, assumptions,
                   instance_digest(instance))  # fmt: skip


@dataclass(frozen=True)
class Unplannable:
    """No lawful schedule was found: how often the nearest one breaks each rule, and the conflict if one is proved."""

    broken: tuple[tuple[str, int], ...]
    conflict: Conflict
    titles: Mapping[str, str]
    grid: tuple[Quarter, ...]
    currency: str


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
    from assay.plan.price import price

    law = [rule.id for rule in instance.rules if rule.law]
    found: list[Price] = []
    for number, rule in enumerate(law):
        if progress and progress("prices", number, len(law), None, None):
            break
        found.append(price(instance, solution, rule))
    return tuple(sorted(found, key=lambda row: (-row.estimate, row.rule))), len(found) == len(law)


def write_plan(done: Planned, out: Path) -> Json:
    """Write the four files into a folder that appears whole; gives the document. Raises InputError (E0401, E0507)."""
    from assay.reports.plan import render_plan

    check_out(out, FILES)
    found, table = plan_document(done), plan_table(done.problem, done.plan)
    members = pack(instance=done.problem.instance, plan=done.plan, certificate=done.solution.certificate,
                   tree=done.solution.tree)  # fmt: skip
    with whole_folder(out.resolve()) as draft:
        html = render_plan(found, _sites(table), _TEMPLATE.read_text(encoding="utf-8"))
        write_bytes(draft / "report.html", html.encode())
        write_json_file(draft / "plan.json", found)
        table.write_parquet(draft / "plan.parquet")
        write_bytes(draft / "plan.zip", write_container(members))
    return found


def _sites(table: pl.DataFrame) -> list[tuple[str, int, int, str | None]]:
    """Country, position and quarter of each radio site that has a position."""
    if not {"lon", "lat"} <= set(table.columns):
        return []
    radio = table.filter((pl.col("part") == "ran") & pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    return list(radio.select("jurisdiction", "lon", "lat", "quarter").iter_rows())


@dataclass(frozen=True)
class Checked:
    """What a check of a folder found: the verdict, and what the folder says that does not follow."""

    verdict: Verdict
    differs: tuple[str, ...]
    problem: str

    @property
    def holds(self) -> bool:
        """True where the plan is lawful, its bound holds, and the folder says just that."""
        return self.verdict.holds and not self.differs


def check_plan(folder: Path, case: Path | None = None, laws: tuple[Path, ...] = ()) -> Checked:
    """Replay the plan of a folder at every date, recompute cost and bound, and compare with what the folder says.

    With `case` the problem is made anew from estate and law and must be the same. Raises InputError (E0713) or
    ContainerError for files that are no plan.
    """
    said = _json(folder / "plan.json")
    members = read_container(_bytes(folder / "plan.zip"))
    instance = unpack(members, "instance", Instance)
    plan, certificate = unpack(members, "plan", Plan), unpack(members, "certificate", Certificate)
    verdict = check(instance, plan, certificate, _tree(members))
    own = instance_digest(instance)
    differs = [*_numbers(said, verdict, own), *_table(folder / "plan.parquet", instance, plan)]
    if case is not None:
        differs += _same_case(said, case, laws, own)
    return Checked(verdict, tuple(differs), own)


def _tree(members: Mapping[str, bytes]) -> Tree | None:
    """The cases of a small problem, where the bound is proved by cases."""
    return unpack(members, "tree", Tree) if unpack(members, "tree", object) is not None else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0713", f"cannot be read: {error.strerror}", where=str(path),
                         expected="a folder that `assay plan --out` wrote") from error  # fmt: skip


def _json(path: Path) -> Json:
    try:
        found = json.loads(_bytes(path))
    except ValueError as error:
        raise InputError("E0713", f"no JSON: {error}", where=str(path)) from error
    if not isinstance(found, dict) or found.get("schema") != "assay-plan-result/1":
        raise InputError("E0713", "the file holds no plan", where=str(path), expected='"schema": "assay-plan-result/1"')
    return found


def _numbers(said: Json, verdict: Verdict, own: str) -> list[str]:
    pairs = (
        ("cost", said.get("cost"), verdict.cost), ("lower bound", said.get("lower_bound"), verdict.lower_bound),
        ("problem", said.get("versions", {}).get("problem"), own), ("checked", said.get("checked"), verdict.holds),
    )  # fmt: skip
    return [f"plan.json says {name} {a}, the archive gives {b}" for name, a, b in pairs if a != b]


def _table(path: Path, instance: Instance, plan: Plan) -> list[str]:
    """The table of elements says of each cluster what the archive's labels say."""
    _bytes(path)
    try:
        rows = pl.read_parquet(path, columns=["cluster", "act", "after"]).unique().rows()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError("E0713", f"no table of a plan: {str(error)[:120]}", where=str(path)) from error
    labels = dict(zip(instance.clusters, plan.labels.tolist(), strict=True))
    out = []
    for cluster, act, after in rows:
        label = labels.get(cluster)
        if label is None:
            out.append(f"plan.parquet names cluster {cluster}, the archive does not")
            continue
        kept = act == "keep"
        if kept != (label == 0) or (label and instance.suppliers[(label - 1) // instance.quarters] != after):
            out.append(f"plan.parquet has {act} {after} for cluster {cluster}, the archive says otherwise")
    return out[:20]


def _same_case(said: Json, case: Path, laws: tuple[Path, ...], own: str) -> list[str]:
    try:
        assumed = tuple(Assumption(row["id"], date.fromisoformat(row["from"])) for row in said["assumed"])
        on, known, horizon = (date.fromisoformat(said[key]) for key in ("on", "known_at", "horizon"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("E0713", f"the dates cannot be read: {error}", where="plan.json") from error
    anew = instance_digest(make_problem(case, on, known, assumed, laws, horizon).instance)
    return [] if anew == own else [f"the case and the law give problem {anew[:16]}, the folder holds {own[:16]}"]


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


def read_plan(folder: Path) -> Json:
    """The document of a plan's folder. Raises InputError (E0713)."""
    return _json(folder / "plan.json")
