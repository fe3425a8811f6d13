"""Label costs against a plain reading of the words in docs/plan-format.md, in exact fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from assay.plan.costing import Stock, discounts, label_costs
from assay.plan.inputs import Inputs
from assay.workflow.planning.inputs import DEFAULTS, read_inputs

INPUTS: Inputs = read_inputs(None).inputs
QUARTERS = 6


def stock(*, built: bool = True) -> Stock:
    past = np.array([[0, 0, 1, 2, 3, 3]])
    rest = np.array([[30, 27, 24, 21, 18, 15, 12]])
    return Stock(("ran",), np.array([3]), np.array([built]), past * built, rest * built)


def figures(**changed: int) -> Inputs:
    own = {k.replace("_", "-"): v for k, v in changed.items()}
    names = {key: key for key in INPUTS.figures}
    return replace(
        INPUTS,
        figures={
            k: replace(f, value=own[names[k]], low=0, high=10**9) if k in own else f for k, f in INPUTS.figures.items()
        },
    )


def test_discounts_fall_by_the_yearly_rate_in_four_steps() -> None:
    factors = discounts(figures(discount=60), 5)
    assert factors[0] == 1_000_000
    assert all(b == a * 4000 // 4060 for a, b in pairwise(factors))


@pytest.mark.parametrize("quarter", range(QUARTERS))
def test_a_rebuild_costs_what_the_words_say(quarter: int) -> None:
    inputs = figures(write_off=500)
    found = label_costs(stock(), inputs, ("s",), {})
    d = [Fraction(int(f), 10**6) for f in discounts(inputs, QUARTERS + 1)]
    equipment, work, life = Fraction(5_600_000), Fraction(1_900_000), 32
    past, rest = stock().past[0], stock().rest[0]
    act = 3 * (equipment + work) * d[quarter]
    left = 3 * equipment * Fraction(life - (QUARTERS - quarter), life) * d[QUARTERS]
    running = sum(3 * equipment * Fraction(80, 4000) * d[q] for q in range(QUARTERS))
    support = sum(int(past[q]) * equipment * Fraction(150, 4000) * d[q] for q in range(quarter))
    gone = equipment * int(rest[quarter]) / life * Fraction(500, 1000) * d[quarter]
    assert abs(found.cost[0, 1 + quarter] - (act - left + running + support + gone)) < 20  # cents cut off


def test_keeping_costs_running_and_support_less_the_rest_of_value() -> None:
    found = label_costs(stock(), INPUTS, ("s",), {})
    d = [Fraction(int(f), 10**6) for f in discounts(INPUTS, QUARTERS + 1)]
    equipment = Fraction(5_600_000)
    running = sum(3 * equipment * Fraction(80, 4000) * d[q] for q in range(QUARTERS))
    support = sum(int(n) * equipment * Fraction(150, 4000) * d[q] for q, n in enumerate(stock().past[0]))
    worth = equipment * 12 / 32 * d[QUARTERS]
    assert abs(found.cost[0, 0] - (running + support - worth)) < 20


def test_what_is_not_built_costs_nothing_and_its_building_takes_civil_works() -> None:
    found = label_costs(stock(built=False), INPUTS, ("s",), {})
    assert found.cost[0, 0] == 0
    assert found.spend[0, 0] == 3 * (56_000 + 19_000 + 60_000) * 100


def test_a_supplier_at_nine_tenths_of_the_price_costs_nine_tenths_of_the_equipment() -> None:
    found = label_costs(stock(), INPUTS, ("usual", "cheap"), {"cheap": 900})
    assert found.spend[0, 0] - found.spend[0, 1] == 3 * 5_600_000 // 10


def test_the_cheap_end_is_never_dearer_than_the_dear_end() -> None:
    low, mid, high = (label_costs(stock(), INPUTS, ("s",), {}, end).spend[0, 0] for end in ("low", "value", "high"))
    assert low < mid < high


def test_every_default_has_a_range_a_source_and_a_sponsor() -> None:
    for figure in INPUTS.figures.values():
        assert figure.low <= figure.value <= figure.high
        assert figure.source
        assert figure.sponsor
        assert not figure.own
    assert Path(DEFAULTS).is_file()
