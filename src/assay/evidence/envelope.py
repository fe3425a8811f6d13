"""DSSE v1 envelopes: a payload, its type and the signatures over both. Pure.

Our envelopes have one byte form: canonical JSON, signatures sorted by key id, standard base64. Foreign
ones may be written in any way DSSE allows. Both verify with securesystemslib and the other way round.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from assay.canon import canonical
from assay.evidence.errors import EnvelopeError, SignatureError
from assay.evidence.keys import PublicKey, Signer
from assay.evidence.profile import parse, parse_canonical
from assay.evidence.text import decode_base64, encode_base64

__all__ = [
    "IN_TOTO",
    "Envelope",
    "EnvelopeSignature",
    "Signed",
    "countersign",
    "format_envelope",
    "pae",
    "parse_envelope",
    "parse_foreign",
    "sign_envelope",
    "verify_envelope",
]

IN_TOTO: Final = "application/vnd.in-toto+json"
_MOST_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True, order=True)
class EnvelopeSignature:
    """A signature and the id of the key that made it; the id is a hint and empty if a foreign envelope has none."""

    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Payload bytes, the type that says how to read them, and signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """What verification established: the keys that signed, and ids of signatures by keys not given."""

    keys: tuple[PublicKey, ...]
    unknown: tuple[str, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: the bytes that are signed (DSSE v1 protocol, "Signature Definition")."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload_type: str, payload: bytes, signers: Iterable[Signer]) -> Envelope:
    """A new envelope signed by each signer; raises EnvelopeError (E0341) without signer or with one key twice."""
    envelope = Envelope(payload_type, payload, ())
    for signer in signers:
        envelope = countersign(envelope, signer)
    _check(envelope)
    return envelope


def countersign(envelope: Envelope, signer: Signer) -> Envelope:
    """The envelope with one more signature; raises EnvelopeError (E0341) if this key signed before."""
    signature = signer.sign(pae(envelope.payload_type, envelope.payload))
    added = EnvelopeSignature(signer.public_key.key_id, signature)
    signed = Envelope(envelope.payload_type, envelope.payload, tuple(sorted((*envelope.signatures, added))))
    _check(signed)
    return signed


def format_envelope(envelope: Envelope) -> bytes:
    """Write an envelope in its one canonical byte form."""
    signatures = [
        {"keyid": entry.key_id, "sig": encode_base64(entry.signature)} for entry in sorted(envelope.signatures)
    ]
    return canonical(
        {
            "payload": encode_base64(envelope.payload),
            "payloadType": envelope.payload_type,
            "signatures": signatures,
        }
    )


def parse_envelope(data: bytes) -> Envelope:
    """Read one of our envelopes.

    Raises EnvelopeError: E0340 not canonical JSON, E0341 a field missing, unknown, unsorted or malformed.
    """
    envelope = _read(parse_canonical(data), decode_base64)
    if format_envelope(envelope) != data:
        raise EnvelopeError("E0341", "the envelope has unknown fields or unsorted signatures")
    _check(envelope)
    return envelope


def parse_foreign(data: bytes) -> Envelope:
    """Read an envelope that others wrote: any JSON layout, unknown fields, base64 of either alphabet.

    Raises EnvelopeError (E0340, E0341). Keep the original bytes: their digest is the evidence.
    """
    envelope = _read(parse(data), _decode_either)
    _check(envelope)
    return envelope


def _read(value: Any, decode: Any) -> Envelope:  # noqa: ANN401  JSON from outside, narrowed here
    try:
        kind, payload = value["payloadType"], decode(value["payload"])
        signatures = tuple(
            EnvelopeSignature(entry.get("keyid") or "", decode(entry["sig"])) for entry in value["signatures"]
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EnvelopeError(
            "E0341", f"malformed envelope: {error}", expected="payloadType, payload, signatures[keyid, sig]"
        ) from error
    if not isinstance(kind, str) or not all(isinstance(entry.key_id, str) for entry in signatures):
        raise EnvelopeError("E0341", "payloadType and keyid are text")
    return Envelope(kind, payload, signatures)


def _decode_either(text: str) -> bytes:
    # DSSE lets a writer choose the standard or the URL-safe alphabet, padded or not.
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _check(envelope: Envelope) -> None:
    if not envelope.payload_type or not 1 <= len(envelope.signatures) <= _MOST_SIGNATURES:
        raise EnvelopeError("E0341", "an envelope has a type and 1 to 100 signatures")
    named = [entry.key_id for entry in envelope.signatures if entry.key_id]
    # securesystemslib refuses this too: one key must not look like two signers.
    if len(set(named)) != len(named):
        raise EnvelopeError("E0341", "one key id signs twice")


def verify_envelope(
    envelope: Envelope, keys: Iterable[PublicKey], threshold: int = 1, *, foreign: bool = False
) -> Signed:
    """Check the signatures of the given keys; at least `threshold` different ones must have signed.

    A threshold of 0 only asks who signed. A signature counts for the key that its key id names; in a
    `foreign` envelope the id is only a hint (DSSE, "keyid") and every given key is tried. Stricter than
    DSSE: a signature that names a given key and does not verify refuses the envelope.
    Raises SignatureError (E0336) for that, EnvelopeError (E0342) for too few signers.
    """
    message = pae(envelope.payload_type, envelope.payload)
    known = {key.key_id: key for key in keys}
    signed: dict[str, PublicKey] = {}
    unknown = []
    for entry in envelope.signatures:
        found = _signer_of(entry, known, message, foreign)
        if found is None:
            unknown.append(entry.key_id)
        else:
            signed[found.key_id] = found
    if len(signed) < threshold:
        raise EnvelopeError(
            "E0342", f"{len(signed)} of the given keys signed the envelope", expected=f"at least {threshold}"
        )
    return Signed(tuple(signed.values()), tuple(unknown))


def _signer_of(
    entry: EnvelopeSignature, known: dict[str, PublicKey], message: bytes, foreign: bool
) -> PublicKey | None:
    if entry.key_id in known:
        known[entry.key_id].verify(entry.signature, message)
        return known[entry.key_id]
    # Others name the same key in their own way, or not at all. Ours never do: a changed id must not go unnoticed.
    for key in known.values() if foreign else ():
        try:
            key.verify(entry.signature, message)
        except SignatureError:
            continue
        return key
    return None
