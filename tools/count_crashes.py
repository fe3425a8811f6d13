"""Crashes of the log and the store: a fault at every file call of an append, and writers killed at random.

    python tools/count_crashes.py [--kills 200] [--seed 0] [--place FOLDER] [--no-write]

Needs strace. Writes its section of docs/reliability.md; exit 1 if an acknowledged entry was lost or one was doubled.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.evidence.fsck import fsck
from assay.evidence.log import TiledLog
from assay.evidence.note import verifier_key
from assay.evidence.reader import LogReader
from assay.evidence.signers import KeySigner
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import make_store, open_keys, open_store
from counting import Row, bar
from reliability_page import circumstances, write_section

ROOT = Path(__file__).resolve().parent.parent
APPENDER = ROOT / "tests" / "evidence" / "appender.py"
ORIGIN = "log.example/crash"
CALLS = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "rename", "link", "unlink", "mkdir", "flock", "openat")
FAULTS = ("error=ENOSPC", "error=EIO", "signal=SIGKILL")
WRITERS = 8
TIMES = ("2026-11-24T00:00:00Z", "2026-11-24T12:00:00Z")
ADDER = f"""
import sys
from pathlib import Path
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import open_keys, open_store
store = open_store(Path(sys.argv[1]))
keys = open_keys(store, None, None)
print("ready", flush=True)
for path in sys.argv[2:]:
    (row,) = add_files(store, [Path(path)], Entry(), keys, {TIMES[1]!r})
    print(row["entry"], row["statement"], flush=True)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store-faults", type=int, default=10_000, help="at most so many of the store's, at random")
    parser.add_argument("--place", type=Path, help="a folder on the disk to be tried")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.place) as place:
        rows = [
            log_faults(Path(place)),
            store_faults(Path(place), asked.store_faults, asked.seed),
            kills(Path(place), asked.kills, asked.seed),
        ]
    sizes = f"--kills {asked.kills} --store-faults {asked.store_faults} --seed {asked.seed}"
    command = f"python tools/count_crashes.py {sizes}"
    head = f"""## Crashes

{circumstances(command)}
| what | should be | counted | |
|---|---|---|---|
"""
    lines = [
        f"| {row.what} | {row.wanted} | {row.measured} | "
        f"{'**missed**' if not row.good else 'good, but fewer counted' if row.fewer else 'good'} |"
        for row in rows
    ]
    page = head + "\n".join(lines) + TAIL
    print(page)
    if not asked.no_write:
        write_section("crashes", page)
    return 0 if all(row.good for row in rows) else 1


TAIL = """

Faults come from `strace -e inject`: the n-th call of a kind fails or the process is killed at it, for every n that an
undisturbed run shows. Acknowledged is what the writer printed after the call had returned. An error may be reported
to the caller; what counts is that nothing acknowledged is lost or doubled, and that the check is clean afterwards.
"""


def run(command: list[str], *wrap: str) -> dict[str, int]:
    """What a writer acknowledged: entry (or statement) -> index."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*wrap, sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment, timeout=600, check=False,
    )  # fmt: skip
    return acknowledged(done.stdout)


def acknowledged(output: str) -> dict[str, int]:
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {entry: int(index) for index, entry in (line for line in lines if len(line) == 2)}


def cases(command: list[str], folder: Path, place: Path) -> list[tuple[str, str, int]]:
    """Every (call, fault, n) that an undisturbed run shows for files below `folder`."""
    trace = place / "trace"
    run(command, "strace", "-f", "-qq", "-y", "-s", "0", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")
    count: Counter[tuple[str, str]] = Counter()
    wanted: set[tuple[str, int]] = set()
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"(\d+)\s+(\w+)\(", line)
        if match:
            count[match[1], match[2]] += 1
            if str(folder) in line:
                wanted.add((match[2], count[match[1], match[2]]))
    return [(call, fault, number) for call, number in sorted(wanted) for fault in FAULTS]


def inject(call: str, fault: str, number: int) -> tuple[str, ...]:
    return (
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={number}",
    )  # fmt: skip


def log_faults(place: Path) -> Row:
    key = Ed25519PrivateKey.generate()
    signer = KeySigner.of(key)

    def command(folder: Path) -> list[str]:
        return [str(APPENDER), str(folder), ORIGIN, key.private_bytes_raw().hex(), "s", "3"]

    rows = cases(command(place / "log-0"), place / "log-0", place)
    wrong, total, dirty = [], 0, 0
    for number, case in enumerate(bar(rows, "fault"), 1):
        folder = place / f"log-{number}"
        told = run(command(folder), *inject(*case))
        total += len(told)
        problems, clean = log_after(folder, signer, told)
        dirty += not clean
        wrong += [f"{case}: {text}" for text in problems]
    text = f"{len(rows):,} faults, {total:,} acknowledged, {len(wrong)} lost or doubled, {dirty} not clean"
    print("\n".join(wrong), file=sys.stderr)
    return Row(
        "log: ENOSPC, EIO, kill at every file call of three appends", "0 lost, clean", text, not wrong + [0] * dirty
    )


def log_after(folder: Path, signer: KeySigner, told: dict[str, int]) -> tuple[list[str], bool]:
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append(b"after the crash")
    report = fsck(folder, ORIGIN, (verifier_key(ORIGIN, signer.public_key),))
    entries = LogReader(folder).entries(0, report.size)
    wrong = [f"lost {entry}" for entry, at in told.items() if entries[at : at + 1] != [entry.encode()]]
    return wrong + ["doubled"] * (len(set(entries)) != len(entries)), report.clean


def store_faults(place: Path, most: int, seed: int) -> Row:
    files = []
    for name in ("a", "b"):
        files.append(place / name)
        files[-1].write_text(name, encoding="utf-8")

    def command(folder: Path) -> list[str]:
        return ["-c", ADDER, str(folder), *map(str, files)]

    make_store(place / "store-0", None, TIMES[0])
    every = cases(command(place / "store-0"), place / "store-0", place)
    rows = random.Random(seed).sample(every, min(most, len(every)))
    wrong, total, dirty = [], 0, 0
    for number, case in enumerate(bar(rows, "fault"), 1):
        folder = place / f"store-{number}"
        make_store(folder, None, TIMES[0])
        told = run(command(folder), *inject(*case))
        total += len(told)
        problems, clean = store_after(folder, files, told)
        dirty += not clean
        wrong += [f"{case}: {text}" for text in problems]
    tried = f"{len(rows):,} of {len(every):,} faults, {total:,} acknowledged"
    text = f"{tried}, {len(wrong)} lost or doubled, {dirty} not clean"
    print("\n".join(wrong), file=sys.stderr)
    return Row(
        "store: the same at every file call of two `assay add`", "0 lost, clean", text, not wrong + [0] * dirty,
        fewer=len(rows) < len(every),
    )  # fmt: skip


def store_after(folder: Path, files: list[Path], told: dict[str, int]) -> tuple[list[str], bool]:
    store = open_store(folder)
    clean = not store.check().problems
    for path in files:
        add_files(store, [path], Entry(), open_keys(store, None, None), TIMES[1])
    found = store.check()
    entries = LogReader(store.log).entries(0, found.size)
    wrong = [f"lost {name}" for name, at in told.items() if entries[at : at + 1] != [bytes.fromhex(name)]]
    # The policy and one statement a file: never two of one meaning.
    wrong += ["doubled"] * ((found.size, found.statements) != (3, 3))
    return wrong, clean and not found.problems


def kills(place: Path, wanted: int, seed: int) -> Row:
    key, chance = Ed25519PrivateKey.generate(), random.Random(seed)
    folder, told, killed = place / "kills", {}, 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for turn in bar(range(-(-wanted // WRITERS)), "round"):
        writers = [
            subprocess.Popen(
                [sys.executable, str(APPENDER), str(folder), ORIGIN, key.private_bytes_raw().hex(), f"{turn}.{name}",
                 "1000000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
            )
            for name in range(WRITERS)
        ]  # fmt: skip
        for writer in writers:
            writer.stdout.readline()
        for writer in chance.sample(writers, len(writers)):
            time.sleep(chance.uniform(0.0, 0.2))
            writer.kill()
            killed += 1
        for writer in writers:
            told |= acknowledged(writer.communicate()[0])
    wrong, clean = log_after(folder, KeySigner.of(key), told)
    size = LogReader(folder).checkpoint().split(b"\n")[1].decode()
    text = f"{killed} kills, {len(told):,} acknowledged of {int(size):,} entries, {len(wrong)} lost or doubled"
    return Row(
        f"{WRITERS} writers at once, kill -9 at random", "0 lost, 0 doubled in 200 kills",
        text + ("" if clean else ", not clean"), not wrong and clean, fewer=killed < 200,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
