"""Errors of the evidence room and the list of their codes.

IntegrityError (assay.errors)
└── EvidenceError
    ├── MerkleError      a proof or tree does not hold
    ├── NoteError        a signed note, checkpoint or cosignature is malformed or unsigned
    ├── TileError        a tile, entry bundle or `.tlog-proof` breaks its layout
    ├── KeyRefusedError  a public key or private key file may not be used
    ├── SignatureError   bytes are not what a key signed
    ├── EnvelopeError    a DSSE envelope or in-toto Statement breaks its format
    ├── BlobError        stored bytes are missing, erased or not those of their digest
    ├── LogError         the log on disk cannot be trusted or written
    ├── ContainerError   a bundle's container is not the canonical one
    └── PolicyError      a trust policy is malformed or does not allow a signature
"""

from __future__ import annotations

from typing import Final

from assay.errors import IntegrityError

__all__ = [
    "CODES",
    "BlobError",
    "ContainerError",
    "EnvelopeError",
    "EvidenceError",
    "KeyRefusedError",
    "LogError",
    "MerkleError",
    "NoteError",
    "PolicyError",
    "SignatureError",
    "TileError",
]

CODES: Final = {
    "E0300": "sizes or index of a Merkle proof make no sense",
    "E0301": "a Merkle proof has too few or too many hashes, or a hash of the wrong length",
    "E0302": "a Merkle proof leads to another root",
    "E0303": "a Merkle range or node lies outside the tree",
    "E0310": "a signed note breaks the C2SP signed-note grammar",
    "E0311": "no trusted key signed the note",
    "E0312": "a line claims a trusted key, but its signature does not verify",
    "E0313": "a verifier key (vkey) is malformed or its key ID is wrong",
    "E0314": "a checkpoint breaks the C2SP tlog-checkpoint grammar",
    "E0315": "a checkpoint belongs to another log",
    "E0316": "a cosignature is malformed",
    "E0317": "too few known witnesses cosigned the checkpoint",
    "E0318": "an add-checkpoint request breaks the C2SP tlog-witness grammar",
    "E0319": "two signed checkpoints of one log cannot both be true (fork or rollback)",
    "E0320": "a tile path or tile breaks the C2SP tlog-tiles layout",
    "E0321": "an entry bundle is cut short, too long or its entry too large",
    "E0322": "a .tlog-proof breaks the C2SP tlog-proof grammar",
    "E0330": "a public key has the wrong length",
    "E0331": "a public key is not written in its one canonical form",
    "E0332": "a public key is no point of the curve",
    "E0333": "a public key has low order: it verifies forged signatures",
    "E0334": "a public key lies outside the prime-order subgroup",
    "E0335": "a private key file cannot be read with this passphrase or is no ed25519 key",
    "E0336": "a signature does not verify",
    "E0340": "bytes are not the JSON profile that we sign (duplicate key, float, depth, not canonical)",
    "E0341": "a DSSE envelope lacks or misuses a field",
    "E0342": "too few of the given keys signed the envelope",
    "E0343": "an in-toto Statement lacks or misuses a field",
    "E0350": "no bytes are stored under this digest",
    "E0351": "stored bytes do not have the digest they are stored under",
    "E0352": "the bytes were erased; a signed and logged statement says when, by whom and why",
    "E0353": "a digest is not 64 lower-case hex digits",
    "E0354": "stored bytes are gone, and no signed and logged statement erased them",
    "E0360": "the log's state on disk is damaged",
    "E0361": "an entry is larger than 65,535 bytes",
    "E0362": "an earlier write failed; reopen the log to recover",
    "E0363": "the log holds no such entry or size",
    "E0364": "the log on disk belongs to another origin or key",
    "E0370": "a member name is not allowed in a container",
    "E0371": "the container is cut short or not a stored zip",
    "E0372": "the container differs from the canonical bytes of its members",
    "E0373": "a container is too large for its format",
    "E0374": "a manifest and the members differ",
    "E0375": "a commitment does not open to these bytes",
    "E0380": "a trust policy breaks its format",
    "E0381": "a trust policy is not the one that was pinned",
    "E0382": "the trust policy knows no such role, key or log",
    "E0383": "too few people allowed for this role signed",
    "E0384": "the change of trust policy is not signed as the old policy asks",
    "E0386": "a bundle's members are not those of its layout",
}
"""Every code of this room and what it means, for `assay explain`."""


class EvidenceError(IntegrityError):
    """Evidence, its signatures or its log do not hold together."""


class MerkleError(EvidenceError):
    """A Merkle proof or tree does not hold."""


class NoteError(EvidenceError):
    """A signed note, checkpoint or cosignature is malformed or not signed as needed."""


class TileError(EvidenceError):
    """A tile, entry bundle or proof file breaks its layout."""


class KeyRefusedError(EvidenceError):
    """A key may not be enrolled or cannot be read."""


class SignatureError(EvidenceError):
    """Bytes are not what the key signed."""


class EnvelopeError(EvidenceError):
    """A DSSE envelope or in-toto Statement breaks its format."""


class BlobError(EvidenceError):
    """Stored bytes are missing, erased or changed."""


class LogError(EvidenceError):
    """The log on disk cannot be trusted or written."""


class ContainerError(EvidenceError):
    """A container is not the canonical one."""


class PolicyError(EvidenceError):
    """A trust policy is malformed or does not allow a signature."""
