"""RFC 6962 hashes and proofs, against a plain reading of the RFC and the peers' probes."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.evidence import merkle
from assay.evidence.errors import MerkleError


def leaves(count):
    return [merkle.leaf_hash(str(i).encode()) for i in range(count)]


def plain_root(hashes):
    """RFC 6962 section 2.1 word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(plain_root(hashes[:split]), plain_root(hashes[split:]))


def plain_path(index, hashes):
    """RFC 6962 section 2.1.1 word for word."""
    if len(hashes) == 1:
        return []
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    if index < split:
        return [*plain_path(index, hashes[:split]), plain_root(hashes[split:])]
    return [*plain_path(index - split, hashes[split:]), plain_root(hashes[:split])]


def reader(hashes):
    return lambda level, index: plain_root(hashes[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(40))
def test_the_root_is_that_of_the_rfc(size):
    hashes = leaves(size)
    compact = merkle.CompactRange.empty()
    for value in hashes:
        compact = compact.append(value)
    assert merkle.root_hash(hashes) == compact.root() == plain_root(hashes)
    assert merkle.range_hash(0, size, reader(hashes)) == plain_root(hashes)


@pytest.mark.parametrize("size", range(1, 24))
def test_every_inclusion_proof_is_that_of_the_rfc_and_verifies(size):
    hashes = leaves(size)
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, reader(hashes))
        assert list(proof) == plain_path(index, hashes)
        merkle.verify_inclusion(hashes[index], index, size, proof, plain_root(hashes))


@pytest.mark.parametrize("size2", range(1, 24))
def test_every_consistency_proof_verifies(size2):
    hashes = leaves(size2)
    for size1 in range(1, size2 + 1):
        proof = merkle.consistency_proof(size1, size2, reader(hashes))
        merkle.verify_consistency(size1, size2, proof, plain_root(hashes[:size1]), plain_root(hashes))


@given(st.integers(1, 200), st.data())
@settings(deadline=None, max_examples=60)
def test_a_changed_inclusion_proof_is_refused(size, data):
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(index, size, reader(hashes)))
    root = plain_root(hashes)
    wrong_index = data.draw(st.integers(0, size + 3).filter(lambda i: i != index))
    with pytest.raises(MerkleError):
        merkle.verify_inclusion(hashes[index], wrong_index, size, proof, root)
    for changed in _changed(proof, data):
        with pytest.raises(MerkleError):
            merkle.verify_inclusion(hashes[index], index, size, changed, root)


@given(st.integers(2, 200), st.data())
@settings(deadline=None, max_examples=60)
def test_a_changed_consistency_proof_is_refused(size2, data):
    hashes = leaves(size2)
    size1 = data.draw(st.integers(1, size2 - 1))
    proof = list(merkle.consistency_proof(size1, size2, reader(hashes)))
    root1, root2 = plain_root(hashes[:size1]), plain_root(hashes)
    for changed in _changed(proof, data):
        with pytest.raises(MerkleError):
            merkle.verify_consistency(size1, size2, changed, root1, root2)
    forked = [merkle.leaf_hash(b"fork"), *hashes[1:]]
    with pytest.raises(MerkleError):
        merkle.verify_consistency(
            size1, size2, merkle.consistency_proof(size1, size2, reader(forked)), root1, plain_root(forked)
        )


def _changed(proof, data):
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = bytearray(proof[at])
        flipped[bit // 8] ^= 1 << bit % 8
        yield [*proof[:at], bytes(flipped), *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], proof[at][:-1], *proof[at + 1 :]]


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_compact_ranges_join_to_the_range_over_both(a, b, c):
    begin, middle, end = sorted((a, b, c))
    hashes = leaves(end)

    def compact(low, high):
        grown = merkle.CompactRange.empty(low)
        for value in hashes[low:high]:
            grown = grown.append(value)
        return grown

    joined = compact(begin, middle).join(compact(middle, end))
    assert joined == compact(begin, end)
    nodes = merkle.perfect_nodes(begin, end)
    assert joined.hashes == tuple(reader(hashes)(level, index) for level, index in nodes)


def test_ranges_that_do_not_meet_are_refused():
    with pytest.raises(MerkleError, match="E0303"):
        merkle.CompactRange.empty(1).join(merkle.CompactRange.empty(2))
    with pytest.raises(MerkleError, match="E0303"):
        merkle.CompactRange.empty(1).root()
    with pytest.raises(MerkleError, match="E0303"):
        merkle.perfect_nodes(2, 1)


def test_proofs_outside_the_tree_are_not_made():
    with pytest.raises(MerkleError, match="E0300"):
        merkle.inclusion_proof(3, 3, reader(leaves(3)))
    with pytest.raises(MerkleError, match="E0300"):
        merkle.consistency_proof(0, 3, reader(leaves(3)))
    with pytest.raises(MerkleError, match="E0300"):
        merkle.verify_consistency(-1, -1, [], b"", b"")


def test_the_peers_196_probes_get_their_verdicts(suites):
    folder = suites / "merkle" / "testdata"
    run = {"inclusion": 0, "consistency": 0}
    for kind in run:
        for path in sorted((folder / kind).rglob("*.json")):
            probe = json.loads(path.read_text())
            verdict = _refused(kind, probe)
            assert verdict == probe["wantErr"], f"{path}: {probe['desc']}"
            run[kind] += 1
    assert run == {"inclusion": 98, "consistency": 98}


def _refused(kind, probe):
    def raw(name):
        return base64.b64decode(probe[name] or "")

    proof = [base64.b64decode(value) for value in probe["proof"] or []]
    try:
        if kind == "inclusion":
            merkle.verify_inclusion(raw("leafHash"), probe["leafIdx"], probe["treeSize"], proof, raw("root"))
        else:
            merkle.verify_consistency(probe["size1"], probe["size2"], proof, raw("root1"), raw("root2"))
    except MerkleError:
        return True
    return False
