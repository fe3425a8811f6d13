"""From a case and the law of every day to one planning problem, with everything that was taken for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from assay.decide.program import Assumption
from assay.errors import InputError
from assay.model.estate import ElementClass
from assay.plan import model
from assay.plan.costing import Costed, discounts, label_costs
from assay.plan.inputs import Inputs
from assay.plan.labels import allowed
from assay.plan.quarters import Quarter, quarters
from assay.workflow.case import Loaded, load_case
from assay.workflow.estate import element_classes
from assay.workflow.horizon import Programs, law_days
from assay.workflow.lawful import Lawful, days_of, find_lawful, first_blocked
from assay.workflow.plan_clusters import Clusters, make_clusters
from assay.workflow.plan_inputs import PlanFile, read_inputs
from assay.workflow.plan_rules import Compiled, compile_law, law_groups
from assay.workflow.review import context_read

__all__ = ["HORIZON", "Problem", "make_problem"]

HORIZON: Final = date(2032, 12, 31)
Whole = np.ndarray[Any, np.dtype[np.int64]]
CREW: Final = "crew"
SUPPLY: Final = "supply"
BUDGET: Final = "budget"
OFFER: Final = "offer"
ELEMENT_MANAGER: Final = "element-manager"
_OWN_RULES: Final = {
    CREW: "crews: what can be rebuilt in a region in a quarter",
    SUPPLY: "supply: what a supplier can deliver in a quarter",
    BUDGET: "budget: what may be spent in a year",
    OFFER: "offer: which suppliers are asked for which part",
    ELEMENT_MANAGER: "radio equipment of a supplier runs only while an element manager of that supplier is live",
}
_EMS: Final = "EMS"


@dataclass(frozen=True)
class Problem:
    """One planning problem with what it was made from.

    `ends` are the same problem at the cheap and the dear end of every figure's range; `notes` what was assumed.
    """

    loaded: Loaded
    file: PlanFile
    grid: tuple[Quarter, ...]
    clusters: Clusters
    lawful: tuple[Lawful, ...]
    instance: model.Instance
    ends: Mapping[str, model.Instance]
    programs: Programs
    frame: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def inputs(self) -> Inputs:
        """The figures."""
        return self.file.inputs


def make_problem(
    case: Path, on: date, known_at: date, assumptions: tuple[Assumption, ...] = (), laws: tuple[Path, ...] = (),
    horizon: date | None = None, scenario: Path | None = None,
) -> Problem:  # fmt: skip
    """Read a case, ask the law, cut clusters, price labels. Raises AssayError naming place and remedy."""
    loaded = load_case(case, laws)
    own = scenario or (case / "plan.toml" if (case / "plan.toml").is_file() else None)
    file = read_inputs(own)
    grid = quarters(on, horizon or file.horizon or HORIZON)
    programs = Programs(loaded.library, known_at, assumptions)
    suppliers = _suppliers(loaded, file)
    frame, lawful = _ask_law(loaded, programs, grid, suppliers, file.inputs)
    groups = law_groups(lawful)
    clusters = make_clusters(frame, [groups[name] for name in frame["class"].to_list()], file.inputs, grid)
    class_of = _class_of(clusters, frame, lawful)
    compiled = compile_law(lawful, clusters, class_of, grid)
    instance = _instance(clusters, suppliers, grid, file, compiled, frame)
    _lawful_somehow(instance, lawful, class_of, clusters, grid)
    return Problem(
        loaded, file, grid, clusters, tuple(lawful), instance, _ends(instance, clusters, file, grid), programs, frame,
        tuple(_notes(clusters, compiled, lawful, instance, file)),
    )  # fmt: skip


def _suppliers(loaded: Loaded, file: PlanFile) -> tuple[str, ...]:
    found = set(loaded.estate.frame["supplier"].unique().to_list())
    for names in file.candidates.values():
        unknown = [name for name in names if name not in loaded.library.facts.suppliers]
        if unknown:
            raise InputError(
                "E0711", f"candidate {unknown[0]!r} is no supplier that the case knows", where="plan.toml, candidates",
                expected="an id of facts.toml or of the shipped suppliers",
            )  # fmt: skip
        found |= set(names)
    return tuple(sorted(str(name) for name in found))


def _ask_law(
    loaded: Loaded, programs: Programs, grid: Sequence[Quarter], suppliers: Sequence[str], inputs: Inputs
) -> tuple[pl.DataFrame, list[Lawful]]:  # fmt: skip
    frame = loaded.estate.frame
    codes = sorted(str(code) for code in frame["jurisdiction"].unique().to_list())
    days = {code: days_of(grid, law_days(programs, code, grid[0].start, frozenset(suppliers))) for code in codes}
    frame, classes = element_classes(frame, context_read(programs, days))
    lawful = []
    for code in codes:
        here: list[ElementClass] = [one for one in classes if one.jurisdiction == code]
        lawful.append(find_lawful(programs, code, days[code], grid, here, suppliers, inputs.policy))
    return frame, lawful


def _class_of(clusters: Clusters, frame: pl.DataFrame, lawful: Sequence[Lawful]) -> list[tuple[int, int]]:
    """For each cluster the number of its country and of one of its classes: all of them read the same."""
    places = {one.id: (n, k) for n, law in enumerate(lawful) for k, one in enumerate(law.classes)}
    first = np.full(len(clusters.names), -1, dtype=np.int64)
    for row in range(len(clusters.of) - 1, -1, -1):
        first[clusters.of[row]] = row
    names = frame["class"].to_list()
    return [places[names[row]] for row in first]


def _instance(
    clusters: Clusters, suppliers: tuple[str, ...], grid: Sequence[Quarter], file: PlanFile, compiled: Compiled,
    frame: pl.DataFrame,
) -> model.Instance:  # fmt: skip
    inputs, count = file.inputs, len(grid)
    priced = label_costs(clusters.stock, inputs, suppliers, file.prices)
    radio = np.array([part == "ran" for part in clusters.part], dtype=np.bool_)
    sites = np.where(radio, clusters.weights["elements"], 0)
    edges = np.array(list(clusters.edges), dtype=np.int64).reshape(-1, 2)
    masks = [*compiled.masks, *_offers(clusters, suppliers, count, file)]
    rows: list[model.Row] = [
        *compiled.shares, *_crews(clusters, sites, grid, inputs), *_supplies(clusters, sites, suppliers, grid, inputs),
        *_budgets(clusters, grid, inputs), *_managers(clusters, frame, suppliers, count),
    ]  # fmt: skip
    used = {item.rule for item in (*masks, *rows)}
    own = [model.Rule(key, title, False) for key, title in _OWN_RULES.items() if key in used]
    return model.Instance(
        count, suppliers, clusters.names,
        np.array([suppliers.index(s) if s else model.UNBUILT for s in clusters.supplier], dtype=np.int64),
        priced.cost, dict(clusters.weights), sites, sites, priced.spend, discounts(inputs, count),
        (*compiled.rules.values(), *own), tuple(masks), (), tuple(rows), edges, _border(clusters, inputs),
        clusters.part, clusters.region, clusters.operator,
    )  # fmt: skip


def _border(clusters: Clusters, inputs: Inputs, end: str = "value") -> Whole:
    pairs = np.array(list(clusters.edges.values()), dtype=np.int64)
    return pairs * (inputs.at("border", end) * 100 // 4)


def _offers(clusters: Clusters, suppliers: Sequence[str], count: int, file: PlanFile) -> Iterator[model.Mask]:
    """Who is asked for a part: the candidates that the case names, else who supplies it in this estate."""
    parts = np.array(clusters.part)
    for part in sorted(set(clusters.part)):
        there = np.flatnonzero(parts == part)
        asked = file.candidates.get(part) or {clusters.supplier[c] for c in there}
        build = np.zeros((len(suppliers), count), dtype=np.bool_)
        build[[n for n, name in enumerate(suppliers) if name not in asked]] = True
        if build.any():
            yield model.Mask(OFFER, there, np.zeros((len(suppliers) + 1, count), dtype=np.bool_), build)


def _crews(clusters: Clusters, sites: Whole, grid: Sequence[Quarter], inputs: Inputs) -> Iterator[model.Crew]:
    factors = discounts(inputs, len(grid))
    for region in sorted({r for r, n in zip(clusters.region, sites, strict=True) if n}):
        there = np.array([c for c, name in enumerate(clusters.region) if name == region], dtype=np.int64)
        usual = max(-(-int(sites[there].sum()) * inputs.at("crew") // 1000), 1)
        for t, quarter in enumerate(grid):
            days = (quarter.end - quarter.start).days + 1
            capacity = usual if days >= 90 else usual * days // 91
            price = inputs.at("overtime") * 100 * int(factors[t]) // model.DISCOUNT
            yield model.Crew(CREW, there, t, capacity, price)


def _supplies(
    clusters: Clusters, sites: Whole, suppliers: Sequence[str], grid: Sequence[Quarter], inputs: Inputs
) -> Iterator[model.Supply]:  # fmt: skip
    there = np.flatnonzero(sites > 0)
    usual = max(int(sites.sum()) * inputs.at("supply") // 1000, 1)
    factors = discounts(inputs, len(grid))
    for s, name in enumerate(suppliers):
        for t, quarter in enumerate(grid) if len(there) else ():
            said = [
                row.sites for row in inputs.supply
                if row.supplier == name and (row.start is None or row.start <= quarter.start)
                and (row.end is None or quarter.start < row.end)
            ]  # fmt: skip
            price = inputs.at("overtime") * 100 * int(factors[t]) // model.DISCOUNT
            yield model.Supply(SUPPLY, there, s, t, min(said, default=usual), price)


def _budgets(clusters: Clusters, grid: Sequence[Quarter], inputs: Inputs) -> Iterator[model.Budget]:
    factors = discounts(inputs, len(grid))
    for row in inputs.budgets:
        inside = [t for t, quarter in enumerate(grid) if quarter.start.year == row.year]
        there = [c for c, name in enumerate(clusters.operator) if row.operator in ("", name)]
        if not there:
            raise InputError("E0711", f"no element belongs to {row.operator!r}", where="plan.toml, budget",
                             expected="an operator of the estate")  # fmt: skip
        if inside:  # each begun thousand beyond the budget is borrowed at a quarter of itself
            price = 25_000 * int(factors[inside[0]]) // model.DISCOUNT
            yield model.Budget(BUDGET, np.array(there, np.int64), inside[0], inside[-1] + 1, row.most * 100, 100_000,
                               price)  # fmt: skip


def _managers(
    clusters: Clusters, frame: pl.DataFrame, suppliers: Sequence[str], count: int
) -> Iterator[model.Precedence]:  # fmt: skip
    """An operator whose estate shows an element manager of each of its radio suppliers keeps one of each it uses."""
    if "function" not in frame.columns:
        return
    shown = {int(c) for c, f in zip(clusters.of, frame["function"].to_list(), strict=True) if f == _EMS}
    networks = sorted(set(zip(clusters.jurisdiction, clusters.operator, strict=True)))
    for network in networks:
        mine = [c for c, key in enumerate(zip(clusters.jurisdiction, clusters.operator, strict=True)) if key == network]
        radio = [c for c in mine if clusters.part[c] == "ran" and clusters.supplier[c]]
        managers = [c for c in mine if c in shown]
        have = {clusters.supplier[c] for c in managers}
        if radio and managers and {clusters.supplier[c] for c in radio} <= have:
            whole = [c for c in mine if clusters.part[c] == "ran"]
            yield model.Precedence(
                ELEMENT_MANAGER, np.array(whole, np.int64), np.array(managers, np.int64), 0, count
            )  # fmt: skip


def _ends(
    instance: model.Instance, clusters: Clusters, file: PlanFile, grid: Sequence[Quarter]
) -> dict[str, model.Instance]:  # fmt: skip
    """The problem at both ends of the ranges: the same labels and rows at other prices."""
    out = {}
    for end in ("low", "high"):
        priced: Costed = label_costs(clusters.stock, file.inputs, instance.suppliers, file.prices, end)
        out[end] = replace(
            instance, cost=priced.cost, spend=priced.spend, discount=discounts(file.inputs, len(grid), end),
            border=_border(clusters, file.inputs, end),
        )  # fmt: skip
    return out


def _lawful_somehow(
    instance: model.Instance, lawful: Sequence[Lawful], class_of: Sequence[tuple[int, int]], clusters: Clusters,
    grid: Sequence[Quarter],
) -> None:  # fmt: skip
    """Refuse a problem in which some cluster has no lawful label at all, naming the rules and their first quarters."""
    stuck = np.flatnonzero(~allowed(instance).any(axis=1))
    if not len(stuck):
        return
    c = int(stuck[0])
    one, k = lawful[class_of[c][0]], class_of[c][1]
    parts = [f"kept: {_rules(first_blocked(one.keep, k), grid)}"]
    for s, name in enumerate(one.suppliers):
        found = {**first_blocked(one.have, k, s), **first_blocked(one.act, k, s)}
        parts.append(f"{name}: {_rules(found, grid)}")
    elements = int(clusters.weights["elements"][stuck].sum())
    raise InputError(
        "E0712", f"no lawful supplier for {elements} elements, the {clusters.part[c]} of {clusters.operator[c]} among them",
        where=f"{clusters.jurisdiction[c]}, cluster {clusters.names[c]}", expected="; ".join(parts),
        remedy="name further candidates for this part in plan.toml, or take an open answer as open ([policy])",
    )  # fmt: skip


def _rules(found: Mapping[str, int], grid: Sequence[Quarter]) -> str:
    return ", ".join(f"{rule} from {grid[t].name}" for rule, t in sorted(found.items())) or "is not asked for this part"


def _notes(
    clusters: Clusters, compiled: Compiled, lawful: Sequence[Lawful], instance: model.Instance, file: PlanFile
) -> Iterator[str]:  # fmt: skip
    policy = file.inputs.policy
    yield from clusters.notes
    yield from sorted(compiled.unmeasured)
    late = sum(int(mask.state[instance.incumbent[mask.clusters], 0].any()) for mask in instance.masks)
    if late:
        yield "what may not run today is replaced in the first quarter: the law allows no later"
    for one in lawful:
        if one.awaited:
            yield f"{one.jurisdiction}: authorisations are taken as granted in time: {', '.join(sorted(one.awaited))}"
        if one.advised:
            yield f"{one.jurisdiction}: advice is not followed: {', '.join(sorted(one.advised))}"
        if one.open:
            taken = "at their strictest" if policy.undetermined == "closed" else "as if they did not restrict"
            yield f"{one.jurisdiction}: open answers are taken {taken}: {', '.join(sorted(one.open))}"
    if not any(row.rule == ELEMENT_MANAGER for row in instance.rows):
        yield "no operator's estate shows an element manager of each of its radio suppliers, so none is asked for"
    yield f"a quarter's work is done by its last day; law is taken as known on {_known(lawful)}"


def _known(lawful: Sequence[Lawful]) -> str:
    lines = [line for one in lawful for line in one.lines.values()]
    return "the day given" if lines else "the day given (no rule of law reads this estate)"


def end_of(grid: Sequence[Quarter]) -> date:
    """The first day after the plan."""
    return grid[-1].end + timedelta(days=1)
