"""The long count: the column compiler against the interpreter on random packs, element by element.

    python tools/differential.py [--packs 100] [--elements 100000] [--seed 0] [--jobs 1] [--out docs/differential.md]

Prints the number of differences in outcome, force, deadline, deciding rules and rule values; exit 1 if there is one.
`--out` writes the count as a page, with a digest of the engine that it speaks of. `--jobs`: packs counted at a time,
in processes of their own; the count is the same.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.decide.random_packs import random_frame, random_law
from tests.decide.reference import Reference, columns

ROOT = Path(__file__).resolve().parent.parent
RULES = 9
"""Rules of a pack: enough for most elements to leave one open, few enough for ten million elements in an afternoon."""
ENGINE = ("cells", "by_part", "vectorise", "interpret", "combine", "complete", "program", "bind", "decide")


def compare(seed: int, elements: int) -> tuple[int, int, int]:
    """One random pack: differences, elements with an unknown rule value, classes. Odd seeds state attributes too."""
    law = random_law(seed, RULES)
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


def counted(packs: range, elements: int, jobs: int) -> Iterator[tuple[int, int, int]]:
    """Each pack's count, in the order of the seeds."""
    if jobs == 1:
        yield from map(compare, packs, repeat(elements))
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(compare, packs, repeat(elements))


def cpu() -> float:
    """CPU seconds of this process and of those that it waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def engine() -> str:
    """One digest over the source of both evaluators and of what they share."""
    whole = hashlib.sha256()
    for name in ENGINE:
        whole.update((ROOT / "src" / "assay" / "decide" / f"{name}.py").read_bytes())
    return whole.hexdigest()


def page(text: str, seed: int, digest: str) -> str:
    return f"""# The column compiler against the interpreter

Written by `tools/differential.py --out`; CI runs a seeded slice of it as tests.

{text}

Compared for every element: outcome, force, deadline, deciding rules and the value of every rule. Seeds from {seed},
{RULES} rules a pack; every second pack takes columns named like attributes too. The reference reads each element by
itself, and where it asks for any part, the rules once in each of the four; what follows
from equal truths, equal gaps and an equal part is worked out once and kept. The digest is SHA-256 over the files of
`src/assay/decide/` ({", ".join(ENGINE)}) in this order: where it is another, the count is older than the engine.

* engine: `{digest}`
* counted on {datetime.now(UTC).date().isoformat()}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=int, default=100)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    digest, begun = engine(), cpu()
    different = unknown = decisions = 0
    seeds = range(asked.seed, asked.seed + asked.packs)
    counts = counted(seeds, asked.elements, asked.jobs)
    for found in tqdm(counts, total=asked.packs, unit="pack", disable=not sys.stderr.isatty()):
        different, unknown, decisions = different + found[0], unknown + found[1], decisions + found[2]
    total = asked.packs * asked.elements
    text = (
        f"{asked.packs} packs x {asked.elements:,} elements = {total:,}: {different:,} differences; "
        f"{unknown:,} elements with an unknown rule, {decisions:,} different decisions; "
        f"{cpu() - begun:,.0f} CPU s"
    )
    print(text)
    if asked.out:
        asked.out.write_text(page(text, asked.seed, digest), encoding="utf-8")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
