"""The index of a store in SQLite: what its files say, laid out for queries; thrown away and rebuilt at will.

Facts are bitemporal and append-only: a row is never changed, what ends is ended by another row, and the database
itself refuses updates and deletions. Days are integers (date.toordinal), intervals half-open. Written in SQLAlchemy
Core, so that the same tables can serve PostgreSQL; only the triggers are SQLite's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["ENDS", "FACTS", "META", "RECORDS", "connect", "create", "facts_as_of", "insert"]

META: Final = sa.MetaData()
RECORDS: Final = sa.Table(
    "record", META,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("entry", sa.Integer, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("about", sa.Text, nullable=False, index=True),
    sa.Column("received", sa.Integer, nullable=False),
    sqlite_strict=True,
)  # fmt: skip
"""Every logged statement."""
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
for _table in (RECORDS, CITES, FACTS, ENDS):
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
