"""Reading a tiled log from its folder: entries, proofs, receipts. Needs no lock and no key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.evidence.errors import LogError
from assay.evidence.merkle import HASH_SIZE, consistency_proof, inclusion_proof
from assay.evidence.proof import TlogProof
from assay.evidence.tiles import ENTRIES, WIDTH, Tile, decode_entries, encode_entries, tile_nodes

__all__ = ["LogReader"]


@dataclass(frozen=True, slots=True)
class LogReader:
    """A log's folder. What it gives proves nothing until it is checked against a signed checkpoint."""

    folder: Path

    def checkpoint(self) -> bytes:
        """The published checkpoint's bytes; raises LogError (E0363) if there is none."""
        try:
            return (self.folder / "checkpoint").read_bytes()
        except FileNotFoundError:
            raise LogError("E0363", "no log is here", where=self.folder.name, expected="a checkpoint") from None

    def tile(self, tile: Tile) -> bytes:
        """A tile's or bundle's bytes; a partial one that was removed is cut from the full one.

        Raises LogError (E0363) if neither is there, TileError for a malformed bundle.
        """
        try:
            return (self.folder / tile.path).read_bytes()
        except FileNotFoundError:
            full = self.folder / Tile(tile.level, tile.index).path
        try:
            data = full.read_bytes()
        except FileNotFoundError:
            raise LogError("E0363", "the log holds no such tile", where=tile.path) from None
        if tile.level == ENTRIES:
            return encode_entries(decode_entries(data, WIDTH)[: tile.width])
        return data[: tile.width * HASH_SIZE]

    def entries(self, begin: int, end: int) -> list[bytes]:
        """The entries [begin, end) of a log of at least `end` entries."""
        found: list[bytes] = []
        for index in range(begin // WIDTH, -(-end // WIDTH)):
            width = min(WIDTH, end - index * WIDTH)
            found += decode_entries(self.tile(Tile(ENTRIES, index, width)), width)
        return found[begin - begin // WIDTH * WIDTH :]

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Inclusion proof of an entry in the tree of `size`; raises MerkleError (E0300) outside it."""
        return inclusion_proof(index, size, tile_nodes(size, self.tile))

    def consistency(self, size1: int, size2: int) -> tuple[bytes, ...]:
        """Consistency proof between two sizes, empty from size 0."""
        return consistency_proof(size1, size2, tile_nodes(size2, self.tile)) if size1 else ()

    def receipt(self, index: int, size: int, checkpoint: bytes) -> TlogProof:
        """The `.tlog-proof` of an entry under a signed checkpoint of this size."""
        return TlogProof(index, self.inclusion(index, size), checkpoint)
