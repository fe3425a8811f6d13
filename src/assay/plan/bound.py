"""The best lower bound: multipliers of the rows and border messages, improved in turn, then rounded to integers.

Without borders: quasi-Newton ascent of the smoothed Lagrangian while the temperature falls. With borders: a few sweeps
of messages at fixed multipliers, then some ascent at fixed messages, and so on. The counts of both are the effort, so
the same input gives the same certificate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.plan import messages as border
from assay.plan.certify import multiplier_shape
from assay.plan.climb import climb
from assay.plan.compile import Compiled, Floats
from assay.plan.lagrange import evaluate, heat_unit, priced_labels, scales, uppers
from assay.plan.messages import Borders
from assay.plan.model import Instance, Ints
from assay.plan.result import Certificate

__all__ = ["Bound", "certificate", "raise_bound", "warm"]

_HOT, _COLD = 0.05, 0.00015
"""First and last temperature, as parts of the mean cost of a cluster."""
_SWEEPS = 2
_MOST = (1 << 31) - 1
_FAR = float(1 << 60)
"""Where no plan exists, messages and multipliers run away, beyond what an integer holds; any others are as valid."""


@dataclass(slots=True, eq=False)
class Bound:
    """Multipliers by row, border messages, and the bound (in floating point; the certificate is what counts)."""

    prices: Floats
    borders: Borders
    value: float

    def theta(self, problem: Compiled) -> Floats:
        """The priced cost of every allowed label, messages included."""
        return priced_labels(problem, self.prices, border.moved(problem, self.borders))


def raise_bound(problem: Compiled, start: Bound | None, evaluations: int, rounds: int) -> Bound:
    """The bound after so many evaluations and (with borders) rounds of messages; `start` is a bound nearby."""
    edges = border.borders(problem)
    if start is None:
        climbing = _Climb(problem, np.zeros(len(problem.right)), edges)
    else:
        climbing = _Climb(problem, start.prices, edges)
        if len(start.borders.message) == len(edges.message):
            edges.message[:] = start.borders.message
    heats = np.geomspace(_HOT if start is None else _HOT / 20, _COLD, 6 if start is None else 3)
    if not len(problem.edges):
        for heat in heats:
            climbing.climb(float(heat), max(4, evaluations // len(heats)))
        return climbing.best()
    if start is None:
        for heat in heats[:3]:
            climbing.climb(float(heat), max(4, evaluations // 10))
    for heat in np.geomspace(_HOT / 5 if start is None else _HOT / 40, _COLD, max(1, rounds)):
        climbing.pass_messages()
        climbing.climb(float(heat), max(3, evaluations // (2 * max(1, rounds))))
    climbing.pass_messages()
    return climbing.best()


class _Climb:
    """Where the ascent stands: scaled multipliers, messages, and the best exact bound with the present messages."""

    def __init__(self, problem: Compiled, prices: Floats, edges: Borders) -> None:
        self.problem, self.edges = problem, edges
        self.size = scales(problem)
        self.upper = uppers(problem, self.size) * self.size
        self.x = np.minimum(prices * self.size, self.upper)
        self.unit = heat_unit(problem)
        self._look()

    def _look(self) -> None:
        """Take over the present messages; the best multipliers so far are the present ones."""
        self.moved = border.moved(self.problem, self.edges)
        self.rest = border.spare(self.problem, self.edges) if len(self.problem.edges) else 0.0
        self.top, self.top_x = -np.inf, self.x

    def climb(self, heat: float, evaluations: int) -> None:
        """Some ascent in the multipliers; the next messages start from the best exact point."""
        self.x = climb(lambda x: self._value(x, heat * self.unit), self.x, self.upper, evaluations)

    def _value(self, x: Floats, heat: float) -> tuple[float, Floats]:
        found = evaluate(self.problem, x / self.size, self.moved, heat)
        if found.bound + self.rest > self.top:
            self.top, self.top_x = found.bound + self.rest, x.copy()
        return found.smooth, found.gradient / self.size

    def pass_messages(self) -> None:
        """Sweeps at the present multipliers."""
        theta = priced_labels(self.problem, self.x / self.size, np.zeros(len(self.problem.label)))
        for _ in range(_SWEEPS):
            border.sweep(self.problem, self.edges, theta)
        border.settle(self.problem, self.edges)
        self._look()

    def best(self) -> Bound:
        """The best exact bound with the present messages."""
        self._value(self.x, self.unit)
        return Bound(self.top_x / self.size, self.edges, self.top)


def warm(instance: Instance, problem: Compiled, given: Certificate) -> Bound:
    """A bound to start from, out of the certificate of an instance with the same rows and edges."""
    flat = [np.ravel(array) for array in given.multipliers]
    prices = np.concatenate([np.zeros(0), *flat]).astype(np.float64) / given.scale
    edges = border.borders(problem)
    if given.messages.shape == (len(instance.edges), 2, instance.labels):
        for end in (0, 1):
            _copy_messages(problem, edges, given.messages[:, end], end)
    return Bound(prices, edges, -np.inf)


def _places(problem: Compiled, edges: Borders, end: int) -> tuple[Ints, Ints, Ints]:
    """Of every message to this end: its place, its edge and its label."""
    counts = np.diff(edges.at)[end::2]
    edge = np.repeat(np.arange(len(counts)), counts)
    inside = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    return edges.at[2 * edge + end] + inside, edge, problem.label[problem.start[problem.edges[edge, end]] + inside]


def _copy_messages(problem: Compiled, edges: Borders, given: Ints, end: int) -> None:
    place, edge, label = _places(problem, edges, end)
    edges.message[place] = given[edge, label]


def certificate(instance: Instance, problem: Compiled, bound: Bound, scale: int) -> Certificate:
    """The bound in integers: multipliers in `scale`-ths of a cent a unit, messages in cents."""
    cut = np.where(problem.price >= 0, problem.price * scale // problem.unit, np.iinfo(np.int64).max)
    prices = np.minimum(np.rint(np.minimum(bound.prices * scale, _FAR)).astype(np.int64), cut)
    multipliers = tuple(
        prices[first : first + int(np.prod(shape))].reshape(shape)
        for first, shape in zip(
            problem.offsets.tolist(), (multiplier_shape(instance, row) for row in instance.rows), strict=False
        )
    )
    message = np.rint(np.clip(bound.borders.message, -_FAR, _FAR))
    wide = np.abs(message).max(initial=0) > _MOST
    out = np.zeros((len(instance.edges), 2, instance.labels), np.int64 if wide else np.int32)
    for end in (0, 1):
        place, edge, label = _places(problem, bound.borders, end)
        out[edge, end, label] = message[place].astype(out.dtype)
    return Certificate(scale, multipliers, out)
