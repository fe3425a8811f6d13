"""A plan as one document: what is done when, what it costs with its range, what each rule costs, what is proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

import numpy as np
import polars as pl

from assay import __version__
from assay.decide.program import Assumption
from assay.plan import model
from assay.plan.check import cost_of, cost_parts
from assay.plan.later import later
from assay.plan.result import Effort, Plan, Price, Saving, Solution, Verdict
from assay.workflow.estates.findings import rule_words
from assay.workflow.estates.heading import heading
from assay.workflow.planning.problem import Problem

__all__ = ["SCHEMA", "YEAR", "Planned", "plan_document", "plan_table"]

SCHEMA: Final = "assay-plan-result/1"
Json = dict[str, Any]
Whole = np.ndarray[Any, np.dtype[np.int64]]
_MILLIONTH: Final = 1_000_000
YEAR: Final = 4
"""Quarters by which a rule begins later where it is asked what a deadline costs."""


@dataclass(frozen=True)
class Planned:
    """A problem, its solution and what was asked of both. `scenario`: the plan file was named beside the case."""

    problem: Problem
    solution: Solution
    prices: tuple[Price, ...]
    on: date
    known_at: date
    assumptions: tuple[Assumption, ...]
    digest: str
    strict: bool = False
    scenario: bool = False

    @property
    def plan(self) -> Plan:
        """The schedule; there is one whenever a document is written."""
        assert self.solution.plan is not None
        return self.solution.plan

    @property
    def verdict(self) -> Verdict:
        """What the independent check found."""
        assert self.solution.proof is not None
        return self.solution.proof.verdict


def plan_document(done: Planned) -> Json:
    """The whole document; money in whole cents."""
    problem, solution, verdict = done.problem, done.solution, done.verdict
    proof = solution.proof
    assert proof is not None
    acts = _Acts(problem, done.plan)
    ends = [cost_parts(problem.ends[end], done.plan) for end in ("low", "high")]
    return {
        **heading(SCHEMA, problem.loaded, problem.programs, done.on, done.known_at, done.assumptions),
        "illustrative": problem.inputs.illustrative, "currency": problem.inputs.currency,
        "quarters": [q.name for q in problem.grid], "horizon": problem.grid[-1].end.isoformat(),
        "cost": verdict.cost, "cost_range": [sum(parts) for parts in ends], "lower_bound": verdict.lower_bound,
        "cost_parts": _parts(done, [(verdict.labels, verdict.terms, verdict.borders, verdict.overtime), *ends]),
        "gap": exact(verdict.gap), "gap_millionths": millionths(verdict.gap),
        "lawless": proof.lawless, "lawless_bound": proof.lawless_bound,
        **_caused(problem, done.plan, proof.lawless_plan),
        "stated_bound": None if solution.stated_bound is None else round(solution.stated_bound),
        "cases": None if solution.tree is None else len(solution.tree.fill),
        "rule_gap": exact(proof.rule_gap), "rule_gap_millionths": millionths(proof.rule_gap),
        "violations": [{"rule": v.rule, "what": v.what, "quarter": v.quarter, "amount": v.amount}
                       for v in verdict.violations],
        "checked": verdict.holds, "reproducible": not solution.stopped,
        "rules": _rules(done), "rule_prices": [_price(done, row) for row in done.prices],
        "acts": acts.summary(), "years": acts.years(), "regions": acts.regions(), "holds": _holds(problem, done.plan),
        "counts": {"clusters": len(problem.instance.clusters), "labels": problem.instance.labels,
                   "rows": len(problem.instance.rows), "borders": len(problem.instance.edges),
                   "elements": problem.frame.height},
        "overtime": _overtime(problem, done.plan), "inputs": _inputs(problem), "policy": _policy(problem),
        "strict": done.strict, "plan_file": _file(done),
        "notes": list(problem.notes), "seed": solution.seed, "effort": _effort(solution.effort),
        "versions": {"assay": __version__, "problem": done.digest},
    }  # fmt: skip


def _file(done: Planned) -> Json | None:
    """The plan.toml that was read, by digest; `scenario` where it was named beside the case."""
    file = done.problem.file
    return {"file": file.name, "sha256": file.sha256, "scenario": done.scenario} if file.name else None


def _parts(done: Planned, ends: Sequence[tuple[int, int, int, int]]) -> Json:
    """What the cost is made of, discounted: stated, and at the cheap and the dear end; the parts add up to the cost."""
    problems = [done.problem.instance, *(done.problem.ends[end] for end in ("low", "high"))]
    works = [_works(instance, done.plan) for instance in problems]
    labels, terms, borders, overtime = zip(*ends, strict=True)
    rows = {
        "works": works, "running": [cost - paid for cost, paid in zip(labels, works, strict=True)],
        "terms": terms, "borders": borders, "overtime": overtime,
    }  # fmt: skip
    return {name: {"stated": row[0], "low": row[1], "high": row[2]} for name, row in rows.items()}


def _works(instance: model.Instance, plan: Plan) -> int:
    """Equipment and work of all acts in cents, each discounted to the first day."""
    busy = np.flatnonzero(plan.labels > 0)
    supplier, quarter = np.divmod(plan.labels[busy] - 1, instance.quarters)
    return int((instance.spend[busy, supplier] * instance.discount[quarter] // model.DISCOUNT).sum())


def exact(value: Fraction | None) -> str | None:
    """An exact fraction as text."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def millionths(value: Fraction | None) -> int | None:
    """A fraction in whole millionths, rounded up: a gap is never shown smaller than it is."""
    return None if value is None else -(-value.numerator * _MILLIONTH // value.denominator)


def _caused(problem: Problem, plan: Plan, free: Plan | None) -> Json:
    """What the schedule without law costs, and what law causes, where every figure is at an end of its range.

    Both schedules are held: they are the best found at the stated figures, which lie in every range as well.
    """
    if free is None:
        return {"lawless_range": None, "caused_range": None}
    ends = [problem.ends[end] for end in ("low", "high")]
    without = [cost_of(instance.lawless(), free) for instance in ends]
    caused = [cost_of(one, plan) - less for one, less in zip(ends, without, strict=True)]
    caused.append(cost_of(problem.instance, plan) - cost_of(problem.instance.lawless(), free))
    return {"lawless_range": without, "caused_range": [min(caused), max(caused)]}


def _price(done: Planned, row: Price) -> Json:
    """One price; its range takes in what is certified at the stated figures, which are figures of the range too."""
    eased = [one.without(row.rule) for one in done.problem.ends.values()]
    return {
        "rule": row.rule, "low": row.low, "estimate": row.estimate, "high": row.high,
        "range": _spread_of(done, (row.low, row.high), eased, row.free),
        "later": None if row.later is None else _later(done, row.rule, row.later),
        "point": None if row.point is None else {"estimate": row.point[0], "high": row.point[1]},
        "marginal": [{"quarter": quarter, "cents": exact(cents)} for quarter, cents in row.marginal],
    }  # fmt: skip


def _later(done: Planned, rule: str, saved: Saving) -> Json:
    eased = [later(one, rule, YEAR) for one in done.problem.ends.values()]
    return {
        "quarters": YEAR, "low": saved.low, "estimate": saved.estimate, "high": saved.high,
        "range": _spread_of(done, (saved.low, saved.high), eased, saved.free),
    }  # fmt: skip


def _spread_of(done: Planned, sure: tuple[int, int], eased: Sequence[model.Instance], free: Plan) -> list[int]:
    """What both schedules differ by at the ends of the ranges, with what is certified at the stated figures."""
    ends = [cost_of(one, done.plan) for one in done.problem.ends.values()]
    differ = [cost - cost_of(one, free) for cost, one in zip(ends, eased, strict=True)]
    return [min(*sure, *differ), max(*sure, *differ)]


def _rules(done: Planned) -> list[Json]:
    """Every rule of the problem; those of law with what they say and their sources."""
    lines = {key: line for one in done.problem.lawful for key, line in one.lines.items()}
    return [
        {"id": rule.id, "title": rule.title, "law": rule.law,
         "words": rule_words(lines[rule.id]) if rule.id in lines else None}
        for rule in done.problem.instance.rules
    ]  # fmt: skip


def _effort(effort: Effort) -> Json:
    return {name: getattr(effort, name) for name in effort.__slots__}


def _inputs(problem: Problem) -> list[Json]:
    return [
        {"id": f.id, "title": f.title, "value": f.value, "low": f.low, "high": f.high, "unit": f.unit, "own": f.own,
         "source": f.source, "url": f.url, "sponsor": f.sponsor}
        for f in problem.inputs.figures.values()
    ]  # fmt: skip


def _policy(problem: Problem) -> Json:
    policy = problem.inputs.policy
    return {
        "follow_advice": policy.follow_advice, "authorisation": policy.authorisation,
        "undetermined": policy.undetermined, "same_manager": policy.same_manager,
    }  # fmt: skip


class _Acts:
    """The acts of a plan: which cluster is rebuilt by whom when."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.busy = np.flatnonzero(plan.labels > 0)
        self.supplier, self.quarter = np.divmod(plan.labels[self.busy] - 1, problem.instance.quarters)
        self.elements = problem.clusters.weights["elements"]

    def summary(self) -> list[Json]:
        """Acts added up by country, operator, part, supplier before and after, and quarter."""
        found: Counter[tuple[str, ...]] = Counter()
        tables = {"spend": self.problem.instance, **self.problem.ends}
        money = {name: Counter[tuple[str, ...]]() for name in tables}
        of, names = self.problem.clusters, self.problem.instance.suppliers
        for c, s, t in self._each():
            quarter = self.problem.grid[t].name
            key = (of.jurisdiction[c], of.operator[c], of.part[c], of.supplier[c], names[s], quarter)
            found[key] += int(self.elements[c])
            for name, instance in tables.items():
                money[name][key] += int(instance.spend[c, s])
        columns = ("jurisdiction", "operator", "part", "before", "after", "quarter")
        return [
            {**dict(zip(columns, key, strict=True)), "elements": n, **{name: sums[key] for name, sums in money.items()}}
            for key, n in sorted(found.items())
        ]

    def years(self) -> list[Json]:
        """What is spent on equipment and work in each year, on the day: stated, and at both ends of the ranges."""
        years = sorted({q.start.year for q in self.problem.grid})
        tables = {"value": self.problem.instance, **self.problem.ends}
        sums = {end: Counter[int]() for end in tables}
        for c, s, t in self._each():
            for end, instance in tables.items():
                sums[end][self.problem.grid[t].start.year] += int(instance.spend[c, s])
        sites: Counter[int] = Counter()
        for c, _, t in self._each():
            sites[self.problem.grid[t].start.year] += int(self.elements[c])
        return [
            {"year": year, "spend": sums["value"][year], "low": sums["low"][year], "high": sums["high"][year],
             "elements": sites[year]}
            for year in years
        ]  # fmt: skip

    def regions(self) -> list[Json]:
        """For each region the elements rebuilt in each quarter."""
        count = len(self.problem.grid)
        rows: dict[str, list[int]] = {}
        for c, _, t in self._each():
            rows.setdefault(self.problem.clusters.region[c], [0] * count)[t] += int(self.elements[c])
        return [{"region": name, "elements": row} for name, row in sorted(rows.items())]

    def _each(self) -> Iterator[tuple[int, int, int]]:
        for c, s, t in zip(self.busy, self.supplier, self.quarter, strict=True):
            yield int(c), int(s), int(t)


def _holds(problem: Problem, plan: Plan) -> list[Json]:
    """How many elements of each part each supplier has at the end of each quarter."""
    states, elements = problem.instance.states(plan.labels), problem.clusters.weights["elements"]
    out = []
    for part in sorted(set(problem.clusters.part)):
        there = np.array([p == part for p in problem.clusters.part])
        for s, name in enumerate(problem.instance.suppliers):
            row = ((states == s) & there[:, None]) * elements[:, None]
            if row.any():
                out.append({"part": part, "supplier": name, "elements": [int(n) for n in row.sum(axis=0)]})
    return out


def _overtime(problem: Problem, plan: Plan) -> list[Json]:
    """Where more is done than crews, supply or budget allow, and at what price."""
    out = []
    for number, (row, over) in enumerate(zip(problem.instance.rows, plan.over, strict=True)):
        if over and isinstance(row, model.Crew | model.Supply | model.Budget):
            first = row.first if isinstance(row, model.Budget) else row.quarter
            where = problem.instance.suppliers[row.supplier] if isinstance(row, model.Supply) else ""
            if isinstance(row, model.Crew):
                where = problem.clusters.region[int(row.clusters[0])]
            ends = [problem.ends[end].rows[number] for end in ("low", "high")]
            out.append({"rule": row.rule, "where": where, "quarter": problem.grid[first].name, "units": int(over),
                        "cents": int(over) * (row.overtime or 0),
                        "range": [int(over) * (getattr(one, "overtime", None) or 0) for one in ends]})  # fmt: skip
    return out


def plan_table(problem: Problem, plan: Plan) -> pl.DataFrame:
    """A row for each element: its cluster, what is done with it, when, and whose it is before and after."""
    labels, names, of = plan.labels, problem.instance.suppliers, problem.clusters.of
    acts: list[str] = []
    quarters: list[str | None] = []
    after: list[str] = []
    for c, label in enumerate(labels.tolist()):
        s, t = divmod(label - 1, problem.instance.quarters)
        before = problem.clusters.supplier[c]
        acts.append("keep" if not label else "build" if not before else "renew" if names[s] == before else "replace")
        quarters.append(problem.grid[t].name if label else None)
        after.append(names[s] if label else before)
    columns = [
        n for n in ("element", "jurisdiction", "operator", "part", "site", "lon", "lat") if n in problem.frame.columns
    ]
    return problem.frame.select(*columns, pl.col("supplier").alias("before")).with_columns(
        pl.Series("cluster", _spread(problem.clusters.names, of)), pl.Series("act", _spread(acts, of)),
        pl.Series("quarter", _spread(quarters, of), dtype=pl.String), pl.Series("after", _spread(after, of)),
    )  # fmt: skip


def _spread(values: Sequence[Any], of: Whole) -> list[Any]:
    return [values[c] for c in of]
