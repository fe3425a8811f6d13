"""A witness cosigns what is consistent and nothing else; a monitor notices forks, rollbacks, false cosignatures."""

from __future__ import annotations

import shutil
import threading

import pytest

from assay.errors import InputError, IntegrityError, UsageError
from assay.evidence.errors import NoteError
from assay.evidence.note import VerifierKey
from assay.evidence.proof import parse_proof, verify_proof
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import make_store, open_keys, open_store
from assay.workflow.keeping.witnessing import (
    Watched,
    cosign_store,
    local_witness,
    make_witness,
    remote_witness,
    serve,
    trust_log,
    watch,
)

BEGUN, NOON = "2026-11-24T00:00:00Z", "2026-11-24T12:00:00Z"


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN)
    return open_store(tmp_path / "store")


@pytest.fixture
def witness(store, tmp_path):
    """A witness that knows the log, and that the trust policy knows."""
    made = make_witness(tmp_path / "witness", "witness.example/north", None)
    trust_log(tmp_path / "witness", str(store.log_key))
    keys = open_keys(store, None, None)
    policy = trust.add_witness(trust.trust_of(store), VerifierKey.parse(made["witness"]), "Witness North", 1, 0)
    trust.put_policy(store, policy, keys.signers, keys.log, BEGUN)
    return local_witness(tmp_path / "witness", None)


def asked(witness, at=1_800_000_000):
    return lambda body: witness.add_checkpoint(body, at)


def grow(store, tmp_path, text):
    path = tmp_path / "evidence.txt"
    path.write_text(text, encoding="utf-8")
    add_files(store, [path], Entry(), open_keys(store, None, None), NOON)


def watched(store, threshold=0):
    policy = trust.trust_of(store).policy
    return Watched(store.log, store.log_key, policy.witness_keys(), threshold)


def test_a_log_that_grows_is_cosigned_again_and_again(store, witness, tmp_path):
    assert cosign_store(store, asked(witness))["size"] == 2
    grow(store, tmp_path, "more")
    found = cosign_store(store, asked(witness))
    assert (found["size"], [one["witness"] for one in found["cosignatures"]]) == (3, ["witness.example/north"])
    assert watch(watched(store, 1), tmp_path / "memory")["cosigned"] == 3
    policy = trust.trust_of(store).policy
    for name in store.ids():
        shown = verify_proof(
            parse_proof(store.newest_receipt(name)), bytes.fromhex(name), store.log_key.name, policy.log_keys(),
            policy.witness_keys(), 1,
        )  # fmt: skip
        assert shown.head.seen_by == 1_800_000_000
    assert store.check().problems == ()


def test_a_witness_behind_http_answers_the_same(socket_enabled, store, witness, tmp_path):
    with serve(witness, "127.0.0.1", 0, lambda: 1_800_000_000) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ask = remote_witness(f"http://127.0.0.1:{server.server_port}")
        assert cosign_store(store, ask)["size"] == 2
        grow(store, tmp_path, "more")
        assert cosign_store(store, ask)["size"] == 3
        assert ask(b"nonsense").status == 400
        assert remote_witness(f"http://127.0.0.1:{server.server_port}/else")(b"x").status == 404
        server.shutdown()


def test_a_fork_is_refused_by_the_witness_and_noticed_by_the_monitor(store, witness, tmp_path):
    shutil.copytree(store.folder, tmp_path / "twin")
    twin = open_store(tmp_path / "twin")
    grow(store, tmp_path, "one view")
    grow(twin, tmp_path, "another view")
    memory = tmp_path / "memory"
    cosign_store(store, asked(witness))
    watch(watched(store), memory)
    with pytest.raises(InputError, match="status 422"):
        cosign_store(twin, asked(witness))
    for size in (3, 4):
        with pytest.raises(NoteError, match="E0319"):
            watch(watched(twin), memory)
        assert memory.with_name("memory.refused").read_bytes() == (twin.log / "checkpoint").read_bytes()
        assert watch(watched(store), memory)["size"] == 3
        grow(twin, tmp_path, f"more {size}")


def test_a_log_that_shrank_is_noticed_by_both(store, witness, tmp_path):
    shutil.copytree(store.folder, tmp_path / "old")
    grow(store, tmp_path, "more")
    cosign_store(store, asked(witness))
    watch(watched(store), tmp_path / "memory")
    old = open_store(tmp_path / "old")
    with pytest.raises(NoteError, match="E0319"):
        cosign_store(old, asked(witness))
    with pytest.raises(NoteError, match="shrank"):
        watch(watched(old), tmp_path / "memory")


def test_a_monitor_checks_cosignatures(store, witness, tmp_path):
    with pytest.raises(NoteError, match="E0317"):
        watch(watched(store, 1), tmp_path / "memory")
    cosign_store(store, asked(witness))
    path = store.log / "cosigned"
    data = path.read_bytes()
    line = next(one for one in data.splitlines(keepends=True) if b"witness.example" in one)
    other = b"B" if line[-20:-19] == b"A" else b"A"  # still base64, so that only the signature is wrong
    path.write_bytes(data.replace(line, line[:-20] + other + line[-19:]))
    with pytest.raises(NoteError, match="E0312"):
        watch(watched(store, 1), tmp_path / "memory")


def test_a_stranger_log_is_not_cosigned(store, tmp_path):
    make_witness(tmp_path / "w", "witness.example/w", None)
    with pytest.raises(InputError, match="status 404"):
        cosign_store(store, asked(local_witness(tmp_path / "w", None)))


def test_an_unknown_witness_is_named(store, tmp_path):
    make_witness(tmp_path / "w", "witness.example/w", None)
    trust_log(tmp_path / "w", str(store.log_key))
    found = cosign_store(store, asked(local_witness(tmp_path / "w", None)))
    assert (found["cosignatures"], found["unknown"]) == ([], ["witness.example/w"])


def test_a_witness_is_made_once_and_its_head_is_checked(socket_enabled, tmp_path):
    make_witness(tmp_path / "w", "witness.example/w", b"secret")
    assert (tmp_path / "w" / "witness.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED")
    with pytest.raises(UsageError, match="E0512"):
        make_witness(tmp_path / "w", "witness.example/w", None)
    with pytest.raises(UsageError, match="E0525"):
        trust_log(tmp_path, "x")
    (tmp_path / "w" / "witness.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError, match="E0526"):
        local_witness(tmp_path / "w", None)
    for url in ("ftp://x", "x"):
        with pytest.raises(UsageError, match="E0527"):
            remote_witness(url)
    with pytest.raises(InputError, match="E0527"):
        remote_witness("http://127.0.0.1:9")(b"")
