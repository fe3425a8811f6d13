"""The long count: the column compiler against the interpreter on random packs, element by element.

    python tools/differential.py [--packs 100] [--elements 100000] [--seed 0]

Prints the number of differences in outcome, force, deadline, deciding rules and rule values; exit 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.decide.random_packs import random_frame, random_law
from tests.decide.reference import Reference, columns


def compare(seed: int, elements: int) -> tuple[int, int, int]:
    """One random pack: differences, elements with an unknown rule value, classes. Odd seeds state attributes too."""
    law = random_law(seed)
    reference, frame = Reference(law.library, law.program), random_frame(seed, elements, stated=seed % 2 == 1)
    different = unknown = 0
    seen = set()
    for row, got in zip(frame.iter_rows(named=True), columns(reference, frame), strict=True):
        expected = reference.quickly(row)
        unknown += None in expected[4]
        seen.add(got)
        if got != expected:
            different += 1
            if different == 1:
                print(f"\nseed {seed}: {row}\n  interpreter {expected}\n  columns     {got}", file=sys.stderr)
    return different, unknown, len(seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=int, default=100)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    begun = time.perf_counter()
    different = unknown = decisions = 0
    for seed in tqdm(range(asked.seed, asked.seed + asked.packs), unit="pack", disable=not sys.stderr.isatty()):
        found = compare(seed, asked.elements)
        different, unknown, decisions = different + found[0], unknown + found[1], decisions + found[2]
    total = asked.packs * asked.elements
    print(
        f"{asked.packs} packs x {asked.elements:,} elements = {total:,}: {different:,} differences; "
        f"{unknown:,} elements with an unknown rule, {decisions:,} different decisions; "
        f"{time.perf_counter() - begun:,.0f} s"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
