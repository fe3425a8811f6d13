"""`assay cases`: list and show the test cases, their coverage, a recipe for the lab; enter verdicts by hand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.clock import today
from assay.cli.options import examples, write_json
from assay.reports.cases import case_row, render_case, render_coverage, render_list, render_recipe
from assay.workflow.assessment.cases import case_of, cases_for, cover, load_cases
from assay.workflow.assessment.inspect import NEWEST_RELEASE
from assay.workflow.assessment.records import add_record

__all__ = ["add", "run"]


_LISTS = {
    "list": "every case, or those of a network function",
    "recipe": "what to provoke, where to record, which keys are needed",
    "coverage": "which clauses are judged from recordings, and on what examples that rests",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("cases")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in _LISTS.items():
        one = sub.add_parser(name, help=text)
        one.add_argument("--nf", action="append", default=[], metavar="F", help="network function, as in AMF")
        one.add_argument("--release", type=int, default=NEWEST_RELEASE, metavar="N", help="3GPP release")
        one.add_argument("--format", choices=("human", "json"), default="human")
    show = sub.add_parser("show", help="one case: purpose, verdict rule, what it was coded from, limits")
    show.add_argument("case", metavar="CASE", help="its id, as in 33.512-4.2.2.3.2-B")
    show.add_argument("--format", choices=("human", "json"), default="human")
    record = sub.add_parser("record", help="enter a manual, document or host verdict")
    record.add_argument("case", metavar="CASE", help="its id")
    record.add_argument(
        "--verdict", required=True, metavar="V", help="pass, fail, inconclusive, not-applicable or not-run"
    )
    record.add_argument("--by", required=True, metavar="NAME", help="who enters it")
    record.add_argument("--evidence", type=Path, action="append", default=[], metavar="FILE", help="what it rests on")
    record.add_argument("--reason", default="", metavar="TEXT", help="why, in a sentence")
    record.add_argument("--records", type=Path, default=Path("records.json"), metavar="FILE", help="where it is kept")


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    if args.verb == "record":
        row = add_record(
            args.records, args.case, args.verdict, args.by, args.evidence, args.reason, today().isoformat()
        )
        print(f"entered in {args.records}: {row['case']} {row['verdict']} by {row['by']}")
        return 0
    if args.verb == "show":
        found: Any = case_row(case_of(args.case))
        text = render_case(found)
    elif args.verb == "coverage":
        found = cover(cases_for([one.upper() for one in args.nf], load_cases()))
        text = render_coverage(found)
    else:
        chosen = cases_for([one.upper() for one in args.nf])
        rows = [case_row(case) for case in chosen if _stands(case.releases, args.release)]
        found = {"schema": f"assay-cases-{args.verb}/1", "release": args.release, "cases": rows}
        text = render_list(rows) if args.verb == "list" else render_recipe(rows)
    if args.format == "json":
        write_json(found)
    else:
        print(text)
    return 0


def _stands(releases: tuple[int, int], release: int) -> bool:
    return releases[0] <= release and (not releases[1] or release <= releases[1])
