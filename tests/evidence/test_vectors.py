"""The published vectors: generated anew they are the same, and every case gets its verdict here."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import main
from assay.evidence import container, envelope, manifest, merkle, note, policy, policy_file, profile, proof
from assay.evidence.errors import EvidenceError
from assay.evidence.keys import PublicKey

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
SOURCE = Path(merkle.__file__).resolve().parents[2]
FILES = ("merkle", "notes", "dsse", "container", "policy")


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("make_evidence.py", (*FILES, "evidence-signatures")),
        ("make_decisions.py", ("canonical", "decisions")),
        ("make_bundles.py", ("bundles", "bundle-signatures")),
    ],
)
def test_the_vectors_are_what_their_script_writes(tmp_path, script, names):
    command = [sys.executable, str(VECTORS / script), str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}, timeout=120)
    for name in names:
        assert (tmp_path / f"{name}.json").read_bytes() == (VECTORS / f"{name}.json").read_bytes(), name


def test_canonical_cases_get_their_verdict():
    for case in json.loads((VECTORS / "canonical.json").read_text())["cases"]:
        try:
            value = profile.parse_canonical(bytes.fromhex(case["bytes"]))
        except EvidenceError:
            assert not case["ok"], case
        else:
            assert case["ok"], case
            assert value == case["value"]


@pytest.mark.parametrize("name", FILES)
def test_every_case_gets_its_verdict(name):
    cases = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    verdicts = [_holds(CHECKS[name], case) for case in cases]
    assert verdicts == [case["ok"] for case in cases]


def _holds(check, case):
    try:
        check(case)
    except EvidenceError:
        return False
    return True


def _merkle(case):
    raw = {key: bytes.fromhex(case[key]) for key in ("leaf", "root", "root1", "root2") if key in case}
    path = [bytes.fromhex(value) for value in case.get("proof", ())]
    if case["kind"] == "root":
        hashes = [merkle.leaf_hash(str(i).encode()) for i in range(case["size"])]
        assert merkle.root_hash(hashes) == raw["root"]
    elif case["kind"] == "inclusion":
        merkle.verify_inclusion(raw["leaf"], case["index"], case["size"], path, raw["root"])
    else:
        merkle.verify_consistency(case["size1"], case["size2"], path, raw["root1"], raw["root2"])


def _notes(case):
    key, witness = (note.VerifierKey.parse(case[name]) for name in ("log", "witness"))
    if case["kind"] == "checkpoint":
        made = proof.checked_head(case["note"].encode(), key.name, [key], [witness], case["threshold"])
        assert (made.checkpoint.size, made.seen_by) == (case["size"], case["time"])
    else:
        parsed = proof.parse_proof(case["proof"].encode())
        proof.verify_proof(parsed, bytes.fromhex(case["entry"]), key.name, [key], [witness], case["threshold"])


def _dsse(case):
    sealed = envelope.parse_envelope(case["envelope"].encode())
    envelope.verify_envelope(sealed, [PublicKey(bytes.fromhex(key)) for key in case["keys"]], case["threshold"])
    if "pae" in case:
        assert envelope.pae(sealed.payload_type, sealed.payload).hex() == case["pae"]


def _container(case):
    members = container.read_container(base64.b64decode(case["container"]))
    manifest.check_members(members)
    assert {name: base64.b64encode(data).decode() for name, data in members.items()} == case["members"]


def _policy(case):
    trust = policy_file.parse_policy(case["policy"].encode())
    policy.check_pin(case["policy"].encode(), case["sha256"])
    sealed = envelope.parse_envelope(case["envelope"].encode())
    standing = policy.authorise(trust, case["role"], sealed, case["at"], witnessed=case["witnessed"])
    assert list(standing.holders) == case["holders"]
    policy.require(standing)


CHECKS = {"merkle": _merkle, "notes": _notes, "dsse": _dsse, "container": _container, "policy": _policy}


def test_every_bundle_gets_its_exit_code(tmp_path, capsys):
    for case in json.loads((VECTORS / "bundles.json").read_text())["cases"]:
        path = tmp_path / "b.zip"
        path.write_bytes(base64.b64decode(case["bundle"]))
        pinned = ["--trust", case["pin"]] if case["pin"] else []
        assert main(["verify", str(path), *pinned]) == case["code"], case["what"]
        capsys.readouterr()
