"""A bundle's manifest: every member by digest, and what is withheld with a commitment and a reason. Pure.

The container alone only catches accidents: whoever changes a member can also change its checksum.
The manifest's digest is what gets signed or pinned.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from assay.canon import canonical, digest
from assay.evidence.errors import ContainerError, EnvelopeError
from assay.evidence.profile import parse_canonical

__all__ = [
    "MANIFEST",
    "OUTSIDE",
    "SEAL",
    "SEAL_PROOF",
    "Withheld",
    "check_members",
    "check_opening",
    "commit",
    "format_manifest",
]

MANIFEST: Final = "manifest.json"
SEAL: Final = "seal.dsse.json"
SEAL_PROOF: Final = "seal.tlog-proof"
OUTSIDE: Final = frozenset({MANIFEST, SEAL, SEAL_PROOF})
"""Members that no manifest lists: itself, and the signed and logged statement about it."""
_FORMAT: Final = "assay-manifest/v1"
_SALT_SIZE: Final = 32
_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class Withheld:
    """A member that exists and was left out: its name, why, and a salted commitment to its bytes."""

    name: str
    reason: str
    commitment: str


def commit(salt: bytes, data: bytes) -> str:
    """Commitment to bytes: hex of HMAC-SHA256 keyed with a 32-byte salt.

    The salt stays with the holder: without it, guessing a withheld text from its commitment is hopeless.
    Raises ContainerError (E0375) for a salt of another length.
    """
    if len(salt) != _SALT_SIZE:
        raise ContainerError("E0375", f"a salt of {len(salt)} bytes", expected=f"{_SALT_SIZE} random bytes")
    return hmac.new(salt, b"assay-commitment/v1\n" + data, hashlib.sha256).hexdigest()


def check_opening(withheld: Withheld, salt: bytes, data: bytes) -> None:
    """Check that salt and bytes open a commitment; raises ContainerError (E0375)."""
    if commit(salt, data) != withheld.commitment:
        raise ContainerError("E0375", "the commitment does not open to these bytes", where=withheld.name)


def format_manifest(members: Mapping[str, bytes], withheld: Iterable[Withheld] = ()) -> bytes:
    """Write the manifest of these members (itself and its seal excepted) as canonical JSON."""
    listed = [
        {"name": name, "sha256": digest(data), "size": len(data)}
        for name, data in sorted(members.items())
        if name not in OUTSIDE
    ]
    left_out = [
        {"commitment": entry.commitment, "name": entry.name, "reason": entry.reason} for entry in sorted(withheld)
    ]
    return canonical({"format": _FORMAT, "members": listed, "withheld": left_out})


def check_members(members: Mapping[str, bytes]) -> tuple[Withheld, ...]:
    """Check that members are exactly those of their manifest; gives what it says is withheld.

    Raises ContainerError (E0374): no manifest, a member missing, unlisted or changed, or a malformed manifest.
    """
    try:
        written = members[MANIFEST]
        value = parse_canonical(written)
        withheld = tuple(map(_withheld, value["withheld"]))
    except (KeyError, TypeError, ValueError, EnvelopeError) as error:
        raise ContainerError("E0374", f"the manifest is missing or malformed: {error}", where=MANIFEST) from error
    if format_manifest(members, withheld) != written:
        raise ContainerError(
            "E0374",
            "the members are not those of the manifest",
            where=_first_difference(members, value),
            remedy="get the bundle again from who published it",
        )
    return withheld


def _withheld(entry: Any) -> Withheld:  # noqa: ANN401  JSON, narrowed here
    found = Withheld(entry["name"], entry["reason"], entry["commitment"])
    if not found.name or not found.reason or not _HEX.fullmatch(found.commitment):
        raise ValueError("a withheld member has name, reason and commitment")
    return found


def _first_difference(members: Mapping[str, bytes], value: Any) -> str:  # noqa: ANN401
    try:
        listed = {entry["name"]: entry["sha256"] for entry in value["members"]}
    except (KeyError, TypeError):
        return MANIFEST
    present = {name: digest(data) for name, data in members.items() if name not in OUTSIDE}
    differing = {name for name in listed.keys() | present.keys() if listed.get(name) != present.get(name)}
    return min(differing, default=MANIFEST)
