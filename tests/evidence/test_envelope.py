"""DSSE envelopes, in-toto statements and the JSON that carries them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.canon import canonical
from assay.evidence import envelope, profile, signers, statement
from assay.evidence.errors import EnvelopeError, EvidenceError, SignatureError

ONE, TWO, THREE = (signers.generate_key() for _ in range(3))
KEYS = [ONE.public_key, TWO.public_key]
SUBJECT = statement.Subject("report.pdf", "ab" * 32)


def test_the_example_of_the_protocol():
    assert envelope.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(min_size=1, max_size=30), st.binary(max_size=100))
@settings(deadline=None, max_examples=40)
def test_an_envelope_reads_back_and_verifies(kind, payload):
    try:
        kind.encode()
    except UnicodeEncodeError:
        return
    made = envelope.sign_envelope(kind, payload, [TWO, ONE])
    data = envelope.format_envelope(made)
    assert envelope.parse_envelope(data) == envelope.parse_foreign(data) == made
    assert set(envelope.verify_envelope(made, KEYS, 2).keys) == set(KEYS)


def test_no_flipped_byte_of_an_envelope_verifies():
    data = envelope.format_envelope(envelope.sign_envelope(envelope.IN_TOTO, b'{"a":1}', [ONE, TWO]))
    for at in range(len(data)):
        for bit in (1, 32):
            changed = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            with pytest.raises(EvidenceError):
                envelope.verify_envelope(envelope.parse_envelope(changed), KEYS, 2)


def test_payload_and_type_cannot_trade_bytes():
    made = envelope.sign_envelope("ab", b"c", [ONE])
    moved = envelope.Envelope("a", b"bc", made.signatures)
    with pytest.raises(SignatureError, match="E0336"):
        envelope.verify_envelope(moved, KEYS)


def test_thresholds_count_different_given_keys():
    made = envelope.sign_envelope("t", b"p", [ONE, THREE])
    signed = envelope.verify_envelope(made, KEYS, 1)
    assert signed == envelope.Signed((ONE.public_key,), (THREE.public_key.key_id,))
    with pytest.raises(EnvelopeError, match="E0342"):
        envelope.verify_envelope(made, KEYS, 2)
    with pytest.raises(EnvelopeError, match="E0341"):
        envelope.countersign(made, ONE)
    with pytest.raises(EnvelopeError, match="E0341"):
        envelope.sign_envelope("t", b"p", [])


def test_one_key_under_two_ids_is_one_signer():
    made = envelope.sign_envelope("t", b"p", [ONE])
    alias = envelope.EnvelopeSignature("alias", made.signatures[0].signature)
    doubled = envelope.Envelope("t", b"p", (*made.signatures, alias))
    with pytest.raises(EnvelopeError, match="E0342"):
        envelope.verify_envelope(doubled, KEYS, 2, foreign=True)


def test_a_foreign_envelope_without_key_id_and_with_url_safe_base64_verifies():
    payload = bytes(range(250, 256)) * 3
    signature = ONE.sign(envelope.pae("t", payload))
    data = json.dumps(
        {
            "payloadType": "t",
            "payload": base64.urlsafe_b64encode(payload).decode().rstrip("="),
            "signatures": [{"sig": base64.urlsafe_b64encode(signature).decode()}],
            "more": [],
        },
        indent=1,
    ).encode()
    assert envelope.verify_envelope(envelope.parse_foreign(data), KEYS, foreign=True).keys == (ONE.public_key,)
    with pytest.raises(EnvelopeError, match="E0340"):
        envelope.parse_envelope(data)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"payload": "", "payloadType": "t", "signatures": []},
        {"payload": 1, "payloadType": "t"},
        {"payload": "", "payloadType": 1, "signatures": [{"keyid": "a", "sig": "AAAA"}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": 5, "sig": "AAAA"}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "a", "sig": "!"}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "a", "sig": "AAAA"}] * 2},
        {"payload": "", "payloadType": "t", "signatures": [5]},
        7,
        "text",
    ],
)
def test_a_malformed_envelope_is_refused(value):
    for read in (envelope.parse_envelope, envelope.parse_foreign):
        with pytest.raises(EnvelopeError):
            read(canonical(value))


@given(st.binary(max_size=120))
def test_junk_raises_only_our_errors(data):
    for read in (envelope.parse_envelope, envelope.parse_foreign, statement.parse_statement):
        with pytest.raises(EvidenceError):
            read(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
@settings(deadline=None)
def test_json_of_any_shape_is_a_statement_or_refused(value):
    try:
        data = canonical(value)
    except Exception:
        return
    assert profile.parse_canonical(data) == value
    for read in (envelope.parse_envelope, statement.parse_statement):
        with pytest.raises(EvidenceError):
            read(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b"1.0",
        b"1e2",
        b"NaN",
        b"-Infinity",
        b"9007199254740992",
        b"\xff",
        b"{",
        b"",
        b"\xef\xbb\xbf1",
        b"[" * 65 + b"]" * 65,
        b"[" * 100000,
        b'"\\ud800"',
    ],
)
def test_json_outside_the_profile_is_refused(data):
    with pytest.raises(EnvelopeError, match="E0340"):
        profile.parse(data)


@pytest.mark.parametrize("data", [b'{"b":1,"a":1}', b"[1, 2]", b'"\\u0041"', b"1 ", b"-0"])
def test_json_that_is_not_canonical_is_refused(data):
    with pytest.raises(EnvelopeError, match="E0340"):
        profile.parse_canonical(data)


def test_brackets_in_strings_are_not_depth():
    assert profile.parse(b'"' + b"[" * 200 + b'"') == "[" * 200
    assert profile.parse(b'"\\"' + b"[" * 200 + b'"') == '"' + "[" * 200


def test_a_statement_reads_back():
    made = statement.evidence_statement(
        SUBJECT, 12, "lab-report", "2026-01-31T23:59:59Z", about="Supplier North", effective="2026-01-01"
    )
    assert statement.parse_statement(statement.format_statement(made)) == made
    assert "supersedes" not in made.predicate


@pytest.mark.parametrize(
    ("received", "more"),
    [
        ("2026-01-31", {}),
        ("2026-02-30T00:00:00Z", {}),
        ("2026-1-31T00:00:00Z", {}),
        ("2026-01-31T23:59:59Z", {"effective": "2026-02-30"}),
        ("2026-01-31T23:59:59Z", {"effective": "20260230"}),
        ("2026-01-31T23:59:59Z", {"supersedes": ["x"]}),
    ],
)
def test_a_malformed_evidence_statement_is_not_made(received, more):
    with pytest.raises(EnvelopeError, match="E0343"):
        statement.evidence_statement(SUBJECT, 1, "k", received, **more)


def _statement_value():
    return json.loads(statement.format_statement(statement.Statement((SUBJECT,), "https://t.example/v1", {})))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("_type", "https://in-toto.io/Statement/v0.1"),
        ("subject", []),
        ("subject", [{"name": "", "digest": {"sha256": "ab" * 32}}]),
        ("subject", [{"name": "n", "digest": {"sha256": "AB" * 32}}]),
        ("subject", [{"name": "n", "digest": {"sha512": "ab" * 32}}]),
        ("subject", 5),
        ("predicateType", "no uri"),
        ("predicate", []),
        ("more", 1),
    ],
)
def test_a_malformed_statement_is_refused(field, value):
    with pytest.raises(EnvelopeError, match="E0343"):
        statement.parse_statement(canonical({**_statement_value(), field: value}))


def test_securesystemslib_accepts_our_envelopes_and_we_its():
    dsse = pytest.importorskip("securesystemslib.dsse", reason="not run: securesystemslib absent")
    signer_module = pytest.importorskip("securesystemslib.signer")
    made = envelope.sign_envelope(envelope.IN_TOTO, b"{}", [ONE])
    theirs = dsse.Envelope.from_dict(json.loads(envelope.format_envelope(made)))
    raw = ONE.public_key.raw.hex()
    key = signer_module.SSlibKey(ONE.public_key.key_id, "ed25519", "ed25519", {"public": raw})
    assert list(theirs.verify([key], 1)) == [ONE.public_key.key_id]
    theirs.signatures.clear()
    theirs.sign(signer_module.CryptoSigner(TWO.key))
    back = envelope.parse_foreign(json.dumps(theirs.to_dict()).encode())
    assert envelope.verify_envelope(back, KEYS, foreign=True).keys == (TWO.public_key,)
