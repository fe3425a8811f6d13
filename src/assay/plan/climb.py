"""Maximising a smooth concave function over a box: projected limited-memory BFGS, counted in evaluations.

Two-metric projection (Bertsekas, SIAM J. Control Optim. 20, 1982): variables held by the box take no part in the
quasi-Newton direction; the step is cut back along the projected arc until the value rises enough (Armijo).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.plan.compile import Floats

__all__ = ["climb"]

_MEMORY, _RISE, _CUTS = 10, 1e-4, 12
_STRIDE = 4.0
"""How much longer the next step is where the slope did not change: there is no curvature to tell its length."""


def climb(value: Callable[[Floats], tuple[float, Floats]], x: Floats, upper: Floats, evaluations: int) -> Floats:
    """The best point found from `x` in 0 <= x <= upper with at most so many evaluations of (value, gradient)."""
    best, slope = value(x)
    left = evaluations - 1
    pairs: list[tuple[Floats, Floats]] = []
    stride = 1.0
    while left > 0:
        free = ~(((x <= 0) & (slope < 0)) | ((x >= upper) & (slope > 0)))
        direction = _direction(pairs, np.where(free, slope, 0.0), free)
        step, moved = 1.0 if pairs else stride / max(1e-12, float(np.linalg.norm(direction))), False
        for _ in range(_CUTS):
            if left == 0:
                break
            new = np.clip(x + step * direction, 0.0, upper)
            got, rise = value(new)
            left -= 1
            if got >= best + _RISE * float(slope @ (new - x)) and got > best:
                pairs = _remember(pairs, new - x, slope - rise)
                x, best, slope, moved = new, got, rise, True
                break
            step /= 4
        if moved and not pairs:
            stride *= _STRIDE
        if not moved:
            if not pairs:
                break
            pairs, stride = [], 1.0
    return x


def _remember(pairs: list[tuple[Floats, Floats]], step: Floats, fall: Floats) -> list[tuple[Floats, Floats]]:
    if float(step @ fall) > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(fall)):
        pairs.append((step, fall))
    return pairs[-_MEMORY:]


def _direction(pairs: list[tuple[Floats, Floats]], slope: Floats, free: np.ndarray) -> Floats:
    """The two-loop recursion on the free variables; steepest ascent where it gives no ascent."""
    out = slope.copy()
    used: list[tuple[Floats, Floats, float, float]] = []
    for step, fall in reversed(pairs):
        s, y = np.where(free, step, 0.0), np.where(free, fall, 0.0)
        product = float(s @ y)
        if product <= 1e-14 * float(np.linalg.norm(s) * np.linalg.norm(y)):
            continue
        weight = float(s @ out) / product
        out -= weight * y
        used.append((s, y, product, weight))
    if used:
        s, y, product, _ = used[0]
        out *= product / float(y @ y)
    for s, y, product, weight in reversed(used):
        out += s * (weight - float(y @ out) / product)
    return out if float(out @ slope) > 0 else slope.copy()
