"""The long counts: tampered bundles, redone answers, compiler against interpreter: a section of docs/reliability.md.

    python tools/reliability.py [--flips 10000] [--packs 100] [--elements 100000] [--seed 0] [--no-write]

Exit 1 if a figure misses what it should be. The page says how much was counted: a short run cannot pass for a long one.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import redo

from assay.errors import AssayError, IntegrityError
from assay.evidence.bundle import DECISION, read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.manifest import MANIFEST, format_manifest
from assay.workflow.ask import answer_question, question_of
from assay.workflow.bundle import bundle_answer
from assay.workflow.library import FACTS, jurisdictions, load_library
from assay.workflow.verify import judge
from differential import compare
from reliability_page import circumstances, write_section

SUPPLIERS = 3  # those of whom most facts are known: their bundles are the largest
ON = date(2026, 11, 24)


@dataclass(frozen=True)
class Row:
    """One line of the page: what, what it should be, what was counted, and whether that is good."""

    what: str
    wanted: str
    measured: str
    good: bool
    fewer: bool = False  # counted less than the goal asks for


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--packs", type=int, default=100)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    rows, largest, question = bundles()
    rows += tamper(largest, asked.flips, asked.seed)
    rows += cold(question)
    rows.append(differential(asked.packs, asked.elements, asked.seed))
    page = written(rows, asked)
    print(page)
    if not asked.no_write:
        write_section("answers", page)
    return 0 if all(row.good for row in rows) else 1


def bar(of: object, unit: str) -> tqdm:
    return tqdm(of, unit=unit, disable=not sys.stderr.isatty())


def bundles() -> tuple[list[Row], bytes, tuple[str, str]]:
    """Every jurisdiction with some suppliers: bundle, redo, compare. Gives the largest bundle and its question."""
    files = sorted((FACTS / "suppliers").glob("*.toml"), key=lambda path: -path.stat().st_size)[:SUPPLIERS]
    sizes, verdicts, agreed = {}, Counter[str](), 0
    largest = b""
    for code in bar(jurisdictions(), "jurisdiction"):
        for supplier in (path.stem for path in files):
            library = load_library(frozenset({code}), supplier=supplier)
            question = question_of(library, supplier, "ran", "purchase", code, ON, ON, {"generation": ("5G",)})
            for presume in (True, False):
                data = bundle_answer(answer_question(library, question, presume=presume), presume=presume).data
                verdicts[judge(read_bundle(data)).verdict] += 1
                agreed += redo.verify(data)[0] == 0
                sizes[code, supplier, presume] = len(data)
                largest = max(largest, data, key=len)
    code, supplier, _ = max(sizes, key=lambda key: sizes[key])
    total = sum(verdicts.values())
    most, middle = max(sizes.values()), statistics.median(sizes.values())
    redone = f"{verdicts['same']:,} of {total:,} same"
    return [
        Row("answers redone from their bundle alone", "all, same bytes", redone, verdicts["same"] == total),
        Row("the same by the second engine (`verifier/redo.py`: every byte, reason tree included)", "all",
            f"{agreed:,} of {total:,} same", agreed == total),
        Row("size of a bundle of one answer", "200,000 bytes at most", f"{most:,} at most, median {middle:,.0f}",
            most <= 200_000),
    ], largest, (code, supplier)  # fmt: skip


def tamper(data: bytes, flips: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    members = read_container(data)
    half = flips // 2
    return [
        _caught("one bit flipped in the container", [_flipped(data, chance) for _ in bar(range(half), "flip")]),
        _caught("one bit flipped in a member, container written anew", (
            write_container({**members, name: _flipped(members[name], chance)})
            for name in _in_turn(members, flips - half)
        )),
        _fitted(members, flips // 10, chance),
    ]  # fmt: skip


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _in_turn(members: dict[str, bytes], count: int) -> list[str]:
    return [name for number in bar(range(count), "flip") for name in [sorted(members)[number % len(members)]]]


def _caught(what: str, changed: object) -> Row:
    by, total = Counter[str](), 0
    for data in changed:
        total += 1
        try:
            read_bundle(data)
        except IntegrityError as error:
            by[error.code] += 1
    caught = sum(by.values())
    return Row(what, "100 % caught", f"{caught:,} of {total:,} caught: {_counts(by)}", caught == total)


def _fitted(members: dict[str, bytes], count: int, chance: random.Random) -> Row:
    """Somebody changes a member and writes manifest and container anew: only the digest or redoing can notice."""
    pin = read_bundle(write_container(members)).manifest
    pinned, by = 0, Counter[str]()
    names = sorted(set(members) - {MANIFEST})
    for number in bar(range(count), "flip"):
        name = names[number % len(names)]
        changed = {**members, name: _flipped(members[name], chance)}
        changed[MANIFEST] = format_manifest(changed, ())
        bundle = read_bundle(write_container(changed))
        pinned += bundle.manifest != pin
        try:
            verdict = judge(bundle).verdict
        except AssayError as error:
            verdict = error.code
        by[verdict if name != DECISION or verdict != "same" else "same decision"] += 1
    return Row(
        "one bit flipped in a member, manifest and container written anew", "100 % caught by a pinned digest",
        f"{pinned:,} of {count:,} caught by the digest; without it: {_counts(by)} "
        "(same: the answer reads nothing that changed)",
        pinned == count and not by["same decision"],
    )  # fmt: skip


def _counts(by: Counter[str]) -> str:
    return ", ".join(f"{key} {number:,}" for key, number in sorted(by.items()))


def cold(question: tuple[str, str]) -> list[Row]:
    """Wall time of both commands in a fresh process, for the question with the largest bundle."""
    code, supplier = question
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "answer.zip")
        ask = ["ask", "--supplier", supplier, "--part", "ran", "--in", code, "--bundle", out]
        return [_timed("`assay ask --bundle`", ask), _timed("`assay verify`", ["verify", out])]


def _timed(what: str, command: list[str]) -> Row:
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli.main", *command], capture_output=True, check=False,
            env={**os.environ, "ASSAY_STATE": ""},
        )  # fmt: skip
        times.append(time.perf_counter() - begun)
        if done.returncode not in (0, 2):
            raise SystemExit(done.stderr.decode())
    middle = statistics.median(times)
    text = f"{middle * 1000:,.0f} ms, slowest {max(times) * 1000:,.0f} ms"
    return Row(f"{what}, cold, median of 20", "1.5 s at most", text, middle <= 1.5)


def differential(packs: int, elements: int, seed: int) -> Row:
    different = unknown = 0
    for number in bar(range(seed, seed + packs), "pack"):
        found = compare(number, elements)
        different, unknown = different + found[0], unknown + found[1]
    text = f"{different:,} in {packs:,} x {elements:,}, {unknown:,} of them with an unknown rule"
    return Row(
        "column compiler against interpreter, random packs x elements", "0 differences in 100 x 100,000", text,
        different == 0, fewer=packs * elements < 100 * 100_000,
    )  # fmt: skip


def written(rows: list[Row], asked: argparse.Namespace) -> str:
    command = f"python tools/reliability.py --flips {asked.flips} --packs {asked.packs} --elements {asked.elements}"
    head = f"""## Answers, bundles, compiler

{circumstances(f"{command} --seed {asked.seed}")}
| what | should be | counted | |
|---|---|---|---|
"""
    lines = [f"| {row.what} | {row.wanted} | {row.measured} | {_state(row)} |" for row in rows]
    return head + "\n".join(lines) + TAIL


def _state(row: Row) -> str:
    return "**missed**" if not row.good else "good, but fewer counted" if row.fewer else "good"


TAIL = """

Codes: `assay explain CODE`. A bundle whose manifest was written anew shows only what follows from its own law and
facts; the pinned digest (`assay verify --trust`) is what ties it to a publisher.
"""


if __name__ == "__main__":
    sys.exit(main())
