"""`assay read`: what it prints, and how it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from assay.cli.main import main

SAMPLES = Path(__file__).parent.parent / "readers" / "samples"


def run(capsys, *words: str) -> tuple[int, str, str]:
    code = main(["read", *words])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_it_shows_claims_unread_fields_and_limits(capsys):
    code, out, _ = run(capsys, str(SAMPLES / "certificate.json"))
    assert code == 0
    assert "de.component-certified = true from 2026-03-01 to 2028-03-01" in out
    assert "not established" in out


def test_its_json_is_versioned_and_whole(capsys):
    code, out, _ = run(capsys, str(SAMPLES / "cyclonedx.json"), "--format", "json")
    found = json.loads(out)
    assert (code, found["schema"], found["format"], len(found["claims"])) == (0, "assay-read/1", "cyclonedx", 6)


def test_matches_are_shown_apart_and_graded(capsys, tmp_path):
    suppliers = tmp_path / "south.toml"
    suppliers.write_text('schema = "assay-facts/1"\nsupplier = "south"\nname = "Supplier South Technologies AG"\n')
    code, out, _ = run(capsys, str(SAMPLES / "eu-fsf.xml"), "--match", str(suppliers), "--format", "json")
    (found,) = json.loads(out)["matches"]
    assert (code, found["value"]) == (0, "normalised 100: Supplier South Technologies")


def test_suppliers_of_a_case_can_be_matched(capsys, tmp_path):
    case = tmp_path / "facts.toml"
    case.write_text('schema = "assay-case-facts/1"\nsynthetic = true\n[[supplier]]\nid = "s"\nname = "SST"\n')
    assert "exact 100: SST" in run(capsys, str(SAMPLES / "eu-fsf.xml"), "--match", str(case))[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nothing-there.json"], "E0401"),
        ([str(SAMPLES / "kev.json"), "--type", "sarif"], "E0813"),
        ([str(SAMPLES / "kev.json"), "--type", "nonsense"], "E0813"),
        ([str(SAMPLES / "kev.json"), "--max-bytes", "10"], "E0801"),
        ([str(SAMPLES / "kev.json"), "--match", "nothing-there"], "E0401"),
    ],
)
def test_bad_input_is_refused_with_a_code(capsys, words, code):
    status, _, err = run(capsys, *words)
    assert (status, err[:5]) == (64, code)


def test_a_gigabyte_is_refused_by_its_size_before_a_byte_is_read(capsys, tmp_path):
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        os.truncate(file.fileno(), 2**30)
    status, _, err = run(capsys, str(large))
    assert (status, err[:5]) == (64, "E0801")
    assert "--max-bytes" in err


def test_a_questionnaire_is_written_as_one_file_that_reads_the_same(capsys, tmp_path):
    folder, out = SAMPLES.parent / "questionnaire", tmp_path / "answers.json"
    words = [str(folder / "answers.xlsx"), "--map", str(folder / "map.toml"), "--format", "json"]
    told = json.loads(run(capsys, *words, "--out", str(out))[1])
    again = json.loads(run(capsys, str(out), "--format", "json")[1])
    assert again["claims"] == told["claims"]
    assert told["sha256"] in again["limits"][-1]


def test_nothing_is_written_without_a_mapping(capsys, tmp_path):
    status, _, err = run(capsys, str(SAMPLES / "kev.json"), "--out", str(tmp_path / "x"))
    assert (status, err[:5], list(tmp_path.iterdir())) == (64, "E0814", [])
