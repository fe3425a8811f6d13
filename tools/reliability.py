"""The long counts: tampered bundles, redone answers, split views, same bytes, compiler against interpreter.

    python tools/reliability.py [--flips 10000] [--views 1000] [--packs 100] [--elements 100000] [--seed 0]
                                [--python PROGRAM]... [--no-write]

Writes its section of docs/reliability.md. Exit 1 if a figure misses what it should be. The page says how much was
counted: a short run cannot pass for a long one. --python: another Python with what tools/one_of_each.py needs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from count_bundles import bundles, tamper
from count_bytes import cold, same_bytes
from count_views import split_views
from counting import Row, bar
from differential import compare
from reliability_page import circumstances, write_section


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--views", type=int, default=1_000)
    parser.add_argument("--packs", type=int, default=100)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--python", action="append", default=[], metavar="PROGRAM")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    rows, question = bundles()
    rows += tamper(asked.flips, asked.seed)
    rows += split_views(asked.views, asked.seed)
    rows += same_bytes([sys.executable, *asked.python])
    rows += cold(question)
    rows.append(differential(asked.packs, asked.elements, asked.seed))
    page = written(rows, asked)
    print(page)
    if not asked.no_write:
        write_section("answers", page)
    return 0 if all(row.good for row in rows) else 1


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
    sizes = f"--flips {asked.flips} --views {asked.views} --packs {asked.packs} --elements {asked.elements}"
    head = f"""## Answers, bundles, views, compiler

{circumstances(f"python tools/reliability.py {sizes} --seed {asked.seed}")}
| what | should be | counted | |
|---|---|---|---|
"""
    lines = [f"| {row.what} | {row.wanted} | {row.measured} | {_state(row)} |" for row in rows]
    return head + "\n".join(lines) + TAIL


def _state(row: Row) -> str:
    return "**missed**" if not row.good else "good, but fewer counted" if row.fewer else "good"


TAIL = """

Codes: `assay explain CODE`. A bundle without signatures whose manifest was written anew shows only what follows from
its own law and facts; the pinned digest (`assay verify --trust`) is what ties it to a publisher.
"""


if __name__ == "__main__":
    sys.exit(main())
