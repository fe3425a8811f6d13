"""Pictures of a review as SVG text: what holds until when, shares against caps, a map. No script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from itertools import pairwise
from math import cos, radians
from typing import Any, Final

from assay.reports.wording import cap_words

__all__ = [
    "COLOURS",
    "WORDS",
    "map_figure",
    "shares_figure",
    "svg_box",
    "svg_frame",
    "svg_words",
    "tiles",
    "timeline_figure",
    "word",
]

Json = Mapping[str, Any]
Named = tuple[str, str]
Site = tuple[str, int, int, str, str]

WORDS: Final[Mapping[Named, str]] = {
    ("prohibited", "binding"): "forbidden", ("prohibited", "advice"): "advised against",
    ("phase-out-until", "binding"): "allowed until a fixed day",
    ("phase-out-until", "advice"): "advised to end by a fixed day",
    ("capped", "binding"): "allowed up to a share", ("capped", "advice"): "advised up to a share",
    ("authorisation-required", "binding"): "needs authorisation",
    ("authorisation-required", "advice"): "authorisation advised",
    ("permitted-with-conditions", "binding"): "allowed on conditions",
    ("permitted-with-conditions", "advice"): "conditions advised",
    ("permitted", ""): "no restriction found", ("no-rule", ""): "no rule found", ("unknown", ""): "not determined",
}  # fmt: skip
COLOURS: Final[Mapping[Named, str]] = {
    ("prohibited", "binding"): "#a50f15", ("prohibited", "advice"): "#e6756b",
    ("phase-out-until", "binding"): "#e08214",
    ("phase-out-until", "advice"): "#f4c27e", ("capped", "binding"): "#6a51a3", ("capped", "advice"): "#b3a5d3",
    ("authorisation-required", "binding"): "#2166ac", ("authorisation-required", "advice"): "#92c5de",
    ("permitted-with-conditions", "binding"): "#35978f", ("permitted-with-conditions", "advice"): "#80cdc1",
    ("permitted", ""): "#c9d6c3", ("no-rule", ""): "#dcdcdc", ("unknown", ""): "#5f5f5f",
}  # fmt: skip
_ORDER: Final = tuple(COLOURS)
_WIDTH: Final = 960
_LEFT: Final = 310
_LANE: Final = 30
_MOST_LANES: Final = 24
_CELL: Final = 4


def word(outcome: str, force: str) -> str:
    """An answer in two or three words that follow bindingness."""
    return WORDS.get((outcome, force), outcome.replace("-", " "))


def _colour(named: Named) -> str:
    return COLOURS.get(named, "#000000")


def _rank(named: Named) -> int:
    return _ORDER.index(named) if named in _ORDER else -1


def svg_frame(height: int, title: str, body: Iterable[str]) -> str:
    """A picture of the page's width."""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg" font-family="inherit" '
        f'font-size="12"><title>{escape(title)}</title>{"".join(body)}</svg>'
    )


def svg_words(x: int, y: int, text: str, more: str = "") -> str:
    """A text; `more` are further attributes."""
    return f'<text x="{x}" y="{y}"{more}>{escape(text)}</text>'


def svg_box(x: int, y: int, wide: int, high: int, fill: str, title: str = "") -> str:
    """A filled rectangle, at least a pixel each way, with a text that a pointer shows."""
    inner = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect x="{x}" y="{y}" width="{max(wide, 1)}" height="{max(high, 1)}" fill="{fill}">{inner}</rect>'


def _legend(named: Iterable[Named], y: int) -> tuple[list[str], int]:
    """Swatches in rows; the y below them."""
    out, x = [], 0
    for one in sorted(set(named), key=_rank):
        wide = 34 + 7 * len(word(*one))
        if x + wide > _WIDTH:
            x, y = 0, y + 20
        out += [svg_box(x, y, 13, 13, _colour(one)), svg_words(x + 19, y + 11, word(*one))]
        x += wide
    return out, y + 26


def timeline_figure(found: Json) -> str:
    """One lane for each country, operator and supplier: its elements by answer to `operate`, from the day asked on."""
    lanes = _lanes(found["classes"], found)
    start, end = _span(found)
    days = max((end - start).days, 1)
    seen = {named for lane in lanes.values() for stack in lane.values() for named in stack}
    body, top = _legend(seen, 0)
    bottom = top + 22 + _LANE * len(lanes)
    body += _years(start, end, top, bottom)
    for place, (name, lane) in enumerate(lanes.items()):
        y = top + 22 + place * _LANE
        body.append(svg_words(0, y + 16, name))
        body += _lane(lane, y, start, end, days)
    return svg_frame(bottom + 8, "How many elements may be operated until when", body)


Lane = dict[date, Counter[Named]]


def _lanes(classes: Sequence[Json], found: Json) -> dict[str, Lane]:
    """Lanes with any restriction, the fullest first; beyond the most that fit, the tables tell the rest."""
    names = {row["id"]: row["name"] for row in found["synthetic"]["suppliers"]}
    groups: dict[str, list[Json]] = {}
    for one in classes:
        operator = (one["context"].get("operator") or ["?"])[0]
        groups.setdefault(
            f"{one['jurisdiction']} · {operator} · {names.get(one['supplier'], one['supplier'])}", []
        ).append(one)
    lanes = {name: _stacks(members) for name, members in sorted(groups.items())}
    order = sorted(lanes, key=lambda name: (-_weight(lanes[name]), name))
    restricted = [name for name in order if _weight(lanes[name])]
    return {name: lanes[name] for name in (restricted or order)[:_MOST_LANES]}


def _weight(lane: Lane) -> int:
    free = (("permitted", ""), ("no-rule", ""))
    return max(sum(n for named, n in stack.items() if named not in free) for stack in lane.values())


def _stacks(members: Sequence[Json]) -> Lane:
    days = sorted({step["from"] for one in members for step in one["acts"]["operate"]["steps"]})
    out: Lane = {}
    for day in days:
        stack: Counter[Named] = Counter()
        for one in members:
            step = [s for s in one["acts"]["operate"]["steps"] if s["from"] <= day][-1]
            stack[step["outcome"], step["force"]] += one["elements"]
        out[date.fromisoformat(day)] = stack
    return out


def _span(found: Json) -> tuple[date, date]:
    """From the day asked to half a year after the last day on which an answer changes, two years at least."""
    start = date.fromisoformat(found["on"])
    last = max((date.fromisoformat(b["day"]) for b in found["breakpoints"] if b["changes"]), default=start)
    return start, date.fromordinal(max(last.toordinal() + 183, start.toordinal() + 730))


def _x(day: date, start: date, days: int) -> int:
    return _LEFT + (day - start).days * (_WIDTH - _LEFT - 10) // days


def _years(start: date, end: date, top: int, bottom: int) -> list[str]:
    days, out = max((end - start).days, 1), []
    for year in range(start.year + 1, end.year + 1):
        x = _x(date(year, 1, 1), start, days)
        if x < _LEFT + 90:  # would stand on the first day's own label
            continue
        out.append(f'<line x1="{x}" x2="{x}" y1="{top + 16}" y2="{bottom}" stroke="#999" stroke-dasharray="2 3"/>')
        out.append(svg_words(x, top + 11, str(year), ' text-anchor="middle"'))
    return [*out, svg_words(_LEFT, top + 11, start.isoformat())]


def _lane(lane: Lane, y: int, start: date, end: date, days: int) -> list[str]:
    out: list[str] = []
    cuts = [*lane, end]
    for day, until in pairwise(cuts):
        x, wide = _x(day, start, days), _x(until, start, days) - _x(day, start, days)
        total, done = sum(lane[day].values()), 0
        for named in sorted(lane[day], key=_rank):
            count = lane[day][named]
            above, below = done * 24 // total, (done + count) * 24 // total
            out.append(svg_box(x, y + above, wide, below - above, _colour(named), f"{day}: {count} {word(*named)}"))
            done += count
    return out


def shares_figure(shares: Sequence[Json]) -> str:
    """A bar for each group: solid what is known, pale what is possible, a mark at the cap."""
    body: list[str] = []
    wide = _WIDTH - _LEFT - 190
    for place, row in enumerate(shares):
        y, base = 6 + place * 34, max(row["denominator"], 1)
        low, high = (value * wide // base for value in row["share"])
        top, bottom = (int(n) for n in row["cap"].split("/"))
        mark = _LEFT + wide * top // bottom
        group = ", ".join(row["group"].values())
        colour = {"over": "#a50f15", "within": "#35978f"}.get(row["state"], "#5f5f5f")
        body += [
            svg_words(0, y + 15, f"{row['jurisdiction']} · {group} · {row['metric']}"),
            svg_box(_LEFT, y, wide, 22, "#eeeeee"), svg_box(_LEFT, y, high, 22, "#bdbdbd", "possible"),
            svg_box(_LEFT, y, low, 22, colour, "known"),
            f'<line x1="{mark}" x2="{mark}" y1="{y - 4}" y2="{y + 26}" stroke="#000" stroke-width="2"/>',
            svg_words(_LEFT + wide + 8, y + 15, f"{row['state']} · cap {cap_words(row['cap'])}"),
        ]  # fmt: skip
    return svg_frame(12 + 34 * len(shares), "Shares against caps", body)


def map_figure(sites: Sequence[Site]) -> str:
    """One panel for each country: cells with the strictest answer to `operate` in them."""
    codes = sorted({site[0] for site in sites})
    if not codes:
        return ""
    wide = (_WIDTH - 20 * (len(codes) - 1)) // len(codes)
    body, top = _legend({(s[3], s[4]) for s in sites}, 0)
    lowest = top
    for place, code in enumerate(codes):
        panel, high = _panel([s for s in sites if s[0] == code], place * (wide + 20), top + 18, wide)
        body += [svg_words(place * (wide + 20), top + 8, code, ' font-weight="bold"'), *panel]
        lowest = max(lowest, top + 18 + high)
    return svg_frame(lowest + 8, "Sites by answer to keeping them in operation", body)


def _panel(sites: Sequence[Site], left: int, top: int, wide: int) -> tuple[list[str], int]:
    places, high, _ = tiles([(s[1], s[2]) for s in sites], wide)
    cells: dict[tuple[int, int], Counter[Named]] = {}
    for cell, (_, _, _, outcome, force) in zip(places, sites, strict=True):
        cells.setdefault(cell, Counter())[outcome, force] += 1
    return [
        svg_box(left + x * _CELL, top + y * _CELL, _CELL, _CELL, _colour(min(found, key=_rank)))
        for (x, y), found in sorted(cells.items(), key=lambda item: -min(map(_rank, item[1])))
    ], high  # fmt: skip


def tiles(spots: Sequence[tuple[int, int]], wide: int) -> tuple[list[tuple[int, int]], int, int]:
    """The cell (column, row) of each spot on a map so wide, the map's height, and the size of a cell in pixels.

    Spots are in whole 1/100,000 degrees; longitudes are squeezed by the cosine of the middle latitude.
    """
    lons, lats = [lon for lon, _ in spots], [lat for _, lat in spots]
    west, north = min(lons), max(lats)
    squeeze = int(1000 * cos(radians((north + min(lats)) / 2 / 100_000)))
    across, down = max((max(lons) - west) * squeeze // 1000, 1), max(north - min(lats), 1)
    high = min(down * wide // across, 620)
    unit = max(across // wide, down // max(high, 1), 1) + 1
    cells = [((lon - west) * squeeze // 1000 // unit // _CELL, (north - lat) // unit // _CELL) for lon, lat in spots]
    return cells, high + _CELL, _CELL
