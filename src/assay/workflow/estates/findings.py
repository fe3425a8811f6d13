"""What a review finds: counts, days on which answers change, deadlines, open questions, the supplier's view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from assay.decide.decide import Answer
from assay.decide.document import document
from assay.decide.program import Line, Program
from assay.decide.programs import Programs
from assay.model.decision import Outcome, Verdict
from assay.model.estate import ACTS, ElementClass, Share
from assay.model.expression import Operator
from assay.model.fact import Supplier
from assay.model.law import GRADES, Effect, Force
from assay.workflow.estates.courses import Course
from assay.workflow.estates.horizon import law_changes

__all__ = ["Found", "findings", "rule_words"]

Json = dict[str, Any]
Courses = Mapping[tuple[str, str], Course]


@dataclass(frozen=True)
class Found:
    """Everything that was decided: courses by class and act over the days of the class's jurisdiction."""

    frame: pl.DataFrame
    classes: tuple[ElementClass, ...]
    views: tuple[ElementClass, ...]
    days: Mapping[str, list[date]]
    programs: Programs
    known_at: date
    courses: Courses
    outlook: Courses
    ids: Mapping[tuple[str, str], str]
    shares: tuple[Share, ...]
    suppliers: Mapping[str, Supplier]

    def first(self, one: ElementClass, act: str) -> Answer:
        """The answer to a class and act on the day asked."""
        return self.courses[one.id, act].first

    def law(self, code: str, day: date) -> Program:
        """The law of a jurisdiction on a day."""
        return self.programs.get(code, day, self.known_at).program

    def name(self, supplier: str) -> str:
        """What people call a supplier."""
        known = self.suppliers.get(supplier)
        return (*known.aliases, known.name)[0] if known else supplier


def findings(found: Found) -> Json:
    """The part of the review document that rests on answers."""
    body: Json = {
        "acts": {act: _acts(found, act) for act in ACTS},
        "now": _now(found),
        "breakpoints": _breakpoints(found),
        "shares": [_share(share) for share in found.shares],
        "deadlines": _deadlines(found),
        "open": _open(found),
        "presumed": _presumed(found),
        "suppliers": _suppliers(found),
        "listed": _listed(found),
        "coverage": [_coverage(found, code) for code in found.days],
        "classes": [_class(found, one) for one in found.classes],
    }
    used = _used(body)
    body["rules"] = {key: row for key, row in sorted(_rules(found).items()) if key in used}
    grades = [c["grade"] for row in body["rules"].values() for c in row["cite"]]
    body["weakest"] = max(grades, key=GRADES.index, default="none")
    return body


def _named(verdict: Verdict) -> dict[str, str]:
    return {"outcome": verdict.outcome.value, "force": verdict.force.value if verdict.force else ""}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _acts(found: Found, act: str) -> list[Json]:
    counts: Counter[tuple[str, str]] = Counter()
    for one in found.classes:
        named = _named(found.first(one, act).verdict)
        counts[named["outcome"], named["force"]] += one.elements
    return [{"outcome": o, "force": f, "elements": n} for (o, f), n in sorted(counts.items())]


def _now(found: Found) -> list[Json]:
    rows: Counter[tuple[str, ...]] = Counter()
    for one in found.classes:
        for act in ACTS:
            verdict = found.first(one, act).verdict
            named = _named(verdict)
            key = (one.jurisdiction, one.operator, found.name(one.supplier), one.part, act)
            rows[(*key, named["outcome"], named["force"], _iso(verdict.deadline), " ".join(verdict.deciding))] += (
                one.elements
            )
    names = ("jurisdiction", "operator", "supplier", "part", "act", "outcome", "force", "deadline", "rules")
    return [{**dict(zip(names, key, strict=True)), "elements": n} for key, n in sorted(rows.items())]


def _breakpoints(found: Found) -> list[Json]:
    out: list[Json] = []
    for code, days in found.days.items():
        for place in range(1, len(days)):
            before, after = (found.law(code, days[i]) for i in (place - 1, place))
            changes = _changes(found, code, place)
            law = law_changes(before, after)
            if changes or law:
                out.append({
                    "day": days[place].isoformat(), "jurisdiction": code, "changes": changes,
                    "law": [{"what": c.what, "rule": c.rule, "says": c.says} for c in law],
                    "elements": _changed(found, code, place),
                })  # fmt: skip
    return sorted(out, key=lambda row: (row["day"], row["jurisdiction"]))


def _changes(found: Found, code: str, place: int) -> list[Json]:
    rows: Counter[tuple[str, ...]] = Counter()
    for one in found.classes:
        for act in ACTS if one.jurisdiction == code else ():
            was, then = (_named(found.courses[one.id, act].verdicts[i]) for i in (place - 1, place))
            if was != then:
                rows[act, one.operator, found.name(one.supplier), one.part, *was.values(), *then.values()] += (
                    one.elements
                )
    return [
        {"act": k[0], "operator": k[1], "supplier": k[2], "part": k[3], "from": {"outcome": k[4], "force": k[5]},
         "to": {"outcome": k[6], "force": k[7]}, "elements": n} for k, n in sorted(rows.items())
    ]  # fmt: skip


def _changed(found: Found, code: str, place: int) -> int:
    """Elements for which the answer to at least one act changes."""
    return sum(
        one.elements for one in found.classes
        if one.jurisdiction == code and any(
            verdicts[place - 1].named() != verdicts[place].named()
            for act in ACTS for verdicts in (found.courses[one.id, act].verdicts,)
        )
    )  # fmt: skip


def _share(share: Share) -> Json:
    return {
        "rule": share.rule, "jurisdiction": share.jurisdiction, "group": dict(share.group), "metric": share.metric,
        "cap": f"{share.cap.numerator}/{share.cap.denominator}", "share": [share.low, share.high],
        "denominator": share.base_high, "denominator_low": share.base_low, "state": share.state,
        "until": _iso(share.until), "why": share.why,
    }  # fmt: skip


def _deadlines(found: Found) -> list[Json]:
    """Every last day still ahead of a restriction that holds now, with contracts that run beyond it."""
    rows: dict[tuple[str, ...], set[str]] = {}
    for one in found.classes:
        for act in ACTS:
            answer = found.first(one, act)
            for line in _ahead(answer):
                key = (
                    _iso(line.until),
                    one.jurisdiction,
                    line.rule.id,
                    act,
                    one.operator,
                    found.name(one.supplier),
                    one.part,
                )
                rows.setdefault(key, set()).add(one.id)
    size = {one.id: one.elements for one in found.classes}
    lines, ends = _lines(found), _contract_ends(found.frame)
    names = ("day", "jurisdiction", "rule", "act", "operator", "supplier", "part")
    return [
        {**dict(zip(names, key, strict=True)), "elements": sum(size[i] for i in ids),
         "force": lines[key[2]].force.value,
         "effect": lines[key[2]].rule.effect.value, "contracts_beyond": _beyond(ends, ids, date.fromisoformat(key[0]))}
        for key, ids in sorted(rows.items())
    ]  # fmt: skip


def _ahead(answer: Answer) -> Iterable[Line]:
    day = answer.program.as_of
    for line, value in zip(answer.program.lines, answer.finals, strict=True):
        if value is True and line.rule.effect.restricts and line.until is not None and line.until >= day:
            yield line


def _contract_ends(frame: pl.DataFrame) -> pl.DataFrame:
    """How many elements of each class have a contract that ends on a day."""
    if "contract_end" not in frame.columns:
        return pl.DataFrame(schema={"class": pl.String, "contract_end": pl.Date, "len": pl.UInt32})
    counted = frame.lazy().group_by("class", "contract_end").len().drop_nulls().collect(engine="streaming")
    return counted.with_columns(pl.col("class").cast(pl.String))


def _beyond(ends: pl.DataFrame, ids: Iterable[str], day: date) -> int:
    return int(ends.filter(pl.col("class").is_in(list(ids)) & (pl.col("contract_end") > day))["len"].sum())


def _open(found: Found) -> list[Json]:
    """Facts that are missing and would settle an answer: who can bring them, how many elements wait for them."""
    rows: dict[tuple[str, str, str], Json] = {}
    waiting: dict[tuple[str, str, str], set[str]] = {}
    for one in found.classes:
        for act in ACTS:
            answer = found.first(one, act)
            if len(answer.stated) < 2:
                continue
            for missing in _missing(answer):
                key = (one.jurisdiction, missing["fact"], missing["title"])
                row = rows.setdefault(
                    key, {"jurisdiction": one.jurisdiction, **missing, "acts": set(), "possible": set()}
                )
                row["acts"].add(act)
                row["possible"] |= {outcome.value for outcome, _ in answer.stated}
                waiting.setdefault(key, set()).add(one.id)
    size = {one.id: one.elements for one in found.classes}
    return [
        {**row, "acts": [a for a in ACTS if a in row["acts"]], "possible": sorted(row["possible"]),
         "elements": sum(size[i] for i in waiting[key]), "classes": sorted(waiting[key])}
        for key, row in sorted(rows.items())
    ]  # fmt: skip


def _missing(answer: Answer) -> list[Json]:
    rows = document(answer)["missing"]
    return [_member(answer, row) for row in rows] if isinstance(rows, list) else []


def _member(answer: Answer, row: Json) -> Json:
    """Where the value is known, what is missing is whether a list that was not read in full holds it."""
    program, fact = answer.program, row["fact"]
    values = answer.bound.values.get(fact)
    if values is None:
        return row
    lists = [
        program.classes[str(a.value)].of.title for n, a in enumerate(program.atoms)
        if a.fact == fact and a.op is Operator.IN_CLASS and answer.truths[n] is None
    ]  # fmt: skip
    title = f"whether {', '.join(map(str, values))} is one of: {'; '.join(lists)}"
    return {"fact": fact, "title": title, "obtainable": [fact, "authority"], "values": []}


def _presumed(found: Found) -> list[Json]:
    rows: Counter[tuple[str, str, str, str]] = Counter()
    for one in found.classes:
        used = {(p.key, p.value, p.why) for act in ACTS for p in found.first(one, act).presumed}
        for item in used:
            rows[one.jurisdiction, *item] += one.elements
    names = ("jurisdiction", "key", "value", "why")
    return [{**dict(zip(names, key, strict=True)), "elements": n} for key, n in sorted(rows.items())]


def _listed(found: Found) -> list[Json]:
    """Powers that could still be used and duties that stay, with the elements that they reach now."""
    rows: dict[tuple[str, str, str], set[str]] = {}
    for one in found.classes:
        for act in ACTS:
            for effect in (Effect.POWER, Effect.DUTY):
                for rule in found.first(one, act).listed(effect):
                    rows.setdefault((one.jurisdiction, effect.value, rule), set()).add(one.id)
    size = {one.id: one.elements for one in found.classes}
    return [
        {"jurisdiction": code, "effect": effect, "rule": rule, "elements": sum(size[i] for i in ids)}
        for (code, effect, rule), ids in sorted(rows.items())
    ]


def _coverage(found: Found, code: str) -> Json:
    """What is coded for a country, what is known and not coded, and what holds where no rule restricts."""
    program = found.law(code, found.days[code][0])
    own = [pack for pack in program.packs if pack.jurisdiction == code]
    left = program.residual
    return {
        "jurisdiction": code, "instruments": sum(len(pack.instruments) for pack in own),
        "not_encoded": [{"event": n.event, "reason": n.reason} for pack in own for n in pack.not_encoded],
        "residual": left.outcome if left else "no-rule", "why": left.why if left else "",
        "from": _iso(left.start) if left else "", "before_its_source": bool(left and program.as_of < left.start),
    }  # fmt: skip


def _suppliers(found: Found) -> list[Json]:
    """For each supplier, jurisdiction, part and act: the answer today and each later one, by product where they differ.

    `products` lists those of the estate for which the row speaks; empty where the estate names none.
    """
    offers: dict[tuple[str, str, str], dict[str, list[ElementClass]]] = {}
    for one in found.views:
        steps = [_steps(found.days[one.jurisdiction], found.outlook[one.id, act].verdicts) for act in ACTS]
        alike = offers.setdefault((one.supplier, one.jurisdiction, one.part), {})
        alike.setdefault(repr(steps), []).append(one)
    products = _products(found)
    return [
        {"supplier": found.name(supplier), "jurisdiction": code, "part": part, "act": act,
         "products": sorted(name for one in same for name in products.get((supplier, one.product), ())),
         "steps": _steps(found.days[code], found.outlook[same[0].id, act].verdicts)}
        for (supplier, code, part), alike in offers.items() for same in alike.values() for act in ACTS
    ]  # fmt: skip


def _products(found: Found) -> dict[tuple[str, str], set[str]]:
    """The products that the product shown for a class stands for."""
    out: dict[tuple[str, str], set[str]] = {}
    if "product" in found.frame.columns:
        shown = {one.id: one.product for one in found.classes}
        rows = found.frame.lazy().select("class", "supplier", "product").unique().drop_nulls()
        for name, supplier, product in rows.collect(engine="streaming").iter_rows():
            out.setdefault((supplier, shown[name]), set()).add(product)
    return out


def _steps(days: Sequence[date], verdicts: Sequence[Verdict]) -> list[Json]:
    out: list[Json] = []
    for day, verdict in zip(days, verdicts, strict=True):
        step = {**_named(verdict), "deadline": _iso(verdict.deadline), "state": _state(verdict)}
        if not out or {k: v for k, v in out[-1].items() if k != "from"} != step:
            out.append({"from": day.isoformat(), **step})
    return out


def _state(verdict: Verdict) -> str:
    outcome = verdict.outcome
    if outcome in (Outcome.UNKNOWN, Outcome.CONFLICT):
        return "undetermined"
    if outcome in (Outcome.PERMITTED, Outcome.NO_RULE):
        return "open"
    if outcome is not Outcome.PROHIBITED:
        return "conditional"
    return "closed" if verdict.force is Force.BINDING else "advised against"


def _class(found: Found, one: ElementClass) -> Json:
    days = found.days[one.jurisdiction]
    return {
        "id": one.id, "elements": one.elements, "supplier": one.supplier, "product": one.product,
        "jurisdiction": one.jurisdiction, "part": one.part,
        "context": {key: list(values) for key, values in sorted(one.context.items())},
        "acts": {act: _decided(found, one, act, days) for act in ACTS},
    }  # fmt: skip


def _decided(found: Found, one: ElementClass, act: str, days: Sequence[date]) -> Json:
    course = found.courses[one.id, act]
    first = course.first
    return {
        **_named(first.verdict), "deadline": _iso(first.verdict.deadline), "deciding": list(first.verdict.deciding),
        "also": [{"outcome": o.value, "force": f.value} for o, f in first.verdict.also],
        "stated": [{"outcome": o.value, "force": f.value if f else ""} for o, f in first.stated],
        "possible": [{"outcome": o.value, "force": f.value if f else ""} for o, f in first.possible],
        "presumed": [p.key for p in first.presumed], "missing": list(first.missing),
        "decision": found.ids[one.id, act], "steps": _steps(days, course.verdicts),
    }  # fmt: skip


def _lines(found: Found) -> dict[str, Line]:
    programs = (found.law(code, day) for code, days in found.days.items() for day in days)
    return {line.rule.id: line for program in programs for line in program.lines}


def _rules(found: Found) -> dict[str, Json]:
    return {key: rule_words(line) for key, line in _lines(found).items()}


def rule_words(line: Line) -> Json:
    """A rule for people: what it says, of which instrument, from which sources."""
    instrument, sources = line.instrument, line.pack.sources
    return {
        "says": line.rule.says, "effect": line.rule.effect.value, "force": line.force.value, "pack": line.pack.id,
        "instrument": instrument.title, "authority": instrument.authority, "addressee": instrument.addressee,
        "kind": instrument.kind, "state": instrument.state.value, "assumed": line.assumed, "until": _iso(line.until),
        "conditions": list(line.rule.conditions), "note": line.rule.note,
        "cite": [{"title": sources[c.source].title, "url": sources[c.source].url, "grade": sources[c.source].grade,
                  "at": c.at} for c in line.rule.cite],
    }  # fmt: skip


def _used(body: Json) -> set[str]:
    """The rules that the document names."""
    out = {row["rule"] for row in (*body["shares"], *body["deadlines"], *body["listed"])}
    out |= {change["rule"] for row in body["breakpoints"] for change in row["law"]}
    out |= {rule for one in body["classes"] for act in one["acts"].values() for rule in act["deciding"]}
    return out
