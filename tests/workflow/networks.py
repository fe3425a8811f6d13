"""A small network in Exampleland: one ban with a last day, one cap, one list that was not read in full."""

from __future__ import annotations

from pathlib import Path

from tests.worlds import HEAD

CLASSES = """
[[class]]
id = "xx:listed"
of = "supplier"
title = "listed suppliers"
closed = true
source = "s"
[[class]]
id = "xx:addressed"
of = "operator"
title = "addressed operators"
closed = false
source = "s"
"""
RULES = """
[[rule]]
id = "xx.core"
instrument = "act"
effect = "phase-out"
part = ["core"]
activity = ["operate"]
when = { fact = "supplier", op = "in-class", value = "xx:listed" }
valid = { from = 2024-01-01 }
known = { from = 2024-01-01 }
until = 2027-06-30
says = "ends listed suppliers in the core at the end of June 2027"
cite = [ { source = "s", at = "section 1" } ]
[[rule]]
id = "xx.new"
instrument = "act"
effect = "prohibit"
activity = ["install"]
when = { fact = "supplier", op = "in-class", value = "xx:listed" }
valid = { from = 2026-03-01 }
known = { from = 2024-01-01 }
says = "forbids to install listed suppliers"
cite = [ { source = "s", at = "section 2" } ]
[[rule]]
id = "xx.cap"
instrument = "act"
effect = "cap"
part = ["ran"]
activity = ["operate"]
when = { all = [ { fact = "supplier", op = "in-class", value = "xx:listed" },
                 { fact = "operator", op = "in-class", value = "xx:addressed" } ] }
valid = { from = 2024-01-01 }
known = { from = 2024-01-01 }
cap = { share = "1/2", metric = ["sites", "traffic"], per = ["operator"] }
says = "limits listed suppliers to one half"
cite = [ { source = "s", at = "section 3" } ]
"""
CASE = """schema = "assay-case/1"
title = "Exampleland <test>"
estate = "estate.csv"
jurisdictions = ["XX"]
synthetic = true
"""
FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = ["One"]
[[supplier]]
id = "supplier-north"
name = "Supplier North"
[[supplier]]
id = "supplier-south"
name = "Supplier South"
[[membership]]
class = "xx:listed"
value = "supplier-north"
says = "Supplier North is treated as listed by the act"
[[membership]]
class = "xx:addressed"
value = "One"
says = "One is treated as addressed"
"""
ESTATE = """element,operator,jurisdiction,site,lon,lat,part,supplier,traffic,contract_end
a,One,XX,s1,10.5,50.25,ran,Supplier North,30,
b,One,XX,s2,10.6,50.35,ran,Supplier North,30,
c,One,XX,s3,10.7,50.45,ran,Supplier South,70,
d,Two,XX,s4,10.8,50.55,ran,Supplier North,10,
e,Two,XX,s5,10.9,50.65,ran,Supplier South,10,
f,One,XX,s6,11.0,50.75,core,Supplier North,,2027-07-01
g,One,XX,s7,11.1,50.85,core,Supplier North,,2027-06-30
"""


def network(folder: Path, estate: str | bytes = ESTATE, name: str = "estate.csv") -> tuple[Path, tuple[Path, ...]]:
    """A case folder and the folder of its private law."""
    pack = folder / "laws" / "xx"
    pack.mkdir(parents=True)
    for file, text in (("pack.toml", HEAD), ("classes.toml", CLASSES), ("rules.toml", RULES)):
        (pack / file).write_text(text, encoding="utf-8")
    case = folder / "case"
    case.mkdir()
    (case / "case.toml").write_text(CASE.replace("estate.csv", name), encoding="utf-8")
    (case / "facts.toml").write_text(FACTS, encoding="utf-8")
    (case / name).write_bytes(estate.encode() if isinstance(estate, str) else estate)
    return case, (folder / "laws",)
