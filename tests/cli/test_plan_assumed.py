"""A proposal as if adopted: shown as assumption wherever the plan is shown, and of no effect without the option."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.main import main
from workflow.planning.cases import PLAN, small_case

DATES = ["--on", "2027-01-15", "--known-at", "2026-11-28", "--no-prices"]
ASSUME = ["--assume", "eu.csa2@2027-07-01"]
HARD = PLAN + '[[input]]\nid = "crew"\nvalue = 0\nsource = "x"\n'


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_case(tmp_path_factory.mktemp("case"))


def rules(out: Path) -> set[str]:
    return {row["id"] for row in json.loads((out / "plan.json").read_text(encoding="utf-8"))["rules"]}


def test_a_plan_shows_what_it_assumes_on_terminal_page_document_and_check(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(case), *DATES, *ASSUME, "--out", str(tmp_path / "out")]) == 0
    assert "ASSUMED      eu.csa2 as if in force from 2027-07-01" in capsys.readouterr().out
    assert "<strong>ASSUMED.</strong> <code>eu.csa2</code>" in (tmp_path / "out/report.html").read_text(
        encoding="utf-8"
    )
    assert any(rule.startswith("eu.csa2") for rule in rules(tmp_path / "out"))
    assert main(["plan", "check", str(tmp_path / "out"), "--case", str(case)]) == 0
    assert "ASSUMED      eu.csa2 as if in force from 2027-07-01" in capsys.readouterr().out


def test_without_the_option_the_proposal_has_no_effect(case: Path, tmp_path: Path) -> None:
    assert main(["plan", str(case), *DATES, "--out", str(tmp_path / "out")]) == 0
    assert not any(rule.startswith("eu.csa2") for rule in rules(tmp_path / "out"))


def test_a_conflict_under_an_assumption_says_so(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hard = tmp_path / "hard.toml"
    hard.write_text(HARD, encoding="utf-8")
    assert main(["plan", str(case), *DATES, *ASSUME, "--scenario", str(hard), "--strict"]) == 1
    text = capsys.readouterr().out
    assert "NO LAWFUL SCHEDULE" in text
    assert "ASSUMED      eu.csa2 as if in force from 2027-07-01" in text
    assert "crews: what can be rebuilt in a region in a quarter" in text
