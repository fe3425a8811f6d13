"""The trust policy: which people's keys may sign what, how many are needed, when, and what was revoked. Pure.

A policy is canonical JSON; its sha256 is what users pin. Its successor is signed as the old one asks.
People are counted, not keys: two keys of one holder are one signer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from assay.canon import digest
from assay.evidence.envelope import IN_TOTO, Envelope, verify_envelope
from assay.evidence.errors import PolicyError
from assay.evidence.keys import PublicKey
from assay.evidence.note import COSIGNATURE, VerifierKey, verifier_key
from assay.evidence.statement import parse_statement

__all__ = [
    "ROLES",
    "LogTrust",
    "Policy",
    "PolicyKey",
    "Revocation",
    "Role",
    "Standing",
    "authorise",
    "check_first",
    "check_pin",
    "check_successor",
    "require",
    "standing_of",
]

ROLES: Final = ("decision", "discretion", "erasure", "evidence", "lab-report", "law-pack", "statement", "trust-policy")
LEAST_LAW_SIGNERS: Final = 2


@dataclass(frozen=True, slots=True)
class Revocation:
    """From `at` (seconds since the Epoch) a key counts no more; `reason` is `compromise` or `retired`."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """A key, the person or body that holds it, and the half-open interval in which it may sign."""

    public_key: PublicKey
    holder: str
    valid_from: int
    valid_until: int | None = None
    revoked: Revocation | None = None

    def refusal(self, at: int, witnessed: bool) -> str:
        """Why a signature made at `at` does not count, empty if it does.

        After a compromise the thief can backdate: then only a time that witnesses saw counts as a time.
        """
        if at < self.valid_from:
            return "not yet valid"
        if self.valid_until is not None and at >= self.valid_until:
            return "no longer valid"
        if self.revoked is None:
            return ""
        if at >= self.revoked.at:
            return f"revoked: {self.revoked.reason}"
        if self.revoked.reason == "compromise" and not witnessed:
            return "compromised later, and no witness saw that the signature is older"
        return ""


@dataclass(frozen=True, slots=True)
class Role:
    """Keys that may act in a role, how many holders must sign, and the types they may sign."""

    name: str
    keys: tuple[str, ...]
    threshold: int
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogTrust:
    """The log that counts: its origin and keys, its witnesses (name and key) and how many must cosign."""

    origin: str
    keys: tuple[str, ...]
    witnesses: tuple[tuple[str, str], ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole trust policy; `policy_file` reads and writes its bytes. `previous` is its predecessor's sha256."""

    version: int
    previous: str
    keys: tuple[PolicyKey, ...]
    roles: tuple[Role, ...]
    log: LogTrust

    def key(self, key_id: str) -> PolicyKey:
        """The key of this id; raises PolicyError (E0382)."""
        for entry in self.keys:
            if entry.public_key.key_id == key_id:
                return entry
        raise PolicyError("E0382", "the trust policy does not know this key", where=key_id)

    def role(self, name: str) -> Role:
        """The role of this name; raises PolicyError (E0382)."""
        for entry in self.roles:
            if entry.name == name:
                return entry
        raise PolicyError("E0382", f"the trust policy has no role {name!r}", expected=", ".join(ROLES))

    def log_keys(self) -> tuple[VerifierKey, ...]:
        """Verifier keys of the log's checkpoints."""
        return tuple(verifier_key(self.log.origin, self.key(key).public_key) for key in self.log.keys)

    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """Verifier keys of the witnesses' cosignatures."""
        return tuple(verifier_key(name, self.key(key).public_key, COSIGNATURE) for name, key in self.log.witnesses)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who signed in a role: holders that count, key ids that do not and why, ids of unknown keys."""

    role: str
    threshold: int
    holders: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether as many holders signed as the role needs."""
        return len(self.holders) >= self.threshold

    def __str__(self) -> str:
        """As in `law-pack: 0 of 2`."""
        return f"{self.role}: {len(self.holders)} of {self.threshold}"


def authorise(
    policy: Policy, role: str, envelope: Envelope, at: int, *, witnessed: bool, kind: str = ""
) -> Standing:  # fmt: skip
    """Who of the role signed this envelope, as of `at`; `witnessed` says whether cosignatures show that time.

    The type is read from the envelope itself, unless who read it already gives it: the predicate type of an in-toto
    Statement, else the payload type. Raises PolicyError (E0382) for an unknown role or a type that the role may not
    sign, SignatureError (E0336) for a signature that does not verify, EnvelopeError for a malformed statement.
    """
    if not kind:
        in_toto = envelope.payload_type == IN_TOTO
        kind = parse_statement(envelope.payload).predicate_type if in_toto else envelope.payload_type
    known = [policy.key(key).public_key for key in policy.role(role).keys]
    signed = verify_envelope(envelope, known, 0)
    return standing_of(policy, role, kind, signed.keys, at, witnessed=witnessed, unknown=signed.unknown)


def standing_of(
    policy: Policy,
    role: str,
    kind: str,
    keys: Iterable[PublicKey],
    at: int,
    *,
    witnessed: bool = False,
    unknown: tuple[str, ...] = (),
) -> Standing:
    """How signatures of these keys at `at` on a statement of type `kind` stand in a role, before or after signing.

    Raises PolicyError (E0382) for an unknown role or a type that the role may not sign.
    """
    allowed, signing = policy.role(role), set(keys)
    if kind not in allowed.signs:
        raise PolicyError("E0382", f"role {role} may not sign {kind}", expected=", ".join(allowed.signs))
    holders, refused = set(), []
    for entry in map(policy.key, allowed.keys):
        if entry.public_key in signing:
            reason = entry.refusal(at, witnessed)
            if reason:
                refused.append((entry.public_key.key_id, reason))
            else:
                holders.add(entry.holder)
    return Standing(role, allowed.threshold, tuple(sorted(holders)), tuple(refused), unknown)


def require(standing: Standing) -> None:
    """Refuse what too few people signed; raises PolicyError (E0383)."""
    if not standing.enough:
        because = "; ".join(reason for _, reason in standing.refused)
        raise PolicyError("E0383", f"{standing} signed", where=because, expected=f"{standing.threshold} holders")


def check_pin(data: bytes, pin: str) -> None:
    """Check that policy bytes have the pinned sha256 (64 hex digits); raises PolicyError (E0381)."""
    if digest(data) != pin.removeprefix("sha256:"):
        raise PolicyError("E0381", "the trust policy is not the pinned one", where=digest(data), expected=pin)


def check_first(policy: Policy, data: bytes, envelope: Envelope, at: int) -> None:
    """Check that a first policy is signed as it asks itself; raises PolicyError (E0384)."""
    if policy.version != 1:
        raise PolicyError("E0384", f"the first trust policy has version {policy.version}", expected="version 1")
    _check_signed((policy,), data, envelope, at)


def check_successor(old: Policy, old_data: bytes, new: Policy, new_data: bytes, envelope: Envelope, at: int) -> None:
    """Check that a new policy follows the old one: next version, its digest, signed as both ask.

    `envelope` holds the statement about the new policy's bytes. Raises PolicyError (E0384).
    """
    if new.version != old.version + 1 or new.previous != digest(old_data):
        raise PolicyError("E0384", "the new trust policy does not follow this one", expected=digest(old_data))
    _check_signed((old, new), new_data, envelope, at)


def _check_signed(policies: Iterable[Policy], data: bytes, envelope: Envelope, at: int) -> None:
    for policy in policies:
        standing = authorise(policy, "trust-policy", envelope, at, witnessed=False)
        if not standing.enough:
            raise PolicyError("E0384", f"{standing} signed the change", where=f"as version {policy.version} asks")
    if envelope.payload_type != IN_TOTO or parse_statement(envelope.payload).subjects[0].sha256 != digest(data):
        raise PolicyError("E0384", "the signed statement is about another policy", expected=digest(data))


def holders_of(policy: Policy, keys: Iterable[str]) -> set[str]:
    """The people or bodies that hold these keys."""
    return {policy.key(key).holder for key in keys}
