"""One question put to a program: its values, truths, outcome and reason tree, down to the decision's last byte.

docs/semantics.md and docs/evidence.md are what it follows; standard library and the files beside it alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from law import Program, atoms_of, kleene, verdict
from reading import (
    CLOSED,
    GRADES,
    PARTS,
    STEPS,
    STRICTNESS,
    WHO,
    Atom,
    Json,
    Law,
    Named,
    Truth,
    holds,
    known_by,
    plain,
)

ENGINE, SCHEMA, REQUEST = "1", "assay-decision/1", "assay-bundle-question/1"
WORDS = {True: "true", False: "false", None: "unknown"}


class Asked:
    """One question put to a program: values, truths and everything that its decision says."""

    def __init__(self, program: Program, question: Json, presume: bool, hidden: list[str]) -> None:
        self.p, self.law, self.question, self.hidden = program, program.law, question, hidden
        self.evidence: dict[str, list[Json]] = {}
        self.conflicts: dict[str, list[Json]] = {}
        self.values = {fact: self._value(fact) for fact in program.atoms_by_fact}
        bare: dict[Atom, Truth] = {}
        for atom in program.atoms:
            values = self.values[atom[0]]
            blind = values is None or self.law.facet(atom) in hidden
            bare[atom] = None if blind else program.says(atom, values or ())
        unknown = frozenset(fact for fact, values in self.values.items() if values is None)
        self.truths, self.presumed = self._presume(bare) if presume else (bare, [])
        part = question["part"]
        self.there = program.there(self.truths, part)
        self.finals = {name: program.finals(truths) for name, truths in self.there.items()}
        self.possible = program.outcomes(bare, unknown, part)
        self.stated = program.outcomes(self.truths, unknown, part)
        self.verdict = program.verdict(list(self.finals.values()))
        if len(self.stated) > 1:
            self.verdict = verdict("unknown")
        elif (self.verdict["outcome"], self.verdict["force"]) not in self.stated:
            self.verdict = verdict(*next(iter(self.stated)))

    def _value(self, fact: str) -> tuple[Any, ...] | None:
        asked = self.question
        if fact in ("supplier", "part", "activity"):
            return (asked[fact],)
        if fact == "product":
            return (asked["product"],) if asked.get("product") else None
        of = self.law.attributes.get(fact)
        if of is None:
            given = asked["context"].get(fact)
            return None if given is None else tuple(map(date.fromisoformat, given) if fact == "installed" else given)
        if of["facet"] in self.hidden:
            return None
        if fact in asked.get("given", {}):
            value = asked["given"][fact]
            return (date.fromisoformat(value) if of["type"] == "date" else value,)
        return self._stated_value(fact, bool(of.get("many")))

    def _stated_value(self, fact: str, many: bool) -> tuple[Any, ...] | None:
        asked = self.question
        who = {"supplier": [asked["supplier"]], "product": [asked.get("product", "")]}
        who["operator"] = asked["context"].get("operator", [])
        rows = [
            row for row in self.law.facts if row["attribute"] == fact and row.get("status") != "allegation"
            and all(not row.get(key) or row[key] in names for key, names in who.items())
            and holds(row.get("valid"), self.p.on) and known_by(row, self.p.known)
        ]  # fmt: skip
        gone = {row.get("supersedes") for row in rows}
        rows = [row for row in rows if row["id"] not in gone]
        values = list(dict.fromkeys(row["value"] for row in rows))
        if len(values) > 1 and not many:
            begun = [row.get("valid", {}).get("from", date.min) for row in rows]
            rows = [row for row, start in zip(rows, begun, strict=True) if start == max(begun)]
            values = list(dict.fromkeys(row["value"] for row in rows))
            if len(values) > 1:
                self.conflicts[fact] = rows
                return None
        if values:
            self.evidence[fact] = rows
        return tuple(values) or None

    def _presume(self, bare: dict[Atom, Truth]) -> tuple[dict[Atom, Truth], list[Json]]:
        steps = [*self._presumed_values(), *self._presumed_classes(), *self._not_shown()]

        def laid(chosen: list[tuple[Json, dict[Atom, bool]]]) -> dict[Atom, Truth]:
            new = {atom: truth for _, step in chosen for atom, truth in step.items()}
            return {atom: new.get(atom) if truth is None else truth for atom, truth in bare.items()}

        def values(truths: dict[Atom, Truth]) -> list[list[Truth]]:
            return [self.p.finals(own) for own in self.p.there(truths, self.question["part"]).values()]

        full = laid(steps)
        finals = values(full)
        used = [step[0] for n, step in enumerate(steps) if values(laid(steps[:n] + steps[n + 1 :])) != finals]
        return full, used

    def _applying(self, kind: str) -> Iterator[Json]:
        for row in self.p.presume:
            open_key = self.question["context"].get(row["key"]) is None
            if kind in row and open_key and self.question["part"] in (*row.get("part", PARTS), "any"):
                yield row

    def _presumed_values(self) -> Iterator[tuple[Json, dict[Atom, bool]]]:
        for row in self._applying("value"):
            says = {atom: self.p.says(atom, (row["value"],)) for atom in self.p.atoms_by_fact.get(row["key"], [])}
            entry = {"key": row["key"], "value": row["value"], "why": row["why"]}
            yield entry, {atom: truth for atom, truth in says.items() if truth is not None}

    def _presumed_classes(self) -> Iterator[tuple[Json, dict[Atom, bool]]]:
        for row in self._applying("in-class"):
            atom = (row["key"], "in-class", row["in-class"])
            if atom in self.p.atoms_by_fact.get(row["key"], []):
                title = self.law.classes[row["in-class"]]["title"]
                yield {"key": row["key"], "value": f"one of: {title}", "why": row["why"]}, {atom: True}

    def _not_shown(self) -> Iterator[tuple[Json, dict[Atom, bool]]]:
        for fact, atoms in self.p.atoms_by_fact.items():
            of = self.law.attributes.get(fact)
            if of and of.get("burden") and self.values[fact] is None:
                entry = {"key": fact, "value": "not shown", "why": f"nobody has shown that {of['title']}"}
                yield entry, {atom: atom[2] is False for atom in atoms}

    def decision(self) -> Json:
        """The document whose canonical bytes are the decision: docs/semantics.md, The decision."""
        p, said = self.p, self.verdict
        ids = {line["rule"]["id"] for line in said["rules"]}
        deciding = [line for line in p.lines if line["rule"]["id"] in ids]
        return {
            "schema": SCHEMA, "engine": ENGINE, "question": self.question, "answer": self._answer(deciding),
            "deciding": [line["rule"]["id"] for line in said["rules"]],
            "rules": [self._rule(number, self.p.lines[number]) for number in self._shown()],
            "duties": self._listed("duty"), "powers": self._listed("power"),
            "background": [brief(line, "background") for line in p.background],
            "missing": [self._missing(fact) for fact in self._facts_that_matter()],
            "evidence": list(self._evidence()), "residual": self._residual(), "sources": self._sources(deciding),
            "coverage": {
                "instruments": sum(len(pack.get("instrument", [])) for pack in p.own),
                "not_encoded": [
                    {"event": row["event"], "reason": row["reason"]} for k in p.own for row in k.get("not-encoded", [])
                ],
                "private": any(pack["private"] for pack in p.packs),
            },
            "packs": [
                {"id": k["id"], "digest": k["digest"], "coded": str(k["coded"]), "private": k["private"]}
                for k in p.packs
            ],
        }  # fmt: skip

    def _answer(self, deciding: list[Json]) -> Json:
        said, cap = self.verdict, self.verdict["cap"]
        share = Fraction(cap["share"]) if cap else Fraction(0)
        facets = {self.law.facet(atom) for line in deciding for atom in atoms_of(line["reads"])}
        facets |= {
            self.law.attributes[atom[0]]["facet"]
            for line in deciding for atom in atoms_of(line["reads"]) if atom[0] in self.law.attributes
        }  # fmt: skip
        return {
            "outcome": said["outcome"], "force": said["force"], "deadline": iso(said["deadline"]),
            "cap": {
                "share": f"{share.numerator}/{share.denominator}", "metric": cap["metric"], "per": cap["per"],
            } if cap else None,
            "also": pairs(said["also"]), "stated": pairs(by_strictness(self.stated)),
            "possible": pairs(by_strictness(self.possible)), "presumed": self.presumed,
            "assumed": [{"id": row["id"], "from": row["from"]} for row in self.p.assumed],
            "hidden": sorted(self.hidden), "rests_on": sorted(facets - {"none"}),
        }  # fmt: skip

    def _shown(self) -> list[int]:
        deciding, ids = (
            {line["rule"]["id"] for line in self.verdict["rules"]},
            [ln["rule"]["id"] for ln in self.p.lines],
        )
        rows = [
            n for n, line in enumerate(self.p.lines) if line["effect"] not in ("duty", "power")
            and any(kleene(line["reads"], truths) is not False for truths in self.there.values())
        ]  # fmt: skip
        return sorted(rows, key=lambda n: (ids[n] not in deciding, ids[n]))

    def _anywhere(self, number: int) -> Truth:
        """A rule's value in whichever part: it holds where it holds in one."""
        values = {finals[number] for finals in self.finals.values()}
        return True if True in values else None if None in values else False

    def _rule(self, number: int, line: Json) -> Json:
        rule, final = line["rule"], self._anywhere(number)
        parts = [
            part for part, truths in self.there.items()
            if self.finals[part][number] is final and kleene(line["reads"], truths) is not False
        ]  # fmt: skip
        finals, truths = self.finals[parts[0]], self.there[parts[0]]
        undone = [
            {"rule": other["rule"]["id"], "why": edge["why"], "value": WORDS[finals[place]]}
            for place in line["by"] if finals[place] is not False
            for other in (self.p.lines[place],) for edge in other["rule"]["defeats"] if edge["rule"] == rule["id"]
        ]  # fmt: skip
        out = brief(line, "defeated" if final is False else "holds" if final else "unknown")
        if line["effect"] in STEPS:
            out["outcome"] = self.p.outcome_of(line)
        out |= {"parts": parts} if len(parts) < len(self.there) else {}
        fold, inner = line["reads"]
        inner = [node for node in inner if len(node) != 3 or node[0] not in ("part", "activity")]
        return {
            **out, "effect": line["effect"], "until": iso(line["until"]), "valid": span(rule["valid"]),
            "known": iso(rule["known"].get("from")), "conditions": rule.get("conditions", []),
            "note": rule.get("note", ""), "assumed": line["assumed"], "defeated_by": undone,
            "when": self._tree((fold, inner), truths),
        }  # fmt: skip

    def _tree(self, node: Any, truths: dict[Atom, Truth]) -> Json:  # noqa: ANN401
        value = WORDS[kleene(node, truths)]
        if len(node) == 3:
            return self._atom(node, truths[node])
        if node[0] == "not":
            return {"not": self._tree(node[1], truths), "is": value}
        return {node[0]: [self._tree(part, truths) for part in node[1]], "is": value}

    def _atom(self, atom: Atom, truth: Truth) -> Json:
        (fact, op, wanted), values = atom, self.values[atom[0]]
        out = {
            "fact": fact, "op": op, "value": plain(wanted), "is": WORDS[truth],
            "found": None if values is None else plain(values), "presumed": values is None and truth is not None,
        }  # fmt: skip
        if op == "in-class":
            out["class"] = self.law.classes[wanted]["title"]
        for key, rows in (("evidence", self.evidence), ("conflict", self.conflicts)):
            if fact in rows:
                out[key] = [row["id"] for row in rows[fact]]
        return out

    def _listed(self, kind: str) -> list[Json]:
        return [
            brief(line, "listed") for n, line in enumerate(self.p.lines)
            if line["effect"] == kind and self._anywhere(n) is not False
        ]  # fmt: skip

    def _facts_that_matter(self) -> list[str]:
        return list(dict.fromkeys(atom[0] for atom in self.p.asked(self.there)))

    def _missing(self, fact: str) -> Json:
        of = self.law.attributes.get(fact)
        values: list[str] = list(CLOSED.get(fact, []))
        for _, op, value in self.p.atoms_by_fact[fact]:
            values += value if op == "in" else sorted(self.p.members[value])[:8] if op == "in-class" else []
        return {
            "fact": fact, "title": of["title"] if of else "context of the question",
            "obtainable": of.get("obtainable", []) if of else ["asker"], "values": list(dict.fromkeys(values))[:12],
        }  # fmt: skip

    def _hits(self, atom: Atom) -> list[tuple[Json, Json]]:
        """The members of a class of suppliers, operators or products that the question names, with the class."""
        if atom[1] != "in-class" or atom[0] not in WHO:
            return []
        rows = self.p.members[atom[2]]
        return [(self.law.classes[atom[2]], rows[value]) for value in self.values[atom[0]] or () if value in rows]

    def _evidence(self) -> Iterator[Json]:
        seen = set()
        for row in itertools.chain(*self.evidence.values(), *self.conflicts.values()):
            if row["id"] not in seen:
                seen.add(row["id"])
                yield {
                    "fact": row["id"], "attribute": row["attribute"], "value": plain(row["value"]),
                    "status": row.get("status", "fact"), "valid": span(row.get("valid", {})),
                    "known": iso(row.get("known", {}).get("from")), "synthetic": row.get("synthetic", False),
                    "source": brief_source(row["source"]),
                }  # fmt: skip
        for number in self._shown():
            for of, row in (hit for atom in atoms_of(self.p.lines[number]["reads"]) for hit in self._hits(atom)):
                if f"{of['id']}:{row['value']}" not in seen:
                    seen.add(f"{of['id']}:{row['value']}")
                    yield self._membership(of, row)

    def _membership(self, of: Json, row: Json) -> Json:
        own = row.get("source") == "case"
        source = None if own else self._source_of(of, row)
        return {
            "class": of["id"], "title": of["title"], "value": row["value"],
            "facet": self.law.facet(("supplier", "in-class", of["id"])), "valid": span(row.get("valid", {})),
            "at": row.get("at", ""), "synthetic": own, "source": brief_source(source) if source else None,
        }  # fmt: skip

    def _source_of(self, of: Json, row: Json) -> Json | None:
        taking_part = any(of["home"] is pack for pack in self.p.packs)
        return dict(of["home"]["sources"][row.get("source") or of["source"]]) if taking_part else None

    def _residual(self) -> Json | None:
        if self.p.residual is None:
            return None
        row, pack = self.p.residual
        early = self.p.on < row["from"]
        source = pack["sources"].get(row.get("source", ""))
        return {
            "outcome": row["outcome"], "why": row["why"], "from": iso(row["from"]), "before_its_source": early,
            "grade": "none" if early or source is None else source["grade"],
            "source": brief_source(source) if source else None,
        }  # fmt: skip

    def _sources(self, deciding: list[Json]) -> Json:
        paths = [list(self._supports(line)) for line in deciding]
        residual = self.p.residual
        if (
            not deciding
            and self.verdict["outcome"] in ("permitted", "no-rule")
            and residual
            and residual[0].get("source")
            and self.p.on >= residual[0]["from"]
        ):
            paths = [[[residual[1]["sources"][residual[0]["source"]]]]]
        best = [[min(group, key=grade) for group in path] for path in paths]
        chosen = min(best, key=lambda path: max(map(grade, path)), default=[])
        days = [source["read"]["on"] for source in chosen if "read" in source]
        return {
            "weakest": max((source["grade"] for source in chosen), key=GRADES.index, default="none"),
            "oldest_reading": iso(min(days, default=None)),
            "not_read": sum("read" not in source for source in chosen),
        }

    def _supports(self, line: Json) -> Iterator[list[Json]]:
        sources = line["pack"]["sources"]
        yield [sources[entry["source"]] for entry in line["rule"]["cite"]]
        for atom in atoms_of(line["reads"]):
            for of, row in self._hits(atom):
                source = None if row.get("source") == "case" else self._source_of(of, row)
                if source is not None:
                    yield [source]
            for row in self.evidence.get(atom[0], []):
                yield [row["source"]]


def iso(day: date | None) -> str:
    """A day as text, empty for none."""
    return str(day) if day else ""


def span(interval: Json) -> Json:
    """An interval as text."""
    return {"from": iso(interval.get("from")), "to": iso(interval.get("to"))}


def grade(source: Json) -> int:
    """How weak a source is."""
    return GRADES.index(source["grade"])


def pairs(rows: Iterable[Named]) -> list[Json]:
    """Outcomes with their force."""
    return [{"outcome": outcome, "force": force} for outcome, force in rows]


def by_strictness(rows: Iterable[Named]) -> list[Named]:
    """Least strict first."""
    return sorted(rows, key=lambda row: (STRICTNESS[row[0]], *row))


def brief(line: Json, value: str) -> Json:
    """What is said of a rule wherever it stands."""
    rule, of = line["rule"], line["of"]
    about = {key: of[key] for key in ("title", "authority", "addressee", "kind", "state")}
    cited = [{**brief_source(line["pack"]["sources"][c["source"]]), "at": c.get("at", "")} for c in rule["cite"]]
    return {
        "id": rule["id"], "value": value, "says": rule["says"], "force": of["force"], "instrument": about,
        "cite": cited, "pack": line["pack"]["id"],
    }  # fmt: skip


def brief_source(source: Json) -> Json:
    """What is said of a source wherever it stands."""
    read = source.get("read")
    return {
        "title": source["title"], "url": source["url"], "grade": source["grade"],
        "read": {"on": iso(read["on"]), "extent": read["extent"]} if read else None,
    }  # fmt: skip


def decide(law: Law, request: Json) -> Json:
    """The decision of a request (docs/evidence.md, question.json)."""
    asked = request["question"]
    days = (date.fromisoformat(asked["as_of"]), date.fromisoformat(asked["known_at"]))
    program = Program(law, asked["jurisdiction"], *days, request["assumed"])
    return Asked(program, asked, request["presume"], request["hidden"]).decision()
