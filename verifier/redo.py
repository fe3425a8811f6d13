"""A second engine for Assay's answers: standard library only, nothing of `assay`.

    python verifier/redo.py OUT.zip [OUT.zip ...]

It follows docs/semantics.md, docs/pack-format.md, docs/fact-format.md and the section Bundle of docs/evidence.md:
outcome, force, deadline, cap, `also`, deciding rules and both sets of outcomes are derived from a bundle's packs and
facts and compared with its decision; the reason tree is not. proof.py beside it checks containers to the byte.
Exit 0 same, 1 different, 2 members are withheld, 3 damaged, 64 no bundle given.
"""

from __future__ import annotations

import calendar
import hashlib
import itertools
import json
import sys
import tomllib
import zipfile
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

PARTS = ("core", "ran", "transport", "management")
ACTS = ("purchase", "install", "operate", "maintain")
CLOSED = {
    "generation": ("2G", "3G", "4G", "5G", "6G"),
    "funding": ("federal-procurement", "federal-subsidy", "private"),
    "prior-authorisation": ("yes", "no"),
    "existing-network": ("yes", "no"),
}
ONE_VALUE = {"supplier", "product", "operator", "installed", "prior-authorisation", "existing-network"}
STEPS = {
    "permit": "permitted", "condition": "permitted-with-conditions", "authorise": "authorisation-required",
    "cap": "capped", "phase-out": "phase-out-until", "prohibit": "prohibited",
}  # fmt: skip
ORDER = list(STEPS.values())
NOBODY = "\x00 a value that no rule names"
MOST = 200_000


def holds(span: dict[str, date] | None, day: date) -> bool:
    """Whether a day lies in a half-open interval."""
    span = span or {}
    return span.get("from", date.min) <= day and ("to" not in span or day < span["to"])


class Bundle:
    """What a bundle says: packs, classes and facts on the two days of its question."""

    def __init__(self, path: str) -> None:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        listed = {entry["name"]: entry["sha256"] for entry in manifest["members"]}
        if listed != {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}:
            raise ValueError("the members are not those of the manifest")
        self.files, self.withheld = files, manifest["withheld"]
        self.decision = json.loads(files["decision.json"])
        request = json.loads(files["question.json"])
        self.request, self.question = request, request["question"]
        self.on = date.fromisoformat(self.question["as_of"])
        self.known = date.fromisoformat(self.question["known_at"])

    def read(self) -> None:
        """Parse packs and facts; needs a bundle of which nothing is withheld."""
        self.packs = []
        for named in self.decision["packs"]:
            parts = [self._toml(f"packs/{named['id']}/{file}.toml") for file in ("pack", "classes", "rules")]
            plain = json.dumps(parts, default=str, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            if hashlib.sha256(plain.encode()).hexdigest() != named["digest"]:
                raise ValueError(f"pack {named['id']} has another digest than the decision says")
            self.packs.append({**parts[0], **parts[1], **parts[2]})
        case = self._toml("facts/case.toml")
        self.attributes = {a["id"]: a for a in self._toml("facts/attributes.toml").get("attribute", [])}
        for pack in self.packs:
            self.attributes.update({a["id"]: a for a in pack.get("attribute", [])})
        self.facts = [dict(f, id=f"case.{n:02}") for n, f in enumerate(case.get("fact", []), 1)]
        for name in self.files:
            if name.startswith("facts/suppliers/"):
                found = self._toml(name)
                self.facts += [{"supplier": found["supplier"], **f} for f in found.get("fact", [])]
        self.classes = {c["id"]: c for pack in self.packs for c in pack.get("class", [])}
        self.members = {key: self._on_the_day(c, case) for key, c in self.classes.items()}

    def _toml(self, name: str) -> dict[str, Any]:
        return tomllib.loads(self.files[name].decode()) if name in self.files else {}

    def _on_the_day(self, found: dict[str, Any], case: dict[str, Any]) -> set[str]:
        rows = [{"value": value} for value in found.get("members", [])] + found.get("member", [])
        rows += [m for m in case.get("membership", []) if m["class"] == found["id"]]
        return {row["value"] for row in rows if holds(row.get("valid"), self.on) and self._out(row)}

    def _out(self, row: dict[str, Any]) -> bool:
        start = row.get("known", {}).get("from") or row.get("valid", {}).get("from") or date.min
        return bool(start <= self.known)

    def values(self, fact: str) -> tuple[Any, ...] | None:
        """What is known of a fact: values, or None for unknown."""
        q = self.question
        if fact in ("supplier", "part", "activity"):
            return (q[fact],)
        if fact == "product":
            return (q["product"],) if q.get("product") else None
        if fact not in self.attributes:
            found = q["context"].get(fact)
            if found is None:
                return None
            return tuple(map(date.fromisoformat, found)) if fact == "installed" else tuple(found)
        if self.attributes[fact]["facet"] in self.request["hidden"]:
            return None
        if fact in q.get("given", {}):
            value = q["given"][fact]
            return (date.fromisoformat(value) if self.attributes[fact]["type"] == "date" else value,)
        return self._stated(fact)

    def _stated(self, fact: str) -> tuple[Any, ...] | None:
        who = {"supplier": [self.question["supplier"]], "product": [self.question.get("product", "")]}
        who["operator"] = self.question["context"].get("operator", [])
        rows = [
            f for f in self.facts if f["attribute"] == fact and f.get("status") != "allegation"
            and all(not f.get(key) or f[key] in names for key, names in who.items())
            and holds(f.get("valid"), self.on) and self._out(f)
        ]  # fmt: skip
        gone = {f.get("supersedes") for f in rows}
        rows = [f for f in rows if f["id"] not in gone]
        if not self.attributes[fact].get("many"):
            begun = [f.get("valid", {}).get("from", date.min) for f in rows]
            if len({f["value"] for f in rows}) > 1:
                rows = [f for f, start in zip(rows, begun, strict=True) if start == max(begun)]
            if len({f["value"] for f in rows}) > 1:
                return None
        return tuple(dict.fromkeys(f["value"] for f in rows)) or None


class Engine:
    """The rules in force for one question; truths are kept by atom."""

    def __init__(self, bundle: Bundle) -> None:
        self.b = bundle
        where = bundle.question["jurisdiction"]
        union = where in bundle.members.get("common:eu-members", ())
        self.rules: dict[str, dict[str, Any]] = {}
        self.meaning: dict[str, list[Any]] = {}
        self.presume: list[dict[str, Any]] = []
        for pack in bundle.packs:
            ours = pack["jurisdiction"] in ("*", where)
            if ours or (union and pack["jurisdiction"] == "EU"):
                self.presume += pack.get("presume", [])
                self._take(pack, ours)
        self.residual = self._left([p for p in bundle.packs if p["jurisdiction"] == where])
        self.atoms: dict[str, tuple[str, str, Any]] = {}
        for rule in self.rules.values():
            rule["reads"] = self._written_out(rule["reads"])
            rule["atoms"] = set(self._atoms(rule["reads"]))
        self.defeaters: dict[str, list[str]] = {}
        for key, rule in self.rules.items():
            for defeat in rule.get("defeats", []):
                self.defeaters.setdefault(defeat["rule"], []).append(key)

    def _take(self, pack: dict[str, Any], ours: bool) -> None:
        instruments = {i["id"]: i for i in pack.get("instrument", [])}
        for kind in ("rule", "duty", "power"):
            for rule in pack.get(kind, []):
                of = instruments[rule["instrument"]]
                until = self._in_force(pack, rule, of) if ours or of.get("directly") else False
                if until is False:
                    continue
                reads = self._scoped(rule)
                if rule.get("effect") == "define":
                    self.meaning.setdefault(rule["define"], []).append(reads)
                else:
                    self.rules[rule["id"]] = {**rule, "until": until, "force": of["force"], "reads": reads}

    def _in_force(self, pack: dict[str, Any], rule: dict[str, Any], of: dict[str, Any]) -> date | bool | None:
        """False without effect, else the last day or None."""
        for assumed in self.b.request["assumed"]:
            name, start = assumed["id"], date.fromisoformat(assumed["from"])
            if name in (rule["id"], f"{pack['id']}.{of['id']}") or rule["id"].startswith(name + "."):
                if self.b.on < start:
                    return False
                return _later(start, rule["until-months"]) if "until-months" in rule else rule.get("until")
        live = of["state"] in ("in-force", "superseded")
        if live and holds(rule["valid"], self.b.on) and holds(rule["known"], self.b.known):
            return rule.get("until")
        return False

    def _scoped(self, rule: dict[str, Any]) -> dict[str, Any]:
        scope = [
            {"fact": "part", "op": "in", "value": [*rule.get("part", PARTS), "any"]},
            {"fact": "activity", "op": "in", "value": rule.get("activity", ACTS)},
        ]
        return {"all": [*scope, rule["when"]] if "when" in rule else scope}

    def _left(self, packs: list[dict[str, Any]]) -> str:
        rows = sorted((r for p in packs for r in p.get("residual", [])), key=lambda r: r["from"])
        begun = [r for r in rows if r["from"] <= self.b.on]
        return (begun[-1] if begun else rows[0])["outcome"] if rows else "no-rule"

    def _written_out(self, node: dict[str, Any]) -> Any:  # noqa: ANN401  key, or fold and parts
        """A predicate over atom keys, with defined facts replaced by what defines them."""
        for fold in ("all", "any"):
            if fold in node:
                return (fold, [self._written_out(part) for part in node[fold]])
        if "not" in node:
            return ("not", self._written_out(node["not"]))
        if node["fact"] in self.meaning and node["op"] == "eq":
            inner = ("any", [self._written_out(part) for part in self.meaning[node["fact"]]])
            return inner if node["value"] is True else ("not", inner)
        key = json.dumps([node["fact"], node["op"], node["value"]], default=str)
        self.atoms[key] = (node["fact"], node["op"], node["value"])
        return key

    def _atoms(self, node: Any) -> list[str]:  # noqa: ANN401
        if isinstance(node, str):
            return [node]
        parts = [node[1]] if node[0] == "not" else node[1]
        return [key for part in parts for key in self._atoms(part)]

    def says(self, key: str, values: tuple[Any, ...]) -> bool | None:
        """What an atom says of known values."""
        _, op, wanted = self.atoms[key]
        if op == "in":
            return any(v in wanted for v in values)
        if op == "in-class":
            if any(v in self.b.members[wanted] for v in values):
                return True
            return False if self.b.classes[wanted]["closed"] else None
        compare = {"eq": "__eq__", "lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__"}[op]
        return any(getattr(v, compare)(wanted) is True for v in values)

    def facet(self, key: str) -> str:
        """What an atom rests on."""
        fact, op, value = self.atoms[key]
        if op == "in-class":
            found = self.b.classes[value]
            usual = "designation" if found["of"] in ("supplier", "operator", "product") else "none"
            return str(found.get("facet", usual))
        return str(self.b.attributes.get(fact, {}).get("facet", "none"))

    def truths(self) -> dict[str, bool | None]:
        """Every atom by what is known, without presumptions."""
        out: dict[str, bool | None] = {}
        for key, (fact, _, _) in self.atoms.items():
            values = self.b.values(fact)
            hidden = self.facet(key) in self.b.request["hidden"]
            out[key] = None if values is None or hidden else self.says(key, values)
        return out

    def presumed(self, plain: dict[str, bool | None]) -> dict[str, bool | None]:
        """Truths under the presumptions of packs and the burden of showing."""
        out, asked = dict(plain), self.b.question["part"]
        for p in self.presume:
            if self.b.values(p["key"]) is not None or asked not in (*p.get("part", PARTS), "any"):
                continue
            for key, (fact, op, value) in self.atoms.items():
                if fact == p["key"] and plain[key] is None:
                    if "value" in p:
                        truth = self.says(key, (p["value"],))
                    else:
                        truth = True if (op, value) == ("in-class", p["in-class"]) else None
                    out[key] = truth if truth is not None else out[key]
        for key, (fact, _, value) in self.atoms.items():
            if self.b.attributes.get(fact, {}).get("burden") and self.b.values(fact) is None and plain[key] is None:
                out[key] = value is False
        return out

    def finals(self, truths: dict[str, bool | None]) -> dict[str, bool | None]:
        """Every rule after defeats."""
        out: dict[str, bool | None] = {}

        def final(key: str) -> bool | None:
            if key not in out:
                value = kleene(self.rules[key]["reads"], truths)
                by = [final(other) for other in self.defeaters.get(key, ())] if value is not False else []
                out[key] = False if True in by else None if None in by else value
            return out[key]

        for key in self.rules:
            final(key)
        return out

    def outcome_of(self, rule: dict[str, Any]) -> str:
        """What a rule that holds gives."""
        if rule["effect"] == "phase-out" and rule["until"] and self.b.on > rule["until"]:
            return "prohibited"
        return STEPS[rule["effect"]]

    def verdict(self, finals: dict[str, bool | None]) -> dict[str, Any]:
        """Several rules at once: docs/semantics.md, Outcomes."""
        held = [self.rules[k] for k, v in finals.items() if v is True and self.rules[k].get("effect") in STEPS]
        pairs = {(self.outcome_of(r), r["force"]) for r in held if r["effect"] != "permit"}
        for force in ("binding", "advice"):
            strict = [r for r in held if r["force"] == force and r["effect"] != "permit"]
            free = [r for r in held if r["force"] == force and r["effect"] == "permit"]
            if strict and free:
                return _found("conflict-of-norms", force, strict + free, pairs)
            if strict:
                worst = max(map(self.outcome_of, strict), key=ORDER.index)
                deciding = [r for r in strict if self.outcome_of(r) == worst]
                ahead = [r["until"] for r in deciding if r["until"] and r["until"] >= self.b.on]
                found = _found(worst, force, deciding, pairs - {(worst, force)})
                found["deadline"] = str(min(ahead)) if ahead and worst != "prohibited" else ""
                shares = [Fraction(r["cap"]["share"]) for r in held if "cap" in r]
                found["cap"] = min(shares, default=None)
                return found
            if free and (force == "binding" or not pairs) and not any(r["effect"] != "permit" for r in held):
                return _found("permitted", "", free, pairs)
        return _found(self.residual, "", [], set())

    def outcomes(self, truths: dict[str, bool | None]) -> set[tuple[str, str]]:
        """The pairs that completions of the missing facts give."""
        found, stack, seen = set(), [truths], set()
        while stack:
            now = stack.pop()
            finals = self.finals(now)
            reads = self._open(finals)
            missing = [k for k in self.atoms if k in reads and now[k] is None]
            if not missing:
                verdict = self.verdict(finals)
                found.add((verdict["outcome"], verdict["force"]))
                continue
            fact = self.atoms[missing[0]][0]
            keys = [k for k in missing if self.atoms[k][0] == fact]
            for row in self._cells(fact, keys, now):
                child = {**now, **dict(zip(keys, row, strict=True))}
                mark = tuple(child.values())
                if mark not in seen:
                    seen.add(mark)
                    stack.append(child)
            if len(seen) > MOST:
                raise ValueError("too many completions for this simple engine")
        return found

    def _open(self, finals: dict[str, bool | None]) -> set[str]:
        """Atoms of unknown rules that could still change outcome or force, and of what could defeat these."""
        permits = any(v is not False and self.rules[k].get("effect") == "permit" for k, v in finals.items())

        def rank(key: str) -> tuple[bool, int]:
            return self.rules[key]["force"] == "binding", ORDER.index(self.outcome_of(self.rules[key]))

        deciding = [k for k in finals if self.rules[k].get("effect") in STEPS]
        floor = max((rank(k) for k in deciding if finals[k] and rank(k)[1]), default=(False, -1))
        stack = [k for k in deciding if finals[k] is None and (permits or rank(k) > floor)]
        wanted: set[str] = set()
        while stack:
            key = stack.pop()
            if key not in wanted:
                wanted.add(key)
                stack += [d for d in self.defeaters.get(key, ()) if finals[d] is None]
        return {atom for key in wanted for atom in self.rules[key]["atoms"]}

    def _cells(self, fact: str, keys: list[str], now: dict[str, bool | None]) -> set[tuple[bool, ...]]:
        if self.b.values(fact) is not None:  # known, but not whether it stands in an open list; or hidden
            return set(itertools.product((True, False), repeat=len(keys)))
        fixed = [k for k in self.atoms if self.atoms[k][0] == fact and now[k] is not None]
        rows = set()
        for value in self._candidates(fact):
            base = [self.says(k, (value,)) for k in (*keys, *fixed)]
            rows |= set(itertools.product(*[(True, False) if t is None else (t,) for t in base]))
        many = self.b.attributes[fact].get("many") if fact in self.b.attributes else fact not in ONE_VALUE
        if many:
            for row in list(rows):
                rows |= {tuple(a or b for a, b in zip(row, other, strict=True)) for other in rows}
        fits = {row for row in rows if list(row[len(keys) :]) == [now[k] for k in fixed]}
        return {row[: len(keys)] for row in fits or rows}

    def _candidates(self, fact: str) -> set[Any]:
        if fact in CLOSED:
            return set(CLOSED[fact])
        out: set[Any] = set()
        for key in self.atoms:
            of, op, value = self.atoms[key]
            if of == fact:
                out |= set(value) if op == "in" else self.b.members[value] if op == "in-class" else _around(value)
        return out if any(isinstance(v, bool | int | date) for v in out) else out | {NOBODY}

    def answer(self) -> dict[str, Any]:
        """The whole answer, in the names of the decision."""
        plain = self.truths()
        truths = self.presumed(plain) if self.b.request["presume"] else plain
        stated, possible = self.outcomes(truths), self.outcomes(plain)
        found = self.verdict(self.finals(truths))
        if len(stated) > 1:
            found = _found("unknown", "", [], set())
        elif (found["outcome"], found["force"]) not in stated:
            found = _found(*next(iter(stated)), [], set())
        return {**found, "stated": stated, "possible": possible}


def kleene(node: Any, truths: dict[str, bool | None]) -> bool | None:  # noqa: ANN401
    """Strong Kleene."""
    if isinstance(node, str):
        return truths[node]
    if node[0] == "not":
        value = kleene(node[1], truths)
        return None if value is None else not value
    stop = node[0] == "any"
    values = {kleene(part, truths) for part in node[1]}
    return stop if stop in values else None if None in values else not stop


def _found(outcome: str, force: str, rules: list[dict[str, Any]], also: set[tuple[str, str]]) -> dict[str, Any]:
    deciding = {rule["id"] for rule in rules}
    return {"outcome": outcome, "force": force, "deciding": deciding, "also": also, "deadline": "", "cap": None}


def _around(value: Any) -> set[Any]:  # noqa: ANN401
    if isinstance(value, bool):
        return {True, False}
    step = timedelta(days=1) if isinstance(value, date) else 1
    return {value - step, value, value + step}


def _later(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1])) - timedelta(days=1)


def differences(bundle: Bundle) -> list[str]:
    """Where the answer derived here is not the decision's."""
    mine, theirs = Engine(bundle).answer(), bundle.decision["answer"]

    def pairs(key: str) -> set[tuple[str, str]]:
        return {(row["outcome"], row["force"]) for row in theirs[key]}

    cap = Fraction(theirs["cap"]["share"]) if theirs["cap"] else None
    rows: list[tuple[str, Any, Any]] = [(key, mine[key], theirs[key]) for key in ("outcome", "force", "deadline")]
    rows += [(key, mine[key], pairs(key)) for key in ("also", "stated", "possible")]
    rows += [("cap", mine["cap"], cap), ("deciding", mine["deciding"], set(bundle.decision["deciding"]))]
    if bundle.decision["question"] != bundle.question:
        rows.append(("question", bundle.question, bundle.decision["question"]))
    return [f"{key}: {own} here, {other} in the decision" for key, own, other in rows if own != other]


def main(paths: list[str]) -> int:
    """Redo each bundle; the worst exit code counts."""
    worst = 0
    for path in paths:
        try:
            bundle = Bundle(path)
            if bundle.withheld:
                print(f"{path}: cannot be redone, members are withheld")
                worst = max(worst, 2)
                continue
            bundle.read()
            found = differences(bundle)
        except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
            print(f"{path}: damaged: {error}")
            worst = 3
            continue
        answer = bundle.decision["answer"]
        print(f"{path}: {answer['outcome']} {answer['force']}: " + ("; ".join(found) or "same"))
        worst = max(worst, 1 if found else 0)
    return worst if paths else 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
