"""The store: what goes in comes out, is proven, is never overwritten, and survives being cut off anywhere."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assay.errors import AssayError, InputError, UsageError
from assay.evidence.errors import EvidenceError
from assay.evidence.note import VerifierKey
from assay.evidence.proof import parse_proof, verify_proof
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import (
    Entry,
    add_files,
    check_store,
    list_evidence,
    read_bytes_of,
    show_evidence,
    show_log,
)
from assay.workflow.keeping.store import make_store, open_keys, open_store

BEGUN = "2026-11-24T00:00:00Z"
NOON = "2026-11-24T12:00:00Z"
LATER = "2026-11-25T12:00:00Z"


def nobody(name):
    raise AssertionError(f"asked for the passphrase of {name}")


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN)
    return open_store(tmp_path / "store")


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"the lab saw nothing\r\n\x00\xff")
    return path


def add(store, *paths, at=NOON, **said):
    return add_files(store, paths, Entry(**said), open_keys(store, None, nobody), at)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_added_bytes_come_back_the_same(store, report):
    (row,) = add(store, report)
    assert row["sha256"] == sha256(report.read_bytes())
    assert read_bytes_of(store, row["sha256"]) == report.read_bytes()
    assert read_bytes_of(store, row["sha256"][:6]) == report.read_bytes()


def test_the_receipt_beside_the_envelope_verifies_against_the_log_key_alone(store, report, tmp_path):
    made = make_store(tmp_path / "other", None, BEGUN)
    (row,) = add(store, report)
    envelope = store.folder / row["envelope"]
    proof = parse_proof((store.folder / row["receipt"]).read_bytes())
    entry = hashlib.sha256(envelope.read_bytes()).digest()
    assert verify_proof(proof, entry, store.log_key.name, (store.log_key,)).index == 1
    assert (store.folder / row["receipt"]).parent == envelope.parent
    stranger = VerifierKey.parse(made["log"])
    with pytest.raises(EvidenceError):
        verify_proof(proof, entry, stranger.name, (stranger,))
    with pytest.raises(EvidenceError):
        verify_proof(proof, hashlib.sha256(b"other").digest(), store.log_key.name, (store.log_key,))


def test_effective_and_receipt_date_are_kept_apart(store, report):
    add(store, report, effective="2025-01-31")
    (row,) = list_evidence(store)["evidence"]
    assert (row["effective"], row["received"]) == ("2025-01-31", NOON)


def test_a_revision_supersedes_and_the_first_stays_readable(store, report, tmp_path):
    (first,) = add(store, report)
    kept = (store.folder / first["envelope"]).read_bytes()
    second = tmp_path / "report-2.txt"
    second.write_bytes(b"the lab saw something")
    (row,) = add(store, second, at=LATER, supersedes=(first["sha256"],))
    assert row["supersedes"] == [first["sha256"]]
    assert read_bytes_of(store, first["sha256"]) == report.read_bytes()
    assert (store.folder / first["envelope"]).read_bytes() == kept
    (shown,) = show_evidence(store, first["sha256"])["statements"]
    assert shown["superseded_by"] == [sha256(b"the lab saw something")]
    assert [r["entry"] for r in list_evidence(store)["evidence"]] == [1, 2]


def test_saying_the_same_again_adds_nothing_and_saying_more_does(store, report):
    assert add(store, report)[0]["added"] is True
    again = add(store, report, at=LATER)[0]
    assert (again["added"], again["received"]) == (False, NOON)
    assert add(store, report, at=LATER, about="router")[0]["added"] is True
    assert show_log(store)["size"] == 3
    assert len(show_evidence(store, again["sha256"])["statements"]) == 2


@pytest.mark.parametrize("text", ["0" * 64, "abcdef"])
def test_an_unknown_digest_is_a_clear_error(store, report, text):
    add(store, report)
    for act in (show_evidence, read_bytes_of):
        with pytest.raises(UsageError, match="holds no evidence of this digest") as caught:
            act(store, text)
        assert caught.value.code == "E0514"


def test_an_unknown_superseded_digest_adds_nothing(store, report):
    with pytest.raises(UsageError) as caught:
        add(store, report, supersedes=("0" * 64,))
    assert caught.value.code == "E0514"
    assert (show_log(store)["size"], list(store.blobs.digests())) == (1, [trust.trust_of(store).digest])


def test_bytes_cannot_supersede_themselves_and_one_revision_is_one_file(store, report, tmp_path):
    (row,) = add(store, report)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    for paths in ((report,), (other, report)):
        with pytest.raises(UsageError) as caught:
            add(store, *paths, supersedes=(row["sha256"],))
        assert caught.value.code == "E0517"


def test_one_missing_file_of_several_adds_none(store, report, tmp_path):
    with pytest.raises(InputError):
        add(store, report, tmp_path / "absent")
    assert show_log(store)["size"] == 1


@pytest.mark.parametrize("said", [{"kind": "Lab Report"}, {"kind": ""}, {"about": "a\x1b[2J"}, {"about": "\ud800"}])
def test_a_text_that_cannot_be_shown_is_refused(store, report, said):
    with pytest.raises(UsageError) as caught:
        add(store, report, **said)
    assert caught.value.code == "E0516"


def test_another_key_signs_and_is_named(store, report, tmp_path):
    make_store(tmp_path / "lab", None, BEGUN)
    key = tmp_path / "lab" / "keys" / "signer.pem"
    keys = open_keys(store, key, nobody)
    with pytest.raises(EvidenceError, match="E0383"):
        add_files(store, [report], Entry(), keys, NOON)
    assert show_log(store)["size"] == 1
    lab = trust.enrol(trust.trust_of(store), keys.signers[0].public_key, "Lab North", ["evidence"], 0)
    trust.put_policy(store, lab, open_keys(store, None, nobody).signers, keys.log, BEGUN)
    (row,) = add_files(store, [report], Entry(), keys, NOON)
    (shown,) = show_evidence(store, row["sha256"])["statements"]
    assert shown["signed_by"] == [keys.signers[0].public_key.key_id]
    assert keys.signers[0].public_key != open_keys(store, None, nobody).signers[0].public_key


def test_keys_are_encrypted_unless_asked_otherwise(tmp_path):
    make_store(tmp_path / "store", b"secret", BEGUN)
    for name in ("log.pem", "signer.pem"):
        path = tmp_path / "store" / "keys" / name
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert path.stat().st_mode & 0o777 == 0o600
    store = open_store(tmp_path / "store")
    open_keys(store, None, lambda _: b"secret")
    with pytest.raises(EvidenceError) as caught:
        open_keys(store, None, lambda _: b"wrong")
    assert caught.value.code == "E0335"


def test_a_store_is_not_made_over_anything(tmp_path, report):
    with pytest.raises(UsageError) as caught:
        make_store(tmp_path, None, BEGUN)
    assert caught.value.code == "E0512"
    (tmp_path / "empty").mkdir()
    make_store(tmp_path / "empty", None, BEGUN)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "report.txt"]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def test_one_flipped_byte_in_any_signed_or_stored_file_is_reported(store, report):
    (row,) = add(store, report)
    assert check_store(store)["problems"] == []
    blob = f"blobs/sha256/{row['sha256'][:2]}/{row['sha256'][2:]}"
    signer = f"signers/{open_keys(store, None, nobody).signers[0].public_key.key_id}"
    for name in (blob, row["envelope"], row["receipt"], signer, "log/checkpoint", "log/tile/entries/000.p/2"):
        path = store.folder / name
        for at in (0, path.stat().st_size // 2, path.stat().st_size - 2):
            flip(path, at)
            assert check_store(store)["problems"], (name, at)
            flip(path, at)
    assert check_store(store)["problems"] == []


@pytest.mark.parametrize("gone", ["blob", "envelope"])
def test_a_missing_file_is_reported(store, report, gone):
    (row,) = add(store, report)
    blob = store.folder / "blobs" / "sha256" / row["sha256"][:2] / row["sha256"][2:]
    (blob if gone == "blob" else store.folder / row["envelope"]).unlink()
    (problem,) = check_store(store)["problems"]
    assert ("E0350" if gone == "blob" else "entry 1 has no statement") in problem


def test_files_added_at_once_are_logged_in_the_order_in_which_they_are_named(store, tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(9)]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    rows = add_files(store, paths, Entry(), open_keys(store, None, None), LATER)
    assert [row["entry"] for row in rows] == list(range(1, 10))
    assert [row["name"] for row in list_evidence(store)["evidence"]] == [path.name for path in paths]


def whole_after(store, report):
    """What was left is whole, and the next `add` finishes: one statement with its proof, never two."""
    assert check_store(store)["problems"] == []
    for path in (store.folder / "blobs").rglob("*"):
        if path.is_file() and not path.name.startswith(".tmp-"):
            assert path.parent.name + path.name == sha256(path.read_bytes())
    add(store, report, at=LATER)
    found = check_store(store)
    assert (found["problems"], found["entries"], found["statements"]) == ([], 2, 2)
    assert read_bytes_of(store, sha256(report.read_bytes())) == report.read_bytes()


def test_an_interrupt_at_any_flush_leaves_nothing_half_written(tmp_path, report, monkeypatch):
    real, cut = os.fsync, 0
    while True:
        make_store(tmp_path / f"s{cut}", None, BEGUN)
        store = open_store(tmp_path / f"s{cut}")
        calls = iter(range(10_000))

        def stop(descriptor, calls=calls, cut=cut):
            if next(calls) == cut:
                raise KeyboardInterrupt
            real(descriptor)

        try:
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", stop)
                add(store, report)
        except KeyboardInterrupt:
            whole_after(store, report)
            cut += 1
            continue
        break
    assert cut >= 8  # bytes, envelope, journal and receipt: file and folder of each at least


KILLED = """
import os, signal, sys
from pathlib import Path
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import open_keys, open_store
real, left = os.fsync, [int(sys.argv[3])]
def fsync(descriptor):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real(descriptor)
os.fsync = fsync
store = open_store(Path(sys.argv[1]))
add_files(store, [Path(sys.argv[2])], Entry(), open_keys(store, None, None), "2026-11-24T12:00:00Z")
"""


@pytest.mark.parametrize("cut", range(0, 12, 2))
def test_a_kill_leaves_nothing_half_written(store, report, cut):
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.folder), str(report), str(cut)], check=False)
    assert done.returncode == -signal.SIGKILL
    whole_after(store, report)


def test_an_interrupted_init_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        make_store(tmp_path / "store", None, BEGUN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "1", '{"format":"assay-store/v2","log":"x"}', '{"format":"assay-store/v1","log":1}'],
)
def test_a_broken_head_is_named(store, text):
    (store.folder / "store.json").write_text(text, encoding="utf-8")
    with pytest.raises(AssayError) as caught:
        open_store(store.folder)
    assert caught.value.code == "E0518"
