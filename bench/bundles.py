"""The section of docs/benchmarks.md about bundles: `python bench/bundles.py [--elements N] [--statements N]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import review_bundle
import verify_statements
from reliability_page import circumstances, write_section

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=1_000_000)
    parser.add_argument("--statements", type=int, default=1_000)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    signed = verify_statements.measured(asked.statements)
    with tempfile.TemporaryDirectory() as folder:
        review = review_bundle.measured(asked.elements, Path(folder))
    text = section(signed, review, asked)
    print(text)
    if not asked.no_write:
        write_section("bundles", text, PAGE)


def section(signed: dict[str, int], review: dict[str, float], asked: argparse.Namespace) -> str:
    command = f"python bench/bundles.py --elements {asked.elements} --statements {asked.statements}"
    rows = [
        (f"`verify` of a bundle with {asked.statements:,} signed and logged statements", "1,000/CPU s",
         f"{signed['whole']:,}/CPU s", f"all of it; signatures and proofs alone {signed['proofs']:,}/CPU s"),
        ("the same by the second verifier, signatures and proofs", "-", f"{signed['second']:,}/CPU s",
         "slow and plain on purpose"),
        (f"bundle of a review of {asked.elements:,} elements", "10 MB at most", f"{review['bytes'] / 1e6:.2f} MB",
         f"{review['classes']:,} classes, {review['decisions']:,} decisions"),
        ("making it", "-", f"{review['made'] - review['plain']:.1f} CPU s",
         f"beside {review['plain']:.1f} CPU s of the review; every decision made again, elements committed to"),
        ("`verify` of it", "-", f"{review['verify']:.1f} CPU s", "every decision, every later day"),
        ("the same by the second verifier", "-", f"{review['second']:.1f} CPU s", "every byte of every decision"),
        ("opening the commitment to its elements", "-", f"{review['opened']:.1f} CPU s", "`verify --elements`"),
    ]  # fmt: skip
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    head = "| what | wanted | measured | how |\n|---|---|---|---|\n"
    return f"## Bundles\n\n{circumstances(command)}\n{head}{table}\n"


if __name__ == "__main__":
    os.environ["ASSAY_STATE"] = ""
    main()
