"""What a plan's folder keeps, and the check of it: everything redone without the solver, from the case too if given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from assay.canon import digest
from assay.decide.program import Assumption
from assay.errors import InputError
from assay.evidence.container import read_container, write_container
from assay.plan.archive import pack, unpack
from assay.plan.check import check, cost_of, replay
from assay.plan.later import later
from assay.plan.model import Instance
from assay.plan.result import Certificate, Effort, Plan, Price, Proof, Solution, Tree, Verdict
from assay.workflow.planning.document import SCHEMA, YEAR, Planned, exact, millionths, plan_document, plan_table
from assay.workflow.planning.problem import make_problem

__all__ = ["Checked", "check_plan", "instance_digest", "packed", "plan_page", "read_plan"]

_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "plan.html.j2"
_MOST: Final = 20
"""Differences of one kind that are listed."""
Json = dict[str, Any]


def instance_digest(instance: Instance) -> str:
    """SHA-256 of a problem's canonical archive: two problems with one digest are the same problem."""
    return digest(write_container(pack(instance=instance)))


def packed(done: Planned) -> dict[str, bytes]:
    """The members of plan.zip: the problem, the schedule, what proves it, and the schedules behind the prices."""
    solution = done.solution
    assert solution.proof is not None
    return pack(
        instance=done.problem.instance, plan=done.plan, certificate=solution.certificate, tree=solution.tree,
        prices=done.prices, lawless=solution.proof.lawless_plan, lawless_bound=solution.proof.lawless_bound,
        seed=solution.seed, effort=solution.effort, stopped=solution.stopped,
        stated_bound=None if solution.stated_bound is None else round(solution.stated_bound),
    )  # fmt: skip


def plan_page(found: Json, table: pl.DataFrame) -> str:
    """The page of a plan's document and its table of elements."""
    from assay.reports.plan import render_plan

    return render_plan(found, _sites(table), _TEMPLATE.read_text(encoding="utf-8"))


def _sites(table: pl.DataFrame) -> list[tuple[str, int, int, str | None]]:
    """Country, position and quarter of each radio site that has a position."""
    if not {"lon", "lat"} <= set(table.columns):
        return []
    radio = table.filter((pl.col("part") == "ran") & pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    return list(radio.select("jurisdiction", "lon", "lat", "quarter").iter_rows())


@dataclass(frozen=True)
class Checked:
    """What a check of a folder found: the verdict, what the folder says that does not follow, prices whose floor held.

    `redone`: the problem, the document, the page and the table were made anew from the case.
    """

    verdict: Verdict
    differs: tuple[str, ...]
    problem: str
    prices: int = 0
    redone: bool = False
    assumed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True where the plan is lawful, its bound holds, and the folder says just that."""
        return self.verdict.holds and not self.differs


def check_plan(
    folder: Path, case: Path | None = None, laws: tuple[Path, ...] = (), scenario: Path | None = None
) -> Checked:  # fmt: skip
    """Replay the plan of a folder at every date, recompute cost and bound, and compare with what the folder says.

    The schedules behind the prices are replayed too. With `case` (and `scenario`, where the plan was made with one) the
    problem is made anew from estate and law, and with it every figure, the table and the page. Raises InputError
    (E0713) or ContainerError for files that are no plan.
    """
    said = read_plan(folder)
    members = read_container(_bytes(folder / "plan.zip"))
    instance = unpack(members, "instance", Instance)
    solution = _solution(members, instance)
    assert solution.proof is not None
    own = instance_digest(instance)
    prices: tuple[Price, ...] = unpack(members, "prices", tuple)
    differs = [
        *_numbers(said, solution, own), *_prices(said, instance, solution, prices),
        *_table(folder / "plan.parquet", instance, solution.plan),
    ]  # fmt: skip
    if case is not None:
        differs += _redone(folder, said, case, laws, scenario, instance, solution, prices)
    assumed = tuple(f"{row['id']} as if in force from {row['from']}" for row in said.get("assumed", []))
    return Checked(solution.proof.verdict, tuple(differs), own, len(prices), case is not None, assumed)


def _solution(members: Mapping[str, bytes], instance: Instance) -> Solution:
    """What the archive holds, judged anew."""
    plan, certificate = unpack(members, "plan", Plan), unpack(members, "certificate", Certificate)
    tree = _maybe(members, "tree", Tree)
    verdict = check(instance, plan, certificate, tree)
    free = _maybe(members, "lawless", Plan)
    lawless = None if free is None or replay(instance.lawless(), free) else cost_of(instance.lawless(), free)
    proof = Proof(verdict, lawless, _maybe(members, "lawless_bound", int), free)
    stated = _maybe(members, "stated_bound", int)
    return Solution(
        plan, certificate, verdict.lower_bound, proof, (), unpack(members, "seed", int),
        unpack(members, "effort", Effort), unpack(members, "stopped", bool), stated, tree,
    )  # fmt: skip


def _maybe(members: Mapping[str, bytes], name: str, kind: type[Any]) -> Any:  # noqa: ANN401  # one of several kinds
    return unpack(members, name, kind) if unpack(members, name, object) is not None else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0713", f"cannot be read: {error.strerror}", where=str(path),
                         expected="a folder that `assay plan --out` wrote") from error  # fmt: skip


def read_plan(folder: Path) -> Json:
    """The document of a plan's folder. Raises InputError (E0713)."""
    path = folder / "plan.json"
    try:
        found = json.loads(_bytes(path))
    except ValueError as error:
        raise InputError("E0713", f"no JSON: {error}", where=str(path)) from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InputError("E0713", "the file holds no plan", where=str(path), expected=f'"schema": "{SCHEMA}"')
    return found


def _numbers(said: Json, solution: Solution, own: str) -> list[str]:
    proof = solution.proof
    assert proof is not None
    verdict, versions = proof.verdict, said.get("versions")
    pairs: tuple[tuple[str, object], ...] = (
        ("cost", verdict.cost), ("lower_bound", verdict.lower_bound), ("checked", verdict.holds),
        ("gap", exact(verdict.gap)), ("gap_millionths", millionths(verdict.gap)), ("violations", []),
        ("lawless", proof.lawless), ("rule_gap", exact(proof.rule_gap)),
        ("rule_gap_millionths", millionths(proof.rule_gap)), ("reproducible", not solution.stopped),
    )  # fmt: skip
    out = [f"plan.json says {name} {said.get(name)}, the archive gives {b}" for name, b in pairs if said.get(name) != b]
    problem = versions.get("problem") if isinstance(versions, dict) else None
    return out if problem == own else [*out, f"plan.json speaks of problem {problem}, the archive holds {own}"]


def _prices(said: Json, instance: Instance, solution: Solution, prices: tuple[Price, ...]) -> Iterator[str]:
    """The lower end of every price follows from a schedule that is lawful without the rule, or with it a year later."""
    rows = {row["rule"]: row for row in said.get("rule_prices", [])}
    if set(rows) != {row.rule for row in prices}:
        yield "plan.json prices other rules than the archive"
    for row in prices:
        saved = [("rule_prices", rows.get(row.rule), instance.without(row.rule), row)]
        if row.later is not None:
            year = (rows.get(row.rule) or {}).get("later")
            saved.append(("later", year, later(instance, row.rule, YEAR), row.later))  # type: ignore[arg-type]
        for name, told, eased, found in saved:
            if replay(eased, found.free):
                yield f"{name} of {row.rule}: the schedule behind it breaks rules"
            low = max(solution.lower_bound - cost_of(eased, found.free), 0)
            ends = (low, found.estimate, found.high)
            if told is None or (told["low"], told["estimate"], told["high"]) != ends or not low <= ends[1] <= ends[2]:
                yield f"plan.json says {name} of {row.rule} otherwise than the archive gives it: at least {low}"


def _table(path: Path, instance: Instance, plan: Plan | None) -> list[str]:
    """The table of elements says of each cluster what the archive's labels say."""
    assert plan is not None
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
    return out[:_MOST]


def _redone(
    folder: Path, said: Json, case: Path, laws: tuple[Path, ...], scenario: Path | None, instance: Instance,
    solution: Solution, prices: tuple[Price, ...],
) -> list[str]:  # fmt: skip
    """What the case and the law give otherwise than the folder says: the problem, else figures, page and table."""
    on, known, horizon, assumed = _asked(said, scenario)
    problem = make_problem(case, on, known, assumed, laws, horizon, scenario)
    strict = bool(said.get("strict"))
    if strict:
        problem = replace(problem, instance=problem.instance.strict())
    anew, own = instance_digest(problem.instance), instance_digest(instance)
    if anew != own:
        return [f"the case and the law give problem {anew[:16]}, the folder holds {own[:16]}"]
    done = Planned(problem, solution, prices, on, known, assumed, own, strict, scenario is not None)
    found, table = plan_document(done), plan_table(problem, done.plan)
    found["versions"]["assay"] = said["versions"]["assay"]  # who wrote it is not what it says
    wrong = sorted(key for key in {*found, *said} if json.loads(json.dumps(found.get(key))) != said.get(key))
    out = [f"plan.json says `{key}` otherwise than case, law and archive give it" for key in wrong]
    if not wrong and plan_page(found, table).encode() != _bytes(folder / "report.html"):
        out.append("report.html is not the page of this plan")
    if not table.equals(pl.read_parquet(folder / "plan.parquet")):
        out.append("plan.parquet is not the table of this plan")
    return out


def _asked(said: Json, scenario: Path | None) -> tuple[date, date, date, tuple[Assumption, ...]]:
    """The dates and assumptions of a plan. Raises InputError (E0713), also where its scenario is not named."""
    try:
        assumed = tuple(Assumption(row["id"], date.fromisoformat(row["from"])) for row in said["assumed"])
        on, known, horizon = (date.fromisoformat(said[key]) for key in ("on", "known_at", "horizon"))
        file = said["plan_file"]
        missing = file is not None and bool(file["scenario"]) and scenario is None
        name = file["file"] if file is not None else ""
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("E0713", f"what was asked cannot be read: {error}", where="plan.json") from error
    if missing:
        raise InputError(
            "E0713", f"the plan was made with --scenario {name}", where="assay plan check --case",
            expected=f"--scenario {name} (sha256 {file['sha256'][:16]})",
        )  # fmt: skip
    return on, known, horizon, assumed
