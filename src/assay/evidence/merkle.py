"""RFC 6962 Merkle trees: hashes, compact ranges, inclusion and consistency proofs. Pure.

A node is addressed by (level, index): it covers the leaves [index * 2**level, (index + 1) * 2**level).
Policy where the RFC is silent, as in the probes of transparency-dev/merkle: a proof from or in an
empty tree is refused, since it shows nothing; two empty trees agree only in the empty root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from assay.evidence.errors import MerkleError

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "CompactRange",
    "NodeReader",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "pair_hashes",
    "perfect_nodes",
    "range_hash",
    "root_hash",
    "verify_consistency",
    "verify_inclusion",
]

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""Gives the hash of the perfect node (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one log entry (RFC 6962 section 2.1: the prefix 0x00 keeps leaves and nodes apart)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over its two children (RFC 6962 section 2.1, prefix 0x01)."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each entry; a call for each of a million entries would cost as much as the hash."""
    return [sha256(data).digest() for data in map(b"\x00".__add__, entries)]


def pair_hashes(level: Iterable[bytes]) -> list[bytes]:
    """`node_hash` of each two hashes that follow one another; an odd last one is left out."""
    row = iter(level)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row, row, strict=False)]


@dataclass(frozen=True, slots=True)
class CompactRange:
    """The fewest perfect nodes that cover the leaves [begin, end), left to right, with their hashes."""

    begin: int
    end: int
    hashes: tuple[bytes, ...]

    @classmethod
    def empty(cls, at: int = 0) -> CompactRange:
        """A range without leaves that starts and ends at `at`."""
        return cls(at, at, ())

    def append(self, leaf: bytes) -> CompactRange:
        """The range with one more leaf hash at its end."""
        return self.join(CompactRange(self.end, self.end + 1, (leaf,)))

    def join(self, other: CompactRange) -> CompactRange:
        """Join this range and the one that follows it.

        Raises MerkleError (E0303) when `other` does not start where this one ends.
        """
        if other.begin != self.end:
            raise MerkleError("E0303", "ranges do not meet", expected=f"begin {self.end}, got {other.begin}")
        stack = list(zip(perfect_nodes(self.begin, self.end), self.hashes, strict=True))
        for (level, index), value in zip(perfect_nodes(other.begin, other.end), other.hashes, strict=True):
            stack.append(((level, index), value))
            _fold_siblings(stack)
        return CompactRange(self.begin, other.end, tuple(value for _, value in stack))

    def root(self) -> bytes:
        """Root of the tree of these leaves.

        Raises MerkleError (E0303) unless the range starts at leaf 0.
        """
        if self.begin:
            raise MerkleError("E0303", "only a range from leaf 0 has a root", where=f"begin {self.begin}")
        return _fold_right(self.hashes)


def _fold_siblings(stack: list[tuple[tuple[int, int], bytes]]) -> None:
    while len(stack) > 1:
        ((level, index), left), ((last_level, last_index), right) = stack[-2], stack[-1]
        if level != last_level or index % 2 or last_index != index + 1:
            return
        stack[-2:] = [((level + 1, index // 2), node_hash(left, right))]


def _fold_right(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_hash(leaves: Iterable[bytes]) -> bytes:
    """Root of the tree over these leaf hashes, the empty root if there are none (RFC 6962 section 2.1)."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        above = pair_hashes(level)
        # A last node without a sibling moves up unchanged: this gives RFC 6962's "largest power of two" split.
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def perfect_nodes(begin: int, end: int) -> list[tuple[int, int]]:
    """The fewest perfect nodes (level, index) that cover [begin, end), left to right.

    Raises MerkleError (E0303) for a negative or reversed range.
    """
    if not 0 <= begin <= end:
        raise MerkleError("E0303", f"no range [{begin}, {end})", expected="0 <= begin <= end")
    nodes = []
    while begin < end:
        fits = (end - begin).bit_length() - 1
        aligned = (begin & -begin).bit_length() - 1 if begin else fits
        level = min(fits, aligned)
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def range_hash(begin: int, end: int, node: NodeReader) -> bytes:
    """Merkle Tree Hash of the leaves [begin, end), where `begin` is a subtree's first leaf."""
    return _fold_right([node(level, index) for level, index in perfect_nodes(begin, end)])


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling upwards.

    Takes a reader of perfect nodes. Raises MerkleError (E0300) if the leaf is outside the tree.
    Source: RFC 6962 section 2.1.1.
    """
    if not 0 <= index < size:
        raise MerkleError("E0300", f"leaf {index} is not in a tree of {size}", expected="0 <= index < size")
    ranges = []
    begin, end = 0, size
    while end - begin > 1:
        split = begin + _split(end - begin)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin = split
    return tuple(range_hash(low, high, node) for low, high in reversed(ranges))


def consistency_proof(size1: int, size2: int, node: NodeReader) -> tuple[bytes, ...]:
    """Proof that the tree of `size1` leaves is a prefix of the tree of `size2`.

    Empty for equal sizes. Raises MerkleError (E0300) unless 0 < size1 <= size2.
    Source: RFC 6962 section 2.1.2.
    """
    if not 0 < size1 <= size2:
        raise MerkleError("E0300", f"no proof from size {size1} to {size2}", expected="0 < size1 <= size2")
    ranges = []
    begin, end, whole = 0, size2, True
    while size1 < end:
        split = begin + _split(end - begin)
        if size1 <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin, whole = split, False
    if not whole:
        ranges.append((begin, end))
    return tuple(range_hash(low, high, node) for low, high in reversed(ranges))


def _split(width: int) -> int:
    # Largest power of two below the width: RFC 6962 section 2.1.
    return 1 << ((width - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root.

    Raises MerkleError: E0300 index outside the tree, E0301 wrong number or length of hashes,
    E0302 other root. Source: RFC 9162 section 2.1.3.2 (same proofs as RFC 6962).
    """
    if not 0 <= index < size:
        raise MerkleError("E0300", f"leaf {index} is not in a tree of {size}", expected="0 <= index < size")
    _require_hashes((leaf, *proof))
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise MerkleError("E0301", f"inclusion proof of {len(proof)} hashes", expected=f"{inner + border} hashes")
    value = leaf
    for level, sibling in enumerate(proof[:inner]):
        value = node_hash(sibling, value) if index >> level & 1 else node_hash(value, sibling)
    for sibling in proof[inner:]:
        value = node_hash(sibling, value)
    _require_root(value, root)


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the tree of `size1` with `root1` is a prefix of the tree of `size2` with `root2`.

    Raises MerkleError: E0300 sizes reversed or the first tree empty while the second is not (nothing
    would be shown), E0301 wrong number or length of hashes, E0302 other root.
    Source: RFC 9162 section 2.1.4.2.
    """
    if size1 == size2:
        _verify_same(size1, proof, root1, root2)
        return
    if not 0 < size1 < size2:
        raise MerkleError("E0300", f"no consistency from size {size1} to {size2}", expected="0 < size1 <= size2")
    _require_hashes((root1, *proof))
    shift = (size1 & -size1).bit_length() - 1
    inner = ((size1 - 1) ^ (size2 - 1)).bit_length() - shift
    border = ((size1 - 1) >> (inner + shift)).bit_count()
    # A first tree that is itself one perfect node is the proof's seed; the prover leaves it out.
    seed_given = size1 != 1 << shift
    if len(proof) != inner + border + seed_given:
        raise MerkleError(
            "E0301", f"consistency proof of {len(proof)} hashes", expected=f"{inner + border + seed_given} hashes"
        )
    seed, rest = (proof[0], proof[1:]) if seed_given else (root1, proof)
    mask = (size1 - 1) >> shift
    _require_root(_climb_left(seed, rest, mask, inner), root1)
    _require_root(_climb(seed, rest, mask, inner), root2)


def _verify_same(size: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    if size < 0:
        raise MerkleError("E0300", f"no tree of size {size}", expected="0 <= size")
    if proof:
        raise MerkleError("E0301", "equal sizes need no proof", expected="an empty proof")
    if root1 != root2 or (size == 0 and root1 != EMPTY_ROOT):
        raise MerkleError("E0302", f"two roots for one size {size}", expected="equal roots; the empty root at size 0")


def _climb_left(value: bytes, proof: Sequence[bytes], mask: int, inner: int) -> bytes:
    for level, sibling in enumerate(proof):
        if level >= inner or mask >> level & 1:
            value = node_hash(sibling, value)
    return value


def _climb(value: bytes, proof: Sequence[bytes], mask: int, inner: int) -> bytes:
    for level, sibling in enumerate(proof):
        left = level >= inner or mask >> level & 1
        value = node_hash(sibling, value) if left else node_hash(value, sibling)
    return value


def _require_hashes(hashes: Iterable[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise MerkleError("E0301", f"a hash of {len(value)} bytes", expected=f"{HASH_SIZE} bytes")


def _require_root(value: bytes, root: bytes) -> None:
    if value != root:
        raise MerkleError("E0302", "the proof leads to another root", where=value.hex(), expected=root.hex())
