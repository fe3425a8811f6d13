"""Many futures of one plan as a page: what they cost, what drives it, and which first year stands up to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from assay.reports.figures import svg_box, svg_frame, svg_words
from assay.reports.money import money_words, percent4, span_words
from assay.reports.page import page

__all__ = ["cost_drivers", "render_futures", "render_futures_lines"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]
_BINS: Final = 30
_WIDTH: Final = 960
_HIGH: Final = 200
_AS_TODAY: Final = 1000
"""Thousandths: prices and crews as in today's plan."""


def render_futures(found: Json, template: str) -> str:
    """The page of an ensemble's document (`assay-plan-ensemble/1`)."""
    currency = found["currency"]
    return page(
        template, money=lambda v: money_words(v, currency), span=lambda ends: span_words(ends, currency),
        percent4=percent4,
    ).render(
        r=found, drivers=cost_drivers(found["futures"]),
        # the figures escape every text themselves, so their markup may stand as it is
        spread=Markup(_spread_figure(found)), regrets=Markup(_regret_figure(found["first_years"], currency)),
    )  # fmt: skip


def cost_drivers(futures: Sequence[Json]) -> list[Json]:
    """The middle cost of the futures in which something happens beside that of those in which it does not.

    Rows of `what`, `count` and `median` with it, `others` and `median_others` without; widest difference first. Things
    are drawn independently, so a difference over many futures is theirs; over a few it is chance.
    """
    solved = [row for row in futures if row["cost"] >= 0]
    rows = []
    for what, happens in _things(solved):
        with_it = sorted(row["cost"] for row in solved if happens(row["drawn"]))
        without = sorted(row["cost"] for row in solved if not happens(row["drawn"]))
        if with_it and without:
            rows.append({
                "what": what, "count": len(with_it), "median": with_it[len(with_it) // 2], "others": len(without),
                "median_others": without[len(without) // 2],
            })  # fmt: skip
    return sorted(rows, key=lambda row: (-abs(row["median"] - row["median_others"]), row["what"]))


def _things(futures: Sequence[Json]) -> Iterator[tuple[str, Callable[[Json], bool]]]:
    yield "a supplier delivers nothing for some quarters", lambda drawn: drawn["stop"] is not None
    yield "a ban that nobody knows of yet is announced later", lambda drawn: drawn["later"] is not None
    yield "equipment and work dearer than today", lambda drawn: drawn["price"] > _AS_TODAY
    yield "fewer crews than today", lambda drawn: drawn["crew"] < _AS_TODAY
    for rule in sorted({row[0] for one in futures for row in one["drawn"]["bars"]}):
        yield f"{rule} begins earlier", _moved("bars", rule, lambda row: row[1] < 0)
        yield f"{rule} begins later", _moved("bars", rule, lambda row: row[1] > 0)
    for rule in sorted({row[0] for one in futures for row in one["drawn"]["caps"]}):
        yield f"{rule} allows a smaller share", _moved("caps", rule, lambda row: row[2] < _AS_TODAY)
        yield f"{rule} begins earlier", _moved("caps", rule, lambda row: row[1] < 0)


def _moved(kind: str, rule: str, test: Callable[[Sequence[Any]], bool]) -> Callable[[Json], bool]:
    return lambda drawn: any(row[0] == rule and test(row) for row in drawn[kind])


def _spread_figure(found: Json) -> str:
    """How many futures cost how much: bars from the least to the most, with lines at 5, 50 and 95 percent."""
    costs = sorted(row["cost"] for row in found["futures"] if row["cost"] >= 0)
    if not costs:
        return ""
    least, span = costs[0], max(costs[-1] - costs[0], 1)
    counts = [0] * _BINS
    for cost in costs:
        counts[min((cost - least) * _BINS // span, _BINS - 1)] += 1
    wide, most, body = (_WIDTH - 40) // _BINS, max(counts), []
    for place, count in enumerate(counts):
        if count:
            tall = count * _HIGH // most
            low = money_words(least + place * span // _BINS, found["currency"])
            body.append(svg_box(20 + place * wide, 20 + _HIGH - tall, wide - 2, tall, "#4477aa", f"{low}: {count:,}"))
    for name, text in (("p5", "5 %"), ("p50", "half"), ("p95", "95 %")):
        x = 20 + (found["cost"][name] - least) * (wide * _BINS) // span
        body.append(f'<path d="M{x} 16V{20 + _HIGH}" stroke="#aa3377" stroke-dasharray="4 3"/>')
        body.append(svg_words(x, 12, text, ' text-anchor="middle"'))
    body.append(svg_words(20, _HIGH + 38, money_words(least, found["currency"])))
    body.append(svg_words(_WIDTH - 20, _HIGH + 38, money_words(costs[-1], found["currency"]), ' text-anchor="end"'))
    return svg_frame(_HIGH + 46, "How many futures cost how much", body)


def _regret_figure(years: Sequence[Json], currency: str) -> str:
    """For each first year the certified range of what it costs too much in its worst future."""
    most, body = max((row["worst_at_most"] for row in years), default=0) or 1, []
    for place, row in enumerate(years):
        y = 8 + place * 34
        low, high = (row[key] * (_WIDTH - 420) // most for key in ("worst_at_least", "worst_at_most"))
        fill = "#228833" if row["robust"] else "#bbbbbb"
        words = span_words((row["worst_at_least"], row["worst_at_most"]), currency)
        body += [svg_words(0, y + 14, row["first_year"]), svg_box(240 + low, y, high - low, 18, fill, words)]
        body.append(svg_words(250 + high, y + 14, words))
    return svg_frame(16 + 34 * len(years), "What a first year costs too much in its worst future", body)


def render_futures_lines(found: Json, paint: Paint) -> str:
    """The futures in a few lines for a terminal."""
    currency = found["currency"]
    what = "illustrative futures" if found["illustrative"] else "futures"
    lines = [paint(f"{found['case']} · {found['scenarios']} {what} from {found['on']}", "headline")]
    if found["synthetic"]:
        lines.append("  SYNTHETIC    suppliers, operators and futures are drawn; none is a forecast about anybody")
    lines += [f"  ASSUMED      {row['id']} as if in force from {row['from']}" for row in found["assumed"]]
    lines += _cost_lines(found, currency) if found["cost"] else []
    lines += [f"  driver       {_driver(row, currency)}" for row in cost_drivers(found["futures"])[:3]]
    if found["unsolved"]:
        lines.append(f"  not solved   no lawful schedule was found in the futures {found['unsolved']}")
    lines += [f"  first year   {_first_year(row, currency)}" for row in found["first_years"]]
    return "\n".join(lines)


def _cost_lines(found: Json, currency: str) -> Iterator[str]:
    for words, part in (("one in twenty costs at most", "p5"), ("half", "p50"), ("all but one in twenty", "p95")):
        ends = span_words([found["cost_range"][end][part] for end in ("low", "high")], currency)
        yield f"  cost         {words}: {money_words(found['cost'][part], currency)} ({ends} over the ranges)"
    gap = found["gap_millionths"]
    if gap:
        yield f"  gap          of the model: {percent4(gap['p50'])} in half of them, {percent4(gap['p95'])} in 95 %"


def _driver(row: Json, currency: str) -> str:
    often = "one future" if row["count"] == 1 else f"{row['count']} futures"
    sums = f"{money_words(row['median'], currency)} in the middle of {often}"
    return f"{row['what']}: {sums}, else {money_words(row['median_others'], currency)}"


def _first_year(row: Json, currency: str) -> str:
    """What a first year costs too much, and where it cannot be done."""
    most = f"at most {money_words(row['worst_at_most'], currency)} too dear in the worst of {row['tried_in']} futures"
    barred = f", cannot be done in {len(row['cannot_be_done_in'])}" if row["cannot_be_done_in"] else ""
    mark = " <- the least worst" if row["robust"] else ""
    ends = span_words(row["range"], currency)
    return f"{row['first_year']}: {row['acts']} acts, {most} ({ends} over the ranges){barred}{mark}"
