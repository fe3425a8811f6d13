"""Pictures of two plans beside each other: what is spent by when, who stands when, what is done where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import accumulate
from typing import Any, Final

from assay.reports.figures import svg_box, svg_frame, svg_words
from assay.reports.plan_figures import PALETTE

__all__ = ["FIRST", "SECOND", "curve_figure", "difference_figure", "pair_figure"]

Json = Mapping[str, Any]
FIRST: Final = "#4477aa"
SECOND: Final = "#ee6677"
_WIDTH: Final = 960
_LEFT: Final = 310
_HIGH: Final = 240
_TALL: Final = 110
_MOST_REGIONS: Final = 40
_SIDES: Final = (("first", FIRST, "first plan"), ("second", SECOND, "second plan"))


def curve_figure(years: Sequence[Json], currency: str) -> str:
    """What both plans have spent by the end of each year, each with its range; below, each year's bars."""
    if not years:
        return ""
    sums = {
        (side, key): list(accumulate(row[side][key] for row in years))
        for side, _, _ in _SIDES for key in ("spend", "low", "high")
    }  # fmt: skip
    most = max((values[-1] for values in sums.values()), default=0) or 1
    wide = (_WIDTH - 110) // max(len(years), 1)
    spots = [90 + place * wide + wide // 2 for place in range(len(years))]
    body = [*_legend(), svg_words(360, 11, f"spent by the end of the year, m {currency}", ' fill="#555"')]
    for part in range(5):
        y = 30 + _HIGH - part * _HIGH // 4
        body.append(f'<line x1="80" x2="{_WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        body.append(svg_words(72, y + 4, f"{most * part // 4 // 10**8:,}", ' text-anchor="end" fill="#555"'))
    for side, colour, words in _SIDES:
        ends = [[30 + _HIGH - value * _HIGH // most for value in sums[side, key]] for key in ("low", "high", "spend")]
        ribbon = [*zip(spots, ends[0], strict=True), *reversed(list(zip(spots, ends[1], strict=True)))]
        body.append(f'<polygon points="{_points(ribbon)}" fill="{colour}" fill-opacity="0.14"/>')
        line = _points(zip(spots, ends[2], strict=True))
        body.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5">'
                    f"<title>{escape(words)}</title></polyline>")  # fmt: skip
    return svg_frame(
        _HIGH + 60 + _TALL + 20, "Spent on equipment and work by both plans",
        [*body, *_bars(years, spots, wide, currency)],
    )  # fmt: skip


def _bars(years: Sequence[Json], spots: Sequence[int], wide: int, currency: str) -> list[str]:
    """Each year's spending of both plans."""
    top, most = _HIGH + 56, max((row[side]["spend"] for row in years for side in ("first", "second")), default=0) or 1
    body = [svg_words(90, top - 2, f"in the year, m {currency}", ' fill="#555"')]
    for x, row in zip(spots, years, strict=True):
        for number, (side, colour, words) in enumerate(_SIDES):
            tall = row[side]["spend"] * (_TALL - 14) // most
            left = x - wide // 3 + number * (wide // 3)
            title = f"{words}, {row['year']}: {row[side]['spend'] // 10**7 / 10} m"
            if tall:
                body.append(svg_box(left, top + _TALL - tall, wide // 3 - 2, tall, colour, title))
        body.append(svg_words(x, top + _TALL + 14, str(row["year"]), ' text-anchor="middle"'))
    return body


def _points(spots: Any) -> str:  # noqa: ANN401  # any pairs of whole numbers
    return " ".join(f"{x},{y}" for x, y in spots)


def _legend() -> list[str]:
    out = []
    for number, (_, colour, words) in enumerate(_SIDES):
        out += [svg_box(90 + number * 120, 0, 13, 13, colour), svg_words(109 + number * 120, 11, words)]
    return out


def pair_figure(holds: Sequence[Json], quarters: Sequence[str], part: str, names: Mapping[str, str]) -> str:
    """How many elements of one part each supplier has at the end of each quarter: first plan above, second below."""
    rows = [row for row in holds if row["part"] == part]
    shades = {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(names)}
    total = max(
        (sum(row[side][t] or 0 for row in rows) for side, _, _ in _SIDES for t in range(len(quarters))), default=0
    ) or 1  # fmt: skip
    wide = (_WIDTH - 80) // max(len(quarters), 1)
    body, x = [svg_words(0, 11, part, ' font-weight="bold"')], 110
    for row in rows:
        name = names[row["supplier"]]
        body += [svg_box(x, 0, 13, 13, shades[row["supplier"]]), svg_words(x + 19, 11, name)]
        x += 40 + 7 * len(name)
    for number, (side, _, words) in enumerate(_SIDES):
        top = 22 + number * (_TALL + 8)
        body.append(svg_words(0, top + _TALL // 2, words.removesuffix(" plan"), ' fill="#555"'))
        for t in range(len(quarters)):
            y = top + _TALL
            for row in rows:
                count = row[side][t] or 0
                tall = count * _TALL // total
                y -= tall
                if tall:
                    title = f"{words}, {quarters[t]} {names[row['supplier']]}: {count:,}"
                    body.append(svg_box(70 + t * wide, y, wide - 1, tall, shades[row["supplier"]], title))
    below = 22 + 2 * (_TALL + 8) + 10
    body += [svg_words(70 + t * wide, below, name) for t, name in enumerate(quarters) if name.endswith("Q1")]
    return svg_frame(below + 8, f"{part}: elements by supplier in both plans", body)


def difference_figure(regions: Sequence[Json], quarters: Sequence[str]) -> str:
    """A row for each region, a cell for each quarter: blue where the first plan does more, red where the second."""
    rows = [row for row in regions if row["first"] != row["second"]]
    rows = sorted(rows, key=lambda row: (-_apart(row), row["region"]))[:_MOST_REGIONS]
    if not rows:
        return ""
    most = max(abs(b - a) for row in rows for a, b in zip(row["first"], row["second"], strict=True)) or 1
    wide = (_WIDTH - _LEFT - 10) // max(len(quarters), 1)
    body = [svg_words(_LEFT + t * wide, 12, name) for t, name in enumerate(quarters) if name.endswith("Q1")]
    for place, row in enumerate(sorted(rows, key=lambda row: row["region"])):
        y = 20 + place * 18
        body.append(svg_words(0, y + 12, row["region"]))
        for t, (one, two) in enumerate(zip(row["first"], row["second"], strict=True)):
            pale = 245 - 190 * abs(two - one) // most
            fill = "#f7f7f7" if one == two else f"rgb({pale},{pale},255)" if one > two else f"rgb(255,{pale},{pale})"
            body.append(svg_box(_LEFT + t * wide, y, wide - 1, 16, fill, f"{quarters[t]}: {one} | {two} rebuilt"))
    return svg_frame(26 + 18 * len(rows), "Elements rebuilt by region and quarter: where the plans differ", body)


def _apart(row: Json) -> int:
    return sum(abs(b - a) for a, b in zip(row["first"], row["second"], strict=True))
