"""OpenFisca on the same policy: `python bench/peer_openfisca.py POLICY.json ROWS.parquet COUNT RUNS`.

openfisca-core is AGPL, so it runs here, in a process of its own, and nothing of Assay is imported. Facts are integer
inputs with 0 for unknown; each atom and rule is a variable of three values (0 false, 1 unknown, 2 true), each
atom computed once and cached by OpenFisca. Arrays are made before the clock starts; setting them as inputs is inside.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026-01"
ENTITY = build_entity("element", "elements", "an element", is_person=True)
Formula = Callable[[object, object], np.ndarray]


def name(fact: str) -> str:
    return "v_" + fact.replace("-", "_").replace(".", "_")


class Policy:
    """The policy as a tax-benefit system."""

    def __init__(self, lines: list[dict], codes: dict[str, dict[str, int]]) -> None:
        self.system = TaxBenefitSystem([ENTITY])
        self.codes, self.atoms, self.lines = codes, {}, lines
        for fact in [*codes, "installed"]:
            self.add(name(fact), None)
        for number, line in enumerate(lines):
            self.add(f"r{number}", self.rule(line))

    def add(self, key: str, formula: Formula | None) -> None:
        """Declare a variable; without a formula it is an input."""
        body = {"value_type": int, "entity": ENTITY, "definition_period": DateUnit.MONTH, "label": key}
        if formula is not None:
            body["formula"] = lambda entity, period: formula(entity, period)
        self.system.add_variable(type(key, (Variable,), body))

    def rule(self, line: dict) -> Formula:
        """A rule after defeats."""
        reads = self.build(line["reads"])

        def formula(entity: object, period: object) -> np.ndarray:
            value = reads(entity, period)
            for place in line["defeaters"]:
                value = np.minimum(value, 2 - entity(f"r{place}", period))
            return value

        return formula

    def build(self, tree: list) -> Formula:
        """A predicate; its atoms become variables."""
        match tree:
            case ["not", part]:
                inner = self.build(part)
                return lambda entity, period: 2 - inner(entity, period)
            case ["all" | "any" as op, *parts]:
                found = [self.build(part) for part in parts]
                fold = np.minimum if op == "all" else np.maximum

                def formula(entity: object, period: object) -> np.ndarray:
                    value = found[0](entity, period)
                    for part in found[1:]:
                        value = fold(value, part(entity, period))
                    return value

                return formula
        key = json.dumps(tree)
        if key not in self.atoms:
            self.atoms[key] = f"a{len(self.atoms)}"
            self.add(self.atoms[key], self.atom(tree))
        atom = self.atoms[key]
        return lambda entity, period: entity(atom, period)

    def atom(self, tree: list) -> Formula:
        """One atom by table or by comparison."""
        match tree:
            case ["in", fact, values, closed]:
                table = np.full(len(self.codes[fact]) + 1, 0 if closed else 1, dtype=np.int32)
                table[0] = 1
                for value in values:
                    if value in self.codes[fact]:
                        table[self.codes[fact][value]] = 2
                return lambda entity, period: table[entity(name(fact), period)]
            case [op, fact, day]:

                def formula(entity: object, period: object) -> np.ndarray:
                    days = entity(name(fact), period)
                    hit = days < day if op == "lt" else days >= day
                    return np.where(days == 0, 1, np.where(hit, 2, 0))

                return formula
        raise ValueError(tree)


def main() -> None:
    policy, rows, count, runs = sys.argv[1:5]
    lines = json.loads(Path(policy).read_text(encoding="utf-8"))
    table = pl.read_parquet(rows).head(int(count))
    codes = {
        fact: {text: n + 1 for n, text in enumerate(sorted(set(table[fact].unique()) - {""}))}
        for fact in table.columns if fact != "installed"
    }  # fmt: skip
    arrays = {
        fact: table[fact].replace_strict({"": 0, **codes[fact]}, return_dtype=pl.Int32).to_numpy() for fact in codes
    }
    arrays["installed"] = table["installed"].to_numpy().astype(np.int32)
    system = Policy(lines, codes).system
    spent, values = [], []
    for _ in range(int(runs)):
        begun = time.process_time()
        simulation = SimulationBuilder().build_default_simulation(system, count=table.height)
        for fact, array in arrays.items():
            simulation.set_input(name(fact), PERIOD, array)
        values = [simulation.calculate(f"r{number}", PERIOD) for number in range(len(lines))]
        spent.append(time.process_time() - begun)
    digests = hashlib.sha256()
    text = np.array([b"F", b"?", b"T"])
    for start in range(0, table.height, 100_000):
        part = np.stack([value[start : start + 100_000] for value in values], axis=1)
        digests.update(text[part].tobytes())
    print(
        json.dumps({"engine": "openfisca-core", "elements": table.height, "cpu": spent, "digest": digests.hexdigest()})
    )


if __name__ == "__main__":
    main()
