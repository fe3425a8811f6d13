"""What planning gives: plan, certificate, verdict, proof, prices, conflicts; how much work to do for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from assay.plan.model import Ints

__all__ = [
    "Certificate", "Conflict", "Effort", "Plan", "Price", "Progress", "Proof", "Relaxation", "Saving", "Solution",
    "Tree", "Verdict", "Violation",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A schedule: `labels` [C], and `over` [rows] the units beyond the capacity of each elastic row (else 0)."""

    labels: Ints
    over: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Why no plan can be cheaper: any multipliers and messages give a valid bound; `check` recomputes it in integers.

    `multipliers`, one array a row of the instance in its order, non-negative, in cents / `scale` a unit:
    [1] for Crew, Supply, Budget; [quarters] for Share, Coverage; [S, quarters] for Existence, Precedence.
    `messages` [E, 2, L] in cents: what edge e moves onto the labels of its first and second end.
    """

    scale: int
    multipliers: tuple[Ints, ...]
    messages: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A bound by cases: splits of what a cluster may do, and for each last case (leaf) numbers that prove its bound.

    `splits` [n, 5]: cluster, kind (0: acts in quarter `value` or before; 1: has supplier `value` at the end), value,
    case where that is so, case where it is not; a case from 0 on is a split, -1 - k the leaf k. Split 0 is the first;
    without splits leaf 0 is the whole. At a leaf, in cents / `scale`: `multipliers` [leaves, n] of the rows as in
    Certificate, one after the other; `fill` [leaves, C] what a cluster pays for being served; `weights` [leaves, cuts]
    of the border cuts; `cover` [leaves, m] what the clusters of the rows `covers` pay for being built.

    Rows in `blocks` (numbers of rows; one quarter each, the crew first) and `covers` are not priced: what is cheapest
    within them is searched, or counted through. A border cut says that its edge costs at least the messages `cut`
    [cuts, 2, L] (cents) of its ends' labels and what remains; `edge` [cuts] is its edge. A triple says that one load of
    one block at most does two or more of the clusters `triple` [n, 3]; a second one costs `together` [leaves, n].
    """

    scale: int
    blocks: tuple[tuple[int, ...], ...]
    covers: tuple[int, ...]
    edge: Ints
    cut: Ints
    splits: Ints
    multipliers: Ints
    fill: Ints
    weights: Ints
    cover: Ints
    triple: Ints
    together: Ints


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks: where, when, and by how many units of the row."""

    rule: str
    what: str
    quarter: int
    amount: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found without the solver: the cost and the bound recomputed, and every violation.

    `cost` = `labels` + `terms` + `borders` + `overtime`, all in cents.
    """

    cost: int
    labels: int
    terms: int
    borders: int
    overtime: int
    lower_bound: int
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """True for a lawful plan whose cost is not below its bound."""
        return not self.violations and self.lower_bound <= self.cost

    @property
    def gap(self) -> Fraction:
        """(cost - bound) / cost; 1 where the cost is not positive and the bound does not meet it."""
        if self.cost == self.lower_bound:
            return Fraction(0)
        return Fraction(self.cost - self.lower_bound, self.cost) if self.cost > 0 else Fraction(1)


@dataclass(frozen=True, slots=True)
class Proof:
    """The checked cost and bound of a plan.

    `lawless` is the cost of the best plan found without any rule of law (`lawless_plan`), `lawless_bound` a certified
    bound of all such.
    `rule_gap` = (cost - bound) / (bound - lawless): how well the cost caused by law is known; None where law costs
    nothing that the bound can show, or `lawless` was not sought. As `lawless` is the cost of a plan (not a bound),
    the figure errs to the larger side.
    """

    verdict: Verdict
    lawless: int | None = None
    lawless_bound: int | None = None
    lawless_plan: Plan | None = None

    @property
    def rule_gap(self) -> Fraction | None:
        """The gap to the cost caused by law."""
        if self.lawless is None or self.verdict.lower_bound <= self.lawless:
            return None
        return Fraction(self.verdict.cost - self.verdict.lower_bound, self.verdict.lower_bound - self.lawless)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work `solve` does: counts of steps, never seconds.

    `dual` evaluations of the bound, `sweeps` rounds of border messages, `moves` proposals for each cluster, `exact` the
    number of clusters up to which the problem is solved to the end by cases, `nodes` how often a case is split at most,
    `within` the gap at which that ends (millionths of the cost), `solver` what does it ("cases": our own tree with its
    proof; "highs" or "cpsat": a solver whose bound is its word), `lawless` whether the best plan without law is sought
    for the rule gap.
    """

    dual: int = 160
    sweeps: int = 24
    moves: int = 2000
    exact: int = 12
    nodes: int = 200
    lawless: bool = True
    within: int = 0
    solver: str = "cases"


@dataclass(frozen=True, slots=True)
class Solution:
    """What `solve` found. `plan` is None where no lawful plan was found; then `violations` are those of the nearest.

    `lower_bound` is the better of certificate and `tree` (small problems) and holds either way.
    `stated_bound` is what a MIP solver says in floating point where
    one ran: its word, not certified. `stopped`: the caller ended the work early, so that the result depends on when.
    """

    plan: Plan | None
    certificate: Certificate
    lower_bound: int
    proof: Proof | None
    violations: tuple[Violation, ...]
    seed: int
    effort: Effort
    stopped: bool = False
    stated_bound: float | None = None
    tree: Tree | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """What an easier problem saves, in cents: certified ends, the difference of the bounds, the cheapest plan found."""

    low: int
    estimate: int
    high: int
    free: Plan


@dataclass(frozen=True, slots=True)
class Price:
    """What one rule costs: cost with all rules minus cost without this one, in cents.

    `low` and `high` are certified by the bounds and plans of both problems; `estimate` is the difference of the two
    bounds. `marginal`: (quarter, cents for one more unit of slack) for each row of the rule whose multiplier is not
    zero; masks have no multiplier. `free` is the cheapest plan found without the rule. `later` is what a year more
    would save, `point` what one hundredth of the group more in each of its share rows would save (by the multipliers,
    and at most); None where there is nothing to ease, or it was not asked.
    """

    rule: str
    low: int
    estimate: int
    high: int
    marginal: tuple[tuple[int, Fraction], ...]
    free: Plan
    later: Saving | None = None
    point: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The least slack found on one rule of a conflict that mends it while the other rules stay: units, by quarter.

    `unit` is "sites", "thousands", "quarters later" or "left out". `whole`: a schedule of the whole problem was found
    with it; else this conflict is mended, and others may remain. `certain`: enough for what it is said to mend.
    """

    rule: str
    amount: int
    unit: str
    quarters: tuple[int, ...]
    certain: bool
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot hold together; leaving out any one of them lifts the certificate.

    `proof` is the phase-1 bound (in `certificate.scale`-ths of a unit of violation): positive means no schedule at all.
    An empty set of rules: no conflict could be proved.
    """

    rules: tuple[str, ...]
    certificate: Certificate | None
    proof: int
    relaxations: tuple[Relaxation, ...]


Progress: TypeAlias = Callable[[str, int, int, int | None, int | None], bool | None]
"""Called as progress(stage, done, total, bound, cost); a true answer asks for an early, orderly end."""
