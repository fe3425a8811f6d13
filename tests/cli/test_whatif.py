"""Flip, diff, outlook and the reading verbs of laws as a person meets them, on a private pack."""

from __future__ import annotations

import csv
import io
import json

import pytest

from assay.cli.main import main
from worlds import CLASSES, HEAD, rule

BAN = rule("ban", "prohibit", 'when = { fact = "zone", op = "in", value = ["inner"] }', valid="from = 2024-05-01")


@pytest.fixture
def laws(tmp_path):
    """A folder with the one private pack XX."""
    root = tmp_path / "laws" / "xx"
    root.mkdir(parents=True)
    (root / "pack.toml").write_text(HEAD, encoding="utf-8")
    (root / "classes.toml").write_text(CLASSES, encoding="utf-8")
    (root / "rules.toml").write_text(BAN, encoding="utf-8")
    return str(root.parent)


def run(capsys, *argv):
    code = main(list(argv))
    out = capsys.readouterr()
    return code, out.out, out.err


def question(laws, on="2025-01-01"):
    return (
        "--supplier",
        "north",
        "--part",
        "core",
        "--in",
        "XX",
        "--on",
        on,
        "--context",
        "zone=inner",
        "--laws",
        laws,
    )


def test_flip_of_a_question_names_the_fact_the_party_and_the_law(capsys, laws):
    code, out, _ = run(capsys, "flip", *question(laws))
    assert code == 0
    assert "zone: inner -> none of the values that the rules name" in out
    assert "to act: operator" in out
    assert "in the hands of the legislator; applied by: Ministry" in out


def test_flip_of_the_last_decision_is_flip_of_its_question(capsys, laws):
    run(capsys, "ask", *question(laws))
    _, last, _ = run(capsys, "flip", "--last", "--laws", laws, "--format", "json")
    _, direct, _ = run(capsys, "flip", *question(laws), "--format", "json")
    kept = json.loads(last)
    assert kept.pop("reproduced")
    assert kept == json.loads(direct)


def test_diff_of_two_days_names_the_clock_and_the_rule(capsys, laws):
    run(capsys, "ask", *question(laws))
    code, out, _ = run(capsys, "diff", "--last", "--on", "2024-04-30", "--laws", laws)
    assert code == 1
    assert "as_of: 2025-01-01 -> 2024-04-30" in out
    assert "went" in out
    assert "xx.ban [holds]: ban (has effect from 2024-05-01)" in out


def test_diff_of_a_decision_with_itself_is_the_same(capsys, laws):
    run(capsys, "ask", *question(laws))
    code, out, _ = run(capsys, "diff", "--last", "--laws", laws)
    assert (code, out) == (0, "the same decision\n")


def test_diff_of_three_decisions_is_refused(capsys):
    code, _, err = run(capsys, "diff", "aaaa", "bbbb", "cccc")
    assert code == 64
    assert err.startswith("E0107")


def test_outlook_has_a_row_for_every_jurisdiction_and_part(capsys, laws):
    argv = ("outlook", "--supplier", "north", "--on", "2025-01-01", "--laws", laws)
    code, out, _ = run(capsys, *argv, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    codes = {row["jurisdiction"] for row in rows}
    assert code == 0
    assert {"XX", "EU"} <= codes
    assert len(rows) == 4 * len(codes)
    assert {row["outcome"] for row in rows if row["jurisdiction"] == "XX"} == {"unknown"}
    _, words, _ = run(capsys, *argv)
    assert "XX  not determined" in words


def test_outlook_says_advised_against_where_only_advice_speaks(capsys, laws, tmp_path):
    (tmp_path / "laws" / "xx" / "rules.toml").write_text(
        rule("warn", "prohibit", instrument="letter"), encoding="utf-8"
    )
    _, out, _ = run(capsys, "outlook", "--supplier", "north", "--on", "2025-01-01", "--laws", laws)
    (line,) = [line for line in out.splitlines() if line.startswith("XX")]
    assert line.split()[1:] == ["advised", "against"] * 4


@pytest.mark.parametrize("verb", ["list", "coverage", "due"])
def test_reading_verbs_give_json_with_a_schema(capsys, verb):
    _, out, _ = run(capsys, "laws", verb, "--format", "json")
    assert json.loads(out)["schema"] == f"assay-laws-{verb}/1"
    assert json.loads(out)["rows"]


def test_show_of_a_pack_leads_with_its_title(capsys, laws):
    code, text, _ = run(capsys, "laws", "show", "xx", "--laws", laws)
    assert code == 0
    assert text.startswith("xx: Exampleland\n")
