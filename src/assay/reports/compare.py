"""Two plans beside each other as a page, and as a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from assay.reports.compare_figures import curve_figure, difference_figure, pair_figure
from assay.reports.money import money_words, percent4, span_words
from assay.reports.page import page

__all__ = ["comparison_sentences", "render_comparison", "render_comparison_lines"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]
_LONGEST: Final = 160


def render_comparison(found: Json, template: str) -> str:
    """The page of a document `assay-plan-comparison/1`."""
    currency, quarters = found["currency"], found["quarters"]
    names = _names(found)
    parts = sorted({row["part"] for row in found["holds"]})
    return page(
        template, money=lambda v: money_words(v, currency), span=lambda ends: span_words(ends, currency),
        percent4=percent4, short=_short,
    ).render(
        r=found, sentences=comparison_sentences(found), names=names,
        # the figures escape every text themselves, so their markup may stand as it is
        curve=Markup(curve_figure(found["years"], currency)),
        stocks=[Markup(pair_figure(found["holds"], quarters, part, names)) for part in parts],
        regions=Markup(difference_figure(found["regions"], quarters)),
    )  # fmt: skip


def _names(found: Json) -> dict[str, str]:
    """Every supplier by the name that the case gives it, or by its id."""
    seen = {row["supplier"] for row in found["holds"]} | {row["after"] for row in found["acts"]}
    return {name: found["suppliers"].get(name, name) for name in sorted(seen)}


def comparison_sentences(found: Json) -> list[str]:
    """What the second plan costs more or less than the first, how sure that is, and what explains it."""
    currency, (first, second) = found["currency"], found["plans"]
    out = []
    if first["illustrative"] or second["illustrative"]:
        out.append("Illustrative: default prices are used, which are nobody's offer.")
    cost, certain = found["found"][0]["difference"], found["certain"]
    more = "more" if cost >= 0 else "less"
    ends = found["range"] if cost >= 0 else [-end for end in reversed(found["range"])]
    out.append(
        f"The second plan costs {money_words(abs(cost), currency)} {more} than the first "
        f"({span_words(ends, currency)} over the ranges of the figures): "
        f"{_costs(second, currency)} beside {_costs(first, currency)}."
    )
    if certain["low"] > 0 or certain["high"] < 0:
        low, high = sorted((abs(certain["low"]), abs(certain["high"])))
        out.append(f"By the bounds the best plans of both differ by {span_words((low, high), currency)}.")
    else:
        out.append(
            "The bounds do not tell which of the two is dearer: the best plan of the second costs at most "
            f"{money_words(max(-certain['low'], 0), currency)} less and at most "
            f"{money_words(max(certain['high'], 0), currency)} more."
        )
    out.append(f"The first rebuilds or builds {first['acts']:,} elements, the second {second['acts']:,}.")
    if found["same_problem"]:
        out.append("Both plans answer the same problem: only the work that was done for them differs.")
    if not found["same_estate"]:
        out.append("The two plans speak of different estates.")
    return out


def _costs(plan: Json, currency: str) -> str:
    return f"{money_words(plan['cost'], currency)} ({span_words(plan['cost_range'], currency)})"


def render_comparison_lines(found: Json, names: Sequence[str], paint: Paint) -> str:
    """The comparison for a terminal; `names` are what the two plans are called there."""
    currency = found["currency"]
    lines = [paint(f"{names[0]} | {names[1]}", "headline")]
    if found["synthetic"]:
        lines.append("  SYNTHETIC    suppliers and operators are fictional, and so is which supplier stands where")
    for word, plan in zip(("first", "second"), found["plans"], strict=True):
        assumed = (f"{row['id']} as if in force from {row['from']}" for row in plan["assumed"])
        lines += [f"  ASSUMED      {text}, in the {word} plan" for text in assumed]
    lines += [f"  {text}" for text in comparison_sentences(found)]
    for row in found["asked"]:
        lines.append(f"  asked        {row['what']}: {_short(row['first'])} | {_short(row['second'])}")
    lines += _year_lines(found["years"], currency)
    for row in found["acts"]:
        lines.append(f"  rebuilt      {row['part']} with {row['after']}: {row['first']:,} | {row['second']:,} elements")
    for row in found["rules"]:
        words = " | ".join(_price(row[key], currency) for key in ("first", "second"))
        lines.append(f"  rule         {row['rule']}: {words}")
    gaps = " | ".join(percent4(plan["gap_millionths"]) for plan in found["plans"])
    lines.append(f"  gap          of the model: {gaps}")
    return "\n".join(lines)


def _year_lines(years: Sequence[Json], currency: str) -> Iterator[str]:
    for row in years:
        one, two = row["first"], row["second"]
        if one["spend"] != two["spend"]:
            words = " | ".join(
                f"{money_words(side['spend'], currency)} ({span_words((side['low'], side['high']), currency)})"
                for side in (one, two)
            )
            yield f"  year         {row['year']}: {words}"


def _price(price: Json | None, currency: str) -> str:
    if price is None:
        return "not there"
    sure = span_words((price["low"], price["high"]), currency)
    return f"{sure} certified, {span_words(price['range'], currency)} over the ranges"


def _short(value: object) -> str:
    """What was asked, cut off where it is long."""
    if value == []:
        return "nothing"
    if isinstance(value, list) and value and isinstance(value[0], dict) and "from" in value[0]:
        return ", ".join(f"{row['id']} from {row['from']}" for row in value)
    if isinstance(value, list) and value and isinstance(value[0], dict) and "digest" in value[0]:
        text = ", ".join(f"{row['id']} {row['digest'][:8]}" for row in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{key} {one}" for key, one in value.items())
    elif isinstance(value, list):
        text = ", ".join(f"{one:,}" if isinstance(one, int) else str(one) for one in value)
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
