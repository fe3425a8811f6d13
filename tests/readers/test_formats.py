"""Each format: what its sample yields, and what its own rules refuse."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path

import junitparser
import pytest

from assay.errors import InputError
from assay.model.law import Interval
from assay.readers.table import read

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def changed(name: str, change) -> bytes:
    """A JSON sample after a change made in place."""
    value = json.loads(sample(name))
    change(value)
    return json.dumps(value).encode()


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.value.code


def values(data: bytes, attribute: str) -> list:
    return [claim.value for claim in read(data).claims if claim.attribute == attribute]


def test_openvex_reasons_stand_beside_the_status():
    assert values(sample("openvex.json"), "product.vulnerability") == [
        "CVE-2099-0001: not_affected (vulnerable_code_not_in_execute_path)",
        "CVE-2099-0003: affected",
    ]


def test_openvex_not_affected_without_a_reason_is_refused():
    assert refused(changed("openvex.json", lambda v: v["statements"][0].pop("justification"))) == "E0810"


def test_the_peers_openvex_documents_are_read(shared):
    folder = shared / "suites/openvex/pkg/vex/testdata"
    if not folder.is_dir():
        pytest.skip("not run: the OpenVEX suite is absent")
    files = sorted(folder.glob("*.json"))
    assert len(files) == 8
    assert {path.name: read(path.read_bytes()).format for path in files} == {
        path.name: "csaf" if path.name == "csaf.json" else "openvex" for path in files
    }
    assert all(read(path.read_bytes()).claims for path in files)


def test_csaf_lists_become_one_claim_for_each_product():
    found = read(sample("csaf.json"))
    assert [(claim.about.names, claim.value) for claim in found.claims][:2] == [
        (("Northern Core 7.2",), "CVE-2099-0003: known_affected"),
        (("Northern Core 7.3",), "CVE-2099-0003: fixed"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["vulnerabilities"][0]["product_status"].update(fixed=["P-72"]),
        lambda v: v["vulnerabilities"][0]["product_status"].update(fixed=["P-99"]),
        lambda v: v["vulnerabilities"][1]["threats"][0].update(group_ids=["G-9"]),
        lambda v: v["vulnerabilities"].append(v["vulnerabilities"][0]),
        lambda v: v["product_tree"].update(full_product_names=[{"name": "again", "product_id": "P-72"}]),
    ],
    ids=["contradiction", "undefined product", "undefined group", "one CVE twice", "product defined twice"],
)
def test_csaf_that_contradicts_itself_is_refused(change):
    assert refused(changed("csaf.json", change)) == "E0810"


def test_a_relation_of_csaf_that_leads_in_a_circle_is_refused():
    def circle(value):
        value["product_tree"]["relationships"] = [
            {"category": "installed_on", "product_reference": a, "relates_to_product_reference": "P-72",
             "full_product_name": {"name": b, "product_id": b}}
            for a, b in (("R-1", "R-2"), ("R-2", "R-1"))
        ]  # fmt: skip

    assert refused(changed("csaf.json", circle)) == "E0810"


@pytest.mark.parametrize("name", ["spdx-2.json", "spdx-2.tags.spdx", "spdx-3.json"])
def test_spdx_gives_product_and_parts_and_no_persons(name):
    found = read(sample(name))
    assert values(sample(name), "product.component") == ["pkg:generic/example/fictional-tls@3.0.1"]
    assert found.claims[0].about.title == "Northern Core 7.2"
    assert [s.name for s in found.subjects if s.kind == "entity"] == ["Supplier North"]
    assert "A Person" not in repr(found.subjects)


def test_both_forms_of_spdx_2_yield_the_same_claims():
    def told(name):
        return [(claim.attribute, claim.value, claim.valid) for claim in read(sample(name)).claims]

    assert told("spdx-2.json") == told("spdx-2.tags.spdx")


def test_an_spdx_3_document_of_another_version_inside_is_refused():
    assert refused(changed("spdx-3.json", lambda v: v["@graph"][0].update(specVersion="3.0.0"))) == "E0808"


def test_sarif_levels_come_from_the_rule_where_the_result_has_none():
    assert values(sample("sarif.json"), "product.scan-result")[0] == (
        "Fictional Scanner 4.1.0: FS001 error at etc/users.conf:14"
    )


def test_a_sarif_run_that_failed_says_so():
    data = changed("sarif.json", lambda v: v["runs"][0]["invocations"][0].update(executionSuccessful=False))
    assert any("did not succeed" in limit for limit in read(data).limits)


def test_junit_agrees_with_another_reader_of_junit():
    suites = junitparser.JUnitXml.fromstring(sample("junit.xml").decode())
    cases = [case for suite in suites for case in suite]
    passed = [f"{case.classname}.{case.name}" for case in cases if case.is_passed]
    failed = [f"{c.classname}.{c.name}" for c in cases if any(isinstance(r, junitparser.Failure) for r in c.result)]
    assert values(sample("junit.xml"), "product.test-passed") == passed
    assert values(sample("junit.xml"), "product.test-failed") == failed


def test_an_error_or_a_skip_is_neither_pass_nor_fail():
    found = read(sample("junit.xml"))
    assert len(found.claims) == 2
    assert [limit for limit in found.limits if "make no fact" in limit] == [
        "test cases that ended as error, and so make no fact: 1",
        "test cases that ended as skipped, and so make no fact: 1",
    ]


def envelope(statement: bytes) -> bytes:
    payload = base64.b64encode(statement).decode()
    signatures = [{"keyid": "", "sig": "AAAA"}]
    body = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": signatures}
    return json.dumps(body).encode()


def test_a_statement_says_the_same_in_an_envelope_and_that_nobody_checked_it():
    bare, wrapped = read(sample("in-toto.json")), read(envelope(sample("in-toto.json")))
    assert bare.claims == wrapped.claims
    assert "signatures of the envelope are not verified by the reader" in wrapped.limits


DIGEST = {"sha256": "ab" * 32}
PROVENANCE = {
    "buildDefinition": {
        "buildType": "https://builder.example/type/1",
        "externalParameters": {"branch": "main"},
        "resolvedDependencies": [{"uri": "git+https://example.com/x", "digest": DIGEST}],
    },
    "runDetails": {"builder": {"id": "https://builder.example/1"}, "metadata": {"finishedOn": "2026-02-20T00:00:00Z"}},
}
SUMMARY = {
    "verifier": {"id": "https://verifier.example/1"},
    "timeVerified": "2026-02-21T00:00:00Z",
    "resourceUri": "pkg:generic/northern-core@7.2",
    "policy": {"uri": "https://verifier.example/policy", "digest": DIGEST},
    "verificationResult": "PASSED",
    "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
}


def statement(kind: str, predicate: object) -> bytes:
    subject = [{"name": "northern-core.img", "digest": DIGEST}]
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": kind,
        "predicate": predicate,
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("kind", "predicate", "attribute", "value"),
    [
        ("https://slsa.dev/provenance/v1", PROVENANCE, "product.provenance",
         "built by https://builder.example/1 as https://builder.example/type/1"),
        ("https://slsa.dev/verification_summary/v1", SUMMARY, "product.verification",
         "PASSED by https://verifier.example/1: SLSA_BUILD_LEVEL_3"),
    ],
)  # fmt: skip
def test_slsa_predicates_are_read(kind, predicate, attribute, value):
    data = statement(kind, predicate)
    assert values(data, attribute) == [value]
    assert read(data).issued.year == 2026


@pytest.mark.parametrize(
    "kind",
    ["https://slsa.dev/provenance/v0.2", "https://slsa.dev/verification_summary/v2", "https://example.com/x", ""],
)
def test_another_predicate_is_refused(kind):
    assert refused(statement(kind, {})) == "E0808"


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(subject=[]),
        lambda v: v["subject"][0].update(digest={}),
        lambda v: v["subject"][0].pop("digest"),
        lambda v: v["subject"][0].update(digest={"sha256": "XY"}),
        lambda v: v.pop("predicate"),
        lambda v: v["predicate"].update(result="passed"),
        lambda v: v["predicate"].update(result="PASSED"),
        lambda v: v["predicate"].pop("configuration"),
    ],
)
def test_a_malformed_statement_is_refused(change):
    assert refused(changed("in-toto.json", change)) in ("E0809", "E0810")


def test_a_catalogue_whose_count_is_wrong_is_refused():
    assert refused(changed("kev.json", lambda v: v.update(count=2))) == "E0810"


def test_epss_scores_stay_the_text_they_were():
    assert values(sample("epss.csv"), "vulnerability.epss") == ["0.00043", "0.912300000"]


@pytest.mark.parametrize("score", ["1.5x", "-0.1", "2", "nan", ""])
def test_an_epss_score_that_is_no_share_is_refused(score):
    assert refused(sample("epss.csv").replace(b"0.00043", score.encode())) == "E0806"


def test_a_withdrawn_osv_record_ends():
    data = changed("osv.json", lambda v: v.update(withdrawn="2026-03-01T00:00:00Z"))
    assert read(data).claims[0].valid == Interval(date(2026, 2, 10), date(2026, 3, 1))


def test_pem_and_der_of_one_certificate_yield_the_same():
    assert read(sample("x509.pem")).claims == read(sample("x509.der.crt")).claims


def test_an_x509_certificate_holds_from_its_first_to_its_last_day():
    assert read(sample("x509.pem")).claims[0].valid == Interval(date(2026, 1, 1), date(2028, 1, 2))


def test_a_certificate_of_a_version_that_does_not_exist_is_refused():
    data = sample("x509.der.crt")
    third, eleventh = bytes.fromhex("a003020102"), bytes.fromhex("a00302010a")
    assert data.count(third) == 1
    assert refused(data.replace(third, eleventh)) == "E0803"
