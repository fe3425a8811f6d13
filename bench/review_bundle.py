"""Size and time of the bundle of a review of many elements. Usage: python bench/review_bundle.py [COUNT].

The shipped example repeated to COUNT elements, each with a name and site of its own, an operator out of forty fictional
ones and a day of installation of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import redo

from assay.cli.main import main as assay
from assay.evidence.bundle import REVIEW, read_bundle

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "europe"
OPERATORS = [f"Operator {number:02} (fictional)" for number in range(40)]


def case(folder: Path, count: int) -> Path:
    """A case folder with that many elements."""
    shutil.copytree(EXAMPLE, folder)
    dice = random.Random(1)
    rows = pl.read_csv(EXAMPLE / "estate.csv", infer_schema_length=0)
    many = pl.concat([rows] * (count // rows.height + 1)).head(count)
    days = [f"{year}-{month:02}-{day:02}" for year in range(2014, 2026) for month in range(1, 13) for day in (3, 17)]
    many.with_columns(
        pl.format("element-{}", pl.int_range(pl.len())).alias("element"),
        pl.format("site-{}", pl.int_range(pl.len()) // 12).alias("site"),
        pl.Series("operator", dice.choices(OPERATORS, k=count)), pl.Series("installed", dice.choices(days, k=count)),
    ).write_csv(folder / "estate.csv")  # fmt: skip
    return folder


def timed(*words: str) -> float:
    """CPU seconds of one command."""
    begun = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        code = assay(list(words))
    if code:
        raise SystemExit(f"assay {words[0]}: exit code {code}")
    return round(time.process_time() - begun, 1)


def measured(count: int, folder: Path) -> dict[str, float]:
    """Bytes and CPU seconds: the review without and with its bundle, both verifiers, the elements opened."""
    made, path, out = case(folder / "case", count), folder / "r.zip", folder / "out"
    clocks = ("--on", "2026-11-24", "--known-at", "2026-11-24")
    plain = timed("review", str(made), *clocks, "--out", str(out))
    with_bundle = timed("review", str(made), *clocks, "--out", str(out), "--bundle", str(path), "--include-private")
    data = path.read_bytes()
    review = json.loads(read_bundle(data).members[REVIEW])
    verify = timed("verify", str(path), "--offline")
    opened = timed("verify", str(path), "--elements", str(out / "decisions.parquet")) - verify
    begun = time.process_time()
    if redo.verify(data)[0]:
        raise SystemExit("the second verifier does not give the review again")
    return {
        "bytes": len(data), "classes": len(review["classes"]), "decisions": sum(map(len, review["answers"].values())),
        "plain": plain, "made": with_bundle, "verify": verify, "second": round(time.process_time() - begun, 1),
        "opened": round(opened, 1),
    }  # fmt: skip


if __name__ == "__main__":
    os.environ["ASSAY_STATE"] = ""
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, Path(place)), indent=1))
