"""C2SP signed-note: text and ed25519 signature lines. Pure.

A note's bytes are its text (ending in a newline), an empty line, and one line for each signature:
`— <key name> base64(key ID || signature)`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assay.evidence.errors import KeyRefusedError, NoteError, SignatureError
from assay.evidence.keys import PublicKey, Signer
from assay.evidence.text import decode_base64, encode_base64

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "Note",
    "NoteSignature",
    "VerifierKey",
    "format_note",
    "format_signature",
    "key_id_of",
    "parse_note",
    "parse_signature",
    "sign_note",
    "verifier_key",
    "verify_note",
]

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH: Final = "— "
_LARGEST_NOTE: Final = 1_000_000
_MOST_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name and 4-byte ID and the bytes after it."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text with its final newline, and its signature lines in order."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that a verifier trusts for a name; `type` is the signature type byte."""

    name: str
    type: int
    public_key: PublicKey

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that start this key's signatures."""
        return key_id_of(self.name, self.type, self.public_key.raw)

    def __str__(self) -> str:
        """The vkey text: `name+hex(key ID)+base64(type || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type]) + self.public_key.raw)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey of type 0x01 or 0x04.

        Raises NoteError (E0313) for another grammar, type or key ID and KeyRefusedError for a bad key.
        """
        name, _, rest = text.partition("+")
        digits, _, body = rest.partition("+")
        try:
            _check_name(name)
            material = decode_base64(body)
            key = verifier_key(name, PublicKey(material[1:]), material[0])
        except KeyRefusedError:
            raise
        except (ValueError, IndexError, NoteError) as error:
            raise NoteError("E0313", "malformed vkey", where=text[:80], expected="name+hex+base64") from error
        if key.key_id.hex() != digits:
            raise NoteError("E0313", "the vkey's key ID is not that of its key", where=text[:80])
        return key


def verifier_key(name: str, public_key: PublicKey, type: int = ED25519) -> VerifierKey:
    """A verifier key of this name; raises NoteError (E0313) for a name or signature type not allowed."""
    _check_name(name)
    if type not in (ED25519, COSIGNATURE):
        raise NoteError("E0313", f"signature type {type:#04x} is not supported", expected="0x01 or 0x04")
    return VerifierKey(name, type, public_key)


def key_id_of(name: str, type: int, public: bytes) -> bytes:
    """The 4-byte key ID of a name, signature type and public key (C2SP signed-note, "Signatures")."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([type]) + public).digest()[:4]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise NoteError("E0313", f"key name {name!r} is not allowed", expected="no space, no plus, not empty")


def parse_note(data: bytes) -> Note:
    """Read a signed note.

    Raises NoteError (E0310) for anything outside the grammar: not UTF-8, control characters, no empty
    line, malformed signature lines, more than 100 signatures or a million bytes.
    """
    text = _decode(data)
    split = text.rfind("\n\n")
    if split < 0 or not text.endswith("\n"):
        raise NoteError("E0310", "no empty line before the signatures", expected="text, empty line, signatures")
    lines = text[split + 2 : -1].split("\n") if split + 2 < len(text) else []
    if not 1 <= len(lines) <= _MOST_SIGNATURES:
        raise NoteError("E0310", f"{len(lines)} signature lines", expected=f"1 to {_MOST_SIGNATURES}")
    return Note(text[: split + 1], tuple(parse_signature(line) for line in lines))


def _decode(data: bytes) -> str:
    if len(data) > _LARGEST_NOTE:
        raise NoteError("E0310", f"a note of {len(data)} bytes", expected=f"at most {_LARGEST_NOTE}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("E0310", "the note is not UTF-8") from error
    if _CONTROL.search(text):
        raise NoteError("E0310", "the note holds a control character")
    return text


def parse_signature(line: str) -> NoteSignature:
    """Read one signature line without its newline; raises NoteError (E0310)."""
    name, space, body = line.removeprefix(_DASH).partition(" ")
    try:
        if not line.startswith(_DASH) or not space:
            raise ValueError("no em dash, name and signature")
        _check_name(name)
        raw = decode_base64(body)
        if len(raw) < 5:
            raise ValueError("too short")
    except (ValueError, NoteError) as error:
        raise NoteError("E0310", "malformed signature line", where=line[:80], expected="— name base64") from error
    return NoteSignature(name, raw[:4], raw[4:])


def format_signature(signature: NoteSignature) -> str:
    """Write one signature line with its newline."""
    return f"{_DASH}{signature.name} {encode_base64(signature.key_id + signature.signature)}\n"


def format_note(note: Note) -> bytes:
    """Write a note; `parse_note` gives the same note back."""
    return (note.text + "\n" + "".join(map(format_signature, note.signatures))).encode("utf-8")


def sign_note(text: str, name: str, signer: Signer) -> NoteSignature:
    """Sign a text under a key name with signature type 0x01.

    Raises NoteError: E0310 for a text that a note cannot carry, E0313 for the name.
    """
    _decode(text.encode("utf-8"))
    if not text.endswith("\n"):
        raise NoteError("E0310", "a note's text ends in a newline")
    key = verifier_key(name, signer.public_key)
    return NoteSignature(name, key.key_id, signer.sign(text.encode("utf-8")))


def verify_note(note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Check the note against trusted keys of type 0x01; gives those that signed, in the order of `keys`.

    Lines of unknown keys are ignored. Raises NoteError: E0312 when a line claims a trusted key but does
    not verify, E0311 when no trusted key signed. Source: C2SP signed-note, "Signatures".
    """
    signed = [key for key in keys if key.type == ED25519 and _signed_by(note, key)]
    if not signed:
        raise NoteError("E0311", "no trusted key signed the note", expected=", ".join(key.name for key in keys))
    return tuple(signed)


def _signed_by(note: Note, key: VerifierKey) -> bool:
    found = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
    for line in found:
        try:
            key.public_key.verify(line.signature, note.text.encode("utf-8"))
        except SignatureError as error:
            raise NoteError("E0312", "a trusted key's signature does not verify", where=key.name) from error
    return bool(found)
