"""The right edge of a growing tiled log: what is needed to add leaves and know the root. Pure, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assay.evidence.merkle import EMPTY_ROOT, leaf_hash, node_hash, perfect_nodes, root_hash
from assay.evidence.tiles import ENTRIES, HEIGHT, WIDTH, Tile, decode_entries, decode_hashes, encode_entries

__all__ = ["Edge"]


class Edge:
    """The incomplete last tile of every level and the incomplete last entry bundle.

    It grows in place: copying it for each of a million entries would cost more than the hashes.
    """

    def __init__(self) -> None:
        self.size = 0
        self._entries: list[bytes] = []
        self._levels: list[list[bytes]] = []
        self._grown: set[int] = set()

    @classmethod
    def load(cls, size: int, fetch: Callable[[Tile], bytes]) -> Edge:
        """The edge of a log of `size` entries, from its partial tiles; raises TileError for malformed ones."""
        edge = cls()
        edge.size = size
        if size % WIDTH:
            last = Tile(ENTRIES, size // WIDTH, size % WIDTH)
            edge._entries = decode_entries(fetch(last), last.width)
        level, count = 0, size
        while count:
            tile = Tile(level, count // WIDTH, count % WIDTH)
            edge._levels.append(decode_hashes(fetch(tile), tile.width) if tile.width else [])
            level, count = level + 1, count // WIDTH
        return edge

    def extend(self, entries: Sequence[bytes]) -> None:
        """Add entries at the end."""
        self.size += len(entries)
        self._entries += entries
        self._grown.add(ENTRIES)
        added = list(map(leaf_hash, entries))
        level = 0
        while added:
            if level == len(self._levels):
                self._levels.append([])
            row = self._levels[level]
            # Rows may hold tiles not yet taken; only those that these hashes complete go up a level.
            first = len(row) // WIDTH
            row += added
            self._grown.add(level)
            last = len(row) // WIDTH
            added = [root_hash(row[at * WIDTH : (at + 1) * WIDTH]) for at in range(first, last)]
            level += 1

    def root(self) -> bytes:
        """Root of the tree of all entries; call `take` first, so that rows hold only incomplete tiles."""
        root = None
        for row in self._levels:
            for level, index in reversed(perfect_nodes(0, len(row) % WIDTH)):
                start = len(row) - len(row) % WIDTH + (index << level)
                node = root_hash(row[start : start + (1 << level)])
                root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root

    def partials(self) -> Iterator[tuple[Tile, bytes]]:
        """The incomplete last tile of each level that has one; call `take` first."""
        for level, row in enumerate(self._levels):
            if row:
                yield Tile(level, (self.size >> (HEIGHT * level)) // WIDTH, len(row)), b"".join(row)

    def take(self) -> Iterator[tuple[Tile, bytes]]:
        """Every tile and bundle that grew since the last call, full ones first within a level; forgets full ones."""
        grown, self._grown = self._grown, set()
        for level in sorted(grown):
            row = self._entries if level == ENTRIES else self._levels[level]
            count = self.size >> (HEIGHT * max(level, 0))
            first = (count - len(row)) // WIDTH
            for offset in range(0, len(row), WIDTH):
                part = row[offset : offset + WIDTH]
                data = encode_entries(part) if level == ENTRIES else b"".join(part)
                yield Tile(level, first + offset // WIDTH, len(part)), data
            del row[: len(row) - len(row) % WIDTH]
