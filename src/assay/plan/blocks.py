"""Rows of one quarter taken together and searched exactly, instead of priced: a crew with its deliveries.

A **block** is a crew row with supply rows of the same quarter inside it (or one row alone). What is cheapest within it,
whatever each cluster does elsewhere, is searched by `packing.py`. So a crew that fits three clusters and a half is
known to do three, which no multiplier can say. Coverage rows are counted through. Exact integers, no floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.errors import InputError
from assay.plan.certify import NEVER
from assay.plan.model import Bools, Coverage, Crew, Instance, Ints, Supply

__all__ = ["Block", "Group", "blocks_of", "cover_sizes", "covers_of", "laid_out", "least_cover"]

_MOST_LOAD, _MOST_COVER = 4000, 4096


@dataclass(frozen=True, slots=True)
class Group:
    """Labels [n] as cluster * L + label with their loads, under one row: `capacity`, `price` a unit (None: hard).

    `capacity` -1: no row of their own.
    """

    place: Ints
    load: Ints
    capacity: int
    price: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Groups under one outer row (`capacity` -1: none); loads above `most` all cost the same a unit."""

    groups: tuple[Group, ...]
    capacity: int
    price: int | None
    most: int


def blocks_of(instance: Instance) -> tuple[tuple[int, ...], ...]:
    """Rows of acts that can be counted through together, each label in one block at most; the crew's row first."""
    out: list[tuple[int, ...]] = []
    used = np.zeros((len(instance.clusters), instance.labels), np.bool_)
    acts = [n for n, row in enumerate(instance.rows) if isinstance(row, Crew | Supply) and row.capacity <= _MOST_LOAD]
    crews = [n for n in acts if isinstance(instance.rows[n], Crew)]
    for first in [*crews, *(n for n in acts if n not in set(crews))]:
        own = _labels(instance, first)
        if used[own].any():
            continue
        block, taken = [first], np.zeros_like(used)
        for number in acts if isinstance(instance.rows[first], Crew) else []:
            inner = _labels(instance, number)
            if number != first and _inside(instance, first, number) and not (taken & inner).any():
                block.append(number)
                taken |= inner
        used |= own
        out.append(tuple(block))
    return tuple(out)


def _inside(instance: Instance, crew: int, number: int) -> bool:
    """A supply row of the crew's quarter, of its clusters, that takes of each what the crew takes."""
    outer, inner = instance.rows[crew], instance.rows[number]
    if not isinstance(outer, Crew) or not isinstance(inner, Supply) or outer.quarter != inner.quarter:
        return False
    same: Bools = instance.work[inner.clusters] == instance.units[inner.clusters]
    return bool(np.isin(inner.clusters, outer.clusters).all() and same.all())


def _labels(instance: Instance, number: int) -> Bools:
    """The labels that a row of acts counts [C, L]."""
    row = instance.rows[number]
    out = np.zeros((len(instance.clusters), instance.labels), np.bool_)
    if isinstance(row, Crew):
        out[np.ix_(row.clusters, 1 + row.quarter + np.arange(len(instance.suppliers)) * instance.quarters)] = True
    elif isinstance(row, Supply):
        out[row.clusters, 1 + row.supplier * instance.quarters + row.quarter] = True
    return out


def covers_of(instance: Instance) -> tuple[int, ...]:
    """The coverage rows that are counted through: those of which no member is unbuilt later than it was built."""
    return tuple(n for n, row in enumerate(instance.rows) if isinstance(row, Coverage) and row.until > row.first)


def laid_out(instance: Instance, blocks: Sequence[Sequence[int]]) -> list[Block]:
    """The blocks as groups of labels. Raises InputError (E0701) where a block may not be counted through like that."""
    used = np.zeros((len(instance.clusters), instance.labels), np.bool_)
    out = []
    for block in blocks:
        rows = [instance.rows[n] if 0 <= n < len(instance.rows) else None for n in block]
        first, inner = rows[0] if rows else None, list(block[1:])
        if not isinstance(first, Crew | Supply) or any(not _inside(instance, block[0], n) for n in inner):
            raise _misfit(block)
        own, rest = _labels(instance, block[0]), _labels(instance, block[0])
        groups = []
        for number in inner:
            mine = _labels(instance, number)
            if (mine & ~rest).any():
                raise _misfit(block)
            rest &= ~mine
            row = instance.rows[number]
            assert isinstance(row, Supply)
            groups.append(_group(mine, instance.work, row.capacity, row.overtime))
        groups.append(_group(rest, instance.work if isinstance(first, Crew) else instance.units, -1, 0))
        if (used & own).any():
            raise _misfit(block)
        used |= own
        most = max(first.capacity, *(group.capacity for group in groups))
        out.append(Block(tuple(groups), first.capacity, first.overtime, most))
    return out


def _misfit(block: Sequence[int]) -> InputError:
    return InputError("E0701", f"rows {list(block)[:6]} cannot be counted through together", where="blocks",
                      expected="a crew and supply rows of its quarter and clusters, every label once")  # fmt: skip


def _group(own: Bools, loads: Ints, capacity: int, price: int | None) -> Group:
    cluster, label = np.nonzero(own)
    return Group(cluster * own.shape[1] + label, np.asarray(loads, np.int64)[cluster], capacity, price)


def cover_sizes(instance: Instance, number: int) -> tuple[Ints, int]:
    """Of a coverage row: sizes of its members and the size wanted; large numbers in coarser units, never too strict.

    If sizes w reach at least P, then w / g rounded up reach at least P / g rounded up.
    """
    row = instance.rows[number]
    if not isinstance(row, Coverage):
        raise InputError("E0701", f"row {number} is no coverage row", where="covers")
    sizes = instance.weights[row.metric][row.clusters].astype(np.int64)
    unit = max(1, -(-row.least // _MOST_COVER))
    return -(-sizes // unit), max(0, -(-row.least // unit))


def least_cover(sizes: Ints, wanted: int, prices: Ints) -> int:
    """The least sum of prices (not negative) over all sets whose sizes reach what is wanted; NEVER: none does."""
    out = np.full(wanted + 1, NEVER, np.int64)
    out[0] = 0
    for size, price in zip(sizes.tolist(), prices.tolist(), strict=True):
        new = out.copy()
        if size <= wanted:
            np.minimum(new[size:], out[: wanted + 1 - size] + price, out=new[size:])
        new[wanted] = min(int(new[wanted]), int(out[max(0, wanted + 1 - size) :].min(initial=NEVER)) + price)
        out = new
    return int(min(out[wanted], NEVER))
