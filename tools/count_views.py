"""Split views: a log with two histories, shown to different people, held against witness, monitor and verifiers."""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import proof as second

from assay.evidence import checkpoint, cosign, merkle, note, signers, tiles
from assay.evidence.errors import EvidenceError
from assay.evidence.proof import TlogProof, format_proof, parse_proof, verify_proof
from assay.evidence.witness import Witness
from counting import Row, bar, counts

ORIGIN, NAME, NOW = "log.example/split", "witness.example/w", 1_790_000_000


class View:
    """One history of a log."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]
        self.root = merkle.root_hash(self.leaves)

    def _node(self, tile: tiles.Tile) -> bytes:
        return b"".join(self.leaves[: tile.width])

    def head(self, signer: signers.KeySigner) -> bytes:
        """The signed checkpoint of the whole history."""
        return checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, len(self.leaves), self.root), signer)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The best proof that this history grew from its first `old` entries."""
        if old in (0, len(self.leaves)):
            return ()
        return merkle.consistency_proof(old, len(self.leaves), tiles.tile_nodes(len(self.leaves), self._node))

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The proof that an entry stands in this history."""
        return merkle.inclusion_proof(index, len(self.leaves), tiles.tile_nodes(len(self.leaves), self._node))


def split_views(count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    log, eye = signers.generate_key(), signers.generate_key()
    by = {name: Counter[str]() for name in ("witness", "monitor", "first verifier", "second verifier")}
    for number in bar(range(count), "view"):
        for name, told in refusals(chance, log, eye, number).items():
            by[name][told] += 1
    return [
        Row(f"generated split views, refused by the {name}", f"all of {count:,}",
            f"{count - told['accepted']:,} refused: {counts(told)}", not told["accepted"], fewer=count < 1_000)
        for name, told in by.items()
    ]  # fmt: skip


def refusals(
    chance: random.Random, log: signers.KeySigner, eye: signers.KeySigner, number: int
) -> dict[str, str]:  # fmt: skip
    """The honest view is cosigned, then the other one is shown to everybody: who refuses it, and how."""
    shared = chance.randrange(60)
    base = [b"%d-%d" % (number, i) for i in range(shared)]
    honest = View(base + [b"honest %d" % i for i in range(chance.randrange(1, 40))])
    other = View(base + [b"forked %d" % i for i in range(chance.randrange(1, 60))])
    keys = (note.verifier_key(ORIGIN, log.public_key),)
    eyes = (note.verifier_key(NAME, eye.public_key, note.COSIGNATURE),)
    size = len(honest.leaves)
    with tempfile.TemporaryDirectory() as folder:
        witness = Witness(Path(folder), NAME, eye, {ORIGIN: keys})
        seen = witness.add_checkpoint(cosign.format_request(0, (), honest.head(log)), NOW)
        if seen.status != 200:
            raise SystemExit(f"the honest view was refused: {seen}")
        old = min(size, len(other.leaves))
        told = witness.add_checkpoint(cosign.format_request(old, other.consistency(old), other.head(log)), NOW + 1)
    index = chance.randrange(shared, len(other.leaves))
    # The best that a forking log can do: its own signature, and the witness's line of the honest view.
    head = other.head(log) + seen.body
    made = format_proof(TlogProof(index, other.inclusion(index), head))
    vkeys = ([str(keys[0])], [str(eyes[0])], 1)
    return {
        "witness": "accepted" if told.status == 200 else f"status {told.status}",
        "monitor": _monitor(honest, other),
        "first verifier": _verify(made, other.entries[index], keys, eyes),
        "second verifier": _second(made, other.entries[index], *vkeys),
    }


def _monitor(honest: View, other: View) -> str:
    heads = [checkpoint.Checkpoint(ORIGIN, len(view.leaves), view.root) for view in (honest, other)]
    proof = other.consistency(heads[0].size) if heads[1].size > heads[0].size else ()
    try:
        cosign.follow(heads[0], heads[1], proof)
    except EvidenceError as error:
        return error.code
    return "accepted"


def _verify(
    made: bytes, entry: bytes, keys: tuple[note.VerifierKey, ...], eyes: tuple[note.VerifierKey, ...]
) -> str:  # fmt: skip
    try:
        verify_proof(parse_proof(made), entry, ORIGIN, keys, eyes, 1)
    except EvidenceError as error:
        return error.code
    return "accepted"


def _second(made: bytes, entry: bytes, logs: list[str], eyes: list[str], threshold: int) -> str:
    try:
        second.tlog_proof(made, entry, logs, eyes, threshold)
    except second.Refused as error:
        return str(error)
    return "accepted"
