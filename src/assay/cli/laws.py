"""`assay laws`: list, show, timeline, coverage, diff, due, check, mutants, approve."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples
from assay.decide.cases import Miss
from assay.decide.mutate import Score
from assay.workflow.answers.check import checked_library, run_cases, run_mutants

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("laws")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in (
        ("list", "every pack with its counts"), ("coverage", "events encoded and not, computed from the packs"),
        ("due", "rules by age of the last reading of their sources"),
        ("check", "load packs, check them, run their cases"), ("mutants", "break packs on purpose"),
    ):  # fmt: skip
        one = sub.add_parser(verb, help=text, description=text)
        one.add_argument("pack", nargs="*", help="pack ids; all when left out")
        _common(one)
        if verb == "check":
            one.add_argument(
                "--strict", action="store_true", help="also: every rule has cases, sources fit the host table"
            )
    show = sub.add_parser("show", help="one pack, or one rule of it, in plain words")
    show.add_argument("pack", nargs=1, help="pack id or rule id")
    _common(show)
    timeline = sub.add_parser("timeline", help="what begins and ends when in one jurisdiction")
    timeline.add_argument("pack", nargs=1, metavar="JURISDICTION")
    _common(timeline)
    approve = sub.add_parser("approve", help="sign and log, as a reader of law, that you approve packs as they are")
    approve.add_argument("pack", nargs="+", help="pack ids")
    approve.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    approve.add_argument(
        "--key", type=Path, action="append", required=True, metavar="FILE", help="whose word it is (repeatable)"
    )
    store_options(approve)
    diff = sub.add_parser("diff", help="what changed between two folders of one pack")
    diff.add_argument("old", type=Path)
    diff.add_argument("new", type=Path)
    diff.add_argument("--format", choices=("human", "json"), default="human")


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laws", type=Path, action="append", default=[], metavar="DIR", help="private packs")
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    if args.verb == "check":
        return _check(args)
    if args.verb == "mutants":
        return _mutants(args)
    if args.verb == "approve":
        return _approve(args)
    from assay.cli import laws_show

    return int(laws_show.run(args))


def _approve(args: argparse.Namespace) -> int:
    from assay.cli.clock import moment
    from assay.cli.passphrase import asking
    from assay.workflow.keeping.approving import approve_packs
    from assay.workflow.keeping.store import open_keys

    store = wanted_store(args)
    rows = approve_packs(store, args.pack, open_keys(store, args.key, asking()), moment(), tuple(args.laws))
    if args.format == "json":
        print(json.dumps({"schema": "assay-laws-approved/1", "packs": rows}, indent=2, ensure_ascii=False))
        return 0
    for row in rows:
        by = ", ".join(row["readers"])
        print(f"{row['pack']}  sha256:{row['digest'][:12]}  {len(row['readers'])} of {row['needed']} reviewers: {by}")
    return 0


def _check(args: argparse.Namespace) -> int:
    library, folders = checked_library(tuple(args.laws), args.pack)
    bad = total = 0
    for pack, count, misses in run_cases(library, folders, args.pack):
        total += count
        for miss in misses:
            bad += 1
            print(_miss_line(pack.id, miss))
        if args.pack:
            print(f"{pack.id}: {count} cases, {len(misses)} misses")
    if args.strict:
        from assay.workflow.ground.strict import strict_faults

        for fault in strict_faults(library, folders):
            bad += 1
            print(fault)
    print(f"{len(library.packs)} packs checked, {total} cases run, {bad} faults")
    return 1 if bad else 0


def _miss_line(pack: str, miss: Miss) -> str:
    q = miss.case.question
    asked = f"asked {q.supplier} {q.part} {q.activity} on {q.as_of} known {q.known_at}"
    found = f"{miss.what} expected {miss.expected}, found {miss.found}"
    return f"{pack}/cases.toml, line {miss.case.line}: {miss.case.name}: {asked}: {found}"


def _mutants(args: argparse.Namespace) -> int:
    library, folders = checked_library(tuple(args.laws), args.pack)
    rows: list[Score] = []
    for found in run_mutants(library, folders, args.pack):
        if found.total or found.wrong:
            rows.append(found)
            if args.format == "human":
                _mutant_lines(found, named=bool(args.pack))
    if args.format == "json":
        packs = [{"pack": r.pack, "mutants": r.total, "killed": r.killed, "equivalent": list(r.equivalent),
                  "survivors": list(r.survivors), "wrongly_equivalent": list(r.wrong)} for r in rows]  # fmt: skip
        json.dump({"schema": "assay-mutants/1", "packs": packs}, sys.stdout, indent=1)
    return 1 if any(10 * row.killed < 9 * row.total or row.wrong for row in rows) else 0


def _mutant_lines(found: Score, *, named: bool) -> None:
    share = f"{found.killed * 1000 // max(found.total, 1) / 10} %"
    rest = f"{len(found.equivalent)} equivalent"
    print(f"{found.pack:14} {found.killed:5} of {found.total:5} killed ({share}), {rest}", flush=True)
    for name in found.survivors if named else ():
        print(f"    survived  {name}")
    for name in found.wrong:
        print(f"    listed as equivalent, but a case notices it or it is not there: {name}")
