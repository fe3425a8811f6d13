"""What holds of every reader: it has a sample, refuses what is no file of its format, and raises only our errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.errors import InputError
from assay.readers.table import FORMATS, read

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
BY_FORMAT = {path.stem.split(".")[0]: path for path in SAMPLES}


def test_every_format_has_a_sample_and_every_sample_a_format():
    assert set(BY_FORMAT) == {entry.id for entry in FORMATS}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_told_by_its_content_and_yields_something(sample):
    found = read(sample.read_bytes())
    assert found.format == sample.stem.split(".")[0]
    assert found.claims or found.subjects


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_same_bytes_yield_the_same_extract(sample):
    assert read(sample.read_bytes()) == read(sample.read_bytes(), BY_NAME[sample.name])


BY_NAME = {path.name: path.stem.split(".")[0] for path in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_another_type_than_the_content_is_refused(sample):
    other = next(entry.id for entry in FORMATS if entry.id != BY_NAME[sample.name])
    with pytest.raises(InputError, match="the file is no"):
        read(sample.read_bytes(), other)
