"""Reads the figures of a plan: the shipped defaults, and plan.toml of a case laid over them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from assay.canon import digest
from assay.decide.toml import MISSING, Table, each, parse
from assay.errors import InputError
from assay.model.law import PARTS
from assay.plan.inputs import Budget, Coverage, Input, Inputs, Policy, Supply

__all__ = ["DEFAULTS", "PlanFile", "read_inputs"]

T = TypeVar("T")
DEFAULTS: Final = Path(__file__).parent.parent.parent / "plan" / "defaults.toml"


@dataclass(frozen=True)
class PlanFile:
    """What a case says about its plan besides figures."""

    inputs: Inputs
    horizon: date | None = None
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)
    planned: str = ""
    name: str = ""
    sha256: str = ""


def read_inputs(path: Path | None) -> PlanFile:
    """Defaults with `path` (plan.toml of a case) over them. Raises PackError with file and line, InputError (E0711)."""
    top = parse("defaults.toml", DEFAULTS.read_bytes()).top
    top.choice("schema", ("assay-plan-inputs/1",))
    shipped = Inputs({row.id: row for row in each(top.tables("input"), _figure)})
    top.done()
    if path is None:
        return PlanFile(shipped)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("E0500", f"cannot be read: {error.strerror}", where=str(path)) from error
    return replace(_case(parse(path.name, data).top, shipped), name=path.name, sha256=digest(data))


def _figure(table: Table) -> Input:
    return Input(
        table.take("id", str), table.take("title", str), table.take("value", int), table.take("low", int),
        table.take("high", int), table.take("unit", str), table.take("rises", bool), table.take("source", str),
        table.take("url", str), table.take("sponsor", str), _between(table.take("between", list)),
    )  # fmt: skip


def _between(ends: list[int]) -> tuple[int, int]:
    least, most = ends
    return least, most


def _case(top: Table, shipped: Inputs) -> PlanFile:
    top.choice("schema", ("assay-plan/1",))
    own = _once(top.tables("input"), "id", lambda table: _own(table, shipped))
    sizes = top.table("cluster")
    prices = _once(top.tables("price"), "supplier", _price)
    candidates = top.table("candidates")
    inputs = replace(
        shipped, figures={**shipped.figures, **own}, policy=_policies(top),
        budgets=tuple(each(top.tables("budget"), _budget)), coverage=tuple(each(top.tables("coverage"), _coverage)),
        supply=tuple(each(top.tables("supply"), _supply)), sizes=_sizes(sizes, shipped) if sizes else shipped.sizes,
        region=_within(top, "region", 1, 100_000, shipped.region), currency=_currency(top, shipped.currency),
    )  # fmt: skip
    found = PlanFile(
        inputs, top.take("horizon", date, None), _candidates(candidates), prices, top.take("planned", str, ""),
    )  # fmt: skip
    top.done()
    return found


def _once(tables: list[Table], key: str, read: Callable[[Table], T]) -> dict[str, T]:
    """Each table under its key, which no two share."""
    found: dict[str, T] = {}
    for table in tables:
        name = table.take(key, str)
        if name in found:
            table.fail(f"{key} `{name}` is stated twice", expected="one table for each", code="E0711")
        found[name] = read(table)
        table.done()
    return found


def _within(table: Table, key: str, least: int, most: int, default: object = MISSING) -> int:
    """A whole number between two others."""
    found = table.take(key, int, default)
    if not least <= found <= most:
        table.fail(f"`{key}` is {found:,}", expected=f"{least:,} to {most:,}", code="E0711")
    return found


def _currency(top: Table, default: str) -> str:
    found = top.take("currency", str, default)
    if not re.fullmatch(r"[A-Z]{3}", found):
        top.fail(f"`currency` is {found!r}", expected="three letters such as EUR (ISO 4217)", code="E0711")
    return found


def _price(table: Table) -> int:
    """A supplier's price in thousandths of the usual one."""
    return _within(table, "thousandths", 1, 10_000)


def _own(table: Table, shipped: Inputs) -> Input:
    """One figure of the case: the range is the figure itself where none is given, and its source must be named."""
    name = table.take("id", str)
    before = shipped.figures.get(name)
    if before is None:
        table.fail(f"no figure is called `{name}`", expected="one of " + ", ".join(shipped.figures), code="E0711")
    value = table.take("value", int)
    found = replace(
        before, value=value, low=table.take("low", int, value), high=table.take("high", int, value),
        source=table.take("source", str), url=table.take("url", str, ""), sponsor=table.take("sponsor", str, ""),
        own=True,
    )  # fmt: skip
    if not found.meant:
        least, most = before.between
        table.fail(
            f"{name}: low {found.low:,}, value {value:,}, high {found.high:,}",
            expected=f"{least:,} <= low <= value <= high <= {most:,} {before.unit}", code="E0711",
            remedy="mend the figure: a negative or absurd price would make any plan worthless",
        )  # fmt: skip
    return found


def _policies(top: Table) -> Policy:
    same = top.choice("element-managers", ("same-supplier", "any"), "same-supplier") == "same-supplier"
    table = top.table("policy")
    if table is None:
        return Policy(same_manager=same)
    found = Policy(
        table.take("follow-advice", bool, False), table.choice("authorisation", ("granted", "refused"), "granted"),
        table.choice("undetermined", ("closed", "open"), "closed"), same,
    )  # fmt: skip
    table.done()
    return found


def _sizes(table: Table, shipped: Inputs) -> dict[str, int]:
    found = {part: table.take(part, int, shipped.sizes[part]) for part in PARTS}
    table.done()
    if any(not 1 <= size <= 10_000 for size in found.values()):
        table.fail("a cluster size outside 1 to 10000", expected="elements in one cluster", code="E0711")
    return found


def _candidates(table: Table | None) -> dict[str, tuple[str, ...]]:
    if table is None:
        return {}
    found = {part: table.texts(part) for part in PARTS if part in table.values}
    table.done()
    return found


def _budget(table: Table) -> Budget:
    return Budget(
        _within(table, "year", 1900, 9999), _within(table, "most", 0, 10**12), table.take("operator", str, "")
    )  # fmt: skip


def _coverage(table: Table) -> Coverage:
    share = table.fraction("share")
    if share > 1:
        table.fail(f"share {share} of the people", expected="at most the whole: 1/1", code="E0711")
    return Coverage(table.take("by", date), share, table.take("operator", str), table.take("id", str))


def _supply(table: Table) -> Supply:
    found = Supply(
        table.take("supplier", str), _within(table, "sites", 0, 1_000_000), table.take("from", date, None),
        table.take("to", date, None),
    )  # fmt: skip
    if found.start and found.end and found.end <= found.start:
        table.fail(f"from {found.start} to {found.end}", expected="`to` after `from`", code="E0711")
    return found
