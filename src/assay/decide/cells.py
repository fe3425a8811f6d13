"""Columns to cells: what a column's values mean to a program, and the class key made of it.

Two values of a fact that no rule can tell apart stand in one cell. A class is one cell of every fact, so
an estate of millions of rows becomes a few thousand classes of equal questions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from assay.decide.bind import bind, read_day
from assay.decide.program import Program, Values, ordinal
from assay.model.decision import Truth
from assay.model.expression import Atom, Literal, Operator
from assay.model.fact import FactSet
from assay.model.question import ONE_VALUE, Question

__all__ = [
    "Digit",
    "Keys",
    "atom_name",
    "collapse",
    "digits",
    "known_name",
    "number_of",
    "one_key",
    "pack_keys",
    "reached",
]

_MOST: Final = 1 << 62
_FEW: Final = 1000
"""Categories of a column that are taken as they are declared, without a look at which of them occur."""
_TABLE: Final = 4096
"""Most entries of a look-up table that several digits share: it stays in the processor's nearest memory."""
_SLICE: Final = 1 << 20
"""Entries looked up at once."""
_NARROW: Final = (1 << 16) - 1
"""Entries of a column, the empty one apart, up to which two bytes hold the place of one."""
_NEAR: Final = 1 << 16
"""Days between the first and the last step up to which a table of days is made."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SUBJECT: Final = ("supplier", "product", "operator")
_TEXTS: Final = (pl.String, pl.Categorical, pl.Enum)
Cell = tuple[tuple[Values, ...], tuple[Truth, ...]]


@dataclass(frozen=True, slots=True)
class Digit:
    """One independent part of a class key: the place of each element in `lookup`, and what each cell means.

    `place` is None where every element stands in the first cell.
    """

    facts: tuple[str, ...]
    place: pl.Expr | None
    lookup: tuple[int, ...]
    size: int
    meaning: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Keys:
    """A class key as one or more integers; each digit is `column // stride % size`."""

    columns: tuple[pl.Expr, ...]
    places: tuple[tuple[str, int], ...]

    @property
    def names(self) -> list[str]:
        """The key's column names."""
        return list(dict.fromkeys(name for name, _ in self.places)) or ["k0"]

    def digit(self, number: int, size: int) -> pl.Expr:
        """The cell number of one digit, read back from the key."""
        name, stride = self.places[number]
        return (pl.col(name) // stride % size).cast(pl.UInt32)


def atom_name(number: int) -> str:
    """The column of an atom."""
    return f"a{number}"


def known_name(fact: str) -> str:
    """The column that says whether a fact has a value."""
    return f"known:{fact}"


def digits(program: Program, facts: FactSet, frame: pl.LazyFrame, hidden: frozenset[str]) -> tuple[Digit, ...]:
    """The digits of the key: one a column that the program reads, and one for the supplier with its product.

    A column named like an attribute replaces the facts at hand. Raises UsageError (E0110) for an `installed` that is
    no date.
    """
    schema = frame.collect_schema()
    sliced = [name for name in program.spans if name in program.attributes and name not in schema]
    subject = _subject_columns(program, facts, sliced, schema)
    out = [_subject_digit(program, facts, frame, hidden, subject, sliced)] if sliced else []
    joined = {"supplier", "product"} if sliced else set[str]()
    plain = [name for name in (*program.spans, "part") if name not in sliced and name not in joined]
    for fact in dict.fromkeys(plain):
        out.append(_column_digit(program, frame, schema, fact, hidden))
    return tuple(out)


def pack_keys(found: Sequence[Digit]) -> Keys:
    """Mixed-radix integers below 2^62, as few as hold all digits."""
    columns: list[pl.Expr] = []
    places: list[tuple[str, int]] = []
    here: list[tuple[Digit, int]] = []
    stride = 1
    for digit in found:
        if stride * digit.size > _MOST:
            columns.append(_key(here, len(columns)))
            here, stride = [], 1
        places.append((f"k{len(columns)}", stride))
        here.append((digit, stride))
        stride *= digit.size
    columns.append(_key(here, len(columns)))
    return Keys(tuple(columns), tuple(places))


def _key(found: Sequence[tuple[Digit, int]], number: int) -> pl.Expr:
    """One integer of the key. Neighbouring digits share a look-up table, so an element costs few look-ups."""
    told = [(d.place, d.lookup, stride) for d, stride in found if d.place is not None and d.size > 1]
    if not told:  # one cell says nothing
        return pl.repeat(0, pl.len(), dtype=pl.UInt64).alias(f"k{number}")
    value = pl.lit(0, dtype=pl.UInt64)
    index, table = pl.lit(0, dtype=pl.UInt16), [0]
    for place, lookup, stride in told:
        if len(table) * len(lookup) > _TABLE and len(table) > 1:
            value = value + pl.lit(pl.Series(table, dtype=pl.UInt64)).gather(index)
            table = [0]
        index = place if len(table) == 1 else _narrow(place) + _narrow(index) * len(lookup)
        table = [base + cell * stride for base in table for cell in lookup]
    if len(table) > 1:
        value = value + pl.lit(pl.Series(table, dtype=pl.UInt64)).gather(index)
    return value.alias(f"k{number}")


def _narrow(place: pl.Expr) -> pl.Expr:
    return place.cast(pl.UInt16)


def collapse(frame: pl.LazyFrame, keys: Keys) -> tuple[pl.DataFrame, pl.Series]:
    """Put elements of one key together: a row a class, and the class of each element.

    A row holds `class`, the key, `first` (row number of the first element) and `size`; rows come in order of the keys.
    """
    every = frame.select(*keys.columns).collect(engine="streaming")
    key = one_key(every, keys.names)
    counted = key.to_frame().lazy().with_row_index("first").group_by(key.name)
    groups = counted.agg(pl.col("first").min(), pl.len().alias("size")).sort(key.name).collect(engine="streaming")
    classes = groups.select(*every[keys.names][groups["first"]].get_columns(), "first", "size")
    del every  # of several columns only the one key is needed from here on
    return classes.with_row_index("class"), number_of(key, groups[key.name])


def one_key(frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """One whole number for the entries of each row in these columns of whole numbers, in the order of the entries."""
    out = frame[names[0]]
    for name in names[1:]:
        left, right = (number_of(column, column.unique().sort()) for column in (out, frame[name]))
        out = left.cast(pl.UInt64) * (len(frame) + 1) + right
    return out.alias("one")


def number_of(column: pl.Series, seen: pl.Series) -> pl.Series:
    """The place of each entry in a list of all that occur.

    A look-up keeps the order of rows; a join would have to be told to, and costs twice as much. It takes several
    times the memory of what it looks up, so a long column is looked up in slices.
    """
    places = pl.int_range(len(seen), dtype=pl.UInt32, eager=True)
    slices = [column.slice(start, _SLICE) for start in range(0, len(column) or 1, _SLICE)]
    return pl.concat([part.replace_strict(seen, places) for part in slices], rechunk=False)


def _column_digit(
    program: Program, frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], fact: str, hidden: frozenset[str]
) -> Digit:
    place, raws = _places(program, frame, schema[fact], fact) if fact in schema else (None, [])
    cells: dict[Cell, int] = {}
    _number(cells, program, (fact,), (None,), hidden)
    lookup = [_number(cells, program, (fact,), (_read(program, fact, raw),), hidden) for raw in raws]
    return Digit((fact,), place, tuple(lookup), len(cells), _meaning(program, (fact,), cells))


def _places(
    program: Program, frame: pl.LazyFrame, kind: pl.DataType, fact: str
) -> tuple[pl.Expr, list[Literal | None]]:
    """The place of each element in a list of raw entries that stand for all that occur; None is the empty cell.

    Flags, declared categories, days and whole numbers need no look at the data: rules tell days and numbers
    apart only at the values that they name.
    """
    column = pl.col(fact)
    if kind == pl.Boolean:
        return column.cast(pl.UInt8).fill_null(2), [False, True, None]
    if kind == pl.Date or kind.is_integer():
        steps = _steps(program, fact, dated=kind == pl.Date)
        return reached(column, steps).fill_null(len(steps) + 1), [_below(steps), *steps, None]
    raws = _distinct(frame, fact)
    small = pl.UInt16() if len(raws) < _NARROW else pl.UInt32()
    if isinstance(kind, _TEXTS):
        texts = pl.Enum([str(raw) for raw in raws])
        found = (column if kind == texts else column.cast(texts)).to_physical().cast(small)
    else:
        places = pl.Series(range(len(raws)), dtype=small)
        found = column.replace_strict(pl.Series(raws, dtype=kind), places, default=None, return_dtype=small)
    return found.fill_null(len(raws)), [*raws, None]


def _steps(program: Program, fact: str, *, dated: bool) -> list[int | date]:
    """The values, in order, from which on some atom may read otherwise than just before."""
    start, end = program.spans.get(fact, (0, 0))
    named = [atom.value for atom in program.atoms[start:end] if atom.op not in (Operator.IN, Operator.IN_CLASS)]
    numbers = {number + more for value in named for number in [ordinal(value)] for more in (0, 1)}
    return [date.fromordinal(number) if dated else number for number in sorted(numbers)]


def reached(column: pl.Expr, steps: Sequence[int | date]) -> pl.Expr:
    """How many of the steps each entry has reached, as UInt16; empty where the entry is."""
    numbers = [ordinal(step) for step in steps]
    if steps and isinstance(steps[0], date) and numbers[-1] - numbers[0] < _NEAR:
        # Days lie near each other: one look-up instead of a comparison a step.
        low, high = numbers[0] - 1, numbers[-1]
        table = pl.Series([bisect_right(numbers, day) for day in range(low, high + 1)], dtype=pl.UInt16)
        day = column.cast(pl.Int32) + _EPOCH
        return pl.lit(table).gather((day.clip(low, high) - low).cast(pl.UInt32))
    found = pl.when(column.is_not_null()).then(pl.lit(0, dtype=pl.UInt16)).otherwise(None)
    for step in steps:
        found = found + (column >= pl.lit(step)).cast(pl.UInt16)
    return found


def _below(steps: Sequence[int | date]) -> int | date:
    """An entry before the first step; any entry where there is none."""
    if not steps:
        return 0
    return steps[0] - timedelta(days=1) if isinstance(steps[0], date) else ordinal(steps[0]) - 1


def _subject_columns(
    program: Program, facts: FactSet, sliced: Sequence[str], schema: Mapping[str, pl.DataType]
) -> tuple[str, ...]:
    about_operators = any(fact.operator for fact in facts.facts if fact.attribute in sliced)
    return tuple(name for name in _SUBJECT[: 3 if about_operators else 2] if name in schema)


def _subject_digit(
    program: Program, facts: FactSet, frame: pl.LazyFrame, hidden: frozenset[str], columns: tuple[str, ...],
    sliced: Sequence[str],
) -> Digit:  # fmt: skip
    """Supplier and product facts, looked up once for every pair that occurs."""
    read = (*[name for name in ("supplier", "product") if name in program.spans], *sliced)
    cells: dict[Cell, int] = {}
    if not columns:
        _number(cells, program, read, _subject_values(program, facts, {}, read, hidden), hidden)
        return Digit(read, None, (0,), 1, _meaning(program, read, cells))
    texts = {name: sorted({str(raw) for raw in _distinct(frame, name)} | {""}) for name in columns}
    index = pl.lit(0, dtype=pl.UInt64)
    for name in columns:
        place = pl.col(name).cast(pl.String).fill_null("").cast(pl.Enum(texts[name])).to_physical().cast(pl.UInt64)
        index = index * pl.lit(len(texts[name]), dtype=pl.UInt64) + place
    pairs = frame.select(*[pl.col(name).cast(pl.String).fill_null("") for name in columns]).unique()
    seen = pairs.select(*columns, index.alias("#")).collect(engine="streaming").sort("#")
    lookup = [
        _number(cells, program, read, _subject_values(program, facts, row, read, hidden), hidden)
        for row in seen.iter_rows(named=True)
    ]
    places = pl.Series(range(len(lookup)), dtype=pl.UInt32)
    place = index.replace_strict(seen["#"], places, return_dtype=pl.UInt32)
    return Digit(read, place, tuple(lookup), len(cells), _meaning(program, read, cells))


def _subject_values(
    program: Program, facts: FactSet, row: Mapping[str, str], read: Sequence[str], hidden: frozenset[str]
) -> tuple[Values, ...]:
    operator = row.get("operator", "")
    question = Question(
        row.get("supplier", ""), "", "", program.jurisdiction, program.as_of, program.known_at, row.get("product", ""),
        {"operator": (operator,)} if operator else {},
    )  # fmt: skip
    values = bind(program, question, facts, hidden).values
    if not question.supplier:
        values["supplier"] = None
    return tuple(values.get(name) for name in read)


def _distinct(frame: pl.LazyFrame, column: str) -> list[Literal]:
    kind = frame.collect_schema()[column]
    if isinstance(kind, pl.Enum) and len(kind.categories) <= _FEW:
        return list(kind.categories)
    found = frame.select(pl.col(column).unique()).collect(engine="streaming")[column].drop_nulls()
    texts = found.cast(pl.String) if isinstance(found.dtype, _TEXTS) else found
    return list(texts.sort().to_list())


def _read(program: Program, fact: str, raw: Literal | None) -> Values:
    """What one entry of a column says: several texts joined by `|`; nothing for an empty one."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        return (raw,)
    if not raw:
        return None
    if fact == "installed":
        return tuple(read_day(text, "column `installed`") for text in raw.split("|"))
    attribute = program.attributes.get(fact)
    single = not attribute.many if attribute else fact in ONE_VALUE
    return (raw,) if single else tuple(raw.split("|"))


def _number(
    cells: dict[Cell, int], program: Program, facts: Sequence[str], values: tuple[Values, ...], hidden: frozenset[str]
) -> int:
    """The number of the cell in which these values stand; a new one where no cell before it means the same."""
    told = values if facts == ("part",) else tuple(None if value is None else () for value in values)
    truths = tuple(t for fact, value in zip(facts, values, strict=True) for t in _truths(program, fact, value, hidden))
    return cells.setdefault((told, truths), len(cells))


def _truths(program: Program, fact: str, values: Values, hidden: frozenset[str]) -> Iterable[Truth]:
    start, end = program.spans.get(fact, (0, 0))
    for atom in program.atoms[start:end]:
        yield None if _facet(program, atom) in hidden else program.truth(atom, values)


def _facet(program: Program, atom: Atom) -> str:
    if atom.op is Operator.IN_CLASS:
        return program.classes[str(atom.value)].of.facet
    return program.attributes[atom.fact].facet if atom.fact in program.attributes else "none"


def _meaning(program: Program, facts: Sequence[str], cells: Mapping[Cell, int]) -> pl.DataFrame:
    """One row a cell: whether each fact is known, the truth of each atom, and the part itself."""
    out: dict[str, pl.Series] = {}
    place = 0
    for which, fact in enumerate(facts):
        out[known_name(fact)] = pl.Series([told[which] is not None for told, _ in cells], dtype=pl.Boolean)
        start, end = program.spans.get(fact, (0, 0))
        for number in range(start, end):
            out[atom_name(number)] = pl.Series([row[place] for _, row in cells], dtype=pl.Boolean)
            place += 1
    if facts == ("part",):
        out["part"] = pl.Series(["|".join(map(str, told[0] or ())) for told, _ in cells], dtype=pl.String)
    return pl.DataFrame(out)
