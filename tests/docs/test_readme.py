"""The README shows what the commands print: each `$ assay ...` block is run and compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from assay.cli.main import main

ROOT = Path(__file__).parent.parent.parent
BLOCKS = re.findall(r"```\n\$ (assay [^\n]*)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)


def test_the_readme_shows_commands():
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[b[0][:60] for b in BLOCKS])
def test_the_readme_shows_true_output(capsys, monkeypatch, command, shown):
    monkeypatch.chdir(ROOT)
    main(shlex.split(command)[1:])
    printed = capsys.readouterr().out
    if shown.rstrip().endswith("..."):  # the beginning is shown
        assert printed.startswith(shown.rstrip().removesuffix("...").rstrip())
    else:
        assert printed == shown


def test_the_first_two_commands_are_review_and_test():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```\n(make [^\n]*)\n(make [^\n]*)\n```", text)
    assert first is not None
    assert [part.split("#")[0].strip() for part in first.groups()] == ["make review", "make test"]
