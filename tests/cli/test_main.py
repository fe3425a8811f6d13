"""The command as a person meets it: help, bad input, exit codes, stable JSON."""

from __future__ import annotations

import json

import pytest

from assay.cli.main import COMMANDS, main


def run(capsys, *argv):
    code = main(list(argv))
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_examples(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"assay {command}" in out
    assert "examples:" in out


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--supplier", "Huawie", "--in", "US"], "E0102"),
        (["--supplier", "ZTE", "--in", "ZZ"], "E0101"),
        (["--supplier", "ZTE", "--in", "US", "--part", "roof"], "E0106"),
        (["--supplier", "ZTE", "--in", "US", "--activity", "eat"], "E0106"),
        (["--supplier", "ZTE", "--in", "US", "--on", "2020-02-30"], "E0103"),
        (["--supplier", "ZTE", "--in", "US", "--context", "colour=red"], "E0104"),
        (["--supplier", "ZTE", "--in", "US", "--context", "generation=9G"], "E0104"),
        (["--supplier", "ZTE", "--in", "US", "--assume", "nothing"], "E0105"),
        (["--supplier", "ZTE", "--in", "US", "--context", "operator=A", "--context", "operator=B"], "E0104"),
        (["--supplier", "ZTE", "--in", "US", "--context", "prior-authorisation=yes|no"], "E0104"),
        (["--supplier", "ZTE", "--in", "US", "--context", "bands=|"], "E0104"),
        (["--supplier", "ZTE", "--in", "US", "--context", "installed=soon"], "E0103"),
        (["--supplier", "ZTE", "--in", "US", "--hide", "colour"], "E0109"),
        (["--supplier", "ZTE"], "E0100"),
    ],
)
def test_bad_questions_say_what_and_what_to_do(capsys, argv, code):
    status, out, err = run(capsys, "ask", *argv)
    assert status == 64
    assert out == ""
    assert err.startswith(code)
    assert f"assay explain {code}" in err


def test_a_context_key_given_twice_means_both_values(capsys):
    ask = ("ask", "--supplier", "ZTE", "--in", "SE", "--part", "core", "--activity", "install", "--on", "2021-07-15")
    (_, once, _), (_, twice, _) = (
        run(capsys, *ask, *bands, "--context", "function=central", "--format", "json")
        for bands in (("--context", "bands=3.5GHz|2.3GHz"), ("--context", "bands=3.5GHz", "--context", "bands=2.3GHz"))
    )
    assert once == twice


def test_a_misspelt_supplier_gets_suggestions(capsys):
    _, _, err = run(capsys, "ask", "--supplier", "Huawie", "--in", "US")
    assert "huawei" in err


@pytest.mark.parametrize("name", ["Germany", "germany", "de", "DE"])
def test_a_jurisdiction_goes_by_its_code_and_its_english_name(capsys, name):
    _, out, _ = run(capsys, "ask", "--supplier", "Nokia", "--in", name, "--on", "2019-01-01")
    assert out.startswith("NO RESTRICTION FOUND   DE")


@pytest.mark.parametrize(("name", "meant"), [("Germny", "DE (Germany)"), ("Swedn", "SE (Sweden)")])
def test_a_misspelt_country_gets_the_country_that_is_meant(capsys, name, meant):
    _, _, err = run(capsys, "ask", "--supplier", "Nokia", "--in", name)
    assert f"did you mean {meant}?" in err


def test_a_date_in_another_form_is_refused_without_words_of_the_interpreter(capsys):
    _, _, err = run(capsys, "ask", "--supplier", "Nokia", "--in", "DE", "--on", "30.02.2023")
    assert "'30.02.2023' is no date\n" in err


def test_a_name_like_nothing_known_gets_no_suggestion(capsys):
    _, _, err = run(capsys, "ask", "--supplier", "Acme", "--in", "DE")
    assert "did you mean" not in err


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("supplier;in\nZTE;GB\n", "the table looks separated by ';'"),
        ("supplier,supplier,in\nZTE,a,GB\n", "column `supplier` stands twice"),
        ("supplier,in\n", "the table holds no row"),
        ('supplier,in\nZTE,"GB\n', "no valid CSV"),
        ("supplier,part,in\nZTE,ran\n", "line 2: E0402 the cell `in` is empty"),
    ],
)
def test_a_bad_table_of_questions_says_what_is_wrong(capsys, tmp_path, table, says):
    path = tmp_path / "q.csv"
    path.write_text(table, encoding="utf-8")
    status, out, err = run(capsys, "ask", "--batch", str(path))
    assert status == 64
    assert out == ""
    assert says in err


def test_a_quoted_cell_may_hold_a_line_break(capsys, tmp_path):
    path = tmp_path / "q.csv"
    path.write_text('supplier,in,on,product\nNokia,DE,2019-01-01,"Box\n7"\nNokia,QQ,,\n', encoding="utf-8")
    _, out, err = run(capsys, "ask", "--batch", str(path))
    assert out.startswith("NO RESTRICTION FOUND")
    assert err.startswith("line 4: E0101")


@pytest.mark.parametrize("name", ["de", "DE", "Germany", "de.contract2024.core", "DE.contract2024.core"])
def test_law_is_shown_by_pack_rule_or_country_whatever_the_case(capsys, name):
    status, out, _ = run(capsys, "laws", "show", name)
    assert status == 0
    assert out.startswith("de")


def test_a_country_of_several_packs_names_them(capsys):
    status, _, err = run(capsys, "laws", "show", "US")
    assert status == 64
    assert "us-equipment or us-export" in err


def test_json_is_the_same_twice_and_names_its_schema(capsys):
    argv = (
        "ask",
        "--supplier",
        "ZTE",
        "--part",
        "ran",
        "--in",
        "AU",
        "--on",
        "2020-02-15",
        "--known-at",
        "2026-11-24",
        "--format",
        "json",
    )
    first, second = run(capsys, *argv), run(capsys, *argv)
    assert first == second
    assert json.loads(first[1])["schema"] == "assay-decision/1"


def test_a_day_of_knowledge_that_lies_ahead_is_taken_with_a_note_and_read_as_what_the_packs_hold(capsys):
    argv = ("ask", "--supplier", "ZTE", "--part", "ran", "--in", "AU", "--on", "2020-02-15", "--known-at")
    _, out, err = run(capsys, *argv, "2300-01-01")
    assert "note: --known-at 2300-01-01 lies ahead" in err
    assert "law as known on 2300-01-01, read for these packs up to 2026-" in out
    assert "note: --known-at" not in run(capsys, *argv, "2026-11-24")[2]


def test_unknown_is_exit_2_and_says_what_would_settle_it(capsys):
    code, out, _ = run(capsys, "ask", "--supplier", "ZTE", "--part", "ran", "--in", "US", "--on", "2021-06-01")
    assert code == 2
    assert out.startswith("NOT DETERMINED")
    assert '--context "funding=' in out


def test_a_kept_decision_is_found_again_by_its_first_digits(capsys):
    _, out, _ = run(capsys, "ask", "--supplier", "ZTE", "--part", "ran", "--in", "AU", "--format", "json")
    name = json.loads(out)["id"]
    assert run(capsys, "why", name[:8])[0] == 0
    assert run(capsys, "why", "--last")[0] == 0
    code, _, err = run(capsys, "why", "zzzz")
    assert (code, err[:5]) == (64, "E0107")


def test_an_unknown_command_is_a_usage_error(capsys):
    assert run(capsys, "decide")[0] == 64


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["frobnicate"], "E0109", "invalid choice"),
        (["ask", "--suplier", "ZTE"], "E0109", "--suplier"),
        (["review"], "E0109", "CASE"),
        (["ask", "--supplier", "ZTE", "--in", "GB", "--facts", "nope.toml"], "E0500", "nope.toml"),
        (["ask", "--supplier", "ZTE", "--in", "GB", "--assume", "eu.csa@2027-01-01"], "E0105", "eu.csa2"),
        (["outlook", "--supplier", "ZTE", "--assume", "nothing@2027-01-01"], "E0105", "nothing"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_an_error_with_a_code(capsys, argv, code, says):
    result, out, err = run(capsys, *argv)
    assert (result, out) == (64, "")
    assert err.startswith(code)
    assert says in err


def test_without_a_command_the_help_is_shown(capsys):
    code, out, _ = run(capsys)
    assert code == 64
    assert "assay" in out
    assert "review" in out


def test_the_reasons_of_a_permission_say_what_was_looked_at_and_use_the_suppliers_name(capsys):
    run(capsys, "ask", "--supplier", "zte", "--in", "GB", "--on", "1850-01-01")
    _, out, _ = run(capsys, "why", "--last")
    assert "buying ZTE equipment" in out
    assert "no restriction found in" in out
    assert "source is younger than the date asked" in out
