"""Synthetic elements: templates as a network has them, drawn by a Zipf law; site class and day vary by element."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from policy import MISSING, VALUES

TEMPLATES, CHUNK, DAYS = 4000, 1_000_000, 4000
START = date(2012, 1, 1)


def templates(dice: random.Random) -> pl.DataFrame:
    """Products belong to suppliers, functions to parts; the rest of a template is drawn once."""
    rows = []
    for _ in range(TEMPLATES):
        row: dict[str, str | bool | None] = {name: dice.choice(values) for name, values in VALUES.items()}
        supplier = dice.randrange(len(VALUES["supplier"]))
        row["supplier"] = VALUES["supplier"][supplier]
        row["product"] = VALUES["product"][supplier * 3 + dice.randrange(3)]
        row["y.certified"] = dice.random() < 0.4
        rows.append({key: None if dice.random() < MISSING.get(key, 0) else value for key, value in row.items()})
    kinds = {name: pl.Enum(values) for name, values in VALUES.items()}
    return pl.DataFrame(rows, schema={**kinds, "y.certified": pl.Boolean})


def elements(count: int, seed: int = 1, correlated: bool = True) -> pl.DataFrame:
    """A chunk of a network. `correlated=False` draws every fact by itself: the adversary of class collapse."""
    dice = random.Random(seed)
    known = templates(random.Random(7))
    if correlated:
        weights = [1 / (rank + 1) for rank in range(TEMPLATES)]
        picks = pl.Series(dice.choices(range(TEMPLATES), weights, k=count), dtype=pl.UInt32)
        frame = known[picks].drop("site-class")
    else:
        draw = [pl.Series(name, dice.choices(range(TEMPLATES), k=count), dtype=pl.UInt32) for name in known.columns]
        frame = pl.DataFrame([known[column.name][column].alias(column.name) for column in draw]).drop("site-class")
    sites: list[str | None] = [*VALUES["site-class"], None]
    kind = pl.Enum(VALUES["site-class"])
    days = [START + timedelta(day) for day in range(DAYS)]
    return frame.with_columns(
        pl.Series("site-class", dice.choices(sites, [30, 30, 20, 10, 8, 2], k=count), kind),
        pl.Series("installed", dice.choices([*days, None], [1] * DAYS + [160], k=count), dtype=pl.Date),
        pl.Series("site", dice.choices(range(count // 20 + 1), k=count), dtype=pl.UInt32),
        pl.Series("traffic", dice.choices(range(1, 1000), k=count), dtype=pl.Int32),
    )  # fmt: skip


def write(count: int, path: Path) -> None:
    """One Parquet file made of chunks, so that the writer stays small."""
    folder = path.with_suffix(".parts")
    folder.mkdir(exist_ok=True)
    for number in range(0, count, CHUNK):
        elements(min(CHUNK, count - number), seed=number + 1).write_parquet(folder / f"{number:09}.parquet")
    pl.scan_parquet(sorted(folder.glob("*.parquet"))).sink_parquet(path)


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """What the peers get: texts with "" for unknown, day numbers with 0."""
    flags = pl.when("y.certified").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return frame.select(
        *[pl.col(name).cast(pl.String).fill_null("") for name in VALUES],
        pl.when(pl.col("y.certified").is_null()).then(pl.lit("")).otherwise(flags).alias("y.certified"),
        (pl.col("installed").cast(pl.Int32) + date(1970, 1, 1).toordinal()).fill_null(0).alias("installed"),
    )
