"""Columns to cells: keys and steps mean the same however they are reckoned."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.decide.cells import Keys, collapse, number_of, one_key, reached

WORDS = st.integers(0, 2**62)
DAYS = st.dates(date(1, 1, 2), date(9999, 12, 30))


@given(st.lists(st.tuples(WORDS, st.integers(0, 3), WORDS), min_size=1, max_size=40))
def test_one_key_orders_rows_as_their_words_do(rows):
    frame = pl.DataFrame(rows, schema={"k0": pl.UInt64, "k1": pl.UInt64, "k2": pl.UInt64}, orient="row")
    key = one_key(frame, ["k0", "k1", "k2"])
    places = {row: place for place, row in enumerate(sorted(set(rows)))}
    assert number_of(key, key.unique().sort()).to_list() == [places[row] for row in rows]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
def test_elements_of_one_key_stand_in_one_class(rows):
    frame = pl.LazyFrame(rows, schema={"a": pl.UInt64, "b": pl.UInt64}, orient="row")
    keys = Keys((pl.col("a").alias("k0"), pl.col("b").alias("k1")), (("k0", 1), ("k1", 1)))
    classes, elements = collapse(frame, keys)
    shown = classes.select("k0", "k1").rows()
    assert shown == sorted(set(rows))
    assert [shown[place] for place in elements] == rows
    assert classes["first"].to_list() == [rows.index(row) for row in shown]
    assert classes["size"].to_list() == [rows.count(row) for row in shown]


@given(st.lists(DAYS, max_size=6, unique=True), st.lists(st.none() | DAYS, max_size=20))
def test_days_reach_the_steps_that_lie_before_them(steps, days):
    _reaches(sorted(steps), days, pl.Date())


@given(DAYS, st.sets(st.integers(0, 4000), min_size=1, max_size=6), st.lists(st.none() | st.integers(-9, 4009)))
def test_days_reach_near_steps_by_the_table(start, more, days):
    start = min(start, date(9980, 1, 1))
    shift = max(start, date(1, 2, 1))
    steps = [shift + timedelta(days=by) for by in sorted(more)]
    _reaches(steps, [None if by is None else shift + timedelta(days=by) for by in days], pl.Date())


@given(st.lists(st.integers(-(2**40), 2**40), max_size=6, unique=True), st.lists(st.none() | st.integers(-9, 2**41)))
def test_numbers_reach_the_steps_that_are_not_above_them(steps, numbers):
    _reaches(sorted(steps), numbers, pl.Int64())


def _reaches(steps, entries, kind):
    frame = pl.DataFrame({"x": pl.Series(entries, dtype=kind)})
    found = frame.select(pl.when(pl.col("x").is_null()).then(None).otherwise(reached(pl.col("x"), steps)))
    expected = [None if entry is None else sum(step <= entry for step in steps) for entry in entries]
    assert found.to_series().to_list() == expected
