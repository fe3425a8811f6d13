"""Pictures of a plan as SVG text: cost by year, who stands when, work by region, a map by year, prices of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from assay.reports.figures import svg_box, svg_frame, svg_words, tiles

__all__ = ["PALETTE", "cost_figure", "plan_map", "price_figure", "region_figure", "stock_figure", "year_colours"]

Json = Mapping[str, Any]
PlanSite = tuple[str, int, int, str | None]
PALETTE: Final = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#222255", "#997700", "#225522",
)  # fmt: skip
"""Colours that people who see colours differently can tell apart (Tol, bright and dark schemes)."""
_YEARS: Final = (
    "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725",
)  # fmt: skip
_KEPT: Final = "#d9d9d9"
_WIDTH: Final = 960
_LEFT: Final = 310
_HIGH: Final = 220
_MOST_REGIONS: Final = 40


def year_colours(quarters: Sequence[str]) -> dict[str, str]:
    """A colour for each year, dark to bright."""
    years = sorted({name[:4] for name in quarters})
    last = max(len(years) - 1, 1)
    return {year: _YEARS[n * (len(_YEARS) - 1) // last] for n, year in enumerate(years)}


def cost_figure(years: Sequence[Json], currency: str) -> str:
    """A bar for each year, and a line from the cheap to the dear end of the ranges."""
    most = max((row["high"] for row in years), default=0) or 1
    wide = (_WIDTH - 60) // max(len(years), 1)
    body = []
    for place, row in enumerate(years):
        x = 50 + place * wide
        tall, low, high = (row[key] * _HIGH // most for key in ("spend", "low", "high"))
        body.append(svg_box(x + 6, 10 + _HIGH - tall, wide - 24, tall, "#4477aa", f"{row['year']}: {row['spend']:,}"))
        middle, low, high = x + (wide - 12) // 2, 10 + _HIGH - low, 10 + _HIGH - high
        body.append(f'<path d="M{middle} {low}V{high}M{middle - 5} {low}h10M{middle - 5} {high}h10" stroke="#000"/>')
        body.append(svg_words(middle, _HIGH + 28, str(row["year"]), ' text-anchor="middle"'))
        body.append(svg_words(middle, _HIGH + 44, f"{row['spend'] // 10**7 / 10}", ' text-anchor="middle" fill="#555"'))
    body.append(svg_words(0, _HIGH + 44, f"m {currency}", ' fill="#555"'))
    return svg_frame(_HIGH + 52, "Spending on equipment and work by year, with its range", body)


def stock_figure(holds: Sequence[Json], quarters: Sequence[str], part: str, names: Mapping[str, str]) -> str:
    """How many elements of one part each supplier has at the end of each quarter, stacked.

    `names` are all suppliers of the plan: each has one colour in the pictures of every part.
    """
    rows = [row for row in holds if row["part"] == part]
    total = max((sum(row["elements"][t] for row in rows) for t in range(len(quarters))), default=0) or 1
    wide = (_WIDTH - 20) // max(len(quarters), 1)
    shades = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(names)}
    colours = {row["supplier"]: shades[row["supplier"]] for row in rows}
    body, x = [svg_words(0, 11, part, ' font-weight="bold"')], 110
    for name, colour in colours.items():
        body += [svg_box(x, 0, 13, 13, colour), svg_words(x + 19, 11, names[name])]
        x += 40 + 7 * len(names[name])
    for t, quarter in enumerate(quarters):
        y = 26 + 160
        for row in rows:
            tall = row["elements"][t] * 160 // total
            y -= tall
            if tall:
                title = f"{quarter} {names[row['supplier']]}: {row['elements'][t]:,}"
                body.append(svg_box(10 + t * wide, y, wide - 1, tall, colours[row["supplier"]], title))
        if _labelled(t, quarter):
            body.append(svg_words(10 + t * wide, 204, quarter))
    return svg_frame(210, f"{part}: elements by supplier", body)


def _labelled(place: int, quarter: str) -> bool:
    """The first quarter of each year has a label, and the plan's first where there is room for it."""
    return quarter.endswith("Q1") if place else quarter[-1] in "12"


def region_figure(regions: Sequence[Json], quarters: Sequence[str]) -> str:
    """A row for each region, a cell for each quarter: the more is rebuilt, the darker."""
    shown = sorted(regions, key=lambda row: (-sum(row["elements"]), row["region"]))[:_MOST_REGIONS]
    most = max((max(row["elements"]) for row in shown), default=0) or 1
    wide = (_WIDTH - _LEFT - 10) // max(len(quarters), 1)
    body = [
        svg_words(_LEFT + t * wide, 12, name) for t, name in enumerate(quarters) if _labelled(t, name)
    ]  # fmt: skip
    for place, row in enumerate(sorted(shown, key=lambda r: r["region"])):
        y = 20 + place * 18
        body.append(svg_words(0, y + 12, row["region"]))
        for t, count in enumerate(row["elements"]):
            shade = 245 - 200 * count // most
            fill = f"rgb({shade},{shade},255)" if count else "#f7f7f7"
            body.append(svg_box(_LEFT + t * wide, y, wide - 1, 16, fill, f"{quarters[t]}: {count} rebuilt"))
    return svg_frame(26 + 18 * len(shown), "Elements rebuilt by region and quarter", body)


def plan_map(sites: Sequence[PlanSite], quarters: Sequence[str]) -> str:
    """One panel for each country: cells by the year in which most of their sites are rebuilt; grey stays."""
    colours = year_colours(quarters)
    codes = sorted({site[0] for site in sites})
    if not codes:
        return ""
    body, x = [], 0
    for name, colour in (*colours.items(), ("kept", _KEPT)):
        body += [svg_box(x, 0, 13, 13, colour), svg_words(x + 18, 11, name)]
        x += 66
    wide, lowest = (_WIDTH - 20 * (len(codes) - 1)) // len(codes), 30
    for place, code in enumerate(codes):
        here = [(site[1], site[2], site[3][:4] if site[3] else "") for site in sites if site[0] == code]
        cells, high, size = tiles([(lon, lat) for lon, lat, _ in here], wide)
        left = place * (wide + 20)
        body.append(svg_words(left, 34, code, ' font-weight="bold"'))
        found: dict[tuple[int, int], Counter[str]] = {}
        for cell, (_, _, year) in zip(cells, here, strict=True):
            found.setdefault(cell, Counter())[year] += 1
        for (col, row), count in sorted(found.items()):
            year = max(sorted(count), key=lambda name: (name != "", count[name]))
            body.append(svg_box(left + col * size, 42 + row * size, size, size, colours.get(year, _KEPT)))
        lowest = max(lowest, 42 + high)
    return svg_frame(lowest + 8, "Radio sites by the year in which they are rebuilt", body)


def price_figure(prices: Sequence[Json]) -> str:
    """A bar for each rule: what it costs, and between which certified bounds that lies."""
    rows = list(prices)
    edge = max((max(abs(row["high"]), abs(row["low"])) for row in rows), default=0) or 1
    wide, zero = _WIDTH - _LEFT - 20, _LEFT
    body = []
    for place, row in enumerate(rows):
        y = 4 + place * 26
        low, mid, high = (zero + max(row[k], 0) * wide // edge for k in ("low", "estimate", "high"))
        body.append(svg_words(0, y + 14, row["rule"]))
        body.append(svg_box(zero, y + 3, mid - zero, 14, "#aa3377", f"{row['rule']}: {row['estimate']:,}"))
        line = f"M{low} {y + 10}H{high}M{low} {y + 5}v10M{high} {y + 5}v10"
        body.append(f'<path d="{escape(line)}" stroke="#000" fill="none"/>')
    return svg_frame(10 + 26 * len(rows), "What each rule costs, with certified bounds", body)
