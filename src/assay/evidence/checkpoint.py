"""C2SP tlog-checkpoint: a log's signed tree head. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.evidence.errors import NoteError
from assay.evidence.keys import Signer
from assay.evidence.merkle import HASH_SIZE
from assay.evidence.note import Note, VerifierKey, format_note, parse_note, sign_note, verify_note
from assay.evidence.text import decode_base64, decode_decimal, encode_base64

__all__ = ["Checkpoint", "format_checkpoint", "open_checkpoint", "parse_checkpoint", "sign_checkpoint"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states: of `origin`, the tree of `size` leaves has this root. Extension lines are opaque."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's note text.

    Raises NoteError (E0314) for fewer than three lines, an empty line, a size with leading zeroes or
    beyond 2**63 - 1, or a root that is not 32 bytes of base64.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise NoteError("E0314", "not the lines of a checkpoint", expected="origin, size, root, no empty line")
    try:
        size, root = decode_decimal(lines[1]), decode_base64(lines[2])
    except ValueError as error:
        raise NoteError("E0314", "the checkpoint's size or root is malformed", where=f"{lines[1:3]}") from error
    if len(root) != HASH_SIZE:
        raise NoteError("E0314", f"a root hash of {len(root)} bytes", expected=f"{HASH_SIZE} bytes")
    return Checkpoint(lines[0], size, root, tuple(lines[3:]))


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Write a checkpoint's note text; raises NoteError (E0314) if its fields cannot be read back."""
    lines = [checkpoint.origin, str(checkpoint.size), encode_base64(checkpoint.root), *checkpoint.extensions]
    # As `parse_checkpoint` asks; reading it back would cost a log as much as signing it.
    if not all(lines) or any("\n" in line for line in lines):
        raise NoteError("E0314", "an origin or extension is empty or holds a newline", where=checkpoint.origin[:80])
    if not 0 <= checkpoint.size < 2**63 or len(checkpoint.root) != HASH_SIZE:
        raise NoteError("E0314", "no size or root of a checkpoint", where=f"size {checkpoint.size}")
    return "\n".join(lines) + "\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """A note of the checkpoint, signed by the log under its origin as key name."""
    text = format_checkpoint(checkpoint)
    return format_note(Note(text, (sign_note(text, checkpoint.origin, signer),)))


def open_checkpoint(data: bytes, origin: str, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, Note]:
    """Read a signed checkpoint of this log and check the log's signature.

    Raises NoteError: E0310 and E0314 grammar, E0315 another origin, E0311 and E0312 signature.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise NoteError("E0315", "the checkpoint belongs to another log", where=checkpoint.origin, expected=origin)
    verify_note(note, keys)
    return checkpoint, note
