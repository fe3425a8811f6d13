"""Truth tables: how rows are asked, and the table of the second reading."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.workflow.answers.backtest import COLUMNS, backtest, read_rows

DATA = Path(__file__).parents[3] / "data" / "law"
READINGS = ("second", "third")
KNOWN = date(2026, 11, 24)


def _compared(folder: Path, *rows: str) -> list[dict[str, Any]]:
    path = folder / "rows.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return list(backtest(read_rows(path), KNOWN))


def test_a_row_that_cannot_be_asked_is_a_miss_and_stops_no_other_row(tmp_path: Path) -> None:
    lost, found = _compared(
        tmp_path,
        "a,2022-11-01,GB,No Such Supplier,ran,install,,permitted,",
        "b,2022-11-01,GB,Huawei,ran,install,,prohibited,binding",
    )
    assert (lost["agrees"], lost["also_agrees"], lost["outcome"]) == (False, False, "")
    assert lost["error"].startswith("line 2: E0102 supplier 'No Such Supplier'")
    assert (found["agrees"], "error" in found) == (True, False)


@pytest.mark.parametrize(("outcome", "force"), [("forbidden", "binding"), ("prohibited", "law"), ("", "")])
def test_an_expectation_that_is_none_is_named_and_not_counted_as_our_fault(
    tmp_path: Path, outcome: str, force: str
) -> None:
    found = _compared(tmp_path, f"a,2022-11-01,GB,Huawei,ran,install,,{outcome},{force}")[0]
    assert found["error"].startswith("line 2: E0405")


@pytest.mark.parametrize(("alias", "code"), [("UK", "GB"), ("uk", "GB"), ("EL", "GR")])
def test_a_table_of_aliases_alone_loads_the_packs_that_are_meant(tmp_path: Path, alias: str, code: str) -> None:
    rows = [f"a,2022-11-01,{name},Huawei,ran,install,,prohibited,binding" for name in (alias, code)]
    by_alias, by_code = (_compared(tmp_path, row)[0] for row in rows)
    assert by_alias["decision"] == by_code["decision"]


@pytest.mark.parametrize(
    "context", ["operator:tdc net;layer:dwdm", "operator:TDC-NET;layer:DWDM", "operator:TDC NET A/S;layer:DWDM"]
)
def test_case_spaces_and_hyphens_of_a_context_value_do_not_matter(tmp_path: Path, context: str) -> None:
    row = _compared(tmp_path, f"a,2023-07-01,DK,Huawei,transport,operate,{context},phase-out-until,binding")[0]
    assert row["agrees"]


def test_a_dot_tells_two_bands_apart(tmp_path: Path) -> None:
    ask = "2021-07-15,SE,Huawei,core,install,bands:{};function:central,prohibited,binding"
    same, other = (_compared(tmp_path, "a," + ask.format(band))[0] for band in ("3.5 ghz", "35GHz"))
    assert (same["agrees"], other["outcome"]) == (True, "permitted")


def test_case_does_not_matter_in_part_activity_and_closed_values(tmp_path: Path) -> None:
    row = _compared(tmp_path, "a,2024-02-01,GB,HUAWEI,RAN,Operate,generation:5g,phase-out-until,binding")[0]
    assert row["agrees"]


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_covers_every_jurisdiction_and_says_where_each_row_was_read(reading: str) -> None:
    rows = read_rows(DATA / f"{reading}_reading.csv")
    codes = {{"UK": "GB", "EL": "GR"}.get(row.get("jurisdiction"), row.get("jurisdiction")) for row in rows}
    assert len(rows) >= 250
    assert len(codes) == 50
    assert len({row.get("case_id") for row in rows}) == len(rows)
    assert all(row.get("from") and row.get("first_run") for row in rows)
    assert all(row.get("settled") for row in rows if row.get("first_run") != "agreed"), "a difference without an end"


def test_the_third_reading_asks_on_two_clocks_and_of_every_part_and_act() -> None:
    rows = read_rows(DATA / "third_reading.csv")
    assert sum(bool(row.get("date_known")) for row in rows) >= 50
    assert {row.get("network_part") for row in rows} == {"core", "ran", "transport", "management", "any"}
    assert {row.get("activity") for row in rows} >= {"purchase", "install", "operate", "maintain", "supply-components"}


@pytest.mark.parametrize("reading", READINGS)
def test_the_readme_quotes_the_first_run_of_a_reading(reading: str) -> None:
    rows = read_rows(DATA / f"{reading}_reading.csv")
    hard = [row for row in rows if row.get("outcome") != "permitted"]
    first, hard_first = (sum(row.get("first_run").startswith("agreed") for row in part) for part in (rows, hard))
    text = (DATA.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"{reading} reading of {len(rows)} rows" in text
    assert (
        f"agreed in {first} at the first run (of the {len(hard)} that are not simply permitted in {hard_first})" in text
    )


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_agrees_but_for_the_misses_that_it_lists(reading: str) -> None:
    table = read_rows(DATA / f"{reading}_reading.csv")
    listed = {row.get("case_id") for row in table if row.get("settled").startswith("stays a miss")}
    differs = {
        row["case_id"] for row in backtest(table, KNOWN)
        if not (row["agrees"] and row["also_agrees"] and row["deadline_agrees"] and row["cap_agrees"])
    }  # fmt: skip
    assert differs == listed


def test_any_act_is_answered_by_the_strictest_of_the_acts_of_an_operator(tmp_path: Path) -> None:
    whole, parts = _compared(
        tmp_path,
        "a,2022-11-01,GB,Huawei,ran,any,generation:5G,prohibited,binding",
        "b,2019-06-01,US,Huawei,any,any,,permitted,",
    )
    assert whole["agrees"]
    assert parts["agrees"], "supplying components is no act of an operator"
