"""Inspection: recordings in, every applicable case out; the same input gives the same bytes; nothing secret leaves."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from assay.canon import canonical
from assay.cli.main import main
from assay.errors import AssayError
from assay.model.assessment import Product
from assay.workflow.assessment.cases import RECORDINGS, cases_for
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import document, write_inspection
from assay.workflow.assessment.keys import KeySet, read_key_files

ATTACH = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
KEYS = RECORDINGS / "keys.toml"


def found(*paths, nf=("AMF",), keys=True, product=None):
    held = read_key_files([KEYS]) if keys else KeySet()
    return document(inspect(paths or [ATTACH], held, product or Product(), nf))


def verdicts(report):
    return {row["id"]: row["verdict"] for row in report["cases"]}


def test_every_case_of_the_function_has_a_state_and_a_reason():
    report = found()
    assert set(verdicts(report)) == {case.id for case in cases_for(["AMF"])}
    assert all(row["reason"] for row in report["cases"])
    assert sum(report["counts"].values()) == len(report["cases"])


def test_the_same_recordings_give_the_same_bytes():
    assert canonical(found()) == canonical(found())


def test_proof_names_bytes_of_the_recording():
    row = next(row for row in found()["cases"] if row["id"] == "33.512-4.2.2.3.2-B")
    assert row["verdict"] == "pass"
    start, end = row["proof"][0]["bytes"]
    assert ATTACH.read_bytes()[start : start + 2] == b"\x7e\x03"
    assert end > start


def test_without_keys_the_report_says_what_could_not_be_established():
    report = found(keys=False)
    assert verdicts(report)["33.512-4.2.2.3.2-B"] == "inconclusive"
    assert any(row["what"] == "NAS security" for row in report["not_established"])


def test_that_the_recording_came_from_the_product_is_never_established_unstated():
    report = found(product=Product(name="Core North 1.0", lab="Lab North"))
    assert any(row["what"] == "product" for row in report["not_established"])


def test_no_key_and_no_path_is_in_any_file(tmp_path):
    write_inspection(found(), tmp_path)
    for path in tmp_path.iterdir():
        text = path.read_text(encoding="utf-8").lower()
        assert "465b5ce8b199b49faa5f0a2ee238a6bc" not in text, path.name
        assert str(ATTACH.parent).lower() not in text, path.name
        assert "999700000021309" not in text, path.name
        assert "not the 3gpp document" in text or path.suffix == ".xml", path.name


def test_the_forms_hold_every_case(tmp_path):
    report = found()
    write_inspection(report, tmp_path)
    sarif = json.loads((tmp_path / "report.sarif").read_text(encoding="utf-8"))
    suites = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert len(sarif["runs"][0]["results"]) == len(report["cases"])
    assert len(suites.findall(".//testcase")) == len(report["cases"])
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "http://" not in html


def test_a_feature_that_the_product_lacks_makes_its_cases_not_applicable():
    report = found(product=Product(supports={"nssaa": False}))
    assert verdicts(report)["33.512-4.2.2.9.1"] == "not-applicable"


def test_two_recordings_are_one_log_with_two_entries_of_evidence():
    report = found(ATTACH, RECORDINGS / "open5gs-lab" / "n2_ueransim_wrongkey.pcap")
    assert [one["file"] for one in report["evidence"]] == [ATTACH.name, "n2_ueransim_wrongkey.pcap"]


def test_what_is_no_capture_is_an_error(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(AssayError) as caught:
        inspect([path], KeySet(), Product())
    assert caught.value.code == "E0600"


def test_a_verdict_entered_by_hand_stands_marked_in_the_report(tmp_path, capsys):
    proof, records = tmp_path / "passwd.txt", tmp_path / "records.json"
    proof.write_text("root:x:0:0", encoding="utf-8")
    said = ["cases", "record", "33.117-4.2.4.2.2", "--verdict", "pass", "--by", "A. Tester"]
    assert main([*said, "--evidence", str(proof), "--records", str(records)]) == 0
    capsys.readouterr()
    main(["inspect", str(ATTACH), "--nf", "AMF", "--records", str(records), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    row = next(row for row in report["cases"] if row["id"] == "33.117-4.2.4.2.2")
    assert (row["verdict"], row["entered"]["by"]) == ("pass", "A. Tester")


def test_a_hand_verdict_needs_evidence(capsys):
    assert main(["cases", "record", "33.117-4.2.4.2.2", "--verdict", "pass", "--by", "A. Tester"]) == 64
    assert "E0645" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["list", "coverage", "recipe"])
def test_cases_are_listed_for_people_and_machines(verb, capsys):
    assert main(["cases", verb, "--nf", "AMF"]) == 0
    assert "33.512" in capsys.readouterr().out
    assert main(["cases", verb, "--nf", "AMF", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"].startswith("assay-c")


def test_the_exit_code_speaks_of_test_cases_and_of_own_observations_only_where_asked(capsys):
    said = ["inspect", str(ATTACH), "--nf", "AMF", "--keys", str(KEYS), "--format", "json"]
    assert main(said) == 0
    report = json.loads(capsys.readouterr().out)
    failures = [row["id"] for row in report["cases"] if row["verdict"] == "fail"]
    assert failures
    assert all(own.startswith("assay-") for own in failures)
    assert main([*said, "--strict"]) == 1
    repeated = RECORDINGS / "made" / "amf-resync-early.pcap"
    assert main(["inspect", str(repeated), "--nf", "AMF", "--keys", str(KEYS)]) == 1
    capsys.readouterr()
