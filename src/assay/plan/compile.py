"""An instance as flat arrays for the kernels: allowed labels by cluster, rows grouped by who is in them.

Rows that speak of acts (crew, supply, budget) with the same clusters share an **act group**; rows that speak of states
(share, coverage, existence, precedence) with the same clusters and weights share a **state group**. A row for each
inequality, in the order of the certificate's multipliers:

    sum over clusters (takes of the act, or weight * coefficient[state])  -  unit * over  <=  right,   over >= 0
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.plan.certify import coefficients, multiplier_shape
from assay.plan.labels import allowed, label_costs
from assay.plan.model import DISCOUNT, Budget, Coverage, Crew, Existence, Instance, Ints, Precedence, Row, Share, Supply

__all__ = ["Compiled", "Floats", "compiled"]

Floats: TypeAlias = NDArray[np.float64]


class Compiled(NamedTuple):
    """Arrays of an instance (a named tuple, so that kernels take it as it is).

    `start` arrays are offsets by cluster (or group) into the arrays that follow them; state S stands for "unbuilt".
    """

    suppliers: int
    quarters: int
    incumbent: Ints  # [C]
    start: Ints  # [C + 1] into label, cost
    label: Ints
    cost: Ints
    takes: Ints  # [3, C, S] work, units, spend
    act_start: Ints  # [C + 1] into act_group, act_kind
    act_group: Ints
    act_kind: Ints
    act_row: Ints  # [G, L] row of a label in a group, -1 none
    state_start: Ints  # [C + 1] into state_group, state_weight
    state_group: Ints
    state_weight: Ints
    family_start: Ints  # [H + 1] into family, coefficient
    family: Ints  # [F, 3] first quarter, until, row of the first quarter
    coefficient: Ints  # [F, S + 1]
    right: Ints  # [R]
    price: Ints  # [R] overtime in cents a unit, -1 hard
    unit: Ints  # [R]
    either: Ints  # [n, 2 + S] how many of the rows that follow must hold, by how much the others are let off
    offsets: Ints  # [rows of the instance + 1] first row of each
    edges: Ints  # [E, 2]
    until: Ints  # [E, T + 1] border cost of all earlier quarters

    @property
    def clusters(self) -> int:
        """C, the number of clusters."""
        return len(self.incumbent)

    @property
    def labels(self) -> int:
        """L, the number of labels."""
        return 1 + self.suppliers * self.quarters


@dataclass(slots=True)
class _Groups:
    """Groups by key, and who is in them."""

    keys: dict[object, int] = field(default_factory=dict)
    members: list[tuple[Ints, Ints]] = field(default_factory=list)

    def find(self, key: object, clusters: Ints, weights: Ints) -> int:
        if key not in self.keys:
            self.keys[key] = len(self.keys)
            self.members.append((np.asarray(clusters, np.int64), np.asarray(weights, np.int64)))
        return self.keys[key]

    def by_cluster(self, clusters: int) -> tuple[Ints, Ints, Ints]:
        """Offsets by cluster, group and weight of each membership."""
        who = np.concatenate([np.zeros(0, np.int64), *(m[0] for m in self.members)])
        weight = np.concatenate([np.zeros(0, np.int64), *(m[1] for m in self.members)])
        group = np.repeat(np.arange(len(self.members)), [len(m[0]) for m in self.members])
        order = np.argsort(who, kind="stable")
        return _offsets(np.bincount(who, minlength=clusters)), group[order].astype(np.int64), weight[order]


def _offsets(counts: Iterable[int] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.int64)


@dataclass(slots=True)
class _Rows:
    """What is gathered row by row."""

    right: Ints
    price: Ints
    unit: Ints
    acts: _Groups = field(default_factory=_Groups)
    act_row: list[Ints] = field(default_factory=list)
    act_kind: list[int] = field(default_factory=list)
    states: _Groups = field(default_factory=_Groups)
    families: list[list[tuple[int, int, int, Ints]]] = field(default_factory=list)
    eithers: list[list[int]] = field(default_factory=list)


def compiled(instance: Instance) -> Compiled:
    """The arrays of an instance, in exact integers."""
    shapes = [int(np.prod(multiplier_shape(instance, row))) for row in instance.rows]
    offsets = _offsets(shapes)
    count = int(offsets[-1])
    rows = _Rows(np.zeros(count, np.int64), np.full(count, -1, np.int64), np.ones(count, np.int64))
    for row, first in zip(instance.rows, offsets.tolist(), strict=False):
        _gather(instance, row, first, rows)
    fair = allowed(instance)
    clusters, suppliers = len(instance.clusters), len(instance.suppliers)
    takes = np.empty((3, clusters, suppliers), np.int64)
    takes[0], takes[1], takes[2] = instance.work[:, None], instance.units[:, None], instance.spend
    act_start, act_group, _ = rows.acts.by_cluster(clusters)
    state_start, state_group, state_weight = rows.states.by_cluster(clusters)
    flat = [family for group in rows.families for family in group]
    until = np.zeros((len(instance.edges), instance.quarters + 1), np.int64)
    until[:, 1:] = np.cumsum(instance.border[:, None].astype(np.int64) * instance.discount[None, :] // DISCOUNT, axis=1)
    return Compiled(
        suppliers=suppliers,
        quarters=instance.quarters,
        incumbent=np.asarray(instance.incumbent, np.int64) % (suppliers + 1),
        start=_offsets(fair.sum(axis=1)),
        label=np.nonzero(fair)[1].astype(np.int64),
        cost=label_costs(instance)[fair],
        takes=takes,
        act_start=act_start,
        act_group=act_group,
        act_kind=np.array(rows.act_kind, np.int64)[act_group] if len(act_group) else act_group,
        act_row=np.array(rows.act_row, np.int64).reshape(-1, instance.labels),
        state_start=state_start,
        state_group=state_group,
        state_weight=state_weight,
        family_start=_offsets([len(group) for group in rows.families]),
        family=np.array([f[:3] for f in flat], np.int64).reshape(-1, 3),
        coefficient=np.array([f[3] for f in flat], np.int64).reshape(-1, suppliers + 1),
        right=rows.right,
        price=rows.price,
        unit=rows.unit,
        either=np.array(rows.eithers, np.int64).reshape(-1, 2 + suppliers),
        offsets=offsets,
        edges=np.asarray(instance.edges, np.int64),
        until=until,
    )


def _gather(instance: Instance, row: Row, first: int, rows: _Rows) -> None:
    match row:
        case Crew() | Supply() | Budget():
            _act(instance, row, first, rows)
        case Share() | Coverage():
            each, right = coefficients(instance, row)
            _family(rows, row, instance.weights[row.metric][row.clusters], first, each)
            rows.right[first : first + row.until - row.first] = right
        case Existence():
            _existence(instance, row, first, rows)
        case Precedence():
            _precedence(instance, row, first, rows)


def _act(instance: Instance, row: Crew | Supply | Budget, first: int, rows: _Rows) -> None:
    kind, own = _labels_of(instance, row)
    if isinstance(row, Budget):
        rows.unit[first] = row.unit
    copy = 0
    while True:  # a second row for the same labels of the same clusters needs a group of its own
        key = (kind, copy, np.asarray(row.clusters, np.int64).tobytes())
        group = rows.acts.find(key, row.clusters, np.zeros(len(row.clusters), np.int64))
        if group == len(rows.act_row):
            rows.act_row.append(np.full(instance.labels, -1, np.int64))
            rows.act_kind.append(kind)
        if (rows.act_row[group][own] < 0).all():
            break
        copy += 1
    rows.act_row[group][own] = first
    rows.right[first] = row.limit if isinstance(row, Budget) else row.capacity
    rows.price[first] = -1 if row.overtime is None else row.overtime


def _labels_of(instance: Instance, row: Crew | Supply | Budget) -> tuple[int, NDArray[np.bool_]]:
    """Which of `takes` the row counts, and the labels that it counts [L]."""
    supplier, quarter = np.divmod(np.arange(instance.labels) - 1, instance.quarters)
    acts = supplier >= 0
    match row:
        case Crew():
            return 0, acts & (quarter == row.quarter)
        case Supply():
            return 1, acts & (quarter == row.quarter) & (supplier == row.supplier)
        case Budget():
            return 2, acts & (quarter >= row.first) & (quarter < row.until)


def _family(rows: _Rows, row: Share | Coverage | Existence | Precedence, weight: Ints, first: int, each: Ints) -> None:
    """One inequality a quarter: weight * each[state]."""
    clusters = np.concatenate([row.dependents, row.providers]) if isinstance(row, Precedence) else row.clusters
    key = (np.asarray(clusters, np.int64).tobytes(), np.asarray(weight, np.int64).tobytes())
    group = rows.states.find(key, clusters, weight)
    if group == len(rows.families):
        rows.families.append([])
    rows.families[group].append((row.first, row.until, first, each))


def _existence(instance: Instance, row: Existence, first: int, rows: _Rows) -> None:
    suppliers, span = len(instance.suppliers), row.until - row.first
    num, den = row.share.numerator, row.share.denominator
    weight = instance.weights[row.metric][row.clusters]
    total = int(weight.sum())
    for supplier in range(suppliers):
        each = np.zeros(suppliers + 1, np.int64)
        each[:suppliers] = num if row.of == "built" else 0
        each[supplier] -= den
        _family(rows, row, weight, first + supplier * span, each)
    rows.right[first : first + suppliers * span] = 0 if row.of == "built" else -num * total
    numbers = first + np.arange(suppliers * span).reshape(suppliers, span)
    rows.eithers += [[min(row.count, suppliers), num * total, *own] for own in numbers.T.tolist()]


def _precedence(instance: Instance, row: Precedence, first: int, rows: _Rows) -> None:
    suppliers, span = len(instance.suppliers), row.until - row.first
    weight = np.array([1] * len(row.dependents) + [-len(row.dependents)] * len(row.providers), np.int64)
    for supplier in range(suppliers):
        each = (np.arange(suppliers + 1) == supplier).astype(np.int64)
        _family(rows, row, weight, first + supplier * span, each)
