"""Elements about which every rule reads the same on every day: one class, and one question that stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import polars as pl

from assay.decide.cells import Digit, collapse, pack_keys
from assay.decide.library import Library
from assay.decide.program import Program
from assay.model.decision import Truth
from assay.model.estate import CONTEXT_COLUMNS, ElementClass
from assay.model.expression import Atom, Operator
from assay.model.question import SINGLE_KEYS

__all__ = ["element_classes"]

_NAMES: Final = ("jurisdiction", "supplier", "part", "operator")
"""Columns that a report speaks of: different values never share a class."""


def element_classes(
    frame: pl.DataFrame, library: Library, programs: Iterable[Program], read: frozenset[str]
) -> tuple[pl.DataFrame, list[ElementClass]]:
    """Put elements together that no rule of these programs tells apart: the frame with a `class`, and the classes.

    `read` are the context keys that some rule reads; a key that none reads cannot make a difference and is left out.
    A class shows the least of the values that stand together in it. A product is told apart where a fact or a class
    names it.
    """
    every = list(programs)
    frame = _categorised(frame)
    found = [_named_digit(frame, name) for name in _NAMES]
    if "product" in frame.columns:
        found.append(_product_digit(frame, library))
    for column, key in CONTEXT_COLUMNS.items():
        if column in frame.columns and key in read and column != "operator":
            found.append(_context_digit(frame, every, column))
    found.reverse()  # the last digit of a key weighs most, so classes come in the order of the names
    keys = pack_keys(found)
    groups, elements = collapse(frame.lazy(), keys)
    cells = [digit.meaning[groups.select(keys.digit(n, digit.size)).to_series()] for n, digit in enumerate(found)]
    table = pl.concat([groups.select("size"), *cells], how="horizontal")
    ids = pl.Enum([f"c{number:04}" for number in range(1, table.height + 1)])
    classes = [_class(name, row) for name, row in zip(ids.categories, table.iter_rows(named=True), strict=True)]
    return frame.with_columns(elements.cat.to(ids).alias("class")), classes


def _categorised(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts of the columns that classes are made of as categories, `installed` as a day."""
    wanted = {*_NAMES, "product", *CONTEXT_COLUMNS}
    texts = [n for n, kind in frame.schema.items() if n in wanted and kind == pl.String]
    days = [pl.col(n).str.to_date() for n in texts if n == "installed"]
    kinds = {n: pl.Enum(frame[n].unique().drop_nulls().sort()) for n in texts if n != "installed"}
    return frame.with_columns(*days, *[pl.col(n).cast(kind) for n, kind in kinds.items()])


def _digit(frame: pl.DataFrame, column: str, stands: pl.Series) -> Digit:
    """A digit of a category column; `stands` gives for each category the value that stands for it."""
    shown = stands.unique().sort()
    cells = [None, *shown.to_list()]
    number = {value: cell for cell, value in enumerate(cells)}
    place = pl.col(column).to_physical().cast(pl.UInt32).fill_null(len(stands))
    meaning = pl.DataFrame({column: pl.Series(cells, dtype=stands.dtype)})
    return Digit((column,), place, (*[number[value] for value in stands], 0), len(cells), meaning)


def _categories(frame: pl.DataFrame, column: str) -> pl.Series:
    kind = frame.schema[column]
    return kind.categories if isinstance(kind, pl.Enum) else frame[column].unique().drop_nulls().sort()


def _named_digit(frame: pl.DataFrame, column: str) -> Digit:
    return _digit(frame, column, _categories(frame, column))


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


def _context_digit(frame: pl.DataFrame, programs: list[Program], column: str) -> Digit:
    key = CONTEXT_COLUMNS[column]
    readers = list(_readers(programs, key))
    if frame.schema[column] == pl.Date:
        return _dated_digit(frame, column, readers)
    texts = _categories(frame, column)
    least: dict[tuple[Truth, ...], str] = {}
    stands = []
    for text in texts:  # in order, so that the least of each kind comes first
        values = (text,) if key in SINGLE_KEYS else _several(text)
        stands.append(least.setdefault(tuple(program.truth(atom, values) for atom, program in readers), text))
    return _digit(frame, column, pl.Series(stands, dtype=pl.String))


def _dated_digit(frame: pl.DataFrame, column: str, readers: list[tuple[Atom, Program]]) -> Digit:
    """Days are told apart only at the days that rules name."""
    named = {atom.value for atom, _ in readers if isinstance(atom.value, date)}
    steps = sorted(named | {day + timedelta(days=1) for day in named})
    place = pl.lit(0, dtype=pl.UInt32)
    for step in steps:
        place = place + (pl.col(column) >= pl.lit(step)).cast(pl.UInt32)
    spans = frame.lazy().group_by(place.alias("#")).agg(pl.col(column).min()).collect(engine="streaming")
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
