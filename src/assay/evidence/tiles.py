"""C2SP tlog-tiles: where tiles and entry bundles lie, what they hold, and hashes read from them. Pure.

A tile is up to 256 hashes of one level; level 0 holds leaf hashes, each hash of level n + 1 covers a
full tile of level n. An entry bundle holds the entries of one level-0 tile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from assay.evidence.errors import TileError
from assay.evidence.merkle import HASH_SIZE, NodeReader, root_hash

__all__ = [
    "ENTRIES",
    "LARGEST_ENTRY",
    "WIDTH",
    "Tile",
    "decode_entries",
    "decode_hashes",
    "encode_entries",
    "parse_path",
    "tile_nodes",
    "tiles_of",
]

WIDTH: Final = 256
HEIGHT: Final = 8
LARGEST_ENTRY: Final = 65_535
ENTRIES: Final = -1
"""Stands in the place of a level for entry bundles."""

_PATH: Final = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Address of a tile (level 0 to 63) or entry bundle (level ENTRIES); width 256 is a full one."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Path below the log's prefix, such as `tile/0/x001/x234/067.p/8`."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_path(path: str) -> Tile:
    """Read a path below the log's prefix; raises TileError (E0320) unless it is the one path of its tile."""
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match[1] == "entries" else int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        tile = Tile(level, index, int(match[3]) if match[3] else WIDTH)
        if tile.path == path:
            return tile
    raise TileError("E0320", "not a path of a tile", where=path[:80], expected="tile/<L>/<N>[.p/<W>]")


def tiles_of(begin: int, end: int) -> Iterable[Tile]:
    """The tiles and entry bundles of a log of size `end` that a log of size `begin` lacks.

    Partial tiles are those at size `end` only.
    """
    yield from _level(ENTRIES, begin, end)
    level = 0
    while end:
        yield from _level(level, begin, end)
        begin, end, level = begin // WIDTH, end // WIDTH, level + 1


def _level(level: int, begin: int, end: int) -> Iterable[Tile]:
    if begin == end:
        return
    for index in range(begin // WIDTH, -(-end // WIDTH)):
        yield Tile(level, index, min(WIDTH, end - index * WIDTH))


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Write entries one after the other, each behind its length as big-endian uint16.

    Raises TileError (E0321) for an entry over 65,535 bytes.
    """
    rows = list(entries)
    sizes = set(map(len, rows))
    if sizes and max(sizes) > LARGEST_ENTRY:
        raise TileError("E0321", f"an entry of {max(sizes)} bytes", expected=f"at most {LARGEST_ENTRY}")
    if len(sizes) == 1:
        # Digests are all of one size: one prefix fits all.
        prefix = sizes.pop().to_bytes(2, "big")
        return prefix + prefix.join(rows)
    return b"".join(part for entry in rows for part in (len(entry).to_bytes(2, "big"), entry))


def decode_entries(bundle: bytes, width: int) -> list[bytes]:
    """Read an entry bundle of exactly `width` entries; raises TileError (E0321)."""
    entries, at = [], 0
    while at < len(bundle):
        begin = at + 2
        at = begin + int.from_bytes(bundle[at:begin], "big")
        entries.append(bundle[begin:at])
    if at != len(bundle) or len(entries) != width:
        raise TileError("E0321", f"an entry bundle of {len(entries)} entries", expected=f"{width} whole entries")
    return entries


def decode_hashes(data: bytes, width: int) -> list[bytes]:
    """Read a tile of exactly `width` hashes; raises TileError (E0320)."""
    if len(data) != width * HASH_SIZE:
        raise TileError("E0320", f"a tile of {len(data)} bytes", expected=f"{width * HASH_SIZE} bytes")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def tile_nodes(size: int, fetch: Callable[[Tile], bytes]) -> NodeReader:
    """A reader of perfect nodes of the tree of `size` leaves from its tiles.

    `fetch` gives a tile's bytes; each tile is fetched once. The reader raises TileError (E0320) for a tile
    of the wrong length and for a node outside the tree. It proves nothing by itself: what is built from it
    must be checked against a signed root.
    """
    known: dict[Tile, list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        if index < 0 or (index + 1) << level > size:
            raise TileError("E0320", f"node ({level}, {index}) is outside a tree of {size}")
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        tile_index, offset = divmod(first, WIDTH)
        present = (size >> (HEIGHT * tile_level)) - tile_index * WIDTH
        tile = Tile(tile_level, tile_index, min(WIDTH, present))
        if tile not in known:
            known[tile] = decode_hashes(fetch(tile), tile.width)
        return root_hash(known[tile][offset : offset + (1 << height)])

    return node
