"""The tiled log layout, and a peer's log at all its sizes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.evidence import merkle, tiles
from assay.evidence.checkpoint import parse_checkpoint
from assay.evidence.errors import TileError
from assay.evidence.note import parse_note


@given(st.integers(0, 10**13), st.integers(-1, 63), st.integers(1, 256))
def test_a_tile_path_reads_back(index, level, width):
    tile = tiles.Tile(level, index, width)
    assert tiles.parse_path(tile.path) == tile


def test_the_path_of_the_specification():
    assert tiles.Tile(0, 1234067).path == "tile/0/x001/x234/067"


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000/",
        "tile/0/000.p/01",
        "x/tile/0/000",
        "tile/0/000\n",
        "tile/entries/001/002",
        "tile/0/٠٠٠",
    ],
)
def test_another_path_is_refused(path):
    with pytest.raises(TileError, match="E0320"):
        tiles.parse_path(path)


def test_the_tiles_of_70000_leaves_are_those_of_the_specification():
    found = [tile for tile in tiles.tiles_of(0, 70_000) if tile.level != tiles.ENTRIES]
    full = [sum(t.level == level and t.width == 256 for t in found) for level in (0, 1, 2)]
    partial = {t.level: t.width for t in found if t.width < 256}
    assert full == [273, 1, 0]
    assert partial == {0: 112, 1: 17, 2: 1}
    assert {t.level: t.width for t in tiles.tiles_of(0, 256) if t.level >= 0} == {0: 256, 1: 1}


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_an_entry_bundle_reads_back(entries):
    assert tiles.decode_entries(tiles.encode_entries(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.integers(1, 8))
def test_a_cut_bundle_is_refused(entries, cut):
    bundle = tiles.encode_entries(entries)
    with pytest.raises(TileError, match="E0321"):
        tiles.decode_entries(bundle[:-cut] if cut < len(bundle) else b"\x01", len(entries))


def test_an_entry_over_65535_bytes_is_refused():
    assert len(tiles.encode_entries([bytes(65_535)])) == 65_537
    with pytest.raises(TileError, match="E0321"):
        tiles.encode_entries([bytes(65_536)])


@given(st.integers(1, 1500), st.data())
@settings(deadline=None, max_examples=25)
def test_proofs_from_tiles_hold(size, data):
    hashes = [merkle.leaf_hash(str(i).encode()) for i in range(size)]
    node = tiles.tile_nodes(size, lambda tile: _tile(hashes, tile))
    root = merkle.root_hash(hashes)
    assert merkle.range_hash(0, size, node) == root
    index = data.draw(st.integers(0, size - 1))
    merkle.verify_inclusion(hashes[index], index, size, merkle.inclusion_proof(index, size, node), root)
    earlier = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(earlier, size, node)
    merkle.verify_consistency(earlier, size, proof, merkle.root_hash(hashes[:earlier]), root)


def _tile(hashes, tile):
    span = 256**tile.level
    first = tile.index * 256
    return b"".join(merkle.root_hash(hashes[i * span : (i + 1) * span]) for i in range(first, first + tile.width))


def test_a_node_outside_the_tree_is_refused():
    with pytest.raises(TileError, match="E0320"):
        tiles.tile_nodes(3, lambda tile: b"")(1, 1)
    with pytest.raises(TileError, match="E0320"):
        tiles.tile_nodes(3, lambda tile: b"short")(0, 1)


def test_the_peers_log_holds_at_all_16_sizes(suites):
    folder = suites / "tessera" / "testdata" / "log"
    heads = [parse_checkpoint(parse_note((folder / f"checkpoint.{n}").read_bytes()).text) for n in range(16)]
    assert [head.size for head in heads] == list(range(16))
    nodes = [tiles.tile_nodes(n, lambda tile: (folder / tile.path).read_bytes()) for n in range(16)]
    assert heads[0].root == merkle.EMPTY_ROOT
    for size in range(1, 16):
        bundle = (folder / tiles.Tile(tiles.ENTRIES, 0, size).path).read_bytes()
        hashes = [merkle.leaf_hash(entry) for entry in tiles.decode_entries(bundle, size)]
        assert merkle.root_hash(hashes) == merkle.range_hash(0, size, nodes[size]) == heads[size].root
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, nodes[size])
            merkle.verify_inclusion(hashes[index], index, size, proof, heads[size].root)
        for earlier in range(1, size + 1):
            proof = merkle.consistency_proof(earlier, size, nodes[size])
            merkle.verify_consistency(earlier, size, proof, heads[earlier].root, heads[size].root)
