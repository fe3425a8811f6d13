"""What a rule costs, shown on a part of a shipped example: certified at both ends, and near."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from assay.plan.result import Effort
from assay.plan.solve import solve
from assay.workflow.planning.plan import price_rules, use_kernels
from assay.workflow.planning.problem import make_problem

EXAMPLE = Path(__file__).parents[3] / "examples" / "europe"
DAY = date(2026, 11, 28)


def test_a_price_is_near_though_another_rule_begins_to_press_without_it(tmp_path: Path) -> None:
    """Without the bar on what stands, the cap of the same direction presses, which had no price beside the bar."""
    with (EXAMPLE / "estate.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["operator"] == "Operator Alpha (fictional)"]
    with (tmp_path / "estate.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for n, row in enumerate(rows) if row["part"] != "ran" or n % 3 == 0)
    for name in ("case.toml", "facts.toml", "plan.toml"):
        (tmp_path / name).write_bytes((EXAMPLE / name).read_bytes())
    use_kernels()
    instance = make_problem(tmp_path, DAY, DAY).instance
    solution = solve(instance, Effort(moves=400, sweeps=8, lawless=False), 0)
    assert solution.proof is not None
    prices, whole = price_rules(instance, solution)
    assert whole
    unsure = solution.proof.verdict.cost - solution.lower_bound
    for row in prices:
        assert row.low <= row.estimate <= row.high
        # beside the plan's own gap only that of the problem without the rule: a small part of its cost
        assert row.high - row.low <= unsure + solution.proof.verdict.cost // 100, row.rule
