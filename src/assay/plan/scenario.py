"""Futures of a plan: each is drawn by its number alone and laid over the problem as a change of rows, masks and costs.

Numbers come from a counter-based generator keyed by seed and scenario (Philox 4x64; Salmon and others, SC 2011), so a
scenario is the same whoever draws it, in whatever order. All draws are whole numbers.

Families: dates and shares of caps, dates of bars, a bar of one more supplier that is announced later (what was done
before stays), a stop of one supplier's deliveries and spares for a time, prices after bars, crews. No date moves into
the first year: what is decided today cannot be asked for yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from assay.plan.labels import allowed
from assay.plan.model import DISCOUNT, UNBUILT, Crew, Instance, Ints, Mask, Row, Rule, Share, Term

__all__ = ["FROZEN", "LATER", "STOP", "YEAR", "Scenario", "draw", "freeze", "laid_over", "reckoned", "with_later_bar"]

Bools = np.ndarray[Any, np.dtype[np.bool_]]
YEAR: Final = 4
"""Quarters of the first year, which is decided before any future is known."""
FROZEN: Final = "scenario:done"
LATER: Final = "scenario:later-bar"
STOP: Final = "scenario:stop"
_RULES: Final = {
    FROZEN: Rule(FROZEN, "what was done before the announcement stays, and nothing else was done", False),
    LATER: Rule(LATER, "one more supplier is barred, announced later", True),
    STOP: Rule(STOP, "a supplier delivers nothing for a time, spares included", False),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One future. Shifts are quarters, `shares` and prices thousandths; -1 where a family does not occur.

    `caps`: rule -> (shift, thousandths of the share). `bars`: rule -> shift. `stop`: supplier, first quarter, length.
    `later`: supplier, quarter of the announcement, first quarter in which its equipment may not run.
    """

    number: int
    caps: tuple[tuple[str, int, int], ...]
    bars: tuple[tuple[str, int], ...]
    stop: tuple[int, int, int] | None
    later: tuple[int, int, int] | None
    price: int
    crew: int


def draw(instance: Instance, seed: int, number: int) -> Scenario:
    """The scenario of this number. Scenario 0 is the problem as it is."""
    caps = sorted({row.rule for row in instance.rows if isinstance(row, Share)})
    law = {rule.id for rule in instance.rules if rule.law}
    bars = sorted({mask.rule for mask in instance.masks if mask.rule in law})
    if number == 0:
        return Scenario(0, tuple((rule, 0, 1000) for rule in caps), tuple((rule, 0) for rule in bars), None, None,
                        1000, 1000)  # fmt: skip
    numbers = np.random.Generator(np.random.Philox(key=np.array([seed, number], dtype=np.uint64)))

    def whole(low: int, high: int) -> int:
        return int(numbers.integers(low, high + 1))

    suppliers, quarters = len(instance.suppliers), instance.quarters
    starts = _starts(instance)
    moved_caps = tuple((rule, max(whole(-2, 4), _earliest(starts[rule])), whole(600, 1300)) for rule in caps)
    moved_bars = tuple((rule, max(whole(-4, 4), _earliest(starts[rule]))) for rule in bars)
    stop = (whole(0, suppliers - 1), whole(1, max(quarters - 4, 1)), whole(1, 3)) if whole(0, 99) < 25 else None
    later = None
    if whole(0, 99) < 25 and quarters > 10:
        announced = whole(2, quarters // 2)
        later = (whole(0, suppliers - 1), announced, whole(min(announced + 4, quarters - 1), quarters - 1))
    return Scenario(number, moved_caps, moved_bars, stop, later, whole(900, 1250), whole(700, 1100))


def _starts(instance: Instance) -> dict[str, int]:
    """The first quarter in which each rule asks for something: a share reached, what stands gone, else a bar begins."""
    out = {row.rule: row.first for row in reversed(instance.rows) if isinstance(row, Share)}
    for kind in ("old", "state", "build"):
        found: dict[str, int] = {}
        for mask in instance.masks:
            flags = getattr(mask, kind)
            if flags is not None and flags.any():
                first = int(flags.reshape(-1, flags.shape[-1]).any(axis=0).argmax())
                found[mask.rule] = min(found.get(mask.rule, first), first)
        out = {**found, **out}
    return {**{mask.rule: 0 for mask in instance.masks}, **out}


def _earliest(start: int) -> int:
    """By how many quarters a rule may come earlier at most: not into the first year, whose acts are decided."""
    return min(0, YEAR - start) if start >= YEAR else 0


def laid_over(instance: Instance, scenario: Scenario) -> Instance:
    """The problem in this future, without what is announced later."""
    out = _drawn_over(instance, scenario)
    out = replace(out, masks=tuple(_never_stuck(out, instance)))
    return _with_stop(out, scenario.stop) if scenario.stop else out


def reckoned(instance: Instance, scenario: Scenario) -> Instance:
    """The costs and limits of this future without its masks: for what a schedule that is known costs in it."""
    out = _drawn_over(instance, scenario)
    terms = (*out.terms, *_spares(out, scenario.stop)) if scenario.stop else out.terms
    return replace(out, masks=(), terms=terms)


def _drawn_over(instance: Instance, scenario: Scenario) -> Instance:
    caps = {rule: (shift, part) for rule, shift, part in scenario.caps}
    bars = dict(scenario.bars)
    barred = {mask.rule for mask in instance.masks} & set(bars)
    masks = tuple(_moved(mask, bars[mask.rule]) if mask.rule in barred else mask for mask in instance.masks)
    rows = tuple(_row(row, scenario, caps, instance.quarters) for row in instance.rows)
    return replace(instance, masks=masks, rows=rows, cost=_dearer(instance, masks, barred, scenario.price))


def _row(row: Row, scenario: Scenario, caps: dict[str, tuple[int, int]], quarters: int) -> Row:
    match row:
        case Share():
            shift, part = caps[row.rule]
            first = min(max(row.first + shift, 0), quarters - 1)
            share = min(row.share * Fraction(part, 1000), Fraction(1))
            return replace(row, first=first, until=max(row.until, first + 1), share=share)
        case Crew():
            return replace(row, capacity=-(-row.capacity * scenario.crew // 1000))
        case _:
            return row


def _moved(mask: Mask, shift: int) -> Mask:
    """The mask so many quarters later (earlier where negative); at the ends the nearest quarter goes on."""

    def roll(flags: Bools) -> Bools:
        place = np.clip(np.arange(flags.shape[-1]) - shift, 0, flags.shape[-1] - 1)
        return np.asarray(flags[..., place], dtype=np.bool_)

    return replace(
        mask, state=roll(mask.state), build=roll(mask.build), old=None if mask.old is None else roll(mask.old)
    )


def _dearer(instance: Instance, masks: tuple[Mask, ...], barred: set[str], price: int) -> Ints:
    """Costs in which building is dearer (or cheaper) wherever some law bars a supplier from being built."""
    touched = np.zeros(len(instance.clusters), dtype=np.bool_)
    for mask in masks:
        if mask.rule in barred and mask.build.any():
            touched[mask.clusters] = True
    cost = np.array(instance.cost, dtype=np.int64)
    more = np.asarray(instance.spend, np.int64)[:, :, None] * np.asarray(instance.discount, np.int64) // DISCOUNT
    cost[:, 1:] += np.where(touched[:, None], more.reshape(len(cost), -1) * (price - 1000) // 1000, 0)
    return cost


def _never_stuck(moved: Instance, before: Instance) -> Iterator[Mask]:
    """Masks as moved; where they would leave a cluster no label at all, that cluster keeps its masks as they were."""
    stuck = ~np.any(allowed(moved), axis=1)
    for new, old in zip(moved.masks, before.masks, strict=True):
        yield replace(new, clusters=new.clusters[~stuck[new.clusters]])
        if stuck[old.clusters].any():
            yield replace(old, clusters=old.clusters[stuck[old.clusters]])


def _with_stop(instance: Instance, stop: tuple[int, int, int]) -> Instance:
    """Nothing is built with one supplier for a time; its equipment runs on dearer spares (a twentieth of a rebuild)."""
    supplier, during = stop[0], _during(instance, stop)
    everywhere = np.arange(len(instance.clusters), dtype=np.int64)
    build = np.zeros((len(instance.suppliers), instance.quarters), dtype=np.bool_)
    build[supplier, list(during)] = True
    none = np.zeros((len(instance.suppliers) + 1, instance.quarters), dtype=np.bool_)
    stopped = Mask(STOP, everywhere, none, build)
    able = np.flatnonzero(np.any(allowed(replace(instance, masks=(*instance.masks, stopped))), axis=1))
    masks = (*instance.masks, replace(stopped, clusters=able))
    terms = (*instance.terms, *_spares(instance, stop))
    return replace(instance, masks=masks, terms=terms, rules=(*instance.rules, _RULES[STOP]))


def _during(instance: Instance, stop: tuple[int, int, int]) -> range:
    _, first, length = stop
    return range(first, min(first + length, instance.quarters))


def _spares(instance: Instance, stop: tuple[int, int, int]) -> Iterator[Term]:
    """What the equipment of a supplier that delivers nothing costs more while that lasts."""
    supplier, during = stop[0], _during(instance, stop)
    here = [c for c in range(len(instance.clusters)) if instance.spend[c, supplier] > 0]
    each = instance.spend[here, supplier] // np.maximum(instance.weights["elements"][here], 1) // 20
    for value in sorted({int(v) for v in each}):
        state = np.zeros((len(instance.suppliers) + 1, instance.quarters), dtype=np.int64)
        for t in during:
            state[supplier, t] = value * int(instance.discount[t]) // DISCOUNT
        some = np.array([c for c, v in zip(here, each, strict=True) if int(v) == value], dtype=np.int64)
        yield Term(STOP, some, "elements", state, np.zeros(state[:-1].shape, np.int64))


def freeze(instance: Instance, labels: Ints, before: int) -> Instance:
    """What `labels` do in the quarters before `before` is done, and nothing else is done there."""
    quarters, suppliers = instance.quarters, len(instance.suppliers)
    quarter = (np.asarray(labels, np.int64) - 1) % quarters
    done = (labels > 0) & (quarter < before)
    masks: list[Mask] = []
    early = np.zeros((suppliers, quarters), dtype=np.bool_)
    early[:, :before] = True
    rest = np.flatnonzero(~done)
    none = np.zeros((suppliers + 1, quarters), dtype=np.bool_)
    if len(rest):
        masks.append(Mask(FROZEN, rest, none, early))
    for label in sorted({int(v) for v in labels[done]}):
        build = np.ones((suppliers, quarters), dtype=np.bool_)
        s, t = divmod(label - 1, quarters)
        build[s, t] = False
        old = np.zeros(quarters, dtype=np.bool_)
        old[t] = True
        masks.append(Mask(FROZEN, np.flatnonzero(done & (labels == label)), none, build, old))
    return replace(instance, masks=(*instance.masks, *masks), rules=(*instance.rules, _RULES[FROZEN]))


def with_later_bar(instance: Instance, later: tuple[int, int, int]) -> Instance:
    """One more supplier is barred: not built once announced, gone by a day; where nobody else may stand, it stays."""
    supplier, announced, end = later
    suppliers, quarters = len(instance.suppliers), instance.quarters
    build = np.zeros((suppliers, quarters), dtype=np.bool_)
    build[supplier, announced:] = True
    state = np.zeros((suppliers + 1, quarters), dtype=np.bool_)
    state[supplier, end:] = True
    assert UNBUILT == -1
    mask = Mask(LATER, np.arange(len(instance.clusters), dtype=np.int64), state, build)
    tried = replace(instance, masks=(*instance.masks, mask))
    able = np.flatnonzero(np.any(allowed(tried), axis=1))
    return replace(
        instance, masks=(*instance.masks, replace(mask, clusters=able)), rules=(*instance.rules, _RULES[LATER])
    )
