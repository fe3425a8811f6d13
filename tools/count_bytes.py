"""Same bytes whatever the process: hash seeds, time zones, locales, Pythons; and both commands cold."""

from __future__ import annotations

import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from counting import Row, bar

HERE = Path(__file__).resolve().parent
SEEDS, ZONES, LOCALES = (
    ("0", "1", "42", "4711", "random"),
    ("UTC", "Asia/Kathmandu", "America/St_Johns"),
    ("C", "C.UTF-8"),
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def same_bytes(pythons: list[str]) -> list[Row]:
    """One of each thing in every environment, and by every Python that is there with `cryptography`."""
    every = list(itertools.product(SEEDS, ZONES, LOCALES))
    found = Counter(_run(sys.executable, seed, zone, place, "--no-review") for seed, zone, place in bar(every, "run"))
    reviews = Counter(_run(sys.executable, seed, "UTC", "C") for seed in bar(SEEDS, "run"))
    rows = [
        Row("12 bundles made and redone by both verifiers, PYTHONHASHSEED x 5, TZ x 3, locale x 2", "the same bytes",
            f"{max(found.values())} of {len(every)} runs alike", len(found) == 1),
        Row("the same and a review of the shipped example, PYTHONHASHSEED x 5", "the same bytes",
            f"{max(reviews.values())} of {len(SEEDS)} runs alike", len(reviews) == 1),
    ]  # fmt: skip
    (usual,) = [key for key, number in found.items() if number == max(found.values())][:1]
    told = {}
    for program in pythons:
        version = _version(program)
        told[version] = "same" if _run(program, "0", "UTC", "C", "--no-review") == usual else "other bytes"
    text = ", ".join(f"{version} {what}" for version, what in sorted(told.items()))
    missing = [version for version in PYTHONS if not any(found.startswith(version + ".") for found in told)]
    text += f"; not run, not there: {', '.join(missing)}" if missing else ""
    alike = all(what == "same" for what in told.values())
    rows.append(Row("the 12 bundles by other Pythons", "the same bytes", text, alike, fewer=bool(missing)))
    return rows


def _run(program: str, seed: str, zone: str, place: str, *more: str) -> str:
    env = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": place, "ASSAY_STATE": ""}
    done = subprocess.run(
        [program, str(HERE / "one_of_each.py"), *more], capture_output=True, env=env, check=False, cwd=HERE
    )
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr.decode()}")
    return json.dumps(json.loads(done.stdout), sort_keys=True)


def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def cold(question: tuple[str, str]) -> list[Row]:
    """CPU time of both commands in a fresh process, for the question with the largest bundle."""
    code, supplier = question
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "answer.zip")
        ask = ["ask", "--supplier", supplier, "--part", "ran", "--in", code, "--bundle", out]
        return [_timed("`assay ask --bundle`", ask), _timed("`assay verify --offline`", ["verify", out, "--offline"])]


def _timed(what: str, command: list[str]) -> Row:
    wall, cpu = list[float](), list[float]()
    for _ in range(20):
        begun, before = time.perf_counter(), _children()
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli.main", *command], capture_output=True, check=False,
            env={**os.environ, "ASSAY_STATE": ""},
        )  # fmt: skip
        wall.append(time.perf_counter() - begun)
        cpu.append(_children() - before)
        if done.returncode not in (0, 2):
            raise SystemExit(done.stderr.decode())
    middle = statistics.median(cpu)
    text = (
        f"{middle * 1000:,.0f} ms of CPU, most {max(cpu) * 1000:,.0f} ms; "
        f"wall {statistics.median(wall) * 1000:,.0f} ms at a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    )
    return Row(f"{what}, cold, median of 20", "1.5 s at most", text, middle <= 1.5)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
