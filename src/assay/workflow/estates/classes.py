"""Elements about which every rule reads the same on every day: one class, and one question that stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

from assay.decide.cells import Digit, collapse, pack_keys
from assay.decide.library import Library
from assay.decide.program import Program
from assay.errors import InternalError
from assay.model.decision import Truth
from assay.model.estate import CONTEXT_COLUMNS, ElementClass
from assay.model.expression import Atom, Operator
from assay.model.question import SINGLE_KEYS
from assay.workflow.estates.caps import context_of_caps

__all__ = ["element_classes"]

_NAMES: Final = ("supplier", "part", "operator")
"""Columns that a report speaks of: different values never share a class, nor do jurisdictions."""


def element_classes(
    frame: pl.DataFrame, library: Library, programs: Mapping[str, Sequence[Program]]
) -> tuple[pl.DataFrame, list[ElementClass]]:  # fmt: skip
    """Put elements together that no rule tells apart: the frame with a `class`, and the classes.

    `programs` are the law of each jurisdiction of the frame on every day that matters (with `with_bases`, so that
    caps are read too). A context key that no rule of the jurisdiction reads makes no difference and is left out. A
    class shows the least of the values that stand together in it. A product is told apart where a fact or a class
    names it.
    """
    frame = _categorised(frame)
    common = [_named_digit(frame, name) for name in _NAMES]
    if "product" in frame.columns:
        common.append(_product_digit(frame, library))
    numbers = pl.zeros(frame.height, dtype=pl.UInt32, eager=True)
    tables: list[pl.DataFrame] = []
    for code in sorted(programs):
        mine = pl.col("jurisdiction").cast(pl.String) == code
        here = frame.lazy().filter(mine)
        found = [*common, *_context_digits(here, programs[code])]
        found.reverse()  # the last digit of a key weighs most, so classes come in the order of the names
        keys = pack_keys(found)
        groups, elements = collapse(here, keys)
        cells = [digit.meaning[groups.select(keys.digit(n, digit.size)).to_series()] for n, digit in enumerate(found)]
        first = sum(table.height for table in tables)
        tables.append(pl.concat([groups.select("size", pl.lit(code).alias("jurisdiction")), *cells], how="horizontal"))
        rows = frame.select(mine.arg_true()).to_series()
        numbers = numbers.scatter(rows, elements + first)
    found_classes = [row for table in tables for row in table.iter_rows(named=True)]
    ids = pl.Enum([f"c{number:04}" for number in range(1, len(found_classes) + 1)])
    classes = [_class(name, row) for name, row in zip(ids.categories, found_classes, strict=True)]
    return frame.with_columns(numbers.cat.to(ids).alias("class")), classes


def _context_digits(here: pl.LazyFrame, programs: Sequence[Program]) -> Iterator[Digit]:
    read = set().union(*(set(program.spans) | context_of_caps(program) for program in programs))
    names = here.collect_schema().names()
    for column, key in CONTEXT_COLUMNS.items():
        if column in names and key in read and column != "operator":
            yield _context_digit(here, programs, column)


def _categorised(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts of the columns that classes are made of as categories, `installed` as a day."""
    wanted = {*_NAMES, "jurisdiction", "product", *CONTEXT_COLUMNS}
    texts = [n for n, kind in frame.schema.items() if n in wanted and kind == pl.String]
    days = [pl.col(n).str.to_date() for n in texts if n == "installed"]
    kinds = {n: pl.Enum(frame[n].unique().drop_nulls().sort()) for n in texts if n != "installed"}
    return frame.with_columns(*days, *[pl.col(n).cast(kind) for n, kind in kinds.items()])


def _digit(column: str, stands: pl.Series) -> Digit:
    """A digit of a category column; `stands` gives for each category the value that stands for it."""
    shown = stands.unique().sort()
    cells = [None, *shown.to_list()]
    number = {value: cell for cell, value in enumerate(cells)}
    place = pl.col(column).to_physical().cast(pl.UInt32).fill_null(len(stands))
    meaning = pl.DataFrame({column: pl.Series(cells, dtype=stands.dtype)})
    return Digit((column,), place, (*[number[value] for value in stands], 0), len(cells), meaning)


def _categories(frame: pl.DataFrame | pl.LazyFrame, column: str) -> pl.Series:
    kind = frame.collect_schema()[column]
    if not isinstance(kind, pl.Enum):
        raise InternalError("E0023", f"column `{column}` holds no categories")
    return kind.categories


def _named_digit(frame: pl.DataFrame, column: str) -> Digit:
    return _digit(column, _categories(frame, column))


def _product_digit(frame: pl.DataFrame, library: Library) -> Digit:
    """Products that a fact or a list names stand for themselves, the others of a supplier for each other."""
    named = {fact.product for fact in library.facts.facts} | {
        member.value for found in library.classes.values() if found.of == "product" for member in found.members
    }
    suppliers, products = _categories(frame, "supplier"), _categories(frame, "product")
    pairs = frame.lazy().select("supplier", "product").unique().drop_nulls().collect(engine="streaming")
    least: dict[str, str] = {}
    for supplier, product in sorted(pairs.iter_rows()):
        if product not in named:
            least.setdefault(supplier, product)
    cells: dict[str | None, int] = {None: 0}
    table = [
        cells.setdefault(product if product in named else least.get(supplier, product), len(cells))
        for supplier in suppliers for product in (*products, None)
    ]  # fmt: skip
    place = pl.col("supplier").to_physical().cast(pl.UInt32) * (len(products) + 1) + (
        pl.col("product").to_physical().cast(pl.UInt32).fill_null(len(products))
    )
    meaning = pl.DataFrame({"product": pl.Series(list(cells), dtype=pl.String)})
    return Digit(("product",), place, tuple(table), len(cells), meaning)


def _context_digit(frame: pl.LazyFrame, programs: Sequence[Program], column: str) -> Digit:
    key = CONTEXT_COLUMNS[column]
    readers = list(_readers(programs, key))
    if frame.collect_schema()[column] == pl.Date:
        return _dated_digit(frame, column, readers)
    texts = _categories(frame, column)
    least: dict[tuple[Truth, ...], str] = {}
    stands = []
    for text in texts:  # in order, so that the least of each kind comes first
        values = (text,) if key in SINGLE_KEYS else _several(text)
        stands.append(least.setdefault(tuple(program.truth(atom, values) for atom, program in readers), text))
    return _digit(column, pl.Series(stands, dtype=pl.String))


def _dated_digit(frame: pl.LazyFrame, column: str, readers: list[tuple[Atom, Program]]) -> Digit:
    """Days are told apart only at the days that rules name."""
    named = {atom.value for atom, _ in readers if isinstance(atom.value, date)}
    steps = sorted(named | {day + timedelta(days=1) for day in named})
    place = pl.lit(0, dtype=pl.UInt32)
    for step in steps:
        place = place + (pl.col(column) >= pl.lit(step)).cast(pl.UInt32)
    spans = frame.group_by(place.alias("#")).agg(pl.col(column).min()).collect(engine="streaming")
    least: dict[tuple[Truth, ...], int] = {}
    cells, lookup = [None], [0] * (len(steps) + 2)
    for number, day in spans.drop_nulls().sort("#").iter_rows():
        truths = tuple(program.truth(atom, (day,)) for atom, program in readers)
        lookup[number] = least.setdefault(truths, len(cells))
        if lookup[number] == len(cells):
            cells.append(day.isoformat())
    meaning = pl.DataFrame({column: pl.Series(cells, dtype=pl.String)})
    return Digit((column,), place.fill_null(len(steps) + 1), tuple(lookup), len(cells), meaning)


def _readers(programs: Iterable[Program], key: str) -> Iterator[tuple[Atom, Program]]:
    """Every different way in which some program reads a fact: lists change from day to day."""
    seen: set[object] = set()
    for program in programs:
        start, end = program.spans.get(key, (0, 0))
        for atom in program.atoms[start:end]:
            listed = atom.op is Operator.IN_CLASS
            mark = (atom, frozenset(program.classes[str(atom.value)].members) if listed else None)
            if mark not in seen:
                seen.add(mark)
                yield atom, program


def _class(name: str, row: Mapping[str, object]) -> ElementClass:
    context = {
        CONTEXT_COLUMNS[c]: (str(v),) if CONTEXT_COLUMNS[c] in SINGLE_KEYS else _several(str(v))
        for c, v in row.items() if c in CONTEXT_COLUMNS and v is not None
    }  # fmt: skip
    return ElementClass(
        name, str(row["supplier"]), str(row.get("product") or ""), str(row["jurisdiction"]), str(row["part"]), context,
        int(str(row["size"])),
    )  # fmt: skip


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
