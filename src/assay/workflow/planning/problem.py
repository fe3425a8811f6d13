"""From a case and the law of every day to one planning problem, with everything that was taken for granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from assay.decide.program import Assumption
from assay.decide.programs import Programs
from assay.errors import InputError
from assay.model.estate import REQUIRED, ColumnMap, ElementClass
from assay.plan import model
from assay.plan.costing import Costed, discounts, label_costs
from assay.plan.inputs import Inputs
from assay.plan.quarters import Quarter, quarters
from assay.workflow.answers.ask import check_assumptions
from assay.workflow.estates.case import Loaded, load_case
from assay.workflow.estates.classes import element_classes
from assay.workflow.estates.estate import as_texts, load_estate
from assay.workflow.estates.horizon import law_days, laws_of
from assay.workflow.planning.clusters import Clusters, make_clusters
from assay.workflow.planning.inputs import PlanFile, read_inputs
from assay.workflow.planning.lawful import Lawful, days_of, find_lawful
from assay.workflow.planning.limits import (
    OWN_RULES,
    at_end,
    border_costs,
    budgets,
    coverage,
    crews,
    managers,
    offers,
    price_terms,
    supplies,
)  # fmt: skip
from assay.workflow.planning.notes import notes_of
from assay.workflow.planning.rules import Compiled, compile_law, law_groups
from assay.workflow.planning.stuck import refuse_stuck

__all__ = ["HORIZON", "Problem", "make_problem"]

HORIZON: Final = date(2032, 12, 31)
Whole = np.ndarray[Any, np.dtype[np.int64]]


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
    check_assumptions(loaded.library, assumptions)
    own = scenario or (case / "plan.toml" if (case / "plan.toml").is_file() else None)
    file = read_inputs(own)
    estate = _with_planned(loaded, case, file)
    grid = quarters(on, horizon or file.horizon or HORIZON)
    programs = Programs(loaded.library, assumptions)
    suppliers = _suppliers(loaded, file)
    frame, lawful = _ask_law(estate, programs, known_at, grid, suppliers, file.inputs)
    groups = law_groups(lawful)
    clusters = make_clusters(frame, [groups[name] for name in frame["class"].to_list()], file.inputs, grid)
    class_of = _class_of(clusters, frame, lawful)
    compiled = compile_law(lawful, clusters, class_of, grid)
    instance = _instance(clusters, suppliers, grid, file, compiled, frame)
    refuse_stuck(instance, frame, clusters, lawful, class_of, grid)
    found = Problem(
        loaded, file, grid, clusters, tuple(lawful), instance, _ends(instance, clusters, file, grid), programs, frame,
        (),
    )  # fmt: skip
    return replace(found, notes=notes_of(found, compiled.unmeasured, known_at))


def _with_planned(loaded: Loaded, case: Path, file: PlanFile) -> pl.DataFrame:
    """The estate with the sites that are to be built: they have no supplier yet."""
    frame = as_texts(loaded.estate.frame)
    if not file.planned:
        return frame
    if Path(file.planned).name != file.planned:
        raise InputError("E0711", f"{file.planned!r} lies outside the case folder", where="plan.toml, planned",
                         expected="a file of the folder")  # fmt: skip
    needed = tuple(column for column in REQUIRED if column != "supplier")
    planned = load_estate(case / file.planned, ColumnMap(), loaded.library, loaded.codes, needed)
    if planned.faults:
        fault = planned.faults[0]
        raise InputError("E0711", f"{fault.column} {fault.value!r}: {fault.reason}",
                         where=f"{file.planned}, line {fault.line}")  # fmt: skip
    return pl.concat([frame, as_texts(planned.frame).drop("supplier", strict=False)], how="diagonal").with_columns(
        pl.col("supplier").fill_null("")
    )


def _suppliers(loaded: Loaded, file: PlanFile) -> tuple[str, ...]:
    """The suppliers of the estate and the candidates; every other that plan.toml names must be known as well."""
    _known(loaded, "supply", [row.supplier for row in file.inputs.supply])
    _known(loaded, "price", file.prices)
    found = set(loaded.estate.frame["supplier"].unique().to_list())
    for names in file.candidates.values():
        _known(loaded, "candidates", names)
        found |= set(names)
    return tuple(sorted(str(name) for name in found))


def _known(loaded: Loaded, table: str, names: Iterable[str]) -> None:
    for name in names:
        if name not in loaded.library.facts.suppliers:
            raise InputError(
                "E0711", f"{name!r} is no supplier that the case knows", where=f"plan.toml, {table}",
                expected="an id of facts.toml or of the shipped suppliers",
            )  # fmt: skip


def _ask_law(
    frame: pl.DataFrame, programs: Programs, known_at: date, grid: Sequence[Quarter], suppliers: Sequence[str],
    inputs: Inputs,
) -> tuple[pl.DataFrame, list[Lawful]]:  # fmt: skip
    codes = sorted(str(code) for code in frame["jurisdiction"].unique().to_list())
    days = {
        code: days_of(grid, law_days(programs, code, grid[0].start, known_at, frozenset(suppliers))) for code in codes
    }
    frame, classes = element_classes(frame, programs.library, laws_of(programs, days, known_at))
    lawful = []
    for code in codes:
        here: list[ElementClass] = [one for one in classes if one.jurisdiction == code]
        lawful.append(find_lawful(programs, code, days[code], known_at, grid, here, suppliers, inputs.policy))
    return as_texts(frame), lawful


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
    masks = [*compiled.masks, *offers(clusters, suppliers, count, file)]
    rows: list[model.Row] = [
        *compiled.shares, *crews(clusters, sites, grid, inputs), *supplies(clusters, sites, suppliers, grid, inputs),
        *budgets(clusters, grid, inputs), *(managers(clusters, frame, count) if inputs.policy.same_manager else ()),
        *coverage(clusters, grid, inputs),
    ]  # fmt: skip
    used = {item.rule for item in (*masks, *rows)}
    own = [model.Rule(key, title, False) for key, title in OWN_RULES.items() if key in used]
    factors, known = discounts(inputs, count), {rule.id for rule in compiled.rules.values()}
    terms = tuple(price_terms([m for m in masks if m.rule in known], clusters.part, inputs, factors))
    return model.Instance(
        count, suppliers, clusters.names,
        np.array([suppliers.index(s) if s else model.UNBUILT for s in clusters.supplier], dtype=np.int64),
        priced.cost, dict(clusters.weights), sites, sites, priced.spend, factors,
        (*compiled.rules.values(), *own), tuple(masks), terms, tuple(rows), edges, border_costs(clusters, inputs),
        clusters.part, clusters.region, clusters.operator,
    )  # fmt: skip


def _ends(
    instance: model.Instance, clusters: Clusters, file: PlanFile, grid: Sequence[Quarter]
) -> dict[str, model.Instance]:  # fmt: skip
    """The problem at both ends of the ranges: the same labels and rows at other prices."""
    law = {rule.id for rule in instance.rules if rule.law}
    out, barred = {}, [mask for mask in instance.masks if mask.rule in law]
    for end in ("low", "high"):
        priced: Costed = label_costs(clusters.stock, file.inputs, instance.suppliers, file.prices, end)
        factors = discounts(file.inputs, len(grid), end)
        out[end] = replace(
            instance, cost=priced.cost, spend=priced.spend, discount=factors,
            border=border_costs(clusters, file.inputs, end),
            terms=tuple(price_terms(barred, clusters.part, file.inputs, factors, end)),
            rows=tuple(at_end(row, file.inputs, factors, end) for row in instance.rows),
        )  # fmt: skip
    return out
