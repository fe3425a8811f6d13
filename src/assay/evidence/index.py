"""The index of a store in SQLite: what its files say, laid out for queries; thrown away and rebuilt at will.

Facts are bitemporal and append-only: a row is never changed, what ends is ended by another row, and the database
itself refuses updates and deletions. Days are integers (date.toordinal), intervals half-open. Written in SQLAlchemy
Core, so that the same tables can serve PostgreSQL; only the triggers are SQLite's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

__all__ = [
    "CITES",
    "ENDS",
    "FACTS",
    "FACT_HEADS",
    "HEADS",
    "META",
    "RECORDS",
    "append_head",
    "append_rows",
    "connect",
    "create",
    "facts_as_of",
    "ids_citing",
    "insert",
    "newest_head",
    "rows_of",
]

META: Final = sa.MetaData()
HEADS: Final = sa.Table(
    "head", META,
    sa.Column("size", sa.Integer, primary_key=True),
    sa.Column("root", sa.Text, nullable=False),
    sqlite_strict=True,
)  # fmt: skip
"""Size and root of the log up to which the statements below were read: one row for each time that some were added."""
RECORDS: Final = sa.Table(
    "record", META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("entry", sa.Integer, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False, index=True),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("effective", sa.Text, nullable=False),
    sa.Column("received", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("supersedes", sa.Text, nullable=False),
    sa.Column("cites", sa.Text, nullable=False),
    sqlite_strict=True,
)  # fmt: skip
"""Every logged statement. `supersedes` and `cites` are JSON lists of digests."""
CITES: Final = sa.Table(
    "cites", META,
    sa.Column("answer", sa.Text, sa.ForeignKey("record.id"), primary_key=True),
    sa.Column("record", sa.Text, sa.ForeignKey("record.id"), primary_key=True, index=True),
    sqlite_strict=True,
)  # fmt: skip
"""Which answers rest on which statements."""
FACTS: Final = sa.Table(
    "fact", META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("attribute", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Integer),
    sa.Column("valid_to", sa.Integer),
    sa.Column("known_from", sa.Integer, nullable=False),
    sa.Column("record", sa.Text, sa.ForeignKey("record.id"), nullable=False),
    sa.Index("fact_by_subject", "supplier", "product", "attribute"),
    sa.CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to", "valid_is_an_interval"),
    sqlite_strict=True,
)  # fmt: skip
"""Facts out of evidence and statements. `value` is JSON."""
ENDS: Final = sa.Table(
    "fact_end", META,
    sa.Column("fact", sa.Text, primary_key=True),
    sa.Column("known_to", sa.Integer, nullable=False),
    sqlite_strict=True,
)  # fmt: skip
"""From which day a fact is known no more: superseded, corrected or withdrawn. Shipped facts can end here too."""
FACT_HEADS: Final = sa.Table(
    "fact_head", META,
    sa.Column("size", sa.Integer, primary_key=True),
    sqlite_strict=True,
)  # fmt: skip
"""The size of the log out of which the facts were made."""
for _table in (HEADS, RECORDS, CITES, FACTS, ENDS, FACT_HEADS):
    for _act in ("UPDATE", "DELETE"):
        sa.event.listen(
            _table,
            "after_create",
            sa.DDL(  # type: ignore[no-untyped-call]  # the library leaves it untyped
                f"CREATE TRIGGER {_table.name}_no_{_act.lower()} BEFORE {_act} ON {_table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{_table.name} is append-only'); END"
            ).execute_if(dialect="sqlite"),
        )


@contextmanager
def connect(path: Path) -> Iterator[sa.Connection]:
    """A connection to an index file; what is written is committed when the body ends well."""
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", _prepare)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own connection
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def create(connection: sa.Connection) -> None:
    """Make the empty tables with their triggers."""
    META.create_all(connection)


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Append rows."""
    if rows:
        connection.execute(sa.insert(table), [dict(row) for row in rows])


def newest_head(connection: sa.Connection) -> tuple[int, str]:
    """Size and root (hex) of the log that the statements reach; (0, "") for none."""
    # An index of another version lacks columns: better told here than in the midst of a command.
    connection.execute(sa.select(RECORDS).limit(0))
    row = connection.execute(sa.select(HEADS.c.size, HEADS.c.root).order_by(HEADS.c.size.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, "")


def append_head(connection: sa.Connection, size: int, root: str) -> None:
    """Say that the statements reach this size of the log."""
    insert(connection, HEADS, [{"size": size, "root": root}])


def append_rows(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append statements, as `catalogue.row_of` lays them out, and what they cite."""
    lists = ("supersedes", "cites")
    insert(connection, RECORDS, [{**row, **{name: json.dumps(row[name]) for name in lists}} for row in rows])
    insert(connection, CITES, [{"answer": row["id"], "record": name} for row in rows for name in row["cites"]])


def rows_of(
    connection: sa.Connection, covered: int, types: Sequence[str] = (), begins: str = ""
) -> list[dict[str, Any]]:  # fmt: skip
    """Statements of the first `covered` entries, oldest first; of these types, whose id or digest begins so."""
    query = sa.select(RECORDS).where(RECORDS.c.entry < covered).order_by(RECORDS.c.entry)
    if types:
        query = query.where(RECORDS.c.type.in_(types))
    if begins:
        query = query.where(sa.or_(_begins(RECORDS.c.id, begins), _begins(RECORDS.c.digest, begins)))
    return [
        {**row, "supersedes": tuple(json.loads(row["supersedes"])), "cites": tuple(json.loads(row["cites"]))}
        for row in connection.execute(query).mappings()
    ]


def _begins(column: sa.Column[str], text: str) -> sa.ColumnElement[bool]:
    # As a range, so that the column's index serves it: "g" comes after every hex digit.
    return sa.and_(column >= text, column < text + "g")


def ids_citing(connection: sa.Connection, covered: int, statements: Iterable[str]) -> list[str]:
    """Ids of the statements among the first `covered` that cite any of these, oldest first."""
    query = (
        sa.select(RECORDS.c.id)
        .where(RECORDS.c.entry < covered)
        .where(RECORDS.c.id.in_(sa.select(CITES.c.answer).where(CITES.c.record.in_(sorted(statements)))))
        .order_by(RECORDS.c.entry)
    )
    return list(connection.execute(query).scalars())


def facts_as_of(
    connection: sa.Connection, on: date, known_at: date, wanted: Iterable[tuple[str, str]] = ()
) -> list[dict[str, Any]]:
    """The facts that hold on a day as known at another, in the order of their ids.

    `wanted` are pairs of a column (supplier, product, operator, attribute) and the value it must have.
    """
    query = (
        sa.select(FACTS)
        .outerjoin(ENDS, ENDS.c.fact == FACTS.c.id)
        .where(
            FACTS.c.known_from <= known_at.toordinal(),
            sa.or_(ENDS.c.known_to.is_(None), ENDS.c.known_to > known_at.toordinal()),
            sa.or_(FACTS.c.valid_from.is_(None), FACTS.c.valid_from <= on.toordinal()),
            sa.or_(FACTS.c.valid_to.is_(None), FACTS.c.valid_to > on.toordinal()),
            *(FACTS.c[column] == value for column, value in wanted),
        )
        .order_by(FACTS.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
