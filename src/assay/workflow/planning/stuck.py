"""Refuses a problem in which the law leaves some elements no lawful choice: which, by which rules, and from when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from assay.errors import InputError
from assay.plan.labels import allowed
from assay.plan.model import Instance
from assay.plan.quarters import Quarter
from assay.workflow.planning.clusters import Clusters
from assay.workflow.planning.lawful import Lawful, first_blocked

__all__ = ["refuse_stuck"]

_MOST: Final = 4
"""Networks that a message names; the others are counted."""


def refuse_stuck(
    instance: Instance, frame: pl.DataFrame, clusters: Clusters, lawful: Sequence[Lawful],
    class_of: Sequence[tuple[int, int]], grid: Sequence[Quarter],
) -> None:  # fmt: skip
    """Raise InputError (E0712) where a cluster has no lawful label: each such network with its rules and quarters."""
    stuck = np.flatnonzero(~allowed(instance).any(axis=1)).tolist()
    if not stuck:
        return
    networks: dict[tuple[str, str, str], list[int]] = {}
    for c in stuck:
        networks.setdefault((clusters.jurisdiction[c], clusters.operator[c], clusters.part[c]), []).append(c)
    named = [_network(key, members, clusters, frame) for key, members in networks.items()]
    more = [f"and {len(named) - _MOST} networks more"] if len(named) > _MOST else []
    first = stuck[0]
    law, k = lawful[class_of[first][0]], class_of[first][1]
    opened = law.open & {*law.keep, *law.act, *law.have}
    raise InputError(
        "E0712", "no lawful supplier for " + "; ".join([*named[:_MOST], *more]),
        where=f"{clusters.part[first]} of {clusters.operator[first]}: {'; '.join(_reasons(law, k, grid))}",
        expected="for each part a candidate that the law lets stand to the end of the plan",
        remedy="name further candidates for this part in plan.toml ([candidates])"
        + (f", or leave open answers open ([policy]): {', '.join(sorted(opened))}" if opened else ""),
    )  # fmt: skip


def _network(key: tuple[str, str, str], members: Sequence[int], clusters: Clusters, frame: pl.DataFrame) -> str:
    """Its elements in words, with the name of the first."""
    count = int(clusters.weights["elements"][list(members)].sum())
    words = f"{count:,} {'element' if count == 1 else 'elements'} of {key[2]} of {key[1]} in {key[0]}"
    if "element" not in frame.columns:
        return words
    row = int(np.flatnonzero(clusters.of == members[0])[0])
    return f"{words} (such as {frame['element'][row]})"


def _reasons(law: Lawful, k: int, grid: Sequence[Quarter]) -> list[str]:
    """For what stands and for each candidate the rules in the way, each with its first quarter."""
    out = [f"kept as it is: {_rules(first_blocked(law.keep, k), grid)}"] if law.classes[k].supplier else []
    for s, name in enumerate(law.suppliers):
        found = {**first_blocked(law.have, k, s), **first_blocked(law.act, k, s)}
        out.append(f"{name}: {_rules(found, grid)}")
    return out


def _rules(found: Mapping[str, int], grid: Sequence[Quarter]) -> str:
    named = ", ".join(f"{rule} from {grid[t].name}" for rule, t in sorted(found.items()))
    return f"barred by {named}" if named else "not asked for this part"
