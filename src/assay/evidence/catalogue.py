"""What a store's log holds, told without reading every statement: from the index as far as it reaches, then from files.

The index is believed for the first n entries only if the tree of those has the root that the index names *and* leads to
the signed checkpoint: the hashes of n entries come out of the log's tiles, the entries behind them are hashed. So it is
fresh or not used; a log that was changed or cut is noticed with or without it. What the index says of an entry is
believed as the disk is: `assay log fsck` holds each row against its statement.

Entries behind n are read from their statements; once they are many, they are appended to the index (nothing in it is
ever changed). A store that is small, or whose index cannot be opened or written, is read from its files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.errors import AssayError
from assay.evidence import disk
from assay.evidence.checkpoint import Checkpoint
from assay.evidence.edge import Edge
from assay.evidence.errors import LogError
from assay.evidence.predicates import ANSWER, REVIEW
from assay.evidence.proof import checked_head
from assay.evidence.reader import LogReader
from assay.evidence.record import Record

if TYPE_CHECKING:
    from assay.evidence.store import EvidenceStore

__all__ = ["INDEX", "Catalogue", "Row", "extend_index", "head_of", "open_catalogue", "row_of", "wrong_rows"]

INDEX: Final = "index.sqlite"
_WORTH: Final = 2_000
"""Statements from which an index is made unasked: reading fewer takes less than loading the database library."""
_MANY: Final = 256
"""Statements behind the index that are appended to it."""
_AT_ONCE: Final = 4_096

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is logged: the first `covered` entries are in the index, `behind` are the entries and records after them."""

    store: EvidenceStore
    covered: int
    behind: Sequence[tuple[int, Record]]

    def rows(self, types: Sequence[str] = (), begins: str = "") -> list[Row]:
        """Rows as of `row_of`, oldest entry first: of these types, of bytes or a statement whose sha256 begins so."""
        from assay.evidence.index import connect, rows_of

        found: list[Row] = []
        if self.covered:
            with connect(self.store.folder / INDEX) as connection:
                found += rows_of(connection, self.covered, types, begins)
        return [*found, *(row_of(record, entry) for entry, record in self._behind(types, begins))]

    def records(
        self, types: Sequence[str] = (), begins: str = "", wanted: Callable[[Row], bool] | None = None
    ) -> Iterator[Record]:  # fmt: skip
        """The records themselves, as `rows`, of which some may be wanted.

        Raises BlobError (E0350, E0351) for one that is gone or has changed.
        """
        known = {record.id: record for _, record in self._behind(types, begins)}
        for row in self.rows(types, begins):
            if wanted is None or wanted(row):
                yield known.get(row["id"]) or self.store.record(row["id"])

    def citing(self, statements: Set[str]) -> list[Record]:
        """The answers and reviews that rest on any of these statements, oldest entry first."""
        from assay.evidence.index import connect, ids_citing

        found: list[Record] = []
        if self.covered:
            with connect(self.store.folder / INDEX) as connection:
                found += map(self.store.record, ids_citing(connection, self.covered, statements))
        behind = (record for _, record in self._behind((ANSWER, REVIEW), ""))
        return [*found, *(record for record in behind if statements & set(record.said["evidence"]))]

    def _behind(self, types: Sequence[str], begins: str) -> Iterator[tuple[int, Record]]:
        for entry, record in self.behind:
            if types and record.type not in types:
                continue
            if record.digest.startswith(begins) or record.id.startswith(begins):
                yield entry, record


def row_of(record: Record, entry: int) -> dict[str, Any]:
    """What the index keeps of a statement: all that lists show of it, and which statements it rests on."""
    said = record.said
    return {
        "entry": entry, "id": record.id, "type": record.type, "kind": said.get("kind", ""), "digest": record.digest,
        "name": record.statement.subjects[0].name, "about": said.get("about", ""),
        "supplier": said.get("supplier", ""),
        "effective": said.get("effective", ""), "received": said["received"], "size": said.get("size", 0),
        "supersedes": tuple(said.get("supersedes", ())),
        "cites": tuple(said["evidence"]) if record.type in (ANSWER, REVIEW) else (),
    }  # fmt: skip


def head_of(store: EvidenceStore) -> Checkpoint:
    """The newest checkpoint of a store's log, its signature checked; raises LogError (E0363), NoteError."""
    return checked_head(LogReader(store.log).checkpoint(), store.log_key.name, (store.log_key,)).checkpoint


def open_catalogue(store: EvidenceStore) -> Catalogue:
    """The catalogue of a store as of its newest checkpoint; appends to the index, or makes it, where it is worth it.

    Raises NoteError for the checkpoint, LogError (E0360) where the entries do not lead to it, BlobError (E0350, E0351)
    for an entry whose statement is gone or has changed.
    """
    head = head_of(store)
    edge = _covered(store, head)
    if head.size - edge.size >= _MANY and (edge.size or (head.size >= _WORTH and not _there(store))):
        _try_to_extend(store, head)
        edge = _covered(store, head)
    covered = edge.size
    behind = [pair for chunk in _read(store, edge, head) for pair in chunk]
    return Catalogue(store, covered, behind)


def extend_index(store: EvidenceStore, path: Path, head: Checkpoint) -> None:
    """Append to an index file, or a new one, what the log holds behind it.

    One transaction: the rows are there together with the head that they reach, or not at all. Raises as
    `open_catalogue`, and SQLAlchemyError.
    """
    from assay.evidence.index import append_head, append_rows, connect, create, newest_head

    with connect(path) as connection:
        create(connection)
        edge = _edge_at(store, newest_head(connection), head)
        for chunk in _read(store, edge, head):
            append_rows(connection, [row_of(record, entry) for entry, record in chunk])
            append_head(connection, edge.size, edge.root().hex())


def wrong_rows(store: EvidenceStore) -> Iterator[str]:
    """What the index says otherwise than the statements; nothing where there is none or it is not used."""
    try:
        edge = _covered(store, head_of(store))
        if _there(store) and not edge.size:
            yield "index: it is not that of this log and version: assay index rebuild"
        if edge.size:
            names = LogReader(store.log).entries(0, edge.size)
            for row, name in zip(Catalogue(store, edge.size, ()).rows(), names, strict=True):
                if row != row_of(store.record(name.hex()), row["entry"]) or row["id"] != name.hex():
                    yield f"index: entry {row['entry']} differs from its statement: assay index rebuild"
    except (AssayError, ValueError) as error:
        yield f"index: cannot be held against the statements: {error}"


def _try_to_extend(store: EvidenceStore, head: Checkpoint) -> None:
    import sqlalchemy as sa

    path = store.folder / INDEX
    draft = path if _there(store) else store.folder / f"{disk.TEMPORARY}{os.getpid()}-{INDEX}"
    try:
        extend_index(store, draft, head)
        if draft != path:
            # Never over another's: its write-ahead log would be read into this one.
            os.link(draft, path)
    except (sa.exc.SQLAlchemyError, OSError):
        # Nobody may write here, another process does the same, the database broke: the files tell the same.
        return
    finally:
        if draft != path:
            draft.unlink(missing_ok=True)


def _covered(store: EvidenceStore, head: Checkpoint) -> Edge:
    """The log's edge at the size that the index covers; an empty one where there is none or it is not this log's."""
    if not _there(store):
        return Edge()
    import sqlalchemy as sa

    from assay.evidence.index import connect, newest_head

    try:
        with connect(store.folder / INDEX) as connection:
            return _edge_at(store, newest_head(connection), head)
    except sa.exc.SQLAlchemyError:
        return Edge()


def _there(store: EvidenceStore) -> bool:
    return (store.folder / INDEX).is_file()


def _edge_at(store: EvidenceStore, stated: tuple[int, str], head: Checkpoint) -> Edge:
    size, root = stated
    if not 0 < size <= head.size:
        return Edge()
    edge = Edge.load(size, LogReader(store.log).tile)
    return edge if edge.root().hex() == root else Edge()


def _read(store: EvidenceStore, edge: Edge, head: Checkpoint) -> Iterator[list[tuple[int, Record]]]:
    """Entries and records behind the edge, in parts; when a part is given, the edge stands behind it.

    The last thing done is to hold the root against the checkpoint's: who keeps what he was given waits for the end.
    """
    reader, waiting = LogReader(store.log), False
    while edge.size < head.size and not waiting:
        begin = edge.size
        names = reader.entries(begin, min(begin + _AT_ONCE, head.size))
        chunk = []
        for entry, name in enumerate(names, begin):
            record = store.record(name.hex())
            # Logged, but its writer died before it had its receipt: whoever adds next completes it.
            waiting = not store.receipt_path(record.id).exists()
            if waiting:
                break
            chunk.append((entry, record))
        edge.extend(names[: len(chunk)])
        if chunk:
            yield chunk
    # Entries without a receipt lead to the checkpoint, too.
    whole = Edge.load(edge.size, reader.tile)
    if edge.size and whole.root() != edge.root():
        raise LogError("E0360", "the entries do not lead to the log's tiles", remedy="assay log fsck")
    whole.extend(reader.entries(edge.size, head.size))
    if whole.root() != head.root:
        what = f"the entries do not lead to the checkpoint of size {head.size}"
        raise LogError("E0360", what, remedy="assay log fsck")
