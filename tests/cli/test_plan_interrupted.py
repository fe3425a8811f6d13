"""Ctrl-C and places that cannot be written: the best checked plan is kept, or nothing at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import main
from workflow.planning.cases import small_case

DATES = ["--on", "2024-07-15", "--known-at", "2024-07-15"]
PRESS = """
import os, signal, sys
from contextlib import contextmanager
import assay.cli.plan_case as room
from assay.cli.main import main

meter, times = room.meter, int(sys.argv.pop(1))

@contextmanager
def pressed(**told):
    with meter(**told) as progress:
        def told(stage, done, total, bound, cost):
            if cost is not None:
                for _ in range(times):
                    os.kill(os.getpid(), signal.SIGINT)
            return progress(stage, done, total, bound, cost)
        yield told

room.meter = pressed
sys.exit(main(sys.argv[1:]))
"""
"""Runs `assay` and presses Ctrl-C so many times, by a real signal, once there is a whole schedule."""


def pressed(times: int, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRESS, str(times), *words], capture_output=True, text=True, timeout=300, check=False
    )


def test_ctrl_c_keeps_the_best_checked_plan_and_says_that_it_depends_on_the_moment(tmp_path: Path) -> None:
    case, out = small_case(tmp_path / "case"), tmp_path / "out"
    done = pressed(1, ["plan", str(case), *DATES, "--out", str(out)])
    assert done.returncode == 0, done.stderr
    assert "the best plan so far is kept" in done.stderr
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["reproducible"] is False
    assert main(["plan", "check", str(out), "--case", str(case)]) == 0


def test_ctrl_c_twice_leaves_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    case, out = small_case(tmp_path / "case"), tmp_path / "out"
    done = pressed(2, ["plan", str(case), *DATES, "--out", str(out)])
    assert done.returncode == 130, done.stderr
    assert "nothing half-written was left" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        (["--seed", "-1"], "--seed"), (["--time-limit", "-1"], "--time-limit"), (["--effort", "0"], "--effort"),
        (["--scenario", "nowhere.toml"], "nowhere.toml"),
    ],
)  # fmt: skip
def test_numbers_and_files_that_cannot_be_meant_are_refused(
    more: list[str], where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(small_case(tmp_path)), *DATES, *more]) == 64
    assert where in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.cli.plan_case.make_problem", lambda *_: pytest.fail("work was begun"))
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert main(["plan", str(tmp_path), "--out", str(tmp_path / "file" / "out")]) == 64
    assert "E0401" in capsys.readouterr().err


def test_a_folder_with_something_else_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = small_case(tmp_path / "case")
    assert main(["plan", str(case), *DATES, "--out", str(case)]) == 64
    assert "E0507" in capsys.readouterr().err
