"""Append rates of the log: one by one, in batches, many writers. Usage: python bench/evidence_append.py [FOLDER].

FOLDER lies on the disk to be measured; rates depend on how fast that disk flushes. Not run in tests.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from assay.evidence.log import TiledLog
from assay.evidence.signers import generate_key

ORIGIN = "log.example/bench"
WRITERS = 64


def rate(count: int, work: Callable[[], object]) -> dict[str, float]:
    """Items per second of wall time and of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "wall": round(count / (time.perf_counter() - wall), 1),
        "cpu": round(count / (time.process_time() - cpu), 1),
    }


def run(folder: Path) -> dict[str, dict[str, float]]:
    """Every rate, each in a fresh log."""
    found = {}
    for name, count, work in (("single", 300, single), ("batch", 100_000, batch), ("writers", 6_400, writers),
                              ("pipelined", 64_000, pipelined)):  # fmt: skip
        with TiledLog(folder / name, ORIGIN, generate_key()) as log:
            found[name] = rate(count, lambda log=log, count=count, work=work: work(log, count))
    return found


def single(log: TiledLog, count: int) -> None:
    for number in range(count):
        log.append_many([b"s%d" % number])


def batch(log: TiledLog, count: int) -> None:
    log.append_many([b"b%031d" % number for number in range(count)])


def writers(log: TiledLog, count: int) -> None:
    def write(name: int) -> None:
        for number in range(count // WRITERS):
            log.append(b"w%d-%d" % (name, number))

    together(write)


def pipelined(log: TiledLog, count: int) -> None:
    def write(name: int) -> None:
        for waiting in [log.submit(b"p%d-%d" % (name, number)) for number in range(count // WRITERS)]:
            waiting.result()

    together(write)


def together(write: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=write, args=(name,)) for name in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        print(json.dumps(run(Path(place)), indent=1))
