"""Official lists and the matching of names: legal entities only, every match graded, no match a conclusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InputError
from assay.model.expression import atoms
from assay.model.fact import Supplier
from assay.model.law import Source
from assay.readers.facts import Receipt, facts_of
from assay.readers.legal_forms import FORMS, names_an_organisation, normal_form
from assay.readers.matching import match, match_claims
from assay.readers.table import read
from assay.workflow.ground.library import load_library

SAMPLES = Path(__file__).parent / "samples"
LISTS = sorted(p.name for p in SAMPLES.iterdir() if p.name.startswith(("ofac", "us-csl", "eu-fsf", "uk-", "gleif")))
SANCTIONS = [name for name in LISTS if not name.startswith("gleif")]
PERSONS = ("Fictional Person", "PERSON", "NICKNAME", "1950")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", LISTS)
def test_no_natural_person_comes_out_of_a_list(name):
    data, found = sample(name), read(sample(name))
    assert any(word.encode() in data for word in PERSONS) or "level-2" in name
    assert not [word for word in PERSONS if word in repr(found)]


@pytest.mark.parametrize("name", SANCTIONS)
def test_every_list_yields_its_one_entity_and_counts_the_others(name):
    found = read(sample(name))
    assert [claim.attribute for claim in found.claims] == ["supplier.sanction"]
    assert "south technologies" in found.claims[0].about.name.lower()
    assert any(limit.startswith("entries not read: ") for limit in found.limits)


@pytest.mark.parametrize(("one", "other"), [(n, n.replace(".xml", ".csv")) for n in LISTS if n.endswith(".xml")])
def test_both_forms_of_a_list_say_the_same(one, other):
    def told(name):
        return [(claim.attribute, claim.value, claim.valid, claim.about.name) for claim in read(sample(name)).claims]

    assert told(one) == told(other)


def test_a_list_entry_makes_no_fact_about_a_supplier():
    library = load_library(frozenset({"GB"}))
    receipt = Receipt("x", Source("list", "list", "", "none"), date(2026, 3, 1), supplier="supplier-south")
    facts, left = facts_of(read(sample("eu-fsf.xml")), receipt, library.facts.attributes)
    assert facts == ()
    assert "(entity)" in left[0].why


def test_a_record_count_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="announced"):
        read(sample("ofac-sdn.xml").replace(b"<Record_Count>3", b"<Record_Count>4"))


@pytest.mark.parametrize(
    "space",
    ["http://www.un.org/sanctions/1.0",
     "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"],
)  # fmt: skip
def test_the_advanced_form_of_a_list_is_refused_and_the_plain_one_named(space):
    with pytest.raises(InputError, match="advanced form") as caught:
        read(f'<Sanctions xmlns="{space}"><DistinctParties/></Sanctions>'.encode())
    assert caught.value.code == "E0808"
    assert "sdn.xml" in caught.value.expected


def test_an_lei_that_is_none_is_refused():
    with pytest.raises(InputError, match="no LEI"):
        read(sample("gleif-level-1.csv").replace(b"FICT00SUPPLIERNORT01", b"FICT00SUPPLIERNORTXX"))


SOUTH = Supplier("supplier-south", "Supplier South Technologies GmbH", ("SST", "South Tech"))
NORTH = Supplier("supplier-north", "Supplier North AG", ())


@pytest.mark.parametrize(
    ("supplier", "grade", "score"),
    [
        (Supplier("s", "Supplier South Technologies"), "exact", 100),
        (Supplier("s", "SUPPLIER SOUTH TECHNOLOGIES (Ltd.)"), "normalised", 100),
        (Supplier("s", "Technologies Suplier South"), "near", 98),
        (Supplier("s", "Something else", ("SST",)), "exact", 100),
    ],
)
def test_a_match_carries_grade_and_score(supplier, grade, score):
    found = match(read(sample("eu-fsf.xml")), [supplier, NORTH])
    assert [(one.supplier, one.grade, one.score) for one in found] == [("s", grade, score)]


def test_a_match_becomes_a_fact_that_says_what_was_compared_and_nothing_more():
    library = load_library(frozenset({"GB"}))
    extract = read(sample("eu-fsf.xml"))
    (claim,) = match_claims(extract, [SOUTH, NORTH])
    assert (claim.attribute, claim.value) == ("supplier.list-match", "exact 100: SST")
    assert "eu-fsf:EU.9001.1" in claim.text
    receipt = Receipt("x", Source("list", "list", "", "none"), date(2026, 3, 1))
    facts, _ = facts_of(replace(extract, claims=(claim,)), receipt, library.facts.attributes)
    assert [(fact.supplier, fact.attribute) for fact in facts] == [("supplier-south", "supplier.list-match")]


def test_a_file_that_only_names_a_company_as_its_author_matches_nobody():
    found = read(sample("csaf.json"))
    assert "Supplier North" in {subject.name for subject in found.subjects}
    assert match(found, [Supplier("n", "Supplier North")]) == ()


def test_no_shipped_rule_reads_a_match():
    read_by_rules = {a.fact for pack in load_library().packs for rule in pack.rules for a in atoms(rule.when)}
    assert "supplier.list-match" not in read_by_rules


def test_short_names_match_only_when_they_are_the_same():
    assert match(read(sample("eu-fsf.xml")), [Supplier("s", "SSB")]) == ()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Supplier North AG", "supplier north"),
        ("SUPPLIER NORTH, A.G.", "supplier north"),
        ("Société Générale du Réseau S.à r.l.", "generale du reseau"),
        ("Łódź Sieci Sp. z o.o.", "lodz sieci"),
        ("Nord & Süd GmbH & Co. KG", "nord sud"),
        ("Ｓｕｐｐｌｉｅｒ", "supplier"),
        ("株式会社", "株式会社"),
        ("Co., Ltd.", "co ltd"),
        ("", ""),
    ],
)
def test_a_normal_form_drops_what_does_not_tell_names_apart(name, form):
    assert normal_form(name) == form


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=40))
def test_case_and_punctuation_around_a_name_do_not_change_its_normal_form(name):
    assert normal_form(name.upper()) == normal_form(name.lower()) == normal_form(f" ({name}), ")


@pytest.mark.parametrize("name", ["PERSON, Fictional", "Van Sa Co", "A. B. Se", "Anna Kk"])
def test_a_name_without_a_telling_word_is_not_taken_for_an_organisation(name):
    assert not names_an_organisation(name)


def test_legal_forms_are_written_as_they_are_compared():
    assert all(form == form.casefold() and "." not in form and " " not in form for form in FORMS)
