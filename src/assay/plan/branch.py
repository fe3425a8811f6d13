"""Small problems to the end: branch and bound over the master program, and the tree of cases that proves its bound.

Best case first. A case is split by what one cluster does (acts by a quarter, has a supplier), by the split of a few
that lifts the lesser of both halves most. Plans come from dives: labels that the program nearly takes are taken, the
program is solved again, and the search mends and polishes what comes out.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.errors import InputError
from assay.plan.bound import Bound
from assay.plan.branched import BY, HAS, yes
from assay.plan.check import proved
from assay.plan.compile import Compiled, Floats
from assay.plan.cutting import NO_EDGE
from assay.plan.master import Master
from assay.plan.model import Bools, Instance, Ints
from assay.plan.points import Point
from assay.plan.pool import kept
from assay.plan.result import Tree
from assay.plan.search import Found, scored, search, united

__all__ = ["branch"]

_WHOLE = 1e-6
_AGAIN, _NEW = 4, 2
_DIVE_EVERY, _TAKEN, _POLISH = 48, 0.12, 600
_MIX_EVERY, _RANKS, _MIXED, _KEPT = 2, 3, 8000, 6
_SCALES = (1 << 16, 1 << 12, 1 << 8, 1)
_ROUNDS = 6


@dataclass(slots=True, eq=False)
class _Case:
    """A case: closed labels, its point, how labels are shared, where it hangs in the tree (split, side)."""

    closed: Bools
    point: Point
    shares: Floats
    slot: tuple[int, int]


class _Search:
    """The tree as it grows, and the best plan."""

    def __init__(
        self, instance: Instance, problem: Compiled, bound: Bound, found: Found, seed: int, gap: float
    ) -> None:
        self.instance, self.problem, self.price, self.seed, self.gap = instance, problem, bound, seed, gap
        self.master = Master(instance, problem)
        self.found = found
        self.master.offer(found.labels)
        self.splits: list[list[int]] = []
        self.leaves: list[_Case] = []
        self.heap: list[tuple[float, int, _Case]] = []
        self.count = 0
        self.elite: list[Found] = [found]
        self.known: dict[tuple[int, int, int], tuple[float, ...]] = {}
        self.quarter = np.where(problem.label == 0, problem.quarters, (problem.label - 1) % problem.quarters)
        self.supplier = np.where(
            problem.label == 0, problem.incumbent[self.master.who], (problem.label - 1) // problem.quarters
        )

    @property
    def enough(self) -> float:
        """The bound from which a case needs no more work."""
        if self.found.broken:
            return np.inf
        return (self.found.cost - max(0.5, self.gap * abs(self.found.cost))) * self.master.unit

    def run(self, nodes: int, stop: Callable[[int, Found, int], bool]) -> None:
        """Split the case with the least bound, at most `nodes` times."""
        self._case(np.zeros(len(self.problem.label), np.bool_), -np.inf, (-1, 0))
        done = 0
        while self.heap and self.heap[0][0] < self.enough and done < nodes and not self._asked(stop, done):
            _, _, case = heapq.heappop(self.heap)
            if done % _MIX_EVERY == 0:
                self._mix(case)
            if done % _DIVE_EVERY == 0:
                self._dive(case)
            if case.point.value >= self.enough:  # a better plan was found just now
                self.count += 1
                heapq.heappush(self.heap, (case.point.value, self.count, case))
            elif not self._split(case):
                self.leaves.append(case)
            done += 1
        self.leaves += [case for _, _, case in self.heap]

    def _asked(self, stop: Callable[[int, Found, int], bool], done: int) -> bool:
        """Tell of the best plan and the bound so far (rounded down: it is not certified yet), and hear of a stop."""
        return stop(done, self.found, int(np.floor(self.heap[0][0] / self.master.unit)))

    def _case(self, closed: Bools, least: float, slot: tuple[int, int]) -> None:
        """Bound one case and put it where it belongs."""
        point, shares = self.master.bound(closed, self.enough, _ROUNDS if slot[0] >= 0 else 30)
        self.count += 1
        case = _Case(closed, point, shares, slot)
        self._whole(case)
        heapq.heappush(self.heap, (max(point.value, least), self.count, case))

    def _whole(self, case: _Case) -> None:
        """A plan where the program takes whole labels."""
        labels, most = self._labels(case.shares)
        if (most > 1 - _WHOLE).all():
            self._keep(scored(self.problem, labels))

    def _keep(self, found: Found) -> None:
        if found.better(self.found):
            self.found = found
            self.master.offer(found.labels)

    def _labels(self, shares: Floats) -> tuple[Ints, Floats]:
        """The label of each cluster that the program takes most, and how much of it."""
        order = np.lexsort((shares, self.master.who))
        top = order[self.problem.start[1:] - 1]
        return self.problem.label[top], shares[top]

    def _dive(self, case: _Case) -> None:
        """Take what the program takes nearly, solve again, until every cluster has its label; then polish."""
        closed, shares = case.closed.copy(), case.shares
        fixed = np.full(self.problem.clusters, -1, np.int64)
        while (fixed < 0).any():
            labels, most = self._labels(shares)
            most = np.where(fixed >= 0, -1.0, most)
            order = np.argsort(-most, kind="stable")[: int((fixed < 0).sum())]
            whole = int((most > 1 - _WHOLE).sum())
            for cluster in order[: whole + max(1, int((len(order) - whole) * _TAKEN))].tolist():
                fixed[cluster] = labels[cluster]
                own = slice(self.problem.start[cluster], self.problem.start[cluster + 1])
                closed[own] |= self.problem.label[own] != labels[cluster]
            if (fixed < 0).any():
                _, shares = self.master.bound(closed, rounds=2)
        self.count += 1
        self._keep(scored(self.problem, fixed))
        self._keep(search(self.problem, self.price, _POLISH, (self.seed, 5, self.count), start=fixed))

    def _mix(self, case: _Case) -> None:
        """A search among the labels that the program takes most, those of the best plan and of another good one."""
        order = np.lexsort((-case.shares, self.master.who))
        wide = np.diff(self.problem.start)
        taken = [order[self.problem.start[:-1] + np.minimum(rank, wide - 1)] for rank in range(_RANKS)]
        plans = [self.problem.label[np.where(case.shares[own] > _WHOLE, own, taken[0])] for own in taken]
        self.count += 1
        seed, other = (self.seed, 6, self.count), self.elite[self.count % len(self.elite)]
        mixed = united(self.problem, self.price, _MIXED, seed, [self.found.labels, other.labels, *plans])
        self.elite = kept(self.elite, mixed, _KEPT)
        self._keep(mixed)

    def _split(self, case: _Case) -> bool:
        """Split a case by the most telling of some splits; False where nothing is left to split."""
        tried = self._candidates(case)
        if not tried:
            return False
        if len(tried) > 1:
            for split in tried:
                self.known[split] = tuple(self._tried(part, case.point.value) for part in self._halves(case, split))
        chosen = max(tried, key=self._worth) if len(tried) > 1 else tried[0]
        number = len(self.splits)
        self.splits.append([*chosen, 0, 0])
        if case.slot[0] >= 0:
            self.splits[case.slot[0]][3 + case.slot[1]] = number
        for side, part in enumerate(self._halves(case, chosen)):
            self._case(part, case.point.value, (number, side))
        return True

    def _worth(self, split: tuple[int, int, int]) -> float:
        """How telling a split was when it was last tried: the product of both lifts."""
        one, two = (max(lift, 1e-3) for lift in self.known[split])
        return one * two

    def _tried(self, closed: Bools, least: float) -> float:
        """By how much the program's value lies above `least` without new columns."""
        self.master.close(closed)
        return max(0.0, min(self.master.solve(), self.enough) - least)

    def _halves(self, case: _Case, split: tuple[int, int, int]) -> tuple[Bools, Bools]:
        cluster, kind, value = split
        own = self.master.who == cluster
        mine = yes(self.instance, cluster, kind, value)[self.problem.label]
        return case.closed | (own & ~mine), case.closed | (own & mine)

    def _candidates(self, case: _Case) -> list[tuple[int, int, int]]:
        """Splits that cut fractional clusters in about equal parts, heaviest first; else any that cuts at all."""
        out: list[tuple[float, tuple[int, int, int]]] = []
        anything: list[tuple[int, int, int]] = []
        for cluster in range(self.problem.clusters):
            own = np.flatnonzero(~case.closed[self.problem.start[cluster] : self.problem.start[cluster + 1]])
            own += self.problem.start[cluster]
            if len(own) < 2:
                continue
            work = 1.0 + float(self.instance.work[cluster])
            splits = self._ways(cluster, own)
            anything += splits[:1] if not anything else []
            for split in splits:
                part = float(case.shares[own[yes(self.instance, *split)[self.problem.label[own]]]].sum())
                if _WHOLE < part < 1 - _WHOLE:
                    out.append((min(part, 1 - part) * work, split))
        out.sort(key=lambda item: (-item[0], item[1]))
        return self._unlike([split for _, split in out]) or anything

    def _unlike(self, splits: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Those that told most when last tried, and the first of the others, at most one of a kind for a cluster."""
        known = sorted((s for s in splits if s in self.known), key=lambda s: (-self._worth(s), s))
        fresh = [s for s in splits if s not in self.known]
        out: dict[tuple[int, int], tuple[int, int, int]] = {}
        for some, most in (
            (known, _AGAIN),
            ([s for s in fresh if s[1] == HAS], _NEW),
            ([s for s in fresh if s[1] == BY], _NEW),
        ):
            count = 0
            for split in some:
                if split[:2] not in out and count < most:
                    out[split[:2]] = split
                    count += 1
        return list(out.values())

    def _ways(self, cluster: int, own: Ints) -> list[tuple[int, int, int]]:
        """Splits that part the open labels of a cluster."""
        quarters = sorted(set(self.quarter[own].tolist()))
        suppliers = sorted(set(self.supplier[own].tolist()))
        by = [(cluster, BY, quarter) for quarter in quarters[:-1]]
        return by + [(cluster, HAS, s) for s in suppliers if s < self.problem.suppliers and len(suppliers) > 1]

    def tree(self, scale: int) -> Tree:
        """The tree with the points of its leaves in integers."""
        splits = [list(split) for split in self.splits]
        for number, case in enumerate(self.leaves):
            if case.slot[0] >= 0:
                splits[case.slot[0]][3 + case.slot[1]] = -1 - number
        master, points = self.master, [case.point for case in self.leaves]
        used = sorted({n for point in points for n in point.number.tolist()})
        border = [n for n in used if master.cutting.edge[n] != NO_EDGE]
        triple = [n for n in used if master.cutting.edge[n] == NO_EDGE]
        return Tree(
            scale=scale,
            blocks=master.blocks,
            covers=master.covers,
            edge=np.array([master.cutting.edge[n] for n in border], np.int64),
            cut=self._messages(border),
            splits=np.array(splits, np.int64).reshape(-1, 5),
            multipliers=np.array([_whole(point.rows, scale / master.unit) for point in points]),
            fill=np.array([_whole(point.fill, scale / master.unit) for point in points]),
            weights=np.array([np.floor(scale * _among(point, border)).astype(np.int64) for point in points]),
            cover=np.array([_whole(point.cover, scale / master.unit) for point in points]),
            triple=np.array([master.cutting.three[n] for n in triple], np.int64).reshape(-1, 3),
            together=np.array([_whole(_among(point, triple), scale / master.unit) for point in points]),
        )

    def _messages(self, used: list[int]) -> Ints:
        """The border cuts that are used, in cents by label; labels that are not allowed get nothing."""
        problem, master = self.problem, self.master
        out = np.zeros((len(used), 2, problem.labels), np.int64)
        for n, number in enumerate(used):
            for end, cluster in enumerate(problem.edges[master.cutting.edge[number]].tolist()):
                label = problem.label[problem.start[cluster] : problem.start[cluster + 1]]
                out[n, end, label] = np.rint(master.cutting.given[number][end] / master.unit).astype(np.int64)
        return out


def _among(point: Point, cuts: list[int]) -> Floats:
    """The weights that a point gives to these cuts."""
    of = dict(zip(point.number.tolist(), point.weight.tolist(), strict=True))
    return np.array([of.get(cut, 0.0) for cut in cuts])


def _whole(values: Floats, scale: float) -> Ints:
    return np.rint(np.clip(values * scale, -(2.0**58), 2.0**58)).astype(np.int64)


def branch(
    instance: Instance, problem: Compiled, bound: Bound, found: Found, nodes: int, seed: int, gap: float,
    stop: Callable[[int, Found, int], bool],
) -> tuple[Found, Tree | None, int | None]:  # fmt: skip
    """The best plan, the tree of cases and the bound in cents that it proves, after at most `nodes` splits.

    `bound` and `found` are a bound and a plan to start from; the work ends where the bound is within `gap` of the
    cost, or `stop` is true. No tree where its numbers are too large to be exact.
    """
    work = _Search(instance, problem, bound, found, seed, gap)
    work.run(nodes, stop)
    for scale in _SCALES:
        tree = work.tree(scale)
        try:
            return work.found, tree, proved(instance, tree)
        except InputError as error:
            if error.code != "E0702":
                raise
    return work.found, None, None
