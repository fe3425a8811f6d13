"""A rule that begins later: what a deadline costs is what so many quarters more would save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from assay.plan.model import Bools, Coverage, Existence, Instance, Mask, Precedence, Row, Share
from assay.plan.result import Certificate

__all__ = ["fitted", "later"]


def later(instance: Instance, rule: str, quarters: int) -> Instance:
    """The instance in which masks and rows of one rule begin so many quarters later, and end as they did.

    A relaxation: every schedule that keeps the rule keeps the later one. What may not be built already today stays
    so; what stands gets the time even where the rule holds today.
    """
    quarters = min(quarters, instance.quarters)
    masks = tuple(_mask(mask, quarters) if mask.rule == rule else mask for mask in instance.masks)
    return replace(instance, masks=masks, rows=tuple(_rows(instance.rows, rule, quarters)))


def _mask(mask: Mask, quarters: int) -> Mask:
    old = None if mask.old is None else _begins(mask.old, quarters)
    return replace(mask, state=_begins(mask.state, quarters), build=_goes_on(mask.build, quarters), old=old)


def _begins(flags: Bools, quarters: int) -> Bools:
    """The flags that also stood so many quarters before; nothing stood before the first."""
    moved = np.zeros_like(flags)
    moved[..., quarters:] = flags[..., : flags.shape[-1] - quarters]
    return np.asarray(flags & moved, dtype=np.bool_)


def _goes_on(flags: np.ndarray[Any, np.dtype[np.bool_]], quarters: int) -> Bools:
    """The same, where what stands in the first quarter is taken to have stood before it."""
    place = np.maximum(np.arange(flags.shape[-1]) - quarters, 0)
    return np.asarray(flags & flags[..., place], dtype=np.bool_)


def fitted(given: Certificate, instance: Instance, rule: str, quarters: int) -> Certificate:
    """The multipliers of an instance's certificate for the rows of `later`: those of the quarters that are left."""
    kept = []
    for values, row in zip(given.multipliers, instance.rows, strict=True):
        if row.rule != rule or not isinstance(row, Share | Coverage | Existence | Precedence):
            kept.append(values)
        elif row.first + quarters < row.until:
            kept.append(values[..., quarters:])
    return replace(given, multipliers=tuple(kept))


def _rows(rows: tuple[Row, ...], rule: str, quarters: int) -> Iterator[Row]:
    for row in rows:
        if row.rule != rule or not isinstance(row, Share | Coverage | Existence | Precedence):
            yield row
        elif row.first + quarters < row.until:
            yield replace(row, first=row.first + quarters)
