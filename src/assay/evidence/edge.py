"""The right edge of a growing tiled log: what is needed to add leaves and know the root. Pure, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assay.evidence.merkle import EMPTY_ROOT, leaf_hashes, node_hash, pair_hashes
from assay.evidence.tiles import ENTRIES, HEIGHT, WIDTH, Tile, decode_entries, decode_hashes, encode_entries

__all__ = ["Edge"]


class _Row:
    """The hashes of one level that no taken full tile holds, and the perfect nodes over its incomplete last tile."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.hashes = hashes
        self._nodes: list[tuple[int, bytes]] = []
        self._counted = 0

    def nodes(self) -> list[tuple[int, bytes]]:
        """Height and hash of the fewest perfect nodes over the last tile, left to right; each hash is made once."""
        last = len(self.hashes) - len(self.hashes) % WIDTH
        if self._counted < last:
            self._nodes, self._counted = [], last
        for value in self.hashes[self._counted :]:
            height, node = 0, value
            while self._nodes and self._nodes[-1][0] == height:
                node = node_hash(self._nodes.pop()[1], node)
                height += 1
            self._nodes.append((height, node))
        self._counted = len(self.hashes)
        return self._nodes

    def forget(self, count: int) -> None:
        """Forget the first hashes: they stand in full tiles."""
        del self.hashes[:count]
        if self._counted <= count:
            self._nodes = []
        self._counted = max(0, self._counted - count)


class Edge:
    """The incomplete last tile of every level and the incomplete last entry bundle.

    It grows in place: copying it for each of a million entries would cost more than the hashes.
    """

    def __init__(self) -> None:
        self.size = 0
        self._bundle = b""
        self._entries: list[bytes] = []
        self._levels: list[_Row] = []
        self._grown: set[int] = set()

    @classmethod
    def load(cls, size: int, fetch: Callable[[Tile], bytes]) -> Edge:
        """The edge of a log of `size` entries, from its partial tiles; raises TileError for malformed ones."""
        edge = cls()
        edge.size = size
        if size % WIDTH:
            last = Tile(ENTRIES, size // WIDTH, size % WIDTH)
            edge._bundle = fetch(last)
            decode_entries(edge._bundle, last.width)
        level, count = 0, size
        while count:
            tile = Tile(level, count // WIDTH, count % WIDTH)
            edge._levels.append(_Row(decode_hashes(fetch(tile), tile.width) if tile.width else []))
            level, count = level + 1, count // WIDTH
        return edge

    def extend(self, entries: Sequence[bytes]) -> None:
        """Add entries at the end."""
        self.size += len(entries)
        self._entries += entries
        self._grown.add(ENTRIES)
        added = leaf_hashes(entries)
        level = 0
        while added:
            if level == len(self._levels):
                self._levels.append(_Row([]))
            row = self._levels[level].hashes
            # Rows may hold tiles not yet taken; only those that these hashes complete go up a level.
            first = len(row) // WIDTH
            row += added
            self._grown.add(level)
            last = len(row) // WIDTH
            added = _over_tiles(row[first * WIDTH : last * WIDTH]) if first < last else []
            level += 1

    def root(self) -> bytes:
        """Root of the tree of all entries."""
        root = None
        for row in self._levels:
            for _, node in reversed(row.nodes()):
                root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root

    def partials(self) -> Iterator[tuple[Tile, bytes]]:
        """The incomplete last tile of each level that has one; call `take` first."""
        for level, row in enumerate(self._levels):
            if row.hashes:
                yield (
                    Tile(level, (self.size >> (HEIGHT * level)) // WIDTH, len(row.hashes)),
                    b"".join(row.hashes),
                )

    def take(self) -> Iterator[tuple[Tile, bytes]]:
        """Every tile and bundle that grew since the last call, full ones first within a level; forgets full ones."""
        grown, self._grown = self._grown, set()
        for level in sorted(grown):
            yield from self._bundles() if level == ENTRIES else self._tiles(level)

    def _tiles(self, level: int) -> Iterator[tuple[Tile, bytes]]:
        row = self._levels[level]
        count = self.size >> (HEIGHT * level)
        first = (count - len(row.hashes)) // WIDTH
        for offset in range(0, len(row.hashes), WIDTH):
            part = row.hashes[offset : offset + WIDTH]
            yield Tile(level, first + offset // WIDTH, len(part)), b"".join(part)
        row.forget(len(row.hashes) - len(row.hashes) % WIDTH)

    def _bundles(self) -> Iterator[tuple[Tile, bytes]]:
        entries, self._entries = self._entries, []
        begin, at = self.size - len(entries), 0
        while at < len(entries):
            # Up to the end of the bundle in which it stands.
            part = entries[at : at + WIDTH - (begin + at) % WIDTH]
            data, at = self._bundle + encode_entries(part), at + len(part)
            width = (begin + at - 1) % WIDTH + 1
            yield Tile(ENTRIES, (begin + at - 1) // WIDTH, width), data
            self._bundle = data if width < WIDTH else b""


def _over_tiles(hashes: list[bytes]) -> list[bytes]:
    """The hash over each full tile, of all tiles that these hashes fill."""
    for _ in range(HEIGHT):
        hashes = pair_hashes(hashes)
    return hashes
