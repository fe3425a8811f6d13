"""How fast a bundle of many statements is verified by both verifiers. Usage: python bench/verify_statements.py [COUNT].

A store takes COUNT pieces of evidence in, and a bundle takes all of them along, each with its signature and log proof.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import bundle as second

from assay.evidence.bundle import read_bundle
from assay.evidence.catalogue import open_catalogue
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.bundles.attach import Lending, seal
from assay.workflow.bundles.attested import check_attested
from assay.workflow.bundles.bundle import bundle_answer
from assay.workflow.bundles.verify import verify_bundle
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import make_store, open_keys, open_store
from assay.workflow.keeping.trust import trust_of

DAY, NOW = date(2026, 11, 24), "2026-11-24T12:00:00Z"


def made(folder: Path, count: int) -> tuple[Path, str]:
    """A sealed bundle of `count` pieces of evidence, and the digest of its trust policy."""
    make_store(folder / "store", None, NOW)
    store = open_store(folder / "store")
    keys = open_keys(store, None, None)
    files = []
    for number in range(count):
        files.append(folder / f"note-{number}.txt")
        files[-1].write_text(f"note {number}", encoding="utf-8")
    add_files(store, files, Entry(), keys, NOW)
    library = load_library(frozenset({"GB"}), supplier="zte")
    asked = answer_question(library, question_of(library, "zte", "ran", "purchase", "GB", DAY, DAY, {}))
    lending = Lending(store, tuple(open_catalogue(store).records()))
    path = folder / "b.zip"
    data = bundle_answer(asked, lending=lending).data
    path.write_bytes(seal(store, data, keys, NOW))
    return path, trust_of(store).digest


def timed(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of some runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def measured(count: int) -> dict[str, int]:
    """Statements per CPU second: signatures and proofs alone, the whole of `verify`, the second verifier."""
    with tempfile.TemporaryDirectory() as folder:
        path, pin = made(Path(folder), count)
        data = path.read_bytes()
        opened = read_bundle(data)
        return {
            "bytes": len(data),
            "proofs": round(count / timed(lambda: check_attested(opened, pin))),
            "whole": round(count / timed(lambda: verify_bundle(path, DAY, pin))),
            "second": round(count / timed(lambda: second.open_bundle(data, pin))),
        }


if __name__ == "__main__":
    os.environ["ASSAY_STATE"] = ""
    print(json.dumps(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), indent=1))
