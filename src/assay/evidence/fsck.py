"""Checking a log's folder from the ground: every bundle, tile, partial tile, the journal and the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.evidence.checkpoint import Checkpoint, open_checkpoint
from assay.evidence.disk import TEMPORARY
from assay.evidence.edge import Edge
from assay.evidence.errors import EvidenceError
from assay.evidence.journal import Journal
from assay.evidence.log import JOURNAL
from assay.evidence.note import VerifierKey
from assay.evidence.reader import LogReader
from assay.evidence.tiles import ENTRIES, WIDTH, Tile, decode_entries, parse_path

__all__ = ["Report", "fsck"]


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a check: the log's size, what is wrong, and files that a crash left and nobody needs."""

    size: int
    problems: tuple[str, ...]
    leftovers: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong; leftovers are harmless."""
        return not self.problems


def fsck(folder: Path, origin: str, keys: Sequence[VerifierKey]) -> Report:
    """Recompute the whole tree from the entries and compare it with every file of the log.

    Takes the log's folder, origin and keys; never writes. Problems are reported, not raised.
    """
    reader = LogReader(folder)
    try:
        head = open_checkpoint(reader.checkpoint(), origin, keys)[0]
    except EvidenceError as error:
        return Report(0, (f"checkpoint: {error.code} {error.what}",), ())
    problems = list(_check_tree(reader, head))
    found, waiting = _check_journal(folder, origin, keys, head)
    extra, leftovers = _check_files(reader, head)
    return Report(head.size, (*problems, *found, *extra), (*waiting, *leftovers))


def _check_tree(reader: LogReader, head: Checkpoint) -> Iterator[str]:
    edge = Edge()
    for index in range(-(-head.size // WIDTH)):
        width = min(WIDTH, head.size - index * WIDTH)
        try:
            edge.extend(decode_entries(reader.tile(Tile(ENTRIES, index, width)), width))
        except EvidenceError as error:
            yield f"{Tile(ENTRIES, index, width).path}: {error.code} {error.what}"
            return
        for tile, data in edge.take():
            if tile.level != ENTRIES and tile.width == WIDTH:
                yield from _compare(reader, tile, data)
    for tile, data in edge.partials():
        yield from _compare(reader, tile, data)
    if edge.root() != head.root:
        yield f"checkpoint: the entries do not lead to the root of size {head.size}"


def _compare(reader: LogReader, tile: Tile, data: bytes) -> Iterator[str]:
    try:
        if reader.tile(tile) != data:
            yield f"{tile.path}: differs from the entries"
    except EvidenceError as error:
        yield f"{tile.path}: {error.code} {error.what}"


def _check_journal(
    folder: Path, origin: str, keys: Sequence[VerifierKey], head: Checkpoint
) -> tuple[list[str], list[str]]:
    """What is wrong with the journal, and what waits in it: durable, and made public by who next opens the log."""
    try:
        journal = Journal(folder / JOURNAL)
    except (EvidenceError, OSError) as error:
        return [f"journal: {error}"], []
    try:
        last = open_checkpoint(journal.settled, origin, keys)[0]
        for batch in journal.read():
            last = open_checkpoint(batch.checkpoint, origin, keys)[0]
    except EvidenceError as error:
        return [f"journal: {error.code} {error.what}"], []
    finally:
        journal.close()
    if last.size > head.size:
        return [], [f"journal: {last.size - head.size} entries await publication"]
    return [f"journal: ends at size {last.size}, the checkpoint at {head.size}"] if last != head else [], []


def _check_files(reader: LogReader, head: Checkpoint) -> tuple[list[str], tuple[str, ...]]:
    problems, leftovers = [], []
    for path in sorted(p for p in reader.folder.rglob("*") if p.is_file()):
        name = path.relative_to(reader.folder).as_posix()
        if path.name.startswith(TEMPORARY):
            leftovers.append(name)
        elif name.startswith("tile/"):
            verdict = _check_partial(reader, head, name, path)
            if verdict == "leftover":
                leftovers.append(name)
            elif verdict:
                problems.append(f"{name}: {verdict}")
    return problems, tuple(leftovers)


def _check_partial(reader: LogReader, head: Checkpoint, name: str, path: Path) -> str:
    try:
        tile = parse_path(name)
    except EvidenceError as error:
        return error.what
    count = head.size >> (8 * max(tile.level, 0))
    present = min(WIDTH, count - tile.index * WIDTH)
    if tile.width > present:
        return "leftover"
    if tile.width == present:
        return ""
    whole = Tile(tile.level, tile.index, present)
    # A bundle's prefix is a prefix of its bytes, a tile's too; both were compared with the entries above.
    return "" if reader.tile(whole).startswith(path.read_bytes()) else "differs from the later tile"
