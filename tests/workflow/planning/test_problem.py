"""What the law lets classes be, by quarter, shown on the shipped examples."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assay.plan.labels import allowed
from assay.plan.model import Coverage, Crew, Precedence, Share
from assay.workflow.planning.problem import Problem, make_problem

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def german() -> Problem:
    return make_problem(EXAMPLES / "germany-2024", date(2024, 7, 15), date(2024, 7, 15))


@pytest.fixture(scope="module")
def british() -> Problem:
    return make_problem(EXAMPLES / "united-kingdom-2020", date(2020, 7, 15), date(2020, 7, 15))


def labels_of(problem: Problem, part: str, supplier: str) -> np.ndarray:
    """The labels [n, 1 + S * T] that are open to clusters of this part and supplier."""
    keys = zip(problem.clusters.part, problem.clusters.supplier, strict=True)
    return allowed(problem.instance)[[c for c, key in enumerate(keys) if key == (part, supplier)]]


def last_quarter(problem: Problem, labels: np.ndarray) -> str:
    """The name of the last quarter in which any of these clusters may be rebuilt."""
    quarters = problem.instance.quarters
    built = labels[:, 1:].any(axis=0).reshape(-1, quarters).any(axis=0)
    return problem.grid[int(np.flatnonzero(built)[-1])].name


def test_the_contracts_of_2024_take_the_core_out_by_the_end_of_2026(german: Problem) -> None:
    core = labels_of(german, "core", "supplier-north")
    assert not core[:, 0].any()
    assert last_quarter(german, core) == "2026-Q4"


def test_managing_functions_go_by_the_end_of_2029(german: Problem) -> None:
    managers = labels_of(german, "management", "supplier-north")
    assert not managers[:, 0].any()
    assert last_quarter(german, managers) == "2029-Q4"


def test_radio_equipment_may_stay_under_the_contracts_and_others_are_free(german: Problem) -> None:
    assert labels_of(german, "ran", "supplier-north")[:, 0].all()
    assert labels_of(german, "core", "supplier-south")[:, 0].all()


def test_no_rule_of_the_proposal_has_effect_unless_assumed(german: Problem) -> None:
    assert not any(rule.id.startswith("eu.csa2") for rule in german.instance.rules)


def test_announced_policy_counts_only_where_the_case_follows_advice(british: Problem, tmp_path: Path) -> None:
    assert not labels_of(british, "ran", "supplier-north")[:, 0].any()
    assert last_quarter(british, labels_of(british, "ran", "supplier-north")) == "2027-Q4"
    plain = tmp_path / "plan.toml"
    plain.write_text('schema = "assay-plan/1"\nhorizon = 2028-12-31\n', encoding="utf-8")
    free = make_problem(EXAMPLES / "united-kingdom-2020", date(2020, 7, 15), date(2020, 7, 15), scenario=plain)
    assert labels_of(free, "ran", "supplier-north")[:, 0].all()
    assert any("advice is not followed" in note for note in free.notes)


def test_the_british_cap_is_a_share_row_for_each_operator_and_metric(british: Problem) -> None:
    rows = [row for row in british.instance.rows if isinstance(row, Share)]
    assert {row.rule for row in rows} == {"gb.hrv-2020-01.cap"}
    assert {row.metric for row in rows} == {"sites", "traffic"}
    assert len(rows) == 4
    assert all((row.share.numerator, row.share.denominator) == (7, 20) for row in rows)
    # to be met by 28 January 2023: the last quarter that ends by then is the fourth of 2022
    assert {british.grid[row.first].name for row in rows} == {"2022-Q4"}


def test_planned_sites_stand_nowhere_yet_and_must_cover_people(british: Problem) -> None:
    (row,) = [row for row in british.instance.rows if isinstance(row, Coverage)]
    assert (british.instance.incumbent[row.clusters] == -1).all()
    people = int(british.instance.weights["population"][row.clusters].sum())
    assert row.least == -(-people * 60 // 100)
    assert british.grid[row.first].name == "2023-Q4"


def test_an_operator_that_shows_a_manager_of_each_radio_supplier_keeps_them(german: Problem, tmp_path: Path) -> None:
    assert not any(isinstance(row, Precedence) for row in german.instance.rows)
    same = tmp_path / "plan.toml"
    same.write_text('schema = "assay-plan/1"\nhorizon = 2031-12-31\n', encoding="utf-8")
    bound = make_problem(EXAMPLES / "germany-2024", date(2024, 7, 15), date(2024, 7, 15), scenario=same)
    assert sum(isinstance(row, Precedence) for row in bound.instance.rows) == 3
    # the managers of Supplier North go by the end of 2029, and its radio equipment cannot run without one
    radio = labels_of(bound, "ran", "supplier-north")
    assert not radio[:, 0].any()
    assert last_quarter(bound, radio) == "2029-Q4"


def test_each_region_has_crews_in_each_quarter(german: Problem) -> None:
    rows = [row for row in german.instance.rows if isinstance(row, Crew)]
    regions = {german.clusters.region[c] for c in np.flatnonzero(german.instance.work)}
    assert len(rows) == len(regions) * len(german.grid)
    assert all(row.capacity > 0 and row.overtime for row in rows)


def test_elements_of_a_cluster_share_supplier_part_and_operator(german: Problem) -> None:
    seen: dict[int, set[tuple[str, str, str]]] = {}
    rows = german.frame.select("supplier", "part", "operator").rows()
    for c, row in zip(german.clusters.of, rows, strict=True):
        seen.setdefault(int(c), set()).add(row)
    assert all(len(keys) == 1 for keys in seen.values())
    assert max(np.bincount(german.clusters.of)) <= 15


@pytest.fixture(scope="module")
def european() -> Problem:
    return make_problem(EXAMPLES / "europe", date(2026, 11, 28), date(2026, 11, 28))


def radio_of(problem: Problem, operator: str) -> list[int]:
    keys = zip(problem.clusters.operator, problem.clusters.part, problem.clusters.supplier, strict=True)
    return [c for c, key in enumerate(keys) if key == (operator, "ran", "supplier-north")]


def test_an_open_answer_bars_unless_the_case_leaves_it_open(european: Problem, tmp_path: Path) -> None:
    """Nobody states whether Operator Gamma received the direction: unknown is no yes."""
    gamma = radio_of(european, "Operator Gamma (fictional)")
    assert not allowed(european.instance)[gamma, 0].any()
    assert any(
        "taken at their strictest" in note and "gb.direction-2022.existing-5g" in note for note in european.notes
    )
    loose = tmp_path / "plan.toml"
    loose.write_text('schema = "assay-plan/1"\n[policy]\nundetermined = "open"\n', encoding="utf-8")
    free = make_problem(EXAMPLES / "europe", date(2026, 11, 28), date(2026, 11, 28), scenario=loose)
    assert allowed(free.instance)[radio_of(free, "Operator Gamma (fictional)"), 0].any()


def test_who_may_be_under_a_cap_counts_against_it(european: Problem) -> None:
    rows = [row for row in european.instance.rows if isinstance(row, Share)]
    held = {european.clusters.operator[int(row.clusters[0])] for row in rows}
    assert "Operator Gamma (fictional)" in held
