"""The parsers under the readers: what is refused before any reader sees it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InputError
from assay.readers import strict_json, strict_table, strict_xml
from assay.readers.purl import name_and_version
from assay.readers.strict_text import LONGEST, clean, read_day, write_decimal


def by_code(value: object) -> str:
    """The id of a case: its code alone, since some of the data is megabytes."""
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1, "a": 2}', "E0804"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "E0804"),
        (b"[" * 100_000, "E0805"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "E0805"),
        (b"[" + b"1," * (strict_json.MOST_VALUES + 1), "E0805"),
        (b"NaN", "E0806"),
        (b"-Infinity", "E0806"),
        (b"1e999999999", "E0806"),
        (b"9" * 100, "E0806"),
        (b"9" * 100_000, "E0806"),
        (b"0." + b"1" * 100, "E0806"),
        (b'"\\ud800"', "E0802"),
        (b'{"\\udfff": 1}', "E0802"),
        (b"\xff\xfe{\x00}\x00", "E0802"),
        (b"{'a': 1}", "E0803"),
        (b"[1,]", "E0803"),
        (b"{} {}", "E0803"),
    ],
    ids=by_code,
)
def test_json_that_two_readers_could_read_differently_is_refused(data, code):
    with pytest.raises(InputError) as caught:
        strict_json.parse(data)
    assert caught.value.code == code


def test_numbers_stay_exact():
    assert strict_json.parse(b"[0.1, 1e2, 12345678901234567890]") == [
        Decimal("0.1"),
        Decimal("1e2"),
        12345678901234567890,
    ]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=6))
def test_equal_numbers_are_written_alike(number):
    assert write_decimal(number) == write_decimal(number.normalize())
    assert Decimal(write_decimal(number)) == number


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">' + b"".join(
    b'<!ENTITY b%d "%s">' % (n, b"&b%s;" % (str(n - 1).encode() if n else b"") * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB + b"]><a>&b8;</a>", "E0807"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "E0807"),
        (b'<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>', "E0807"),
        (b"<!DOCTYPE a><a/>", "E0807"),
        (b"<a>" * 100 + b"</a>" * 100, "E0805"),
        (b"<a>" * 200_000 + b"</a>" * 200_000, "E0805"),
        (b"<a>" + b"<b/>" * (strict_xml.MOST_TAGS + 1), "E0805"),
        (b"<a><b></a>", "E0803"),
        (b"<a>&x;</a>", "E0803"),
        (b'<a b="1" b="2"/>', "E0803"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "E0802"),
        (b"<a>\xff</a>", "E0803"),
    ],
    ids=by_code,
)
def test_xml_that_is_made_to_harm_is_refused(data, code):
    with pytest.raises(InputError) as caught:
        strict_xml.parse(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [b"", b"a,a\n", b'a,b\n"1,2\n', b"a,b\n1,2,3\n", b"a\n" * (strict_table.MOST_LINES + 1), b"a\x00b,c\n\xff"],
    ids=["empty", "column twice", "open quote", "cell too many", "too long", "no UTF-8"],
)
def test_a_table_that_cannot_be_one_is_refused(data):
    with pytest.raises(InputError):
        strict_table.parse(data)


def test_a_table_keeps_lines_and_names_what_was_not_read():
    table = strict_table.parse(b'\xef\xbb\xbfa,b,c\n1,2,\n\n"x\ny",5,6\n')
    assert [(row.line, row["a"]) for row in table.rows] == [(2, "1"), (5, "x y")]
    assert [(f.path, f.count, f.sample) for f in table.foreign("a", "b")] == [("c", 1, "6")]


@given(st.text())
def test_a_cleaned_text_is_one_short_line_and_clean(text):
    once = clean(text)
    assert clean(once) == once
    assert len(once) <= LONGEST
    assert not any(sign < " " or sign == "\x7f" for sign in once)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-1-1", "20260101", "2026-01-01T25", "", "x2026-01-01", "２０２６-01-01"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(InputError):
        read_day(text, "here")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", ("curl", "7.50.3-1")),
        ("pkg:golang/google.golang.org/genproto#googleapis/api", ("genproto", "")),
        ("pkg:npm/%40angular/animation@12.3.1", ("animation", "12.3.1")),
        ("pkg:generic/a%20b@1%2B2", ("a b", "1+2")),
        ("deb:curl", None),
        ("pkg:deb", None),
        ("", None),
    ],
)
def test_a_package_url_gives_name_and_version(text, found):
    assert name_and_version(text) == found
