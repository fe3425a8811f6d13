"""Certificate statements: their time, their states, what makes a fact; reader and published schema agree."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InputError
from assay.model.law import Interval, Source
from assay.readers.facts import Receipt, facts_of
from assay.readers.table import read
from assay.workflow.ground.library import load_library

ROOT = Path(__file__).parent.parent.parent
SAMPLE = json.loads((ROOT / "tests/readers/samples/certificate.json").read_bytes())
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/schemas/assay-certificate-1.json").read_bytes()))
SCHEME = "scheme-nesas-ccs-gi"


def statement(**changes: object) -> bytes:
    return json.dumps({**SAMPLE, **changes}).encode()


def said(data: bytes, attribute: str) -> list[tuple[object, Interval]]:
    return [(claim.value, claim.valid) for claim in read(data).claims if claim.attribute == attribute]


def test_a_certificate_holds_from_issue_to_its_last_day():
    whole = Interval(date(2026, 3, 1), date(2028, 3, 1))
    assert said(statement(), f"{SCHEME}.certificate") == [(True, whole)]
    assert said(statement(), "de.component-certified") == [(True, whole)]


@pytest.mark.parametrize("state", ["suspended", "withdrawn"])
def test_a_suspended_or_withdrawn_certificate_is_none_from_that_day(state):
    data = statement(status={"is": state, "since": "2027-05-01"})
    assert said(data, f"{SCHEME}.certificate") == [
        (True, Interval(date(2026, 3, 1), date(2027, 5, 1))),
        (False, Interval(date(2027, 5, 1))),
    ]
    assert said(data, "de.component-certified") == [(True, Interval(date(2026, 3, 1), date(2027, 5, 1)))]


def test_an_expired_certificate_is_neither_true_nor_false():
    data = statement(status={"is": "expired", "since": "2028-03-01"})
    assert said(data, f"{SCHEME}.certificate") == [(True, Interval(date(2026, 3, 1), date(2028, 3, 1)))]


def test_a_certificate_withdrawn_on_the_day_of_issue_never_held():
    data = statement(status={"is": "withdrawn", "since": "2026-03-01"})
    assert said(data, f"{SCHEME}.certificate") == [(False, Interval(date(2026, 3, 1)))]
    assert said(data, "de.component-certified") == []


def test_an_audit_summary_needs_no_product_and_speaks_of_its_holder():
    changed = {k: v for k, v in SAMPLE.items() if k not in ("product", "meets")}
    changed |= {"kind": "audit-summary", "scheme": "scheme-nesas", "says": {"process-audit": True}}
    found = read(json.dumps(changed).encode())
    assert {claim.about.name for claim in found.claims} == {"Supplier North"}
    assert [claim.attribute for claim in found.claims] == [
        "scheme-nesas.process-audit-date", "scheme-nesas.process-audit", "scheme-nesas.status",
    ]  # fmt: skip


SOURCE = Source("e1", "certificate", "", "official-statement")
RECEIPT = Receipt("e1", SOURCE, date(2026, 4, 2), supplier="supplier-north")


def attributes() -> dict:
    library = load_library()
    found = dict(library.facts.attributes)
    for pack in library.packs:
        found |= pack.attributes
    return found


def test_every_claim_of_the_sample_is_a_fact_that_a_pack_can_read_or_says_why_not():
    facts, left = facts_of(read(statement()), RECEIPT, attributes())
    assert {fact.attribute for fact in facts} == {
        f"{SCHEME}.issued", f"{SCHEME}.valid-until", f"{SCHEME}.certificate", f"{SCHEME}.lab-recognised",
        f"{SCHEME}.route-fits", "de.component-certified",
    }  # fmt: skip
    assert [(out.claim.attribute, out.why) for out in left] == [
        (f"{SCHEME}.status", f"no attribute `{SCHEME}.status` is declared")
    ]
    assert {(fact.supplier, fact.product) for fact in facts} == {("supplier-north", "Northern Core 7.2")}
    assert {fact.known for fact in facts} == {Interval(date(2026, 4, 2))}


def test_a_discretion_is_never_set_by_a_file():
    declared = attributes()
    discretion = next(entry for entry in declared.values() if entry.discretion)
    _, left = facts_of(read(statement(meets=[discretion.id])), RECEIPT, declared)
    assert any("only a person" in out.why for out in left)


@pytest.mark.parametrize(
    ("receipt", "why"),
    [
        ({"product": "Northern Core 7.3"}, "the file speaks of Northern Core 7.2"),
        ({"product": "Southern Core"}, "the file speaks of Northern Core 7.2"),
    ],
)
def test_a_statement_about_another_product_than_the_file_makes_no_fact(receipt, why):
    named = Receipt("e1", SOURCE, date(2026, 4, 2), **receipt)
    facts, left = facts_of(read(statement()), named, attributes())
    assert facts == ()
    assert sum(why in out.why for out in left) == 6


@pytest.mark.parametrize("product", ["Northern Core 7.2", "northern core 7.2", "pkg:generic/northern-core@7.2"])
def test_a_product_is_known_by_name_and_version_or_package_url(product):
    data = (ROOT / "tests/readers/samples/openvex.json").read_bytes()
    facts, left = facts_of(read(data), Receipt("e4", SOURCE, date(2026, 4, 2), product=product), attributes())
    assert left == ()
    assert {fact.product for fact in facts} == {product}


def test_a_file_without_days_speaks_from_the_effective_day_else_from_receipt():
    report = (ROOT / "tests/readers/samples/in-toto.json").read_bytes()
    plain = {"source": SOURCE, "received": date(2026, 4, 2), "product": "Northern Core 7.2"}
    for effective, start in ((date(2026, 3, 9), date(2026, 3, 9)), (None, date(2026, 4, 2))):
        facts, _ = facts_of(read(report), Receipt("e2", effective=effective, **plain), attributes())
        assert {(fact.valid.start, fact.known.start) for fact in facts} == {(start, date(2026, 4, 2))}


def test_a_file_that_names_no_subject_needs_one_from_its_statement():
    report = (ROOT / "tests/readers/samples/junit.xml").read_bytes()
    facts, left = facts_of(read(report), Receipt("e3", SOURCE, date(2026, 4, 2)), attributes())
    assert facts == ()
    assert {out.why for out in left} == {"the file names no subject and neither does its statement"}


ODD = st.sampled_from(
    [
        None, True, 0, 7, "", " ", "x", "2026-03-05", "2026-03-05T00:00:00Z", "in-force", [], {}, {"name": "N"},
        ["de.component-certified"], {"is": "withdrawn", "since": "2027-01-01"}, {"level": "high"}, {"level": 1.5},
        {"certificate": True},
    ]
)  # fmt: skip


@given(st.sampled_from(sorted(SAMPLE)), ODD, st.booleans())
def test_reader_and_published_schema_agree(key, value, drop):
    changed = copy.deepcopy(SAMPLE)
    if drop:
        del changed[key]
    else:
        changed[key] = value
    try:
        read(json.dumps(changed).encode())
        taken = True
    except InputError:
        taken = False
    assert taken == SCHEMA.is_valid(changed)


def test_days_out_of_order_are_refused_though_the_schema_cannot_say_so():
    for changes in ({"valid_until": "2026-02-01"}, {"status": {"is": "suspended", "since": "2026-02-01"}}):
        with pytest.raises(InputError):
            read(statement(**changes))
