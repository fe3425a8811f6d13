"""Evidence matters where the law asks for it, and only there: a certificate, a failed test case, a designation.

Everything is fictional but the law: Supplier North, its product and its certificates are made up.
"""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.canon import canonical
from assay.evidence.errors import PolicyError
from assay.evidence.signers import generate_key
from assay.model.assessment import Product
from assay.reports.answer import render_answer
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.answers.whatif import flip_question
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import document
from assay.workflow.assessment.keys import KeySet, read_key_files
from assay.workflow.assessment.leaving import leaving
from assay.workflow.bundles.inspection_bundle import bundle_inspection, store_inspection
from assay.workflow.bundles.verify import verify_bundle
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.shelf import Shelf
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store

RECEIVED, DAY = "2026-11-23T12:00:00Z", date(2026, 11, 25)
PRODUCT, CASE = "Northern Core 7.2", "scas.33.512-4.2.2.3.2-b"
GOOD = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
FACTS = """schema = "assay-case-facts/1"
synthetic = true
[[supplier]]
id = "supplier-north"
name = "Supplier North"
[[fact]]
supplier = "supplier-north"
attribute = "supplier.seat"
value = "AT"
"""
DESIGNATED = (
    FACTS
    + """[[membership]]
class = "gb:designated-vendors"
value = "supplier-north"
says = "Supplier North is treated as designated by the direction of 2022"
valid = { from = 2022-10-13 }
"""
)
SCHEME = {
    "pack.toml": """schema = "assay-pack/1"
id = "xn"
jurisdiction = "XN"
title = "Exampleland: an approval scheme that asks for test results (fictional)"
coded = 2026-11-22
licence = "CC-BY-4.0"
[[source]]
id = "scheme"
title = "Approval scheme of a fictional authority"
url = "https://scheme.example/1"
grade = "official-text"
read = { on = 2026-11-22, extent = "full" }
[[instrument]]
id = "scheme"
title = "Approval scheme"
authority = "Authority North"
addressee = "operators of Exampleland"
force = "binding"
kind = "regulation"
state = "in-force"
sources = ["scheme"]
[[residual]]
outcome = "permitted"
from = 2020-01-01
why = "what the scheme does not hold back is allowed"
source = "scheme"
""",
    "rules.toml": f"""[[rule]]
id = "xn.scheme.null-integrity"
instrument = "scheme"
effect = "prohibit"
part = ["core"]
activity = ["purchase", "install"]
when = {{ fact = "{CASE}", op = "eq", value = false }}
valid = {{ from = 2020-01-01 }}
known = {{ from = 2020-01-01 }}
says = "forbids core products that failed the case of null integrity"
cite = [ {{ source = "scheme", at = "section 3" }} ]
events = []
""",
}


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, "2026-11-21T12:00:00Z")
    return open_store(tmp_path / "store")


@pytest.fixture
def ask(store, tmp_path):
    def asked(code, facts=FACTS, product=PRODUCT, packs=(), part="core", flip=False):
        path = tmp_path / "facts.toml"
        path.write_text(facts, encoding="utf-8")
        library = Shelf(store).lay(load_library(frozenset({code}), packs, path), DAY)
        context = {"function": ("AMF",)} if code == "DE" else {}
        question = question_of(library, "supplier-north", part, "install", code, DAY, DAY, context, product)
        if flip:
            return flip_question(library, question)
        return answer_question(library, question).found

    return asked


@pytest.fixture
def scheme(tmp_path):
    folder = tmp_path / "laws" / "xn"
    folder.mkdir(parents=True)
    for name, text in SCHEME.items():
        (folder / name).write_text(text, encoding="utf-8")
    return (tmp_path / "laws",)


def certify(store, tmp_path, version="7.2", until="2028-01-01", keys=None):
    text = {
        "schema": "assay-certificate/1", "kind": "certificate", "id": f"XN-{version}-{until}",
        "scheme": "scheme-nesas-ccs-gi", "issuer": {"name": "Fictional Office"}, "holder": {"name": "Supplier North"},
        "product": {"name": "Northern Core", "version": version}, "issued": "2026-01-10", "valid_until": until,
        "meets": ["de.component-certified"], "synthetic": True,
    }  # fmt: skip
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(text), encoding="utf-8")
    entry = Entry("certificate", supplier="supplier-north", product=f"Northern Core {version}", synthetic=True)
    return add_files(store, [path], entry, keys or open_keys(store, None, None), RECEIVED)


def report(edit=None, tmp_path=None):
    path = GOOD
    if edit:
        path = tmp_path / GOOD.name
        path.write_bytes(GOOD.read_bytes().replace(bytes.fromhex(edit[0]), bytes.fromhex(edit[1])))
    product = Product(PRODUCT, "Supplier North", "supplier-north", "7.2", functions=("AMF",), synthetic=True)
    keys = read_key_files([RECORDINGS / "keys.toml"])
    return document(inspect([path], keys, product)), path, keys


def keep(store, found):
    made, path, keys = found
    done = inspect([path], keys, Product())
    given = leaving(done, [path], keys, None, release=False)
    return store_inspection(store, made, given, open_keys(store, None, None), RECEIVED)


def outcome(found):
    return found["answer"]["outcome"], [row["id"] for row in found["answer"]["rules"]] if "rules" in found[
        "answer"
    ] else []


def test_a_valid_signed_certificate_changes_the_german_answer_and_no_other_one_does(store, ask, tmp_path):
    before = ask("DE")["answer"]["outcome"]
    assert before == "authorisation-required"
    certify(store, tmp_path, until="2026-06-30")
    assert ask("DE")["answer"]["outcome"] == before, "an expired certificate"
    certify(store, tmp_path, version="7.1")
    assert ask("DE")["answer"]["outcome"] == before, "a certificate of another release"
    stranger = Keys((generate_key(),), open_keys(store, None, None).log)
    with pytest.raises(PolicyError):
        certify(store, tmp_path, keys=stranger)
    assert ask("DE")["answer"]["outcome"] == before, "a certificate that an unknown key signed"
    certify(store, tmp_path)
    assert ask("DE")["answer"]["outcome"] == "permitted"
    assert ask("DE", product="Northern Core 7.1")["answer"]["outcome"] == "permitted"
    assert ask("DE", product="Northern Core 6.0")["answer"]["outcome"] == before


def test_a_failed_case_changes_the_answer_of_a_scheme_and_flip_names_it(store, ask, scheme, tmp_path):
    kept = keep(store, report(("7e005d02", "7e005d00"), tmp_path))
    assert [row["type"] for row in kept] == ["recording", "lab-report"]
    found = ask("XN", packs=scheme)
    assert found["answer"]["outcome"] == "prohibited"
    assert found["answer"]["rests_on"] == ["technical"]
    assert CASE in json.dumps(ask("XN", packs=scheme, flip=True))


def test_a_passed_case_lets_the_scheme_permit(store, ask, scheme):
    assert ask("XN", packs=scheme)["answer"]["outcome"] != "permitted"
    keep(store, report())
    assert ask("XN", packs=scheme)["answer"]["outcome"] == "permitted"


def test_pass_and_fail_of_one_product_and_case_are_a_conflict_and_so_unknown(store, ask, scheme, tmp_path):
    keep(store, report())
    keep(store, report(("7e005d02", "7e005d00"), tmp_path))
    assert ask("XN", packs=scheme)["answer"]["outcome"] == "unknown"


def test_the_same_evidence_leaves_a_prohibition_by_designation_as_it_is_and_the_answer_says_so(store, ask, tmp_path):
    before = ask("GB", DESIGNATED)
    keep(store, report())
    certify(store, tmp_path)
    after = ask("GB", DESIGNATED)
    assert before["answer"]["outcome"] == after["answer"]["outcome"] == "prohibited"
    assert not any("technical" in text for text in after["answer"]["rests_on"])
    assert any("designation" in text for text in after["answer"]["rests_on"])
    assert "no test result or certificate is asked for" in render_answer(after, "Supplier North", "")
    assert CASE not in json.dumps(ask("GB", DESIGNATED, flip=True))


def test_a_report_without_a_named_product_makes_no_fact(store, ask, scheme):
    made = document(inspect([GOOD], read_key_files([RECORDINGS / "keys.toml"]), Product(), ["AMF"]))
    keep(store, (made, GOOD, KeySet()))
    assert ask("XN", packs=scheme)["answer"]["outcome"] == "unknown"


def bundle(tmp_path, *, release=False, edit=None):
    made, path, keys = report(edit, tmp_path)
    out = tmp_path / "out.zip"
    given = leaving(inspect([path], keys, Product()), [path], keys, None, release=release)
    out.write_bytes(bundle_inspection(made, given, release_keys=release).data)
    return out, made


def test_a_bundle_is_redone_by_whoever_holds_the_keys_or_got_those_of_its_sessions(tmp_path):
    path, made = bundle(tmp_path)
    without = verify_bundle(path, DAY)
    assert without["verdict"] == "cannot-be-established"
    assert made["keys"][0]["digest"][:16] in json.dumps(without["not_established"])
    assert verify_bundle(path, DAY, keys=read_key_files([RECORDINGS / "keys.toml"]))["verdict"] == "same"
    released, _ = bundle(tmp_path, release=True)
    assert verify_bundle(released, DAY)["verdict"] == "same"
    assert b"465B5CE8B199B49FAA5F0A2EE238A6BC" not in released.read_bytes().upper()


def test_a_verdict_that_the_recordings_do_not_give_is_different(tmp_path):
    from assay.evidence.bundle import INSPECTION, Part, build_bundle, read_bundle

    path, made = bundle(tmp_path, release=True)
    row = next(row for row in made["cases"] if row["id"] == "33.512-4.2.2.3.2-B")
    row["verdict"] = "fail"
    members = {**read_bundle(path.read_bytes()).members, INSPECTION: canonical(made)}
    path.write_bytes(build_bundle([Part(name, data) for name, data in members.items()], {}))
    found = verify_bundle(path, DAY, keys=read_key_files([RECORDINGS / "keys.toml"]))
    assert found["verdict"] == "different"
    assert "33.512-4.2.2.3.2-B" in " ".join(found["differences"])
