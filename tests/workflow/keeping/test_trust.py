"""Who may sign what in a store: enrolled, needed in number, revoked, and refused."""

from __future__ import annotations

import pytest

from assay.errors import InputError, UsageError
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import KeyRefusedError, PolicyError
from assay.evidence.note import COSIGNATURE, verifier_key
from assay.evidence.predicates import EVIDENCE, LAW_PACK
from assay.evidence.signers import generate_key
from assay.evidence.text import decode_time, encode_base64
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import Keys, new_key

BEGUN, NOON, LATER = (f"2026-11-24T{hour:02}:00:00Z" for hour in (0, 12, 18))
LAB = generate_key()


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"nothing found")
    return path


def put(store, keys, policy, at=BEGUN):
    return trust.put_policy(store, policy, keys.signers, keys.log, at)


def enrolled(store, keys, *roles, until=None, key=LAB, holder="Lab North"):
    return put(store, keys, trust.enrol(trust.trust_of(store), key.public_key, holder, roles, 0, until))


def test_a_new_stores_policy_is_its_first_entry_and_gives_nobody_discretion(store):
    found = trust.trust_of(store)
    assert (found.policy.version, store.receipt(found.record.id).index) == (1, 0)
    assert {role.name for role in found.policy.roles}.isdisjoint({"discretion", "law-pack"})
    assert {key.holder for key in found.policy.keys} == {"Archive North", "log of Archive North"}


def test_an_enrolled_key_may_sign_what_its_role_allows_and_nothing_else(store, keys, report):
    lab = Keys((LAB,), keys.log)
    enrolled(store, keys, "lab-report")
    assert add_files(store, [report], Entry("lab-report"), lab, NOON)[0]["added"]
    with pytest.raises(PolicyError, match="E0383"):
        add_files(store, [report], Entry("sbom"), lab, NOON)


def test_a_key_signs_no_more_after_its_last_day_or_its_revocation(store, keys, report):
    lab = Keys((LAB,), keys.log)
    enrolled(store, keys, "evidence", until=decode_time(LATER))
    add_files(store, [report], Entry(about="a"), lab, NOON)
    with pytest.raises(PolicyError, match="no longer valid"):
        add_files(store, [report], Entry(about="b"), lab, LATER)
    gone = trust.revoke(trust.trust_of(store), LAB.public_key.key_id[:8], "compromise", decode_time(NOON))
    now = put(store, keys, gone)
    with pytest.raises(PolicyError, match="revoked: compromise"):
        add_files(store, [report], Entry(about="c"), lab, NOON)
    # What a stolen key signed counts no more, since nobody saw that it was signed before.
    (record,) = open_catalogue(store).records((EVIDENCE,))
    assert not trust.standing(now.policy, record).enough


def test_only_those_whom_the_policy_in_force_names_change_it(store, keys):
    stranger = Keys((LAB,), keys.log)
    wanted = trust.enrol(trust.trust_of(store), LAB.public_key, "Lab North", ["trust-policy"], 0)
    with pytest.raises(PolicyError, match="E0384"):
        put(store, stranger, wanted)
    assert trust.trust_of(store).policy.version == 1
    put(store, keys, wanted)
    both = put(store, keys, trust.set_threshold(trust.trust_of(store), "trust-policy", 1))
    assert both.policy.version == 3
    two = trust.set_threshold(both, "trust-policy", 2)
    with pytest.raises(PolicyError, match="1 of 2"):
        put(store, keys, two)
    put(store, Keys((*keys.signers, LAB), keys.log), two)
    with pytest.raises(PolicyError, match="1 of 2"):
        put(store, keys, trust.set_threshold(trust.trust_of(store), "trust-policy", 1))


def test_a_policy_that_somebody_else_put_into_the_store_is_passed_over(store, keys):
    wanted = trust.enrol(trust.trust_of(store), LAB.public_key, "Lab North", ["trust-policy"], 0)
    data = trust.format_policy(wanted)
    store.blobs.put(data)
    forged = trust.policy_statement(trust.Subject("trust-policy.json", trust.digest(data)), NOON, 2)
    record, _ = store.keep(forged, (LAB,))
    store.complete(keys.log, (record.id,))
    assert trust.trust_of(store).policy.version == 1


def test_readers_of_law_packs_are_enrolled_one_by_one_and_two_are_needed(store, keys):
    found = enrolled(store, keys, "law-pack")
    assert found.policy.role("law-pack").threshold == 2
    assert not trust.standing_of(found.policy, "law-pack", LAW_PACK, [LAB.public_key], decode_time(NOON)).enough
    with pytest.raises(PolicyError, match="law-pack has threshold 1, but it is from 2"):
        put(store, keys, trust.set_threshold(found, "law-pack", 1))
    both = enrolled(store, keys, "law-pack", key=generate_key(), holder="Lawyer North")
    assert len(both.policy.role("law-pack").keys) == 2
    # A role that must act never needs more than there are.
    with pytest.raises(PolicyError, match="evidence has threshold 2"):
        put(store, keys, trust.set_threshold(both, "evidence", 2))


def test_a_key_of_the_log_or_a_witness_takes_no_role(store, keys):
    now = trust.trust_of(store)
    with pytest.raises(UsageError, match="takes no role"):
        trust.enrol(now, keys.log.public_key, "x", ["evidence"], 0)
    seer = generate_key()
    witness = verifier_key("witness.example/w", seer.public_key, COSIGNATURE)
    now = put(store, keys, trust.add_witness(now, witness, "Witness North", 1, 0))
    assert now.policy.witness_keys() == (witness,)
    with pytest.raises(UsageError, match="takes no role"):
        trust.enrol(now, seer.public_key, "x", ["evidence"], 0)
    with pytest.raises(UsageError):
        trust.add_witness(now, verifier_key("w", LAB.public_key), "x", 1, 0)


@pytest.mark.parametrize(("roles", "code"), [((), "E0521"), (("king",), "E0521")])
def test_an_unknown_role_is_refused(store, keys, roles, code):
    with pytest.raises(UsageError) as caught:
        enrolled(store, keys, *roles)
    assert caught.value.code == code


def test_a_key_is_revoked_by_digits_that_name_it_alone_and_once(store, keys):
    now = enrolled(store, keys, "evidence")
    for text in ("", "zzzzzz", LAB.public_key.key_id[:5]):
        with pytest.raises(UsageError, match="E0522"):
            trust.revoke(now, text, "retired", 0)
    now = put(store, keys, trust.revoke(now, LAB.public_key.key_id, "retired", 0))
    with pytest.raises(UsageError, match="already"):
        trust.revoke(now, LAB.public_key.key_id, "retired", 0)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (bytes([1]) + bytes(31), "E0333"),  # the neutral point
        (bytes(32), "E0333"),  # order 4
        ((2**255 - 18).to_bytes(32, "little"), "E0331"),  # one, not reduced
        (b"\1" * 31, "E0330"),
    ],
)
def test_enrolment_refuses_low_order_and_non_canonical_keys(raw, code):
    with pytest.raises(KeyRefusedError) as caught:
        trust.read_public_key(encode_base64(raw))
    assert caught.value.code == code


def test_a_public_key_is_read_from_base64_or_pem_and_from_nothing_else(tmp_path):
    raw = LAB.public_key.raw
    assert trust.read_public_key(encode_base64(raw)) == LAB.public_key
    pem = tmp_path / "lab.pub"
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    for key, fits in ((LAB.key.public_key(), True), (X25519PrivateKey.generate().public_key(), False)):
        pem.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        if fits:
            assert trust.read_public_key(str(pem)) == LAB.public_key
        else:
            with pytest.raises(InputError, match="not ed25519"):
                trust.read_public_key(str(pem))
    with pytest.raises(InputError, match="no public key"):
        trust.read_public_key("no key")


def test_a_key_is_never_written_over_a_file(tmp_path):
    new_key(tmp_path / "k.pem", b"secret")
    assert (tmp_path / "k.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED")
    with pytest.raises(UsageError, match="E0512"):
        new_key(tmp_path / "k.pem", b"secret")
    (tmp_path / "k.pem").unlink()
    with pytest.raises(UsageError, match=r"k\.pub"):
        new_key(tmp_path / "k.pem", b"secret")
    assert not (tmp_path / "k.pem").exists()


def test_the_public_half_lies_beside_the_key(tmp_path):
    made = new_key(tmp_path / "k.pem", b"secret")
    assert trust.read_public_key(str(tmp_path / "k.pub")) == made.public_key
