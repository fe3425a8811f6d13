"""A second verifier for Assay's evidence: standard library and `cryptography` only, nothing of `assay`.

Written from docs/evidence.md and checked by vectors/ (see vectors.py beside this file). Every check raises
Refused or returns what it read.
"""

from __future__ import annotations

import base64
import functools
import io
import re
import struct
import zipfile
import zlib
from typing import Any

from ground import (
    HEX,
    Refused,
    b64,
    canonical_json,
    decimal,
    key_id,
    need,
    public_key,
    sha,
    signed,
    time_of,
)

ROLES = {"decision", "discretion", "erasure", "evidence", "lab-report", "law-pack", "statement", "trust-policy"}
IN_TOTO = "application/vnd.in-toto+json"
OUTSIDE = ("manifest.json", "seal.dsse.json", "seal.tlog-proof")


# Merkle tree: RFC 6962 read recursively


def leaf(entry: bytes) -> bytes:
    """Hash of an entry."""
    return sha(b"\0" + entry)


def tree(hashes: list[bytes]) -> bytes:
    """Root of leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha(b"")
    split = half(len(hashes))
    return sha(b"\1" + tree(hashes[:split]) + tree(hashes[split:]))


def half(size: int) -> int:
    """Largest power of two below size."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def inclusion(value: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    """Check an inclusion proof."""
    need(0 <= index < size and all(len(item) == 32 for item in [value, *proof]), "index or hash length")
    rest = list(proof)

    def climb(at: int, width: int) -> bytes:
        if width == 1:
            return value
        split = half(width)
        left = at < split
        inner = climb(at, split) if left else climb(at - split, width - split)
        need(rest, "inclusion proof too short")
        other = rest.pop(0)
        return sha(b"\1" + inner + other) if left else sha(b"\1" + other + inner)

    need(climb(index, size) == root and not rest, "inclusion")


def consistency(size1: int, size2: int, proof: list[bytes], root1: bytes, root2: bytes) -> None:
    """Check a consistency proof."""
    if size1 == size2:
        need(not proof and root1 == root2 and (size1 or root1 == sha(b"")), "consistency of equal sizes")
        return
    need(0 < size1 < size2 and all(len(item) == 32 for item in [root1, *proof]), "sizes or hash length")
    rest = list(proof)

    def take() -> bytes:
        need(rest, "consistency proof too short")
        return rest.pop(0)

    def climb(old: int, width: int, whole: bool) -> tuple[bytes, bytes]:
        if old == width:
            known = root1 if whole else take()
            return known, known
        split = half(width)
        if old <= split:
            before, after = climb(old, split, whole)
            return before, sha(b"\1" + after + take())
        before, after = climb(old - split, width - split, False)
        left = take()
        return sha(b"\1" + left + before), sha(b"\1" + left + after)

    need(climb(size1, size2, True) == (root1, root2) and not rest, "consistency")


# Notes


@functools.cache
def vkey(text: str) -> tuple[str, bytes, int, bytes]:
    """Read a vkey: name, key ID, type, raw key."""
    name, _, rest = text.partition("+")
    digits, _, body = rest.partition("+")
    material = b64(body)
    need(name and material and material[0] in (1, 4), "vkey")
    public_key(material[1:])
    number = sha(name.encode() + b"\n" + material)[:4]
    need(number.hex() == digits, "vkey id")
    return name, number, material[0], material[1:]


def vkey_of(name: str, kind: int, raw: bytes) -> str:
    """The vkey of a name, signature type and key."""
    material = bytes([kind]) + raw
    return f"{name}+{sha(name.encode() + chr(10).encode() + material)[:4].hex()}+{base64.b64encode(material).decode()}"


def note(data: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Read a note: text and signature lines (name, key ID, rest)."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("note is not UTF-8") from error
    need(len(data) <= 1_000_000 and not re.search(r"[\x00-\x09\x0b-\x1f]", text), "note size or control character")
    body, gap, tail = text.rpartition("\n\n")
    need(gap and tail.endswith("\n"), "note without signatures")
    lines = []
    for line in tail[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        if match is None:
            raise Refused("signature line")
        raw = b64(match[2])
        need(len(raw) >= 5, "short signature")
        lines.append((match[1], raw[:4], raw[4:]))
    need(len(lines) <= 100, "too many signatures")
    return body + "\n", lines


def checkpoint(data: bytes, logs: list[str], witnesses: list[str], threshold: int) -> tuple[int, bytes, list[int]]:
    """Check a signed checkpoint against the vkeys of its log; gives size, root, times of the witnesses."""
    text, lines = note(data)
    fields = text[:-1].split("\n")
    need(len(fields) >= 3 and all(fields), "checkpoint lines")
    size, root = decimal(fields[1]), b64(fields[2])
    need(len(root) == 32, "root")
    mine = 0
    for origin, number, _, raw in map(vkey, logs):
        need(fields[0] == origin, "origin")
        for name, found, rest in lines:
            if (name, found) == (origin, number):
                signed(raw, rest, text.encode())
                mine += 1
    need(mine, "log did not sign")
    times_seen: dict[bytes, int] = {}
    for witness in witnesses:
        name, number, _, raw = vkey(witness)
        for line in lines:
            if line[:2] == (name, number):
                at = int.from_bytes(line[2][:8], "big")
                need(len(line[2]) == 72 and 0 < at < 2**63, "cosignature")
                signed(raw, line[2][8:], f"cosignature/v1\ntime {at}\n{text}".encode())
                times_seen[raw] = max(at, times_seen.get(raw, 0))
    need(len(times_seen) >= threshold, "too few witnesses")
    return size, root, sorted(times_seen.values())


def tlog_proof(
    data: bytes, entry: bytes, logs: list[str], witnesses: list[str], threshold: int
) -> tuple[int, int, bytes, list[int]]:  # fmt: skip
    """Check a .tlog-proof file for an entry; gives its index, the tree's size and root, the times of the witnesses."""
    head, gap, signed_note = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    need(gap and lines.pop(0) == "c2sp.org/tlog-proof@v1" and lines, "proof header")
    if lines[0].startswith("extra "):
        b64(lines.pop(0)[6:])
    need(lines and lines[0].startswith("index "), "proof index")
    index = decimal(lines.pop(0)[6:])
    need(len(lines) <= 63, "proof too long")
    size, root, seen = checkpoint(signed_note, logs, witnesses, threshold)
    inclusion(leaf(entry), index, size, [b64(line) for line in lines], root)
    return index, size, root, seen


# Envelopes


def envelope(data: bytes) -> tuple[str, bytes, list[tuple[str, bytes]]]:
    """Read an envelope in our byte form: type, payload, (key id, signature)."""
    value = canonical_json(data)
    need(isinstance(value, dict) and set(value) == {"payload", "payloadType", "signatures"}, "envelope fields")
    need(isinstance(value["payloadType"], str) and value["payloadType"], "payload type")
    need(isinstance(value["signatures"], list) and 1 <= len(value["signatures"]) <= 100, "signatures")
    entries = []
    for entry in value["signatures"]:
        need(
            isinstance(entry, dict) and set(entry) == {"keyid", "sig"} and isinstance(entry["keyid"], str), "signature"
        )
        entries.append((entry["keyid"], b64(entry["sig"])))
    ids = [name for name, _ in entries if name]
    need(entries == sorted(entries) and len(ids) == len(set(ids)), "signatures sorted, ids once")
    return value["payloadType"], b64(value["payload"]), entries


def pae(kind: str, payload: bytes) -> bytes:
    """The bytes that are signed."""
    return f"DSSEv1 {len(kind.encode())} {kind} {len(payload)} ".encode() + payload


def signers(data: bytes, keys: dict[str, bytes]) -> set[str]:
    """Key ids, among those given, that signed an envelope."""
    kind, payload, entries = envelope(data)
    known = {name for name, _ in entries if name in keys}
    for name, signature in entries:
        if name in known:
            signed(keys[name], signature, pae(kind, payload))
    return known


def type_of(data: bytes) -> str:
    """What an envelope holds: the predicate type of a Statement, else the payload type."""
    kind, payload, _ = envelope(data)
    if kind != IN_TOTO:
        return kind
    value = canonical_json(payload)
    need(isinstance(value, dict) and set(value) == {"_type", "subject", "predicateType", "predicate"}, "statement")
    need(value["_type"] == "https://in-toto.io/Statement/v1" and isinstance(value["predicate"], dict), "statement")
    need(isinstance(value["subject"], list) and value["subject"], "subject")
    for entry in value["subject"]:
        need(isinstance(entry, dict) and set(entry) == {"name", "digest"} and entry["name"], "subject")
        need(set(entry["digest"]) == {"sha256"} and HEX.fullmatch(entry["digest"]["sha256"]), "subject digest")
    need(isinstance(value["predicateType"], str) and ":" in value["predicateType"], "predicate type")
    return str(value["predicateType"])


# Container


def container(data: bytes) -> dict[str, bytes]:
    """Read a container: another reader's view, written again record by record, must give the same bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise Refused("not a zip") from error
    except (struct.error, OverflowError) as error:
        raise Refused("damaged zip") from error
    local, central = b"", b""
    for name in sorted(members):
        segment = "[a-z0-9][a-z0-9._-]*"
        need(re.fullmatch(f"{segment}(/{segment})*", name) and len(name) <= 200, "member name")
        need(not any(other.startswith(name + "/") for other in members), "member is a folder")
        body = members[name]
        common = struct.pack("<5H3I2H", 20, 0, 0, 0, 0x21, zlib.crc32(body), len(body), len(body), len(name), 0)
        central += b"PK\1\2\x14\0" + common + struct.pack("<3H2I", 0, 0, 0, 0, len(local)) + name.encode()
        local += b"PK\3\4" + common + name.encode() + body
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(central), len(local), 0)
    need(local + central + end == data, "container is not canonical")
    return members


def manifest(members: dict[str, bytes]) -> list[dict[str, str]]:
    """Check members against their manifest; gives what is withheld."""
    need("manifest.json" in members, "no manifest")
    value = canonical_json(members["manifest.json"])
    need(isinstance(value, dict) and set(value) == {"format", "members", "withheld"}, "manifest fields")
    others = {name: body for name, body in sorted(members.items()) if name not in OUTSIDE}
    listed = [{"name": name, "sha256": sha(body).hex(), "size": len(body)} for name, body in others.items()]
    need(value["format"] == "assay-manifest/v1" and value["members"] == listed, "members differ from the manifest")
    for entry in value["withheld"]:
        need(set(entry) == {"name", "reason", "commitment"} and HEX.fullmatch(entry["commitment"]), "withheld")
        need(entry["name"] and entry["reason"], "withheld")
    order = [(entry["name"], entry["reason"]) for entry in value["withheld"]]
    need(order == sorted(order), "withheld not sorted")
    return list(value["withheld"])


# Trust policy


def policy(data: bytes) -> dict[str, Any]:
    """Read a trust policy and check its rules."""
    value = canonical_json(data)
    try:
        _policy_rules(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("malformed policy") from error
    return dict(value)


def _policy_rules(value: dict[str, Any]) -> None:
    need(set(value) == {"format", "version", "previous", "keys", "roles", "log"}, "policy fields")
    need(
        value["format"] == "assay-trust-policy/v1" and type(value["version"]) is int and value["version"] >= 1,
        "version",
    )
    need(HEX.fullmatch(value["previous"]) or (value["version"], value["previous"]) == (1, ""), "previous")
    ids = [_key_rules(key) for key in value["keys"]]
    need(ids == sorted(set(ids)), "keys sorted, once each")
    holder = {key["id"]: key["holder"] for key in value["keys"]}
    names = [role["role"] for role in value["roles"]]
    need(names == sorted(set(names)) and set(names) <= ROLES and "trust-policy" in names, "roles")
    acting: set[str] = set()
    for role in value["roles"]:
        need(set(role) == {"keys", "role", "signs", "threshold"}, "role fields")
        need(role["keys"] == sorted(role["keys"]) and role["signs"] == sorted(role["signs"]), "role sorted")
        people = {holder[key] for key in role["keys"]}
        # Readers of law are enrolled one by one: their role may need more than there are yet.
        least, most = (2, max(9, len(people))) if role["role"] == "law-pack" else (1, len(people))
        need(type(role["threshold"]) is int and least <= role["threshold"] <= most, "role threshold")
        acting |= set(role["keys"])
    log = value["log"]
    need(set(log) == {"keys", "origin", "threshold", "witnesses"} and log["keys"] and log["origin"], "log fields")
    need(log["keys"] == sorted(log["keys"]) and not re.search(r"[\s+]", log["origin"]), "log keys, origin")
    order = [(entry["name"], entry["key"]) for entry in log["witnesses"]]
    seen = {key for _, key in order}
    need(order == sorted(order) and all(set(entry) == {"key", "name"} for entry in log["witnesses"]), "witnesses")
    need(type(log["threshold"]) is int and 0 <= log["threshold"] <= len(seen), "witness threshold")
    groups = (acting, set(log["keys"]), seen)
    need(set().union(*groups) <= set(ids) and sum(map(len, groups)) == len(set().union(*groups)), "keys of two uses")


def _key_rules(key: dict[str, Any]) -> str:
    need({"algorithm", "from", "holder", "id", "public"} <= set(key), "key fields")
    need(set(key) <= {"algorithm", "from", "holder", "id", "public", "until", "revoked"}, "key fields")
    raw = b64(key["public"])
    public_key(raw)
    need(key["algorithm"] == "ed25519" and key["holder"] and key["id"] == key_id(raw), "key")
    time_of(key["from"])
    if "until" in key:
        time_of(key["until"])
    if "revoked" in key:
        need(
            set(key["revoked"]) == {"at", "reason"} and key["revoked"]["reason"] in ("compromise", "retired"), "revoked"
        )
        time_of(key["revoked"]["at"])
    return str(key["id"])


def holders(trust: dict[str, Any], role_name: str, data: bytes, at: int, witnessed: bool) -> tuple[list[str], int]:
    """Holders that count as signers of an envelope in a role at a time, and how many are needed."""
    found = [role for role in trust["roles"] if role["role"] == role_name]
    need(found, "role")
    keys = {key["id"]: key for key in trust["keys"] if key["id"] in found[0]["keys"]}
    signing = signers(data, {key: b64(entry["public"]) for key, entry in keys.items()})
    need(type_of(data) in found[0]["signs"], "type")
    names = set()
    for name in signing:
        key = keys[name]
        good = time_of(key["from"]) <= at and ("until" not in key or at < time_of(key["until"]))
        if "revoked" in key:
            good = good and at < time_of(key["revoked"]["at"])
            good = good and (witnessed or key["revoked"]["reason"] != "compromise")
        if good:
            names.add(key["holder"])
    return sorted(names), found[0]["threshold"]
