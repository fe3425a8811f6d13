"""`assay plan compare A B`: what differs between two plans."""

from __future__ import annotations

from pathlib import Path

from assay.cli.options import paint, write_json
from assay.reports.money import money_words
from assay.workflow.planning.compare import compare_plans
from assay.workflow.planning.kept import read_plan

__all__ = ["compare"]


def compare(one: Path, other: Path, form: str) -> int:
    """Show the differences; 0 where the plans cost the same, 1 where not."""
    found = compare_plans(read_plan(one), read_plan(other))
    if form == "json":
        write_json(found)
        return int(found["found"][0]["difference"] != 0)
    cost = found["found"][0]
    print(paint(f"{other} costs {money_words(cost['difference'])} more than {one}", "headline"))
    certain = found["certain"]
    print(
        f"  certain      between {money_words(certain['low'])} and {money_words(certain['high'])} more, by the bounds"
    )
    for row in found["asked"]:
        print(f"  asked        {row['what']}: {_short(row['first'])} | {_short(row['second'])}")
    for row in found["years"]:
        if row["first"] != row["second"]:
            print(f"  year         {row['year']}: {money_words(row['first'])} | {money_words(row['second'])}")
    for row in found["acts"]:
        print(f"  rebuilt      {row['part']} with {row['after']}: {row['first']:,} | {row['second']:,} elements")
    for row in found["rules"]:
        words = " | ".join("not there" if row[k] is None else money_words(row[k]) for k in ("first", "second"))
        print(f"  rule         {row['rule']}: {words}")
    return int(cost["difference"] != 0)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
