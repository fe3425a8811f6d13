"""C2SP tlog-cosignature (ed25519, type 0x04) and the decisions of C2SP tlog-witness. Pure.

A witness keeps one checkpoint per log and signs only what is consistent with it. Its file and lock
are in witness.py; here a request and that checkpoint go in and a status comes out.
ML-DSA-44 cosignatures (type 0x06) are read as lines of unknown keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assay.evidence.checkpoint import Checkpoint, parse_checkpoint
from assay.evidence.errors import MerkleError, NoteError, SignatureError
from assay.evidence.keys import Signer
from assay.evidence.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from assay.evidence.note import COSIGNATURE, Note, NoteSignature, VerifierKey, parse_note, verifier_key, verify_note
from assay.evidence.text import decode_base64, decode_decimal, encode_base64

__all__ = [
    "AddCheckpoint",
    "Cosignature",
    "Verdict",
    "cosign",
    "follow",
    "format_request",
    "judge",
    "parse_request",
    "verify_cosignatures",
]

_MOST_PROOF_LINES: Final = 63


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness saw the checkpoint at this time (seconds since the Epoch)."""

    key: VerifierKey
    timestamp: int


def _message(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def cosign(text: str, timestamp: int, name: str, signer: Signer) -> NoteSignature:
    """Cosign a checkpoint's note text as witness `name` at `timestamp` (seconds since the Epoch).

    Raises NoteError: E0314 for a text that is no checkpoint, E0316 for a time outside 1 to 2**63 - 1.
    """
    parse_checkpoint(text)
    if not 0 < timestamp < 2**63:
        raise NoteError("E0316", f"no cosignature at time {timestamp}", expected="1 to 2**63 - 1")
    key = verifier_key(name, signer.public_key, COSIGNATURE)
    signature = signer.sign(_message(text, timestamp))
    return NoteSignature(name, key.key_id, timestamp.to_bytes(8, "big") + signature)


def verify_cosignatures(note: Note, witnesses: Sequence[VerifierKey], threshold: int) -> tuple[Cosignature, ...]:
    """Check the cosignatures of known witnesses (keys of type 0x04); at least `threshold` must be there.

    Gives one cosignature for each public key, the newest. Raises NoteError: E0312 when a known witness's
    line does not verify, E0316 when it is malformed, E0317 when there are too few.
    """
    found: dict[bytes, Cosignature] = {}
    for key in witnesses:
        for line in note.signatures:
            if key.type == COSIGNATURE and (line.name, line.key_id) == (key.name, key.key_id):
                seen = _verify_line(note.text, line, key)
                known = found.get(key.public_key.raw)
                # The signed bytes do not hold the witness's name, so one key under two names is one witness.
                if known is None or seen.timestamp > known.timestamp:
                    found[key.public_key.raw] = seen
    if len(found) < threshold:
        raise NoteError("E0317", f"{len(found)} of {threshold} witnesses cosigned", expected=f"at least {threshold}")
    return tuple(found.values())


def _verify_line(text: str, line: NoteSignature, key: VerifierKey) -> Cosignature:
    timestamp = int.from_bytes(line.signature[:8], "big")
    if len(line.signature) != 72 or not 0 < timestamp < 2**63:
        raise NoteError("E0316", "malformed cosignature", where=key.name, expected="8 bytes of time, 64 of signature")
    try:
        key.public_key.verify(line.signature[8:], _message(text, timestamp))
    except SignatureError as error:
        raise NoteError("E0312", "a known witness's cosignature does not verify", where=key.name) from error
    return Cosignature(key, timestamp)


def follow(last: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that a log moved from its last checkpoint to the new one without rewriting anything.

    Both must already be verified against the log's key. Raises NoteError: E0315 for another log, E0319
    for a rollback, a second root for one size, or a proof that does not hold (fork).
    """
    if new.origin != last.origin:
        raise NoteError("E0315", "the checkpoint belongs to another log", where=new.origin, expected=last.origin)
    if new.size < last.size:
        raise NoteError("E0319", f"the log shrank from {last.size} to {new.size}", remedy="keep both checkpoints")
    try:
        if last.size == 0 < new.size:
            # The empty tree is a prefix of every tree; RFC 6962 has no proof for it.
            verify_consistency(0, 0, proof, last.root, EMPTY_ROOT)
        else:
            verify_consistency(last.size, new.size, proof, last.root, new.root)
    except MerkleError as error:
        raise NoteError(
            "E0319",
            f"the checkpoints of size {last.size} and {new.size} are not consistent",
            where=last.origin,
            remedy="keep both checkpoints: together they prove that the log forked",
        ) from error


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to a witness: the size it last cosigned, a consistency proof, the new checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """A witness's answer: an HTTP status of tlog-witness and why. 200 means: store, then cosign."""

    status: int
    reason: str


def parse_request(body: bytes) -> AddCheckpoint:
    """Read the body of add-checkpoint; raises NoteError (E0318, E0310, E0314), which a witness answers with 400."""
    head, gap, data = body.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
        if not gap or not first.startswith("old "):
            raise ValueError("no line with the old size")
        old_size = decode_decimal(first.removeprefix("old "))
        proof = tuple(map(decode_base64, rest))
        if len(proof) > _MOST_PROOF_LINES or any(len(value) != HASH_SIZE for value in proof):
            raise ValueError("too many or malformed proof lines")
    except ValueError as error:
        raise NoteError("E0318", f"malformed add-checkpoint request: {error}") from error
    note = parse_note(data)
    return AddCheckpoint(old_size, proof, note, parse_checkpoint(note.text))


def format_request(old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Write the body of add-checkpoint for a signed checkpoint."""
    lines = [f"old {old_size}", *map(encode_base64, proof), "", ""]
    return "\n".join(lines).encode("ascii") + checkpoint


def judge(request: AddCheckpoint, keys: Sequence[VerifierKey], latest: Checkpoint | None) -> Verdict:
    """Decide whether a witness may cosign what is requested.

    Takes the keys trusted for the request's origin (none: unknown log) and the checkpoint last cosigned
    for it. Gives 200, 400, 403, 404, 409 or 422 in the order of C2SP tlog-witness, "add-checkpoint".
    """
    if not keys:
        return Verdict(404, "unknown log")
    try:
        verify_note(request.note, keys)
    except NoteError as error:
        return Verdict(403, error.what)
    new, known = request.checkpoint, latest.size if latest else 0
    if request.old_size > new.size:
        return Verdict(400, "the old size is larger than the checkpoint's")
    if request.old_size != known:
        return Verdict(409, f"{known}")
    base = latest or Checkpoint(new.origin, 0, EMPTY_ROOT)
    try:
        follow(base, new, request.proof)
    except NoteError as error:
        return Verdict(422, error.what)
    return Verdict(200, "consistent")
