"""From what the law lets classes be to masks and share rows over clusters; every one carries the id of its rule.

What is done in a quarter is done by its last day. So old equipment that may not run in a quarter has to be replaced in
the quarter before at the latest (in the first quarter of the plan where it may not run today), and a share that must be
reached by a day counts from the last quarter that ends on that day or before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from assay.plan.model import Mask, Rule, Share
from assay.plan.quarters import Quarter
from assay.workflow.planning.clusters import Clusters
from assay.workflow.planning.lawful import CapFound, Lawful

__all__ = ["Compiled", "compile_law", "law_groups"]

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
_SITES: Final = ("sites", "base-stations", "base stations")
_ELEMENTS: Final = ("elements", "equipment")


@dataclass
class Compiled:
    """Masks and rows of law over clusters, the rules they speak of, and what could not be laid down."""

    masks: list[Mask] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    rules: dict[str, Rule] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unmeasured: set[str] = field(default_factory=set)


def law_groups(lawful: Sequence[Lawful]) -> dict[str, int]:
    """Class id -> number of its reading: classes for which every rule says the same in every quarter share a number."""
    out: dict[str, int] = {}
    seen: dict[tuple[object, ...], int] = {}
    for one in lawful:
        for k, found in enumerate(one.classes):
            tables = [(name, getattr(one, name)) for name in ("keep", "act", "have")]
            reads = [
                (name, rule, flags[k].tobytes()) for name, table in tables for rule, flags in sorted(table.items())
            ]
            caps = [(rule, cap.counts[k].tobytes(), cap.base[k].tobytes()) for rule, cap in sorted(one.caps.items())]
            out[found.id] = seen.setdefault((one.jurisdiction, found.part, *reads, *caps), len(seen))
    return out


def compile_law(
    lawful: Sequence[Lawful], clusters: Clusters, class_of: Sequence[tuple[int, int]], grid: Sequence[Quarter]
) -> Compiled:  # fmt: skip
    """Masks and share rows. `class_of`: for each cluster the number of its country in `lawful` and of its class."""
    out = Compiled()
    for number, one in enumerate(lawful):
        here = [c for c, (own, _) in enumerate(class_of) if own == number]
        kinds: dict[int, list[int]] = {}
        for c in here:
            kinds.setdefault(class_of[c][1], []).append(c)
        for rule in sorted({*one.keep, *one.act, *one.have}):
            out.masks += _masks(one, rule, kinds)
        for rule, cap in sorted(one.caps.items()):
            for row in _shares(one, rule, cap, here, class_of, clusters, grid, out):
                out.shares.append(row)
        _name(one, out)
    return out


def _name(one: Lawful, out: Compiled) -> None:
    used = {mask.rule for mask in out.masks} | {row.rule for row in out.shares}
    for rule in sorted(used & set(one.lines)):
        line = one.lines[rule]
        out.rules[rule] = Rule(rule, f"{line.instrument.title}: {line.rule.says}", True)


def _masks(one: Lawful, rule: str, kinds: Mapping[int, list[int]]) -> Iterator[Mask]:
    suppliers, quarters = len(one.suppliers), _quarters(one)
    for k, members in sorted(kinds.items()):
        state = np.zeros((suppliers + 1, quarters), dtype=np.bool_)
        old = _a_quarter_before(one.keep[rule][k]) if rule in one.keep else None
        build = np.zeros((suppliers, quarters), dtype=np.bool_)
        if rule in one.act:
            build |= one.act[rule][k]
        if rule in one.have:  # what may not run later is not built now
            build |= np.logical_or.accumulate(one.have[rule][k][:, ::-1], axis=1)[:, ::-1]
        if build.any() or (old is not None and old.any()):
            yield Mask(rule, np.array(members, dtype=np.int64), state, build, old)


def _quarters(one: Lawful) -> int:
    return int(next(iter((*one.keep.values(), *one.act.values(), *one.have.values()))).shape[-1])


def _a_quarter_before(flags: Bools) -> Bools:
    """The quarters by whose end something must be gone: one earlier, and the first one where it is already unlawful."""
    out = np.zeros_like(flags)
    out[:-1] = flags[1:]
    out[0] |= flags[0]
    return out


def _shares(
    one: Lawful, rule: str, found: CapFound, here: Sequence[int], class_of: Sequence[tuple[int, int]],
    clusters: Clusters, grid: Sequence[Quarter], out: Compiled,
) -> Iterator[Share]:  # fmt: skip
    """One row for each group, metric and stretch of quarters in which the same suppliers count."""
    first = _from_quarter(found, grid)
    groups: dict[tuple[str, ...], list[int]] = {}
    for c in here:
        if found.base[class_of[c][1]].any():
            groups.setdefault(_group(found, clusters, c), []).append(c)
    for _, members in sorted(groups.items()):
        kinds = sorted({class_of[c][1] for c in members})
        counts: Bools = np.any(found.counts[kinds], axis=0)
        for start, end, who in _stretches(counts, first):
            for metric in found.cap.metric:
                name = "sites" if metric in _SITES else "elements" if metric in _ELEMENTS else metric
                if name not in clusters.weights:
                    out.unmeasured.add(f"{rule}: the estate does not give `{name}`, so this share is not in the plan")
                    continue
                yield Share(rule, who, np.array(members, dtype=np.int64), name, start, end, found.cap.share)


def _from_quarter(found: CapFound, grid: Sequence[Quarter]) -> int:
    """The quarter from which the share counts: the last one that ends by the day it must be reached, else the first."""
    until = found.line.until
    if until is None:
        return 0
    done = [number for number, quarter in enumerate(grid) if quarter.end <= until]
    return done[-1] if done else 0


def _group(found: CapFound, clusters: Clusters, c: int) -> tuple[str, ...]:
    by = {"operator": clusters.operator[c], "part": clusters.part[c]}
    return tuple(by.get(key, "") for key in found.cap.per)


def _stretches(counts: Bools, first: int) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Runs of quarters from `first` on with the same suppliers, none left out."""
    quarters = counts.shape[1]
    start = first
    while start < quarters:
        who = tuple(int(s) for s in np.flatnonzero(counts[:, start]))
        end = start + 1
        while end < quarters and np.array_equal(counts[:, end], counts[:, start]):
            end += 1
        if who:
            yield start, end, who
        start = end
