"""Ten million elements: Parquet in, decisions, classes and cap sums out.

`python bench/ten_million.py IN.parquet OUT_FOLDER`, in a process of its own, so that its peak memory is its own. With
`--read-only` it loads the input and says what that takes.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import polars as pl

from assay.decide.interpret import Interpreter
from assay.decide.shares import cap_shares, numbered, with_bases
from assay.decide.vectorise import decide_frame
from policy import build


def status(key: str) -> int:
    """A line of /proc/self/status in bytes; 0 where there is none."""
    path = Path("/proc/self/status")
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":")), 0)


def main() -> None:
    source, out = sys.argv[1], Path(sys.argv[2])
    before = status("VmRSS")
    if "--read-only" in sys.argv:
        frame = pl.read_parquet(source)
        print(json.dumps({"resident": status("VmRSS") - before, "declared": frame.estimated_size()}))
        return
    library, program = build()
    program = with_bases(program)
    wall, cpu = time.perf_counter(), time.process_time()
    lazy = pl.scan_parquet(source)
    decided = decide_frame(Interpreter(program), library.facts, lazy, settle=False)
    shares = cap_shares(program, decided.classes, numbered(lazy, decided))
    decided.classes.write_parquet(out / "classes.parquet")
    decided.elements.to_frame().write_parquet(out / "elements.parquet")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({
        "elements": decided.elements.len(), "classes": decided.classes.height, "shares": len(shares), "wall": wall,
        "cpu": cpu, "before": before, "peak": status("VmHWM"),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
