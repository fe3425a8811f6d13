"""Border costs inside the bound: messages that move cost from borders to clusters and along them.

Each edge has a message to each label of both its ends; the bound is

    sum over clusters of min(priced label + its messages)  +  sum over edges of min(border cost - its messages).

A sweep visits the clusters in order and back: a cluster collects what its earlier edges can spare, then hands an equal
part of what it has above its minimum to its later edges (sequential reweighted message passing: Kolmogorov, IEEE
TPAMI 37, 2015). `settle` hands back to the clusters what the edges do not need, so that labels and row prices see it.
Every step leaves the bound at least as high. The minimum over a pair of labels takes O(S T) operations instead of
O(S^2 T^2), because the border cost of two labels is made of three spans of constant states.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.plan.compile import Compiled, Floats
from assay.plan.kernel import bare, inner
from assay.plan.model import Ints

__all__ = ["Borders", "borders", "moved", "settle", "spare", "sweep"]

_NEVER = 1e18


class Borders(NamedTuple):
    """The edges by cluster, and a message to each allowed label of each end.

    `near` [C + 1] offsets into `edge` and `end` (which end of the edge the cluster is); `at` [2 E + 1] offsets into
    `message`.
    """

    near: Ints
    edge: Ints
    end: Ints
    at: Ints
    message: Floats


def borders(problem: Compiled) -> Borders:
    """The edges of a problem with empty messages."""
    ends = problem.edges.ravel()
    order = np.argsort(ends, kind="stable")
    sizes = np.diff(problem.start)[ends]
    at = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    near = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=problem.clusters))]).astype(np.int64)
    return Borders(near, order // 2, order % 2, at, np.zeros(int(at[-1])))


def moved(problem: Compiled, edges: Borders) -> Floats:
    """What the messages add to each allowed label."""
    out = np.zeros(len(problem.label))
    _gather(problem, edges, out)
    return out


def sweep(problem: Compiled, edges: Borders, theta: Floats) -> None:
    """One visit of all clusters in order and back; `theta` prices labels without messages."""
    work = _work(problem)
    _sweep(problem, edges, theta, False, work)
    _sweep(problem, edges, theta, True, work)


def settle(problem: Compiled, edges: Borders) -> None:
    """Hand back what the edges can spare to both of their ends."""
    _settle(problem, edges, _work(problem))


def spare(problem: Compiled, edges: Borders) -> float:
    """The sum over edges of the least border cost less messages: the edges' part of the bound."""
    return float(_spare(problem, edges, _work(problem)))


def _work(problem: Compiled) -> Floats:
    """Room for the kernels: four lines of one number a label."""
    return np.zeros((4, problem.labels + 1))


@inner
def _unlike(one: int, two: int, suppliers: int) -> float:
    return 1.0 if one != two and one < suppliers and two < suppliers else 0.0


@inner
def _spread(label: Ints, first: int, last: int, message: Floats, at: int, least: Floats) -> None:
    """The negated message by label, "never" for what is not allowed."""
    least[:] = _NEVER
    for k in range(first, last):
        least[label[k]] = -message[at + k - first]


@inner
def _later(
    h: Floats, old: int, own: int, suppliers: int, quarters: int, until: Floats, lead: Floats, out: Floats
) -> None:
    """Min over the other end's acts no later than ours: `out` by our label; `old` and `own` are the incumbents."""
    whole = until[quarters]
    lead[:] = _NEVER
    before = _unlike(old, own, suppliers)
    out[0] = h[0] + whole * before
    for t in range(quarters):
        least = _NEVER
        for s in range(suppliers):
            lead[s] = min(lead[s], h[1 + s * quarters + t] + until[t] * (before - _unlike(s, own, suppliers)))
            least = min(least, lead[s] + until[t] * _unlike(s, own, suppliers))
        for s in range(suppliers):
            alike = lead[s] + until[t] * _unlike(s, own, suppliers)
            out[1 + s * quarters + t] = min(alike, least + whole - until[t])
    for s in range(suppliers):
        out[0] = min(out[0], lead[s] + whole * _unlike(s, own, suppliers))


@inner
def _earlier(
    h: Floats, old: int, own: int, suppliers: int, quarters: int, until: Floats, lead: Floats, out: Floats
) -> None:
    """Min with the other end's acts after ours, taken into `out` where it is less."""
    whole = until[quarters]
    before = _unlike(old, own, suppliers)
    for s in range(suppliers):
        lead[s] = h[0] + whole * _unlike(old, s, suppliers)
    for t in range(quarters - 1, -1, -1):
        least = _NEVER
        for s in range(suppliers):
            label = 1 + s * quarters + t
            out[label] = min(out[label], until[t] * (before - _unlike(old, s, suppliers)) + lead[s])
            least = min(least, h[label])
        for s in range(suppliers):
            alike = min(h[1 + s * quarters + t], least + whole - until[t])
            lead[s] = min(lead[s], alike + until[t] * _unlike(old, s, suppliers))


@inner
def _collect(p: Compiled, b: Borders, e: int, end: int, work: Floats) -> float:
    """Set the message to this end to all that the edge can spare; gives the least of it."""
    own, other = p.edges[e, end], p.edges[e, 1 - end]
    h, out, lead, until = work[0], work[1], work[2], p.until[e]
    _spread(p.label, p.start[other], p.start[other + 1], b.message, b.at[2 * e + 1 - end], h)
    _later(h, p.incumbent[other], p.incumbent[own], p.suppliers, p.quarters, until, lead, out)
    _earlier(h, p.incumbent[other], p.incumbent[own], p.suppliers, p.quarters, until, lead, out)
    base, least = b.at[2 * e + end], _NEVER
    for k in range(p.start[own], p.start[own + 1]):
        b.message[base + k - p.start[own]] = out[p.label[k]]
        least = min(least, out[p.label[k]])
    return least


@inner
def _hand_on(p: Compiled, b: Borders, c: int, theta: Floats, back: bool, have: Floats) -> None:
    """Give the edges ahead an equal part of what the cluster has above its minimum."""
    first, last = p.start[c], p.start[c + 1]
    for k in range(first, last):
        have[k - first] = theta[k]
    ahead = 0
    for n in range(b.near[c], b.near[c + 1]):
        base = b.at[2 * b.edge[n] + b.end[n]]
        ahead += (p.edges[b.edge[n], 1 - b.end[n]] > c) != back
        for k in range(last - first):
            have[k] += b.message[base + k]
    least = np.inf
    for k in range(last - first):
        least = min(least, have[k])
    part = 1.0 / max(1, ahead, b.near[c + 1] - b.near[c] - ahead)
    for n in range(b.near[c], b.near[c + 1]):
        if (p.edges[b.edge[n], 1 - b.end[n]] > c) != back:
            base = b.at[2 * b.edge[n] + b.end[n]]
            for k in range(last - first):
                b.message[base + k] -= part * (have[k] - least)


@bare
def _sweep(p: Compiled, b: Borders, theta: Floats, back: bool, work: Floats) -> None:
    clusters = len(p.incumbent)
    for step in range(clusters):
        c = clusters - 1 - step if back else step
        for n in range(b.near[c], b.near[c + 1]):
            if (p.edges[b.edge[n], 1 - b.end[n]] > c) == back:
                _collect(p, b, b.edge[n], b.end[n], work)
        _hand_on(p, b, c, theta, back, work[3])


@bare
def _settle(p: Compiled, b: Borders, work: Floats) -> None:
    old = work[3]
    for e in range(len(p.edges)):
        base = b.at[2 * e]
        count = b.at[2 * e + 1] - base
        for k in range(count):
            old[k] = b.message[base + k]
        _collect(p, b, e, 0, work)
        for k in range(count):
            b.message[base + k] = 0.5 * (old[k] + b.message[base + k])
        _collect(p, b, e, 1, work)
        _collect(p, b, e, 0, work)


@bare
def _spare(p: Compiled, b: Borders, work: Floats) -> float:
    old = work[3]
    total = 0.0
    for e in range(len(p.edges)):
        base = b.at[2 * e]
        count = b.at[2 * e + 1] - base
        for k in range(count):
            old[k] = b.message[base + k]
        _collect(p, b, e, 0, work)
        least = np.inf
        for k in range(count):
            least = min(least, b.message[base + k] - old[k])
            b.message[base + k] = old[k]
        total += least
    return total


@bare
def _gather(p: Compiled, b: Borders, out: Floats) -> None:
    for c in range(len(p.incumbent)):
        for n in range(b.near[c], b.near[c + 1]):
            base = b.at[2 * b.edge[n] + b.end[n]]
            for k in range(p.start[c], p.start[c + 1]):
                out[k] += b.message[base + k - p.start[c]]
