"""A bundle: what it holds, under which names, and what is withheld. Pure.

Names and bytes in, container bytes out. What the members mean is for the workflow to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from assay.canon import digest
from assay.evidence.container import read_container, write_container
from assay.evidence.errors import ContainerError
from assay.evidence.manifest import (
    MANIFEST,
    OUTSIDE,
    SEAL,
    SEAL_PROOF,
    Withheld,
    check_members,
    commit,
    format_manifest,
)

__all__ = [
    "ATTRIBUTES",
    "CASE_FACTS",
    "DECISION",
    "INSPECTION",
    "MANIFEST",
    "PACK_FILES",
    "POLICY",
    "QUESTION",
    "REVIEW",
    "SEAL",
    "SEAL_PROOF",
    "SESSION_KEYS",
    "STORED",
    "Bundle",
    "Part",
    "approval_member",
    "body_member",
    "build_bundle",
    "claim_of",
    "pack_member",
    "proof_member",
    "read_bundle",
    "recording_member",
    "seal_bundle",
    "statement_member",
    "supplier_member",
]  # fmt: skip

DECISION: Final = "decision.json"
QUESTION: Final = "question.json"
REVIEW: Final = "review.json"
INSPECTION: Final = "inspection.json"
SESSION_KEYS: Final = "session-keys.json"
ATTRIBUTES: Final = "facts/attributes.toml"
CASE_FACTS: Final = "facts/case.toml"
STORED: Final = "facts/stored.json"
POLICY: Final = "trust/policy.json"
PACK_FILES: Final = ("pack.toml", "classes.toml", "rules.toml")
_KINDS: Final = ({DECISION, QUESTION, ATTRIBUTES}, {REVIEW, ATTRIBUTES}, {INSPECTION})
_WORD: Final = r"[a-z0-9][a-z0-9._-]*"
_LAYOUT: Final = re.compile(
    r"inspection\.json|session-keys\.json|recordings/[0-9a-f]{64}|"
    rf"decision\.json|question\.json|review\.json|facts/(attributes|case)\.toml|facts/stored\.json|facts/suppliers/{_WORD}\.toml"
    rf"|packs/{_WORD}/((pack|classes|rules)\.toml|approval\.dsse\.json)|trust/policy\.json"
    r"|statements/[0-9a-f]{64}\.(dsse\.json|tlog-proof)|bodies/[0-9a-f]{64}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One member with its bytes. A `reason` keeps the bytes at home: a salted commitment stands in their place."""

    name: str
    data: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read: members but for those that no manifest lists, what is withheld, the manifest's digest.

    `seal` and `seal_proof` are the bytes of the signed statement about the manifest and of its log proof, or empty.
    """

    members: Mapping[str, bytes]
    withheld: tuple[Withheld, ...]
    manifest: str
    size: int
    seal: bytes = b""
    seal_proof: bytes = b""


def pack_member(pack: str, file: str) -> str:
    """The name of a law pack's file."""
    return f"packs/{pack}/{file}"


def supplier_member(supplier: str) -> str:
    """The name of a supplier's fact file."""
    return f"facts/suppliers/{supplier}.toml"


def approval_member(pack: str) -> str:
    """The name of the signed approval of a law pack."""
    return f"packs/{pack}/approval.dsse.json"


def statement_member(record: str) -> str:
    """The name of a signed statement, by the sha256 of its bytes."""
    return f"statements/{record}.dsse.json"


def proof_member(record: str) -> str:
    """The name of the proof that a statement was logged."""
    return f"statements/{record}.tlog-proof"


def body_member(key: str) -> str:
    """The name of original bytes, by their sha256."""
    return f"bodies/{key}"


def recording_member(key: str) -> str:
    """The name of a recording, by its sha256."""
    return f"recordings/{key}"


def build_bundle(parts: Iterable[Part], salts: Mapping[str, bytes]) -> bytes:
    """Write the container. `salts` holds 32 random bytes for the name of each part that is withheld.

    Raises ContainerError: E0386 a name outside the layout or there twice, E0375 no good salt, E0373 too large.
    """
    members: dict[str, bytes] = {}
    withheld: list[Withheld] = []
    for part in parts:
        if part.name in members or any(part.name == other.name for other in withheld):
            raise ContainerError("E0386", "a member of the bundle stands twice", where=part.name)
        if part.reason:
            withheld.append(Withheld(part.name, part.reason, commit(salts.get(part.name, b""), part.data)))
        else:
            members[part.name] = part.data
    members[MANIFEST] = format_manifest(members, withheld)
    _check_layout(members, withheld)
    return write_container(members)


def read_bundle(data: bytes) -> Bundle:
    """Read a bundle: its container and manifest to the byte, then its layout.

    Raises ContainerError: E0370 to E0374 for container and manifest, E0386 for a member that no bundle has,
    one that every bundle has and this one lacks, or one that is said to be withheld and is there.
    """
    members = read_container(data)
    withheld = check_members(members)
    _check_layout(members, withheld)
    rest = {name: content for name, content in members.items() if name not in OUTSIDE}
    seal = (members.get(SEAL, b""), members.get(SEAL_PROOF, b""))
    return Bundle(rest, withheld, digest(members[MANIFEST]), len(data), *seal)


def seal_bundle(data: bytes, seal: bytes, proof: bytes) -> bytes:
    """The bundle with a signed statement about its manifest and the log proof of that; raises as `read_bundle`."""
    return write_container({**read_container(data), SEAL: seal, SEAL_PROOF: proof})


def claim_of(members: Mapping[str, bytes]) -> str:
    """The sha256 of what a bundle claims: of its decision, review or inspection."""
    return digest(next(members[name] for name in (DECISION, REVIEW, INSPECTION) if name in members))


def _check_layout(members: Mapping[str, bytes], withheld: Iterable[Withheld]) -> None:
    hidden = [entry.name for entry in withheld]
    for name in (*members, *hidden):
        if name not in OUTSIDE and not _LAYOUT.fullmatch(name):
            raise ContainerError("E0386", "a bundle holds no such member", where=name, expected="see docs/evidence.md")
    if len(set(hidden)) != len(hidden) or set(hidden) & set(members):
        raise ContainerError("E0386", "a member is withheld twice, or withheld and there", where=min(hidden))
    kinds = [kind for kind in _KINDS if (kind - {ATTRIBUTES}) & set(members)]
    if len(kinds) != 1 or not kinds[0] <= set(members):
        raise ContainerError(
            "E0386", "a member that every bundle has is missing", where=", ".join(sorted(members))[:120],
            expected=f"{ATTRIBUTES}, and {DECISION} with {QUESTION}, or {REVIEW}; or {INSPECTION}",
        )  # fmt: skip
