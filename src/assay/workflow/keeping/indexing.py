"""`assay index`: the store's SQLite index, rebuilt from the files that are the truth, and asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from assay.errors import InputError
from assay.evidence import disk
from assay.evidence.catalogue import INDEX, extend_index, head_of, open_catalogue
from assay.evidence.index import ENDS, FACT_HEADS, FACTS, connect, facts_as_of, insert, newest_head
from assay.evidence.store import EvidenceStore
from assay.model.fact import Fact
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.stored import Memo, Piece, facts_at, pieces_of
from assay.workflow.keeping.trust import trust_of

__all__ = ["facts_in_index", "rebuild_index"]

_NEVER: Final = date.max


def rebuild_index(store: EvidenceStore) -> dict[str, Any]:
    """Write the index anew from the files and put it in place of the old one in one step.

    Raises EvidenceError where the store does not hold together, InputError (E0401) where it cannot be written.
    """
    head = head_of(store)
    facts, ends = _history(store)
    draft = store.folder / f"{disk.TEMPORARY}{os.getpid()}-index"
    try:
        extend_index(store, draft, head)
        with connect(draft) as connection:
            insert(connection, FACTS, [_fact(fact, record) for fact, record in facts])
            insert(connection, ENDS, [{"fact": name, "known_to": day.toordinal()} for name, day in ends.items()])
            size = newest_head(connection)[0]
            insert(connection, FACT_HEADS, [{"size": size}])
        disk.flush(draft)
        # The old file's companions belong to it alone: a new database must not find them.
        for end in ("-wal", "-shm"):
            Path(f"{store.folder / INDEX}{end}").unlink(missing_ok=True)
        os.replace(draft, store.folder / INDEX)
        disk.flush_directory(store.folder)
    except (OSError, sa.exc.OperationalError) as error:
        raise InputError("E0401", f"the index cannot be written: {error}", where=str(store.folder / INDEX)) from error
    finally:
        for end in ("", "-wal", "-shm"):
            Path(f"{draft}{end}").unlink(missing_ok=True)
    return {
        "schema": "assay-index/1", "index": str(store.folder / INDEX), "records": size, "facts": len(facts),
        "ended": len(ends),
    }  # fmt: skip


def facts_in_index(
    store: EvidenceStore, on: date, known_at: date, wanted: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Facts out of the store that hold on a day as known at another; an index that is older than the log is rebuilt.

    Raises as `rebuild_index`.
    """
    if not _up_to_date(store):
        rebuild_index(store)
    with connect(store.folder / INDEX) as connection:
        rows = facts_as_of(connection, on, known_at, wanted)
    return {
        "schema": "assay-index-facts/1", "on": on.isoformat(), "known_at": known_at.isoformat(),
        "facts": [{**row, **_days(row), "value": json.loads(row["value"])} for row in rows],
    }  # fmt: skip


def _up_to_date(store: EvidenceStore) -> bool:
    """Whether the index's facts were made out of the whole log."""
    if not (store.folder / INDEX).is_file() or open_catalogue(store).behind:
        return False
    try:
        with connect(store.folder / INDEX) as connection:
            sizes = list(connection.execute(sa.select(FACT_HEADS.c.size)).scalars())
    except sa.exc.SQLAlchemyError:
        return False
    return sizes == [head_of(store).size]


def _days(row: Mapping[str, Any]) -> dict[str, str]:
    names = ("valid_from", "valid_to", "known_from")
    return {name: date.fromordinal(row[name]).isoformat() if row[name] is not None else "" for name in names}


def _history(store: EvidenceStore) -> tuple[list[tuple[Fact, str]], dict[str, date]]:
    """Every fact that ever stood with its record, and the days from which facts stood no more."""
    pieces, policy, library = list(pieces_of(store, _NEVER)), trust_of(store).policy, load_library(None)
    stood: dict[str, tuple[Fact, str]] = {}
    ends: dict[str, date] = {}
    memo = Memo()
    for day in sorted({piece.day for piece in pieces}):
        found = facts_at((piece for piece in pieces if _by(piece, day)), policy, library, day, memo)
        now = {fact.id: (fact, found.records[fact.id]) for fact in found.facts}
        gone = (stood.keys() | found.gone) - now.keys() - ends.keys()
        ends.update(dict.fromkeys(gone, day))
        stood.update(now)
    return list(stood.values()), ends


def _by(piece: Piece, day: date) -> bool:
    return piece.day <= day


def _fact(fact: Fact, record: str) -> dict[str, object]:
    value = fact.value if isinstance(fact.value, bool | int | str) else str(fact.value)
    known = fact.known.start
    return {
        "id": fact.id, "attribute": fact.attribute, "value": json.dumps(value, ensure_ascii=False),
        "supplier": fact.supplier, "product": fact.product, "operator": fact.operator, "status": fact.status,
        "valid_from": _number(fact.valid.start), "valid_to": _number(fact.valid.end),
        "known_from": known.toordinal() if known else 0, "record": record,
    }  # fmt: skip


def _number(day: date | None) -> int | None:
    return day.toordinal() if day else None
