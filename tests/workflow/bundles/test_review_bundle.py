"""A review leaves as classes and decisions, no element; both verifiers redo every one of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assay.canon import canonical
from assay.cli.main import main
from assay.errors import IntegrityError
from assay.evidence.bundle import REVIEW, read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.elements import check_elements, commit_elements, element_entry, element_salt
from assay.evidence.errors import ContainerError
from assay.evidence.manifest import MANIFEST, format_manifest
from assay.evidence.merkle import leaf_hash, root_hash
from assay.workflow.bundles.verify import judge, verify_bundle
from second import ROOT, load

TODAY = date(2026, 11, 24)
CLOCKS = ("--on", "2026-11-24", "--known-at", "2026-11-24")
CASE = """
schema = "assay-case/1"
title = "Small network"
estate = "estate.csv"
jurisdictions = ["GB"]
synthetic = true
"""
ESTATE = """element,site,lon,lat,jurisdiction,part,supplier,operator,generation,function,traffic
e1,secret-site-1,-1.5012,52.5012,GB,ran,huawei,Operator Alpha (fictional),5G,gNB,987654321
e2,secret-site-2,-1.6,52.6,GB,ran,ericsson,Operator Alpha (fictional),5G,gNB,987654322
e3,secret-site-3,-1.7,52.7,GB,core,huawei,Operator Beta (fictional),5G,AMF,987654323
"""


def run(capsys, *argv):
    code = main([str(word) for word in argv])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.toml").write_text(CASE, encoding="utf-8")
    (folder / "estate.csv").write_text(ESTATE, encoding="utf-8")
    return folder


@pytest.fixture
def bundle(capsys, tmp_path, case):
    path = tmp_path / "r.zip"
    assert run(capsys, "review", case, *CLOCKS, "--out", tmp_path / "out", "--bundle", path)[0] == 0
    return path


@pytest.fixture(scope="module")
def second():
    return load("redo")


def verdict_of(path):
    try:
        return judge(read_bundle(path.read_bytes())).verdict
    except IntegrityError as error:
        return error.code


def changed(path, change):
    """The bundle with a changed review.json, and a manifest and container that fit."""
    members = read_container(path.read_bytes())
    review = json.loads(members[REVIEW])
    change(review)
    members[REVIEW] = canonical(review)
    members[MANIFEST] = format_manifest(members)
    path.write_bytes(write_container(members))


def test_both_verifiers_redo_every_decision_of_a_review(bundle, second):
    found = verify_bundle(bundle, TODAY)
    assert (found["verdict"], found["classes"], found["elements"]) == ("same", 3, 3)
    assert second.verify(bundle.read_bytes())[0] == 0


def test_a_bundle_names_the_decisions_that_the_review_names(bundle, tmp_path):
    review = json.loads(read_bundle(bundle.read_bytes()).members[REVIEW])
    rows = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    for row in rows.iter_rows(named=True):
        for act, found in review["answers"][str(row["class"])].items():
            assert found["decision"] == row[f"{act}_decision"]
            assert found["course"][0][1] == row[f"{act}_outcome"]


def test_no_element_site_position_or_weight_leaves(bundle):
    data = bundle.read_bytes()
    for text in (b"secret-site", b"-1.5012", b"52.5012", b"98765432", b'"e1"', b"estate.csv"):
        assert text not in data


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["answers"]["c0001"]["operate"]["course"][0].__setitem__(1, "permitted-with-conditions"),
        lambda r: r["answers"]["c0001"]["operate"].update(decision="0" * 64),
        lambda r: r["classes"][0].update(supplier="nokia" if r["classes"][0]["supplier"] == "huawei" else "huawei"),
        lambda r: r["classes"][0]["context"].update(generation=["4G"]),
        lambda r: r["answers"]["c0001"]["operate"]["course"].append(["2040-01-01", "permitted", "", ""]),
    ],
)
def test_a_changed_review_is_noticed_by_both_verifiers(bundle, second, change):
    changed(bundle, change)
    assert verdict_of(bundle) in ("different", "E0388")  # a fact file that nothing reads is refused
    assert second.verify(bundle.read_bytes())[0] in (1, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(more=1),
        lambda r: r["days"].update(GB=[]),
        lambda r: r["classes"].append(r["classes"][0]),
        lambda r: r["answers"].pop("c0001"),
        lambda r: r.update(elements={"count": "3", "root": ""}),
        lambda r: r["classes"][0].update(jurisdiction="FR"),
    ],
)
def test_a_review_of_another_shape_is_an_integrity_failure(bundle, capsys, change):
    changed(bundle, change)
    code, out, err = run(capsys, "verify", bundle)
    assert (code, out, err[:5]) == (3, "", "E0388")


def test_the_salts_open_the_elements_and_no_other_elements(bundle, capsys, tmp_path):
    table = tmp_path / "out" / "decisions.parquet"
    code, out, _ = run(capsys, "verify", bundle, "--elements", table)
    assert code == 0
    assert "3, each in the class committed to" in out
    rows = pl.read_parquet(table)
    rows.with_columns(rows["element"].reverse()).write_parquet(tmp_path / "other.parquet")
    code, _, err = run(capsys, "verify", bundle, "--elements", tmp_path / "other.parquet")
    assert (code, err[:5]) == (3, "E0375")


def test_one_element_can_be_shown_without_the_others():
    master, rows = b"m" * 32, [(f"e{n}", "c0001") for n in range(5)]
    root = commit_elements(master, rows)
    leaves = [leaf_hash(element_entry(element_salt(master, n), *row)) for n, row in enumerate(rows)]
    assert root == root_hash(leaves).hex()
    assert element_entry(element_salt(master, 1), "e1", "c") != element_entry(element_salt(master, 2), "e1", "c")
    with pytest.raises(ContainerError, match="E0375"):
        check_elements(root, b"n" * 32, rows)
    with pytest.raises(ContainerError, match="E0375"):
        element_salt(b"short", 0)


def test_a_salted_column_leaves_as_a_commitment_and_hides_its_decisions(capsys, tmp_path, case, second):
    path = tmp_path / "r.zip"
    assert run(capsys, "review", case, *CLOCKS, "--out", tmp_path / "o", "--bundle", path, "--salt", "operator")[0] == 0
    data = path.read_bytes()
    assert b"Operator Alpha" not in data
    ids = pl.read_parquet(tmp_path / "o" / "decisions.parquet")["operate_decision"]
    assert not any(name.encode() in data for name in ids)
    assert run(capsys, "verify", path)[0] == 2
    assert second.verify(data)[0] == 2


def test_dry_run_lists_members_and_columns_and_writes_nothing(capsys, tmp_path, case):
    path = tmp_path / "r.zip"
    code, out, _ = run(
        capsys, "review", case, *CLOCKS, "--out", tmp_path / "o", "--bundle", path, "--dry-run", "--salt", "operator"
    )
    assert code == 0
    assert not path.exists()
    assert not (tmp_path / "o").exists()
    assert "packs/gb/rules.toml" in out
    assert "supplier (2)" in out
    assert "salted: operator; stay at home: " in out
    assert "traffic" in out.rsplit("stay at home", 1)[1]


def test_a_column_that_no_class_has_cannot_be_salted(capsys, tmp_path, case):
    code, _, err = run(capsys, "review", case, *CLOCKS, "--bundle", tmp_path / "r.zip", "--salt", "zone")
    assert (code, err[:5]) == (64, "E0385")


def test_the_shipped_example_is_redone(capsys, tmp_path, second):
    path = tmp_path / "r.zip"
    example = Path(ROOT) / "examples" / "europe"
    assert run(capsys, "review", example, *CLOCKS, "--bundle", path)[0] == 0
    assert run(capsys, "verify", path)[0] == 2
    assert run(capsys, "review", example, *CLOCKS, "--bundle", path, "--include-private")[0] == 0
    assert run(capsys, "verify", path)[0] == 0
    assert second.verify(path.read_bytes())[0] == 0
