"""The table of docs/evidence-benchmarks.md: python bench/evidence.py [--place FOLDER] [--runs 5] [--documents 100000].

CPU clock of the process, medians over runs that alternate with the peer's, each in a process of its own (pymerkle is
GPL: never imported here). FOLDER lies on the disk to be measured. Never a test.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from assay.canon import canonical
from assay.evidence.log import TiledLog
from assay.evidence.signers import generate_key
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.ground.library import FACTS, load_library
from documents import CHUNK, documents

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"
PAGE = HERE.parent / "docs" / "evidence-benchmarks.md"
ORIGIN = "log.example/bench"
SINGLE, BATCH, WRITERS, WINDOW, TURNS = 300, 100_000, 64, 64, 12
Rates = dict[str, dict[str, float]]


def rate(count: int, work: Callable[[], object]) -> dict[str, float]:
    """Items per second of CPU time (all threads) and of wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"cpu": count / (time.process_time() - cpu), "wall": count / (time.perf_counter() - wall)}


def ours(place: Path) -> Rates:
    found = {}
    for name, count, work in (
        ("single", SINGLE, single), ("batch", BATCH, batch),
        ("one", WRITERS * TURNS * 4, lambda log: writers(log, 1, TURNS * 4)),
        ("window", WRITERS * TURNS * WINDOW, lambda log: writers(log, WINDOW, TURNS)),
    ):  # fmt: skip
        with TiledLog(place / name, ORIGIN, generate_key()) as log:
            found[name] = rate(count, lambda log=log, work=work: work(log))
    return found


def single(log: TiledLog) -> None:
    for number in range(SINGLE):
        log.append(b"s%031d" % number)


def batch(log: TiledLog) -> None:
    """Until tiles and checkpoint are in place, too."""
    log.append_many([b"b%031d" % number for number in range(BATCH)])
    log.publish()


def writers(log: TiledLog, window: int, turns: int) -> None:
    """Each writer hands in `window` entries, waits until they are durable under a signed checkpoint, then goes on."""

    def write(name: int) -> None:
        for turn in range(turns):
            log.append_many([b"%06d-%06d-%018d" % (name, turn, number) for number in range(window)])

    threads = [threading.Thread(target=write, args=(name,)) for name in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def peer(script: str, *arguments: object) -> dict:
    command = [str(PYTHON), str(HERE / script), *map(str, arguments)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def decisions() -> list[dict]:
    """Documents that are signed: answers to one question for several suppliers and jurisdictions."""
    found, day = [], date(2026, 11, 24)
    names = sorted(path.stem for path in (FACTS / "suppliers").glob("*.toml"))[::4]
    for code in ("GB", "DE", "US", "AU"):
        library = load_library(frozenset({code}))
        for name in names:
            question = question_of(library, name, "ran", "purchase", code, day, day, {})
            found.append(json.loads(canonical(answer_question(library, question).found)))
    return found


def canonical_rows(runs: int, count: int) -> list[tuple[str, str, str, str]]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        rows = decisions()
        json.dump(rows, file)
        file.flush()
        ratios, speeds = [], []
        for _ in range(runs):
            cpu = time.process_time()
            for _ in range(5):
                for row in rows:
                    canonical(row)
            spent = (time.process_time() - cpu) / 5
            ratios.append(peer("peer_canonical.py", "time", file.name)["seconds"] / spent)
            speeds.append(len(rows) / spent)
    same = [_chunk(number) for number in range(count // CHUNK)]
    theirs = peer("peer_canonical.py", "same", count)["digests"]
    equal = sum(CHUNK for one, other in zip(same, theirs, strict=True) if one == other)
    return [
        ("canonical JSON vs `rfc8785`", "5x", f"{statistics.median(ratios):.1f}x",
         f"{statistics.median(speeds):,.0f} decision documents per CPU s"),
        ("the same bytes as `rfc8785`", "100,000 documents", f"{equal:,} of {count:,}", "random documents, seeded"),
    ]  # fmt: skip


def _chunk(number: int) -> str:
    return sha256(b"".join(map(canonical, documents(number)))).hexdigest()


def append_rows(place: Path, runs: int) -> list[tuple[str, str, str, str]]:
    mine, theirs = [], []
    for number in range(runs):
        mine.append(ours(place / f"ours-{number}"))
        theirs.append(peer("peer_merkle.py", place, SINGLE, BATCH))

    def middle(rows: list[Rates], name: str, clock: str = "cpu") -> float:
        return statistics.median(row[name][clock] for row in rows)

    def ratio(name: str, other: str) -> str:
        paired = statistics.median(a[name]["cpu"] / b[other]["cpu"] for a, b in zip(mine, theirs, strict=True))
        return f"{min(paired, middle(mine, name) / middle(theirs, other)):.2f}x"

    def lifted(name: str, clock: str) -> str:
        paired = statistics.median(row[name][clock] / row["single"][clock] for row in mine)
        return f"{min(paired, middle(mine, name, clock) / middle(mine, 'single', clock)):.0f}x"

    each = f"{WRITERS} writers (threads), each with {WINDOW} entries handed in and waiting for all of them"
    blocking = f"{WRITERS} writers (threads), each waiting for its one entry"
    return [
        ("batch append, durable, signed checkpoints, vs pymerkle bulk append without", "1.2x", ratio("batch", "bulk"),
         f"{middle(mine, 'batch'):,.0f} vs {middle(theirs, 'bulk'):,.0f} per CPU s, {BATCH:,} entries"),
        ("single durable append with signed checkpoint vs pymerkle `append_entry`", "2x", ratio("single", "single"),
         f"{middle(mine, 'single'):,.0f} vs {middle(theirs, 'single'):,.0f} per CPU s"),
        (f"group commit: {each}, vs the single rate, CPU", "50x", lifted("window", "cpu"),
         f"{middle(mine, 'window'):,.0f} acknowledged per CPU s"),
        ("the same, wall", "-", lifted("window", "wall"), f"{middle(mine, 'window', 'wall'):,.0f} per s"),
        (f"group commit: {blocking}, vs the single rate, wall", "50x", lifted("one", "wall"),
         f"{middle(mine, 'one', 'wall'):,.0f} vs {middle(mine, 'single', 'wall'):,.0f} per s"),
        ("the same, CPU", "-", lifted("one", "cpu"), f"{middle(mine, 'one'):,.0f} per CPU s"),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.place) as place:
        rows = append_rows(Path(place), asked.runs)
    rows += canonical_rows(asked.runs, asked.documents)
    page = HEAD.format(machine=platform.processor() or platform.machine(), python=platform.python_version(),
                       day=datetime.now(UTC).date(), runs=asked.runs)  # fmt: skip
    page += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    print(page)
    if not asked.no_write:
        PAGE.write_text(page, encoding="utf-8")


HEAD = """# Benchmarks of the evidence room

Written by `bench/evidence.py` (`make bench`); never a timed test. {machine}, Python {python}, {day}, shared;
CPU time of all threads, medians of {runs} runs that alternate with the peer's, each peer in a process of its own.

A ratio is the smaller of the median of paired ratios and the ratio of medians.

Acknowledged means: journal and signed checkpoint are flushed to the disk; the batch counts until its tiles are in
place, too. pymerkle (GPL, `SqliteTree`) signs nothing and makes no tree while appending. What a file costs the kernel
hangs on the folder: making one took 20 to 600 us here, the more the more files were deleted near it minutes before.
A group commit shares the flush. How many entries a second that lifts 64 writers, each waiting for its one entry, is a
matter of wall time: the flush is waited for, not computed. In CPU time each of them still pays a switch of threads an
entry (about 10 us), as much as a tenth of a whole single append; where each hands in several at a time it shares that
too.

| what | at least | measured | how |
|---|---|---|---|
"""


if __name__ == "__main__":
    main()
