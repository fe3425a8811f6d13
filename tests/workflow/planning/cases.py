"""A small network under the German contracts of 2024, as people change it: 62 elements of one fictional operator."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "germany-2024"
DAY = date(2024, 7, 15)
PLAN = 'schema = "assay-plan/1"\nhorizon = 2031-12-31\nelement-managers = "any"\n'
Row = dict[str, str]


def rows() -> list[Row]:
    """Core, management and every 25th radio site of one operator of the example."""
    with (EXAMPLE / "estate.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    own = [(n, row) for n, row in enumerate(found) if row["operator"] == "Operator Zeta (fictional)"]
    return [row for n, row in own if row["part"] != "ran" or n % 25 == 0]


def small_case(
    folder: Path, plan: str = "", change: Callable[[int, Row], Row] | None = None, given: Iterable[Row] | None = None
) -> Path:  # fmt: skip
    """A case folder with these lines at the end of its plan.toml, and with every row of its estate as changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("case.toml", "facts.toml"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    (folder / "plan.toml").write_text(PLAN + plan, encoding="utf-8")
    kept = list(rows() if given is None else given)
    changed = [change(n, row) if change else row for n, row in enumerate(kept)]
    with (folder / "estate.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[0]) if changed else list(rows()[0]))
        writer.writeheader()
        writer.writerows(changed)
    return folder
