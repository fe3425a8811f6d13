"""The index says what the files say, at any two days, and its database refuses to change a row."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from assay.evidence.index import CITES, ENDS, FACT_HEADS, FACTS, HEADS, RECORDS, connect
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.indexing import facts_in_index, rebuild_index
from assay.workflow.keeping.store import make_store, open_keys, open_store
from assay.workflow.keeping.stored import facts_from_store

BEGUN, FIRST, THIRD = (f"2026-11-{day}T12:00:00Z" for day in (20, 22, 24))
DAYS = [date(2026, 11, day) for day in (20, 21, 22, 23, 24, 25)]
TEXT = (
    '{{"schema":"assay-certificate/1","kind":"certificate","id":"N-1","scheme":"scheme-cc",'
    '"issuer":{{"name":"Scheme North"}},"holder":{{"name":"Supplier North"}},'
    '"product":{{"name":"Router North","version":"7.2"}},"issued":"2026-01-01",'
    '"status":{{"is":"{state}","since":"2026-02-01"}}}}'
)


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN)
    made = open_store(tmp_path / "store")
    keys, earlier = open_keys(made, None, None), ()
    for state, at in (("in-force", FIRST), ("withdrawn", THIRD)):
        path = tmp_path / f"{state}.json"
        path.write_text(TEXT.format(state=state), encoding="utf-8")
        entry = Entry("certificate", supersedes=earlier, supplier="supplier-north", product="Router North 7.2")
        (row,) = add_files(made, [path], entry, keys, at)
        earlier = (row["sha256"],)
    return made


@pytest.mark.parametrize("on", [date(2025, 12, 31), date(2026, 1, 15), date(2026, 11, 25)])
def test_the_index_gives_the_same_facts_as_the_files_at_any_two_days(store, on):
    rebuild_index(store)
    library = load_library(None)
    for known_at in DAYS:
        from_files = sorted(f.id for f in facts_from_store(store, library, known_at).facts if f.valid.holds(on))
        assert [row["id"] for row in facts_in_index(store, on, known_at)["facts"]] == from_files
    assert facts_in_index(store, DAYS[-1], DAYS[-1], [("product", "Router South")])["facts"] == []


def test_rebuilding_gives_the_same_rows_and_counts_what_there_is(store):
    def rows():
        with connect(store.folder / "index.sqlite") as connection:
            return [connection.execute(sa.select(table)).all() for table in (RECORDS, CITES, FACTS, ENDS)]

    made = rebuild_index(store)
    before = rows()
    (store.folder / "index.sqlite").unlink()
    assert rebuild_index(store) == made
    assert rows() == before
    assert (made["records"], made["ended"] > 0) == (3, True)
    assert store.check().problems == ()


@pytest.mark.parametrize("table", [HEADS, RECORDS, FACTS, ENDS, FACT_HEADS])
def test_the_database_refuses_to_change_or_delete_a_row(store, table):
    rebuild_index(store)
    column = {RECORDS: "entry", FACTS: "known_from", ENDS: "known_to"}.get(table, "size")
    for act in (sa.update(table).values({column: 1}), sa.delete(table)):
        with (
            pytest.raises(sa.exc.IntegrityError, match="append-only"),
            connect(store.folder / "index.sqlite") as connection,
        ):
            connection.execute(act)


def test_the_database_is_durable_and_keeps_its_references(store):
    rebuild_index(store)
    with connect(store.folder / "index.sqlite") as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")]
        assert found == ["wal", 2]
        with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"):
            connection.execute(sa.insert(CITES).values(answer="0" * 64, record="0" * 64))


def test_facts_are_never_told_out_of_an_index_that_is_older_than_the_log(store, tmp_path):
    def told():
        return {row["supplier"] for row in facts_in_index(store, DAYS[-1], DAYS[-1])["facts"]}

    assert told() == {"supplier-north"}
    path = tmp_path / "south.json"
    path.write_text(TEXT.format(state="in-force").replace("N-1", "S-1"), encoding="utf-8")
    entry = Entry("certificate", supplier="supplier-south", product="Router North 7.2")
    add_files(store, [path], entry, open_keys(store, None, None), THIRD)
    assert told() == {"supplier-north", "supplier-south"}
