"""C2SP tlog-proof: one file that shows offline that an entry is in a log. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assay.evidence.checkpoint import Checkpoint, open_checkpoint
from assay.evidence.cosign import Cosignature, verify_cosignatures
from assay.evidence.errors import TileError
from assay.evidence.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from assay.evidence.note import VerifierKey
from assay.evidence.text import decode_base64, decode_decimal, encode_base64

__all__ = ["Head", "Logged", "TlogProof", "checked_head", "format_proof", "parse_proof", "verify_proof"]

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_MOST_HASHES: Final = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An entry's index, its inclusion proof and the signed checkpoint, verbatim. `extra` is not authenticated."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A verified checkpoint and the cosignatures of known witnesses."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]

    @property
    def seen_by(self) -> int | None:
        """Seconds since the Epoch at which the earliest known witness had seen it, None without witness."""
        return min((seen.timestamp for seen in self.cosignatures), default=None)


@dataclass(frozen=True, slots=True)
class Logged:
    """What a verified proof establishes: the entry's index under this head."""

    index: int
    head: Head


def parse_proof(data: bytes) -> TlogProof:
    """Read a `.tlog-proof` file; raises TileError (E0322) unless it follows the grammar to the byte."""
    head, gap, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if not gap or lines.pop(0) != _HEADER:
            raise ValueError(f"first line is not {_HEADER}")
        extra = decode_base64(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
        if not lines[0].startswith("index "):
            raise ValueError("no index line")
        index = decode_decimal(lines.pop(0).removeprefix("index "))
        hashes = tuple(map(decode_base64, lines))
        if len(hashes) > _MOST_HASHES or any(len(value) != HASH_SIZE for value in hashes):
            raise ValueError("too many or malformed hashes")
    except (ValueError, IndexError) as error:
        raise TileError("E0322", f"malformed .tlog-proof: {error}") from error
    return TlogProof(index, hashes, checkpoint, extra)


def format_proof(proof: TlogProof) -> bytes:
    """Write a `.tlog-proof` file; `parse_proof` gives the same proof back."""
    lines = [_HEADER]
    if proof.extra is not None:
        lines.append(f"extra {encode_base64(proof.extra)}")
    lines += [f"index {proof.index}", *map(encode_base64, proof.hashes), "", ""]
    return "\n".join(lines).encode("ascii") + proof.checkpoint


def verify_proof(
    proof: TlogProof,
    entry: bytes,
    origin: str,
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey] = (),
    threshold: int = 0,
) -> Logged:
    """Check that `entry` stands in the log `origin`, signed by one of `keys`, seen by `threshold` witnesses.

    Raises NoteError for the checkpoint, its signature or its cosignatures and MerkleError for the inclusion
    proof. Source: C2SP tlog-proof, "Verifying a tlog proof".
    """
    head = checked_head(proof.checkpoint, origin, keys, witnesses, threshold)
    verify_inclusion(leaf_hash(entry), proof.index, head.checkpoint.size, proof.hashes, head.checkpoint.root)
    return Logged(proof.index, head)


def checked_head(
    data: bytes,
    origin: str,
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey] = (),
    threshold: int = 0,
) -> Head:
    """Read a signed checkpoint and check it against the log's keys and the witnesses'; raises NoteError."""
    checkpoint, note = open_checkpoint(data, origin, keys)
    return Head(checkpoint, verify_cosignatures(note, witnesses, threshold))
