"""A cut of a GLEIF copy holds the wanted records byte for byte, however the copy is handed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.cli.main import main
from assay.errors import InputError
from assay.readers import gleif_cut
from assay.readers.gleif_cut import Counted, cut, wish_of
from assay.readers.table import read

SAMPLES = Path(__file__).parent / "samples"
COPIES = ("gleif-level-1.xml", "gleif-level-2.xml", "gleif-level-1.csv", "gleif-level-2.csv")
NORTH, PERSON = "FICT00SUPPLIERNORT01", "FICT00FICTIONALPER02"
HEAD, TAIL = b"<LEIData xmlns='http://www.gleif.org/data/schema/leidata/2016'><LEIRecords>", b"</LEIRecords></LEIData>"


def cut_of(data, *words, size=1 << 20):
    counted = Counted()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(cut(chunks, wish_of(words), counted)), counted


def refused(data, *words, size=1 << 20):
    with pytest.raises(InputError) as caught:
        cut_of(data, *words, size=size)
    return caught.value.code


@pytest.mark.parametrize("name", COPIES)
def test_a_cut_of_everything_is_the_copy(name):
    data = (SAMPLES / name).read_bytes()
    found, counted = cut_of(data, NORTH, PERSON)
    assert counted.taken == counted.records > 0
    assert b"".join(found.split()) == b"".join(data.split())


@pytest.mark.parametrize("name", ["gleif-level-1.xml", "gleif-level-1.csv"])
@pytest.mark.parametrize("word", [NORTH, "Supplier North", "supplier north (ag)"])
def test_the_wanted_record_is_read_out_of_the_cut(name, word):
    found, counted = cut_of((SAMPLES / name).read_bytes(), word)
    assert (counted.records, counted.taken) == (2, 1)
    assert [claim.value for claim in read(found).claims] == [NORTH, "XN"]


@given(size=st.integers(100, 2_000), name=st.sampled_from(COPIES))
def test_the_cut_is_the_same_however_the_copy_is_handed_over(size, name):
    data = (SAMPLES / name).read_bytes()
    head = 400 if name.endswith("xml") else 0  # the root has to stand in the first piece
    assert cut_of(data, NORTH, size=max(size, head))[0] == cut_of(data, NORTH)[0]


def test_a_relation_is_wanted_by_either_end():
    data = (SAMPLES / "gleif-level-2.csv").read_bytes()
    assert cut_of(data, "FICT00NORTHHOLDING03")[1].taken == 1


def test_a_row_with_a_line_break_stays_whole():
    data = b'"LEI","Entity.LegalName"\n"FICT00SUPPLIERNORT01","Supplier\nNorth"\n"FICT00FICTIONALPER02","x"\n'
    assert cut_of(data, NORTH)[0] == data[: data.index(b'"FICT00FIC')]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<LEIRecord><!-- --><LEI>FICT00SUPPLIERNORT01</LEI></LEIRecord>", "E0807"),
        (b"<!-- <LEIRecord><LEI>FICT00SUPPLIERNORT01</LEI></LEIRecord> -->", "E0807"),
        (b"<LEIRecord></LEIRecord>words<LEIRecord></LEIRecord>", "E0803"),
        (b"<LEIRecord><LEIRecord></LEIRecord></LEIRecord>", "E0805"),
        (b"<LEIRecord></LEIRecord><LEIRecord>", "E0803"),
    ],
    ids=["comment in a record", "record in a comment", "words between", "record in a record", "no end"],
)
def test_what_could_hide_a_record_is_refused(body, code):
    assert refused(HEAD + body + TAIL, NORTH) == code


def test_a_record_without_end_takes_no_memory(monkeypatch):
    monkeypatch.setattr(gleif_cut, "LARGEST_RECORD", 10_000)
    assert refused(HEAD + b"<LEIRecord>" + b"x" * 1_000_000, NORTH, size=1_000) == "E0803"
    assert refused(b'"LEI"\n"' + b"x" * 1_000_000, NORTH, size=1_000) == "E0805"


@pytest.mark.parametrize(
    "data", [b"", b"<x/>", b'"a","b"\n', b"{}", HEAD.replace(b"<LEI", b"<?xml encoding='x'?><LEI", 1)]
)
def test_what_is_no_copy_is_refused(data):
    assert refused(data, NORTH) in ("E0800", "E0802")


def test_the_command_writes_the_cut_and_tells_the_whole_copy(tmp_path, capsys):
    copy, out = SAMPLES / "gleif-level-1.xml", tmp_path / "cut.xml"
    assert main(["read", str(copy), "--only", "Supplier North", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "1 of 2 records; the others were not read" in told
    assert out.read_bytes() == cut_of(copy.read_bytes(), NORTH)[0]
    assert main(["read", str(copy), "--only", "Supplier North"]) == 64
