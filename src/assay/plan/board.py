"""The state of the search: one label a cluster, what the rows use, and what a change would cost. Integers throughout.

The penalised cost is label costs, borders, overtime, and for hard rows `hard` cents a unit of violation. `rows` gives
the exact change of overtime and penalties when one cluster takes another label; with `commit` it also makes it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.compile import Compiled
from assay.plan.kernel import inner, kernel
from assay.plan.model import Bools, Ints

__all__ = [
    "Board", "act_of", "board", "broken", "choose_spared", "measure", "pair", "penalised", "recount", "relief",
    "reseat", "rows", "total",
]  # fmt: skip

_ANYTHING = -(1 << 60)


class Board(NamedTuple):
    """Arrays that the search changes, and look-ups that it needs."""

    choice: Ints  # [C] place in label and cost
    use: Ints  # [R]
    right: Ints  # [R] right sides, with spared existence rows let off
    hard: Ints  # [R] cents a unit of violation of a hard row
    home: Ints  # [C] crew group in which partners are sought
    free: Bools  # [C] clusters that are among the members
    members: Ints  # [homes, 1 + T, most] free clusters by home and quarter of their act (T: kept)
    filled: Ints  # [homes, 1 + T]
    seat: Ints  # [C] place of a cluster in its list of members
    mates_start: Ints  # [H + 1] into mates
    mates: Ints  # clusters by state group
    least: Ints  # [F] what the fullest row of each family has left, as measured


def board(problem: Compiled, choice: Ints, hard: Ints, free: Bools | None = None) -> Board:
    """A board with these choices (places in `label`); only clusters that are `free` (None: all) are partners."""
    clusters, quarters = problem.clusters, problem.quarters
    home = np.zeros(clusters, np.int64)
    has = np.diff(problem.act_start) > 0
    home[has] = problem.act_group[problem.act_start[:-1][has]] + 1
    home = np.unique(home, return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(home)
    members = np.zeros((len(sizes), quarters + 1, int(sizes.max())), np.int32)
    who = np.repeat(np.arange(clusters), np.diff(problem.state_start))
    groups = len(problem.family_start) - 1
    out = Board(
        choice=choice.astype(np.int64),
        use=np.zeros(len(problem.right), np.int64),
        right=problem.right.copy(),
        hard=hard.astype(np.int64),
        home=home,
        free=np.ones(clusters, np.bool_) if free is None else free,
        members=members,
        filled=np.zeros((len(sizes), quarters + 1), np.int64),
        seat=np.zeros(clusters, np.int64),
        mates_start=np.append(0, np.cumsum(np.bincount(problem.state_group, minlength=groups))).astype(np.int64),
        mates=who[np.argsort(problem.state_group, kind="stable")],
        least=np.zeros(len(problem.family), np.int64),
    )
    recount(problem, out)
    choose_spared(problem, out)
    measure(problem, out)
    return out


def choose_spared(problem: Compiled, state: Board) -> None:
    """Let off the existence rows that are furthest from holding, all but the number that must hold."""
    for count, big, *rows in problem.either.tolist():
        for place, row in enumerate(sorted(rows, key=lambda row: (state.use[row] - problem.right[row], row))):
            state.right[row] = problem.right[row] + (0 if place < count else big)


@inner
def act_of(p: Compiled, c: int, label: int) -> tuple[int, int]:
    """Supplier and quarter of a label; keep acts at the end with what is there."""
    if label == 0:
        return int(p.incumbent[c]), p.quarters
    return (label - 1) // p.quarters, (label - 1) % p.quarters


@inner
def penalty(p: Compiled, b: Board, row: int, use: int) -> int:
    """Overtime or penalty of a row at this use."""
    over = use - b.right[row]
    if over <= 0:
        return 0
    if p.price[row] >= 0:
        return int((over + p.unit[row] - 1) // p.unit[row] * p.price[row])
    return int(over * b.hard[row])


@inner
def _change(p: Compiled, b: Board, row: int, step: int, commit: bool) -> int:
    use = b.use[row]
    if commit:
        b.use[row] = use + step
    return penalty(p, b, row, use + step) - penalty(p, b, row, use)


@inner
def _acts(p: Compiled, b: Board, c: int, old: int, new: int, commit: bool) -> int:
    """Change of crew, supply and budget rows."""
    out = 0
    for m in range(p.act_start[c], p.act_start[c + 1]):
        group, take = p.act_group[m], p.takes[p.act_kind[m], c]
        before, after = p.act_row[group, old], p.act_row[group, new]
        gone = take[(old - 1) // p.quarters] if old > 0 else 0
        come = take[(new - 1) // p.quarters] if new > 0 else 0
        if before == after:
            if before >= 0 and gone != come:
                out += _change(p, b, before, come - gone, commit)
            continue
        if before >= 0:
            out += _change(p, b, before, -gone, commit)
        if after >= 0:
            out += _change(p, b, after, come, commit)
    return out


@inner
def _slack(p: Compiled, b: Board, f: int) -> int:
    """What the fullest row of a family has left; negative where it is broken."""
    out = 1 << 60
    base = p.family[f, 2] - p.family[f, 0]
    for t in range(p.family[f, 0], p.family[f, 1]):
        out = min(out, b.right[base + t] - b.use[base + t])
    return out


@inner
def _fill(p: Compiled, b: Board, f: int, step: int, first: int, last: int, commit: bool) -> int:
    """Change of the rows of a family in [first, last) when `step` is added to each."""
    out = 0
    if not commit and b.least[f] >= max(0, step):
        return 0
    base = p.family[f, 2] - p.family[f, 0]
    for row in range(base + max(first, p.family[f, 0]), base + min(last, p.family[f, 1])):
        out += _change(p, b, row, step, commit)
    if commit:
        b.least[f] = _slack(p, b, f)
    return out


@inner
def _span(p: Compiled, b: Board, c: int, old: int, new: int, first: int, last: int, commit: bool) -> int:
    """Change of the rows of groups where the state turns from old to new in [first, last)."""
    out = 0
    if old == new or first >= last:
        return out
    for m in range(p.state_start[c], p.state_start[c + 1]):
        group, weight = p.state_group[m], p.state_weight[m]
        for f in range(p.family_start[group], p.family_start[group + 1]):
            step = weight * (p.coefficient[f, new] - p.coefficient[f, old])
            if step != 0:
                out += _fill(p, b, f, step, first, last, commit)
    return out


@inner
def rows(p: Compiled, b: Board, c: int, old: int, new: int, commit: bool) -> int:
    """Change of overtime and penalties when cluster c goes from the label `old`, which it has, to `new`."""
    s, t = act_of(p, c, old)
    r, u = act_of(p, c, new)
    out = _acts(p, b, c, old, new, commit)
    if t < u:
        out += _span(p, b, c, s, p.incumbent[c], t, u, commit)
    else:
        out += _span(p, b, c, p.incumbent[c], r, u, t, commit)
    return out + _span(p, b, c, s, r, max(t, u), p.quarters, commit)


@inner
def relief(p: Compiled, b: Board, c: int) -> int:
    """The most that rows can give back when cluster c takes another label; never above nothing."""
    out, old = 0, p.label[b.choice[c]]
    for m in range(p.act_start[c], p.act_start[c + 1]):
        row = p.act_row[p.act_group[m], old]
        if row >= 0 and b.use[row] > b.right[row]:
            gone = p.takes[p.act_kind[m], c, (old - 1) // p.quarters]
            out += min(0, penalty(p, b, row, b.use[row] - gone) - penalty(p, b, row, b.use[row]))
    for m in range(p.state_start[c], p.state_start[c + 1]):
        for f in range(p.family_start[p.state_group[m]], p.family_start[p.state_group[m] + 1]):
            if b.least[f] < 0:
                return _ANYTHING
    return out


@inner
def _border(p: Compiled, e: int, one: int, two: int, first: int, last: int) -> int:
    """Border cost of an edge with these states in [first, last)."""
    alike = one == two or one == p.suppliers or two == p.suppliers
    return 0 if alike else int(p.until[e, last] - p.until[e, first])


@inner
def pair(p: Compiled, e: int, c: int, label: int, d: int, other: int) -> int:
    """Border cost of an edge between clusters c and d with these labels."""
    s, t = act_of(p, c, label)
    r, u = act_of(p, d, other)
    lo, hi = min(t, u), max(t, u)
    between = _border(p, e, s, p.incumbent[d], lo, hi) if t < u else _border(p, e, p.incumbent[c], r, lo, hi)
    return _border(p, e, p.incumbent[c], p.incumbent[d], 0, lo) + between + _border(p, e, s, r, hi, p.quarters)


@inner
def reseat(b: Board, c: int, old: int, new: int) -> None:
    """Move a cluster from the members of one quarter to those of another."""
    if old == new or not b.free[c]:
        return
    home = b.home[c]
    last = b.members[home, old, b.filled[home, old] - 1]
    b.members[home, old, b.seat[c]] = last
    b.seat[last] = b.seat[c]
    b.filled[home, old] -= 1
    b.seat[c] = b.filled[home, new]
    b.members[home, new, b.seat[c]] = c
    b.filled[home, new] += 1


@kernel
def recount(p: Compiled, b: Board) -> None:
    """Uses and members from the choices."""
    b.use[:] = 0
    b.filled[:] = 0
    for c in range(len(p.incumbent)):
        label = p.label[b.choice[c]]
        s, t = act_of(p, c, label)
        if b.free[c]:
            home = b.home[c]
            b.seat[c] = b.filled[home, t]
            b.members[home, t, b.seat[c]] = c
            b.filled[home, t] += 1
        _acts(p, b, c, 0, label, True)
        for m in range(p.state_start[c], p.state_start[c + 1]):
            group, weight = p.state_group[m], p.state_weight[m]
            for f in range(p.family_start[group], p.family_start[group + 1]):
                for q in range(p.family[f, 0], p.family[f, 1]):
                    now = s if q >= t else p.incumbent[c]
                    b.use[p.family[f, 2] + q - p.family[f, 0]] += weight * p.coefficient[f, now]


@kernel
def measure(p: Compiled, b: Board) -> None:
    """What the families have left, after right sides or uses were set."""
    for f in range(len(p.family)):
        b.least[f] = _slack(p, b, f)


@kernel
def broken(p: Compiled, b: Board) -> int:
    """The number of hard rows that do not hold."""
    out = 0
    for row in range(len(p.right)):
        out += p.price[row] < 0 and b.use[row] > b.right[row]
    return out


@kernel
def total(p: Compiled, b: Board) -> int:
    """The cost of the choices with borders and overtime, without penalties of hard rows."""
    out = 0
    for c in range(len(p.incumbent)):
        out += p.cost[b.choice[c]]
    for row in range(len(p.right)):
        if p.price[row] >= 0:
            out += penalty(p, b, row, b.use[row])
    for e in range(len(p.edges)):
        c, d = p.edges[e, 0], p.edges[e, 1]
        out += pair(p, e, c, p.label[b.choice[c]], d, p.label[b.choice[d]])
    return out


def penalised(problem: Compiled, state: Board) -> int:
    """The cost of the choices with the penalties of broken hard rows."""
    over = np.where(problem.price < 0, np.maximum(state.use - state.right, 0), 0)
    return int(total(problem, state)) + int((state.hard * over).sum())
