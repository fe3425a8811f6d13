"""`assay plan CASE`, `assay plan check|compare|ensemble`: the cheapest lawful schedule found, and its proof."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.options import clock_options, examples, paint, write_json
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.workflow.planning.plan import Unplannable

__all__ = ["add", "run"]

_VERBS = ("check", "compare", "ensemble")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("plan")
    parser.add_argument(
        "words", nargs="+", metavar="CASE",
        help="a case folder; or check DIR, compare DIR DIR, ensemble CASE (write ./check for a folder of that name)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help="write report.html and plan.json, plan.parquet, plan.zip (compare, ensemble: their page and JSON)",
    )  # fmt: skip
    clock_options(parser)
    parser.add_argument("--horizon", metavar="DATE", help="the last day that is planned for (default: the case's)")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="another plan.toml than the case's own")
    parser.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="ID@DATE", help="treat a proposal as in force from DATE"
    )
    parser.add_argument("--strict", action="store_true", help="crews, supply and budgets are hard limits")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the search; the same seed gives the same bytes"
    )
    parser.add_argument("--effort", type=int, default=1, metavar="N", help="N times the usual work (1 to 20)")
    parser.add_argument(
        "--solver", choices=("cases", "highs", "cpsat"), default="cases",
        help="for up to 150 clusters: our tree of cases with its proof, or a MIP solver whose bound is its word",
    )  # fmt: skip
    parser.add_argument(
        "--time-limit", type=int, metavar="SECONDS", help="stop early; marks the result not reproducible"
    )
    parser.add_argument("--no-prices", action="store_true", help="leave out what each rule costs")
    parser.add_argument("--case", type=Path, metavar="CASE", help="check: make the problem anew from this case too")
    parser.add_argument("--scenarios", type=int, default=100, metavar="N", help="ensemble: how many futures")
    parser.add_argument("--workers", type=int, default=1, metavar="K", help="ensemble: processes on this machine")
    parser.add_argument("--dask", metavar="ADDRESS", help="ensemble: scheduler of a Dask cluster")
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Plan, check, compare or try many futures."""
    verb, rest = (args.words[0], args.words[1:]) if args.words[0] in _VERBS else ("", args.words)
    if len(rest) != (2 if verb == "compare" else 1):
        raise UsageError(
            "E0715", f"{len(rest)} folders for plan {verb}".rstrip(), where="assay plan",
            expected="CASE, check DIR, compare DIR DIR or ensemble CASE",
        )  # fmt: skip
    folders = [Path(word) for word in rest]
    if verb == "check":
        return _check(args, folders[0])
    if verb == "compare":
        from assay.cli.plan_compare import compare

        return compare(folders[0], folders[1], args.format, args.out)
    if verb == "ensemble":
        from assay.cli.plan_ensemble import ensemble

        return int(ensemble(args, folders[0]))
    return _plan(args, folders[0])


def _plan(args: argparse.Namespace, case: Path) -> int:
    from assay.cli.plan_case import solved
    from assay.reports.plan import render_plan_summary
    from assay.workflow.ground.folder import check_out
    from assay.workflow.planning.document import plan_document
    from assay.workflow.planning.plan import FILES, Unplannable, write_plan

    if args.out:
        check_out(args.out, FILES)
    done = solved(args, case, prices=not args.no_prices)
    if isinstance(done, Unplannable):
        return _none(done, args.format)
    found = write_plan(done, args.out) if args.out else plan_document(done)
    if args.format == "json":
        write_json(found)
    else:
        print(render_plan_summary(found, paint, str(args.out) if args.out else ""))
    return 0


def _none(found: Unplannable, form: str) -> int:
    """No schedule: which rules cannot hold together, and the least that would mend it; exit code 1."""
    from assay.reports.plan_conflict import conflict_document, render_conflict

    names = [quarter.name for quarter in found.grid]
    assumed = [(one.id, one.start.isoformat()) for one in found.assumptions]
    document = conflict_document(found.broken, found.conflict, found.titles, names, found.currency, assumed)
    if form == "json":
        write_json(document)
    else:
        print(render_conflict(document, paint))
    return 1


def _check(args: argparse.Namespace, folder: Path) -> int:
    from assay.reports.money import money_words, percent4
    from assay.workflow.planning.document import millionths
    from assay.workflow.planning.kept import check_plan

    found = check_plan(folder, args.case, tuple(args.laws), args.scenario)
    verdict = found.verdict
    faults = [f"{v.rule}: {v.what} in quarter {v.quarter}, by {v.amount}" for v in verdict.violations]
    if args.format == "json":
        write_json({
            "schema": "assay-plan-check/1", "holds": found.holds, "cost": verdict.cost,
            "lower_bound": verdict.lower_bound, "gap_millionths": millionths(verdict.gap), "violations": faults,
            "differs": list(found.differs), "problem": found.problem, "prices": found.prices, "redone": found.redone,
            "assumed": list(found.assumed),
        })  # fmt: skip
        return 0 if found.holds else 1
    print(paint("THE PLAN HOLDS" if found.holds else "THE PLAN DOES NOT HOLD", "headline"))
    for text in found.assumed:
        print(f"  ASSUMED      {text}")
    print(f"  replayed     every rule at every quarter: {len(verdict.violations)} violations")
    gap = percent4(millionths(verdict.gap) or 0)
    print(f"  recomputed   cost {money_words(verdict.cost)}, bound {money_words(verdict.lower_bound)}, gap {gap}")
    if found.prices:
        print(f"  replayed     the schedules behind {found.prices} prices of rules: each costs at least what is said")
    if found.redone and not found.differs:
        print("  redone       problem, every figure, table and page from estate, law and archive: the same bytes")
    for text in (*faults[:20], *found.differs):
        print(f"  differs      {text}")
    if not found.redone:
        print("  not shown    that estate and law give this problem: assay plan check DIR --case CASE")
    if found.prices:
        print("  not shown    that no price is higher than said: that rests on a bound without the rule; plan again")
    return 0 if found.holds else 1
