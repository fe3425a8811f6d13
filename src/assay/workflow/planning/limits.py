"""What can be done beside what may be done: offers, crews, supply, budgets, coverage, element managers, borders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from assay.errors import InputError
from assay.plan import model
from assay.plan.costing import discounts
from assay.plan.inputs import Inputs
from assay.plan.quarters import Quarter
from assay.workflow.planning.clusters import Clusters
from assay.workflow.planning.inputs import PlanFile

__all__ = [
    "ELEMENT_MANAGER", "OWN_RULES", "at_end", "border_costs", "budgets", "coverage", "crews", "managers", "offers",
    "price_terms", "supplies",
]  # fmt: skip

Whole = np.ndarray[Any, np.dtype[np.int64]]
CREW: Final = "crew"
SUPPLY: Final = "supply"
BUDGET: Final = "budget"
OFFER: Final = "offer"
COVERAGE: Final = "coverage"
ELEMENT_MANAGER: Final = "element-manager"
OWN_RULES: Final[Mapping[str, str]] = {
    CREW: "crews: what can be rebuilt in a region in a quarter",
    SUPPLY: "supply: what a supplier can deliver in a quarter",
    BUDGET: "budget: what may be spent in a year",
    COVERAGE: "coverage: people to be served by a day from sites that are still to be built",
    OFFER: "offer: which suppliers are asked for which part",
    ELEMENT_MANAGER: "radio equipment of a supplier runs only while an element manager of that supplier is live",
}
_EMS: Final = "EMS"


def border_costs(clusters: Clusters, inputs: Inputs, end: str = "value") -> Whole:
    """Cents a quarter of each border while its sides differ."""
    pairs = np.array(list(clusters.edges.values()), dtype=np.int64)
    return pairs * (inputs.at("border", end) * 100 // 4)


def offers(clusters: Clusters, suppliers: Sequence[str], count: int, file: PlanFile) -> Iterator[model.Mask]:
    """Who is asked for a part: the candidates that the case names, else who supplies it in this estate."""
    parts = np.array(clusters.part)
    for part in sorted(set(clusters.part)):
        there = np.flatnonzero(parts == part)
        asked = file.candidates.get(part) or {clusters.supplier[c] for c in there}
        build = np.zeros((len(suppliers), count), dtype=np.bool_)
        build[[n for n, name in enumerate(suppliers) if name not in asked]] = True
        if build.any():
            yield model.Mask(OFFER, there, np.zeros((len(suppliers) + 1, count), dtype=np.bool_), build)


def crews(clusters: Clusters, sites: Whole, grid: Sequence[Quarter], inputs: Inputs) -> Iterator[model.Crew]:
    """The crews of every region in every quarter; beyond them overtime."""
    factors = discounts(inputs, len(grid))
    for region in sorted({r for r, n in zip(clusters.region, sites, strict=True) if n}):
        there = np.array([c for c, name in enumerate(clusters.region) if name == region], dtype=np.int64)
        usual = -(-int(sites[there].sum()) * inputs.at("crew") // 1000)
        for t, quarter in enumerate(grid):
            days = (quarter.end - quarter.start).days + 1
            capacity = usual if days >= 90 else usual * days // 91
            price = inputs.at("overtime") * 100 * int(factors[t]) // model.DISCOUNT
            yield model.Crew(CREW, there, t, capacity, price)


def supplies(
    clusters: Clusters, sites: Whole, suppliers: Sequence[str], grid: Sequence[Quarter], inputs: Inputs
) -> Iterator[model.Supply]:  # fmt: skip
    """What each supplier delivers in every quarter; beyond it the same premium as overtime."""
    there = np.flatnonzero(sites > 0)
    usual = -(-int(sites.sum()) * inputs.at("supply") // 1000)
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


def budgets(clusters: Clusters, grid: Sequence[Quarter], inputs: Inputs) -> Iterator[model.Budget]:
    """What may be spent in a year; what lies beyond is borrowed dearly."""
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


def coverage(clusters: Clusters, grid: Sequence[Quarter], inputs: Inputs) -> Iterator[model.Coverage]:
    """How many people the planned sites of an operator must serve from the last quarter that ends by the day."""
    for row in inputs.coverage:
        there = [
            c for c, name in enumerate(clusters.operator) if name == row.operator and not clusters.supplier[c]
        ]  # fmt: skip
        people = clusters.weights.get("population", np.zeros(len(clusters.names), np.int64))[there]
        if not people.sum():
            raise InputError(
                "E0711", f"no planned site of {row.operator!r} has a population", where="plan.toml, coverage",
                expected="planned sites (key `planned`) with the column `population`",
            )  # fmt: skip
        done = [t for t, quarter in enumerate(grid) if quarter.end <= row.by]
        least = -(-int(people.sum()) * row.share.numerator // row.share.denominator)
        yield model.Coverage(
            COVERAGE, np.array(there, np.int64), "population", done[-1] if done else 0, len(grid), least
        )


def managers(clusters: Clusters, frame: pl.DataFrame, count: int) -> Iterator[model.Precedence]:
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


def price_terms(
    masks: Sequence[model.Mask], parts: Sequence[str], inputs: Inputs, factors: Whole, end: str = "value"
) -> Iterator[model.Term]:  # fmt: skip
    """What equipment costs more once a rule bars a supplier from being bought: for each cluster its first such rule."""
    shock, done = inputs.at("shock", end), np.zeros(len(parts), dtype=np.bool_)
    for mask in masks if shock else ():
        suppliers, quarters = mask.build.shape
        if not mask.build.any():
            continue
        first = int(mask.build.any(axis=0).argmax())
        fresh = mask.clusters[~done[mask.clusters]]
        done[fresh] = True
        for part in sorted({parts[c] for c in fresh}):
            dearer = inputs.priced(part, "equipment", end) * 100 * shock // 1000
            build = np.zeros((suppliers, quarters), dtype=np.int64)
            build[:, first:] = dearer * factors[first:quarters] // model.DISCOUNT
            there = np.array([c for c in fresh if parts[c] == part], dtype=np.int64)
            yield model.Term(mask.rule, there, "elements", np.zeros((suppliers + 1, quarters), np.int64), build)


def at_end(row: model.Row, inputs: Inputs, factors: Whole, end: str) -> model.Row:
    """A row at one end of the range of its price; what it allows stays."""
    match row:
        case model.Crew() | model.Supply():
            return replace(row, overtime=inputs.at("overtime", end) * 100 * int(factors[row.quarter]) // model.DISCOUNT)
        case model.Budget():
            return replace(row, overtime=25_000 * int(factors[row.first]) // model.DISCOUNT)
        case _:
            return row
