"""The independent check of a plan: every rule replayed at every quarter, cost and bound recomputed in exact integers.

It knows the instance, the labels and the certificate, and nothing of the solver: no numba, no floats. The replay walks
through states by quarter (not through labels, masks or compiled rows, with which the search works).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.plan.branched import tree_bound
from assay.plan.certify import lower_bound
from assay.plan.model import (
    DISCOUNT,
    UNBUILT,
    Budget,
    Coverage,
    Crew,
    Existence,
    Instance,
    Ints,
    Mask,
    Precedence,
    Row,
    Share,
    Supply,
    Term,
    )  # fmt: skip
from assay.plan.result import Certificate, Plan, Tree, Verdict, Violation

__all__ = ["check", "cost_of", "cost_parts", "needed_over", "proved", "replay"]


def check(instance: Instance, plan: Plan, certificate: Certificate, tree: Tree | None = None) -> Verdict:
    """Replay the plan and recompute its cost and bound: the better of the certificate's and the tree's.

    A plan whose verdict does not hold is no plan. Raises InputError (E0702) where numbers are too large to be exact.
    """
    bound = lower_bound(instance, certificate)
    labels, terms, borders, overtime = cost_parts(instance, plan)
    return Verdict(
        cost=labels + terms + borders + overtime,
        labels=labels,
        terms=terms,
        borders=borders,
        overtime=overtime,
        lower_bound=bound if tree is None else max(bound, proved(instance, tree)),
        violations=replay(instance, plan),
    )


def proved(instance: Instance, tree: Tree) -> int:
    """The bound of a tree of cases; a leaf that leaves no choice costs what its plan costs. Raises as `tree_bound`."""

    def decided(labels: Ints) -> int | None:
        plan = Plan(labels, needed_over(instance, labels))
        return None if replay(instance, plan) else sum(cost_parts(instance, plan))

    return tree_bound(instance, tree, decided)


def cost_of(instance: Instance, plan: Plan) -> int:
    """The cost of a schedule in cents, whether it keeps the rules or not; raises InputError (E0702) as `check`."""
    return sum(cost_parts(instance, plan))


def cost_parts(instance: Instance, plan: Plan) -> tuple[int, int, int, int]:
    """Cost of labels, terms, borders and stated overtime, in cents; raises InputError (E0702) as `check`."""
    states = instance.states(plan.labels)
    acts = _acts(instance, plan.labels)
    labels = int(np.take_along_axis(np.asarray(instance.cost, np.int64), _column(plan.labels), axis=1).sum())
    terms = sum(_term(instance, term, states, acts) for term in instance.terms)
    overtime = sum(
        int(over) * (row.overtime or 0)
        for row, over in zip(instance.rows, plan.over, strict=True)
        if isinstance(row, Crew | Supply | Budget)
    )
    return labels, terms, _borders(instance, states), overtime


def replay(instance: Instance, plan: Plan) -> tuple[Violation, ...]:
    """Every rule that the plan breaks, at every quarter, in the order masks, rows, overtime."""
    states = instance.states(plan.labels)
    acts = _acts(instance, plan.labels)
    found = [fault for mask in instance.masks for fault in _mask(mask, states, acts)]
    for row, over in zip(instance.rows, needed_over(instance, plan.labels), strict=True):
        if isinstance(row, Crew | Supply | Budget):
            if row.overtime is None and over:
                found.append(Violation(row.rule, _name(row), _first(row), int(over)))
        else:
            found.extend(_group(instance, row, states))
    for row, said, over in zip(instance.rows, plan.over, needed_over(instance, plan.labels), strict=True):
        if isinstance(row, Crew | Supply | Budget) and row.overtime is not None and said != over:
            found.append(Violation(row.rule, "stated overtime", _first(row), int(over) - int(said)))
    return tuple(found)


def needed_over(instance: Instance, labels: Ints) -> Ints:
    """The units beyond the capacity of each row that the labels need [rows]; 0 for rows of groups."""
    supplier, quarter = _acts(instance, labels)
    out = np.zeros(len(instance.rows), np.int64)
    for number, row in enumerate(instance.rows):
        match row:
            case Crew():
                busy = quarter[row.clusters] == row.quarter
                out[number] = max(0, int(instance.work[row.clusters][busy].sum()) - row.capacity)
            case Supply():
                busy = (quarter[row.clusters] == row.quarter) & (supplier[row.clusters] == row.supplier)
                out[number] = max(0, int(instance.units[row.clusters][busy].sum()) - row.capacity)
            case Budget():
                busy = (quarter[row.clusters] >= row.first) & (quarter[row.clusters] < row.until)
                spent = int(instance.spend[row.clusters[busy], supplier[row.clusters[busy]]].sum())
                out[number] = max(0, -((row.limit - spent) // row.unit))
            case Share() | Coverage() | Existence() | Precedence():
                pass
    return out


def _acts(instance: Instance, labels: Ints) -> tuple[Ints, Ints]:
    """Supplier and quarter of each act; -1 for what is kept."""
    supplier, quarter = np.divmod(np.asarray(labels, np.int64) - 1, instance.quarters)
    kept = labels == 0
    return np.where(kept, -1, supplier), np.where(kept, -1, quarter)


def _column(labels: Ints) -> Ints:
    return np.asarray(labels, np.int64)[:, None]


def _name(row: Row) -> str:
    return type(row).__name__.lower()


def _first(row: Crew | Supply | Budget) -> int:
    return row.first if isinstance(row, Budget) else row.quarter


def _mask(mask: Mask, states: Ints, acts: tuple[Ints, Ints]) -> Iterator[Violation]:
    own = states[mask.clusters]
    quarters = np.arange(own.shape[1])
    for place, quarter in np.argwhere(mask.state[own, quarters[None, :]]):
        yield Violation(mask.rule, f"state of cluster {mask.clusters[place]}", int(quarter), 1)
    supplier, quarter = acts[0][mask.clusters], acts[1][mask.clusters]
    built = np.flatnonzero(quarter >= 0)
    if mask.old is not None:
        still = (quarter[:, None] < 0) | (quarters[None, :] < quarter[:, None])
        for place, when in np.argwhere(still & mask.old[None, :]):
            yield Violation(mask.rule, f"old equipment of cluster {mask.clusters[place]}", int(when), 1)
    for place in built[mask.build[supplier[built], quarter[built]]]:
        yield Violation(mask.rule, f"act on cluster {mask.clusters[place]}", int(quarter[place]), 1)


def _group(instance: Instance, row: Share | Coverage | Existence | Precedence, states: Ints) -> Iterator[Violation]:
    for quarter in range(row.first, row.until):
        short = _short(instance, row, states[:, quarter])
        if short > 0:
            yield Violation(row.rule, _name(row), quarter, short)


def _short(instance: Instance, row: Share | Coverage | Existence | Precedence, now: Ints) -> int:
    """By how many units the group breaks the row with these states; not positive where it holds."""
    if isinstance(row, Precedence):
        live = set(now[row.providers].tolist())
        return int(sum(state not in live and state != UNBUILT for state in now[row.dependents].tolist()))
    weight = instance.weights[row.metric][row.clusters].astype(np.int64)
    own = now[row.clusters]
    built = int(weight[own != UNBUILT].sum())
    match row:
        case Coverage():
            return row.least - built
        case Share():
            held = int(weight[np.isin(own, row.suppliers)].sum())
            base = built if row.of == "built" else int(weight.sum())
            over = row.share.denominator * held - row.share.numerator * base
            return over if row.sense == "max" else -over
        case Existence():
            base = built if row.of == "built" else int(weight.sum())
            parts = [int(weight[own == supplier].sum()) for supplier in range(len(instance.suppliers))]
            return row.count - sum(row.share.denominator * part >= row.share.numerator * base for part in parts)


def _term(instance: Instance, term: Term, states: Ints, acts: tuple[Ints, Ints]) -> int:
    weight = instance.weights[term.metric][term.clusters].astype(np.int64)
    own = states[term.clusters]
    total = int((weight[:, None] * term.state[own, np.arange(own.shape[1])[None, :]]).sum())
    supplier, quarter = acts[0][term.clusters], acts[1][term.clusters]
    built = quarter >= 0
    return total + int((weight[built] * term.build[supplier[built], quarter[built]]).sum())


def _borders(instance: Instance, states: Ints) -> int:
    if not len(instance.edges):
        return 0
    one, two = states[instance.edges[:, 0]], states[instance.edges[:, 1]]
    unlike = (one != two) & (one != UNBUILT) & (two != UNBUILT)
    priced = instance.border.astype(np.int64)[:, None] * instance.discount.astype(np.int64)[None, :] // DISCOUNT
    return int(priced[unlike].sum())
