"""What holds of every reader: it has a sample, refuses what is no file of its format, and raises only our errors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.readers.document import LARGEST
from assay.readers.table import FORMATS, read

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import mutate_readers  # noqa: E402  it lies in tools/, beside the long counts

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
IDS = {path: path.name.split(".")[0] for path in SAMPLES}
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)

OTHER_VERSION = {
    "questionnaire": (b"assay-answers/1", b"assay-answers/2"),
    "certificate": (b"assay-certificate/1", b"assay-certificate/9"),
    "cyclonedx": (b'"specVersion": "1.7"', b'"specVersion": "1.3"'),
    "cyclonedx-xml": (b"schema/bom/1.5", b"schema/bom/1.2"),
    "spdx-2": (b"SPDX-2.3", b"SPDX-2.1"),
    "spdx-3": (b"rdf/3.0.1", b"rdf/3.1.0"),
    "openvex": (b"ns/v0.2.0", b"ns/v9.0.0"),
    "csaf": (b'"csaf_version": "2.0"', b'"csaf_version": "1.2"'),
    "in-toto": (b"Statement/v1", b"Statement/v9"),
    "sarif": (b'"version": "2.1.0"', b'"version": "1.0.0"'),
    "osv": (b'"schema_version": "1.6.7"', b'"schema_version": "2.0.0"'),
    "epss": (b"model_version:v2099.01.01", b"model_version:one"),
}
OTHER_VERSION |= {
    "inspection": (b"assay-inspection/1", b"assay-inspection/9"),
    "origin": (b"assay-origin/1", b"assay-origin/9"),
    "ofac-sdn": (b"https://sanctionslistservice.ofac.treas.gov", b"https://lists.example"),
    "eu-fsf": (b"fpi/fsd/export", b"fpi/fsd/export2"),
    "gleif-level-1": (b"leidata/2016", b"leidata/2014"),
    "gleif-level-2": (b"rr/2016", b"rr/2014"),
}
NO_VERSION = {"junit", "kev", "x509", "us-csl", "uk-sanctions"}
"""Formats whose files carry no version: the shape tells."""
LINES = {".csv", ".spdx", ".pem", ".crt"}
"""Files that are still files when they are cut between two lines."""


def test_every_format_has_a_sample_and_every_sample_a_format():
    assert set(IDS.values()) == {entry.id for entry in FORMATS}


def test_every_format_is_held_to_its_versions():
    assert set(OTHER_VERSION) | NO_VERSION == {entry.id for entry in FORMATS}


@every_sample
def test_a_sample_is_told_by_its_content_and_yields_something(sample):
    found = read(sample.read_bytes())
    assert found.format == IDS[sample]
    # A statement about where recordings came from claims nothing of its product; it names it.
    assert found.claims or found.subjects
    assert found.limits


@every_sample
def test_the_same_bytes_yield_the_same_extract(sample):
    assert read(sample.read_bytes()) == read(sample.read_bytes(), IDS[sample])


@every_sample
def test_every_claim_names_a_place_in_the_file(sample):
    assert all(claim.place for claim in read(sample.read_bytes()).claims)


@every_sample
def test_no_claim_holds_a_float(sample):
    assert not [claim for claim in read(sample.read_bytes()).claims if isinstance(claim.value, float)]


@every_sample
def test_another_type_than_the_content_is_refused(sample):
    other = next(entry.id for entry in FORMATS if entry.id != IDS[sample])
    with pytest.raises(InputError, match="the file is no") as caught:
        read(sample.read_bytes(), other)
    assert caught.value.code == "E0813"


@pytest.mark.parametrize("name", sorted(OTHER_VERSION))
def test_another_version_is_refused_and_the_read_ones_are_named(name):
    old, new = OTHER_VERSION[name]
    data = next(data for path in SAMPLES if IDS[path] == name and old in (data := path.read_bytes()))
    with pytest.raises(InputError) as caught:
        read(data.replace(old, new))
    assert caught.value.code == "E0808"
    assert caught.value.expected.startswith("version ")


@every_sample
def test_a_file_that_was_cut_off_is_refused(sample):
    data = sample.read_bytes().rstrip()
    for at in range(0, len(data), max(1, len(data) // 40)):
        try:
            read(data[:at])
        except InputError:
            continue
        assert sample.suffix in LINES, at


@every_sample
def test_a_larger_file_than_allowed_is_refused(sample):
    with pytest.raises(InputError, match="too many") as caught:
        read(sample.read_bytes(), largest=20)
    assert caught.value.code == "E0801"


@pytest.mark.parametrize(
    "junk",
    [
        b"", b" \n", b"\x00" * 100, b"\xff\xfe{\x00}\x00", b"{}", b"[]", b"null", b"<a/>", b"0\x82", b"a,b\n1,2\n",
        b"%PDF-1.7",
    ],
)  # fmt: skip
def test_junk_is_refused(junk):
    with pytest.raises(InputError):
        read(junk)


@pytest.mark.parametrize("name", mutate_readers.readers())
def test_mutants_are_read_or_refused_and_nothing_else(name):
    found = mutate_readers.count(name, 60 if "workbook" in name else 250, seed=1)
    assert found.escaped == []
    assert found.refused.total() > 10
    assert found.read > 5


def test_the_limit_is_generous_and_finite():
    assert 2**20 < LARGEST <= 2**28
