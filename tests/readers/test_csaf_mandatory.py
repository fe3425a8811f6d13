"""Each mandatory test of CSAF refuses an advisory of ours that breaks it, and names itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.readers.csaf_mandatory.advisory import Advisory
from assay.readers.csaf_mandatory.profiles import PROFILES
from assay.readers.csaf_mandatory.table import NOT_MADE, TESTS
from assay.readers.cursor import root
from assay.readers.table import read

SAMPLE = Path(__file__).parent / "samples" / "csaf.json"
V2, V3 = "AV:N/AC:L/Au:N/C:C/I:C/A:C", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"
GOOD = {"version": "3.1", "vectorString": V3, "baseScore": 10.0, "baseSeverity": "CRITICAL"}
EVERYBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def revisions(*rows):
    return [{"date": date, "number": number, "summary": "s"} for date, number in rows]


def advisory(category="csaf_base"):
    value = json.loads(SAMPLE.read_bytes())
    value["document"].update(csaf_version="2.1", category=category)
    value["document"]["references"] = [{"category": "external", "summary": "x", "url": "https://example.com"}]
    value["document"]["notes"] = [{"category": "description", "text": "x"}]
    value["document"]["distribution"] = {"tlp": {"label": "CLEAR"}}
    del value["product_tree"]["branches"][0]["branches"][0]["branches"][0]["product"]["product_identification_helper"]
    return value


def tracking(**changes):
    return lambda v: v["document"]["tracking"].update(changes)


def document(**changes):
    return lambda v: v["document"].update(changes)


def first(**changes):
    return lambda v: v["vulnerabilities"][0].update(changes)


def helped(**helper):
    return lambda v: version(v)["product"].update(product_identification_helper=helper)


def version(value):
    return value["product_tree"]["branches"][0]["branches"][0]["branches"][0]


def measured(*contents):
    return first(metrics=[{"content": content, "products": ["P-72"]} for content in contents])


def ssvc(**changes):
    selection = {"namespace": "ssvc", "key": "SI", "version": "1.0.0", "values": [{"key": "M"}]}
    made = {"schemaVersion": "2.0.0", "timestamp": "2026-02-14T10:00:00Z", "selections": [selection]}
    return measured({"ssvc_v2": {**made, **changes}})


def shared(key, name, label="CLEAR"):
    return document(distribution={"tlp": {"label": label}, "sharing_group": {"id": key, "name": name}})


def stacked(depth):
    def change(value):
        node = {"category": "product_version", "name": "1", "product": {"name": "n", "product_id": "deep"}}
        for _ in range(depth):
            node = {"category": "product_family", "name": "f", "branches": [node]}
        value["product_tree"]["branches"].append(node)

    return change


def renamed(category, name):
    return lambda v: version(v).update(category=category, name=name)


def above(category):
    return lambda v: v["product_tree"]["branches"][0].update(category=category)


def without(*keys):
    def change(value):
        for vulnerability in value["vulnerabilities"]:
            for key in keys:
                vulnerability.pop(key, None)

    return change


def gone(key):
    return lambda v: v.pop(key)


def ended(title):
    def change(value):
        value.pop("vulnerabilities")
        value.pop("product_tree")
        value["document"]["notes"][0].update(title=title)
        value["document"]["references"][0].update(summary="Superseding Document")
        tracking(version="2", revision_history=revisions(FIRST, ("2026-02-15T10:00:00Z", "2")))(value)

    return change


def both(*changes):
    def change(value):
        for one in changes:
            one(value)

    return change


FIRST = ("2026-02-14T10:00:00Z", "1")
LATER = "2026-03-01T00:00:00Z"
REMEDY = {"category": "vendor_fix", "details": "d", "product_ids": ["P-72"]}
FLAG = {"label": "component_not_present", "product_ids": ["P-72"]}
EXPLOITED = {"date": "2026-02-14T10:00:00Z", "exploitation_date": "2026-02-13T10:00:00Z"}
BREAKS = {
    "6.1.7": measured({"cvss_v3": GOOD}, {"cvss_v3": GOOD}),
    "6.1.8": measured({"cvss_v3": {**GOOD, "vectorString": V2}}),
    "6.1.9": measured({"cvss_v3": {**GOOD, "baseScore": 9.9}}),
    "6.1.10": measured({"cvss_v3": {**GOOD, "attackVector": "LOCAL"}}),
    "6.1.12": document(lang="qq"),
    "6.1.13": helped(purls=["pkg:maven/@1"]),
    "6.1.14": tracking(revision_history=revisions((LATER, "1"), ("2026-02-14T10:00:00Z", "2"))),
    "6.1.15": lambda v: v["document"]["publisher"].update(category="translator"),
    "6.1.16": tracking(version="2"),
    "6.1.17": tracking(version="0", revision_history=revisions(("2026-02-14T10:00:00Z", "0"))),
    "6.1.18": tracking(revision_history=revisions(("2026-02-13T10:00:00Z", "0"), FIRST)),
    "6.1.19": tracking(
        status="draft", version="1.0.0-a", revision_history=revisions(("2026-02-14T10:00:00Z", "1.0.0-a"))
    ),
    "6.1.20": tracking(version="1.0.0-a", revision_history=revisions(("2026-02-14T10:00:00Z", "1.0.0-a"))),
    "6.1.21": tracking(version="3", revision_history=revisions(FIRST, (LATER, "3"))),
    "6.1.22": tracking(revision_history=revisions(FIRST, FIRST)),
    "6.1.24": first(involvements=[{"party": "vendor", "status": "open"}] * 2),
    "6.1.25": helped(hashes=[{"filename": "f", "file_hashes": [{"algorithm": "sha256", "value": "ab"}] * 2}]),
    "6.1.26": document(category="V-EX"),
    "6.1.28": document(source_lang="EN"),
    "6.1.29": first(remediations=[{"category": "vendor_fix", "details": "d"}]),
    "6.1.30": tracking(version="1.0.0"),
    "6.1.31": renamed("product_version", "before 7.2"),
    "6.1.32": first(flags=[{"label": "component_not_present"}]),
    "6.1.33": first(flags=[FLAG, FLAG]),
    "6.1.34": stacked(30),
    "6.1.35": first(remediations=[REMEDY, {**REMEDY, "category": "none_available"}]),
    "6.1.36": first(remediations=[{**REMEDY, "product_ids": ["P-73"]}]),
    "6.1.37": first(disclosure_date="2026-02-14t10:00:00Z"),
    "6.1.38": shared(EVERYBODY, "Public", "RED"),
    "6.1.39": shared("5868d6be-b28a-404e-a245-0b5093b31b8b", "Some"),
    "6.1.40": shared("5868d6be-b28a-404e-a245-0b5093b31b8b", "Public", "RED"),
    "6.1.41": shared(EVERYBODY, "All"),
    "6.1.42": helped(purls=["pkg:generic/a@1", "pkg:generic/a@2"]),
    "6.1.43": helped(model_numbers=["a*b*"]),
    "6.1.44": helped(serial_numbers=["*b*"]),
    "6.1.45": first(disclosure_date=LATER),
    "6.1.46": ssvc(selections=[]),
    "6.1.47": ssvc(target_ids=["CVE-2099-9999"]),
    "6.1.49": ssvc(timestamp=LATER),
    "6.1.50": renamed("product_version_range", "< 7.2"),
    "6.1.51": measured({"epss": {"percentile": "0.1", "probability": "0.1", "timestamp": LATER}}),
    "6.1.52": first(first_known_exploitation_dates=[{**EXPLOITED, "date": LATER}]),
    "6.1.53": first(first_known_exploitation_dates=[{**EXPLOITED, "exploitation_date": "2026-02-14T10:00:00.1Z"}]),
    "6.1.54": document(license_expression="You may do what you like"),
    "6.1.55": document(license_expression="LicenseRef-supplier-north.example-own"),
    "6.1.56": measured({"cvss_v3": GOOD}, {"qualitative_severity_rating": "high"}),
    "6.1.57": above("product_name"),
    "6.1.58": above("product_version_range"),
    "6.1.59": renamed("product_version_range", "7.2"),
    "6.1.60.1": lambda v: v.update(x_extensions=[{"$schema": "s", "category": "significant", "critical": False,
                                                  "content": {}}]),
    "6.1.61": helped(skus=["**"]),
    "6.1.27.1": lambda v: v["document"]["notes"][0].update(category="other"),
    "6.1.27.2": lambda v: v["document"]["references"][0].update(category="self"),
    "6.1.27.3": document(),
    "6.1.27.4": both(without("product_status", "flags", "threats", "remediations"), gone("product_tree")),
    "6.1.27.5": without("notes"),
    "6.1.27.6": without("product_status"),
    "6.1.27.7": first(product_status={"recommended": ["P-72"]}),
    "6.1.27.8": without("cve"),
    "6.1.27.9": without("flags", "threats"),
    "6.1.27.10": without("remediations"),
    "6.1.27.11": gone("vulnerabilities"),
    "6.1.27.12": without("product_status"),
    "6.1.27.13": first(product_status={"known_affected": ["P-1"], "fixed": ["P-73"]}, remediations=[REMEDY]),
    "6.1.27.14": both(ended("x"), lambda v: v["document"]["notes"][0].update(category="summary")),
    "6.1.27.15": both(ended("x"), lambda v: v.update(product_tree={})),
    "6.1.27.16": both(ended("x"), tracking(version="1", revision_history=revisions(FIRST))),
    "6.1.27.17": ended("Why not"),
    "6.1.27.18": ended("Why not"),
    "6.1.27.19": both(ended("Reasoning for Supersession"), document(references=[])),
}  # fmt: skip
CATEGORIES = {number: categories[0] for number, _, categories, _ in PROFILES} | {
    "6.1.27.4": "csaf_vex", "6.1.27.6": "csaf_deprecated_security_advisory",
}  # fmt: skip


FOR_ANOTHER_KIND = (
    "6.1.27.3",
    "6.1.27.12",
    "6.1.27.13",
    "6.1.27.15",
    "6.1.27.16",
    "6.1.27.17",
    "6.1.27.18",
    "6.1.27.19",
)
"""Tests of kinds of documents that a whole advisory is not."""


def test_every_mandatory_test_has_an_advisory_that_breaks_it():
    made = {number for number, *_ in (*TESTS, *PROFILES)}
    assert made == set(BREAKS)
    assert not made & set(NOT_MADE)


MADE = {number: test for number, _, test in TESTS} | {number: test for number, _, _, test in PROFILES}


def broken(number):
    value = advisory(CATEGORIES.get(number, "csaf_base"))
    value["product_tree"]["full_product_names"] = [{"name": "another", "product_id": "P-1"}]
    BREAKS[number](value)
    return value


def faults(number, value):
    try:
        return list(MADE[number](Advisory(root(value, "CSAF"), "2.1")))
    except InputError as error:
        return [error]


@pytest.mark.parametrize("number", BREAKS)
def test_a_mandatory_test_finds_the_advisory_that_breaks_it_and_no_other(number):
    sound = advisory(CATEGORIES.get(number, "csaf_base"))
    assert faults(number, broken(number))
    assert faults(number, sound) == [] or number in FOR_ANOTHER_KIND


@pytest.mark.parametrize("number", BREAKS)
def test_an_advisory_that_breaks_a_mandatory_test_is_refused_with_its_place(number):
    with pytest.raises(InputError) as caught:
        read(json.dumps(broken(number)).encode())
    assert caught.value.code in ("E0805", "E0809", "E0810")
    assert caught.value.where or number == "6.1.34"  # JSON so deep is refused before anybody looks at branches


@pytest.mark.parametrize("category", ["csaf_base", "csaf_vex", "csaf_deprecated_security_advisory"])
def test_an_advisory_without_fault_is_read(category):
    value = advisory(category)
    measured({"cvss_v3": GOOD, "cvss_v2": {"version": "2.0", "vectorString": V2, "baseScore": 10}})(value)
    document(license_expression="(Apache-2.0 OR MIT) AND GPL-3.0-or-later WITH Classpath-exception-2.0")(value)
    assert read(json.dumps(value).encode()).claims


def test_few_bytes_cannot_name_products_without_end():
    value = advisory()
    value["product_tree"]["full_product_names"] = [{"name": "n", "product_id": f"x{n}"} for n in range(2_000)]
    value["product_tree"]["product_groups"].append({"group_id": "g", "product_ids": [f"x{n}" for n in range(2_000)]})
    value["vulnerabilities"][0]["threats"] = [{"category": "impact", "details": "d", "group_ids": ["g"] * 1_000}]
    with pytest.raises(InputError) as caught:
        read(json.dumps(value).encode())
    assert caught.value.code == "E0805"
