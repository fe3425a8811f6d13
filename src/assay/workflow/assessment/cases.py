"""The declared cases: one TOML file a topic beside the checks, and examples beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from assay.decide.toml import Table, parse
from assay.errors import UsageError
from assay.model.assessment import Case, Clause, Example, Origin, Verdict

__all__ = ["DECLARATIONS", "EXAMPLES", "RECORDINGS", "case_of", "cases_for", "cover", "load_cases"]

DECLARATIONS: Final = Path(str(files("assay.checks").joinpath("cases")))
EXAMPLES: Final = Path(str(files("assay.checks").joinpath("examples")))
RECORDINGS: Final = Path(str(files("assay.checks").joinpath("recordings")))
_ANY: Final = "*"


@cache
def load_cases() -> tuple[Case, ...]:
    """Every declared case with its examples. Raises PackError with file and line, UsageError (E0640) for a stray id."""
    examples = _examples()
    out: list[Case] = []
    for path in sorted(DECLARATIONS.glob("*.toml")):
        out += _declared(path, examples)
    known = {case.id for case in out}
    if len(known) != len(out) or set(examples) - known:
        stray = sorted(set(examples) - known) or ["an id stands twice"]
        raise UsageError("E0640", f"examples or declarations do not fit: {stray[0]}", where=str(DECLARATIONS))
    return tuple(out)


def _examples() -> dict[str, list[Example]]:
    out: dict[str, list[Example]] = defaultdict(list)
    for path in sorted(EXAMPLES.glob("*.toml")):
        top = parse(path.name, path.read_bytes()).top
        top.choice("schema", ("assay-examples/1",))
        for table in top.tables("example"):
            out[table.take("case", str)].append(_example(table))
        top.done()
    return out


def _example(table: Table) -> Example:
    expect = Verdict(table.choice("expect", ("pass", "fail", "inconclusive", "not-applicable")))
    edits = tuple(table.take("edits", list, []))
    found = Example(
        expect, Origin(table.choice("origin", tuple(one.value for one in Origin))), table.take("recording", str),
        edits, table.take("settings", dict, {}), table.take("keys", str, "lab"), table.take("says", str, ""),
    )  # fmt: skip
    table.done()
    return found


def _declared(path: Path, examples: dict[str, list[Example]]) -> list[Case]:
    top = parse(path.name, path.read_bytes()).top
    top.choice("schema", ("assay-cases/1",))
    spec, functions = top.take("spec", str), top.texts("functions")
    source = top.take("coded_from", str)
    out = []
    for table in top.tables("clause"):
        clause = _clause(table, spec, functions, source)
        out += [_case(one, clause, examples) for one in table.tables("case")]
        table.done()
    top.done()
    return out


def _clause(table: Table, spec: str, functions: tuple[str, ...], source: str) -> Clause:
    return Clause(
        spec, table.take("clause", str), table.take("title", str), table.take("purpose", str),
        table.take("test_name", str, ""), functions, table.texts("points"), table.texts("preconditions"),
        table.texts("passes"), table.texts("fails"), table.texts("opens"), table.take("coded_from", str, source),
        table.texts("limits"), table.take("applies_if", str, ""),
    )  # fmt: skip


def _case(table: Table, clause: Clause, examples: dict[str, list[Example]]) -> Case:
    own = table.take("id", str)
    first, last = table.take("releases", list, [0, 0])
    found = Case(
        own, clause, table.take("provoke", str), table.take("passes", str), table.take("fails", str),
        table.take("check", str, ""), table.take("with", dict, {}), (first, last), table.take("void", str, ""),
        table.take("applies_if", str, ""), table.texts("needs"), table.take("by_hand", str, ""),
        table.take("decisive_from", int, 1), tuple(examples.get(own, ())),
    )  # fmt: skip
    table.done()
    return found


def cases_for(functions: Iterable[str], cases: Iterable[Case] | None = None) -> list[Case]:
    """The cases that speak of any of the network functions (all where none is named), general ones among them."""
    wanted = {one.upper() for one in functions}
    chosen = load_cases() if cases is None else cases
    known = {one for case in load_cases() for one in case.clause.functions}
    for one in sorted(wanted - known):
        raise UsageError(
            "E0641",
            f"no cases for a function {one!r}",
            where="--nf",
            expected="one of " + ", ".join(sorted(known - {_ANY})),
        )
    return [
        case for case in chosen if not wanted or _ANY in case.clause.functions or wanted & set(case.clause.functions)
    ]


def case_of(own: str) -> Case:
    """One case by its id. Raises UsageError (E0642)."""
    found = next((case for case in load_cases() if case.id == own), None)
    if found is None:
        near = [case.id for case in load_cases() if own and own in case.id][:5]
        raise UsageError("E0642", f"no case {own!r}", expected=", ".join(near), remedy="assay cases list")
    return found


def cover(cases: Iterable[Case]) -> dict[str, Any]:
    """Pairs of specification and clause with a check, by the best origin of a passing and a failing example."""
    pairs: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if case.check and not case.void and case.clause.spec[:1].isdigit():
            pairs[case.pair].append(case)
    rows = [{"spec": spec, "clause": clause, **_rests(held)} for (spec, clause), held in sorted(pairs.items())]
    count = {origin.value: sum(row["rests_on"] == origin.value for row in rows) for origin in Origin}
    firm = count["recorded"] + count["derived"]
    return {
        "schema": "assay-coverage/1",
        "pairs": len(rows),
        "recorded_or_derived": firm,
        "by_origin": count,
        "rows": rows,
    }


def _rests(held: list[Case]) -> dict[str, Any]:
    """The weaker of the best passing and the best failing example of the pair's cases; empty where one is missing."""
    order = list(Origin)
    best = {}
    for verdict in (Verdict.PASS, Verdict.FAIL):
        found = [order.index(one.origin) for case in held for one in case.examples if one.expect is verdict]
        best[verdict] = min(found, default=len(order))
    worst = max(best.values())
    incomplete = sorted(case.id for case in held if len({one.expect for one in case.examples}) < 3)
    return {
        "cases": [case.id for case in held], "rests_on": order[worst].value if worst < len(order) else "",
        "incomplete": incomplete,
    }  # fmt: skip
