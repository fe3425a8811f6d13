"""Writes the vectors of canonical JSON and of decisions: small made-up law, a question, the decision's bytes.

    python vectors/make_decisions.py [FOLDER]

The law is drawn at random from a fixed seed, so that every kind of rule, fact and gap occurs; nothing in it is real.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from assay.canon import canonical
from assay.decide.library import check_library
from assay.errors import PackError
from assay.evidence.profile import parse_canonical
from assay.workflow.bundles.redo import library_of, read_law, redo

HERE = Path(__file__).resolve().parent
SEED, WORLDS, QUESTIONS = 20261128, 14, 4
DAYS = ("2019-01-01", "2020-01-01", "2021-06-30", "2023-01-01", "2027-01-01")
PACKS = ("common", "eu", "xx")
EFFECTS = ("permit", "condition", "authorise", "cap", "phase-out", "prohibit", "prohibit", "except")
ATTRIBUTES = """schema = "assay-attributes/1"
[[attribute]]
id = "supplier.seat"
type = "country"
facet = "origin"
title = "state of the seat"
[[attribute]]
id = "supplier.controlled-from"
type = "country"
many = true
facet = "ownership"
title = "state from which it is controlled"
[[attribute]]
id = "product.audited"
type = "bool"
facet = "technical"
title = "the product was audited"
obtainable = ["lab", "supplier"]
"""
HEAD = """schema = "assay-pack/1"
id = "{id}"
jurisdiction = "{where}"
title = "Made-up law of {where}"
coded = 2026-01-01
licence = "CC0-1.0"
[[source]]
id = "act"
title = "Act of {where}"
url = "https://law.example/{id}/act"
grade = "official-text"
read = {{ on = 2025-12-01, extent = "full" }}
[[source]]
id = "news"
title = "Newspaper of {where}"
url = "https://news.example/{id}"
grade = "press"
[[source]]
id = "notice"
title = "Notice of {where}"
url = "https://law.example/{id}/notice"
grade = "official-statement"
read = {{ on = 2025-11-03, extent = "excerpt" }}
"""
INSTRUMENT = """[[instrument]]
id = "{id}"
title = "{id} of {where}"
authority = "Ministry"
addressee = "operators"
force = "{force}"
kind = "{kind}"
state = "{state}"
directly = {directly}
"""
INSTRUMENTS = (
    ("statute", "binding", "statute", "in-force"), ("letter", "advice", "advice", "in-force"),
    ("old", "binding", "order", "superseded"), ("bill", "binding", "statute", "proposed"),
)  # fmt: skip
OWN = """[[attribute]]
id = "xx.permit"
type = "bool"
facet = "certification"
title = "a permit is held"
burden = true
obtainable = ["authority"]
[[attribute]]
id = "xx.critical"
type = "bool"
facet = "derived"
title = "the function is critical"
[[attribute]]
id = "xx.staff"
type = "int"
facet = "transparency"
title = "how many people answer for it"
[[attribute]]
id = "xx.since"
type = "date"
facet = "contract"
title = "day of the contract"
[[not-encoded]]
event = "XX-99"
reason = "a speech: no effect"
"""
CLASSES = """[[class]]
id = "xx:listed"
of = "supplier"
title = "listed suppliers"
closed = true
source = "notice"
[[class.member]]
value = "north"
valid = { from = 2020-01-01, to = 2027-01-01 }
at = "line 1"
[[class.member]]
value = "south"
valid = { from = 2021-01-01 }
known = { from = 2022-01-01 }
source = "act"
[[class]]
id = "xx:doubtful"
of = "supplier"
title = "suppliers under doubt"
closed = false
source = "news"
facet = "conduct"
members = ["south", "west"]
[[class]]
id = "xx:operators"
of = "operator"
title = "public operators"
closed = false
source = "act"
members = ["Alpha"]
[[class]]
id = "xx:zones"
of = "zone"
title = "zones near borders"
closed = true
source = "act"
members = ["border", "coast"]
[[class]]
id = "xx:friends"
of = "country"
title = "friendly states"
closed = true
source = "act"
members = ["AA", "BB"]
"""
UNION = """[[class]]
id = "common:eu-members"
of = "country"
title = "member states"
closed = true
source = "act"
members = ["XX"]
"""


class Drawn:
    """One world drawn from a seed: the members of a bundle that hold its law and facts."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        union = self.dice.random() < 0.6
        self.files = {
            "facts/attributes.toml": ATTRIBUTES, "facts/suppliers/north.toml": self._facts(),
            "packs/common/pack.toml": HEAD.format(id="common", where="*") + self._presumptions(),
            "packs/common/classes.toml": UNION if union else UNION.replace('"XX"', '"YY"'),
            "packs/eu/pack.toml": HEAD.format(id="eu", where="EU") + self._instruments("eu", "EU"),
            "packs/eu/rules.toml": self._rules("eu", self.dice.randint(2, 4)),
            "packs/xx/pack.toml": HEAD.format(id="xx", where="XX") + self._instruments("xx", "XX") + OWN
            + self._residuals(),
            "packs/xx/classes.toml": CLASSES, "packs/xx/rules.toml": self._rules("xx", self.dice.randint(5, 9)),
        }  # fmt: skip

    def _some(self, values: tuple[str, ...], most: int = 3) -> str:
        return json.dumps(sorted(self.dice.sample(values, self.dice.randint(1, min(most, len(values))))))

    def _interval(self) -> str:
        start, end = sorted(self.dice.sample(range(len(DAYS)), 2))
        to = f", to = {DAYS[end]}" if self.dice.random() < 0.3 else ""
        return f"{{ from = {DAYS[start]}{to} }}"

    def _instruments(self, pack: str, where: str) -> str:
        rows = []
        for name, force, kind, state in INSTRUMENTS:
            direct = "true" if pack == "eu" and self.dice.random() < 0.5 else "false"
            rows.append(INSTRUMENT.format(id=name, where=where, force=force, kind=kind, state=state, directly=direct))
        return "".join(rows)

    def _presumptions(self) -> str:
        rows = ['[[presume]]\nkey = "generation"\nvalue = "5G"\nwhy = "the question is about 5G"\n']
        rows.append('[[presume]]\nkey = "operator"\nin-class = "xx:operators"\nwhy = "it binds public operators"\n')
        rows.append('[[presume]]\nkey = "zone"\nvalue = "inland"\npart = ["core"]\nwhy = "cores stand inland"\n')
        return "".join(self.dice.sample(rows, self.dice.randint(1, 3)))

    def _residuals(self) -> str:
        first = (
            '[[residual]]\noutcome = "permitted"\nfrom = 2020-01-01\nwhy = "what is not forbidden"\nsource = "news"\n'
        )
        later = '[[residual]]\noutcome = "no-rule"\nfrom = 2023-01-01\nwhy = "silence"\n'
        return first + (later if self.dice.random() < 0.4 else "")

    def _facts(self) -> str:
        rows = ['schema = "assay-facts/1"\nsupplier = "north"\nname = "Supplier North"\n[[source]]\nid = "register"\n'
                'title = "Register"\nurl = "https://register.example/north"\ngrade = "official-text"\n'
                '[[source]]\nid = "paper"\ntitle = "Paper"\nurl = "https://news.example/north"\ngrade = "press"\n'
                "read = { on = 2025-10-01, extent = \"opening\" }\n"]  # fmt: skip
        for number in range(self.dice.randint(2, 6)):
            attribute, value = self.dice.choice(
                (("supplier.seat", '"AA"'), ("supplier.seat", '"CC"'), ("supplier.controlled-from", '"BB"'),
                 ("supplier.controlled-from", '"CC"'), ("product.audited", "true"), ("product.audited", "false"))
            )  # fmt: skip
            row = f'[[fact]]\nid = "north.{number:02}"\nattribute = "{attribute}"\nvalue = {value}\n'
            row += f'source = "{self.dice.choice(("register", "paper"))}"\nknown = {{ from = {DAYS[1]} }}\n'
            row += f"valid = {self._interval()}\n" if self.dice.random() < 0.8 else ""
            row += 'product = "p1"\n' if attribute.startswith("product") and self.dice.random() < 0.5 else ""
            row += 'status = "allegation"\n' if self.dice.random() < 0.15 else ""
            row += f'supersedes = "north.{number - 1:02}"\n' if number and self.dice.random() < 0.2 else ""
            rows.append(row)
        return "".join(rows)

    def _atom(self, pack: str) -> str:
        shared = [
            '{ fact = "supplier.seat", op = "in", value = ["AA", "DD"] }',
            '{ fact = "supplier.controlled-from", op = "in", value = ["BB", "CC"] }',
            '{ fact = "product.audited", op = "eq", value = true }',
            f'{{ fact = "generation", op = "in", value = {self._some(("4G", "5G", "6G"))} }}',
            f'{{ fact = "function", op = "in", value = {self._some(("AMF", "SMF", "gNB"))} }}',
            '{ fact = "funding", op = "in", value = ["federal-subsidy"] }',
            '{ fact = "prior-authorisation", op = "in", value = ["yes"] }',
            f'{{ fact = "installed", op = "{self.dice.choice(("lt", "ge"))}", value = {self.dice.choice(DAYS)} }}',
        ]
        own = [
            '{ fact = "supplier", op = "in-class", value = "xx:listed" }',
            '{ fact = "supplier", op = "in-class", value = "xx:doubtful" }',
            '{ fact = "operator", op = "in-class", value = "xx:operators" }',
            '{ fact = "zone", op = "in-class", value = "xx:zones" }',
            '{ fact = "supplier.seat", op = "in-class", value = "xx:friends" }',
            f'{{ fact = "xx.permit", op = "eq", value = {self.dice.choice(("true", "false"))} }}',
            f'{{ fact = "xx.staff", op = "{self.dice.choice(("lt", "gt", "le", "ge", "eq"))}", value = 3 }}',
            f'{{ fact = "xx.since", op = "{self.dice.choice(("lt", "gt"))}", value = {self.dice.choice(DAYS)} }}',
            f'{{ fact = "xx.critical", op = "eq", value = {self.dice.choice(("true", "false"))} }}',
        ]
        return self.dice.choice(shared + own if pack == "xx" else shared)

    def _tree(self, pack: str, depth: int) -> str:
        fold = self.dice.choice(("all", "any", "not", "atom", "atom")) if depth else "atom"
        if fold == "atom":
            return self._atom(pack)
        if fold == "not":
            return f"{{ not = {self._tree(pack, depth - 1)} }}"
        parts = ", ".join(self._tree(pack, depth - 1) for _ in range(self.dice.randint(1, 3)))
        return f"{{ {fold} = [ {parts} ] }}"

    def _rules(self, pack: str, count: int) -> str:
        rows = [self._rule(pack, number) for number in range(count)]
        if pack == "xx":
            body = self._common(pack, "define", "statute")
            body += f"part = {self._some(('core', 'ran'))}\n" if self.dice.random() < 0.5 else ""
            rows.append(f'[[rule]]\neffect = "define"\ndefine = "xx.critical"\n{body}when = {self._safe_tree()}\n')
            rows += [
                f"[[duty]]\n{self._common(pack, 'duty', 'statute')}",
                f"[[power]]\n{self._common(pack, 'power', 'letter')}{self._ends('xx.duty')}",
                f"[[duty]]\n{self._common(pack, 'later', 'statute')}{self._ends('xx.power')}",
            ]
        return "".join(rows)

    def _ends(self, listed: str) -> str:
        """Now and then a later text that ends a duty or a power, in some part or in all."""
        if self.dice.random() < 0.5:
            return ""
        part = f"part = {self._some(('core', 'ran', 'transport', 'management'))}\n" if self.dice.random() < 0.5 else ""
        return f'{part}defeats = [ {{ rule = "{listed}", why = "lex posterior" }} ]\n'

    def _safe_tree(self) -> str:
        return f'{{ any = [ {{ fact = "function", op = "in", value = ["AMF", "SMF"] }}, {self._tree("eu", 1)} ] }}'

    def _common(self, pack: str, name: str, instrument: str) -> str:
        cites = ", ".join(
            f'{{ source = "{source}", at = "section {self.dice.randint(1, 9)}" }}'
            for source in self.dice.sample(("act", "news", "notice"), self.dice.randint(1, 2))
        )
        known = self.dice.choice(DAYS[:3])
        return (
            f'id = "{pack}.{name}"\ninstrument = "{instrument}"\nsays = "{name} of {pack}"\ncite = [ {cites} ]\n'
            f"valid = {self._interval()}\nknown = {{ from = {known} }}\n"
        )

    def _rule(self, pack: str, number: int) -> str:
        dice = self.dice
        effect = dice.choice(EFFECTS if number else EFFECTS[:-1])
        instrument = dice.choice(("statute", "statute", "letter", "old", "bill"))
        out = f'[[rule]]\neffect = "{effect}"\n' + self._common(pack, f"r{number}", instrument)
        if dice.random() < 0.5:
            out += f"part = {self._some(('core', 'ran', 'transport', 'management'))}\n"
        if dice.random() < 0.4:
            out += f"activity = {self._some(('purchase', 'operate', 'supply-components'))}\n"
        if dice.random() < 0.85:
            out += f"when = {self._tree(pack, 3)}\n"
        out += {"phase-out": f"until = {dice.choice(DAYS[1:])}\n", "cap": self._cap()}.get(effect, "")
        if effect == "except" or (number and dice.random() < 0.3):
            why = dice.choice(("lex specialis", "lex posterior", "court stay"))
            out += f'defeats = [ {{ rule = "{pack}.r{dice.randrange(number)}", why = "{why}" }} ]\n'
        out += 'conditions = ["a risk analysis", "a plan"]\n' if dice.random() < 0.3 else ""
        return out + ('note = "a reading, not the text"\n' if dice.random() < 0.3 else "")

    def _cap(self) -> str:
        share = self.dice.choice(("35/100", "1/2", "0/1"))
        until = f"until = {self.dice.choice(DAYS[2:])}\n" if self.dice.random() < 0.5 else ""
        return f'cap = {{ share = "{share}", metric = ["sites"], per = ["operator"] }}\n{until}'

    def request(self) -> dict[str, Any]:
        """A question about this world, as question.json holds it."""
        dice, context = self.dice, {}
        for key, values in (
            ("generation", ("4G", "5G")), ("function", ("AMF", "gNB", "UPF")), ("zone", ("border", "inland")),
            ("operator", ("Alpha", "Beta")), ("installed", DAYS), ("funding", ("private", "federal-subsidy")),
            ("prior-authorisation", ("yes", "no")),
        ):  # fmt: skip
            if dice.random() < 0.3:
                several = key in ("generation", "function", "zone") and dice.random() < 0.3
                context[key] = sorted(dice.sample(values, 2)) if several else [dice.choice(values)]
        asked = {
            "supplier": dice.choice(("north", "north", "south", "west")), "part": dice.choice(("core", "ran", "any")),
            "activity": dice.choice(("purchase", "purchase", "operate", "supply-components")), "jurisdiction": "XX",
            "as_of": dice.choice(DAYS[1:]), "known_at": dice.choice(("2020-06-01", "2026-01-01", "2026-01-01")),
            "context": dict(sorted(context.items())),
        }  # fmt: skip
        if dice.random() < 0.4:
            asked["product"] = "p1"
        if dice.random() < 0.3:
            asked["given"] = {"xx.since": "2020-06-01", "xx.staff": 3}
        return {
            "schema": "assay-bundle-question/1", "question": asked, "presume": dice.random() < 0.75,
            "hidden": ["origin"] if dice.random() < 0.2 else [],
            "assumed": [{"id": "xx.bill", "from": "2021-01-01"}] if dice.random() < 0.3 else [], "case_facts": "",
        }  # fmt: skip


def decision_of(files: dict[str, str], request: dict[str, Any]) -> bytes:
    """The decision's canonical bytes, by the first engine."""
    members = {name: text.encode() for name, text in files.items()}
    law = read_law(members, [{"id": name, "private": False} for name in PACKS])
    library = library_of(members, law, request["case_facts"])
    check_library(library)
    return canonical(redo(library, request))


def drawn_worlds(seed: int = SEED, count: int = WORLDS) -> Iterator[Drawn]:
    """As many worlds as are wanted, those left out whose draw breaks a rule of the pack format."""
    found = 0
    while found < count:
        seed += 1
        world = Drawn(seed)
        try:
            decision_of(world.files, Drawn(seed).request())
        except PackError:
            continue
        found += 1
        yield world


def decisions() -> dict[str, Any]:
    """Worlds and the cases asked of them."""
    worlds, cases = {}, []
    for number, world in enumerate(drawn_worlds(), 1):
        name = f"w{number:02}"
        worlds[name] = world.files
        for _ in range(QUESTIONS):
            request = world.request()
            data = decision_of(world.files, request)
            packs = [{"id": pack, "private": False} for pack in PACKS]
            cases.append({
                "world": name, "packs": packs, "request": request, "decision": data.decode(),
                "sha256": sha256(data).hexdigest(), "ok": True,
            })  # fmt: skip
    return {"source": "docs/semantics.md, docs/pack-format.md, docs/fact-format.md", "worlds": worlds, "cases": cases}


def canonical_cases() -> Iterator[dict[str, Any]]:
    """Values with their canonical bytes, and bytes that no value has."""
    values: list[Any] = [
        None, True, False, 0, -1, 2**53 - 1, -(2**53) + 1, "", "a\"b\\c/d", "\b\t\n\f\r\x00\x1f\x7f", "é€𝄞\u2028",
        [], {}, [1, [2, []]], {"b": 1, "a": {"d": [], "c": None}},
        {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
    ]  # fmt: skip
    for value in values:
        data = canonical(value)
        assert parse_canonical(data) == value
        yield {"value": value, "bytes": data.hex(), "ok": True}
    for text in (
        '{"b":1,"a":2}', '{"a":1,"a":1}', '{ "a":1}', "1.0", "1e3", "9007199254740992", '"\\u0061"', '"\\/"', "[1,]",
        "NaN", "-0", "01", '"\\ud800"', "[" * 65 + "]" * 65, '{"\U0001f600":5,"\ufb33":3} ',
        '{"\ufb33":3,"\U0001f600":5}', "",
    ):  # fmt: skip
        yield {"bytes": text.encode("utf-8", "surrogatepass").hex(), "ok": False}


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    folder = parser.parse_args().folder
    values = {"source": "RFC 8785 without floats; docs/evidence.md", "cases": list(canonical_cases())}
    for name, value in (("canonical", values), ("decisions", decisions())):
        text = json.dumps(
            {"generator": "vectors/make_decisions.py", **value}, indent=1, sort_keys=True, ensure_ascii=True
        )
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
