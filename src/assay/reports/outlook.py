"""The outlook as a table of words, and as rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from assay.reports.answer import Paint, plain
from assay.reports.wording import worded

__all__ = ["outlook_cells", "render_outlook"]

Json = Mapping[str, Any]
_WEAK: Final = ("republication", "none")


def render_outlook(found: Json, paint: Paint = plain) -> str:
    """One line a jurisdiction, one column a part; every cell is a word, no colour carries meaning."""
    cells = {(row["jurisdiction"], row["part"]): _cell(row) for row in found["rows"]}
    codes = found["jurisdictions"]
    widths = {part: max(len(part), *(len(cells[code, part]) for code in codes)) for part in found["parts"]}
    head = f"{found['name']} · {found['activity']} · on {found['as_of']} · law as known on {found['known_at']}"
    lines = [paint(head, "headline")]
    lines += [f"ASSUMED as if in force from {row['from']}: {row['id']}" for row in found["assumed"]]
    lines.append("    " + "  ".join(f"{part:{widths[part]}}" for part in found["parts"]).rstrip())
    for code in codes:
        lines.append(f"{code:4}" + "  ".join(f"{cells[code, part]:{widths[part]}}" for part in found["parts"]).rstrip())
    lines += ["", *_notes(found)]
    return "\n".join(lines)


def _cell(row: Json) -> str:
    weak = "reported: " if row["weakest"] in _WEAK and row["deciding"] else ""
    return f"{'ASSUMED: ' if row['assumed'] else ''}{weak}{worded(row)}{' *' if row['presumed'] else ''}"


def _notes(found: Json) -> list[str]:
    lines = []
    if any(row["presumed"] for row in found["rows"]):
        lines.append("* rests on what a short question is taken to mean; assay ask says what")
    if any(row["outcome"] == "unknown" for row in found["rows"]):
        lines.append("not determined: several outcomes are possible; assay ask says which and what would settle it")
    if found["synthetic"]:
        lines.append("synthetic: rests on facts that a case declares about a fictional supplier")
    lines.append("no restriction found: in what is coded; powers that could still be used are not shown here")
    lines.append("an interpretation of public sources: no legal advice, no act of an authority")
    return lines


def outlook_cells(found: Json, columns: tuple[str, ...]) -> list[list[str]]:
    """The rows as texts in the order of some columns."""
    return [[_text(row[column]) for column in columns] for row in found["rows"]]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(f"{v['outcome']}|{v['force']}".rstrip("|") if isinstance(v, dict) else str(v) for v in value)
    if isinstance(value, dict):
        return str(value["share"])
    return "" if value is None else str(value)
