"""The long counts: tampered bundles, redone answers, split views, same bytes, compiler against interpreter.

    python tools/reliability.py [--flips 10000] [--views 1000] [--packs 100] [--elements 100000] [--seed 0]
                                [--python PROGRAM]... [--only SECTION] [--no-write]

Writes its sections of docs/reliability.md. Exit 1 if a figure misses what it should be. The page says how much was
counted: a short run cannot pass for a long one. --python: another Python with what tools/one_of_each.py needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from count_bundles import bundles, tamper
from count_bytes import cold, same_bytes
from count_kinds import tamper_kinds
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
    parser.add_argument("--only", choices=tuple(SECTIONS), help="one section (default: all of them)")
    asked = parser.parse_args()
    good = True
    for name in (asked.only,) if asked.only else SECTIONS:
        title, options, count = SECTIONS[name]
        rows = count(asked)
        used = " ".join(f"--{option} {getattr(asked, option)}" for option in options)
        page = written(title, f"python tools/reliability.py --only {name} {used}".strip(), rows)
        print(page)
        if not asked.no_write:
            write_section(name, page)
        good = good and all(row.good for row in rows)
    return 0 if good else 1


def _answers(asked: argparse.Namespace) -> list[Row]:
    del asked
    rows, question = bundles()
    return rows + cold(question)


def _tampering(asked: argparse.Namespace) -> list[Row]:
    return tamper(asked.flips, asked.seed) + split_views(asked.views, asked.seed)


def _kinds(asked: argparse.Namespace) -> list[Row]:
    return tamper_kinds(asked.flips // 10, asked.seed)


def _bytes(asked: argparse.Namespace) -> list[Row]:
    return same_bytes([sys.executable, *asked.python])


def _compiler(asked: argparse.Namespace) -> list[Row]:
    return [differential(asked.packs, asked.elements, asked.seed)]


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


def written(title: str, command: str, rows: list[Row]) -> str:
    head = f"""## {title}

{circumstances(command)}
| what | should be | counted | |
|---|---|---|---|
"""
    lines = [f"| {row.what} | {row.wanted} | {row.measured} | {_state(row)} |" for row in rows]
    return head + "\n".join(lines) + "\n"


def _state(row: Row) -> str:
    return "**missed**" if not row.good else "good, but fewer counted" if row.fewer else "good"


SECTIONS: dict[str, tuple[str, tuple[str, ...], Callable[[argparse.Namespace], list[Row]]]] = {
    "answers": ("Answers redone from their bundles", (), _answers),
    "tampering": ("Changed bytes and split views", ("flips", "views", "seed"), _tampering),
    "kinds": ("Changed bytes in bundles of reviews and inspections", ("flips", "seed"), _kinds),
    "bytes": ("Same bytes everywhere", (), _bytes),
    "compiler": ("Column compiler against interpreter", ("packs", "elements", "seed"), _compiler),
}


if __name__ == "__main__":
    sys.exit(main())
