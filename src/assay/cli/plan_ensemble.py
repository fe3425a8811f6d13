"""`assay plan ensemble CASE`: many futures of one plan, and which first year stands up to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from assay.cli.options import paint, write_json
from assay.cli.plan_case import solved
from assay.reports.futures import cost_drivers
from assay.reports.money import money_words, percent4, span_words
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
        _show(found, str(args.out) if args.out else "")
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


def _show(found: dict[str, Any], out: str) -> None:
    currency = found["currency"]
    what = "illustrative futures" if found["illustrative"] else "futures"
    print(paint(f"{found['case']} · {found['scenarios']} {what} from {found['on']}", "headline"))
    if found["synthetic"]:
        print("  SYNTHETIC    suppliers, operators and futures are drawn; none is a forecast about anybody")
    if found["cost"]:
        for words, part in (("one in twenty costs at most", "p5"), ("half", "p50"), ("all but one in twenty", "p95")):
            ends = span_words([found["cost_range"][end][part] for end in ("low", "high")], currency)
            print(f"  cost         {words}: {money_words(found['cost'][part], currency)} ({ends} over the ranges)")
        gap = found["gap_millionths"]
        print(f"  gap          of the model: {percent4(gap['p50'])} in half of them, {percent4(gap['p95'])} in 95 %")
    for row in cost_drivers(found["futures"])[:3]:
        often = "one future" if row["count"] == 1 else f"{row['count']} futures"
        sums = f"{money_words(row['median'], currency)} in {often}, else"
        print(f"  driver       {row['what']}: {sums} {money_words(row['median_others'], currency)}")
    if found["unsolved"]:
        print(f"  not solved   no lawful schedule was found in the futures {found['unsolved']}")
    for row in found["first_years"]:
        print(f"  first year   {_first_year(row, currency)}")
    if out:
        print(f"  written      {out}/report.html, ensemble.json")


def _first_year(row: dict[str, Any], currency: str) -> str:
    """What a first year costs too much, and where it cannot be done."""
    most = f"at most {money_words(row['worst_at_most'], currency)} too dear in the worst of {row['tried_in']} futures"
    barred = f", cannot be done in {len(row['cannot_be_done_in'])}" if row["cannot_be_done_in"] else ""
    mark = " <- the least worst" if row["robust"] else ""
    ends = span_words(row["range"], currency)
    return f"{row['first_year']}: {row['acts']} acts, {most} ({ends} over the ranges){barred}{mark}"
