"""`assay plan ensemble CASE`: many futures of one plan, and which first year stands up to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.cli.options import paint, write_json
from assay.cli.plan_case import solved
from assay.reports.money import money_words, percent4
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


def _show(found: dict[str, object], out: str) -> None:
    cost, gap, years = found["cost"], found["gap_millionths"], found["first_years"]
    assert isinstance(cost, dict)
    assert isinstance(gap, dict)
    assert isinstance(years, list)
    print(paint(f"{found['case']} · {found['scenarios']} futures from {found['on']}", "headline"))
    if found["synthetic"]:
        print("  SYNTHETIC    suppliers, operators and futures are drawn; none is a forecast about anybody")
    if found["illustrative"]:
        print("  illustrative default prices are used, which are nobody's offer")
    if cost:
        words = [money_words(cost[key], str(found["currency"])) for key in ("p5", "p50", "p95")]
        print(f"  cost         {words[0]} | {words[1]} | {words[2]} (5 %, half, 95 % of the futures)")
        print(f"  gap          {percent4(gap['p50'])} in half of them, {percent4(gap['p95'])} in 95 %")
    if found["unsolved"]:
        print(f"  not solved   no lawful schedule was found in the futures {found['unsolved']}")
    for row in years:
        mark = " <- the least worst" if row["robust"] else ""
        most = money_words(row["worst_at_most"], str(found["currency"]))
        barred = f", cannot be done in {len(row['cannot_be_done_in'])}" if row["cannot_be_done_in"] else ""
        print(
            f"  first year   {row['first_year']}: {row['acts']} acts, at most {most} too dear in the worst of "
            f"{row['tried_in']}{barred}{mark}"
        )
    if out:
        print(f"  written      {out}/report.html, ensemble.json")
