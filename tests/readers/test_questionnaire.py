"""Questionnaires: only what the mapping names, only answers that are some, from CSV and workbook alike."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from assay.errors import InputError
from assay.readers.extract import Extract
from assay.readers.questionnaire import Questionnaire, csv_rows, parse_mapping, read_rows
from assay.workflow.ground.sheet import read_sheet

FOLDER = Path(__file__).parent / "questionnaire"
MAP = (FOLDER / "map.toml").read_bytes()
TABLE = (FOLDER / "answers.csv").read_bytes()
ROWS = [line.split(";") for line in TABLE.decode().splitlines()]
MAPPING = parse_mapping("map.toml", MAP)


def read_csv(data: bytes, mapping: Questionnaire) -> Extract:
    return read_rows(csv_rows(data, mapping), mapping)


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_answers_become_claims_of_the_type_that_was_asked_for():
    found = read_csv(TABLE, MAPPING)
    assert [(claim.attribute, claim.value, claim.text) for claim in found.claims] == [
        ("supplier.evaluation-centre", "Centre in Vienna", "by appointment"),
        ("house.signed-updates", True, ""),
        ("house.engineers", 12, ""),
        ("house.audit", date(2025, 12, 1), ""),
        ("supplier.seat", "XN", ""),
    ]
    assert {claim.valid.start for claim in found.claims} == {date(2026, 2, 24)}
    assert [entry.path for entry in found.foreign] == ["Question", "question 9"]


def test_a_workbook_yields_the_same_as_a_csv():
    rows = [[*row] for row in ROWS]
    rows[4][2] = 12
    rows[5][2] = date(2025, 12, 1)
    for data in (workbook(rows), (FOLDER / "answers.xlsx").read_bytes()):
        assert read_rows(read_sheet(data, "answers.xlsx"), MAPPING) == read_csv(TABLE, MAPPING)


@pytest.mark.parametrize(("number", "answer"), [(2, "perhaps"), (3, "12.5"), (4, "soon"), (5, "Xanadu"), (1, "")])
def test_an_answer_that_is_none_makes_no_claim_and_is_said(number, answer):
    rows = [[*row] for row in ROWS]
    rows[number + 1][2] = answer
    found = read_csv("\n".join(";".join(row) for row in rows).encode(), MAPPING)
    assert len(found.claims) == 4
    assert any(limit.startswith(f"question {number}:") for limit in found.limits)


def test_a_mapped_question_that_is_not_there_is_said():
    found = read_csv(TABLE.replace(b"\n5;", b"\n6;"), MAPPING)
    assert "question 5 is not in the table" in found.limits


@pytest.mark.parametrize(
    "broken",
    [
        MAP.replace(b"questionnaire/1", b"questionnaire/2"),
        MAP.replace(b'title = "', b'titel = "'),
        MAP.replace(b'type = "int"', b'type = "float"'),
        MAP.replace(b'no = ["no", "nein"]', b'no = ["ja"]'),
        MAP.replace(b'no = ["no", "nein"]', b""),
        MAP.replace(b'question = "3"', b'question = "1"'),
        MAP.replace(b"supplier.seat", b"Seat"),
        MAP.replace(b"header = 2", b"header = 0"),
        MAP.replace(b"2026-02-24", b"2026-02-30"),
        MAP + b'extra = "x"',
        b"schema = ",
        b"",
    ],
)
def test_a_mapping_that_breaks_its_format_is_refused(broken):
    with pytest.raises(InputError) as caught:
        parse_mapping("map.toml", broken)
    assert caught.value.code == "E0812"


@pytest.mark.parametrize("table", [TABLE.replace(b"Answer", b"Reply"), TABLE.replace(b"\n5;", b"\n4;")])
def test_a_table_that_the_mapping_does_not_fit_is_refused(table):
    with pytest.raises(InputError) as caught:
        read_csv(table, MAPPING)
    assert caught.value.code == "E0812"


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        workbook(ROWS)[:-30],
        archive(**{"..__..__etc__passwd": b"x"}),
        archive(__etc__passwd=b"x"),
        archive(**{"xl__workbook.xml": b"0" * 300_000_000}),
        archive(**{f"m{n}": b"" for n in range(3_000)}),
        archive(**{"xl__workbook.xml": b"<!DOCTYPE x><x/>", "[Content_Types].xml": b"<a/>"}),
    ],
    ids=["no archive", "cut off", "traversal", "absolute", "bomb", "members", "document type"],
)
def test_a_workbook_that_is_made_to_harm_is_refused(data):
    with pytest.raises(InputError) as caught:
        read_sheet(data, "answers.xlsx")
    assert caught.value.code == "E0503"
