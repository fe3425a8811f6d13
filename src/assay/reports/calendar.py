"""Last lawful days as a calendar file (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from assay.canon import canonical, digest

__all__ = ["render_calendar"]

Json = Mapping[str, Any]
_WIDEST: Final = 75
"""Bytes of a line; longer ones are folded (RFC 5545, 3.1)."""


def render_calendar(found: Json) -> str:
    """One entry for each last day, country, rule and act. The stamp is the day asked: same input, same bytes."""
    stamp = found["on"].replace("-", "") + "T000000Z"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//assay//review//EN", "CALSCALE:GREGORIAN"]
    lines.append("X-WR-CALNAME:" + _text(found["case"]["title"]))
    for key, rows in _grouped(found["deadlines"]):
        lines += _event(found, key, rows, stamp)
    lines.append("END:VCALENDAR")
    return "".join(part + "\r\n" for line in lines for part in _folded(line))


def _grouped(rows: Iterable[Json]) -> list[tuple[tuple[str, ...], list[Json]]]:
    groups: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        groups.setdefault((row["day"], row["jurisdiction"], row["rule"], row["act"]), []).append(row)
    return sorted(groups.items())


def _event(found: Json, key: tuple[str, ...], rows: list[Json], stamp: str) -> list[str]:
    day, code, rule, act = key
    total = sum(row["elements"] for row in rows)
    force = "" if rows[0]["force"] == "binding" else " (advice)"
    who = "; ".join(f"{r['operator']}: {r['elements']} of {r['supplier']}, {r['part']}" for r in rows)
    says = found["rules"][rule]["says"]
    note = "Interpretation of public sources, no legal advice."
    if found["case"]["synthetic"] or found["synthetic"]["memberships"]:
        note = "SYNTHETIC example data. " + note
    after = date.fromisoformat(day) + timedelta(days=1)
    return [
        "BEGIN:VEVENT",
        f"UID:{digest(canonical([found['case']['title'], *key]))[:32]}@assay",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day.replace('-', '')}",
        f"DTEND;VALUE=DATE:{after.isoformat().replace('-', '')}",
        "SUMMARY:" + _text(f"Last day{force}: {act}, {total} elements, {code}"),
        "DESCRIPTION:" + _text(f"{rule}: {says}. {who}. {note}"),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(text: str) -> str:
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, escaped)
    return text


def _folded(line: str) -> Iterable[str]:
    """Pieces of at most 75 bytes that never cut a character; those after the first begin with a space."""
    piece = ""
    for sign in line:
        if len((piece + sign).encode()) > _WIDEST:
            yield piece
            piece = " "
        piece += sign
    yield piece
