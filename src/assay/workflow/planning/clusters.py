"""From an estate to swap clusters: what stands together, is one supplier's and is treated alike by the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl

from assay.plan.clusters import Patch, border_weights, cut
from assay.plan.costing import Stock
from assay.plan.inputs import Inputs
from assay.plan.quarters import Quarter

__all__ = ["Clusters", "make_clusters"]

Key = tuple[str, str, str, int, str, int]
_WEIGHTS: Final = ("traffic", "population")
_NONE: Final = -1


@dataclass(frozen=True)
class Clusters:
    """The clusters in the order of their first element: names, keys, weights, age, borders.

    `of` gives the cluster of each row of the frame; `group` the number of the law's reading of each cluster.
    """

    names: tuple[str, ...]
    jurisdiction: tuple[str, ...]
    operator: tuple[str, ...]
    part: tuple[str, ...]
    region: tuple[str, ...]
    supplier: tuple[str, ...]
    group: tuple[int, ...]
    of: np.ndarray[Any, np.dtype[np.int64]]
    weights: Mapping[str, np.ndarray[Any, np.dtype[np.int64]]]
    stock: Stock
    edges: Mapping[tuple[int, int], int]
    notes: tuple[str, ...] = ()


@dataclass
class _Cut:
    """The keys of all rows so far, and what was noticed on the way."""

    keys: list[Key]
    edges: dict[tuple[Key, Key], int] = field(default_factory=dict)
    region: dict[int, str] = field(default_factory=dict)
    loose: int = 0
    regions: int = 0

    def patch_region(self, network: tuple[str, str, str], patches: Sequence[Patch]) -> int:
        """Name the regions of some patches; gives the number of the first patch."""
        first = len(self.region)
        for patch in patches:
            self.region[first + patch.number] = (
                f"{network[0]} · {network[1]} · region {self.regions + patch.region + 1}"
            )
        self.regions += max(patch.region for patch in patches) + 1
        return first


def make_clusters(frame: pl.DataFrame, group: Sequence[int], inputs: Inputs, grid: Sequence[Quarter]) -> Clusters:
    """Cut every network (country, operator, part) into clusters.

    `group` is the number of the law's reading of each row: rows of one number, place and supplier may share a cluster.
    Positions are optional: rows without one are taken in the order of the table, and touch nothing.
    """
    found = _Cut([("", "", "", _NONE, "", _NONE)] * frame.height)
    rows = frame.with_row_index("#row").with_columns(pl.Series("#group", list(group), dtype=pl.Int64))
    networks = rows.group_by("jurisdiction", "operator", "part", maintain_order=True).agg(pl.col("#row"))
    for code, operator, part, members in networks.iter_rows():
        _network(found, rows[members], (str(code), str(operator), str(part)), inputs)
    numbers: dict[Key, int] = {}
    of = np.array([numbers.setdefault(key, len(numbers)) for key in found.keys], dtype=np.int64)
    keys = list(numbers)
    edges = {(numbers[a], numbers[b]): n for (a, b), n in found.edges.items()}
    notes = (
        (f"{found.loose} elements have no position: they are grouped in the order of the table and touch nothing",)
        if found.loose else ()
    )  # fmt: skip
    names = tuple(f"k{n + 1:0{max(4, len(str(len(keys))))}}" for n in range(len(keys)))
    return Clusters(
        names, tuple(k[0] for k in keys), tuple(k[1] for k in keys), tuple(k[2] for k in keys),
        tuple(found.region[k[3]] for k in keys), tuple(k[4] for k in keys), tuple(k[5] for k in keys), of,
        _weights(frame, of, len(keys)), _stock(frame, of, keys, inputs, grid), edges, notes + _age_notes(frame),
    )  # fmt: skip


def _network(found: _Cut, rows: pl.DataFrame, network: tuple[str, str, str], inputs: Inputs) -> None:
    part, most = network[2], inputs.sizes[network[2]]
    placed = {"lon", "lat"} <= set(rows.columns)
    there = rows.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null()) if placed else rows.clear()
    loose = rows.filter(~pl.col("#row").is_in(there["#row"].implode()))
    if there.height:
        patches = cut(there["lon"].to_list(), there["lat"].to_list(), most, inputs.region)
        keys = _keys(there, patches, network, found)
        if part == "ran":
            found.edges.update(border_weights(patches, keys))  # type: ignore[arg-type]  # keys are what goes in
    if loose.height:
        starts = range(0, loose.height, most)
        pieces = [Patch(n, tuple(range(at, min(at + most, loose.height))), 0) for n, at in enumerate(starts)]
        _keys(loose, pieces, network, found)
        found.loose += loose.height


def _keys(rows: pl.DataFrame, patches: Sequence[Patch], network: tuple[str, str, str], found: _Cut) -> list[Key]:
    first = found.patch_region(network, patches)
    keys: list[Key] = [("", "", "", _NONE, "", _NONE)] * rows.height
    suppliers, groups = rows["supplier"].to_list(), rows["#group"].to_list()
    for patch in patches:
        for n in patch.sites:
            keys[n] = (*network, first + patch.number, suppliers[n] or "", groups[n])
    for row, key in zip(rows["#row"].to_list(), keys, strict=True):
        found.keys[row] = key
    return keys


def _weights(frame: pl.DataFrame, of: np.ndarray[Any, Any], count: int) -> dict[str, np.ndarray[Any, Any]]:
    ones = np.ones(frame.height, dtype=np.int64)
    out = {"elements": _summed(ones, of, count)}
    # a site with several elements of one part counts once, where its first element stands
    first = frame.select(pl.struct("jurisdiction", "operator", "part", "site").is_first_distinct()).to_series()
    out["sites"] = _summed(first.to_numpy().astype(np.int64), of, count)
    for name in _WEIGHTS:
        if name in frame.columns:
            out[name] = _summed(frame[name].fill_null(0).to_numpy().astype(np.int64), of, count)
    return out


def _summed(values: np.ndarray[Any, Any], of: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    out = np.zeros(count, dtype=np.int64)
    np.add.at(out, of, values)
    return out


def _stock(
    frame: pl.DataFrame, of: np.ndarray[Any, Any], keys: Sequence[Key], inputs: Inputs, grid: Sequence[Quarter]
) -> Stock:  # fmt: skip
    count, life = len(keys), 4 * inputs.at("life")
    edges = [*[q.start for q in grid], date.fromordinal(grid[-1].end.toordinal() + 1)]
    age = _quarters_old(frame, edges, life)
    rest = np.stack([_summed(np.maximum(life - column, 0), of, count) for column in age.T], axis=1)
    ended = _days(frame, "support_end")
    past = np.stack([_summed((ended < day.toordinal()).astype(np.int64), of, count) for day in edges[:-1]], axis=1)
    built = np.array([bool(key[4]) for key in keys], dtype=np.bool_)
    rest[~built] = 0
    past[~built] = 0
    return Stock(tuple(k[2] for k in keys), _summed(np.ones(frame.height, np.int64), of, count), built, past, rest)


def _quarters_old(frame: pl.DataFrame, edges: Sequence[date], life: int) -> np.ndarray[Any, Any]:
    """Age in whole quarters of each row at each edge; an unknown age is half a life at the first edge."""
    since = _days(frame, "installed")
    unknown = edges[0].toordinal() - life * 91 // 2
    since = np.where(since == date.max.toordinal(), unknown, since)
    return np.stack([np.maximum((day.toordinal() - since) // 91, 0) for day in edges], axis=1)


def _days(frame: pl.DataFrame, column: str) -> np.ndarray[Any, Any]:
    """Day numbers of a column of dates as texts; the last day of all where it is empty or absent."""
    if column not in frame.columns:
        return np.full(frame.height, date.max.toordinal(), dtype=np.int64)
    never = date.max.isoformat()
    texts = frame[column].fill_null(never).to_list()
    known = {text: date.fromisoformat(text).toordinal() for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.int64)


def _age_notes(frame: pl.DataFrame) -> tuple[str, ...]:
    out = []
    frame = frame.filter(pl.col("supplier") != "")
    if "installed" not in frame.columns or frame["installed"].null_count():
        out.append("where no day of installation is given, equipment is taken to be half through its life")
    if "support_end" not in frame.columns or frame["support_end"].null_count():
        out.append("where no end of support is given, no charge for extended support is reckoned")
    return tuple(out)
