"""From a cold start to all verdicts, in CPU time: `python bench/inspection.py`.

The recordings of pySCASso and one long recording lie in a folder `shared` beside the project; ours lie in it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

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


def main() -> None:
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
