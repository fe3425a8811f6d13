"""The trust policy of a store: found by its chain of signatures, changed by those whom it allows to, applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from assay.canon import digest
from assay.errors import AssayError, InputError, UsageError
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import KeyRefusedError, PolicyError
from assay.evidence.keys import PublicKey, Signer
from assay.evidence.note import COSIGNATURE, VerifierKey
from assay.evidence.policy import (
    LEAST_LAW_SIGNERS,
    ROLES,
    LogTrust,
    Policy,
    PolicyKey,
    Revocation,
    Role,
    Standing,
    authorise,
    check_first,
    check_successor,
    standing_of,
)
from assay.evidence.policy_file import format_policy, parse_policy
from assay.evidence.predicates import ANSWER, BUNDLE, ERASURE, EVIDENCE, LAW_PACK, PERSON, REVIEW, TRUST_POLICY
from assay.evidence.record import Record, policy_statement, roles_of
from assay.evidence.statement import Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_base64, decode_time

__all__ = [
    "Trust",
    "add_witness",
    "enrol",
    "first_policy",
    "known_roles",
    "parse_time",
    "put_policy",
    "read_public_key",
    "require_signers",
    "revoke",
    "set_threshold",
    "show_trust",
    "standing",
    "trust_of",
]

SIGNS: Final = {
    "decision": (ANSWER, BUNDLE, REVIEW),
    "discretion": (PERSON,),
    "erasure": (ERASURE,),
    "evidence": (EVIDENCE,),
    "lab-report": (EVIDENCE,),
    "law-pack": (LAW_PACK,),
    "statement": (PERSON,),
    "trust-policy": (TRUST_POLICY,),
}
"""What each role may sign."""
_AT_FIRST: Final = ("decision", "erasure", "evidence", "lab-report", "statement", "trust-policy")
_FILE: Final = "trust-policy.json"


@dataclass(frozen=True, slots=True)
class Trust:
    """A store's trust policy in force, its bytes, and the record that put it in force."""

    policy: Policy
    data: bytes
    record: Record

    @property
    def digest(self) -> str:
        """The sha256 that people pin."""
        return digest(self.data)


def first_policy(log: VerifierKey, signer: PublicKey, holder: str, now: int) -> Policy:
    """The policy of a new store: its signer may do everything but judge (`discretion`) and approve law packs."""
    keys = (PolicyKey(signer, holder, now), PolicyKey(log.public_key, f"log of {holder}", now))
    roles = tuple(Role(name, (signer.key_id,), 1, SIGNS[name]) for name in _AT_FIRST)
    return Policy(1, "", keys, roles, LogTrust(log.name, (log.public_key.key_id,), (), 0))


def trust_of(store: EvidenceStore) -> Trust:
    """The policy in force: the first in the log, then each that follows it, signed as both ask.

    A policy that does not follow is passed over: anyone who writes to the store could put one there.
    Raises PolicyError (E0520) where none holds.
    """
    found: Trust | None = None
    for record in open_catalogue(store).records((TRUST_POLICY,)):
        try:
            data = store.blobs.get(record.digest)
            policy = parse_policy(data)
            if found is None:
                check_first(policy, data, record.envelope, record.received)
            else:
                check_successor(found.policy, found.data, policy, data, record.envelope, record.received)
        except AssayError:
            continue
        found = Trust(policy, data, record)
    if found is None:
        raise PolicyError("E0520", "the store has no trust policy that holds", remedy="assay log fsck")
    return found


def standing(policy: Policy, record: Record) -> Standing:
    """Who signed a record in a role that may, as of its receipt: the first role with enough, else the last.

    Raises PolicyError (E0382) where nobody has such a role, SignatureError (E0336) for a signature that does not hold.
    """
    roles = known_roles(policy, roles_of(record))
    at, kind = record.received, record.type
    found = [authorise(policy, role, record.envelope, at, witnessed=False, kind=kind) for role in roles]
    return next((one for one in found if one.enough), found[-1])


def require_signers(trust: Trust, roles: Sequence[str], kind: str, signers: Iterable[Signer], at: int) -> None:
    """Refuse, before anything is written, what these signers may not sign in any of the roles.

    Raises PolicyError: E0382 nobody has the role, E0383 too few of those who have it.
    """
    keys = [signer.public_key for signer in signers]
    found = [standing_of(trust.policy, role, kind, keys, at) for role in known_roles(trust.policy, roles)]
    if not any(one.enough for one in found):
        because = "; ".join(reason for one in found for _, reason in one.refused)
        raise PolicyError(
            "E0383", f"the trust policy lets nobody with this key sign as {' or '.join(roles)}", where=because,
            expected=" or ".join(map(str, found)), remedy="assay trust enrol KEY --holder NAME --role ROLE",
        )  # fmt: skip


def known_roles(policy: Policy, roles: Sequence[str]) -> list[str]:
    """Those of the roles that the policy has; raises PolicyError (E0382) where it has none of them."""
    given = {role.name for role in policy.roles}
    found = [role for role in roles if role in given]
    if not found:
        raise PolicyError(
            "E0382", f"the trust policy gives nobody the role {' or '.join(roles)}",
            remedy=f"assay trust enrol KEY --holder NAME --role {roles[0]}",
        )  # fmt: skip
    return found


def put_policy(store: EvidenceStore, policy: Policy, signers: Sequence[Signer], log: Signer, received: str) -> Trust:
    """Sign a policy, keep and log it. Raises PolicyError (E0380, E0384) unless it follows the one in force."""
    data = format_policy(policy)
    statement = policy_statement(Subject(_FILE, digest(data)), received, policy.version)
    if policy.version > 1:
        now, at = trust_of(store), decode_time(received)
        for asked in (now.policy, policy):
            stand = standing_of(asked, "trust-policy", TRUST_POLICY, [one.public_key for one in signers], at)
            if not stand.enough:
                raise PolicyError("E0384", f"{stand} signed the change", where=f"as version {asked.version} asks")
    store.blobs.put(data)
    record, _ = store.keep(statement, signers)
    store.complete(log, (record.id,))
    return Trust(policy, data, record)


def _next(trust: Trust, **changes: Any) -> Policy:  # noqa: ANN401  fields of Policy
    return replace(trust.policy, version=trust.policy.version + 1, previous=trust.digest, **changes)


def enrol(
    trust: Trust, key: PublicKey, holder: str, roles: Sequence[str], since: int, until: int | None = None
) -> Policy:
    """The next policy, in which this key of `holder` has these roles too; a known key keeps its holder and dates.

    Raises UsageError (E0521) for a role that is none or a key that serves the log or a witness.
    """
    wrong = [role for role in roles if role not in ROLES]
    if wrong or not roles:
        raise UsageError("E0521", f"{''.join(wrong[:1])!r} is no role", where="--role", expected=", ".join(ROLES))
    policy = trust.policy
    busy = {*policy.log.keys, *(name for _, name in policy.log.witnesses)}
    if key.key_id in busy:
        raise UsageError("E0521", "a key of the log or a witness takes no role", where=key.key_id)
    listed = {one.public_key.key_id for one in policy.keys}
    keys = policy.keys if key.key_id in listed else (*policy.keys, PolicyKey(key, holder, since, until))
    by_name = {role.name: role for role in policy.roles}
    for name in roles:
        old = by_name.get(name, Role(name, (), LEAST_LAW_SIGNERS if name == "law-pack" else 1, SIGNS[name]))
        by_name[name] = replace(old, keys=tuple(sorted({*old.keys, key.key_id})))
    return _next(trust, keys=keys, roles=tuple(by_name.values()))


def revoke(trust: Trust, key_id: str, reason: str, at: int) -> Policy:
    """The next policy, in which a key (by the first digits of its id) counts no more from `at`.

    Raises UsageError (E0522) where not one key begins so, or it is revoked already.
    """
    found = [one for one in trust.policy.keys if one.public_key.key_id.startswith(key_id)]
    if len(found) != 1 or len(key_id) < 6 or found[0].revoked:
        what = "is revoked already" if len(found) == 1 and found[0].revoked else "names not one key of the policy"
        raise UsageError(
            "E0522", f"{key_id[:64]!r} {what}", expected="six or more digits of a key id: assay trust show"
        )
    gone = replace(found[0], revoked=Revocation(at, reason))
    return _next(trust, keys=tuple(gone if one is found[0] else one for one in trust.policy.keys))


def set_threshold(trust: Trust, role: str, threshold: int) -> Policy:
    """The next policy, in which a role needs this many holders; raises PolicyError (E0380, E0382)."""
    changed = replace(trust.policy.role(role), threshold=threshold)
    return _next(trust, roles=tuple(changed if one.name == role else one for one in trust.policy.roles))


def add_witness(trust: Trust, witness: VerifierKey, holder: str, threshold: int, now: int) -> Policy:
    """The next policy, in which this witness's cosignatures count and `threshold` of all are needed."""
    if witness.type != COSIGNATURE:
        raise UsageError("E0521", "not the key of a witness", where=str(witness), expected="a vkey of type 0x04")
    policy, key_id = trust.policy, witness.public_key.key_id
    listed = {one.public_key.key_id for one in policy.keys}
    keys = policy.keys if key_id in listed else (*policy.keys, PolicyKey(witness.public_key, holder, now))
    witnesses = tuple(sorted({*policy.log.witnesses, (witness.name, key_id)}))
    return _next(trust, keys=keys, log=replace(policy.log, witnesses=witnesses, threshold=threshold))


def read_public_key(text: str) -> PublicKey:
    """A public key from a PEM file or from the base64 of its 32 bytes.

    Raises KeyRefusedError (E0330 to E0334) for an unsound key, InputError (E0401, E0519) for what is no key.
    """
    path = Path(text)
    try:
        if not path.is_file():
            return PublicKey(decode_base64(text))
        key = load_pem_public_key(path.read_bytes())
    except KeyRefusedError:
        raise
    except (ValueError, OSError) as error:
        raise InputError(
            "E0519", f"no public key: {error}", where=text[:80], expected="a PEM file, or base64 of 32 bytes"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("E0519", "the public key is not ed25519", where=text[:80], expected="ed25519")
    return PublicKey(key.public_bytes_raw())


def parse_time(text: str) -> int:
    """A time such as `2026-01-31T00:00:00Z` in seconds since the Epoch; raises UsageError (E0103)."""
    try:
        return decode_time(text)
    except ValueError as error:
        raise UsageError("E0103", f"{text!r} is no time: {error}", where="--at") from error


def show_trust(trust: Trust, origin: str) -> dict[str, Any]:
    """The policy in force as a document."""
    policy = trust.policy
    roles = {key: [role.name for role in policy.roles if key in role.keys] for key in _ids(policy)}
    return {
        "schema": "assay-trust/1",
        "log": origin,
        "version": policy.version,
        "sha256": trust.digest,
        "received": trust.record.said["received"],
        "keys": [
            {
                "id": key.public_key.key_id, "holder": key.holder, "roles": roles[key.public_key.key_id],
                "revoked": key.revoked.reason if key.revoked else "",
            }
            for key in policy.keys
        ],
        "thresholds": {role.name: role.threshold for role in policy.roles},
        "witnesses": [{"name": name, "key": key} for name, key in policy.log.witnesses],
        "witness_threshold": policy.log.threshold,
    }  # fmt: skip


def _ids(policy: Policy) -> list[str]:
    return [key.public_key.key_id for key in policy.keys]
