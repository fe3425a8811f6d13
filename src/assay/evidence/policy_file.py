"""Reading and writing the bytes of a trust policy. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from assay.canon import canonical
from assay.evidence.errors import EnvelopeError, NoteError, PolicyError
from assay.evidence.keys import ALGORITHM, PublicKey
from assay.evidence.policy import LEAST_LAW_SIGNERS, ROLES, LogTrust, Policy, PolicyKey, Revocation, Role, holders_of
from assay.evidence.profile import parse_canonical
from assay.evidence.text import decode_base64, decode_time, encode_base64, encode_time

__all__ = ["format_policy", "parse_policy"]

_FORMAT: Final = "assay-trust-policy/v1"
_MOST_LAW_SIGNERS: Final = 9
_REASONS: Final = ("compromise", "retired")
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def format_policy(policy: Policy) -> bytes:
    """Write a policy as canonical JSON; raises PolicyError (E0380) for a policy that breaks a rule."""
    data = _bytes(policy)
    parse_policy(data)
    return data


def parse_policy(data: bytes) -> Policy:
    """Read a policy.

    Raises PolicyError (E0380) for bytes that are not canonical, unknown fields, an unknown role, a key that
    is listed twice, missing, unsound or shared between log, witnesses and roles, a threshold that nobody
    can reach, or law packs with fewer than two signers. Raises KeyRefusedError for an unsound key.
    """
    try:
        policy = _policy(parse_canonical(data))
        _check_keys(policy)
        _check_thresholds(policy)
        if _bytes(policy) != data:
            raise ValueError("unknown fields, unsorted or repeated entries")
    except (KeyError, TypeError, ValueError, AttributeError, EnvelopeError, NoteError, PolicyError) as error:
        raise PolicyError("E0380", f"malformed trust policy: {error}") from error
    return policy


def _bytes(policy: Policy) -> bytes:
    return canonical(
        {
            "format": _FORMAT,
            "keys": [_key_value(key) for key in sorted(policy.keys, key=lambda key: key.public_key.key_id)],
            "log": {
                "keys": sorted(policy.log.keys),
                "origin": policy.log.origin,
                "threshold": policy.log.threshold,
                "witnesses": [{"key": key, "name": name} for name, key in sorted(policy.log.witnesses)],
            },
            "previous": policy.previous,
            "roles": [
                {"keys": sorted(role.keys), "role": role.name, "signs": sorted(role.signs), "threshold": role.threshold}
                for role in sorted(policy.roles, key=lambda role: role.name)
            ],
            "version": policy.version,
        }
    )


def _key_value(key: PolicyKey) -> dict[str, object]:
    value: dict[str, object] = {
        "algorithm": ALGORITHM,
        "from": encode_time(key.valid_from),
        "holder": key.holder,
        "id": key.public_key.key_id,
        "public": encode_base64(key.public_key.raw),
    }
    if key.valid_until is not None:
        value["until"] = encode_time(key.valid_until)
    if key.revoked is not None:
        value["revoked"] = {"at": encode_time(key.revoked.at), "reason": key.revoked.reason}
    return value


def _policy(value: Any) -> Policy:  # noqa: ANN401  JSON, narrowed here
    if value["format"] != _FORMAT or type(value["version"]) is not int or value["version"] < 1:
        raise ValueError(f"format is not {_FORMAT} or the version is not 1 or more")
    if not _HEX.fullmatch(value["previous"]) and (value["version"], value["previous"]) != (1, ""):
        raise ValueError("previous is the sha256 of the policy before, empty in version 1 only")
    log = value["log"]
    witnesses = tuple((entry["name"], entry["key"]) for entry in log["witnesses"])
    return Policy(
        value["version"],
        value["previous"],
        tuple(map(_key, value["keys"])),
        tuple(map(_role, value["roles"])),
        LogTrust(log["origin"], tuple(log["keys"]), witnesses, log["threshold"]),
    )


def _key(value: Any) -> PolicyKey:  # noqa: ANN401
    until, revoked = value.get("until"), value.get("revoked")
    if revoked is not None and revoked["reason"] not in _REASONS:
        raise ValueError(f"a revocation's reason is one of {_REASONS}")
    if not isinstance(value["holder"], str) or not value["holder"]:
        raise ValueError("a key has a holder")
    return PolicyKey(
        PublicKey(decode_base64(value["public"])),
        value["holder"],
        decode_time(value["from"]),
        None if until is None else decode_time(until),
        None if revoked is None else Revocation(decode_time(revoked["at"]), revoked["reason"]),
    )


def _role(value: Any) -> Role:  # noqa: ANN401
    if value["role"] not in ROLES:
        raise ValueError(f"role {value['role']!r} is not one of {ROLES}")
    return Role(value["role"], tuple(value["keys"]), value["threshold"], tuple(value["signs"]))


def _check_keys(policy: Policy) -> None:
    listed = [key.public_key.key_id for key in policy.keys]
    names = [role.name for role in policy.roles]
    if len(set(listed)) != len(listed) or len(set(names)) != len(names):
        raise ValueError("a key or role is listed twice")
    uses = [("the log", policy.log.keys), ("the witnesses", tuple(key for _, key in policy.log.witnesses))]
    acting = tuple({key for role in policy.roles for key in role.keys})
    seen: dict[str, str] = {}
    for use, keys in (*uses, ("a role", acting)):
        for key in keys:
            policy.key(key)
            # A log that signs decisions, or witnesses itself, would vouch for its own word.
            if seen.setdefault(key, use) != use:
                raise ValueError(f"one key serves {seen[key]} and {use}")
    if not policy.log.keys or not policy.log.origin:
        raise ValueError("the log has an origin and a key")
    policy.log_keys()
    policy.witness_keys()


def _check_thresholds(policy: Policy) -> None:
    for role in policy.roles:
        holders = len(holders_of(policy, role.keys))
        if role.name == "law-pack":
            # Readers are enrolled one by one: until there are enough, no pack counts as approved.
            _check_threshold(role.name, role.threshold, LEAST_LAW_SIGNERS, max(holders, _MOST_LAW_SIGNERS))
        else:
            _check_threshold(role.name, role.threshold, 1, holders)
    _check_threshold("witnesses", policy.log.threshold, 0, len({key for _, key in policy.log.witnesses}))
    policy.role("trust-policy")


def _check_threshold(name: str, threshold: Any, least: int, most: int) -> None:  # noqa: ANN401
    if type(threshold) is not int or not least <= threshold <= most:
        raise ValueError(f"{name} has threshold {threshold}, but it is from {least} to {most}")
