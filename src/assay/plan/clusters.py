"""Swap clusters from site positions: patches of neighbouring sites, bounded in size, and which patches touch.

Method. The sites of one network are cut in two across the longer side of the rectangle they lie in, at the median,
and so on until a rectangle holds at most `most` sites (a k-d tree; Bentley 1975). A rectangle holds no gaps, so its
sites lie together; the rectangles of one level have nearly equal counts. Sites of one rectangle about which the law
reads the same and whose supplier is the same make one cluster. Two clusters touch when they share a rectangle or
their rectangles share a piece of border; about as many pairs of sites face each other there as the root of the
smaller one's count. Whole rectangles of an upper level, with at most `region` sites, are the regions in which crews
work.

Positions are whole numbers (1/100,000 degree); longitudes are squeezed by the cosine of the middle latitude first.
Ties are cut by the number of the site, so that the same table gives the same clusters.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, isqrt, radians
from typing import Final

import numpy as np

__all__ = ["Patch", "border_weights", "cut"]

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
_FAR: Final = 1 << 40


@dataclass(frozen=True)
class Patch:
    """One rectangle of the finest level: the numbers of its sites, its region, the patches that touch it."""

    number: int
    sites: tuple[int, ...]
    region: int
    touches: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Box:
    """The rectangle of a patch; open sides reach far."""

    patch: int
    low: tuple[int, int]
    high: tuple[int, int]


def cut(lon: Sequence[int], lat: Sequence[int], most: int, region: int) -> tuple[Patch, ...]:
    """Cut the sites of one network into patches of at most `most` sites.

    `lon` and `lat` are in whole 1/100,000 degrees. Sites at one spot are cut by number.
    """
    if not len(lon):
        return ()
    squeeze = round(1000 * cos(radians((min(lat) + max(lat)) / 200_000)))
    spots = np.array([[x * squeeze // 1000 for x in lon], list(lat)], dtype=np.int64)
    patches: list[Patch] = []
    everything = np.arange(len(lon), dtype=np.int64)
    _halve(spots, everything, (-_FAR, -_FAR), (_FAR, _FAR), (most, max(region, most)), patches, [0, -1])
    return tuple(patches)


def _halve(
    spots: np.ndarray[tuple[int, int], np.dtype[np.int64]], here: Numbers, low: tuple[int, int], high: tuple[int, int],
    bounds: tuple[int, int], patches: list[Patch], regions: list[int],
) -> list[_Box]:  # fmt: skip
    """Cut one rectangle; its boxes. `regions` is the count of regions so far and the one that is being cut, or -1."""
    most, region = bounds
    opened = regions[1] < 0 and len(here) <= region
    if opened:
        regions[1] = regions[0]
        regions[0] += 1
    if len(here) <= most:
        patches.append(Patch(len(patches), tuple(int(n) for n in here), regions[1]))
        boxes = [_Box(len(patches) - 1, low, high)]
    else:
        boxes = _two_halves(spots, here, low, high, bounds, patches, regions)
    if opened:
        regions[1] = -1
    return boxes


def _two_halves(
    spots: np.ndarray[tuple[int, int], np.dtype[np.int64]], here: Numbers, low: tuple[int, int], high: tuple[int, int],
    bounds: tuple[int, int], patches: list[Patch], regions: list[int],
) -> list[_Box]:  # fmt: skip
    spread = [int(np.ptp(spots[axis][here])) for axis in (0, 1)]
    axis = 0 if spread[0] >= spread[1] else 1
    order = here[np.lexsort((here, spots[1 - axis][here], spots[axis][here]))]
    middle = len(order) // 2
    line = int(spots[axis][order[middle]])
    upper = (line, high[1]) if axis == 0 else (high[0], line)
    lower = (line, low[1]) if axis == 0 else (low[0], line)
    left = _halve(spots, order[:middle], low, upper, bounds, patches, regions)
    right = _halve(spots, order[middle:], lower, high, bounds, patches, regions)
    for one, other in _across(left, right, axis, line):
        patches[one].touches.append(other)
        patches[other].touches.append(one)
    return [*left, *right]


def _across(left: Sequence[_Box], right: Sequence[_Box], axis: int, line: int) -> Iterator[tuple[int, int]]:
    """Pairs of boxes that share a piece of the line between two halves."""
    along = 1 - axis
    near = sorted((b.low[along], b.high[along], b.patch) for b in left if b.high[axis] == line)
    far = sorted((b.low[along], b.high[along], b.patch) for b in right if b.low[axis] == line)
    start = 0
    for low, high, patch in near:
        while start < len(far) and far[start][1] <= low:
            start += 1
        for other_low, _, other in far[start:]:
            if other_low >= high:
                break
            yield patch, other


def border_weights(patches: Sequence[Patch], cluster_of: Sequence[Hashable]) -> dict[tuple[Hashable, Hashable], int]:
    """How many pairs of sites face each other between two clusters: (cluster, cluster) in order of first site -> pairs.

    `cluster_of` names the cluster of each site; the clusters of one patch touch each other.
    """
    members = [_counted(patch, cluster_of) for patch in patches]
    out: dict[tuple[Hashable, Hashable], int] = {}
    for patch in patches:
        here = list(members[patch.number].items())
        pairs = [(one, other) for n, one in enumerate(here) for other in here[n + 1 :]]
        for near in patch.touches:
            if near > patch.number:
                pairs += [(one, other) for one in here for other in members[near].items()]
        for (one, count), (other, facing) in pairs:
            if one != other:
                key = (one, other) if (other, one) not in out else (other, one)
                out[key] = out.get(key, 0) + max(isqrt(min(count, facing)), 1)
    return out


def _counted(patch: Patch, cluster_of: Sequence[Hashable]) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for site in patch.sites:
        found[cluster_of[site]] = found.get(cluster_of[site], 0) + 1
    return found
