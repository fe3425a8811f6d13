"""From a cold start to all verdicts, in CPU time: `python bench/inspection.py [--megabytes 100]`.

The recordings of pySCASso and one long recording lie in a folder `shared` beside the project; ours lie in it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from recordings import OWN, long_recording

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = ROOT.parent / "shared" / "captures"
RECORDINGS = ROOT / "src" / "assay" / "checks" / "recordings"
RUNS = 3


def cpu(paths: list[Path], cache: str) -> float:
    """User and system seconds of the command and of whatever it starts, the best of some runs.

    Bytecode is compiled before the first run that counts, as an installation does it.
    """
    spent = []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    command = [sys.executable, "-m", "assay.cli.main", "inspect", *map(str, paths), "--format", "json"]
    command += ["--keys", str(RECORDINGS / "keys.toml")]
    for _ in range(RUNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=environment)
        assert done.returncode in (0, 1)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent[1:])


def long(megabytes: int) -> str:
    """CPU seconds and the most memory of one inspection of a recording made by repetition, run in a process alone."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        for chunk in long_recording(OWN.read_bytes(), megabytes * 1_000_000):
            file.write(chunk)
        file.flush()
        command = [sys.executable, "-m", "assay.cli.main", "inspect", file.name, "--format", "json"]
        command += ["--keys", str(RECORDINGS / "keys.toml")]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return f"{used.ru_utime + used.ru_stime:.0f} CPU s, at most {used.ru_maxrss / 1024:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, help="only one long recording of this size, made by repetition")
    given = parser.parse_args()
    if given.megabytes:
        print(f"{given.megabytes} MB, all cases: {long(given.megabytes)}")
        return
    own = RECORDINGS / "open5gs-lab" / "core_default_ueransim.pcap"
    rows = [("own recording of a core, 2,288 packets", [own], 2288)]
    eleven = sorted((CAPTURES / "pyscasso").glob("*.pcap*"))
    if eleven:
        rows.append((f"all {len(eleven)} recordings of pySCASso in one run", eleven, 0))
        rows.append(
            ("testregistration.pcapng, 4,104 packets", [CAPTURES / "open5gs" / "testregistration.pcapng"], 4104)
        )
    else:
        print("not run: ../shared absent, so the recordings of others")
    with tempfile.TemporaryDirectory() as cache:
        for name, paths, packets in rows:
            seconds = cpu(paths, cache)
            rate = f", {packets / seconds:,.0f} packets a CPU second" if packets else ""
            print(f"{name}: {seconds:.2f} CPU s from a cold start, all cases{rate}")


if __name__ == "__main__":
    main()
