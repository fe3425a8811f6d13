"""Writes the evidence vectors: Merkle proofs, notes, DSSE envelopes, containers, trust policies.

    python vectors/make_evidence.py [--new-keys] [FOLDER]

No private key is kept anywhere: `--new-keys` makes keys, signs, records public keys and signatures in
`evidence-signatures.json` and forgets the keys. A plain run takes the recorded signatures and rebuilds all else.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from assay.evidence import (
    checkpoint,
    container,
    cosign,
    envelope,
    manifest,
    merkle,
    note,
    policy,
    policy_file,
    predicates,
    proof,
    statement,
    tiles,
)
from assay.evidence.keys import PublicKey
from assay.evidence.signers import KeySigner, generate_key
from assay.evidence.text import encode_base64

HERE = Path(__file__).resolve().parent
RECORD = "evidence-signatures.json"
NAMES = ("author", "lawyer", "log", "witness", "stranger")
ORIGIN, WITNESS_NAME = "log.example/vectors", "witness.example/vectors"
NOW = 1_790_000_000


@dataclass
class RecordedSigner:
    """Signs with a key made for this run, or repeats recorded signatures."""

    public_key: PublicKey
    key: KeySigner | None
    signatures: dict[str, str] = field(default_factory=dict)

    def sign(self, data: bytes) -> bytes:
        """The recorded signature over data; a fresh one if there is a key."""
        name = sha256(data).hexdigest()
        if self.key is not None:
            self.signatures[name] = self.key.sign(data).hex()
        if name not in self.signatures:
            raise SystemExit("these bytes were never signed: run again with --new-keys")
        return bytes.fromhex(self.signatures[name])


Signers = dict[str, RecordedSigner]


def load_signers(new: bool, recorded: str = RECORD) -> Signers:
    """Signers of this run."""
    if new:
        made = {name: generate_key() for name in NAMES}
        return {name: RecordedSigner(key.public_key, key) for name, key in made.items()}
    record = json.loads((HERE / recorded).read_text())
    return {
        name: RecordedSigner(PublicKey(bytes.fromhex(entry["public"])), None, entry["signatures"])
        for name, entry in record["keys"].items()
    }


def flipped(data: bytes, at: int) -> bytes:
    """The bytes with the lowest bit of one byte changed."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def merkle_cases() -> Iterator[dict[str, Any]]:
    """Roots, proofs and proofs that must be refused, for entries "0", "1", ..."""
    hashes = [merkle.leaf_hash(str(i).encode()) for i in range(20)]
    for size in range(21):
        yield {"kind": "root", "size": size, "root": merkle.root_hash(hashes[:size]).hex(), "ok": True}
    for size in (1, 2, 3, 7, 8, 20):
        root, node = merkle.root_hash(hashes[:size]), tiles.tile_nodes(size, lambda t: b"".join(hashes[: t.width]))
        for index in range(size):
            path = merkle.inclusion_proof(index, size, node)
            case = {"kind": "inclusion", "index": index, "size": size, "leaf": hashes[index].hex(), "root": root.hex()}
            yield from proof_cases(case, path)
        for old in range(1, size + 1):
            path = merkle.consistency_proof(old, size, node)
            old_root = merkle.root_hash(hashes[:old]).hex()
            case = {"kind": "consistency", "size1": old, "size2": size, "root1": old_root, "root2": root.hex()}
            yield from proof_cases(case, path)
    empty, one = merkle.EMPTY_ROOT.hex(), hashes[0].hex()
    both = {"kind": "consistency", "size1": 0, "proof": []}
    yield {**both, "size2": 0, "root1": empty, "root2": empty, "ok": True}
    yield {**both, "size2": 0, "root1": one, "root2": one, "ok": False}
    yield {**both, "size2": 1, "root1": empty, "root2": one, "ok": False}


def proof_cases(case: dict[str, Any], path: tuple[bytes, ...]) -> Iterator[dict[str, Any]]:
    """The proof itself and three that must be refused."""
    texts = [value.hex() for value in path]
    yield {**case, "proof": texts, "ok": True}
    yield {**case, "proof": [*texts, "00" * 32], "ok": False}
    if path:
        yield {**case, "proof": texts[:-1], "ok": False}
        yield {**case, "proof": [flipped(path[0], 7).hex(), *texts[1:]], "ok": False}


def note_cases(signers: Signers) -> Iterator[dict[str, Any]]:
    """Signed checkpoints with cosignatures, and `.tlog-proof` files."""
    hashes = [merkle.leaf_hash(str(i).encode()) for i in range(7)]
    text = checkpoint.format_checkpoint(checkpoint.Checkpoint(ORIGIN, 7, merkle.root_hash(hashes)))
    signed = note.sign_note(text, ORIGIN, signers["log"])
    cosigned = cosign.cosign(text, NOW, WITNESS_NAME, signers["witness"])
    stranger = note.sign_note(text, "stranger.example/x", signers["stranger"])
    whole = note.format_note(note.Note(text, (signed, stranger, cosigned)))
    keys = {
        "log": str(note.verifier_key(ORIGIN, signers["log"].public_key)),
        "witness": str(note.verifier_key(WITNESS_NAME, signers["witness"].public_key, note.COSIGNATURE)),
    }
    base = {"kind": "checkpoint", **keys, "threshold": 1}
    yield {**base, "note": whole.decode(), "size": 7, "time": NOW, "ok": True}
    for lines in ((signed,), (cosigned,), (stranger, cosigned)):
        yield {**base, "note": note.format_note(note.Note(text, lines)).decode(), "ok": False}
    for old, new in (
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n8\n"),
        ("vectors\n7", "vectorz\n7"),
        ("\n\n", "\n"),
        ("— ", "- "),
    ):
        yield {**base, "note": whole.decode().replace(old, new), "ok": False}
    node = tiles.tile_nodes(7, lambda tile: b"".join(hashes[: tile.width]))
    made = proof.TlogProof(5, merkle.inclusion_proof(5, 7, node), whole)
    base = {"kind": "tlog-proof", **keys, "threshold": 1, "entry": b"5".hex()}
    yield {**base, "proof": proof.format_proof(made).decode(), "ok": True}
    for index in (4, 6, 7):
        yield {**base, "proof": proof.format_proof(proof.TlogProof(index, made.hashes, whole)).decode(), "ok": False}
    yield {**base, "entry": b"6".hex(), "proof": proof.format_proof(made).decode(), "ok": False}


def dsse_cases(signers: Signers) -> Iterator[dict[str, Any]]:
    """Envelopes in our one byte form, with the keys and threshold to check them by."""
    made = statement.evidence_statement(
        statement.Subject("report.pdf", sha256(b"report").hexdigest()), 6, "lab-report", "2026-01-31T12:00:00Z"
    )
    payload = statement.format_statement(made)
    sealed = envelope.sign_envelope(envelope.IN_TOTO, payload, [signers["author"], signers["lawyer"]])
    data = envelope.format_envelope(sealed)
    public = [signers[name].public_key.raw.hex() for name in ("author", "lawyer")]
    base = {"keys": public, "threshold": 2}
    pae = envelope.pae(envelope.IN_TOTO, payload).hex()
    yield {**base, "envelope": data.decode(), "payload": payload.decode(), "pae": pae, "ok": True}
    yield {**base, "keys": public[:1], "threshold": 1, "envelope": data.decode(), "ok": True}
    yield {**base, "keys": public[:1], "envelope": data.decode(), "ok": False}
    text = data.decode()
    yield {**base, "envelope": json.dumps(json.loads(text)), "ok": False}
    yield {**base, "envelope": text.replace('"payload":', '"extra":1,"payload":'), "ok": False}
    yield {**base, "envelope": text.replace("in-toto+json", "in-toto+jsom"), "ok": False}
    for at in range(20, len(data), 40):
        # Not every flip leaves UTF-8, and JSON needs text.
        yield {**base, "envelope": flipped(data, at).decode(), "ok": False}


def container_cases() -> Iterator[dict[str, Any]]:
    """Containers with manifest, in base64, with their members."""
    members = {"decision.dsse.json": b'{"a":1}', "packs/gb/rules.toml": b"x = 1\n", "empty": b""}
    held = manifest.Withheld("evidence/x.pdf", "over 1 MB", manifest.commit(bytes(range(32)), b"withheld"))
    members[manifest.MANIFEST] = manifest.format_manifest(members, [held])
    data = container.write_container(members)
    listed = {name: encode_base64(body) for name, body in members.items()}
    yield {"container": encode_base64(data), "members": listed, "ok": True}
    for at in range(0, len(data), 9):
        yield {"container": encode_base64(flipped(data, at)), "ok": False}
    for wrong in (data + b"\0", b"\0" + data, data[:-1], container.write_container({**members, "more": b""})):
        yield {"container": encode_base64(wrong), "ok": False}
    changed = container.write_container({**members, "empty": b"!"})
    yield {"container": encode_base64(changed), "ok": False}


def policy_cases(signers: Signers) -> Iterator[dict[str, Any]]:
    """A trust policy and who of a role counts as having signed, at a time."""
    people = (("author", "Author"), ("lawyer", "Lawyer"), ("log", "Log"), ("witness", "Witness"))
    ids = {name: signers[name].public_key.key_id for name in NAMES}
    revoked = policy.Revocation(NOW, "compromise")
    keys = tuple(
        policy.PolicyKey(signers[name].public_key, holder, NOW - 1000, revoked=revoked if name == "lawyer" else None)
        for name, holder in people
    )
    acting = (ids["author"], ids["lawyer"])
    roles = (
        policy.Role("law-pack", acting, 2, (predicates.LAW_PACK,)),
        policy.Role("trust-policy", acting, 1, (predicates.TRUST_POLICY,)),
    )
    trust = policy.LogTrust(ORIGIN, (ids["log"],), ((WITNESS_NAME, ids["witness"]),), 1)
    data = policy_file.format_policy(policy.Policy(1, "", keys, roles, trust))
    # Readers of law are enrolled one by one: the first is heard, and is not enough.
    alone = policy_file.format_policy(
        policy.Policy(1, "", keys, (replace(roles[0], keys=(ids["author"],)), roles[1]), trust)
    )
    made = statement.Statement((statement.Subject("pack", sha256(b"pack").hexdigest()),), predicates.LAW_PACK, {})
    payload = statement.format_statement(made)
    for shown, who in ((data, ("author", "lawyer")), (data, ("author",)), (data, ("stranger",)), (alone, ("author",))):
        sealed = envelope.sign_envelope(envelope.IN_TOTO, payload, [signers[name] for name in who])
        for at, witnessed in ((NOW - 1, True), (NOW - 1, False), (NOW, True), (NOW - 1001, True)):
            standing = policy.authorise(policy_file.parse_policy(shown), "law-pack", sealed, at, witnessed=witnessed)
            yield {
                "policy": shown.decode(),
                "sha256": sha256(shown).hexdigest(),
                "role": "law-pack",
                "envelope": envelope.format_envelope(sealed).decode(),
                "at": at,
                "witnessed": witnessed,
                "holders": list(standing.holders),
                "ok": standing.enough,
            }
    for old, new in (
        ('"threshold":2', '"threshold":1'),
        ('"threshold":1}],"version"', '"threshold":3}],"version"'),
        ("/v1", "/v2"),
        (ids["log"], ids["author"]),
    ):
        changed = data.decode().replace(old, new)
        assert changed != data.decode()
        yield {"policy": changed, "ok": False}


def main() -> None:
    """Write every vector file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    parser.add_argument("--new-keys", action="store_true")
    options = parser.parse_args()
    signers = load_signers(options.new_keys)
    files = {
        "merkle": (merkle_cases(), "RFC 6962 section 2.1; entries are the ASCII decimals 0, 1, 2, ..."),
        "notes": (note_cases(signers), "C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof"),
        "dsse": (dsse_cases(signers), "DSSE v1, in-toto Statement v1, docs/evidence.md"),
        "container": (container_cases(), "docs/evidence.md, Container and Manifest"),
        "policy": (policy_cases(signers), "docs/evidence.md, Trust policy"),
    }
    for name, (cases, source) in files.items():
        value = {"generator": "vectors/make_evidence.py", "source": source, "cases": list(cases)}
        write(options.folder / f"{name}.json", value)
    keys = {
        name: {"public": signer.public_key.raw.hex(), "signatures": dict(sorted(signer.signatures.items()))}
        for name, signer in signers.items()
    }
    write(options.folder / RECORD, {"generator": "vectors/make_evidence.py", "keys": keys})


def write(path: Path, value: object) -> None:
    """Write one file, the same bytes for the same value."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
