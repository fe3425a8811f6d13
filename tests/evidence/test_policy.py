"""Who may sign what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.canon import canonical, digest
from assay.evidence import envelope, policy, policy_file, predicates, record, signers, statement
from assay.evidence.errors import CODES, EvidenceError, PolicyError, SignatureError

AUTHOR, LAWYER, LOG, WITNESS, SPARE = (signers.generate_key() for _ in range(5))
T0 = 1_700_000_000
PACK = predicates.LAW_PACK


def _key(signer, holder, **more):
    return policy.PolicyKey(signer.public_key, holder, T0, **more)


def _ids(*signers_):
    return tuple(sorted(signer.public_key.key_id for signer in signers_))


def _policy(keys=None, **changes):
    listed = keys or [_key(AUTHOR, "Author"), _key(LAWYER, "Lawyer"), _key(LOG, "Log"), _key(WITNESS, "Witness")]
    return policy.Policy(
        **{
            "version": 1,
            "previous": "",
            "keys": tuple(sorted(listed, key=lambda key: key.public_key.key_id)),
            "roles": (
                policy.Role("law-pack", _ids(AUTHOR, LAWYER), 2, (PACK,)),
                policy.Role("trust-policy", _ids(AUTHOR, LAWYER), 1, (predicates.TRUST_POLICY,)),
            ),
            "log": policy.LogTrust("log.example/one", _ids(LOG), (("w.example/w", WITNESS.public_key.key_id),), 1),
            **changes,
        }
    )


def _pack(*signers_, kind=PACK):
    made = statement.Statement((statement.Subject("pack", "ab" * 32),), kind, {})
    return envelope.sign_envelope(envelope.IN_TOTO, statement.format_statement(made), signers_)


def _standing(trust, made, at=T0, witnessed=True):
    return policy.authorise(trust, "law-pack", made, at, witnessed=witnessed)


def test_a_policy_reads_back():
    trust = _policy()
    assert policy_file.parse_policy(policy_file.format_policy(trust)) == trust
    assert trust.log_keys()[0].name == "log.example/one"
    assert trust.witness_keys()[0].type == 4


def test_a_law_pack_needs_two_holders():
    assert str(_standing(_policy(), _pack(SPARE))) == "law-pack: 0 of 2"
    one = _standing(_policy(), _pack(AUTHOR))
    with pytest.raises(PolicyError, match="E0383"):
        policy.require(one)
    policy.require(_standing(_policy(), _pack(AUTHOR, LAWYER)))


def test_two_keys_of_one_holder_are_one_signer():
    keys = [_key(AUTHOR, "Author"), _key(SPARE, "Author"), _key(LAWYER, "Lawyer"), _key(LOG, "L"), _key(WITNESS, "W")]
    roles = (policy.Role("law-pack", _ids(AUTHOR, SPARE, LAWYER), 2, (PACK,)), _policy().roles[1])
    trust = policy_file.parse_policy(policy_file.format_policy(_policy(keys, roles=roles)))
    assert not _standing(trust, _pack(AUTHOR, SPARE)).enough
    assert _standing(trust, _pack(AUTHOR, LAWYER)).enough


@pytest.mark.parametrize(
    ("more", "at", "witnessed", "counts"),
    [
        ({}, T0 - 1, True, False),
        ({}, T0, False, True),
        ({"valid_until": T0 + 5}, T0 + 4, False, True),
        ({"valid_until": T0 + 5}, T0 + 5, True, False),
        ({"revoked": policy.Revocation(T0 + 5, "retired")}, T0 + 4, False, True),
        ({"revoked": policy.Revocation(T0 + 5, "retired")}, T0 + 5, True, False),
        ({"revoked": policy.Revocation(T0 + 5, "compromise")}, T0 + 4, True, True),
        ({"revoked": policy.Revocation(T0 + 5, "compromise")}, T0 + 4, False, False),
    ],
)
def test_a_signature_counts_only_while_its_key_is_valid(more, at, witnessed, counts):
    keys = [_key(AUTHOR, "Author", **more), *_policy().keys]
    keys = [key for key in keys if key.public_key != AUTHOR.public_key or key is keys[0]]
    trust = policy_file.parse_policy(policy_file.format_policy(_policy(keys)))
    standing = _standing(trust, _pack(AUTHOR), at, witnessed)
    assert (standing.holders == ("Author",)) == counts
    assert bool(standing.refused) != counts


def test_a_role_signs_its_types_only():
    with pytest.raises(PolicyError, match="E0382"):
        _standing(_policy(), _pack(AUTHOR, LAWYER, kind=predicates.ANSWER))
    with pytest.raises(PolicyError, match="E0382"):
        _policy().role("decision")
    with pytest.raises(PolicyError, match="E0382"):
        _policy().key("ab" * 32)


def test_a_forged_signature_refuses_the_envelope():
    made = _pack(AUTHOR, LAWYER)
    first = made.signatures[0]
    forged = envelope.EnvelopeSignature(first.key_id, bytes(64))
    with pytest.raises(SignatureError):
        _standing(_policy(), replace(made, signatures=(forged, made.signatures[1])))


def test_a_pin_fits_one_policy_only():
    data = policy_file.format_policy(_policy())
    policy.check_pin(data, digest(data))
    policy.check_pin(data, "sha256:" + digest(data))
    with pytest.raises(PolicyError, match="E0381"):
        policy.check_pin(data, "ab" * 32)


def test_a_successor_is_signed_as_the_old_policy_asks():
    old = _policy()
    data = policy_file.format_policy(old)
    new = _policy(version=2, previous=digest(data))
    new_data = policy_file.format_policy(new)

    def check(candidate, *signers_, about=new_data):
        said = record.policy_statement(statement.Subject("policy", digest(about)), "2026-01-31T00:00:00Z", 2)
        made = envelope.sign_envelope(envelope.IN_TOTO, statement.format_statement(said), signers_)
        policy.check_successor(old, data, candidate, new_data, made, T0)

    check(new, LAWYER)
    with pytest.raises(PolicyError, match="E0384"):
        check(new, SPARE)
    with pytest.raises(PolicyError, match="E0384"):
        check(replace(new, version=3), LAWYER)
    with pytest.raises(PolicyError, match="E0384"):
        check(new, LAWYER, about=data)


def _broken():
    def change(edit):
        value = json.loads(policy_file.format_policy(_policy()))
        edit(value)
        return canonical(value)

    log, author = LOG.public_key.key_id, AUTHOR.public_key.key_id
    edits = [
        lambda v: v.update(format="assay-trust-policy/v2"),
        lambda v: v.update(version=0),
        lambda v: v.update(version=True),
        lambda v: v.update(version=2),
        lambda v: v.update(previous="x"),
        lambda v: v.update(more=1),
        lambda v: v["keys"].append(v["keys"][0]),
        lambda v: v["keys"].pop(),
        lambda v: v["keys"].reverse(),
        lambda v: v["keys"][0].update(holder=""),
        lambda v: v["keys"][0].update(id="ab" * 32),
        lambda v: v["keys"][0].update({"from": "2026-01-01"}),
        lambda v: v["keys"][0].update(algorithm="rsa"),
        lambda v: v["keys"][0].update(revoked={"at": "2026-01-01T00:00:00Z", "reason": "whim"}),
        lambda v: v["roles"][0].update(role="king"),
        lambda v: v["roles"][0].update(threshold=1),
        lambda v: v["roles"][0].update(threshold=10),
        lambda v: v["roles"][1].update(threshold=3),
        lambda v: v["roles"][1].update(threshold=0),
        lambda v: v["roles"][0].update(keys=[author, log]),
        lambda v: v["roles"].pop(),
        lambda v: v["roles"].append(v["roles"][1]),
        lambda v: v["log"].update(keys=[]),
        lambda v: v["log"].update(origin="a b"),
        lambda v: v["log"].update(threshold=2),
        lambda v: v["log"].update(witnesses=[{"key": log, "name": "w"}]),
        lambda v: v.update(keys=5),
    ]
    return [change(edit) for edit in edits]


@pytest.mark.parametrize("data", _broken())
def test_a_policy_that_breaks_a_rule_is_refused(data):
    with pytest.raises(PolicyError, match="E0380"):
        policy_file.parse_policy(data)


def test_an_unsound_key_is_not_enrolled():
    value = json.loads(policy_file.format_policy(_policy()))
    value["keys"][0]["public"] = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    with pytest.raises(EvidenceError, match="E0333"):
        policy_file.parse_policy(canonical(value))


def test_no_flipped_byte_of_a_policy_keeps_its_pin():
    data = policy_file.format_policy(_policy())
    for at in range(len(data)):
        with pytest.raises(PolicyError, match="E0381"):
            policy.check_pin(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], digest(data))


@given(st.binary(max_size=100))
def test_junk_raises_only_our_errors(data):
    with pytest.raises(EvidenceError):
        policy_file.parse_policy(data)


def test_every_code_in_the_source_is_explained():
    import re
    from pathlib import Path

    source = Path(policy.__file__).parent
    used = {code for path in source.glob("*.py") for code in re.findall(r'"(E0\d{3})"', path.read_text())}
    assert used - {"E0010"} == set(CODES)
