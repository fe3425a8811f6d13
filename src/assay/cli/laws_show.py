"""The reading verbs of `assay laws`: list, show, timeline, coverage, diff, due."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from assay.cli.clock import today
from assay.cli.options import write_json
from assay.reports import laws as words
from assay.workflow.ground import laws
from assay.workflow.ground.library import code_of, load_library, pack_folders

__all__ = ["run"]

Rows = Sequence[dict[str, Any]]


def run(args: argparse.Namespace) -> int:
    """Run one reading verb. `diff` exits 1 where the packs differ, `coverage` where an event is missing."""
    return {
        "list": _list, "show": _show, "timeline": _timeline, "coverage": _coverage, "diff": _diff, "due": _due,
    }[args.verb](args)  # fmt: skip


def _print(args: argparse.Namespace, rows: Rows, render: Callable[[Rows], str]) -> None:
    if args.format == "json":
        write_json({"schema": f"assay-laws-{args.verb}/1", "rows": list(rows)})
    else:
        print(render(rows))


def _list(args: argparse.Namespace) -> int:
    _print(args, laws.listing(load_library(None, tuple(args.laws)), args.pack), words.render_list)
    return 0


def _show(args: argparse.Namespace) -> int:
    roots = tuple(args.laws)
    found = laws.shown(load_library(None, roots), pack_folders(roots), args.pack[0])
    if args.format == "json":
        write_json({"schema": "assay-laws-show/1", **found})
    else:
        print(words.render_rule(found["rule"]) if "rule" in found else words.render_pack(found))
    return 0


def _timeline(args: argparse.Namespace) -> int:
    code = code_of(args.pack[0])
    rows = laws.timeline(load_library(None, tuple(args.laws)), code)
    _print(args, rows, lambda found: words.render_timeline(found, code))
    return 0


def _coverage(args: argparse.Namespace) -> int:
    rows = laws.coverage(load_library(None, tuple(args.laws)), args.pack)
    _print(args, rows, words.render_coverage)
    return 1 if any(row["missing"] for row in rows) else 0


def _diff(args: argparse.Namespace) -> int:
    rows = laws.difference_of_packs(args.old, args.new)
    _print(args, rows, words.render_pack_difference)
    return 1 if rows else 0


def _due(args: argparse.Namespace) -> int:
    _print(args, laws.due(load_library(None, tuple(args.laws)), args.pack, today()), words.render_due)
    return 0
