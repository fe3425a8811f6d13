from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.canon import _write, canonical, digest
from assay.errors import InternalError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_bytes_read_back_as_the_same_value(value):
    assert json.loads(canonical(value)) == value


@given(VALUES)
def test_the_fast_and_the_plain_writer_agree(value):
    parts = []
    _write(value, parts)
    assert canonical(value) == "".join(parts).encode("utf-8")


def test_nesting_beyond_what_the_fast_writer_takes_is_written_too():
    value = 1
    for _ in range(400):
        value = [value]
    assert canonical({"a": value}) == b'{"a":' + b"[" * 400 + b"1" + b"]" * 400 + b"}"


@given(st.dictionaries(st.text(), st.integers(0, 9)))
def test_order_of_keys_does_not_matter(value):
    assert canonical(dict(reversed(list(value.items())))) == canonical(value)


def test_keys_are_sorted_by_utf16_units_as_rfc8785_section_3_2_3_says():
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = list(json.loads(canonical(dict.fromkeys(keys, 0))))
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_control_characters_are_written_as_rfc8785_section_3_2_2_2_says():
    assert canonical('\u20ac$\u000f\nA\'B"\\\\"/') == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


def test_dates_are_iso_text():
    assert canonical(date(2020, 2, 15)) == b'"2020-02-15"'


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, {1: 2}, b"x", "\ud800"])
def test_what_has_no_exact_form_is_refused(value):
    with pytest.raises(InternalError, match=r".+"):
        canonical(value)


def test_digest_is_sha256():
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_peers_six_vectors_have_the_same_bytes_or_hold_floats(shared):
    folder = shared / "suites" / "jcs" / "testdata"
    if not folder.is_dir():
        pytest.skip("not run: the RFC 8785 vectors are absent")
    floats = set()
    for path in sorted((folder / "input").glob("*.json")):
        try:
            assert canonical(json.loads(path.read_bytes())) == (folder / "output" / path.name).read_bytes()
        except InternalError:
            floats.add(path.name)
    assert floats == {"structures.json", "values.json"}
