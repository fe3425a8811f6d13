"""Enrolment, signatures and key files."""

from __future__ import annotations

import hashlib
import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, PublicFormat

from assay.evidence import signers
from assay.evidence.errors import KeyRefusedError, SignatureError
from assay.evidence.keys import PublicKey


def test_a_generated_key_is_enrolled_and_verifies_what_it_signs():
    signer = signers.generate_key()
    key = signer.public_key
    key.verify(signer.sign(b"data"), b"data")
    with pytest.raises(SignatureError, match="E0336"):
        key.verify(signer.sign(b"data"), b"date")


def test_the_key_id_is_the_digest_of_the_spki():
    signer = signers.generate_key()
    spki = signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert signer.public_key.key_id == hashlib.sha256(spki).hexdigest()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (bytes(31), "E0330"),
        (b"\xff" * 32, "E0331"),
        (bytes([1]) + bytes(30) + b"\x80", "E0331"),
        (bytes([2]) + bytes(31), "E0332"),
        (bytes([1]) + bytes(31), "E0333"),
        (bytes(32), "E0333"),
        ((2**255 - 20).to_bytes(32, "little"), "E0333"),
    ],
)
def test_a_key_that_no_honest_holder_has_is_refused(raw, code):
    with pytest.raises(KeyRefusedError, match=code):
        PublicKey(raw)


def test_of_the_peers_914_edge_vectors_only_those_with_sound_keys_are_enrolled(suites):
    vectors = json.loads((suites / "cctv" / "ed25519" / "ed25519vectors.json").read_text())
    unsound = {"low_order_A", "low_order_component_A", "non_canonical_A"}
    verdicts = {"refused": 0, "enrolled": 0, "verified": 0}
    for vector in vectors:
        flags = set(vector["flags"] or [])
        try:
            key = PublicKey(bytes.fromhex(vector["key"]))
        except KeyRefusedError:
            assert flags & unsound, vector["number"]
            verdicts["refused"] += 1
            continue
        assert not flags & unsound, vector["number"]
        verdicts["enrolled"] += 1
        verdicts["verified"] += _verifies(key, bytes.fromhex(vector["sig"]), vector["msg"].encode())
        assert _verifies(key, bytes.fromhex(vector["sig"]), vector["msg"].encode()) == (
            not flags & {"low_order_residue", "non_canonical_R"}
        ), vector["number"]
    assert verdicts == {"refused": 886, "enrolled": 28, "verified": 2}


def test_wycheproofs_151_ed25519_cases_get_their_verdicts(suites):
    suite = json.loads((suites / "wycheproof" / "ed25519_test.json").read_text())
    run = 0
    for group in suite["testGroups"]:
        key = PublicKey(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            accepted = _verifies(key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert accepted == (case["result"] == "valid"), case["tcId"]
            run += 1
    assert run == suite["numberOfTests"] == 151


def _verifies(key, signature, data):
    try:
        key.verify(signature, data)
    except SignatureError:
        return False
    return True


def test_a_key_file_opens_with_its_passphrase_only(tmp_path):
    path = tmp_path / "log.pem"
    signer = signers.generate_key()
    signers.save_key(path, signer, b"a passphrase")
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signers.load_key(path, b"a passphrase").public_key == signer.public_key
    with pytest.raises(KeyRefusedError, match="E0335"):
        signers.load_key(path, b"another")
    with pytest.raises(FileExistsError):
        signers.save_key(path, signer, b"a passphrase")
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.pem"]


def test_no_key_is_stored_in_the_clear(tmp_path):
    with pytest.raises(KeyRefusedError, match="E0335"):
        signers.save_key(tmp_path / "k.pem", signers.generate_key(), b"")


def test_another_algorithm_is_refused(tmp_path):
    path = tmp_path / "k.pem"
    key = generate_private_key(SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"p")))
    with pytest.raises(KeyRefusedError, match="not ed25519"):
        signers.load_key(path, b"p")
    path.write_bytes(b"no key")
    with pytest.raises(KeyRefusedError, match="cannot be read"):
        signers.load_key(path, b"p")
