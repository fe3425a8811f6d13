"""What the members of a bundle must be, and what its signatures and log proofs show: docs/evidence.md, Bundle.

Standard library and proof.py beside it, nothing of `assay`. No format of evidence is read here: facts out of evidence
are taken as the bundle states them, which `Opened.open` says.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from typing import Any

from ground import (
    Refused,
    b64,
    canonical_json,
    need,
    sha,
    time_of,
)
from proof import (
    IN_TOTO,
    OUTSIDE,
    container,
    envelope,
    holders,
    manifest,
    policy,
    tlog_proof,
    type_of,
    vkey_of,
)

WORD, HEX = "[a-z0-9][a-z0-9._-]*", "[0-9a-f]{64}"
LAYOUT = re.compile(
    rf"decision\.json|question\.json|review\.json|facts/(attributes|case)\.toml|facts/stored\.json"
    rf"|facts/suppliers/{WORD}\.toml|packs/{WORD}/((pack|classes|rules)\.toml|approval\.dsse\.json)"
    rf"|inspection\.json|session-keys\.json|recordings/{HEX}|trust/policy\.json|statements/{HEX}\.(dsse\.json|tlog-proof)|bodies/{HEX}"
)
Json = dict[str, Any]


@dataclasses.dataclass
class Opened:
    """A bundle whose bytes hold together: its members, what is withheld, what that shows and what it does not."""

    members: dict[str, bytes]
    withheld: list[dict[str, str]]
    established: list[str]
    open: list[str]


@dataclasses.dataclass
class Statement:
    """A signed and logged statement: what it says, its place in a tree (size, root), who of its role signed."""

    kind: str
    subject: str
    says: Json
    index: int
    head: tuple[int, bytes]
    signers: list[str]
    enough: bool


def open_bundle(data: bytes, pin: str = "") -> Opened:
    """Check every byte of a bundle; `pin` is the digest of its trust policy or manifest, learnt elsewhere."""
    members = container(data)
    withheld = manifest(members)
    for name in [*(name for name in members if name not in OUTSIDE), *(entry["name"] for entry in withheld)]:
        need(LAYOUT.fullmatch(name), f"no bundle has a member {name}")
    need(not {entry["name"] for entry in withheld} & set(members), "withheld and there")
    claims = {"decision.json", "question.json", "review.json", "inspection.json"} & set(members)
    need(claims in ({"decision.json", "question.json"}, {"review.json"}, {"inspection.json"}), "not one claim")
    digest, pin = sha(members["manifest.json"]).hex(), pin.removeprefix("sha256:")
    opened = Opened(members, withheld, [f"container and manifest: sha256:{digest}"], [])
    opened.open += [f"withheld: {entry['name']}: {entry['reason']}" for entry in withheld]
    trusted = _signatures(opened, digest, pin)
    need(not pin or trusted or pin == digest, "neither the bundle nor its trust policy is the pinned one")
    if pin == digest:
        opened.established.append("publisher: the manifest is the pinned one")
    elif not trusted:
        opened.open.append("publisher: no digest was pinned (--trust)")
    return opened


def _signatures(opened: Opened, digest: str, pin: str) -> bool:
    """Check policy, statements, bodies and seal; gives whether the policy is the pinned one and stands behind all."""
    members = opened.members
    names = [name for name in members if name.startswith(("statements/", "bodies/", "seal.")) or "approval" in name]
    if "trust/policy.json" not in members:
        need(not names and "facts/stored.json" not in members, "signed members without a trust policy")
        opened.open.append("date, revocation: no trust policy")
        return False
    trust = policy(members["trust/policy.json"])
    seen = _statements(members, trust)
    about = {one.subject for one in seen}
    for name in names:
        if name.startswith("bodies/"):
            key = name[7:]
            need(key in about and sha(members[name]).hex() == key, f"body {key[:16]}")
    _erasures_and_approvals(opened, trust, seen)
    told = [one for one in seen if one.kind != "law-pack/v1"]
    good = sum(one.enough for one in told)
    opened.established.append(f"statements: {good} of {len(told)} signed as the trust policy asks, all of them logged")
    if "facts/stored.json" in members:
        opened.open.append("facts of evidence: taken as stated, no format of evidence is read here")
    pinned = pin == sha(members["trust/policy.json"]).hex()
    sealed = _seal(opened, trust, digest, seen)
    need(sealed or not pinned, "the pinned trust policy does not stand behind this bundle")
    if pinned:
        opened.established.append(f"trust policy: the pinned one, version {trust['version']}")
    opened.open.append("revocation: a later trust policy may have revoked a key")
    return pinned


def _erasures_and_approvals(opened: Opened, trust: Json, seen: list[Statement]) -> None:
    """Tell who erased which body and why, and how many readers approved each law pack."""
    for one in seen:
        if one.kind == "erasure/v1":
            by = ", ".join(one.signers) if one.enough else "nobody who may"
            opened.open.append(f"body {one.subject[:16]}: erased by {by}, because: {one.says['reason']}; proof valid")
    needed = next((role["threshold"] for role in trust["roles"] if role["role"] == "law-pack"), 2)
    for pack in sorted({one.subject for one in seen if one.kind == "law-pack/v1"}):
        readers = {name for one in seen if (one.kind, one.subject) == ("law-pack/v1", pack) for name in one.signers}
        where = opened.established if len(readers) >= needed else opened.open
        where.append(f"law pack of digest {pack[:16]}: {len(readers)} of {needed} reviewers")


def _statements(members: dict[str, bytes], trust: Json) -> list[Statement]:
    found = []
    for name in members:
        if name.startswith("statements/"):
            pair = (f"statements/{name[11:75]}.dsse.json", f"statements/{name[11:75]}.tlog-proof")
            need(set(pair) <= set(members), "a statement and its log proof come together")
            if name == pair[0]:
                need(sha(members[name]).hex() == name[11:75], "a statement is not named by its digest")
                found.append(_statement(members[name], members[pair[1]], trust))
    return sorted(found, key=lambda one: one.index)


def _statement(data: bytes, proof: bytes, trust: Json) -> Statement:
    """Check one statement: it is logged, its signatures hold, and who of a role that may sign it did."""
    log, keys = trust["log"], {key["id"]: b64(key["public"]) for key in trust["keys"]}
    logs = [vkey_of(log["origin"], 1, keys[key]) for key in log["keys"]]
    witnesses = [vkey_of(entry["name"], 4, keys[entry["key"]]) for entry in log["witnesses"]]
    need(b"\nextra " not in proof.partition(b"\n\n")[0], "a log proof carries bytes that nothing vouches for")
    index, size, root, times = tlog_proof(proof, sha(data), logs, witnesses, log["threshold"])
    kind = type_of(data)
    payload_type, payload, _ = envelope(data)
    need(payload_type == IN_TOTO, "not a statement")
    value = canonical_json(payload)
    need(len(value["subject"]) == 1, "one subject")
    says = value["predicate"]
    at = min(times) if times else time_of(says["received"])
    names: list[str] = []
    enough = False
    for role in _roles(kind.rpartition("#")[2], says):
        if not enough and any(entry["role"] == role and kind in entry["signs"] for entry in trust["roles"]):
            names, threshold = holders(trust, role, data, at, bool(times))
            enough = len(names) >= threshold
    kind, subject = kind.rpartition("#")[2], value["subject"][0]["digest"]["sha256"]
    return Statement(kind, subject, says, index, (size, root), names, enough)


_ONE_ROLE = {"trust-policy/v1": ("trust-policy",), "erasure/v1": ("erasure",), "law-pack/v1": ("law-pack",)}


def _roles(kind: str, says: Json) -> tuple[str, ...]:
    """Roles of which one must sign such a statement."""
    if kind == "evidence/v1":
        return ("lab-report",) if says["kind"] == "lab-report" else ("evidence",)
    if kind == "statement/v1":
        return ("discretion",) if says["kind"] == "discretion" else ("statement", "discretion")
    return _ONE_ROLE.get(kind, ("decision",))


def _seal(opened: Opened, trust: Json, digest: str, seen: list[Statement]) -> bool:
    """Check the seal, and that all proofs rest on one history; gives whether enough holders of the role sealed."""
    members = opened.members
    there = [name in members for name in ("seal.dsse.json", "seal.tlog-proof")]
    need(there[0] == there[1], "a seal and its log proof come together")
    one = _statement(members["seal.dsse.json"], members["seal.tlog-proof"], trust) if there[0] else None
    heads = {other.head for other in (*seen, *([one] if one else []))}
    need(len({size for size, _ in heads}) == len(heads), "two trees of one size: the log showed two histories")
    if one is None:
        opened.open.append("publisher: no seal")
        return False
    claim = next(members[f"{name}.json"] for name in ("decision", "review", "inspection") if f"{name}.json" in members)
    need(one.kind == "bundle/v1" and one.subject == digest, "the seal is about another manifest")
    need(one.says["about"] == sha(claim).hex(), "the seal is about another claim")
    when = datetime.datetime.fromtimestamp(time_of(one.says["received"]), datetime.UTC).isoformat()
    where = opened.established if one.enough else opened.open
    where.append(f"publisher: sealed by {', '.join(one.signers) or 'nobody of the role'}, {when}, entry {one.index}")
    return one.enough


__all__ = ["Opened", "Refused", "open_bundle"]
