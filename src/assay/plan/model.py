"""The planning problem as frozen data: integers, booleans, exact fractions; no solver, no numba.

One **cluster** (contiguous sites of one network part of one operator, one supplier at a time) does at most one thing
inside the horizon: it is kept as it is, or (re)built with supplier `s` in quarter `t`. That choice is its **label**:

    0              keep (an unbuilt cluster stays unbuilt)
    1 + s * T + t  (re)build with supplier s in quarter t; same supplier = renewal

The **state** of a cluster at a quarter is the supplier whose equipment is there: the incumbent before its quarter, the
new supplier from that quarter on. Where arrays speak of states they have S + 1 rows; the last one (index -1) is
"nothing built", so that `array[state]` works with the state -1.

Dated rules become four things: `Mask` (what a cluster may not be), `Share`, `Coverage`, `Existence` and `Precedence`
rows (what groups must hold at a quarter), `Term` (what a rule costs), and beside the law `Crew`, `Supply` and `Budget`
rows (what can be done in a quarter). Each carries the id of a `Rule`, so that prices and conflicts speak of rules.

Money is in integer cents; `cost` and `Term` are already discounted; border costs are discounted here by `discount`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DISCOUNT", "KEEP", "UNBUILT", "Bools", "Budget", "Coverage", "Crew", "Existence", "Instance", "Ints", "Mask",
    "Precedence", "Row", "Rule", "Share", "Supply", "Term", "iter_rules", "label_of", "quarters_of",
]  # fmt: skip

Ints: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]

DISCOUNT: Final = 1_000_000
"""Discount factors are integers in millionths."""
KEEP: Final = 0
"""The label that changes nothing."""
UNBUILT: Final = -1
"""The state of a cluster without equipment."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What masks, rows and terms refer to. `law` is true for rules of law, false for crews, supply, budget and such."""

    id: str
    title: str
    law: bool


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """What the clusters may not be.

    `state` [S + 1, T]: may not have this supplier at this quarter (last row: may not be unbuilt).
    `build` [S, T]: may not be (re)built with this supplier in this quarter.
    `old` [T]: may not still be as it is today at this quarter (end of support); None: never forbidden.
    """

    rule: str
    clusters: Ints
    state: Bools
    build: Bools
    old: Bools | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """What a rule costs: cents (discounted; negative = subsidy) for each unit of `metric` of a cluster.

    `state` [S + 1, T] for each quarter in that state, `build` [S, T] once for the act.
    """

    rule: str
    clusters: Ints
    metric: str
    state: Ints
    build: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """At every quarter in [first, until): `metric` held by `suppliers` is at most (least) `share` of the group.

    `of` = "built": of what is built at that quarter; "all": of the whole group, built or not.
    """

    rule: str
    suppliers: tuple[int, ...]
    clusters: Ints
    metric: str
    first: int
    until: int
    share: Fraction
    sense: Literal["max", "min"] = "max"
    of: Literal["built", "all"] = "built"


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """At every quarter in [first, until): at least `least` of `metric` in the group is built."""

    rule: str
    clusters: Ints
    metric: str
    first: int
    until: int
    least: int


@dataclass(frozen=True, slots=True, eq=False)
class Existence:
    """At every quarter in [first, until): at least `count` suppliers each hold at least `share` of the group."""

    rule: str
    clusters: Ints
    metric: str
    first: int
    until: int
    share: Fraction
    count: int = 2
    of: Literal["built", "all"] = "built"


@dataclass(frozen=True, slots=True, eq=False)
class Precedence:
    """At every quarter in [first, until), for every supplier: if a dependent has it, at least one provider has it.

    Example: radio equipment of a supplier works only while an element manager of that supplier is live.
    """

    rule: str
    dependents: Ints
    providers: Ints
    first: int
    until: int


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """The `work` of the clusters (re)built in `quarter` is at most `capacity`; beyond it `overtime` cents a unit.

    `overtime` None makes it hard; else it is the discounted price of one unit.
    """

    rule: str
    clusters: Ints
    quarter: int
    capacity: int
    overtime: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """The `units` of the clusters (re)built with `supplier` in `quarter` are at most `capacity`.

    `overtime` as in Crew: the price of a unit got at short notice.
    """

    rule: str
    clusters: Ints
    supplier: int
    quarter: int
    capacity: int
    overtime: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """The `spend` of the clusters (re)built in [first, until) is at most `limit` cents.

    Beyond it each begun `unit` of cents costs `overtime` cents (None: hard).
    """

    rule: str
    clusters: Ints
    first: int
    until: int
    limit: int
    unit: int = 100_000
    overtime: int | None = None


Row: TypeAlias = Share | Coverage | Existence | Precedence | Crew | Supply | Budget


def quarters_of(row: Row) -> int:
    """The number of quarters at which the row speaks: the second axis of its multipliers."""
    return 1 if isinstance(row, Crew | Supply | Budget) else row.until - row.first


def label_of(supplier: int, quarter: int, quarters: int) -> int:
    """The label "(re)build with `supplier` in `quarter`" of a horizon of `quarters`."""
    return 1 + supplier * quarters + quarter


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One planning problem. C clusters, S suppliers, T quarters, L = 1 + S * T labels, E border edges.

    `incumbent` [C] supplier now or -1; `weights` metric -> [C] non-negative; `work`, `units` [C] what a (re)build
    takes of crews and of a supplier; `spend` [C, S] cents that count against budgets (not discounted); `cost` [C, L]
    net present cost of each label without terms and borders; `part`, `region`, `operator` [C] for reports only;
    `edges` [E, 2] neighbours, `border` [E] cents a quarter while both are built with unlike suppliers;
    `discount` [T] in millionths. `validate` (plan/validate.py) says what is wrong with one.
    """

    quarters: int
    suppliers: tuple[str, ...]
    clusters: tuple[str, ...]
    incumbent: Ints
    cost: Ints
    weights: dict[str, Ints]
    work: Ints
    units: Ints
    spend: Ints
    discount: Ints
    rules: tuple[Rule, ...] = ()
    masks: tuple[Mask, ...] = ()
    terms: tuple[Term, ...] = ()
    rows: tuple[Row, ...] = ()
    edges: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    border: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    part: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()

    @property
    def labels(self) -> int:
        """L, the number of labels."""
        return 1 + len(self.suppliers) * self.quarters

    def without(self, *rules: str) -> Instance:
        """The instance with all masks, terms and rows of these rules left out."""
        gone = set(rules)
        return replace(
            self,
            rules=tuple(rule for rule in self.rules if rule.id not in gone),
            masks=tuple(mask for mask in self.masks if mask.rule not in gone),
            terms=tuple(term for term in self.terms if term.rule not in gone),
            rows=tuple(row for row in self.rows if row.rule not in gone),
        )

    def lawless(self) -> Instance:
        """The instance without any rule of law; crews, supply, budget, coverage of own choice stay."""
        return self.without(*(rule.id for rule in self.rules if rule.law))

    def strict(self) -> Instance:
        """The instance with every elastic row made hard."""
        return replace(self, rows=tuple(_hard(row) for row in self.rows))

    def states(self, labels: Ints) -> Ints:
        """The supplier at every quarter of clusters with these labels [C] -> [C, T]; -1 where nothing is built."""
        supplier, quarter = np.divmod(np.asarray(labels, np.int64) - 1, self.quarters)
        built = (labels[:, None] > 0) & (np.arange(self.quarters)[None, :] >= quarter[:, None])
        return np.where(built, supplier[:, None], np.asarray(self.incumbent, np.int64)[:, None])


def _hard(row: Row) -> Row:
    return replace(row, overtime=None) if isinstance(row, Crew | Supply | Budget) else row


def iter_rules(instance: Instance) -> Iterator[str]:
    """The ids that masks, terms and rows refer to, in order, each once."""
    seen: dict[str, None] = {}
    for item in (*instance.masks, *instance.terms, *instance.rows):
        seen.setdefault(item.rule)
    yield from seen
