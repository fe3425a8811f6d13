"""Planning problems of any size for the bench: fictional suppliers, every number drawn; shares, crews and borders bind.

24 quarters, four suppliers: North is restricted (no new from q4, none near sensitive sites from q10, at most 35 % of
each region from q12 and 10 % from q20), South and West at most 55 % of the whole from q16, East enters in q6. Clusters
of about 15 sites on a grid, a tenth not yet built and to be covered by 30 / 60 / 90 % in q8 / q14 / q20; spares of old
equipment end after 1 to 35 quarters. Crews are `tightness` times the least steady crew that meets the ends of spares,
beyond it overtime; supply ramps up; yearly budgets. Borders join neighbours on the grid, about 2.4 a cluster.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from assay.plan.model import (
    DISCOUNT,
    Budget,
    Coverage,
    Crew,
    Instance,
    Ints,
    Mask,
    Row,
    Rule,
    Share,
    Supply,
)  # fmt: skip

QUARTERS, SUPPLIERS = 24, ("Supplier North", "Supplier South", "Supplier West", "Supplier East")
NORTH, SOUTH, WEST, EAST = range(4)
LABOUR, OVERTIME = 1_800_000, 2_000_000  # cents a site
EQUIPMENT = np.array([4_500_000, 5_200_000, 5_800_000, 4_900_000])
OPEX = np.array([300_000, 306_000, 303_000, 296_000])  # energy, rent, care: cents a site and quarter
LIFE = 32  # quarters over which equipment is written off
RULES = tuple(
    Rule(name, title, law)
    for name, title, law in (
        ("no-new", "no new equipment of Supplier North", True),
        ("zones", "no equipment of Supplier North near sensitive sites", True),
        ("cap-35", "Supplier North at most 35 % of a region", True),
        ("cap-10", "Supplier North at most 10 % of a region", True),
        ("diversity", "no other supplier above 55 %", True),
        ("coverage", "coverage of unserved places", False),
        ("spares", "spares of old equipment end", False),
        ("entry", "a new supplier enters late", False),
        ("crew", "crews", False),
        ("supply", "deliveries", False),
        ("budget", "yearly budgets", False),
    )
)


def instance(clusters: int, seed: int, *, borders: bool = True, tightness: float = 1.15) -> Instance:
    """A problem of `clusters` clusters; same arguments, same problem."""
    draw = np.random.default_rng(seed)
    sites = np.clip(np.rint(np.exp(draw.normal(2.6, 0.45, clusters))), 3, 60).astype(np.int64)
    incumbent = draw.choice(4, clusters, p=[0.39, 0.33, 0.28, 0.0])
    incumbent[draw.random(clusters) < 0.1] = -1
    spares = draw.integers(1, 36, clusters)
    columns = int(np.ceil(np.sqrt(clusters)))
    regions = max(1, min(24, clusters // 250))
    region = np.minimum(np.arange(clusters) * regions // clusters, regions - 1)
    people = np.rint(sites * np.exp(draw.normal(7.0, 0.6, clusters)) / 100).astype(np.int64)
    factor = draw.uniform(0.85, 1.2, regions)[region]
    discount = np.rint(DISCOUNT * 1.06 ** (-np.arange(QUARTERS + 1) / 4)).astype(np.int64)
    edges, border = _borders(draw, clusters, columns, sites)
    if not borders:
        edges, border = edges[:0], border[:0]
    built = incumbent >= 0
    limit = np.where(built, np.minimum(spares, QUARTERS), QUARTERS)
    return Instance(
        quarters=QUARTERS,
        suppliers=SUPPLIERS,
        clusters=tuple(f"c{n}" for n in range(clusters)),
        incumbent=incumbent,
        cost=_costs(draw, sites, incumbent, spares, factor, discount),
        weights={"sites": sites, "population": people, "elements": sites},
        work=sites,
        units=sites,
        spend=np.rint(sites[:, None] * (EQUIPMENT[None, :] + LABOUR * factor[:, None])).astype(np.int64),
        discount=discount[:QUARTERS],
        rules=RULES,
        masks=tuple(_masks(draw, clusters, limit, built)),
        rows=tuple(_rows(sites, people, region, limit, built, tightness)),
        edges=edges,
        border=border,
        part=("ran",) * clusters,
        region=tuple(f"region {n}" for n in region),
    )


def _borders(draw: np.random.Generator, clusters: int, columns: int, sites: Ints) -> tuple[Ints, Ints]:
    place = np.arange(clusters)
    steps = [(1, place % columns < columns - 1), (columns, place >= 0),
             (columns + 1, (place % columns < columns - 1) & (draw.random(clusters) < 0.4))]  # fmt: skip
    starts = [place[fits & (place + step < clusters)] for step, fits in steps]
    pairs = np.concatenate([np.stack([start, start + step], 1) for start, (step, _) in zip(starts, steps, strict=True)])
    near = np.minimum(sites[pairs[:, 0]], sites[pairs[:, 1]])
    return pairs, np.rint(near * draw.uniform(4_000, 20_000, len(pairs))).astype(np.int64)


def _costs(
    draw: np.random.Generator, sites: Ints, incumbent: Ints, spares: Ints, factor: np.ndarray, discount: Ints
) -> Ints:
    """Discounted cents of each label: equipment, labour, running, early write-off, less what is left at the end."""
    clusters, quarter = len(sites), np.arange(QUARTERS)
    rate = discount / DISCOUNT
    age = np.clip(36 - spares, 0, LIFE)
    own = np.where(incumbent >= 0, OPEX[incumbent], 0) * (1 + 0.01 * age)
    running = np.concatenate([[0.0], np.cumsum(rate[:QUARTERS])])
    left = np.clip(LIFE - age[:, None] - quarter[None, :], 0, LIFE) / LIFE * (incumbent >= 0)[:, None]
    site_factor = draw.uniform(0.9, 1.1, (clusters, 4))
    out = np.zeros((clusters, 1 + 4 * QUARTERS))
    out[:, 0] = own * running[QUARTERS]
    for supplier in range(4):
        gear = EQUIPMENT[supplier] * site_factor[:, supplier, None] * (0.995**quarter)[None, :]
        residual = gear * ((LIFE - (QUARTERS - quarter)) / LIFE)[None, :] * rate[QUARTERS]
        wasted = 0.5 * left * EQUIPMENT[np.maximum(incumbent, 0)][:, None] * rate[None, :QUARTERS]
        out[:, 1 + supplier * QUARTERS : 1 + (supplier + 1) * QUARTERS] = (
            (gear + LABOUR * factor[:, None]) * rate[None, :QUARTERS] - residual + wasted
            + own[:, None] * running[None, :QUARTERS] + OPEX[supplier] * (running[QUARTERS] - running[None, :QUARTERS])
        )  # fmt: skip
    return np.rint(out * sites[:, None]).astype(np.int64)


def _masks(draw: np.random.Generator, clusters: int, limit: Ints, built: np.ndarray) -> list[Mask]:
    everything = np.arange(clusters)
    none, no_act = np.zeros((5, QUARTERS), np.bool_), np.zeros((4, QUARTERS), np.bool_)
    no_new, entry, zone = no_act.copy(), no_act.copy(), none.copy()
    no_new[NORTH, 4:] = True
    entry[EAST, :6] = True
    zone[NORTH, 10:] = True
    out = [
        Mask("no-new", everything, none, no_new),
        Mask("entry", everything, none, entry),
        Mask("zones", np.flatnonzero(draw.random(clusters) < 0.08), zone, no_act),
    ]
    for last in range(1, QUARTERS):
        due = np.flatnonzero(built & (limit == last))
        out.append(Mask("spares", due, none, no_act, np.arange(QUARTERS) >= last))
    return out


def _rows(sites: Ints, people: Ints, region: Ints, limit: Ints, built: np.ndarray, tightness: float) -> list[Row]:
    everything, rows = np.arange(len(sites)), []
    for number in range(int(region.max()) + 1):
        here = np.flatnonzero(region == number)
        due = np.bincount(np.minimum(limit[here], QUARTERS), sites[here], QUARTERS + 1)[1:QUARTERS]
        steady = max(np.cumsum(due) / np.arange(1, QUARTERS))
        rows += [Crew("crew", here, quarter, int(np.ceil(tightness * steady)), OVERTIME) for quarter in range(QUARTERS)]
        rows.append(Share("cap-35", (NORTH,), here, "sites", 12, 20, Fraction(35, 100)))
        rows.append(Share("cap-10", (NORTH,), here, "sites", 20, QUARTERS, Fraction(10, 100)))
    rows += [Share("diversity", (s,), everything, "sites", 16, QUARTERS, Fraction(55, 100)) for s in (SOUTH, WEST)]
    fresh = np.flatnonzero(~built)
    total = int(people[fresh].sum())
    for first, until, part in ((8, 14, 30), (14, 20, 60), (20, QUARTERS, 90)):
        rows.append(Coverage("coverage", fresh, "population", first, until, total * part // 100))
    yearly = int(sites.sum()) / QUARTERS
    for quarter in range(QUARTERS):
        for supplier, most in ((NORTH, 0.5), (SOUTH, 0.55), (WEST, 0.55), (EAST, 0.4)):
            ramp = min(1.0, 0.4 + 0.06 * max(0, quarter - (6 if supplier == EAST else 0)))
            rows.append(Supply("supply", everything, supplier, quarter, int(most * ramp * yearly), OVERTIME))
    for first in range(0, QUARTERS, 4):
        rows.append(
            Budget("budget", everything, first, first + 4, int(yearly * 4 * 1.25 * 7_400_000), 10_000_000, None)
        )
    return rows
