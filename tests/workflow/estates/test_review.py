"""A review says what is lawful now, what changes when, how shares stand; expected values are read from networks.py."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.workflow.networks import ESTATE, network

from assay.decide.program import Assumption
from assay.errors import InputError
from assay.workflow.estates.case import load_case
from assay.workflow.estates.review import Reviewed, review, write_review

DAY = date(2026, 1, 1)
EXAMPLE = Path(__file__).parent.parent.parent.parent / "examples" / "europe"


def reviewed(folder: Path, on: date = DAY, **more) -> Reviewed:
    case, laws = network(folder, **more)
    return review(load_case(case, laws), on, date(2026, 1, 1))


def counts(found, act):
    return {(row["outcome"], row["force"]): row["elements"] for row in found["acts"][act]}


def test_elements_are_counted_by_answer_and_act(tmp_path):
    found = reviewed(tmp_path).found
    assert counts(found, "operate") == {
        ("phase-out-until", "binding"): 2, ("capped", "binding"): 2, ("unknown", ""): 1, ("permitted", ""): 2,
    }  # fmt: skip
    assert counts(found, "install") == {("permitted", ""): 7}


def test_every_later_change_of_the_law_stands_with_its_elements(tmp_path):
    found = reviewed(tmp_path).found
    days = {row["day"]: row for row in found["breakpoints"]}
    assert list(days) == ["2026-03-01", "2027-07-01"]
    begun = days["2026-03-01"]
    assert [(c["act"], c["to"]["outcome"]) for c in begun["changes"]] == [("install", "prohibited")] * 3
    assert begun["elements"] == 5
    assert [(c["what"], c["rule"]) for c in begun["law"]] == [("begins", "xx.new")]
    passed = days["2027-07-01"]
    assert [(c["from"]["outcome"], c["to"]["outcome"], c["elements"]) for c in passed["changes"]] == [
        ("phase-out-until", "prohibited", 2)
    ]
    assert [(c["what"], c["rule"]) for c in passed["law"]] == [("last day has passed", "xx.core")]


def test_a_change_before_the_day_asked_is_no_breakpoint(tmp_path):
    found = reviewed(tmp_path, on=date(2026, 3, 1)).found
    assert [row["day"] for row in found["breakpoints"]] == ["2027-07-01"]
    assert counts(found, "install")["prohibited", "binding"] == 5


def test_shares_are_whole_numbers_with_unknown_members_as_a_range(tmp_path):
    shares = {(s["group"]["operator"], s["metric"]): s for s in reviewed(tmp_path).found["shares"]}
    assert shares["One", "sites"]["share"] == [2, 2]
    assert (shares["One", "sites"]["denominator"], shares["One", "sites"]["state"]) == (3, "over")
    assert shares["One", "traffic"]["share"] == [60, 60]
    assert (shares["One", "traffic"]["denominator"], shares["One", "traffic"]["state"]) == (130, "within")
    assert shares["Two", "sites"]["share"] == [0, 1]
    assert shares["Two", "sites"]["state"] == "within"


def test_an_element_under_a_cap_is_capped_whatever_the_sum(tmp_path):
    rows = reviewed(tmp_path).decisions.collect().filter(pl.col("element").is_in(["a", "b"]))
    assert rows["operate_outcome"].to_list() == ["capped", "capped"]


def test_deadlines_count_contracts_that_run_beyond_the_last_day(tmp_path):
    (row,) = reviewed(tmp_path).found["deadlines"]
    assert (row["day"], row["rule"], row["elements"], row["contracts_beyond"]) == ("2027-06-30", "xx.core", 2, 1)


def test_a_missing_membership_is_an_open_question_with_who_can_answer_it(tmp_path):
    (row,) = reviewed(tmp_path).found["open"]
    assert (row["fact"], row["elements"], row["acts"]) == ("operator", 1, ["operate"])
    assert row["title"] == "whether Two is one of: addressed operators"
    assert row["obtainable"] == ["operator", "authority"]
    assert row["possible"] == ["capped", "permitted"]


def test_the_suppliers_view_says_when_a_market_closes(tmp_path):
    rows = {(r["supplier"], r["part"], r["act"]): r["steps"] for r in reviewed(tmp_path).found["suppliers"]}
    north = rows["Supplier North", "core", "operate"]
    assert [(s["from"], s["state"]) for s in north] == [("2026-01-01", "conditional"), ("2027-07-01", "closed")]
    assert [s["state"] for s in rows["Supplier South", "core", "operate"]] == ["open"]


def test_each_element_has_its_class_decision_and_first_unlawful_day(tmp_path):
    done = reviewed(tmp_path)
    rows = {row["element"]: row for row in done.decisions.collect().iter_rows(named=True)}
    assert rows["f"]["operate_unlawful_from"] == date(2027, 7, 1)
    assert rows["f"]["operate_deadline"] == date(2027, 6, 30)
    assert rows["f"]["contract_end"] == date(2027, 7, 1)
    assert rows["c"]["operate_unlawful_from"] is None
    assert rows["a"]["class"] == rows["b"]["class"] != rows["c"]["class"]
    assert len(rows["a"]["operate_decision"]) == 64


def test_an_assumption_is_named_and_puts_its_rule_in_force(tmp_path):
    case, laws = network(tmp_path)
    found = review(load_case(case, laws), DAY, DAY, (Assumption("xx.new", DAY),)).found
    assert found["assumed"] == [{"id": "xx.new", "from": "2026-01-01"}]
    assert counts(found, "install")["prohibited", "binding"] == 5
    assert found["rules"]["xx.new"]["assumed"] is True


def test_what_was_not_yet_known_is_not_law(tmp_path):
    case, laws = network(tmp_path)
    found = review(load_case(case, laws), DAY, date(2023, 12, 31)).found
    assert counts(found, "operate") == {("permitted", ""): 7}
    assert found["breakpoints"] == []


def test_a_day_before_the_source_of_the_residual_says_so(tmp_path):
    early = reviewed(tmp_path / "early", on=date(2019, 12, 31)).found["coverage"]
    later = reviewed(tmp_path / "later", on=date(2020, 1, 1)).found["coverage"]
    assert [c["before_its_source"] for c in (*early, *later)] == [True, False]


def test_powers_that_could_still_be_used_are_listed_with_what_they_reach(tmp_path):
    case, laws = network(tmp_path)
    rules = laws[0] / "xx" / "rules.toml"
    power = """
[[power]]
id = "xx.power"
instrument = "act"
part = ["core"]
says = "the ministry may name more suppliers"
valid = { from = 2024-01-01 }
known = { from = 2024-01-01 }
cite = [ { source = "s" } ]
"""
    rules.write_text(rules.read_text() + power)
    (row,) = review(load_case(case, laws), DAY, DAY).found["listed"]
    assert (row["rule"], row["effect"], row["elements"]) == ("xx.power", "power", 2)


def test_the_same_case_gives_the_same_document(tmp_path):
    case, laws = network(tmp_path)
    one, two = (review(load_case(case, laws), DAY, DAY).found for _ in range(2))
    assert json.dumps(one) == json.dumps(two)


def test_progress_tells_as_many_answers_as_were_announced(tmp_path):
    case, laws = network(tmp_path)
    told: list[int] = []
    total: list[int] = []
    review(load_case(case, laws), DAY, DAY, (), lambda n: (total.append(n), told.append)[1])
    assert total == [sum(told)]


def test_faulty_rows_are_listed_and_the_others_reviewed(tmp_path):
    bad = ESTATE + "h,One,XX,s8,11,50,core,Nobody,,\ni,One,XX,s9,11,50,roof,Supplier North,,\n"
    found = reviewed(tmp_path, estate=bad).found
    assert [(f["line"], f["column"], f["value"]) for f in found["faults"]] == [
        (9, "supplier", "Nobody"),
        (10, "part", "roof"),
    ]
    assert (found["estate"]["rows"], found["estate"]["reviewed"], found["estate"]["faulty"]) == (9, 7, 2)


def test_output_appears_whole_and_replaces_only_an_earlier_review(tmp_path):
    done, out = reviewed(tmp_path), tmp_path / "out" / "here"
    write_review(done, out)
    write_review(done, out)
    assert {p.name for p in out.iterdir()} == {"report.html", "decisions.parquet", "review.json", "deadlines.ics"}
    assert [p.name for p in out.parent.iterdir()] == ["here"]
    (out / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="E0507"):
        write_review(done, out)
    assert (out / "mine.txt").read_text() == "keep"


def test_nothing_is_left_when_writing_fails_half_way(tmp_path, monkeypatch):
    done = reviewed(tmp_path)

    def broken(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.workflow.estates.review.render_calendar", broken)
    with pytest.raises(InputError, match="No space left"):
        write_review(done, tmp_path / "out" / "here")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_shipped_example_shows_a_prohibition_a_cap_and_a_deadline():
    found = review(load_case(EXAMPLE), date(2026, 11, 22), date(2026, 11, 22)).found
    assert counts(found, "operate").get(("prohibited", "binding"), 0) > 0
    assert {share["state"] for share in found["shares"]} == {"over", "within", "unknown"}
    assert any(row["force"] == "binding" for row in found["deadlines"])
    assert any(row["changes"] for row in found["breakpoints"])
    assert found["open"]
    assert found["estate"]["faulty"] == 0
    assert {row["value"] for row in found["synthetic"]["memberships"]} >= {
        "supplier-north",
        "Operator Alpha (fictional)",
    }


def test_the_shipped_example_names_no_real_supplier_and_no_real_operator():
    frame = pl.read_csv(EXAMPLE / "estate.csv", infer_schema=False)
    assert all(name.startswith("supplier-") for name in frame["supplier"].unique())
    assert all(name.endswith("(fictional)") for name in frame["operator"].unique())
