"""A review as one self-contained page, and as a few lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from assay.reports.figures import COLOURS, Site, map_figure, shares_figure, timeline_figure, word
from assay.reports.page import page
from assay.reports.wording import cap_words
from assay.reports.words import fate, places_words, render_words, words_at

__all__ = ["render_review", "render_summary", "sentences"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]
ACT_WORDS: Final = {
    "operate": "keep in operation", "maintain": "maintain", "install": "install more", "purchase": "buy more",
}  # fmt: skip
_FAULTS_SHOWN: Final = 500
_PRODUCTS_SHOWN: Final = 6
_SHARES_SHOWN: Final = 12


def render_review(found: Json, sites: Sequence[Site], template: str) -> str:
    """The page. `sites` are (country, lon, lat, outcome, force) in whole 1/100,000 degrees.

    What people state, where the document has it, stands beside the rows it is about and in a list.
    """
    statements = found.get("statements", ())
    return page(template).render(
        r=found, word=word, colour=lambda o, f: COLOURS.get((o, f), "#000"), acts=ACT_WORDS, sentences=sentences(found),
        # the figures escape every text themselves, so their markup may stand as it is
        timeline=Markup(timeline_figure(found)), shares=Markup(shares_figure(found["shares"])),
        map=Markup(map_figure(sites)), percent=percent, cap_words=cap_words, matrix=_matrix(found), pivot=_pivot(found),
        merged=_merged, statements=statements, said={one["statement"]: one for one in statements}, fate=fate,
        places=places_words, whole=words_at(statements, ""),
        faults=found["faults"][:_FAULTS_SHOWN], used=_used_rules(found),
    )  # fmt: skip


def percent(part: int, whole: int) -> str:
    """A share in tenths of a percent, cut off, for people only: caps are compared by whole numbers."""
    return f"{part * 1000 // whole / 10} %" if whole else "-"


def sentences(found: Json) -> list[str]:
    """The answer first: what is forbidden now, what has a last day, which caps are exceeded, what is open."""
    rows = found["acts"]["operate"]
    count = {(r["outcome"], r["force"]): r["elements"] for r in rows}
    total, on = found["estate"]["reviewed"], found["on"]
    forbidden, noun = count.get(("prohibited", "binding"), 0), "element" if total == 1 else "elements"
    out = [f"Of {total:,} {noun}, {forbidden:,} may not be kept in operation on {on}."]
    ahead = sorted({r["day"] for r in found["deadlines"] if r["force"] == "binding" and r["effect"] == "phase-out"})
    if ahead:
        until = count.get(("phase-out-until", "binding"), 0)
        out.append(f"{until:,} may be operated until a fixed day; the next last lawful day is {ahead[0]}.")
    advised = count.get(("prohibited", "advice"), 0)
    if advised:
        out.append(f"{advised:,} are advised against; nobody is forbidden by law to operate them.")
    over = [s for s in found["shares"] if s["state"] == "over"]
    if found["shares"]:
        out.append(f"{len(over)} of {len(found['shares'])} shares are over their cap.")
    unknown = count.get(("unknown", ""), 0)
    if unknown:
        out.append(f"For {unknown:,} the answer is not determined: a fact is missing, see the open questions.")
    early = [c["jurisdiction"] for c in found["coverage"] if c["before_its_source"]]
    if early:
        out.append(f"{on} lies before the source that says what is allowed without a rule: {', '.join(early)}.")
    powers = sum(row["effect"] == "power" for row in found["listed"])
    if powers:
        out.append(f"{powers} powers could still be used; “no restriction found” speaks of what is coded.")
    if found["estate"]["faulty"]:
        faulty = found["estate"]["faulty"]
        out.append(f"{faulty:,} {'row' if faulty == 1 else 'rows'} could not be reviewed; each is listed.")
    return out


def _matrix(found: Json) -> list[Json]:
    """The supplier's view: a row for each supplier, country and parts that read alike; a cell for each act."""
    offers: dict[tuple[str, str, str, str], dict[str, list[Json]]] = {}
    said: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for row in found["suppliers"]:
        key = (row["supplier"], row["jurisdiction"], row["part"], _product_words(row["products"]))
        offers.setdefault(key, {})[row["act"]] = row["steps"]
        said.setdefault(key, {}).update(dict.fromkeys(row.get("statements", ())))
    out: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for (supplier, code, part, products), acts in offers.items():
        key = (supplier, code, products, repr(acts))
        row = out.setdefault(key, {"supplier": supplier, "jurisdiction": code, "products": products, "acts": acts})
        row["parts"] = ", ".join([*([row["parts"]] if "parts" in row else []), part])
        row["statements"] = [*dict.fromkeys([*row.get("statements", ()), *said[supplier, code, part, products]])]
    return list(out.values())


def _product_words(products: Sequence[str]) -> str:
    """Product names as far as they fit a cell."""
    more = len(products) - _PRODUCTS_SHOWN
    return ", ".join(products[:_PRODUCTS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _pivot(found: Json) -> list[Json]:
    """A row for each answer, with the count of elements for each act."""
    counts = {(act, r["outcome"], r["force"]): r["elements"] for act, rows in found["acts"].items() for r in rows}
    named = sorted({key[1:] for key in counts}, key=lambda pair: list(COLOURS).index(pair) if pair in COLOURS else -1)
    return [
        {"outcome": o, "force": f, "counts": [counts.get((act, o, f), 0) for act in ACT_WORDS]} for o, f in named
    ]  # fmt: skip


def _merged(rows: Sequence[Json]) -> list[Json]:
    """Rows that differ only in the act, as one row with all their acts."""
    out: dict[str, Json] = {}
    for row in rows:
        key = repr([(name, value) for name, value in row.items() if name != "act"])
        before = out[key]["acts"] if key in out else ()
        out[key] = {**row, "acts": ", ".join([*([before] if before else []), ACT_WORDS[row["act"]]])}
    return list(out.values())


def _used_rules(found: Json) -> list[tuple[str, Json]]:
    return sorted(found["rules"].items())


def _share_lines(shares: Sequence[Json]) -> list[str]:
    """A line a share, those over their cap first; beyond what fits a screen only their number."""
    order = sorted(shares, key=lambda row: ("over", "unknown", "within").index(row["state"]))
    out = []
    for row in order[:_SHARES_SHOWN]:
        low, high = row["share"]
        span = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        group = ", ".join(row["group"].values())
        of = f"{row['denominator']:,} {row['metric']}"
        out.append(f"{group}: {span} of {of}, cap {cap_words(row['cap'])}: {row['state']}    {row['rule']}")
    left = Counter(row["state"] for row in order[_SHARES_SHOWN:])
    return [*out, *[f"and {count} more: {state}" for state, count in left.items()]]


def _said(here: Sequence[Json], waiting: list[Json], paint: Paint) -> list[str]:
    """Statements that are due here and were not shown further up, each with where it stands in the report."""
    out = []
    for one in [one for one in here if one in waiting]:
        waiting.remove(one)
        where = "; ".join(text for _, text in places_words(one))
        out += [render_words([one], paint), *([f"{' ' * 15}beside {where}"] if where else [])]
    return out


def render_summary(found: Json, paint: Paint, out: str) -> str:
    """The review in a few lines; what people state stands beside what it is about where that is shown, else below."""
    words = list(found.get("statements", ()))
    lines = [paint(f"{found['case']['title']} · on {found['on']}", "headline")]
    lines += _said(words_at(words, ""), words, paint)
    if found["synthetic"]["memberships"] or found["case"]["synthetic"]:
        lines.append("  SYNTHETIC    " + "\n               ".join(m["says"] for m in found["synthetic"]["memberships"]))
    lines += [f"  ASSUMED      {a['id']} as if in force from {a['from']}" for a in found["assumed"]]
    lines += [f"  {text}" for text in sentences(found)]
    for act, rows in found["acts"].items():
        parts = ", ".join(f"{r['elements']:,} {word(r['outcome'], r['force'])}" for r in rows)
        lines.append(f"  {paint(f'{act:12}', 'label')} {parts}")
    for text in _share_lines(found["shares"]):
        lines.append(f"  {paint('share       ', 'label')} {text}")
        lines += _said(words_at(words, f"/rules/{text.rpartition(' ')[2]}"), words, paint)
    changed = [b for b in found["breakpoints"] if b["changes"]]
    for row in changed[:8]:
        text = f"{row['jurisdiction']}: elements with another answer: {row['elements']:,}"
        lines.append(f"  {paint(row['day'] + '  ', 'label')} {text}")
    for row in found["faults"][:5]:
        lines.append(f"  line {row['line']:<8}{row['column']} {row['value']!r}: {row['reason']}")
    if len(found["faults"]) > 5:
        lines.append(f"  and {len(found['faults']) - 5} more rows that could not be reviewed")
    if out:
        lines.append(f"  written      {out}/report.html, decisions.parquet, review.json, deadlines.ics")
    lines += _said(words, words, paint)
    lines.append("  an interpretation of public sources: no legal advice, no act of an authority")
    return "\n".join(lines)
