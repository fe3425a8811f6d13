"""`assay plan` as its users would run it: a small network under the German contracts of 2024."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "germany-2024"
DATES = ["--on", "2024-07-15", "--known-at", "2024-07-15"]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped example with every fifth radio site of one operator, and a manager of each supplier asked for."""
    folder = tmp_path_factory.mktemp("case")
    with (EXAMPLE / "estate.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["operator"] == "Operator Zeta (fictional)"]
    kept = [row for n, row in enumerate(rows) if row["part"] != "ran" or n % 5 == 0]
    with (folder / "estate.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    for name in ("case.toml", "facts.toml"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    (folder / "plan.toml").write_text('schema = "assay-plan/1"\nhorizon = 2031-12-31\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def planned(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan") / "out"
    assert main(["plan", str(case), *DATES, "--out", str(out), "--format", "json"]) == 0
    return out


def document(folder: Path) -> dict:
    return json.loads((folder / "plan.json").read_text(encoding="utf-8"))


def test_a_plan_keeps_every_rule_and_proves_its_bound(planned: Path) -> None:
    found = document(planned)
    assert found["checked"]
    assert found["violations"] == []
    assert 0 < found["lower_bound"] <= found["cost"]
    assert found["cost_range"][0] < found["cost"] < found["cost_range"][1]
    for end, whole in zip(("stated", "low", "high"), (found["cost"], *found["cost_range"]), strict=True):
        assert sum(part[end] for part in found["cost_parts"].values()) == whole
    assert found["gap_millionths"] <= 5000
    top, bottom = (int(n) for n in found["gap"].split("/"))
    assert top * found["cost"] == bottom * (found["cost"] - found["lower_bound"])


def test_what_the_law_takes_out_is_out_in_time(planned: Path) -> None:
    acts = [a for a in document(planned)["acts"] if a["before"] == "supplier-north"]
    assert {a["part"] for a in acts} == {"core", "management", "ran"}
    assert max(a["quarter"] for a in acts if a["part"] == "core") <= "2026-Q4"
    assert max(a["quarter"] for a in acts) <= "2029-Q4"
    assert all(a["after"] != "supplier-north" for a in acts)


def test_each_rule_of_law_has_a_price_between_certified_ends(planned: Path) -> None:
    found = document(planned)
    prices = {row["rule"]: row for row in found["rule_prices"]}
    assert set(prices) == {rule["id"] for rule in found["rules"] if rule["law"]}
    assert all(row["low"] <= row["estimate"] <= row["high"] for row in prices.values())
    assert all(row["range"][0] <= row["estimate"] <= row["range"][1] for row in prices.values())
    assert found["lawless_range"][0] < found["lawless"] < found["lawless_range"][1]
    assert found["caused_range"][0] <= found["cost"] - found["lawless"] <= found["caused_range"][1]
    core = prices["de.contract2024.core"]
    assert core["low"] > 0
    assert 0 < core["later"]["low"] <= core["later"]["high"] <= core["high"]
    assert core["point"] is None


def test_the_same_call_gives_the_same_bytes(case: Path, planned: Path, tmp_path: Path) -> None:
    assert main(["plan", str(case), *DATES, "--out", str(tmp_path / "again"), "--format", "json"]) == 0
    for name in ("plan.json", "plan.zip", "plan.parquet", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (planned / name).read_bytes(), name


def test_check_redoes_the_plan_without_the_solver_and_from_the_case(
    case: Path, planned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "assay.plan.solve", None)
    assert main(["plan", "check", str(planned), "--case", str(case)]) == 0
    assert "THE PLAN HOLDS" in capsys.readouterr().out


def changed(planned: Path, folder: Path, change: Callable[[dict], None]) -> Path:
    """A copy of a plan's folder with another document."""
    folder.mkdir()
    for path in planned.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    found = document(planned)
    change(found)
    (folder / "plan.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


@pytest.mark.parametrize("key", ["cost", "lower_bound", "lawless", "gap_millionths", "rule_gap_millionths"])
def test_a_document_that_says_something_else_than_its_archive_is_caught(
    key: str, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = changed(planned, tmp_path / "copy", lambda found: found.update({key: found[key] - 1}))
    assert main(["plan", "check", str(copy)]) == 1
    assert f"plan.json says {key}" in capsys.readouterr().out


@pytest.mark.parametrize("end", ["low", "estimate", "high"])
def test_a_price_that_the_schedule_behind_it_does_not_give_is_caught(end: str, planned: Path, tmp_path: Path) -> None:
    copy = changed(planned, tmp_path / "one", lambda found: found["rule_prices"][0].update({end: 1}))
    assert main(["plan", "check", str(copy)]) == 1
    later = changed(planned, tmp_path / "two", lambda found: found["rule_prices"][0]["later"].update({end: 1}))
    assert main(["plan", "check", str(later)]) == 1


@pytest.mark.parametrize("key", ["years", "acts", "notes", "inputs", "cost_parts", "rules"])
def test_any_other_figure_is_caught_where_the_case_is_at_hand(
    key: str, case: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = changed(planned, tmp_path / "copy", lambda found: found.update({key: []}))
    assert main(["plan", "check", str(copy), "--case", str(case)]) == 1
    assert f"`{key}` otherwise" in capsys.readouterr().out


def test_another_page_beside_the_plan_is_caught(
    case: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = changed(planned, tmp_path / "copy", lambda found: None)
    page = (copy / "report.html").read_text(encoding="utf-8")
    (copy / "report.html").write_text(page.replace("costs less than", "costs more than"), encoding="utf-8")
    assert main(["plan", "check", str(copy), "--case", str(case)]) == 1
    assert "report.html is not the page" in capsys.readouterr().out


def test_a_plan_of_another_scenario_and_hard_limits_is_redone_with_it(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, out = tmp_path / "other.toml", tmp_path / "out"
    other.write_text('schema = "assay-plan/1"\nhorizon = 2030-12-31\nelement-managers = "any"\n', encoding="utf-8")
    words = ["plan", str(case), *DATES, "--scenario", str(other), "--strict", "--no-prices", "--out", str(out)]
    assert main(words) == 0
    assert main(["plan", "check", str(out), "--case", str(case)]) == 64
    assert "--scenario other.toml" in capsys.readouterr().err
    assert main(["plan", "check", str(out), "--case", str(case), "--scenario", str(other)]) == 0
    assert "the same bytes" in capsys.readouterr().out


def test_a_flipped_byte_of_the_archive_is_caught(planned: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in planned.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    data = bytearray((copy / "plan.zip").read_bytes())
    for place in (40, len(data) // 2, len(data) - 3):
        bad = data.copy()
        bad[place] ^= 1
        (copy / "plan.zip").write_bytes(bytes(bad))
        assert main(["plan", "check", str(copy)]) != 0


def test_another_law_is_another_problem(case: Path, planned: Path, tmp_path: Path) -> None:
    other = tmp_path / "case"
    other.mkdir()
    for path in case.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    text = (other / "facts.toml").read_text(encoding="utf-8")
    (other / "facts.toml").write_text(text.replace("de:contract-suppliers", "de:critical-functions"), encoding="utf-8")
    assert main(["plan", "check", str(planned), "--case", str(other)]) in (1, 64)


def test_two_plans_are_compared_by_cost_acts_and_rules(
    case: Path, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    free = tmp_path / "plan.toml"
    free.write_text('schema = "assay-plan/1"\nhorizon = 2031-12-31\nelement-managers = "any"\n', encoding="utf-8")
    out = tmp_path / "free"
    assert main(["plan", str(case), *DATES, "--scenario", str(free), "--out", str(out), "--no-prices"]) == 0
    capsys.readouterr()
    assert main(["plan", "compare", str(out), str(planned), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["found"][0]["difference"] > 0
    assert found["certain"]["low"] <= found["found"][0]["difference"] <= found["certain"]["high"]
    page = tmp_path / "comparison"
    assert main(["plan", "compare", str(out), str(out), "--out", str(page)]) == 0
    assert json.loads((page / "comparison.json").read_text(encoding="utf-8"))["same_problem"]
    assert "plans beside each other" in (page / "report.html").read_text(encoding="utf-8")


def test_limits_that_are_too_hard_are_named(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hard = tmp_path / "plan.toml"
    hard.write_text(
        'schema = "assay-plan/1"\nhorizon = 2031-12-31\n[[budget]]\nyear = 2025\nmost = 0\n'
        "[[budget]]\nyear = 2026\nmost = 0\n[[budget]]\nyear = 2024\nmost = 0\n",
        encoding="utf-8",
    )
    assert main(["plan", str(case), *DATES, "--scenario", str(hard), "--strict", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["proved"]
    rules = {row["rule"] for row in found["cannot_hold_together"]}
    assert rules == {"budget", "de.contract2024.core"}
    mends = {row["rule"]: row for row in found["relaxations"]}
    assert set(mends) == rules
    assert mends["de.contract2024.core"]["unit"] == "quarters later"
    assert mends["budget"]["unit"] == "thousands"
    assert any(row["whole"] for row in mends.values()), mends
    assert all(row["amount"] > 0 and row["certain"] for row in mends.values())


def test_futures_are_the_same_for_any_number_of_workers(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for workers in ("1", "2", "4"):
        words = ["plan", "ensemble", str(case), *DATES, "--scenarios", "4", "--workers", workers]
        assert main([*words, "--out", str(tmp_path / workers)]) == 0
    first, *others = ((tmp_path / name / "ensemble.json").read_bytes() for name in ("1", "2", "4"))
    assert others == [first, first]
    found = json.loads(first)
    assert found["cost"]["count"] + len(found["unsolved"]) == 4
    assert sum(row["robust"] for row in found["first_years"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "compare", "one"], ["plan", "nowhere"], ["plan", str(EXAMPLE), "--horizon", "2020-01-01"],
        ["plan", str(EXAMPLE), "--horizon", "soon"], ["plan", str(EXAMPLE), *DATES, "--effort", "99"],
        ["plan", "check", "nowhere"],
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 64
    error = capsys.readouterr().err
    assert "expected" in error or "to do" in error


def test_a_limit_of_time_keeps_a_checked_plan_and_says_that_it_depends_on_the_clock(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "early"
    assert main(["plan", str(case), *DATES, "--time-limit", "0", "--out", str(out)]) == 0
    found = document(out)
    assert found["reproducible"] is False
    assert found["rule_prices"] == []
    assert main(["plan", "check", str(out)]) == 0


def test_limits_that_hold_at_a_price_are_in_no_conflict(case: Path, tmp_path: Path) -> None:
    from datetime import date

    from assay.plan.conflict import conflict
    from assay.workflow.planning.problem import make_problem

    hard = tmp_path / "plan.toml"
    hard.write_text('schema = "assay-plan/1"\n[[budget]]\nyear = 2026\nmost = 0\n', encoding="utf-8")
    problem = make_problem(case, date(2024, 7, 15), date(2024, 7, 15), scenario=hard)
    assert conflict(problem.instance).rules == ()
