"""The cheapest cover of a coverage row with its choice, compiled; `blocks.py` counts it in exact integers."""

from __future__ import annotations

import numpy as np

from assay.plan.compile import Floats
from assay.plan.kernel import kernel
from assay.plan.model import Ints

__all__ = ["cheapest_cover"]

_NEVER = 1e18


@kernel
def cheapest_cover(sizes: Ints, wanted: int, prices: Floats, chosen: Ints) -> float:
    """The least sum of prices over sets that reach what is wanted; `chosen` [n] tells who is in it."""
    count = len(sizes)
    value = np.full((count + 1, wanted + 1), _NEVER)
    value[0, 0] = 0.0
    came = np.full((count, wanted + 1), -1, np.int64)
    for c in range(count):
        value[c + 1, :] = value[c, :]
        for u in range(wanted + 1):
            v, cost = min(wanted, u + sizes[c]), value[c, u] + prices[c]
            if cost < value[c + 1, v]:
                value[c + 1, v] = cost
                came[c, v] = u
    at = wanted
    for c in range(count - 1, -1, -1):
        chosen[c] = came[c, at] >= 0
        if chosen[c]:
            at = came[c, at]
    return float(value[count, wanted])
