"""`assay plan compare A B`: what differs between two plans."""

from __future__ import annotations

from pathlib import Path

from assay.cli.options import paint, write_json
from assay.reports.compare import render_comparison_lines
from assay.workflow.ground.folder import check_out
from assay.workflow.planning.compare import FILES, compare_plans, write_comparison
from assay.workflow.planning.kept import read_plan

__all__ = ["compare"]


def compare(one: Path, other: Path, form: str, out: Path | None) -> int:
    """Show the differences, as a page too with `out`; 0 where the plans cost the same, 1 where not."""
    if out:
        check_out(out, FILES)
    found = compare_plans(read_plan(one), read_plan(other))
    if out:
        write_comparison(found, out)
    if form == "json":
        write_json(found)
    else:
        print(render_comparison_lines(found, (str(one), str(other)), paint))
        if out:
            print(f"  written      {out}/report.html, comparison.json")
    return int(found["found"][0]["difference"] != 0)
