"""Elements stand in one class exactly where every rule on every day gives them the same answer for the same reason."""

from datetime import date

import polars as pl
import pytest
from tests.workflow.networks import network

from assay.decide.decide import ask
from assay.model.estate import ACTS
from assay.model.question import Question
from assay.workflow.estates.case import load_case
from assay.workflow.estates.review import review
from assay.workflow.estates.table import _last_row

DAY = date(2026, 1, 1)
RULE = """
[[rule]]
id = "xx.old"
instrument = "act"
effect = "prohibit"
activity = ["operate"]
when = { fact = "installed", op = "lt", value = 2020-01-01 }
valid = { from = 2024-01-01 }
known = { from = 2024-01-01 }
says = "forbids what was installed before 2020"
cite = [ { source = "s" } ]
"""


def done(folder, estate):
    case, laws = network(folder, estate)
    rules = laws[0] / "xx" / "rules.toml"
    rules.write_text(rules.read_text() + RULE)
    loaded = load_case(case, laws)
    return loaded, review(loaded, DAY, DAY)


DAYS = ("2019-12-31", "2020-01-01", "2019-12-30", "2026-05-05", "")
DATED = "element,operator,jurisdiction,part,supplier,product,installed\n" + "".join(
    f"e{n},One,XX,ran,Supplier South,P{n % 7},{DAYS[n % 5]}\n" for n in range(40)
)


def test_days_are_told_apart_only_where_a_rule_does(tmp_path):
    found = done(tmp_path, DATED)[1].found
    rows = {tuple(c["context"].get("installed", [""])): c["elements"] for c in found["classes"]}
    assert rows == {("",): 8, ("2019-12-30",): 16, ("2020-01-01",): 16}


def test_products_that_nothing_names_stand_together_and_the_suppliers_view_lists_them(tmp_path):
    found = done(tmp_path, DATED)[1].found
    assert {c["product"] for c in found["classes"]} == {"P0"}
    assert {tuple(row["products"]) for row in found["suppliers"]} == {tuple(f"P{n}" for n in range(7))}


def test_each_element_gets_the_answer_that_its_own_question_gets(tmp_path):
    loaded, reviewed = done(tmp_path, DATED)
    for row in reviewed.decisions.collect().iter_rows(named=True):
        for act in ACTS:
            context = {"operator": ("One",)}
            if row["installed"]:
                context["installed"] = (row["installed"].isoformat(),)
            alone = ask(
                loaded.library, Question("supplier-south", "ran", act, "XX", DAY, DAY, row["product"], context)
            ).verdict
            assert (row[f"{act}_outcome"], row[f"{act}_force"]) == (alone.outcome, alone.force or "")


def test_the_order_of_rows_changes_nothing_but_the_rows(tmp_path):
    header, *lines = DATED.splitlines()
    one = done(tmp_path / "one", DATED)[1].found
    two = done(tmp_path / "two", "\n".join([header, *lines[::-1]]) + "\n")[1].found
    assert one["classes"] == two["classes"]
    assert one["suppliers"] == two["suppliers"]


def test_a_table_read_in_small_blocks_is_the_same_table(tmp_path, monkeypatch):
    quoted = DATED.replace("e7,", '"e\n7",').replace("e9,One", 'e"9,One').replace("e20,One,XX", "e20,One,YY")
    monkeypatch.setattr("assay.workflow.estates.table._BLOCK", 1 << 24)
    whole = done(tmp_path / "whole", quoted)[0].estate
    monkeypatch.setattr("assay.workflow.estates.table._BLOCK", 64)
    small = done(tmp_path / "small", quoted)[0].estate
    assert small.faults == whole.faults
    assert [f.line for f in whole.faults] == [22]
    assert small.rows == whole.rows == 40
    texts = pl.all().cast(pl.String)
    assert small.frame.select(texts).equals(whole.frame.select(texts))


@pytest.mark.parametrize(
    ("data", "cut"), [(b"a\nb\nc", 4), (b'a\n"b\nc', 2), (b'"a\nb"\nc', 6), (b"abc", 0), (b'5" a\nb', 5)]
)
def test_a_block_ends_after_a_whole_row(data, cut):
    assert _last_row(data) == cut


def test_a_context_that_only_another_countrys_rules_read_makes_no_classes(tmp_path):
    """The installation day is read in Exampleland only, so elsewhere every day stands in one class."""
    abroad = "".join(f"f{n},One,AL,ran,Supplier South,P{n % 7},{DAYS[n % 5]}\n" for n in range(40))
    case, laws = network(tmp_path, DATED + abroad)
    rules = laws[0] / "xx" / "rules.toml"
    rules.write_text(rules.read_text() + RULE)
    toml = case / "case.toml"
    toml.write_text(toml.read_text().replace('["XX"]', '["XX", "AL"]'))
    found = review(load_case(case, laws), DAY, DAY).found
    counts = {code: [c["elements"] for c in found["classes"] if c["jurisdiction"] == code] for code in ("XX", "AL")}
    assert counts == {"XX": [8, 16, 16], "AL": [40]}
