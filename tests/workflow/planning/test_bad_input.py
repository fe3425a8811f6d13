"""What cannot be meant is refused with its place; what can be meant in two ways is planned, and the plan says which."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.decide.program import Assumption
from assay.errors import AssayError, InputError, UsageError
from assay.plan.labels import allowed
from assay.plan.model import Crew
from assay.workflow.planning.problem import Problem, make_problem
from workflow.planning.cases import DAY, Row, rows, small_case


def problem_of(case: Path, on: date = DAY, known_at: date = DAY, horizon: date | None = None) -> Problem:
    return make_problem(case, on, known_at, horizon=horizon)


def said(found: Problem, words: str) -> bool:
    return any(words in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[[input]]\nid = "ran.equipment"\nvalue = -5\nsource = "x"', "ran.equipment: low -5"),
        ('[[input]]\nid = "ran.equipment"\nvalue = 2000000000\nsource = "x"', "ran.equipment: low 2,000,000,000"),
        ('[[input]]\nid = "ran.equipment"\nvalue = 5\nlow = 9\nhigh = 3\nsource = "x"', "low 9, value 5, high 3"),
        ('[[input]]\nid = "ran.equipment"\nvalue = nan\nsource = "x"', "a whole number"),
        ('[[input]]\nid = "ran.equipment"\nvalue = 5.5\nsource = "x"', "a whole number"),
        ('[[input]]\nid = "life"\nvalue = 0\nsource = "x"', "1 <= low"),
        ('[[input]]\nid = "discount"\nvalue = 100000\nsource = "x"', "1,000 thousandths a year"),
        ('[[input]]\nid = "no-such"\nvalue = 5\nsource = "x"', "no-such"),
        ('[[input]]\nid = "life"\nvalue = 5\nsouce = "x"', "source"),
        ('[[input]]\nid = "life"\nvalue = 5\nsource = "x"\nnote = "y"', "note"),
        ('[[input]]\nid = "life"\nvalue = 5\nsource = "x"\n' * 2, "twice"),
        ('[[inputs]]\nid = "life"\nvalue = 5\nsource = "x"', "inputs"),
        ('[candidates]\nran = ["nobody"]', "nobody"),
        ('[[supply]]\nsupplier = "nobody"\nsites = 5', "nobody"),
        ('[[supply]]\nsupplier = "supplier-south"\nsites = -5', "`sites` is -5"),
        ('[[supply]]\nsupplier = "supplier-south"\nsites = 5\nfrom = 2027-01-01\nto = 2026-01-01', "`to` after `from`"),
        ('[[budget]]\nyear = 2026\nmost = 5\noperator = "Nobody"', "Nobody"),
        ("[[budget]]\nyear = 2026\nmost = -5", "`most` is -5"),
        ("[[budget]]\nyear = 2026\nmost = 99999999999999999999", "`most` is 99,999,999,999,999,999,999"),
        ('planned = "../estate.csv"', "outside"),
        ('planned = "nowhere.csv"', "no such file"),
        ("[cluster]\nran = 0", "cluster size"),
        ("region = 0", "`region` is 0"),
        ('currency = ""', "ISO 4217"),
        ('[[price]]\nsupplier = "supplier-south"\nthousandths = 0', "`thousandths` is 0"),
        ('[[price]]\nsupplier = "nobody"\nthousandths = 900', "nobody"),
        ('[[price]]\nsupplier = "supplier-south"\nthousandths = 950\npercent = 5', "percent"),
        ("unknown = 1", "unknown"),
        ('[[coverage]]\nid = "c"\noperator = "Operator Zeta (fictional)"\nshare = "1/2"\nby = 2026-01-01', "planned"),
        ('[[coverage]]\nid = "c"\noperator = "Operator Zeta (fictional)"\nshare = "7/5"\nby = 2026-01-01', "at most"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, names: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=names) as caught:
        problem_of(small_case(tmp_path, text + "\n"))
    assert caught.value.where
    assert caught.value.expected


@pytest.mark.parametrize("horizon", [date(2020, 1, 1), DAY, date(2999, 12, 31)])
def test_a_horizon_before_the_first_day_or_too_far_ahead_is_refused(horizon: date, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="horizon") as caught:
        problem_of(small_case(tmp_path), horizon=horizon)
    assert caught.value.code == "E0710"


def test_an_assumption_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no rule or instrument"):
        make_problem(small_case(tmp_path), DAY, DAY, (Assumption("eu.nosuch", date(2027, 7, 1)),))


@pytest.mark.parametrize("given", [[], [{**row, "supplier": "Nobody Inc"} for row in rows()]])
def test_an_estate_without_a_row_that_can_be_asked_about_is_refused(given: list[Row], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        problem_of(small_case(tmp_path, given=given))
    assert caught.value.code == "E0505"
    assert "estate.csv" in caught.value.where


def test_where_nobody_may_supply_each_network_is_named_with_the_rules_and_their_first_quarter(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        problem_of(small_case(tmp_path, change=lambda _, row: {**row, "supplier": "supplier-north"}))
    text = str(caught.value)
    assert caught.value.code == "E0712"
    assert "20 elements of core of Operator Zeta (fictional) in DE (such as DE-Zeta-core-001)" in text
    assert "6 elements of management" in text
    assert "kept as it is: barred by de.contract2024.core from 2027-Q1" in text
    assert "[candidates]" in text


def test_who_is_not_asked_for_a_part_is_told_from_who_is_barred(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        problem_of(small_case(tmp_path, '[candidates]\ncore = ["supplier-north"]\n'))
    assert "supplier-south: not asked for this part" in caught.value.where
    assert "supplier-north: barred by de.contract2024.core from 2027-Q1" in caught.value.where


def nowhere(number: int, row: Row) -> Row:
    return {**row, "lon": "", "lat": ""} if number % 2 else row


def far(number: int, row: Row) -> Row:
    return {**row, "lon": str(-170 + number * 37 % 340), "lat": str(-80 + number * 53 % 160)}


def test_elements_without_a_position_are_planned_and_counted(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, change=nowhere))
    assert said(found, "31 elements have no position")
    assert found.frame.height == 62


def test_sites_that_touch_no_other_pay_no_border_and_the_plan_says_so(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, "[cluster]\nran = 1\n", change=nowhere))
    assert said(found, "31 elements have no position")
    alone = problem_of(
        small_case(tmp_path, "[cluster]\nran = 1\n", change=lambda n, row: {**row, "lon": "", "lat": ""})
    )
    assert not len(alone.instance.edges)
    assert said(alone, "radio clusters touches another")


def test_sites_scattered_over_the_earth_are_still_one_problem(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, change=far))
    assert allowed(found.instance).any(axis=1).all()


def test_one_cluster_is_a_problem_too(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, given=[row for row in rows() if row["part"] == "ran"][:1]))
    assert len(found.instance.clusters) == 1


def test_without_crews_everything_is_overtime(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, '[[input]]\nid = "crew"\nvalue = 0\nsource = "x"\n'))
    crews = [row for row in found.instance.rows if isinstance(row, Crew)]
    assert crews
    assert all(row.capacity == 0 and row.overtime for row in crews)


def test_rows_left_out_are_counted_in_what_the_plan_takes_for_granted(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, given=[*rows(), *rows()[:3]]))
    assert said(found, "3 faulty rows of estate.csv are left out, the first: line 64, element")


def test_an_estate_of_a_later_day_than_the_plan_is_told(tmp_path: Path) -> None:
    found = problem_of(small_case(tmp_path, change=lambda _, row: {**row, "installed": "2035-01-01"}))
    assert said(found, "62 elements were installed after 2024-07-15 (the last on 2035-01-01)")


def test_support_that_ended_before_installation_is_told(tmp_path: Path) -> None:
    change = {"installed": "2020-01-01", "support_end": "2010-01-01"}
    found = problem_of(small_case(tmp_path, change=lambda _, row: {**row, **change}))
    assert said(found, "the support of 62 elements ended before they were installed")


@pytest.mark.parametrize(
    ("known", "words"),
    [(date(2024, 1, 1), "law published after 2024-01-01 is not known"), (date(2025, 1, 1), "only by 2025-01-01")],
)
def test_law_known_on_another_day_than_the_plan_begins_is_told(known: date, words: str, tmp_path: Path) -> None:
    assert said(problem_of(small_case(tmp_path), known_at=known), words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[budget]]\nyear = 1999\nmost = 5", "the budget of 1999 lies outside the plan"),
        ('[[supply]]\nsupplier = "supplier-south"\nsites = 5\nto = 2020-01-01', "supplier-south lies outside"),
        ('currency = "GBP"', "default figures are in EUR and are taken one for one as GBP"),
    ],
)
def test_what_has_no_effect_on_the_plan_is_told(text: str, words: str, tmp_path: Path) -> None:
    assert said(problem_of(small_case(tmp_path, text + "\n")), words)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"schema = = 3", b'schema = "assay-plan/2"'])
def test_a_scenario_file_that_cannot_be_read_is_refused(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_bytes(text)
    with pytest.raises(AssayError) as caught:
        make_problem(small_case(tmp_path / "case"), DAY, DAY, scenario=path)
    assert "other.toml" in caught.value.where
