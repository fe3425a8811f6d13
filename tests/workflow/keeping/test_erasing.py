"""Erased bytes: by whom, why, signed and logged; what is gone otherwise is missing."""

from __future__ import annotations

import pytest

from assay.errors import UsageError
from assay.evidence.blobs import BlobStore, Tombstone
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import BlobError, PolicyError
from assay.evidence.predicates import ERASURE
from assay.evidence.signers import generate_key
from assay.workflow.keeping import trust
from assay.workflow.keeping.erasing import erase_bytes, erasure_of
from assay.workflow.keeping.evidence import Entry, add_files, check_store, list_evidence, read_bytes_of, show_evidence
from assay.workflow.keeping.logged import evidence_why
from assay.workflow.keeping.store import Keys

BEGUN, NOON, LATER = (f"2026-11-24T{hour:02}:00:00Z" for hour in (0, 12, 18))
OTHER = generate_key()
REASON = "order of a court"


@pytest.fixture
def key(store, keys, tmp_path):
    (tmp_path / "letter.txt").write_bytes(b"a name")
    (row,) = add_files(store, [tmp_path / "letter.txt"], Entry(), keys, NOON)
    return row["sha256"]


def erase(store, keys, key, at=LATER):
    return erase_bytes(store, key[:8], REASON, keys, at)


def test_an_erasure_says_who_when_and_why_everywhere_and_leaves_proofs(store, keys, key):
    made = erase(store, keys, key)
    (record,) = open_catalogue(store).records((ERASURE,))
    told = {"on": "2026-11-24", "reason": REASON, "by": ["Archive North"], "statement": record.id, "entry": 2}
    assert {name: made[name] for name in told} == told
    assert list_evidence(store)["evidence"][0]["erased"] == told
    assert show_evidence(store, key)["statements"][0]["erased"] == told
    assert evidence_why(store, key)["erased"] == told
    found = check_store(store)
    assert (found["problems"], found["leftovers"], found["erased"]) == ([], [], 1)
    with pytest.raises(BlobError, match="E0352"):
        read_bytes_of(store, key)


def test_an_erasure_needs_a_reason_and_is_made_once(store, keys, key):
    with pytest.raises(UsageError, match="E0516"):
        erase_bytes(store, key, " ", keys, LATER)
    assert store.blobs.holds(key)
    erase(store, keys, key)
    with pytest.raises(BlobError, match="by Archive North, because: order of a court"):
        erase(store, keys, key)


def test_only_who_has_the_role_erases(store, keys, key):
    other = Keys((OTHER,), keys.log)
    with pytest.raises(PolicyError, match="E0383"):
        erase(store, other, key)
    assert store.blobs.holds(key)
    policy = trust.enrol(trust.trust_of(store), OTHER.public_key, "Court North", ["erasure"], 0)
    trust.put_policy(store, policy, keys.signers, keys.log, BEGUN)
    assert erase(store, other, key)["by"] == ["Court North"]
    # A key that was stolen erased nothing that counts: the bytes are gone, and the check says so.
    gone = trust.revoke(trust.trust_of(store), OTHER.public_key.key_id[:8], "compromise", 0)
    trust.put_policy(store, gone, keys.signers, keys.log, LATER)
    assert erasure_of(store, key).holders == ()
    assert "by nobody who may" in str(erasure_of(store, key))
    assert ["E0383" in text for text in check_store(store)["problems"]] == [True]


def test_bytes_that_are_gone_without_a_signed_statement_are_missing(store, keys, key, tmp_path):
    (tmp_path / "b.txt").write_bytes(b"b")
    (other,) = add_files(store, [tmp_path / "b.txt"], Entry(), keys, NOON)
    erase(store, keys, key)
    (record,) = open_catalogue(store).records((ERASURE,))
    forged = {
        "no statement": Tombstone("2026-11-24", REASON, "ab" * 32),
        "of other bytes": Tombstone("2026-11-24", REASON, record.id),
        "of another type": Tombstone("2026-11-24", REASON, other["statement"]),
    }
    for tombstone in forged.values():
        grave = store.blobs._grave(other["sha256"])
        grave.unlink(missing_ok=True)
        if not store.blobs.holds(other["sha256"]):
            store.blobs.put(b"b")
        store.blobs.erase(other["sha256"], tombstone)
        with pytest.raises(BlobError, match="E0354"):
            show_evidence(store, other["sha256"])
        assert [f"bytes {other['sha256']}: E0354" in text for text in check_store(store)["problems"]] == [True]


@pytest.mark.parametrize("name", ["reason", "erased"])
def test_a_changed_tombstone_is_told_from_its_statement(store, keys, key, name):
    erase(store, keys, key)
    grave = store.blobs._grave(key)
    data = grave.read_bytes().replace(b"court", b"trick").replace(b"2026-11-24", b"2026-11-23")
    grave.write_bytes(data)
    with pytest.raises(BlobError, match="E0354"):
        erasure_of(store, key)


def test_an_erasure_cut_short_after_its_statement_is_told_and_finished(store, keys, key, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "erase", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(store, keys, key)
    assert check_store(store)["leftovers"] == [f"bytes {key}: erased, but still there: erase them again"]
    made = erase(store, keys, key, "2026-11-25T00:00:00Z")
    # The statement that was logged first stands: said again, it is the same.
    assert (made["on"], made["entry"]) == ("2026-11-24", 2)
    assert check_store(store)["leftovers"] == []
