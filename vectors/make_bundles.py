"""Writes the vectors of whole bundles: a container, the digest that is pinned, the exit code of a verifier.

    python vectors/make_bundles.py [--new-keys] [FOLDER]

The law is made up. Keys are handled as in make_evidence.py: none is kept, signatures are recorded.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from make_decisions import ATTRIBUTES, CLASSES, HEAD, INSTRUMENT, UNION
from make_evidence import Signers, load_signers, write

from assay.canon import canonical
from assay.evidence import checkpoint, container, envelope, manifest, merkle, policy, policy_file, proof, record, tiles
from assay.evidence.predicates import ANSWER, BUNDLE, EVIDENCE
from assay.evidence.statement import Statement, Subject, evidence_statement, format_statement
from assay.evidence.text import encode_base64
from assay.workflow.bundles.redo import library_of, read_law, redo
from assay.workflow.keeping.stored_facts import format_stored

HERE = Path(__file__).resolve().parent
RECORD = "bundle-signatures.json"
ORIGIN, NOW = "log.example/bundles", "2026-11-24T12:00:00Z"
BODY = b"a report in a format that nobody reads"
RULES = """[[rule]]
id = "xx.ban"
instrument = "statute"
effect = "prohibit"
when = { fact = "supplier", op = "in-class", value = "xx:listed" }
valid = { from = 2020-01-01 }
known = { from = 2020-01-01 }
says = "bans listed suppliers"
cite = [ { source = "act", at = "section 1" } ]
"""
RESIDUAL = '[[residual]]\noutcome = "permitted"\nfrom = 2020-01-01\nwhy = "not forbidden"\nsource = "act"\n'
Members = dict[str, bytes]


def answered() -> Members:
    """The members of a bundle of one answer without signatures."""
    statute = INSTRUMENT.format(
        id="statute", where="XX", force="binding", kind="statute", state="in-force", directly="false"
    )
    texts = {
        "facts/attributes.toml": ATTRIBUTES, "packs/common/pack.toml": HEAD.format(id="common", where="*")
        + '[[presume]]\nkey = "generation"\nvalue = "5G"\nwhy = "the question is about 5G"\n',
        "packs/common/classes.toml": UNION.replace('"XX"', '"YY"'),
        "packs/xx/pack.toml": HEAD.format(id="xx", where="XX") + statute + RESIDUAL, "packs/xx/classes.toml": CLASSES,
        "packs/xx/rules.toml": RULES,
    }  # fmt: skip
    members = {name: text.encode() for name, text in texts.items()}
    question = {
        "supplier": "north", "part": "core", "activity": "purchase", "jurisdiction": "XX", "as_of": "2023-01-01",
        "known_at": "2026-01-01", "context": {},
    }  # fmt: skip
    request = {
        "schema": "assay-bundle-question/1", "question": question, "presume": True, "hidden": [], "assumed": [],
        "case_facts": "",
    }  # fmt: skip
    law = read_law(members, [{"id": "common", "private": False}, {"id": "xx", "private": False}])
    members["question.json"] = canonical(request)
    members["decision.json"] = canonical(redo(library_of(members, law, ""), request))
    return members


def fitted(members: Mapping[str, bytes], withheld: tuple[manifest.Withheld, ...] = ()) -> bytes:
    """A container with a manifest that fits."""
    return container.write_container({**members, "manifest.json": manifest.format_manifest(members, withheld)})


class Publisher:
    """A log in memory, whose entries are statements, and the policy that says whose signatures count."""

    def __init__(self, signers: Signers) -> None:
        self.signers, self.entries = signers, list[bytes]()
        ids = {name: signers[name].public_key.key_id for name in ("author", "log")}
        keys = tuple(policy.PolicyKey(signers[name].public_key, name.title(), 1_700_000_000) for name in ids)
        roles = (
            policy.Role("decision", (ids["author"],), 1, tuple(sorted((ANSWER, BUNDLE)))),
            policy.Role("evidence", (ids["author"],), 1, (EVIDENCE,)),
            policy.Role("trust-policy", (ids["author"],), 1, (record.TRUST_POLICY,)),
        )
        trust = policy.LogTrust(ORIGIN, (ids["log"],), (), 0)
        self.policy = policy_file.format_policy(policy.Policy(1, "", keys, roles, trust))

    def state(self, statement: Statement, who: str = "author") -> tuple[bytes, bytes]:
        """A signed statement and the proof that the log holds it."""
        sealed = envelope.sign_envelope(envelope.IN_TOTO, format_statement(statement), [self.signers[who]])
        data = envelope.format_envelope(sealed)
        self.entries.append(sha256(data).digest())
        leaves = [merkle.leaf_hash(entry) for entry in self.entries]
        size = len(leaves)
        head = checkpoint.sign_checkpoint(
            checkpoint.Checkpoint(ORIGIN, size, merkle.root_hash(leaves)), self.signers["log"]
        )
        path = merkle.inclusion_proof(
            size - 1, size, tiles.tile_nodes(size, lambda tile: b"".join(leaves[: tile.width]))
        )
        return data, proof.format_proof(proof.TlogProof(size - 1, path, head))

    def signed(self, members: Members) -> Members:
        """The members with the policy, a piece of evidence and the decision's own statement."""
        key = sha256(BODY).hexdigest()
        decision = Subject("decision.json", sha256(members["decision.json"]).hexdigest())
        decided = record.Decided("1", "2023-01-01", "2026-01-01", (), sha256(b"[]").hexdigest())
        out = {**members, "trust/policy.json": self.policy, f"bodies/{key}": BODY}
        for made in (
            evidence_statement(Subject("report.txt", key), len(BODY), "document", NOW),
            record.answer_statement(decision, NOW, decided),
        ):
            data, receipt = self.state(made)
            name = sha256(data).hexdigest()
            out |= {f"statements/{name}.dsse.json": data, f"statements/{name}.tlog-proof": receipt}
        return {**out, "facts/stored.json": format_stored((), ())}

    def sealed(self, members: Members, who: str = "author") -> bytes:
        """The container with a seal over its manifest."""
        listed = manifest.format_manifest(members)
        subject = Subject("manifest.json", sha256(listed).hexdigest())
        made = record.bundle_statement(subject, NOW, sha256(members["decision.json"]).hexdigest())
        data, receipt = self.state(made, who)
        extra = {"manifest.json": listed, "seal.dsse.json": data, "seal.tlog-proof": receipt}
        return container.write_container({**members, **extra})


def refitted(data: bytes, change: Callable[[Members], object]) -> bytes:
    """A bundle with other members, a manifest that fits, and the seal as it was."""
    members = container.read_container(data)
    change(members)
    members["manifest.json"] = manifest.format_manifest(members)
    return container.write_container(members)


def cases(signers: Signers) -> Iterator[dict[str, Any]]:
    """Bundles with the exit code of a verifier: 0 same, 1 different, 2 cannot be redone, 3 broken."""
    plain = answered()
    data = fitted(plain)
    pin = sha256(container.read_container(data)["manifest.json"]).hexdigest()
    other = plain["decision.json"].replace(b'"outcome":"prohibited"', b'"outcome":"permitted"')
    held = manifest.Withheld("packs/xx/rules.toml", "a secret order", manifest.commit(bytes(32), RULES.encode()))
    kept = {name: body for name, body in plain.items() if name != held.name}
    yield case("an answer without signatures", data, "", 0)
    yield case("its manifest pinned", data, pin, 0)
    yield case("another digest pinned", data, "0" * 64, 3)
    yield case("another decision, all made to fit", fitted({**plain, "decision.json": other}), "", 1)
    yield case("another law, all made to fit", fitted({**plain, held.name: RULES.encode() + b"# a remark\n"}), "", 0)
    yield case("law withheld", fitted(kept, (held,)), "", 2)
    yield case("a member that nothing reads", fitted({**plain, "more.txt": b""}), "", 3)
    publisher = Publisher(signers)
    signed = publisher.signed(plain)
    sealed, trusted = publisher.sealed(signed), sha256(publisher.policy).hexdigest()
    body = next(name for name in signed if name.startswith("bodies/"))
    receipt = next(name for name in signed if name.endswith(".tlog-proof"))
    loose = signed[receipt].replace(b"\nindex ", b"\nextra AAAA\nindex ", 1)
    yield case("signed, logged, sealed", sealed, "", 0)
    yield case("the same, its trust policy pinned", sealed, trusted, 0)
    yield case("the same, another policy pinned", sealed, "1" * 64, 3)
    yield case("sealed by a stranger", publisher.sealed(signed, "stranger"), "", 0)
    yield case("the same, the trust policy pinned", publisher.sealed(signed, "stranger"), trusted, 3)
    yield case("not sealed, the trust policy pinned", fitted(signed), trusted, 3)
    yield case("sealed, then a remark in the law", refitted(sealed, lambda m: m.update({held.name: b"#\n"})), "", 3)
    yield case("other bytes of evidence", fitted({**signed, body: BODY + b"!"}), "", 3)
    yield case("a log proof with bytes that nothing vouches for", fitted({**signed, receipt: loose}), "", 3)
    yield case("a statement without its log proof", fitted({k: v for k, v in signed.items() if k != receipt}), "", 3)
    yield case("signed members without a trust policy",
               fitted({name: data for name, data in signed.items() if name != "trust/policy.json"}), "", 3)  # fmt: skip


def case(what: str, data: bytes, pin: str, code: int) -> dict[str, Any]:
    """One case."""
    return {"what": what, "bundle": encode_base64(data), "pin": pin, "code": code}


def main() -> None:
    """Write the cases and, with new keys, the record of signatures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    parser.add_argument("--new-keys", action="store_true")
    options = parser.parse_args()
    signers = load_signers(options.new_keys, RECORD)
    value = {
        "generator": "vectors/make_bundles.py",
        "source": "docs/evidence.md, Bundle",
        "cases": list(cases(signers)),
    }
    write(options.folder / "bundles.json", value)
    keys = {
        name: {"public": signer.public_key.raw.hex(), "signatures": dict(sorted(signer.signatures.items()))}
        for name, signer in signers.items()
    }
    write(options.folder / RECORD, {"generator": "vectors/make_bundles.py", "keys": keys})


if __name__ == "__main__":
    main()
