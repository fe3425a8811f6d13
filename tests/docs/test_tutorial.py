"""The tutorials are true: their files are written, their commands run in order, and the lines shown are printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import main

ROOT = Path(__file__).parent.parent.parent
PAGES = {"tutorial.md": 16, "futures.md": 5}
"""Each page with the least number of its commands."""
FILES = re.compile(r"`(\S+)`:\n\n```(?:toml|json|text)\n(.*?)```", re.S)
COMMAND = re.compile(r"```\n\$ ([^\n]*)\n(.*?)```", re.S)


@pytest.fixture(params=PAGES)
def page(request):
    return request.param, (ROOT / "docs" / request.param).read_text(encoding="utf-8")


@pytest.fixture
def folder(page, tmp_path, monkeypatch):
    for name in ("verifier", "src", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "try").mkdir()
    for name, text in FILES.findall(page[1]):
        (tmp_path / "try" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "try")
    return tmp_path


def test_a_tutorial_prints_what_it_shows(page, folder, capsys):
    commands = COMMAND.findall(page[1])
    assert len(commands) >= PAGES[page[0]]
    for command, shown in commands:
        printed = _run(shlex.split(command), capsys)
        rest = iter(printed.splitlines())
        for line in shown.splitlines():
            # A line may be shortened at its end, and stands after the one shown before it.
            pattern = ".*".join(re.escape(part) for part in line.split("..."))
            assert any(re.match(pattern, found) for found in rest), f"{command}\n{line}\n{printed}"


def _run(words, capsys):
    if words[0] == "python":
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True)
        return done.stdout
    assert words[0] == "assay"
    main(words[1:])
    out = capsys.readouterr()
    return out.out + out.err


def test_the_tutorials_are_linked_from_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"docs/{name}" in text for name in PAGES)
