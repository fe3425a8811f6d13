"""That recordings came from a product is established by a lab's signed statement, and by nothing else."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.canon import canonical
from assay.cli.main import main
from assay.errors import UsageError
from assay.evidence.bundle import INSPECTION, Part, build_bundle, read_bundle
from assay.evidence.errors import PolicyError
from assay.evidence.signers import generate_key
from assay.model.assessment import Product
from assay.readers.table import read
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import ORIGIN, document
from assay.workflow.assessment.keys import read_key_files
from assay.workflow.assessment.leaving import leaving
from assay.workflow.bundles.inspection_bundle import bundle_inspection, entry_of, lending_of
from assay.workflow.bundles.origin import origin_in_store, state_origin
from assay.workflow.bundles.verify import judge
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store

LAB_DAY, DAY = "2026-11-22T12:00:00Z", date(2026, 11, 25)
GOOD = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
PRODUCT = Product("Northern Core 7.2", "Supplier North", "supplier-north", "7.2", functions=("AMF",), synthetic=True)


@pytest.fixture(scope="module")
def done():
    return inspect([GOOD], read_key_files([RECORDINGS / "keys.toml"]), PRODUCT)


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, "2026-11-21T12:00:00Z")
    return open_store(tmp_path / "store")


@pytest.fixture
def signers(store):
    return open_keys(store, None, None)


def digests(report):
    return [row["sha256"] for row in report["evidence"]]


def stated(store, report, signers, **changed):
    product = {**report["product"], **changed}
    return state_origin(
        store, product, digests(report), entry_of(report["product"], report["evidence"]), signers, LAB_DAY
    )


def found(store, report):
    return origin_in_store(store, report["product"], digests(report), DAY)


def test_a_statement_of_the_lab_establishes_the_product(done, store, signers):
    report = document(done)
    assert "no signed lab statement" in json.dumps(report["not_established"])
    (row,) = stated(store, report, signers)
    origin = found(store, report)
    assert origin.stated.startswith("the store's holder (lab-report: 1 of 1), 2026-11-22, ")
    again = document(done, (), origin.stated, origin.refused)
    assert {"what": "product", "detail": ORIGIN + origin.stated} in again["established"]
    assert not [entry for entry in again["not_established"] if entry["what"] == "product"]
    assert read(store.blobs.get(row["sha256"])).claims == ()


def test_a_statement_about_another_product_or_other_recordings_does_not_count(done, store, signers):
    report = document(done)
    stated(store, report, signers, release="7.1")
    assert found(store, report).refused[0].endswith("it speaks of another product: release")
    state_origin(
        store, report["product"], ["0" * 64], entry_of(report["product"], report["evidence"]), signers, LAB_DAY
    )
    origin = found(store, report)
    assert origin.stated == ""
    assert origin.refused[1].endswith("it speaks of other recordings")
    told = document(done, (), origin.stated, origin.refused)["not_established"][0]["detail"]
    assert "another product" in told


def test_a_stranger_states_nothing(done, store, signers):
    with pytest.raises(PolicyError, match="E0383"):
        stated(store, document(done), Keys((generate_key(),), signers.log))
    assert found(store, document(done)).stated == ""


def test_the_word_of_a_key_that_was_stolen_does_not_count(done, store, signers):
    report = document(done)
    lab = generate_key()
    policy = trust.enrol(trust.trust_of(store), lab.public_key, "Lab North", ("lab-report",), 1)
    trust.put_policy(store, policy, signers.signers, signers.log, "2026-11-21T13:00:00Z")
    stated(store, report, Keys((lab,), signers.log))
    assert found(store, report).stated.startswith("Lab North (lab-report: 1 of 1)")
    gone = trust.revoke(trust.trust_of(store), lab.public_key.key_id, "compromise", 1)
    trust.put_policy(store, gone, signers.signers, signers.log, "2026-11-23T13:00:00Z")
    assert found(store, report).stated == ""


def test_a_statement_names_a_product(done, store, signers):
    with pytest.raises(UsageError, match="E0651"):
        stated(store, document(done), signers, product="")


def test_a_bundle_carries_the_statement_and_a_claim_without_one_is_different(done, store, signers, tmp_path):
    stated(store, document(done), signers)
    origin = found(store, document(done))
    report = document(done, (), origin.stated, origin.refused)
    keys = read_key_files([RECORDINGS / "keys.toml"])
    lending = lending_of(store, origin)
    made = bundle_inspection(
        report, leaving(done, [GOOD], keys, None, release=True), release_keys=True, lending=lending
    )
    bundle = read_bundle(made.data)
    assert judge(bundle).verdict == "same"
    report["established"][-1]["detail"] = ORIGIN + "Lab South (lab-report: 1 of 1), 2026-11-22"
    forged = [Part(name, data) for name, data in {**bundle.members, INSPECTION: canonical(report)}.items()]
    lost = judge(read_bundle(build_bundle(forged, {})))
    assert lost.verdict == "different"
    bare = [Part(n, d) for n, d in bundle.members.items() if not n.startswith(("statements/", "bodies/", "trust/"))]
    alone = judge(read_bundle(build_bundle(bare, {})))
    assert alone.verdict == "different"
    assert "no signed statement of the bundle says so" in alone.differences[0]


def test_evidence_of_another_form_under_that_name_is_told(done, store, signers, tmp_path):
    path = tmp_path / "origin.json"
    path.write_text('{"schema": "assay-origin/9"}', encoding="utf-8")
    add_files(store, [path], Entry("lab-report"), signers, LAB_DAY)
    assert "assay-origin/9" in found(store, document(done)).refused[0]


def test_the_command_states_bundles_and_verifies(store, tmp_path, capsys):
    product, out = tmp_path / "product.toml", tmp_path / "out.zip"
    product.write_text(
        'schema = "assay-product/1"\nproduct = "Northern Core 7.2"\nvendor = "Supplier North"\n'
        'release = "7.2"\nfunctions = ["AMF"]\nsynthetic = true\n',
        encoding="utf-8",
    )
    command = ["inspect", str(GOOD), "--keys", str(RECORDINGS / "keys.toml"), "--product", str(product)]
    leave = ["--store", str(store.folder), "--attest", "--bundle", str(out), "--keep-identities"]
    assert main([*command, *leave, "--release-session-keys", "--dry-run"]) == 0
    assert not out.exists()
    assert "origin.json" not in json.dumps([row.name for row in store.folder.rglob("*")])
    assert main([*command, *leave, "--release-session-keys"]) == 0
    shown = capsys.readouterr().out
    assert "stated by the store's holder (lab-report: 1 of 1)" in shown
    assert main(["verify", str(out)]) == 0
    verified = capsys.readouterr().out
    assert "sealed every member" in verified
    assert "stated by the store's holder" in verified
    assert main([*command, "--attest"]) == 64
    assert "E0651" in capsys.readouterr().err
