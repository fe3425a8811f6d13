"""Random small planning problems with every kind of mask, term and row, and the optimum by trying everything."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from assay.plan.certify import multiplier_shape
from assay.plan.check import check, needed_over, replay
from assay.plan.model import (
    Budget,
    Coverage,
    Crew,
    Existence,
    Instance,
    Ints,
    Mask,
    Precedence,
    Row,
    Rule,
    Share,
    Supply,
    Term,
    )  # fmt: skip
from assay.plan.result import Certificate, Plan, Verdict

RULES = ("ban", "levy", "cap", "cover", "two", "manager", "crew", "supply", "budget")


def instance(seed: int, *, clusters: int = 4, quarters: int = 3, suppliers: int = 2, edges: bool = True) -> Instance:
    """A random problem; about half of its elastic rows are elastic."""
    draw = np.random.default_rng([seed, clusters, quarters, suppliers])
    labels = 1 + suppliers * quarters
    pairs = [(a, b) for a in range(clusters) for b in range(a + 1, clusters) if draw.random() < 0.5]
    ends = np.array(pairs if edges else [], np.int64).reshape(-1, 2)
    return Instance(
        quarters=quarters,
        suppliers=tuple(f"Supplier {n}" for n in range(suppliers)),
        clusters=tuple(f"c{n}" for n in range(clusters)),
        incumbent=draw.integers(-1, suppliers, clusters),
        cost=draw.integers(-50, 1000, (clusters, labels)),
        weights={"sites": draw.integers(1, 9, clusters), "population": draw.integers(0, 500, clusters)},
        work=draw.integers(1, 9, clusters),
        units=draw.integers(1, 9, clusters),
        spend=draw.integers(0, 900, (clusters, suppliers)),
        discount=np.sort(draw.integers(500_000, 1_000_001, quarters))[::-1],
        rules=tuple(Rule(name, name, law=name in RULES[:6]) for name in RULES),
        masks=tuple(_masks(draw, clusters, quarters, suppliers)),
        terms=tuple(_terms(draw, clusters, quarters, suppliers)),
        rows=tuple(_rows(draw, clusters, quarters, suppliers)),
        edges=ends,
        border=draw.integers(0, 120, len(ends)),
    )


def _some(draw: np.random.Generator, clusters: int) -> Ints:
    return np.flatnonzero(draw.random(clusters) < 0.7)


def _masks(draw: np.random.Generator, clusters: int, quarters: int, suppliers: int) -> list[Mask]:
    out = []
    for _ in range(2):
        state = np.zeros((suppliers + 1, quarters), np.bool_)
        build = np.zeros((suppliers, quarters), np.bool_)
        if draw.random() < 0.5:
            state[draw.integers(0, suppliers), draw.integers(1, quarters) :] = True
        if draw.random() < 0.5:
            build[draw.integers(0, suppliers), draw.integers(0, quarters) :] = True
        old = np.arange(quarters) >= draw.integers(1, quarters) if draw.random() < 0.3 else None
        out.append(Mask("ban", _some(draw, clusters), state, build, old))
    return out


def _terms(draw: np.random.Generator, clusters: int, quarters: int, suppliers: int) -> list[Term]:
    state = draw.integers(-3, 9, (suppliers + 1, quarters))
    build = draw.integers(-9, 9, (suppliers, quarters))
    return [Term("levy", _some(draw, clusters), "sites", state, build)]


def _rows(draw: np.random.Generator, clusters: int, quarters: int, suppliers: int) -> list[Row]:
    everything = np.arange(clusters)
    rows: list[Row] = []
    for quarter in range(quarters):
        rows.append(Crew("crew", _some(draw, clusters), quarter, int(draw.integers(0, 25)), _price(draw)))
        supplier, capacity = (int(n) for n in draw.integers(0, [suppliers, 25]))
        rows.append(Supply("supply", everything, supplier, quarter, capacity, _price(draw)))
    rows.append(Budget("budget", everything, 0, quarters - 1, int(draw.integers(300, 3000)), 100, _price(draw)))
    if draw.random() < 0.4:
        rows.append(Coverage("cover", everything, "population", 1, quarters, int(draw.integers(0, 900))))
    if draw.random() < 0.4:
        of = "built" if draw.random() < 0.5 else "all"
        rows.append(Existence("two", everything, "sites", quarters - 1, quarters, Fraction(1, 10), 2, of))
    if draw.random() < 0.4:
        rows.append(Precedence("manager", everything[1:], everything[:1], 1, quarters))
    return rows + _shares(draw, clusters, quarters, suppliers)


def _price(draw: np.random.Generator) -> int | None:
    return int(draw.integers(1, 60)) if draw.random() < 0.5 else None


def _shares(draw: np.random.Generator, clusters: int, quarters: int, suppliers: int) -> list[Row]:
    share = Fraction(int(draw.integers(2, 10)), 10)
    out: list[Row] = []
    for sense, of in (("max", "built"), ("max", "all"), ("min", "built"), ("min", "all")):
        if draw.random() < 0.25:
            held = tuple(int(s) for s in range(suppliers) if draw.random() < 0.6)
            part = share if sense == "max" else 1 - share
            out.append(Share("cap", held, _some(draw, clusters), "population", 1, quarters, part, sense, of))
    return out


def random_certificate(instance: Instance, seed: int, scale: int = 64) -> Certificate:
    """Any multipliers and messages at all, some of them negative: the bound must hold whatever they are."""
    draw = np.random.default_rng(seed)
    multipliers = tuple(
        np.round(draw.exponential(scale * 3.0, multiplier_shape(instance, row)) - scale).astype(np.int64)
        for row in instance.rows
    )
    messages = draw.integers(-60, 60, (len(instance.edges), 2, instance.labels))
    return Certificate(scale, multipliers, messages)


def plan_of(instance: Instance, labels: Ints) -> Plan:
    return Plan(labels, needed_over(instance, labels))


def best(instance: Instance, certificate: Certificate) -> Verdict | None:
    """The cheapest plan by trying every one; None where none keeps all rules."""
    found: Verdict | None = None
    for choice in product(range(instance.labels), repeat=len(instance.clusters)):
        plan = plan_of(instance, np.array(choice))
        if replay(instance, plan):
            continue
        verdict = check(instance, plan, certificate)
        if not verdict.violations and (found is None or verdict.cost < found.cost):
            found = verdict
    return found
