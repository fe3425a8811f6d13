"""The witness: the statuses of C2SP tlog-witness, and no fork is ever cosigned."""

from __future__ import annotations

import os
import random
import threading

import pytest

from assay.evidence import checkpoint, cosign, merkle, note, signers, tiles
from assay.evidence.errors import NoteError
from assay.evidence.witness import Witness

ORIGIN = "log.example/one"
LOG, OTHER, WITNESS = (signers.generate_key() for _ in range(3))
KEYS = (note.verifier_key(ORIGIN, LOG.public_key),)
WITNESS_KEYS = (note.verifier_key("witness.example/w", WITNESS.public_key, note.COSIGNATURE),)
NOW = 1_790_000_000


class Tree:
    """A log in memory: only its leaf hashes."""

    def __init__(self, names):
        self.hashes = [merkle.leaf_hash(str(name).encode()) for name in names]

    def head(self, size):
        return checkpoint.Checkpoint(ORIGIN, size, merkle.root_hash(self.hashes[:size]))

    def signed(self, size, signer=LOG):
        return checkpoint.sign_checkpoint(self.head(size), signer)

    def proof(self, old, new):
        node = tiles.tile_nodes(new, lambda tile: b"".join(self.hashes[: tile.width]))
        return merkle.consistency_proof(old, new, node) if old else ()

    def request(self, old, new, signer=LOG):
        return cosign.format_request(old, self.proof(old, new), self.signed(new, signer))


@pytest.fixture
def witness(tmp_path):
    return Witness(tmp_path / "witness", "witness.example/w", WITNESS, {ORIGIN: KEYS})


def test_a_growing_log_is_cosigned_and_remembered(witness):
    tree = Tree(range(50))
    old = 0
    for new in (0, 1, 1, 7, 8, 50, 50):
        answer = witness.add_checkpoint(tree.request(old, new), NOW)
        assert answer.status == 200
        signed = note.parse_note(tree.signed(new) + answer.body)
        assert cosign.verify_cosignatures(signed, WITNESS_KEYS, 1)[0].timestamp == NOW
        assert witness.latest(ORIGIN) == tree.head(new)
        old = new
    kept = checkpoint.open_checkpoint(witness.checkpoint(ORIGIN), ORIGIN, KEYS)[1]
    assert cosign.verify_cosignatures(kept, WITNESS_KEYS, 1)


def test_each_refusal_has_the_status_of_the_specification(witness):
    tree = Tree(range(20))
    assert witness.add_checkpoint(b"junk", NOW).status == 400
    assert witness.add_checkpoint(tree.request(0, 9, OTHER), NOW).status == 403
    assert witness.add_checkpoint(cosign.format_request(0, [bytes(32)], tree.signed(9)), NOW).status == 422
    assert witness.add_checkpoint(tree.request(0, 9), NOW).status == 200
    conflict = witness.add_checkpoint(tree.request(0, 12), NOW)
    assert (conflict.status, conflict.content_type, conflict.body) == (409, "text/x.tlog.size", b"9\n")
    assert witness.add_checkpoint(cosign.format_request(12, (), tree.signed(9)), NOW).status == 400
    assert witness.add_checkpoint(cosign.format_request(9, (), tree.signed(12)), NOW).status == 422
    stranger = checkpoint.sign_checkpoint(checkpoint.Checkpoint("log.example/two", 0, merkle.EMPTY_ROOT), LOG)
    assert witness.add_checkpoint(cosign.format_request(0, (), stranger), NOW).status == 404
    assert witness.latest(ORIGIN) == tree.head(9)


def test_a_damaged_signature_of_the_log_is_forbidden(witness):
    tree = Tree(range(3))
    line = note.sign_note("other\n", ORIGIN, LOG)
    forged = note.format_note(note.Note(checkpoint.format_checkpoint(tree.head(3)), (line,)))
    assert witness.add_checkpoint(cosign.format_request(0, (), forged), NOW).status == 403


def test_an_empty_tree_has_the_empty_root_only(witness):
    forged = checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, 0, bytes(32)), LOG)
    assert witness.add_checkpoint(cosign.format_request(0, (), forged), NOW).status == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"old 1\n", b"old 01\n\n", b"old -1\n\n", b"old 1\nAAAA\n\n", b"size 1\n\n", b"old 0\n\nnot a note\n"],
)
def test_a_malformed_request_is_refused(body):
    with pytest.raises(NoteError):
        cosign.parse_request(body)


def test_more_than_63_proof_lines_are_refused():
    tree = Tree(range(3))
    cosign.parse_request(cosign.format_request(0, [bytes(32)] * 63, tree.signed(3)))
    with pytest.raises(NoteError, match="E0318"):
        cosign.parse_request(cosign.format_request(0, [bytes(32)] * 64, tree.signed(3)))


def _forks(chance, size, seen):
    """Trees that the same log could show to somebody else: a leaf changed, dropped, swapped or added."""
    names = list(range(size))
    at = chance.randrange(seen)
    kind = chance.choice(("changed", "dropped", "swapped", "inserted"))
    if kind == "changed":
        names[at] = "fork"
    elif kind == "dropped":
        del names[at]
        names.append("fill")
    elif kind == "inserted":
        names.insert(at, "fork")
    else:
        names[at], names[at - 1] = names[at - 1], names[at]
        if seen == 1:
            names[at] = "fork"
    return Tree(names)


def test_no_split_view_is_cosigned_or_followed(witness):
    """1,000 generated split views, each with the best proof its author can make, and re-signed old sizes."""
    chance = random.Random(int(os.environ.get("ASSAY_SEED", "7")))
    honest = Tree(range(64))
    seen = 23
    assert witness.add_checkpoint(honest.request(0, seen), NOW).status == 200
    refused = 0
    for _ in range(1_000):
        fork = _forks(chance, 64, seen)
        new = chance.randrange(1, 64)
        body = fork.request(min(seen, new), new)
        answer = witness.add_checkpoint(body, NOW)
        with pytest.raises(NoteError, match="E0319"):
            cosign.follow(honest.head(seen), fork.head(new), fork.proof(min(seen, new), new))
        refused += answer.status in (409, 422)
    assert refused == 1_000
    assert witness.latest(ORIGIN) == honest.head(seen)


def test_a_rollback_is_not_cosigned(witness):
    tree = Tree(range(9))
    assert witness.add_checkpoint(tree.request(0, 9), NOW).status == 200
    for old in range(10):
        assert witness.add_checkpoint(cosign.format_request(old, (), tree.signed(5)), NOW).status in (400, 409)
    with pytest.raises(NoteError, match="shrank"):
        cosign.follow(tree.head(9), tree.head(5), ())
    assert witness.latest(ORIGIN) == tree.head(9)


def test_of_two_forks_at_once_only_one_is_cosigned(witness):
    trees = [Tree([name, *range(1, 9)]) for name in range(8)]
    answers = []
    threads = [
        threading.Thread(target=lambda t=tree: answers.append(witness.add_checkpoint(t.request(0, 9), NOW).status))
        for tree in trees
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7


def test_another_logs_checkpoint_is_not_followed():
    stranger = checkpoint.Checkpoint("log.example/two", 3, bytes(32))
    with pytest.raises(NoteError, match="E0315"):
        cosign.follow(stranger, Tree(range(3)).head(3), ())
