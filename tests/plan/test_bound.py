"""The bound where costs are unlike those of a network: it climbs all the same."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from assay.plan.model import DISCOUNT, Instance, Mask, Rule, Share
from assay.plan.result import Effort
from assay.plan.solve import solve

CLUSTERS, QUARTERS, SUPPLIERS = 60, 8, 2


def two_rules() -> Instance:
    """A ban of the first supplier by the fourth quarter, beside which a cap of a third has nothing to say."""
    labels = 1 + SUPPLIERS * QUARTERS
    draw = np.random.default_rng(7)
    each = draw.integers(80_000, 120_000, (CLUSTERS, 1))
    early = np.tile(np.arange(QUARTERS)[::-1], SUPPLIERS) * 2_000
    cost = np.concatenate([np.zeros((CLUSTERS, 1), np.int64), each + early[None, :]], axis=1)
    assert cost.shape == (CLUSTERS, labels)
    everywhere = np.arange(CLUSTERS)
    state = np.zeros((SUPPLIERS + 1, QUARTERS), np.bool_)
    state[0, 4:] = True
    old = np.arange(QUARTERS) >= 4
    build = np.zeros((SUPPLIERS, QUARTERS), np.bool_)
    build[0] = True
    return Instance(
        QUARTERS, ("supplier-north", "supplier-south"), tuple(f"k{n}" for n in everywhere),
        np.zeros(CLUSTERS, np.int64), cost, {"sites": draw.integers(5, 15, CLUSTERS)}, np.zeros(CLUSTERS, np.int64),
        np.zeros(CLUSTERS, np.int64), np.zeros((CLUSTERS, SUPPLIERS), np.int64), np.full(QUARTERS, DISCOUNT),
        (Rule("ban", "a ban", True), Rule("cap", "a cap", True)), (Mask("ban", everywhere, state, build, old),), (),
        (Share("cap", (0,), everywhere, "sites", 5, QUARTERS, Fraction(1, 3)),),
    )  # fmt: skip


def test_the_bound_climbs_though_keeping_costs_nothing_and_the_first_slope_is_long() -> None:
    """Two thirds of the sites must be rebuilt: no multiplier matters until it makes one rebuild worth its price."""
    solution = solve(two_rules().without("ban"), Effort(moves=300), 0)
    assert solution.proof is not None
    assert solution.proof.verdict.gap < Fraction(2, 100)


def test_both_rules_together_cost_what_the_harder_one_does() -> None:
    both, ban = solve(two_rules(), Effort(), 0), solve(two_rules().without("cap"), Effort(), 0)
    assert both.proof is not None
    assert ban.proof is not None
    assert both.proof.verdict.cost == ban.proof.verdict.cost == both.lower_bound
