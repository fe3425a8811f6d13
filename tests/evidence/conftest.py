"""Where the peer suites lie (a test that needs an absent one is reported as not run); a log's key and folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assay.evidence.note import verifier_key
from assay.evidence.signers import KeySigner

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def suites():
    shared = Path(os.environ.get("ASSAY_SHARED", CHECKOUT.parent / "shared"))
    folder = shared / "suites"
    if not folder.is_dir():
        pytest.skip("not run: ../shared absent")
    return folder


@pytest.fixture
def seed():
    return os.urandom(32)


@pytest.fixture
def signer(seed):
    return KeySigner.of(Ed25519PrivateKey.from_private_bytes(seed))


@pytest.fixture
def keys(signer):
    return (verifier_key("log.example/one", signer.public_key),)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "log"
