"""`assay review` on a large inventory: the shipped example repeated, with one row of too many cells in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "europe"
DAY = "2026-11-22"
CHUNK = 20_000


@dataclass(frozen=True)
class Measured:
    """One run in a process of its own."""

    wall: float
    cpu: float
    peak: int
    size: int
    said: str


def write_case(folder: Path, rows: int) -> Path:
    """A case of so many rows: the example's, with new names of elements and sites each time round."""
    case = folder / f"case-{rows}"
    case.mkdir()
    for name in ("case.toml", "facts.toml"):
        shutil.copy(EXAMPLE / name, case)
    header, *lines = (EXAMPLE / "estate.csv").read_text(encoding="utf-8").splitlines()
    cells = [line.split(",", 4) for line in lines]
    made = (
        f"{c[0]}-{n // len(cells)},{c[1]},{c[2]},{c[3]}-{n // len(cells)},{c[4]}{',one,too many' * (n == rows // 2)}\n"
        for n in range(rows) for c in (cells[n % len(cells)],)
    )  # fmt: skip
    with (case / "estate.csv").open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        while chunk := list(islice(made, CHUNK)):
            file.writelines(chunk)
    return case


def run_review(case: Path) -> Measured:
    """Review it with all four files written."""
    out = case / "out"
    command = [str(Path(sys.executable).parent / "assay"), "review", str(case), "--on", DAY, "--known-at", DAY]
    begun = time.perf_counter()
    done = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.PIPE, text=True)
    said = done.stdout.read() if done.stdout else ""
    _, status, used = os.wait4(done.pid, 0)
    if status:
        raise SystemExit(f"assay review failed on {case}")
    wall, size = time.perf_counter() - begun, (case / "estate.csv").stat().st_size
    line = next(text.strip() for text in said.splitlines() if "could not be reviewed" in text)
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, size, line)
