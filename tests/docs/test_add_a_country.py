"""A newcomer's way: the pack on the page is taken from the page, loaded, run, broken and asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assay.cli.main import main

PAGE = Path(__file__).parent.parent.parent / "docs" / "add-a-country.md"


@pytest.fixture
def folder(tmp_path):
    blocks = re.findall(r"```toml\n# (\w+\.toml)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert [name for name, _ in blocks] == ["pack.toml", "classes.toml", "rules.toml", "cases.toml"]
    (tmp_path / "xx").mkdir()
    for name, text in blocks:
        (tmp_path / "xx" / name).write_text(text, encoding="utf-8")
    return str(tmp_path)


def test_the_pack_on_the_page_loads_and_its_cases_hold(folder, capsys):
    assert main(["laws", "check", "xx", "--laws", folder]) == 0
    assert "xx: 9 cases, 0 misses" in capsys.readouterr().out


def test_the_cases_on_the_page_notice_nine_of_ten_breaks(folder, capsys):
    assert main(["laws", "mutants", "xx", "--laws", folder]) == 0
    found = re.search(r"xx +(\d+) of +(\d+) killed", capsys.readouterr().out)
    assert found is not None
    assert 10 * int(found[1]) >= 9 * int(found[2])


def test_the_new_country_can_be_asked(folder, capsys):
    argv = [
        "ask",
        "--supplier",
        "supplier-north",
        "--part",
        "core",
        "--activity",
        "operate",
        "--in",
        "XX",
        "--on",
        "2025-01-01",
    ]
    assert main([*argv, "--laws", folder]) == 0
    assert capsys.readouterr().out.startswith("ALLOWED UNTIL 2026-12-31")


def test_a_misspelt_key_names_file_and_line(folder, capsys):
    path = Path(folder) / "xx" / "rules.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("until =", "untill ="), encoding="utf-8")
    assert main(["laws", "check", "xx", "--laws", folder]) == 64
    err = capsys.readouterr().err
    assert "xx/rules.toml, line 1" in err
    assert "untill" in err or "without `until`" in err


def test_a_context_word_that_no_rule_names_is_said_and_a_named_one_is_not(folder, capsys):
    rules = Path(folder) / "xx" / "rules.toml"
    listed = '{ fact = "supplier", op = "in-class", value = "xx:listed" }'
    both = f'{{ all = [ {listed}, {{ fact = "zone", op = "in", value = ["inner"] }} ] }}'
    rules.write_text(rules.read_text(encoding="utf-8").replace(listed, both), encoding="utf-8")
    argv = ["ask", "--supplier", "supplier-north", "--part", "core", "--activity", "operate", "--in", "XX"]
    argv += ["--laws", folder, "--on", "2025-01-01", "--context"]
    main([*argv, "zone=iner"])
    assert "no rule names zone = 'iner'; rules name such as inner" in capsys.readouterr().err
    main([*argv, "zone=inner"])
    assert capsys.readouterr().err == ""
