"""What people read fits their terminal; what programs read is untouched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.cli.screen import folded, say

ROW = "  because      an act of some length that forbids what was asked about, and says why at length    xx.ban"


def test_a_long_row_hangs_under_its_own_column():
    first, *rest = folded(ROW, 50).split("\n")
    assert first.startswith("  because      an act")
    assert rest
    assert all(line.startswith(" " * 15) and line[15] != " " for line in rest)
    assert all(len(line) <= 50 for line in (first, *rest))


def test_colour_takes_no_room():
    painted = ROW.replace("because     ", "\x1b[36mbecause     \x1b[0m")
    assert folded(painted, 50).replace("\x1b[36m", "").replace("\x1b[0m", "") == folded(ROW, 50)


@given(st.lists(st.text("ab \n", max_size=60), max_size=4).map("\n".join), st.integers(40, 120))
def test_folding_loses_no_word(text, width):
    assert folded(text, width).split() == text.split()


@pytest.mark.parametrize("width", [1, 40])
def test_a_word_wider_than_the_terminal_stays_whole(width):
    assert "x" * 90 in folded("  label        " + "x" * 90 + " y", width)


def test_a_pipe_gets_the_text_as_it_is(capsys):
    say(ROW * 3)
    assert capsys.readouterr().out == ROW * 3 + "\n"
