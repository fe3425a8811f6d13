"""An answer as plain values: the one tree behind the terminal, JSON, the report and the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from assay.canon import canonical, digest
from assay.decide.combine import line_outcome
from assay.decide.decide import Answer, InParts
from assay.decide.program import Line, Program
from assay.model.decision import Outcome, Truth
from assay.model.expression import All, Any, Atom, Expression, Not, Operator, atoms
from assay.model.fact import Fact
from assay.model.law import GRADES, PARTS, Cap, Effect, Member, Pack, Source, weakest_grade
from assay.model.question import CLOSED_VALUES

__all__ = ["ENGINE", "SCHEMA", "decision_id", "document", "reasons", "shown_facts"]

SCHEMA: Final = "assay-decision/1"
ENGINE: Final = "1"
"""Version of the semantics in docs/semantics.md."""

Json = dict[str, object]
_WORDS: Final = {True: "true", False: "false", None: "unknown"}
_OPERATORS: Final = {operator: operator.value for operator in Operator}
_PLAIN: Final = (str, bool, int)


def decision_id(found: Json) -> str:
    """The digest by which a decision is named: SHA-256 of its canonical bytes."""
    return digest(canonical(found))


def document(answer: Answer) -> Json:
    """The whole answer. Same answer, same bytes."""
    program = answer.program
    deciding = [line for line in program.lines if line.rule.id in answer.verdict.deciding]
    return {
        "schema": SCHEMA,
        "engine": ENGINE,
        "question": answer.question.document(),
        "answer": _answer(answer, deciding),
        "deciding": list(answer.verdict.deciding),
        "rules": reasons(answer),
        "duties": _listed(answer, Effect.DUTY),
        "powers": _listed(answer, Effect.POWER),
        "background": [_brief(line, "background") for line in program.background],
        "missing": [_missing(program, fact) for fact in answer.missing],
        "evidence": list(_evidence(answer)),
        "residual": _residual(program),
        "sources": _sources(answer, deciding),
        "coverage": _coverage(program),
        "packs": [
            {"id": p.id, "digest": p.digest, "coded": p.coded.isoformat(), "private": p.private} for p in program.packs
        ],
    }


def reasons(answer: Answer) -> list[Json]:
    """The reason trees of an answer: each rule that holds, is unknown or is defeated, down to its atoms."""
    return [_rule(answer, number) for number in _shown(answer)]


def _answer(answer: Answer, deciding: list[Line]) -> Json:
    verdict = answer.verdict
    return {
        "outcome": verdict.outcome.value,
        "force": verdict.force.value if verdict.force else "",
        "deadline": verdict.deadline.isoformat() if verdict.deadline else "",
        "cap": _cap(verdict.cap),
        "also": [{"outcome": o.value, "force": f.value} for o, f in verdict.also],
        "stated": [{"outcome": o.value, "force": f.value if f else ""} for o, f in answer.stated],
        "possible": [{"outcome": o.value, "force": f.value if f else ""} for o, f in answer.possible],
        "presumed": [{"key": p.key, "value": p.value, "why": p.why} for p in answer.presumed],
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in answer.program.assumptions],
        "hidden": sorted(answer.hidden),
        "rests_on": _rests_on(answer, deciding),
    }  # fmt: skip


def _cap(cap: Cap | None) -> Json | None:
    if cap is None:
        return None
    share = f"{cap.share.numerator}/{cap.share.denominator}"
    return {"share": share, "metric": list(cap.metric), "per": list(cap.per)}


def _shown(answer: Answer) -> list[int]:
    """Rules that hold, are unknown, or would hold were they not defeated; deciding ones first, strictest first."""
    rows = [
        n for n, line in enumerate(answer.program.lines)
        if line.rule.effect not in (Effect.DUTY, Effect.POWER) and answer.predicates[n] is not False
    ]  # fmt: skip
    deciding = set(answer.verdict.deciding)
    return sorted(
        rows, key=lambda n: (answer.program.lines[n].rule.id not in deciding, answer.program.lines[n].rule.id)
    )


def shown_facts(answer: Answer) -> tuple[str, ...]:
    """The facts whose values stand in the document: those that its shown rules read."""
    lines = answer.program.lines
    return tuple(dict.fromkeys(atom.fact for number in _shown(answer) for atom in atoms(lines[number].reads)))


def _rule(answer: Answer, number: int) -> Json:
    line, final, views = answer.program.lines[number], answer.finals[number], answer.views
    where = (
        [v for v in views if v.finals[number] is final and v.predicates[number] is not False] if views[1:] else views
    )
    here = where[0]
    defeated = [
        {"rule": by.rule.id, "why": d.why, "value": _WORDS[here.finals[place]]}
        for place in line.defeaters if here.finals[place] is not False
        for by in (answer.program.lines[place],) for d in by.rule.defeats if d.rule == line.rule.id
    ]  # fmt: skip
    out = _brief(line, "defeated" if final is False else "holds" if final else "unknown")
    out["effect"] = line.rule.effect.value
    if line.rule.effect.decides:
        out["outcome"] = line_outcome(line, answer.program.as_of).value
    out["until"] = line.until.isoformat() if line.until else ""
    out["valid"] = {"from": _day(line.rule.valid.start), "to": _day(line.rule.valid.end)}
    out["known"] = _day(line.rule.known.start)
    out["conditions"] = list(line.rule.conditions)
    out["note"] = line.rule.note
    out["assumed"] = line.assumed
    out["defeated_by"] = defeated
    out["when"] = _tree(answer, here, _without_scope(line.reads))
    if len(where) < len(views):
        out["parts"] = sorted((part for view in where for part in view.parts), key=PARTS.index)
    return out


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _brief(line: Line, value: str) -> Json:
    instrument = line.instrument
    return {
        "id": line.rule.id,
        "value": value,
        "says": line.rule.says,
        "force": instrument.force.value,
        "instrument": {
            "title": instrument.title, "authority": instrument.authority, "addressee": instrument.addressee,
            "kind": instrument.kind, "state": instrument.state.value,
        },
        "cite": [_cite(line.pack, c.source, c.at) for c in line.rule.cite],
        "pack": line.pack.id,
    }  # fmt: skip


def _cite(pack: Pack, source_id: str, at: str) -> Json:
    return {**_source(pack.sources[source_id]), "at": at}


def _source(source: Source) -> Json:
    read = {"on": source.read.on.isoformat(), "extent": source.read.extent} if source.read else None
    return {"title": source.title, "url": source.url, "grade": source.grade, "read": read}


def _listed(answer: Answer, effect: Effect) -> list[Json]:
    ids = set(answer.listed(effect))
    return [_brief(line, "listed") for line in answer.program.lines if line.rule.id in ids]


def _without_scope(expression: Expression) -> Expression:
    if isinstance(expression, All):
        return All(tuple(p for p in expression.parts if not (isinstance(p, Atom) and p.fact in ("part", "activity"))))
    return expression


def _tree(answer: Answer, here: InParts, expression: Expression) -> Json:
    match expression:
        case Atom():
            return _atom(answer, here, expression)
        case Not(part):
            inner = _tree(answer, here, part)
            value = {"true": "false", "false": "true", "unknown": "unknown"}[str(inner["is"])]
            return {"not": inner, "is": value}
        case All(parts):
            rows = [_tree(answer, here, part) for part in parts]
            return {"all": rows, "is": _fold(rows, "false", "true")}
        case Any(parts):
            rows = [_tree(answer, here, part) for part in parts]
            return {"any": rows, "is": _fold(rows, "true", "false")}


def _fold(rows: Sequence[Json], stop: str, empty: str) -> str:
    values = {row["is"] for row in rows}
    return stop if stop in values else "unknown" if "unknown" in values else empty


def _atom(answer: Answer, here: InParts, atom: Atom) -> Json:
    program = answer.program
    truth: Truth = here.truths[program.numbers[atom]]
    values = answer.bound.values.get(atom.fact)
    presumed = values is None and truth is not None
    out: Json = {
        "fact": atom.fact, "op": _OPERATORS[atom.op], "value": _plain(atom.value), "is": _WORDS[truth],
        "found": [_plain(v) for v in values] if values is not None else None, "presumed": presumed,
    }  # fmt: skip
    if atom.op is Operator.IN_CLASS:
        out["class"] = program.classes[str(atom.value)].of.title
    facts = answer.bound.evidence.get(atom.fact, ())
    if facts:
        out["evidence"] = [fact.id for fact in facts]
    conflict = answer.bound.conflicts.get(atom.fact, ())
    if conflict:
        out["conflict"] = [fact.id for fact in conflict]
    return out


def _plain(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    return [_plain(item) for item in value] if isinstance(value, tuple) else str(value)


def _missing(program: Program, fact: str) -> Json:
    attribute = program.attributes.get(fact)
    start, end = program.spans[fact]
    values: dict[str, None] = dict.fromkeys(sorted(CLOSED_VALUES.get(fact, ())))
    for atom in program.atoms[start:end]:
        if isinstance(atom.value, tuple):
            values.update(dict.fromkeys(atom.value))
        elif atom.op is Operator.IN_CLASS:
            values.update(dict.fromkeys(sorted(program.classes[str(atom.value)].members)[:8]))
    return {
        "fact": fact,
        "title": attribute.title if attribute else "context of the question",
        "obtainable": list(attribute.obtainable) if attribute else ["asker"],
        "values": list(values)[:12],
    }


def _evidence(answer: Answer) -> Iterable[Json]:
    seen: set[str] = set()
    for group in (*answer.bound.evidence.values(), *answer.bound.conflicts.values()):
        for fact in group:
            if fact.id not in seen:
                seen.add(fact.id)
                yield _fact(fact)
    for number in _shown(answer):
        for atom in atoms(answer.program.lines[number].reads):
            for member, pack in _members(answer, atom):
                key = f"{atom.value}:{member.value}"
                if key not in seen:
                    seen.add(key)
                    yield _membership(answer.program, atom, member, pack)


def _fact(fact: Fact) -> Json:
    return {
        "fact": fact.id, "attribute": fact.attribute, "value": _plain(fact.value), "status": fact.status,
        "valid": {"from": _day(fact.valid.start), "to": _day(fact.valid.end)}, "known": _day(fact.known.start),
        "synthetic": fact.synthetic, "source": _source(fact.source),
    }  # fmt: skip


def _members(answer: Answer, atom: Atom) -> list[tuple[Member, Pack | None]]:
    """The entries of a class that the question's values hit, for classes of suppliers, operators and products."""
    if atom.op is not Operator.IN_CLASS or atom.fact not in ("supplier", "operator", "product"):
        return []
    found = answer.program.classes[str(atom.value)]
    home = next((p for p in answer.program.packs if found.of.id in p.classes), None)
    values = answer.bound.values.get(atom.fact) or ()
    return [(found.members[str(v)], home) for v in values if v in found.members]


def _membership(program: Program, atom: Atom, member: Member, pack: Pack | None) -> Json:
    found = program.classes[str(atom.value)].of
    source = pack.sources.get(member.source or found.source) if pack else None
    return {
        "class": found.id, "title": found.title, "value": member.value, "facet": found.facet,
        "valid": {"from": _day(member.valid.start), "to": _day(member.valid.end)}, "at": member.at,
        "synthetic": member.source == "case",
        "source": _source(source) if source and member.source != "case" else None,
    }  # fmt: skip


def _rests_on(answer: Answer, deciding: list[Line]) -> list[str]:
    facets: set[str] = set()
    for line in deciding:
        for atom in atoms(line.reads):
            if atom.op is Operator.IN_CLASS:
                facets.add(answer.program.classes[str(atom.value)].of.facet)
            if atom.fact in answer.program.attributes:
                facets.add(answer.program.attributes[atom.fact].facet)
    return sorted(facets - {"none"})


def _supports(answer: Answer, deciding: list[Line]) -> Iterable[list[list[Source]]]:
    """For each deciding rule, which by itself carries the outcome: its supports, each with its sources."""
    program = answer.program
    for line in deciding:
        yield list(_line_supports(answer, line))
    left = answer.verdict.outcome in (Outcome.PERMITTED, Outcome.NO_RULE) and not deciding
    if left and program.residual and program.residual_pack and program.residual.source:
        if program.as_of < program.residual.start:
            return  # before its source shows it, what is left has no source
        yield [[program.residual_pack.sources[program.residual.source]]]


def _line_supports(answer: Answer, line: Line) -> Iterable[list[Source]]:
    yield [line.pack.sources[c.source] for c in line.rule.cite]
    for atom in atoms(line.reads):
        for member, pack in _members(answer, atom):
            if pack is not None and member.source != "case":
                found = answer.program.classes[str(atom.value)].of
                yield [pack.sources[member.source or found.source]]
        for fact in answer.bound.evidence.get(atom.fact, ()):
            yield [fact.source]


def _sources(answer: Answer, deciding: list[Line]) -> Json:
    """The weakest grade on the best carried of the deciding rules, and the oldest reading on it."""
    paths = [[min(group, key=_rank) for group in path] for path in _supports(answer, deciding)]
    best = min(paths, key=lambda path: max(map(_rank, path)), default=[])
    readings = [source.read.on for source in best if source.read]
    return {
        "weakest": weakest_grade([source.grade for source in best]),
        "oldest_reading": min(readings).isoformat() if readings else "",
        "not_read": sum(source.read is None for source in best),
    }


def _rank(source: Source) -> int:
    return GRADES.index(source.grade)


def _residual(program: Program) -> Json | None:
    found, pack = program.residual, program.residual_pack
    if found is None or pack is None:
        return None
    early = program.as_of < found.start
    source = pack.sources.get(found.source)
    return {
        "outcome": found.outcome, "why": found.why, "from": found.start.isoformat(), "before_its_source": early,
        "grade": "none" if early or source is None else source.grade, "source": _source(source) if source else None,
    }  # fmt: skip


def _coverage(program: Program) -> Json:
    own = [p for p in program.packs if p.jurisdiction == program.jurisdiction]
    return {
        "instruments": sum(len(p.instruments) for p in own),
        "not_encoded": [{"event": n.event, "reason": n.reason} for p in own for n in p.not_encoded],
        "private": any(p.private for p in program.packs),
    }
