"""CycloneDX: the peer's valid and invalid documents, and what ours yield."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.readers.cyclonedx_shape import SHAPE, VERSIONS
from assay.readers.table import read

SAMPLE = (Path(__file__).parent / "samples" / "cyclonedx.json").read_bytes()
SUITE = "suites/cyclonedx/tools/src/test/resources"
WANTED = {("1.6", "json"): 70, ("1.7", "json"): 90}


def taken(data: bytes) -> bool:
    try:
        read(data)
    except InputError:
        return False
    return True


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_peers_valid_documents_are_read_and_the_invalid_ones_refused(shared, version, kind):
    folder = shared / SUITE / version
    if not folder.is_dir():
        pytest.skip("not run: the CycloneDX suite is absent")
    files = sorted(folder.glob(f"*.{kind}"))
    wrong = [path.name for path in files if taken(path.read_bytes()) != path.name.startswith("valid")]
    assert wrong == []
    assert len(files) >= WANTED.get((version, kind), 50)


def changed(**top: object) -> bytes:
    return json.dumps({**json.loads(SAMPLE), **top}).encode()


def test_a_part_is_named_by_its_package_url_and_belongs_to_the_product():
    found = read(SAMPLE)
    parts = [claim for claim in found.claims if claim.attribute == "product.component"]
    assert [claim.value for claim in parts] == [
        "pkg:generic/example/fictional-tls@3.0.1", "fictional-asn1 1.9", "Northern AMF 7.2.1",
    ]  # fmt: skip
    assert {claim.about.title for claim in parts} == {"Northern Core 7.2"}


def test_scores_stay_exact_and_counter_claims_are_counted():
    values = [claim.value for claim in read(SAMPLE).claims if claim.attribute == "product.conformance"]
    assert values == [
        "Fictional Baseline 2 FB-1: conformance 1, confidence 0.9",
        "Fictional Baseline 2 FB-2: conformance 0, confidence not stated, counter-claims 1",
    ]


def test_persons_among_the_contacts_are_not_read():
    found = read(SAMPLE)
    assert "A Person" not in repr(found)
    assert any(entry.path == "/metadata/supplier/contact" for entry in found.foreign)


@pytest.mark.parametrize("version", ["1.3", "2.0", None, 1.6])
def test_another_version_is_refused_and_the_read_ones_are_named(version):
    with pytest.raises(InputError, match="is not read") as caught:
        read(changed(specVersion=version))
    assert caught.value.code == "E0808"
    assert "1.4, 1.5, 1.6, 1.7" in caught.value.expected


def test_a_field_of_a_later_version_is_refused_in_an_earlier_one():
    with pytest.raises(InputError) as caught:
        read(changed(specVersion="1.5"))
    assert caught.value.where == "/definitions"


def test_one_reference_for_two_parts_is_refused():
    parts = [{"type": "library", "name": name, "bom-ref": "x"} for name in "ab"]
    with pytest.raises(InputError, match="stands twice"):
        read(changed(components=parts))


def test_every_type_in_the_shape_is_one_that_the_shape_knows():
    plain = {"text", "filled", "bool", "int", "number", "time", "uuid", "hex", "any", "licences"}
    for fields in SHAPE.roles.values():
        for field in fields.values():
            for kind in field.types:
                bare = kind.removesuffix("*")
                assert bare in plain or bare in SHAPE.roles or bare.removeprefix("=") in SHAPE.words, kind
