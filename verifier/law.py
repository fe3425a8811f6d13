"""The law of a bundle and what its rules say: the second engine's semantics, nothing of `assay`.

Law reads packs and facts, Program slices them for one jurisdiction and two days. docs/semantics.md, docs/pack-format.md
and docs/fact-format.md are what it follows; redo.py beside it puts questions to it.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from ground import (
    need,
)
from reading import (
    ACTIVITIES,
    CLOSED,
    MOST,
    NOBODY,
    ONE_VALUE,
    PARTS,
    STEPS,
    STRICTNESS,
    Atom,
    Json,
    Law,
    Named,
    Truth,
    holds,
    known_by,
)


def depth_first(edges: dict[str, list[str]]) -> list[str]:
    """The order of docs/semantics.md: whoever points comes before what it points at."""
    done: set[str] = set()
    out: list[str] = []

    def visit(key: str) -> None:
        if key not in done:
            done.add(key)
            for target in sorted(edges[key]):
                visit(target)
            out.append(key)

    for key in sorted(edges):
        visit(key)
    return out[::-1]


class Program:
    """The rules of one jurisdiction that have effect on a day, with what was known by another."""

    def __init__(self, law: Law, where: str, on: date, known: date, assumed: list[Json]) -> None:
        self.law, self.where, self.on, self.known, self.assumed = law, where, on, known, assumed
        self.members = {key: self._members(found) for key, found in law.classes.items()}
        union = where in self.members.get("common:eu-members", {})
        everywhere = [p for p in law.packs if p["jurisdiction"] == "*"]
        own = [p for p in law.packs if p["jurisdiction"] == where]
        theirs = [p for p in law.packs if p["jurisdiction"] == "EU"] if union else []
        talking = [p for p in everywhere if any(p.get(key) for key in ("presume", "rule", "duty", "power"))]
        self.packs, self.own = [*talking, *own, *theirs], own
        self.presume = [entry for pack in self.packs for entry in pack.get("presume", [])]
        found = [line for p in (*everywhere, *own) for line in self._in_force(p)]
        found += [line for p in theirs for line in self._in_force(p) if line["of"].get("directly")]
        self.background = [
            line for p in theirs for line in self._in_force(p)
            if line["effect"] in STEPS and not line["of"].get("directly")
        ]  # fmt: skip
        self.lines = self._ordered(self._written_out(found))
        atoms = dict.fromkeys(atom for line in self.lines for atom in atoms_of(line["reads"]))
        facts = dict.fromkeys(atom[0] for atom in atoms)
        self.atoms_by_fact = {fact: [atom for atom in atoms if atom[0] == fact] for fact in facts}
        self.atoms = [atom for found in self.atoms_by_fact.values() for atom in found]
        self.residual = self._residual()
        self.completed: dict[Any, set[Named]] = {}

    def _members(self, found: Json) -> dict[str, Json]:
        rows = [{"value": value} for value in found.get("members", [])] + found.get("member", [])
        rows += [row for row in self.law.memberships if row["class"] == found["id"]]
        return {row["value"]: row for row in rows if holds(row.get("valid"), self.on) and known_by(row, self.known)}

    def _in_force(self, pack: Json) -> Iterator[Json]:
        instruments = {of["id"]: of for of in pack.get("instrument", [])}
        for kind in ("rule", "duty", "power"):
            for rule in pack.get(kind, []):
                line = {"rule": rule, "pack": pack, "of": instruments[rule["instrument"]], "assumed": False}
                line["effect"] = rule["effect"] if kind == "rule" else kind
                line["until"] = rule.get("until")
                if self._has_effect(line):
                    yield line

    def _has_effect(self, line: Json) -> bool:
        rule, of = line["rule"], line["of"]
        for assumption in self.assumed:
            name, start = assumption["id"], date.fromisoformat(assumption["from"])
            if name in (rule["id"], f"{line['pack']['id']}.{of['id']}") or rule["id"].startswith(name + "."):
                line["assumed"] = True
                if "until-months" in rule:
                    line["until"] = later(start, rule["until-months"])
                return self.on >= start
        in_time = holds(rule["valid"], self.on) and holds(rule["known"], self.known)
        return of["state"] in ("in-force", "superseded") and in_time

    def _written_out(self, lines: list[Json]) -> list[Json]:
        meaning: dict[str, list[Any]] = {}
        for line in lines:
            if line["effect"] == "define":
                meaning.setdefault(line["rule"]["define"], []).append(scoped(line["rule"]))
        rest = [line for line in lines if line["effect"] != "define"]
        return [{**line, "reads": written_out(scoped(line["rule"]), meaning)} for line in rest]

    def _ordered(self, lines: list[Json]) -> list[Json]:
        by_id = {line["rule"]["id"]: line for line in lines}
        edges = {
            key: [d["rule"] for d in line["rule"].get("defeats", []) if d["rule"] in by_id]
            for key, line in by_id.items()
        }
        out = [by_id[key] for key in depth_first(edges)]
        for line in out:
            line["by"] = [n for n, other in enumerate(out) if line["rule"]["id"] in edges[other["rule"]["id"]]]
        return out

    def _residual(self) -> tuple[Json, Json] | None:
        rows = [(row, pack) for pack in self.own for row in pack.get("residual", [])]
        begun = [pair for pair in rows if pair[0]["from"] <= self.on]
        if begun:
            return max(begun, key=lambda pair: pair[0]["from"])
        return min(rows, key=lambda pair: pair[0]["from"]) if rows else None

    def says(self, atom: Atom, values: tuple[Any, ...]) -> Truth:
        """What an atom says of known values."""
        _, op, wanted = atom
        if op == "in":
            return any(value in wanted for value in values)
        if op == "in-class":
            if any(value in self.members[wanted] for value in values):
                return True
            return False if self.law.classes[wanted]["closed"] else None
        compare = {"eq": "__eq__", "lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__"}[op]
        return any(getattr(value, compare)(wanted) is True for value in values)

    def there(self, truths: dict[Atom, Truth], asked: str) -> dict[str, dict[Atom, Truth]]:
        """The truths in the part asked about, or in each of the four where `any` is asked."""
        if asked != "any":
            return {asked: truths}
        own = self.atoms_by_fact.get("part", [])
        return {part: {**truths, **{atom: part in atom[2] for atom in own}} for part in PARTS}

    def finals(self, truths: dict[Atom, Truth]) -> list[Truth]:
        """Every rule after defeats, in the order of the rules."""
        out: list[Truth] = []
        for line in self.lines:
            value = kleene(line["reads"], truths)
            by = {out[place] for place in line["by"]} if value is not False else set()
            out.append(False if True in by else None if None in by else value)
        return out

    def outcome_of(self, line: Json) -> str:
        """What a rule that holds gives."""
        if line["effect"] == "phase-out" and line["until"] and self.on > line["until"]:
            return "prohibited"
        return STEPS[line["effect"]]

    def verdict(self, rows: list[list[Truth]]) -> Json:
        """Several rules, and several parts, at once: docs/semantics.md, Outcomes. `rows`: all rules, once a part."""
        held = [
            [ln for ln, v in zip(self.lines, finals, strict=True) if v is True and ln["effect"] in STEPS]
            for finals in rows
        ]
        found = [self._in_part(lines) for lines in held]
        outcome, force, _ = max(found, key=lambda one: (one[1] == "binding", STRICTNESS[one[0]], bool(one[2])))
        ids = {line["rule"]["id"] for one in found if one[:2] == (outcome, force) for line in one[2]}
        deciding = [line for line in self.lines if line["rule"]["id"] in ids]
        if force:  # restrictions first; those that alone decide go by their ids
            deciding.sort(
                key=lambda ln: (ln["effect"] == "permit", outcome != "conflict-of-norms" and ln["rule"]["id"])
            )
        every = {line["rule"]["id"] for lines in held for line in lines}
        return self._told(outcome, force, deciding, [line for line in self.lines if line["rule"]["id"] in every])

    def _in_part(self, held: list[Json]) -> tuple[str, str, list[Json]]:
        limits = [line for line in held if line["effect"] != "permit"]
        for force in ("binding", "advice"):
            strict = [line for line in limits if line["of"]["force"] == force]
            free = [line for line in held if line["of"]["force"] == force and line["effect"] == "permit"]
            if strict and free:
                return "conflict-of-norms", force, [*strict, *free]
            if strict:
                worst = max(map(self.outcome_of, strict), key=STRICTNESS.__getitem__)
                return worst, force, [line for line in strict if self.outcome_of(line) == worst]
            if free and not limits:
                return "permitted", "", free
        return self.residual[0]["outcome"] if self.residual else "no-rule", "", []

    def _told(self, outcome: str, force: str, deciding: list[Json], held: list[Json]) -> Json:
        pairs = {(self.outcome_of(line), line["of"]["force"]) for line in held if line["effect"] != "permit"}
        also = sorted(pairs - {(outcome, force)}, key=lambda pair: (pair[1] == "advice", -STRICTNESS[pair[0]]))
        if not force or outcome == "conflict-of-norms":
            return verdict(outcome, force, deciding, also=also)
        ahead = [ln["until"] for ln in deciding if ln["until"] and ln["until"] >= self.on and outcome != "prohibited"]
        caps = [line["rule"]["cap"] for line in (*deciding, *held) if "cap" in line["rule"]]
        cap = min(caps, key=lambda cap: Fraction(cap["share"]), default=None)
        return verdict(outcome, force, deciding, min(ahead, default=None), cap, also)

    def outcomes(self, truths: dict[Atom, Truth], unknown: frozenset[str], part: str) -> set[Named]:
        """The pairs (outcome, force) that completions of the missing facts give; `unknown` are facts without value."""
        mark = (tuple(truths.values()), unknown, part)
        if mark not in self.completed:
            self.completed[mark] = self._complete(truths, unknown, part)
        return self.completed[mark]

    def _complete(self, truths: dict[Atom, Truth], unknown: frozenset[str], part: str) -> set[Named]:
        out: set[Named] = set()
        seen: set[tuple[Truth, ...]] = set()
        stack = [truths]
        while stack:
            now = stack.pop()
            there = self.there(now, part)
            asked = self.asked(there)
            if not asked:
                said = self.verdict([self.finals(own) for own in there.values()])
                out.add((said["outcome"], said["force"]))
                continue
            wanted = list(dict.fromkeys(atom for atom in asked if atom[0] == asked[0][0]))
            for row in self._cells(wanted, now, asked[0][0] in unknown):
                child = {**now, **dict(zip(wanted, row, strict=True))}
                mark = tuple(child.values())
                if mark not in seen:
                    seen.add(mark)
                    stack.append(child)
            need(len(seen) <= MOST, "too many completions for this simple engine")
        return out

    def asked(self, there: dict[str, dict[Atom, Truth]]) -> list[Atom]:
        """The unknown atoms on which open rules hang, part by part."""
        rows = [(truths, self.finals(truths)) for truths in there.values()]
        floor = max(self._floor(finals) for _, finals in rows)
        return [
            atom for truths, finals in rows
            for line in self._open(finals, floor) for atom in undecided(line["reads"], truths)
        ]  # fmt: skip

    def _rank(self, line: Json) -> tuple[bool, int]:
        return line["of"]["force"] == "binding", STRICTNESS[self.outcome_of(line)]

    def _floor(self, finals: list[Truth]) -> tuple[bool, int]:
        """The strictest restriction that holds."""
        held = [line for line, final in zip(self.lines, finals, strict=True) if final and line["effect"] in STEPS]
        return max((self._rank(line) for line in held if line["effect"] != "permit"), default=(False, -1))

    def _open(self, finals: list[Truth], floor: tuple[bool, int]) -> list[Json]:
        """Unknown rules that could still change outcome or force, each before the unknown ones that could defeat it."""
        deciding = [(n, line) for n, line in enumerate(self.lines) if line["effect"] in STEPS]
        permits = any(finals[n] is not False and line["effect"] == "permit" for n, line in deciding)
        wanted: dict[int, None] = {}

        def want(number: int) -> None:
            wanted[number] = None
            for place in self.lines[number]["by"]:
                if finals[place] is None and place not in wanted:
                    want(place)

        for number, line in deciding:
            if finals[number] is None and (permits or self._rank(line) > floor):
                want(number)
        return [self.lines[number] for number in wanted]

    def _cells(self, wanted: list[Atom], now: dict[Atom, Truth], valueless: bool) -> Iterable[tuple[bool, ...]]:
        if not valueless:  # known, but not whether it stands in an open list
            return itertools.product((True, False), repeat=len(wanted))
        fact = wanted[0][0]
        fixed = [atom for atom in self.atoms_by_fact[fact] if now[atom] is not None]
        rows: set[tuple[bool, ...]] = set()
        for value in self._candidates(fact):
            base = [self.says(atom, (value,)) for atom in (*wanted, *fixed)]
            rows |= set(itertools.product(*[(True, False) if truth is None else (truth,) for truth in base]))
        of = self.law.attributes.get(fact)
        if of.get("many") if of else fact not in ONE_VALUE:
            for row in list(rows):
                rows |= {tuple(a or b for a, b in zip(row, other, strict=True)) for other in rows}
        fits = {row for row in rows if list(row[len(wanted) :]) == [now[atom] for atom in fixed]}
        return {row[: len(wanted)] for row in fits or rows}

    def _candidates(self, fact: str) -> set[Any]:
        if fact in CLOSED:
            return set(CLOSED[fact])
        out: set[Any] = set()
        for _, op, value in self.atoms_by_fact[fact]:
            out |= set(value) if op == "in" else set(self.members[value]) if op == "in-class" else around(value)
        return out if any(isinstance(value, bool | int | date) for value in out) else out | {NOBODY}


def scoped(rule: Json) -> Any:  # noqa: ANN401
    """A rule's predicate: its scope and its `when`, whose topmost `all` is taken apart."""
    scope = []
    if set(rule.get("part", PARTS)) != set(PARTS):
        scope.append({"fact": "part", "op": "in", "value": rule["part"]})
    scope.append({"fact": "activity", "op": "in", "value": rule.get("activity", ACTIVITIES)})
    when = rule.get("when", {"all": []})
    return {"all": [*scope, *when.get("all", [when])]}


def written_out(node: Json, meaning: dict[str, list[Json]]) -> Any:  # noqa: ANN401
    """A predicate as (fold, parts), ("not", part) or an atom, with defined facts replaced by what defines them."""
    for fold in ("all", "any"):
        if fold in node:
            return fold, [written_out(part, meaning) for part in node[fold]]
    if "not" in node:
        return "not", written_out(node["not"], meaning)
    fact, op, value = node["fact"], node["op"], node["value"]
    if fact in meaning and op == "eq":
        inner = ("any", [written_out(part, meaning) for part in meaning[fact]])
        return inner if value is True else ("not", inner)
    return fact, op, tuple(value) if op == "in" else value


def parts_of(node: Any) -> list[Any] | None:  # noqa: ANN401
    """The parts of a fold, the part of a negation, or None for an atom."""
    if len(node) == 3:
        return None
    return [node[1]] if node[0] == "not" else list(node[1])


def atoms_of(node: Any) -> Iterator[Atom]:  # noqa: ANN401
    """Every atom, left to right."""
    parts = parts_of(node)
    if parts is None:
        yield node
    for part in parts or ():
        yield from atoms_of(part)


def kleene(node: Any, truths: dict[Atom, Truth]) -> Truth:  # noqa: ANN401
    """Strong Kleene."""
    if len(node) == 3:
        return truths[node]
    if node[0] == "not":
        value = kleene(node[1], truths)
        return None if value is None else not value
    stop, unknown = node[0] == "any", False
    for part in node[1]:
        value = kleene(part, truths)
        if value is stop:
            return stop
        unknown = unknown or value is None
    return None if unknown else not stop


def undecided(node: Any, truths: dict[Atom, Truth]) -> list[Atom]:  # noqa: ANN401
    """The unknown atoms on which an unknown predicate hangs, left to right."""
    if kleene(node, truths) is not None:
        return []
    parts = parts_of(node)
    return [node] if parts is None else [atom for part in parts for atom in undecided(part, truths)]


def verdict(
    outcome: str, force: str = "", rules: Iterable[Json] = (), deadline: date | None = None, cap: Json | None = None,
    also: Iterable[Named] = (),
) -> Json:  # fmt: skip
    """A verdict."""
    return {
        "outcome": outcome, "force": force, "rules": list(rules), "deadline": deadline, "cap": cap, "also": list(also),
    }  # fmt: skip


def around(value: Any) -> set[Any]:  # noqa: ANN401
    """A value with its neighbours."""
    if isinstance(value, bool):
        return {True, False}
    step = timedelta(days=1) if isinstance(value, date) else 1
    return {value - step, value, value + step}


def later(start: date, months: int) -> date:
    """The day before the one that lies so many months after a day."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1])) - timedelta(days=1)
