"""`assay plan ensemble CASE`: many futures of one plan, and which first year stands up to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.cli.options import paint, write_json
from assay.cli.plan_case import solved
from assay.reports.futures import render_futures_lines
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.folder import check_out, whole_folder
from assay.workflow.planning.ensemble import Told, futures_page, try_futures
from assay.workflow.planning.plan import Unplannable

__all__ = ["ensemble"]

_FILES = frozenset({"ensemble.json", "report.html"})


def ensemble(args: argparse.Namespace, case: Path) -> int:
    """Plan, then try the plan in many futures."""
    if args.out:
        check_out(args.out, _FILES)
    done = solved(args, case, prices=False)
    if isinstance(done, Unplannable):
        print("no lawful schedule was found; `assay plan` says why", file=sys.stderr)
        return 1
    found = try_futures(done, args.scenarios, args.seed, args.workers, args.dask, _meter())
    if args.out:
        with whole_folder(args.out.resolve()) as draft:
            write_json_file(draft / "ensemble.json", found)
            write_bytes(draft / "report.html", futures_page(found).encode())
    if args.format == "json":
        write_json(found)
    else:
        print(render_futures_lines(found, paint))
        if args.out:
            print(f"  written      {args.out}/report.html, ensemble.json")
    return 0


def _meter() -> Told | None:
    """A bar with rate and time left, on a terminal."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    bar = tqdm(desc="futures", unit=" futures", leave=False, file=sys.stderr)

    def told(count: int, total: int) -> None:
        bar.total, bar.n = total, count
        bar.refresh()
        if count >= total:
            bar.close()

    return told
