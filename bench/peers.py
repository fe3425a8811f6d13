"""The row engines, each called once an element from Python.

`python bench/peers.py NAME POLICY.json ROWS.parquet COUNT RUNS` in the bench's own virtual environment prints one JSON
line: CPU seconds of each run, elements, digest of all rule values. Rows are plain dictionaries made before the clock
starts; what an engine needs per call is made inside it.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from images import Image, finals, image

Evaluate = Callable[[dict], tuple[Sequence[bool], Sequence[bool]]]


def name(fact: str) -> str:
    """A fact as an identifier that no engine reserves."""
    return "v_" + fact.replace("-", "_").replace(".", "_")


def infix(found: Image, const: Callable[[bool], str], var: str, listed: str) -> str:
    """CEL and Cedar differ in little: how a list is asked, how a negation is written."""
    match found:
        case ("and", parts):
            return "(" + " && ".join(infix(p, const, var, listed) for p in parts) + ")"
        case ("or", parts):
            return "(" + " || ".join(infix(p, const, var, listed) for p in parts) + ")"
        case ("const", value):
            return const(value)
        case ("in" | "out" as op, fact, values):
            body = listed.format(var=var + name(fact), values=json.dumps(list(values)))
            return body if op == "in" else f"!({body})"
        case (op, fact, day, sure):
            here = var + name(fact)
            ask = f"{here} < {day}" if op == "lt" else f"{here} >= {day}"
            if op == "lt":
                return f"({ask} && {here} != 0)" if sure else f"({ask})"
            return f"({ask})" if sure else f"({ask} || {here} == 0)"
    raise ValueError(found)


def cel(lines: Sequence[dict]) -> Evaluate:
    from cel_expr_python import cel as engine

    facts = {f: "INT" if f == "installed" else "STRING" for f in FACTS}
    env = engine.NewEnv(variables={name(f): getattr(engine.Type, kind) for f, kind in facts.items()})
    texts = [
        infix(image(line["reads"], sure), lambda v: str(v).lower(), "", "{var} in {values}")
        for sure in (True, False) for line in lines
    ]  # fmt: skip
    program = env.compile("[" + ", ".join(texts) + "]")
    half = len(lines)

    def evaluate(row: dict) -> tuple[Sequence[bool], Sequence[bool]]:
        found = program.eval(env.Activation({name(fact): value for fact, value in row.items()})).plain_value()
        return found[:half], found[half:]

    return evaluate


def cedar(lines: Sequence[dict]) -> Evaluate:
    import cedarpy

    texts = []
    for kind, sure in (("s", True), ("p", False)):
        for number, line in enumerate(lines):
            body = infix(image(line["reads"], sure), lambda v: str(v).lower(), "context.", "{values}.contains({var})")
            texts.append(f'@id("{kind}{number}")\npermit(principal, action, resource) when {{ {body} }};')
    policies = cedarpy.PolicySet.from_str("\n".join(texts))
    entities = cedarpy.Entities.from_json_str("[]")
    whole = {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'R::"r"'}
    total = len(lines)

    def evaluate(row: dict) -> tuple[Sequence[bool], Sequence[bool]]:
        request = {**whole, "context": {name(fact): value for fact, value in row.items()}}
        reasons = cedarpy.is_authorized(request, policies, entities).diagnostics.reasons
        sure, possible = [False] * total, [False] * total
        for reason in reasons:  # policies are numbered in the order of the text
            number = int(reason.removeprefix("policy"))
            if number < total:
                sure[number] = True
            else:
                possible[number - total] = True
        return sure, possible

    return evaluate


class Rego:
    """Prints images as Rego rules; an `or` becomes a rule with several bodies."""

    def __init__(self) -> None:
        self.rules: list[str] = []

    def body(self, found: Image) -> str:
        """A rule body that holds when the image does."""
        match found:
            case ("and", parts):
                return "; ".join(self.body(part) for part in parts)
            case ("or", parts):
                return self.helper(parts)
            case ("const", value):
                return str(value).lower()
            case ("in" | "out" as op, fact, values):
                quoted = ", ".join(json.dumps(v) for v in values)
                return {"in": "", "out": "not "}[op] + f"input.{name(fact)} in {{{quoted}}}"
            case ("zero", fact):
                return f"input.{name(fact)} == 0"
            case ("lt", fact, day, sure):
                here = f"input.{name(fact)}"
                return f"{here} < {day}; {here} != 0" if sure else f"{here} < {day}"
            case ("ge", fact, day, sure):
                late = f"input.{name(fact)} >= {day}"
                return late if sure else self.helper((("ge", fact, day, True), ("zero", fact)))
        raise ValueError(found)

    def helper(self, parts: Sequence[Image]) -> str:
        """The name of a rule with one body for each part."""
        place = len(self.rules)
        self.rules.append("")
        self.rules[place] = "\n".join(f"h{place} if {{ {self.body(part)} }}" for part in parts)
        return f"h{place}"


def rego(lines: Sequence[dict]) -> Evaluate:
    from regopy import Interpreter

    printer = Rego()
    heads = []
    for kind, sure in (("s", True), ("p", False)):
        for number, line in enumerate(lines):
            heads.append(f"{kind} contains {number} if {{ {printer.body(image(line['reads'], sure))} }}")
    engine = Interpreter()
    engine.add_module("p", "package p\nimport rego.v1\n" + "\n".join([*printer.rules, *heads]) + "\n")
    bundle = engine.build("x = [data.p.s, data.p.p]", [])
    total = len(lines)

    def evaluate(row: dict) -> tuple[Sequence[bool], Sequence[bool]]:
        engine.set_input({name(fact): value for fact, value in row.items()})
        output = engine.query_bundle(bundle)  # kept: its nodes live no longer than it does
        sure, possible = json.loads(output.binding("x").json())
        found = set(sure), set(possible)
        return [n in found[0] for n in range(total)], [n in found[1] for n in range(total)]

    return evaluate


ENGINES = {"cel-expr-python": cel, "cedarpy": cedar, "regopy": rego}
FACTS: list[str] = []


def main() -> None:
    which, policy, rows, count, runs = sys.argv[1:6]
    lines = json.loads(Path(policy).read_text(encoding="utf-8"))
    table = pl.read_parquet(rows).head(int(count))
    FACTS.extend(table.columns)
    evaluate = ENGINES[which](lines)
    data = table.to_dicts()
    spent, digest = [], ""
    for _ in range(int(runs)):
        begun = time.process_time()
        out = [finals(*evaluate(row), lines) for row in data]
        spent.append(time.process_time() - begun)
        digest = hashlib.sha256("\n".join(out).encode()).hexdigest()
    print(json.dumps({"engine": which, "elements": len(data), "cpu": spent, "digest": digest}))


if __name__ == "__main__":
    main()
