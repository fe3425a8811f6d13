"""A bundle's layout, what stands in for withheld members, and that no byte of it is free."""

from __future__ import annotations

import random

import pytest

from assay.evidence.bundle import Part, build_bundle, pack_member, read_bundle, supplier_member
from assay.evidence.container import read_container, write_container
from assay.evidence.errors import ContainerError
from assay.evidence.manifest import MANIFEST, check_opening, format_manifest

SALT = bytes(range(32))
PARTS = (
    Part("decision.json", b'{"schema":"x"}'),
    Part("question.json", b"{}"),
    Part("facts/attributes.toml", b'schema = "a"\n'),
    Part(supplier_member("north"), b'supplier = "north"\n'),
    Part(pack_member("xx", "pack.toml"), b'id = "xx"\n'),
    Part(pack_member("xx", "rules.toml"), b"# rules\n"),
)


def test_what_is_built_is_read_back_whatever_the_order():
    data = build_bundle(PARTS, {})
    assert read_bundle(data).members == {part.name: part.data for part in PARTS}
    assert read_bundle(data).withheld == ()
    assert build_bundle(reversed(PARTS), {}) == data


def test_a_withheld_part_leaves_a_commitment_and_no_byte():
    secret = Part(pack_member("own", "rules.toml"), b"a secret rule of ours", "private law pack")
    data = build_bundle((*PARTS, secret), {secret.name: SALT})
    (entry,) = read_bundle(data).withheld
    assert (entry.name, entry.reason) == ("packs/own/rules.toml", "private law pack")
    assert secret.data not in data
    assert SALT not in data
    check_opening(entry, SALT, secret.data)
    with pytest.raises(ContainerError, match="E0375"):
        check_opening(entry, SALT, secret.data + b".")


@pytest.mark.parametrize("salts", [{}, {"packs/own/rules.toml": b"short"}])
def test_nothing_is_withheld_without_a_whole_salt(salts):
    with pytest.raises(ContainerError, match="E0375"):
        build_bundle((*PARTS, Part("packs/own/rules.toml", b"x", "private")), salts)


@pytest.mark.parametrize(
    "extra",
    [
        Part("decision.json", b"another"),
        Part("keys/own.pem", b"x"),
        Part("packs/xx/cases.toml", b"x"),
        Part("packs/xx/deep/rules.toml", b"x"),
        Part("facts/suppliers/north.txt", b"x"),
        Part("packs/xx/rules.toml", b"x", "there and withheld"),
    ],
)
def test_nothing_outside_the_layout_and_nothing_twice_gets_in(extra):
    with pytest.raises(ContainerError, match="E0386"):
        build_bundle((*PARTS, extra), {extra.name: SALT})


@pytest.mark.parametrize("name", ["decision.json", "question.json", "facts/attributes.toml"])
def test_a_bundle_without_a_member_that_all_have_is_refused(name):
    members = {part.name: part.data for part in PARTS if part.name != name}
    members[MANIFEST] = format_manifest(members)
    with pytest.raises(ContainerError, match="E0386"):
        read_bundle(write_container(members))


def test_a_foreign_member_with_a_fitting_manifest_is_refused():
    members = {**{part.name: part.data for part in PARTS}, "readme.txt": b"hello"}
    members[MANIFEST] = format_manifest(members)
    with pytest.raises(ContainerError, match="E0386"):
        read_bundle(write_container(members))


def test_every_flipped_byte_of_the_container_is_caught():
    data = build_bundle(PARTS, {})
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(ContainerError):
            read_bundle(bytes(changed))


def test_a_flip_in_a_member_is_caught_though_the_container_is_written_anew():
    chance = random.Random(20261124)
    members = read_container(build_bundle(PARTS, {}))
    for name, data in members.items():
        for _ in range(20):
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            with pytest.raises(ContainerError, match="E0374"):
                read_bundle(write_container({**members, name: bytes(changed)}))
