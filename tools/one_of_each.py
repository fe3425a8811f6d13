"""Prints the digest of one of each thing that must have the same bytes everywhere; run by count_bytes.py.

    python tools/one_of_each.py

Needs the libraries that answering and verifying load, so that other Pythons can run it; a review is added where polars
is there.
"""

from __future__ import annotations

# ruff: noqa: E402  other Pythons have neither package nor verifier installed: the folders are put in the way first
import importlib.util
import json
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "verifier")]

import redo

from assay.canon import canonical, digest
from assay.evidence.bundle import read_bundle
from assay.workflow.answers.ask import answer_question, parse_assumptions, question_of
from assay.workflow.bundles.bundle import bundle_answer
from assay.workflow.bundles.verify import judge
from assay.workflow.ground.library import load_library

ASKED = (
    ("GB", "zte", "ran", date(2020, 2, 15), ()), ("DE", "huawei", "core", date(2027, 1, 1), ()),
    ("SE", "ericsson", "any", date(2028, 1, 1), ("eu.csa2@2027-07-01",)), ("US", "zte", "ran", date(2021, 6, 1), ()),
    ("AU", "huawei", "ran", date(2019, 1, 1), ()), ("FR", "nokia", "transport", date(2024, 5, 5), ()),
)  # fmt: skip
KNOWN = date(2026, 11, 24)


def main() -> None:
    found = {}
    for code, supplier, part, on, assumed in ASKED:
        for presume in (True, False):
            library = load_library(frozenset({code}), supplier=supplier)
            asked = question_of(library, supplier, part, "purchase", code, on, KNOWN, {})
            answer = answer_question(library, asked, parse_assumptions(assumed), presume=presume)
            data = bundle_answer(answer, presume=presume).data
            if judge(read_bundle(data)).verdict != "same" or redo.verify(data)[0]:
                raise SystemExit(f"{code} {supplier}: not redone")
            found[f"{code} {supplier} {presume}"] = digest(data)
    if importlib.util.find_spec("polars") and "--no-review" not in sys.argv:
        found["review"] = _review()
    print(json.dumps(found, sort_keys=True))


def _review() -> str:
    from assay.workflow.estates.case import load_case
    from assay.workflow.estates.review import review

    return digest(canonical(review(load_case(ROOT / "examples" / "europe"), KNOWN, KNOWN).found))


if __name__ == "__main__":
    main()
