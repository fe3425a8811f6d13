"""A plan as one self-contained page, and as a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from assay.reports.money import money_words, percent4, span_words
from assay.reports.page import page
from assay.reports.plan_figures import PlanSite, cost_figure, plan_map, price_figure, region_figure, stock_figure

__all__ = ["plan_sentences", "render_plan", "render_plan_summary"]

_PARTS: Final = (
    ("works", "equipment and work"),
    ("running", "energy, maintenance and support, less the value of equipment at the end"),
    ("terms", "dearer equipment after a bar"), ("borders", "borders between unlike neighbours"),
    ("overtime", "overtime of crews, supply at short notice, money beyond budgets"),
)  # fmt: skip
"""The parts of the cost in words."""
Json = Mapping[str, Any]
Paint = Callable[[str, str], str]


def render_plan(found: Json, sites: Sequence[PlanSite], template: str) -> str:
    """The page. `sites` are (country, lon, lat, quarter of rebuilding or None), degrees in whole 1/100,000."""
    currency = found["currency"]
    quarters = found["quarters"]
    parts, names = sorted({row["part"] for row in found["holds"]}), _names(found)
    return page(
        template, money=lambda v: money_words(v, currency), span=lambda ends: span_words(ends, currency),
        percent4=percent4,
    ).render(
        r=found, sentences=plan_sentences(found), titles={row["id"]: row["title"] for row in found["rules"]},
        hardest=_hardest, parts=_PARTS, names=names,
        acts=sorted(found["acts"], key=lambda a: (a["quarter"], a["operator"], a["part"])),
        # the figures escape every text themselves, so their markup may stand as it is
        cost=Markup(cost_figure(found["years"], currency)), prices=Markup(price_figure(found["rule_prices"])),
        stocks=[Markup(stock_figure(found["holds"], quarters, part, names)) for part in parts],
        gantt=Markup(region_figure(found["regions"], quarters)), map=Markup(plan_map(sites, quarters)),
    )  # fmt: skip


def _names(found: Json) -> dict[str, str]:
    """Every supplier of the plan by the name that the case gives it, or by its id."""
    own = {row["id"]: row["name"] for row in found["synthetic"]["suppliers"]}
    seen = {row["supplier"] for row in found["holds"]} | {row["after"] for row in found["acts"]}
    return {name: own.get(name, name) for name in sorted(seen | {row["before"] for row in found["acts"]})}


def _hardest(price: Json) -> Json:
    """The quarter in which one more unit would save most."""

    def cents(row: Json) -> int:
        top, bottom = (int(number) for number in row["cents"].split("/"))
        return top * 1000 // bottom

    hardest: Json = max(price["marginal"], key=cents)
    return hardest


def plan_sentences(found: Json) -> list[str]:
    """The answer first: what is rebuilt by when, what it costs and how sure that is, what the law costs of it."""
    currency = found["currency"]
    done = sum(row["elements"] for row in found["acts"])
    out = []
    if found["illustrative"]:
        out.append("Illustrative: default prices are used, which are nobody's offer.")
    cost, spread = money_words(found["cost"], currency), span_words(found["cost_range"], currency)
    out.append(
        f"The plan rebuilds or builds {done:,} of {found['counts']['elements']:,} elements by {_last(found)}. "
        f"Its cost, discounted, is {cost} ({spread} over the ranges of the figures)."
    )
    out.append(
        f"No plan of this model that keeps the rules costs less than {money_words(found['lower_bound'], currency)}: "
        f"the gap of the model is {percent4(found['gap_millionths'])}."
    )
    if found["lawless"] is not None:
        caused = found["cost"] - found["lawless"]
        least = found["lower_bound"] - found["lawless"]
        out.append(
            f"Without any rule of law the best plan found costs {money_words(found['lawless'], currency)} "
            f"({span_words(found['lawless_range'], currency)} over the ranges of the figures); the rules "
            f"cause about {money_words(caused, currency)} (at least {money_words(max(least, 0), currency)}; "
            f"{span_words(found['caused_range'], currency)} over the ranges)."
        )
    if found["rule_prices"] and found["rule_prices"][0]["estimate"] > 0:
        top = found["rule_prices"][0]
        sure, spread = span_words((top["low"], top["high"]), currency), span_words(top["range"], currency)
        out.append(f"The dearest single rule is {top['rule']}: {sure} ({spread} over the ranges).")
    beyond = sum(row["units"] for row in found["overtime"])
    if beyond:
        cents = sum(row["cents"] for row in found["overtime"])
        low, high = (sum(row["range"][n] for row in found["overtime"]) for n in (0, 1))
        out.append(
            f"{beyond:,} units of work, supply or budget lie beyond what is there and are paid at a premium of "
            f"{money_words(cents, currency)} ({span_words((low, high), currency)} over the ranges)."
        )
    if not found["reproducible"]:
        out.append("The work was stopped early: another run may give another plan.")
    return out


def _price_words(price: Json, currency: str) -> str:
    """What a rule costs in one line; what a year more would save, where the bounds show that it saves something."""
    mid, sure = money_words(price["estimate"], currency), span_words((price["low"], price["high"]), currency)
    words = f"{price['rule']}: about {mid} ({sure} certified); {span_words(price['range'], currency)} over the ranges"
    year = price["later"]
    if year is None or not year["low"]:
        return words
    return f"{words}; a year more would save {span_words((year['low'], year['high']), currency)}"


def _last(found: Json) -> str:
    return str(max((row["quarter"] for row in found["acts"]), default=found["quarters"][0]))


def render_plan_summary(found: Json, paint: Paint, out: str) -> str:
    """The plan in a few lines."""
    what = "illustrative plan" if found["illustrative"] else "plan"
    lines = [paint(f"{found['case']['title']} · {what} from {found['on']} to {found['horizon']}", "headline")]
    if found["synthetic"]["memberships"] or found["case"]["synthetic"]:
        lines.append("  SYNTHETIC    " + "\n               ".join(m["says"] for m in found["synthetic"]["memberships"]))
    lines += [f"  ASSUMED      {a['id']} as if in force from {a['from']}" for a in found["assumed"]]
    lines += [f"  {text}" for text in plan_sentences(found)]
    for row in found["rule_prices"][:8]:
        lines.append(f"  {paint('price       ', 'label')} {_price_words(row, found['currency'])}")
    lines += [f"  {paint('taken       ', 'label')} {text}" for text in found["notes"]]
    checked = "every rule replayed, cost and bound recomputed" if found["checked"] else "DOES NOT HOLD"
    lines.append(f"  {paint('check       ', 'label')} {checked}; problem {found['versions']['problem'][:16]}")
    if out:
        lines.append(f"  written      {out}/report.html, plan.json, plan.parquet, plan.zip")
        lines.append(f"  redo it      assay plan check {out}")
    lines.append("  an interpretation of public sources: no legal advice, no act of an authority, no offer")
    return "\n".join(lines)
