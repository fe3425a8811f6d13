"""A backtest as text: figures first, confusion per jurisdiction and year, then every miss with both reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["render_backtest"]

Json = Mapping[str, Any]
_FIGURES: Final = (
    ("all", "rows agree (outcome and force)"), ("verified", "of the verified rows"),
    ("official_source", "of rows that our packs answer from an official source"),
    ("source_not_cited", "of rows whose source no pack cites"), ("inferred_permitted", "of rows inferred as permitted"),
    ("outcome", "outcome alone"), ("force", "force alone"), ("deadline", "deadlines, where filled"),
    ("cap", "caps, where filled"), ("also_filled", "`also`, where filled"), ("also_empty", "`also`, where empty"),
)  # fmt: skip


def render_backtest(found: Json) -> str:
    """Text for a terminal, and with few changes for docs/backtest.md."""
    rows, summary = found["rows"], found["summary"]
    if not rows:
        return "no rows"
    lines = [f"{summary[key]['agree']:4} of {summary[key]['of']:4}  {text}" for key, text in _FIGURES]
    lines.append(f"{summary['headline_rests_on_presumption']:4} headlines rest on a presumption")
    size = summary["possible_mean_size"]
    lines.append(
        f"{summary['possible_has_several']:4} have several possible outcomes without presumptions (mean {size})"
    )
    lines += ["", *_confusion(rows), "", *_misses(rows)]
    return "\n".join(lines)


def _confusion(rows: Sequence[Json]) -> list[str]:
    lines = ["jurisdiction year  expected -> found"]
    groups: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        want, have = _pair(row["expected"]), _pair(row)
        text = want if row["agrees"] else f"{want} -> {have} !"
        groups.setdefault((row["jurisdiction"], row["date_asof"][:4]), Counter())[text] += 1
    for (code, year), counts in sorted(groups.items()):
        lines.append(f"{code:12} {year}  " + "; ".join(f"{n} x {t}" for t, n in sorted(counts.items())))
    return lines


def _pair(row: Json) -> str:
    outcome = "permitted" if row["outcome"] == "no-rule" else row["outcome"]
    return f"{outcome}{' (' + row['force'] + ')' if row['force'] else ''}"


def _misses(rows: Sequence[Json]) -> list[str]:
    lines = []
    for row in rows:
        wrong = [key for key in ("deadline", "cap") if not row[f"{key}_agrees"]]
        wrong += ["also"] if row["expected"]["also"] and not row["also_agrees"] else []
        if row["agrees"] and not wrong:
            continue
        keys = ("case_id", "jurisdiction", "supplier", "part", "activity", "date_asof")
        head = " ".join(row[key] for key in keys)
        lines.append(
            f"{head}{'' if row['agrees'] else '  DIFFERS'}{' differs in ' + ', '.join(wrong) if wrong else ''}"
        )
        want = row["expected"]
        lines.append(f"    theirs  {_pair(want)} {want['deadline']} {' '.join(want['also'])}  {row['theirs']}")
        ours = f"{_pair(row)} {row['deadline']} {' '.join(row['also'])}  "
        ours = row.get("error") or ours + ("; ".join(row["says"]) or "no restricting rule")
        lines.append(f"    ours    {ours}")
        if row["missing"]:
            lines.append(f"    open    {', '.join(row['missing'])}")
    return lines or ["no misses"]
