"""From figures to the cost of every label: integers in cents, discounted by fixed fractions.

What a (re)build costs in quarter t: equipment, work and, where nothing stands yet, civil works, less the value that the
new equipment still has after the last quarter; before it the extra charge for equipment without support; from it on
energy and maintenance. Old equipment that stays keeps its own rest of value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from assay.plan.inputs import Inputs

__all__ = ["Costed", "Stock", "discounts", "label_costs"]

Whole = np.ndarray[Any, np.dtype[np.int64]]
_MILLION: Final = 1_000_000
_CENTS: Final = 100


@dataclass(frozen=True, eq=False)
class Stock:
    """What stands in each cluster: part, count of elements, whether built, and its age.

    `past` [C, T] elements whose support has ended by a quarter; `rest` [C, T + 1] quarters of life that its elements
    have left together at the beginning of a quarter (the last column: after the horizon).
    """

    part: tuple[str, ...]
    elements: Whole
    built: np.ndarray[Any, np.dtype[np.bool_]]
    past: Whole
    rest: Whole


@dataclass(frozen=True, eq=False)
class Costed:
    """`cost` [C, L] discounted cents of each label; `spend` [C, S] cents of equipment and work on the day."""

    cost: Whole
    spend: Whole


def discounts(inputs: Inputs, count: int, end: str = "value") -> Whole:
    """Factors of `count` quarters in millionths: each is the one before times 4000 / (4000 + yearly thousandths)."""
    out, factor = [], _MILLION
    for _ in range(count):
        out.append(factor)
        factor = factor * 4000 // (4000 + inputs.at("discount", end))
    return np.array(out, dtype=np.int64)


def label_costs(
    stock: Stock, inputs: Inputs, suppliers: tuple[str, ...], prices: Mapping[str, int], end: str = "value"
) -> Costed:  # fmt: skip
    """The cost of every label of every cluster. `prices` are thousandths of the usual price by supplier."""
    quarters = stock.past.shape[1]
    factors = discounts(inputs, quarters + 1, end)
    now, after = factors[:quarters], int(factors[quarters])
    equipment, work, civil = _by_part(stock, inputs, end)
    life = 4 * inputs.at("life", end)
    running = equipment * stock.elements * inputs.at("opex", end) // 4000
    old = _old(stock, inputs, equipment, life, (now, after), end)
    later = np.cumsum(now[::-1])[::-1]
    left = np.maximum(life - (quarters - np.arange(quarters)), 0)
    blocks: list[Whole] = []
    spends: list[Whole] = []
    for name in suppliers:
        bought = equipment * stock.elements * prices.get(name, 1000) // 1000
        spend = bought + work * stock.elements + np.where(stock.built, 0, civil * stock.elements)
        act = spend[:, None] * now // _MILLION - bought[:, None] * left * after // (life * _MILLION)
        new = np.where(stock.built[:, None], int(later[0]), later[None, :])
        blocks.append(act + running[:, None] * new // _MILLION + old.until)
        spends.append(spend)
    keep = old.keep + np.where(stock.built, running * int(later[0]) // _MILLION, 0)
    return Costed(np.concatenate([keep[:, None], *blocks], axis=1), np.stack(spends, axis=1))


def _by_part(stock: Stock, inputs: Inputs, end: str) -> tuple[Whole, Whole, Whole]:
    """Cents of equipment, work and civil works of one element, by cluster."""
    parts = sorted(set(stock.part))
    number = np.array([parts.index(part) for part in stock.part], dtype=np.int64)
    table = [[inputs.priced(part, what, end) * _CENTS for part in parts] for what in ("equipment", "labour")]
    civil = [inputs.at("ran.civil", end) * _CENTS if part == "ran" else 0 for part in parts]
    equipment, work = (np.array(row, dtype=np.int64)[number] for row in table)
    return equipment, work, np.array(civil, dtype=np.int64)[number]


@dataclass(frozen=True, eq=False)
class _Old:
    """What the old equipment costs: `until` [C, T] when it goes in a quarter, `keep` [C] when it stays."""

    until: Whole
    keep: Whole


def _old(
    stock: Stock, inputs: Inputs, equipment: Whole, life: int, factors: tuple[Whole, int], end: str
) -> _Old:  # fmt: skip
    now, after = factors
    charge = equipment[:, None] * stock.past * inputs.at("support", end) // 4000 * now // _MILLION
    paid = np.cumsum(charge, axis=1)
    before = paid - charge
    gone = equipment[:, None] * stock.rest[:, :-1] // life * inputs.at("write-off", end) // 1000 * now // _MILLION
    worth = equipment * stock.rest[:, -1] // life * after // _MILLION
    return _Old(before + gone, paid[:, -1] - worth)
