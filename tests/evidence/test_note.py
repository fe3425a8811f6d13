"""Signed notes, checkpoints and proof files: grammar, signatures, round trips."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.evidence import checkpoint, cosign, merkle, note, proof, signers, tiles
from assay.evidence.errors import EvidenceError, NoteError, TileError

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
LOG, WITNESS = signers.generate_key(), signers.generate_key()
LOG_KEY = note.verifier_key("log.example/one", LOG.public_key)
WITNESS_KEY = note.verifier_key("witness.example/w", WITNESS.public_key, note.COSIGNATURE)
HEAD = checkpoint.Checkpoint("log.example/one", 3, bytes(range(32)))


def test_the_example_of_the_specification_verifies():
    key = note.VerifierKey.parse(VKEY)
    assert str(key) == VKEY
    parsed = note.parse_note(NOTE)
    assert note.format_note(parsed) == NOTE
    assert note.verify_note(parsed, [key]) == (key,)


@pytest.mark.parametrize("at", range(len(NOTE)))
def test_no_flipped_byte_of_a_note_verifies(at):
    changed = NOTE[:at] + bytes([NOTE[at] ^ 1]) + NOTE[at + 1 :]
    with pytest.raises(NoteError):
        note.verify_note(note.parse_note(changed), [note.VerifierKey.parse(VKEY)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"\xff\n\n" + NOTE[29:],
        b"a\tb\n\n" + NOTE[29:],
        NOTE[:-1],
        NOTE + b"x",
    ]
    + [b"t\n\n" + line for line in (b"- a AAAAAAA=\n", "— a AAAA\n".encode(), "— a+b AAAAAAA=\n".encode())]
    + ["t\n\n— a AAAAAAB=\n".encode(), "t\n\n— a\u00a0b AAAAAAA=\n".encode(), b"x" * 1_000_001]
    + [b"t\n\n" + "— a AAAAAAA=\n".encode() * 101],
)
def test_a_malformed_note_is_refused(data):
    with pytest.raises(NoteError, match="E0310"):
        note.parse_note(data)


@given(st.binary(max_size=200))
def test_junk_raises_only_our_errors(data):
    for read in (note.parse_note, proof.parse_proof, cosign.parse_request):
        with pytest.raises(EvidenceError):
            read(data)


@given(st.binary(max_size=40), st.data())
def test_a_mutated_note_raises_only_our_errors(junk, data):
    at = data.draw(st.integers(0, len(NOTE)))
    mutated = NOTE[:at] + junk + NOTE[at + data.draw(st.integers(0, 30)) :]
    try:
        parsed = note.parse_note(mutated)
    except NoteError:
        return
    assert note.format_note(parsed) == mutated


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d", "530D"),
        VKEY[:-1],
        "a b+00000000+AAAA",
        VKEY.replace("+Ae", "+Au"),
        "+530d903a" + VKEY[24:],
    ],
)
def test_a_malformed_vkey_is_refused(text):
    with pytest.raises(EvidenceError):
        note.VerifierKey.parse(text)


def test_a_note_without_a_trusted_key_is_refused():
    with pytest.raises(NoteError, match="E0311"):
        note.verify_note(note.parse_note(NOTE), [LOG_KEY])


def test_a_checkpoint_reads_back_and_is_bound_to_its_origin():
    data = checkpoint.sign_checkpoint(HEAD, LOG)
    assert checkpoint.open_checkpoint(data, HEAD.origin, [LOG_KEY])[0] == HEAD
    with pytest.raises(NoteError, match="E0315"):
        checkpoint.open_checkpoint(data, "log.example/two", [LOG_KEY])


_ROOT = "A" * 43 + "="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        f"o\n01\n{_ROOT}\n",
        f"o\n+1\n{_ROOT}\n",
        f"o\n1\n{_ROOT}",
        f"\n1\n{_ROOT}\n",
        f"o\n1\n{_ROOT}\n\n",
        f"o\n{2**63}\n{_ROOT}\n",
        "o\n1\nAAAA\n",
        f"o\n1\n{_ROOT[:-2]}B=\n",
        f"o\n1\n{_ROOT} \n",
        f"o\n١\n{_ROOT}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(NoteError, match="E0314"):
        checkpoint.parse_checkpoint(text)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(st.text(min_size=1), max_size=3))
def test_a_checkpoint_text_reads_back_or_is_not_written(size, root, extensions):
    head = checkpoint.Checkpoint("o", size, root, tuple(extensions))
    try:
        text = checkpoint.format_checkpoint(head)
    except NoteError:
        assert any("\n" in line for line in extensions)
        return
    assert checkpoint.parse_checkpoint(text) == head


def _proof(size=5, index=3, extra=None):
    entries = [str(i).encode() for i in range(size)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    node = tiles.tile_nodes(size, lambda tile: b"".join(hashes[: tile.width]))
    head = checkpoint.Checkpoint("log.example/one", size, merkle.root_hash(hashes))
    text = checkpoint.format_checkpoint(head)
    lines = (note.sign_note(text, head.origin, LOG), cosign.cosign(text, 1_700_000_000, "witness.example/w", WITNESS))
    signed = note.format_note(note.Note(text, lines))
    return proof.TlogProof(index, merkle.inclusion_proof(index, size, node), signed, extra), entries[index]


@pytest.mark.parametrize("extra", [None, b"", b"name"])
def test_a_proof_file_reads_back_and_verifies(extra):
    made, entry = _proof(extra=extra)
    data = proof.format_proof(made)
    assert proof.parse_proof(data) == made
    logged = proof.verify_proof(proof.parse_proof(data), entry, "log.example/one", [LOG_KEY], [WITNESS_KEY], 1)
    assert (logged.index, logged.head.checkpoint.size, logged.head.seen_by) == (3, 5, 1_700_000_000)


def test_no_flipped_byte_of_a_proof_file_verifies():
    made, entry = _proof()
    data = proof.format_proof(made)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(EvidenceError):
            proof.verify_proof(proof.parse_proof(changed), entry, "log.example/one", [LOG_KEY], [WITNESS_KEY], 1)


@pytest.mark.parametrize(
    ("old", "new"), [(b"index 3", b"index 03"), (b"@v1", b"@v2"), (b"index", b"Index"), (b"\n\n", b"\n")]
)
def test_a_malformed_proof_file_is_refused(old, new):
    with pytest.raises(TileError, match="E0322"):
        proof.parse_proof(proof.format_proof(_proof()[0]).replace(old, new))


def test_a_proof_of_another_entry_is_refused():
    made, _ = _proof()
    with pytest.raises(EvidenceError, match="E0302"):
        proof.verify_proof(made, b"other", "log.example/one", [LOG_KEY])


@given(st.integers(1, 2**63 - 1))
@settings(deadline=None, max_examples=20)
def test_a_cosignature_carries_its_time(timestamp):
    text = checkpoint.format_checkpoint(HEAD)
    line = cosign.cosign(text, timestamp, "witness.example/w", WITNESS)
    signed = note.Note(text, (line,))
    assert cosign.verify_cosignatures(signed, [WITNESS_KEY], 1)[0].timestamp == timestamp


def test_one_key_under_two_names_counts_as_one_witness():
    text = checkpoint.format_checkpoint(HEAD)
    other = note.verifier_key("witness.example/v", WITNESS.public_key, note.COSIGNATURE)
    lines = tuple(cosign.cosign(text, at, name, WITNESS) for at, name in ((5, WITNESS_KEY.name), (7, other.name)))
    assert cosign.verify_cosignatures(note.Note(text, lines), [WITNESS_KEY, other], 1)[0].timestamp == 7
    with pytest.raises(NoteError, match="E0317"):
        cosign.verify_cosignatures(note.Note(text, lines), [WITNESS_KEY, other], 2)


def test_a_malformed_cosignature_is_refused():
    text = checkpoint.format_checkpoint(HEAD)
    short = note.NoteSignature(WITNESS_KEY.name, WITNESS_KEY.key_id, bytes(71))
    with pytest.raises(NoteError, match="E0316"):
        cosign.verify_cosignatures(note.Note(text, (short,)), [WITNESS_KEY], 1)
    with pytest.raises(NoteError, match="E0316"):
        cosign.cosign(text, 0, WITNESS_KEY.name, WITNESS)
