"""The canonical container, its manifest, and the store of bytes."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.canon import digest
from assay.evidence import blobs, container, manifest
from assay.evidence.container import read_container, write_container
from assay.evidence.errors import BlobError, ContainerError

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True)
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=50), max_size=6)
SAMPLE = {"decisions/a3f9.json": b'{"a":1}', "manifest.json": b"{}", "packs/gb/rules.toml": b"x = 1\n", "z": b""}


@given(MEMBERS)
def test_a_container_reads_back_and_is_a_zip(members):
    data = container.write_container(members)
    assert container.read_container(data) == members
    assert container.write_container(dict(reversed(members.items()))) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members


def test_every_flipped_bit_of_a_container_is_noticed():
    data = container.write_container(SAMPLE)
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            with pytest.raises(ContainerError):
                container.read_container(changed)


def test_every_cut_and_every_added_byte_is_noticed():
    data = container.write_container(SAMPLE)
    for at in range(len(data)):
        with pytest.raises(ContainerError):
            container.read_container(data[:at])
        with pytest.raises(ContainerError):
            container.read_container(data[:at] + b"\0" + data[at:])


@given(st.binary(max_size=100))
def test_junk_raises_only_our_errors(junk):
    for data in (junk, b"PK\x03\x04" + junk):
        with pytest.raises(ContainerError):
            container.read_container(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_another_writers_zip_of_the_same_members_is_refused(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in sorted(SAMPLE):
            archive.writestr(name, SAMPLE[name])
    with pytest.raises(ContainerError):
        container.read_container(out.getvalue())


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "../a", "a/../b", "a//b", "A", "a\\b", "a b", "é", ".a", "a/.b", "a\n", "c:a", "x" * 201]
)
def test_a_name_that_could_leave_the_folder_is_refused(name):
    with pytest.raises(ContainerError, match="E0370"):
        container.write_container({name: b""})


def test_a_member_that_is_also_a_folder_is_refused():
    with pytest.raises(ContainerError, match="E0370"):
        container.write_container({"a": b"", "a/b": b""})


def test_members_out_of_order_or_twice_are_refused():
    one, two = (container.write_container({name: b"x"}) for name in "ab")
    local = len(one) - 22 - 47
    for body in (two[:local] + one[:local], one[:local] + one[:local]):
        with pytest.raises(ContainerError, match="E0372"):
            container.read_container(body + container.write_container({})[-22:])


def test_too_many_members_are_refused():
    with pytest.raises(ContainerError, match="E0373"):
        container.write_container({f"{number}": b"" for number in range(65_535)})


def _bundle(withheld=()):
    members = {name: data for name, data in SAMPLE.items() if name != manifest.MANIFEST}
    return {**members, manifest.MANIFEST: manifest.format_manifest(members, withheld)}


def test_a_manifest_covers_every_member():
    members = _bundle()
    assert manifest.check_members(members) == ()
    for name in members:
        with pytest.raises(ContainerError, match="E0374"):
            manifest.check_members({**members, name: members[name] + b"!"})
        with pytest.raises(ContainerError, match="E0374"):
            manifest.check_members({key: data for key, data in members.items() if key != name})
    with pytest.raises(ContainerError, match="more"):
        manifest.check_members({**members, "more": b""})


def test_10000_random_flips_of_members_are_noticed_by_the_manifest():
    """As whoever changes a member would do it: the container is written anew around the change."""
    members = _bundle()
    chance = random.Random(1)
    names = [name for name in members if members[name]]
    for _ in range(10_000):
        name = chance.choice(names)
        data = bytearray(members[name])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        changed = container.read_container(container.write_container({**members, name: bytes(data)}))
        with pytest.raises(ContainerError, match="E0374"):
            manifest.check_members(changed)


def test_a_withheld_member_is_listed_and_can_be_opened_later():
    salt = bytes(range(32))
    withheld = manifest.Withheld("evidence/x.pdf", "over 1 MB", manifest.commit(salt, b"secret"))
    assert manifest.check_members(_bundle([withheld])) == (withheld,)
    manifest.check_opening(withheld, salt, b"secret")
    with pytest.raises(ContainerError, match="E0375"):
        manifest.check_opening(withheld, salt, b"Secret")
    with pytest.raises(ContainerError, match="E0375"):
        manifest.commit(b"short", b"secret")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"withheld":[{}]}', b'{"withheld":[]}', b'{"withheld":5}'])
def test_a_malformed_manifest_is_refused(data):
    with pytest.raises(ContainerError, match="E0374"):
        manifest.check_members({manifest.MANIFEST: data})


@pytest.fixture
def store(tmp_path):
    return blobs.BlobStore(tmp_path / "blobs")


def test_stored_bytes_come_back_under_their_digest(store):
    key = store.put(b"bytes")
    assert store.put(b"bytes") == key == digest(b"bytes")
    assert store.get(key) == b"bytes"
    assert list(store.digests()) == [key]
    assert list(store.fsck()) == []


def test_changed_bytes_are_noticed(store):
    key = store.put(b"bytes")
    path = store.folder / "sha256" / key[:2] / key[2:]
    path.chmod(0o644)
    path.write_bytes(b"other")
    assert list(store.fsck()) == [key]
    for use in (lambda: store.get(key), lambda: store.put(b"bytes")):
        with pytest.raises(BlobError, match="E0351"):
            use()


GRAVE = blobs.Tombstone("2026-01-31", "court order 7", "ab" * 32)


def test_an_erasure_that_was_cut_short_is_finished_under_its_first_tombstone(store, monkeypatch):
    key = store.put(b"personal")
    with monkeypatch.context() as patch:
        patch.setattr(blobs.Path, "unlink", lambda *_args, **_options: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(OSError, match="I/O"):
            store.erase(key, GRAVE)
    assert store.holds(key)
    store.erase(key, blobs.Tombstone("2026-02-01", "another", "cd" * 32))
    assert (store.holds(key), store.tombstone(key)) == (False, GRAVE)


def test_erased_bytes_leave_a_tombstone(store):
    key = store.put(b"personal")
    store.erase(key, GRAVE)
    assert store.tombstone(key) == GRAVE
    assert list(store.digests()) == []
    for use in (lambda: store.get(key), lambda: store.put(b"personal"), lambda: store.erase(key, GRAVE)):
        with pytest.raises(BlobError, match="court order 7"):
            use()


def test_unknown_and_malformed_digests_are_refused(store):
    for use in (store.get, lambda key: store.erase(key, GRAVE)):
        with pytest.raises(BlobError, match="E0350"):
            use("ab" * 32)
    with pytest.raises(BlobError, match="E0353"):
        store.get("../../etc/passwd")


def test_a_changed_tombstone_is_noticed(store):
    key = store.put(b"x")
    store.erase(key, GRAVE)
    store._grave(key).write_bytes(b"{}")
    with pytest.raises(BlobError, match="E0351"):
        store.get(key)


def packed(members, compression=zipfile.ZIP_STORED, *, zip64=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = compression
            with archive.open(entry, "w", force_zip64=zip64) as member:
                member.write(content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda good: packed([("a", b"x" * 50)], zipfile.ZIP_DEFLATED), "compressed"),
        (lambda good: packed([("a", b"x")], zip64=True), "zip64"),
        (lambda good: b"x" + good, "before it"),
        (lambda good: good + b"x", "behind its end"),
        (lambda good: good.replace(b"one", b"One"), "a member are not those of its checksum"),
        (lambda good: good[:-9], "end is missing"),
        (lambda good: good[:10] + b"\1" + good[11:], "not the canonical one"),
        (lambda good: packed([("b", b"two"), ("a", b"one")]), "order of their names"),
        (lambda good: good[:34] + good, "occurs twice"),
    ],
)
def test_a_container_that_was_touched_is_refused_with_what_was_done_to_it(change, why):
    with pytest.raises(ContainerError, match=why):
        read_container(change(write_container({"a": b"one", "b": b"two"})))
