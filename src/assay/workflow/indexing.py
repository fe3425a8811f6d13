"""`assay index`: the store's SQLite index, rebuilt from the files that are the truth, and asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from assay.errors import InputError, UsageError
from assay.evidence import disk
from assay.evidence.index import CITES, ENDS, FACTS, RECORDS, connect, create, facts_as_of, insert
from assay.evidence.predicates import ANSWER, REVIEW
from assay.evidence.record import Record
from assay.evidence.store import EvidenceStore
from assay.model.fact import Fact
from assay.workflow.library import load_library
from assay.workflow.stored import Piece, facts_at, pieces_of
from assay.workflow.trust import trust_of

__all__ = ["facts_in_index", "rebuild_index"]

INDEX: Final = "index.sqlite"
_NEVER: Final = date.max


def rebuild_index(store: EvidenceStore) -> dict[str, Any]:
    """Write the index anew from the files and put it in place of the old one in one step.

    Raises EvidenceError where the store does not hold together, InputError (E0401) where it cannot be written.
    """
    records = list(store.logged())
    facts, ends = _history(store)
    draft = store.folder / f"{disk.TEMPORARY}{os.getpid()}-index"
    try:
        with connect(draft) as connection:
            create(connection)
            insert(connection, RECORDS, [_record(store, record) for record in records])
            insert(connection, CITES, list(_cites(records)))
            insert(connection, FACTS, [_fact(fact, record) for fact, record in facts])
            insert(connection, ENDS, [{"fact": name, "known_to": day.toordinal()} for name, day in ends.items()])
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
        "schema": "assay-index/1", "index": str(store.folder / INDEX), "records": len(records), "facts": len(facts),
        "ended": len(ends),
    }  # fmt: skip


def facts_in_index(
    store: EvidenceStore, on: date, known_at: date, wanted: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Facts out of the store that hold on a day as known at another; raises UsageError (E0529) without an index."""
    if not (store.folder / INDEX).is_file():
        raise UsageError("E0529", "the store has no index yet", where=str(store.folder), remedy="assay index rebuild")
    with connect(store.folder / INDEX) as connection:
        rows = facts_as_of(connection, on, known_at, wanted)
    return {
        "schema": "assay-index-facts/1", "on": on.isoformat(), "known_at": known_at.isoformat(),
        "facts": [{**row, **_days(row), "value": json.loads(row["value"])} for row in rows],
    }  # fmt: skip


def _days(row: Mapping[str, Any]) -> dict[str, str]:
    names = ("valid_from", "valid_to", "known_from")
    return {name: date.fromordinal(row[name]).isoformat() if row[name] is not None else "" for name in names}


def _history(store: EvidenceStore) -> tuple[list[tuple[Fact, str]], dict[str, date]]:
    """Every fact that ever stood with its record, and the days from which facts stood no more."""
    pieces, policy, library = list(pieces_of(store, _NEVER)), trust_of(store).policy, load_library(None)
    stood: dict[str, tuple[Fact, str]] = {}
    ends: dict[str, date] = {}
    for day in sorted({piece.day for piece in pieces}):
        found = facts_at((piece for piece in pieces if _by(piece, day)), policy, library, day)
        now = {fact.id: (fact, found.records[fact.id]) for fact in found.facts}
        gone = (stood.keys() | found.gone) - now.keys() - ends.keys()
        ends.update(dict.fromkeys(gone, day))
        stood.update(now)
    return list(stood.values()), ends


def _by(piece: Piece, day: date) -> bool:
    return piece.day <= day


def _record(store: EvidenceStore, record: Record) -> dict[str, object]:
    said = record.said
    return {
        "id": record.id, "entry": store.receipt(record.id).index, "type": record.type.rpartition("#")[2],
        "kind": said.get("kind", ""), "digest": record.digest, "about": said.get("about", ""),
        "received": record.received,
    }  # fmt: skip


def _cites(records: Iterable[Record]) -> Iterator[dict[str, object]]:
    for record in records:
        if record.type in (ANSWER, REVIEW):
            yield from ({"answer": record.id, "record": name} for name in record.said["evidence"])


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
