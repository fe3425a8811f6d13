"""What the store's commands cost as it grows: python bench/store.py [--sizes 10000 100000] [--place FOLDER].

Each command runs in a process of its own, as from the shell; CPU time of that process, start included, median of three.
Without the index every statement is read; with it, what is asked for. The store is made of short texts, one certificate
in ten, and three answers. A place in memory (/dev/shm) makes it in minutes. Never a test.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from assay.evidence import catalogue
from assay.evidence.store import EvidenceStore
from assay.workflow.keeping.evidence import Entry, add_files, list_evidence
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store

PAGE = Path(__file__).resolve().parent.parent / "docs" / "store-benchmarks.md"
TIMES = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
PART, ANSWERS = 1_000, 3
CERTIFICATE = (
    '{{"schema":"assay-certificate/1","kind":"certificate","id":"N-{0}","scheme":"scheme-cc",'
    '"issuer":{{"name":"Scheme North"}},"holder":{{"name":"Supplier North"}},'
    '"product":{{"name":"Router North","version":"7.2"}},"issued":"2025-01-01",'
    '"status":{{"is":"in-force","since":"2025-02-01"}}}}'
)
FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = []
[[supplier]]
id = "supplier-north"
name = "Supplier North"
"""
ASK = ("ask", "--supplier", "supplier-north", "--product", "Router North 7.2", "--part", "core", "--in", "DE")
SCAN = "import sys; from assay.evidence import catalogue as c; c._WORTH = 10**9; "
RUN = "import sys; from assay.cli.main import main; sys.exit(main(sys.argv[1:]))"


def fill(place: Path, count: int) -> Path:
    """Make a store of `count` statements; gives its folder."""
    folder, files = place / f"store-{count}", place / "files"
    make_store(folder, None, TIMES[0])
    store = open_store(folder)
    keys = open_keys(store, None, None)
    files.mkdir(exist_ok=True)
    for begin in range(0, count, PART):
        numbers = range(begin, min(begin + PART, count))
        add(store, keys, files, [number for number in numbers if number % 10], Entry())
        entry = Entry("certificate", supplier="supplier-north", product="Router North 7.2", synthetic=True)
        add(store, keys, files, [number for number in numbers if number % 10 == 0], entry)
    return folder


def add(store: EvidenceStore, keys: Keys, files: Path, numbers: list[int], entry: Entry) -> None:
    paths = [files / f"{number}.json" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        text = CERTIFICATE.format(number) if entry.kind == "certificate" else f"text {number}"
        path.write_text(text, encoding="utf-8")
    add_files(store, paths, entry, keys, TIMES[1])
    for path in paths:
        path.unlink()


def spent(folder: Path, runs: int, *command: str, scan: bool) -> float:
    """Median CPU seconds of a command."""
    found = []
    for _ in range(runs):
        if scan:
            (folder / catalogue.INDEX).unlink(missing_ok=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = [sys.executable, "-c", (SCAN if scan else "") + RUN, *command, "--store", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1, 2):
            raise SystemExit(done.stderr)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(found)


def measure(place: Path, count: int, runs: int) -> list[tuple[str, int, float, float]]:
    """Each command's seconds, scanning and with the index."""
    begun = time.process_time()
    folder = fill(place, count)
    print(f"{count:,} statements made in {time.process_time() - begun:.0f} CPU s", file=sys.stderr)
    facts, one = place / "facts.toml", place / "one.txt"
    facts.write_text(FACTS, encoding="utf-8")
    one.write_text("one", encoding="utf-8")
    ask = (*ASK, "--facts", str(facts), "--on", "2026-03-01", "--known-at", "2026-03-01")
    for day in range(1, ANSWERS + 1):
        spent_once(folder, *ask[:-4], "--on", f"2026-03-{day:02}", "--known-at", "2026-03-25")
    key = list_evidence(open_store(folder))["evidence"][count // 20 * 10]["sha256"]
    commands = [
        ("evidence list", "evidence", "list"), ("evidence show", "evidence", "show", key),
        ("evidence why", "evidence", "why", key), ("add one file", "add", str(one)), ("trust show", "trust", "show"),
        ("ask", *ask, "--no-log"),
    ]  # fmt: skip
    rows = []
    for name, *command in commands:
        scanned = spent(folder, runs, *command, scan=True)
        spent_once(folder, "trust", "show")  # makes the index, which `spent` took away
        rows.append((name, count, scanned, spent(folder, runs, *command, scan=False)))
        print(*rows[-1], file=sys.stderr)
    return rows


def spent_once(folder: Path, *command: str) -> None:
    subprocess.run([sys.executable, "-c", RUN, *command, "--store", str(folder)], capture_output=True, check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--place", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.place) as place:
        rows = [row for size in asked.sizes for row in measure(Path(place), size, asked.runs)]
    page = HEAD.format(machine=platform.processor() or platform.machine(), python=platform.python_version(),
                       day=datetime.now(UTC).date(), runs=asked.runs)  # fmt: skip
    page += "".join(f"| {name} | {count:,} | {scan:.2f} | {index:.2f} |\n" for name, count, scan, index in rows)
    print(page)
    if not asked.no_write:
        PAGE.write_text(page, encoding="utf-8")


HEAD = """# Commands of a growing store

Written by `bench/store.py`; never a timed test. {machine}, Python {python}, {day}, shared. CPU seconds of the whole
command, start included, median of {runs}.

Nine of ten statements are short texts, one a certificate that makes facts. `ask` reads the bytes of every piece, with
and without the index: a fact comes out of evidence, never out of a database.

| command | statements | every statement read | with the index |
|---|---|---|---|
"""


if __name__ == "__main__":
    main()
