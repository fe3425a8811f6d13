"""`assay review`, `assay case` and `assay ask --batch` as a person meets them."""

import csv
import io
import json

import pytest
from tests.workflow.networks import network

from assay.cli.main import main

ON = ("--on", "2026-01-01", "--known-at", "2026-01-01")


def run(capsys, *argv):
    code = main([str(part) for part in argv])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_review_writes_its_files_and_says_where(capsys, tmp_path):
    case, (laws,) = network(tmp_path)
    code, out, err = run(capsys, "review", case, "--laws", laws, *ON, "--out", tmp_path / "out")
    assert code == 0
    assert err == ""
    assert "Of 7 elements" in out
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "report.html", "decisions.parquet", "review.json", "deadlines.ics"}  # fmt: skip


def test_the_json_on_the_terminal_is_the_file(capsys, tmp_path):
    case, (laws,) = network(tmp_path)
    code, out, _ = run(capsys, "review", case, "--laws", laws, *ON, "--out", tmp_path / "out", "--format", "json")
    assert code == 0
    assert json.loads(out)["schema"] == "assay-review/1"
    assert out == (tmp_path / "out" / "review.json").read_text(encoding="utf-8")


def test_without_out_nothing_is_written(capsys, tmp_path, monkeypatch):
    case, (laws,) = network(tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert run(capsys, "review", case, "--laws", laws, *ON)[0] == 0
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["review", "nowhere"], "E0500"),
        (["review", "{case}", "--laws", "{laws}", "--on", "2026-02-30"], "E0103"),
        (["review", "{case}", "--laws", "{laws}", "--assume", "x"], "E0105"),
        (["review", "{case}", "--laws", "{laws}", "--out", "{case}"], "E0507"),
        (["review", "{case}", "--laws", "{laws}", "--map", "none.toml"], "E0500"),
        (["case", "new", "{case}"], "E0506"),
    ],
)
def test_bad_input_names_its_code_and_leaves_nothing(capsys, tmp_path, argv, code):
    case, (laws,) = network(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result, out, err = run(capsys, *[part.format(case=case, laws=laws) for part in argv])
    assert (result, out) == (64, "")
    assert err.startswith(code)
    assert "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_new_case_says_what_comes_next(capsys, tmp_path):
    code, out, _ = run(capsys, "case", "new", tmp_path / "mine")
    assert code == 0
    assert "assay review" in out
    result, _, err = run(capsys, "review", tmp_path / "mine")
    assert result == 64
    assert err.startswith("E0505")


QUESTIONS = """supplier,in,part,activity,on,known-at,generation,context
supplier-north,XX,core,operate,2026-01-01,2026-01-01,5G,
Supplier North,xx,core,operate,2027-07-01,2026-01-01,,generation=5G;operator=One
Nobody,XX,core,operate,2026-01-01,,,
supplier-north,XX,core,operate,2026-13-01,,,
supplier-north,XX,ran,operate,2026-01-01,2026-01-01,,operator=Two
"""


def batch(capsys, tmp_path, text, *more):
    case, (laws,) = network(tmp_path)
    path = tmp_path / "questions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run(capsys, "ask", "--batch", path, "--laws", laws, "--facts", case / "facts.toml", *more)


def test_a_batch_says_once_which_rows_ask_of_knowledge_that_lies_ahead(capsys, tmp_path):
    row = "supplier-north,XX,core,operate,2026-01-01,2300-01-01,5G,\n"
    _, _, err = batch(capsys, tmp_path, QUESTIONS.splitlines()[0] + "\n" + row + row)
    assert err.splitlines() == [
        "note: known-at on line 2 and 1 more lies ahead: nobody knows what will be public by then; "
        "an answer knows what was read when its packs were coded"
    ]


def test_a_batch_answers_what_it_can_and_names_the_other_rows(capsys, tmp_path):
    code, out, err = batch(capsys, tmp_path, QUESTIONS, "--format", "csv")
    rows = {row["line"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 64
    assert (rows["2"]["outcome"], rows["2"]["deadline"]) == ("phase-out-until", "2027-06-30")
    assert (rows["3"]["outcome"], rows["3"]["force"], rows["3"]["deciding"]) == ("prohibited", "binding", "xx.core")
    assert rows["3"]["context"] == "generation=5G;operator=One"
    assert rows["4"]["error"].startswith("E0102")
    assert rows["5"]["error"].startswith("E0103")
    assert (rows["6"]["outcome"], rows["6"]["missing"]) == ("unknown", "operator")
    assert err == ""


def test_a_batch_in_words_puts_answers_on_one_stream_and_faults_on_the_other(capsys, tmp_path):
    code, out, err = batch(capsys, tmp_path, QUESTIONS)
    assert code == 64
    assert len(out.splitlines()) == 3
    assert [line.split(":")[0] for line in err.splitlines()] == ["line 4", "line 5"]


def test_a_batch_with_an_open_answer_ends_with_2(capsys, tmp_path):
    header, *lines = QUESTIONS.splitlines()
    code, out, _ = batch(capsys, tmp_path, "\n".join([header, lines[0], lines[-1]]) + "\n", "--format", "json")
    assert code == 2
    assert [row["line"] for row in json.loads(out)["rows"]] == [2, 3]


def test_a_batch_refuses_an_option_that_its_table_would_overrule_in_silence(capsys, tmp_path):
    code, out, err = batch(capsys, tmp_path, QUESTIONS, "--supplier", "supplier-south")
    assert (code, out) == (64, "")
    assert err.startswith("E0109 --supplier")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe", "E0400"),
        ("supplier,part\nx,core\n", "E0402"),
        ("supplier,in,colour\nx,XX,red\n", "E0402"),
        ("", "E0402"),
    ],
)
def test_a_table_of_questions_that_cannot_be_read_is_an_error(capsys, tmp_path, text, code):
    result, out, err = batch(capsys, tmp_path, text)
    assert (result, out) == (64, "")
    assert err.startswith(code)


def test_a_row_with_too_many_cells_is_named(capsys, tmp_path):
    code, _, err = batch(capsys, tmp_path, "supplier,in\nsupplier-north,XX\nsupplier-north,XX,more\n")
    assert code == 64
    assert err.startswith("line 3: E0403")


def test_one_answer_as_csv_is_one_row(capsys, tmp_path):
    case, (laws,) = network(tmp_path)
    argv = ["ask", "--supplier", "supplier-north", "--in", "XX", "--part", "core", "--activity", "operate", *ON]
    code, out, _ = run(capsys, *argv, "--laws", laws, "--facts", case / "facts.toml", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert code == 0
    assert (row["outcome"], row["force"], row["deadline"]) == ("phase-out-until", "binding", "2027-06-30")
