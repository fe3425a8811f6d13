"""From a certificate in the store to another answer: the whole way that evidence takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.cli.main import main
from assay.workflow.ground.library import load_library
from assay.workflow.keeping.store import open_store
from assay.workflow.keeping.stored import facts_from_store

SAMPLES = Path(__file__).parent.parent / "readers" / "samples"
FACTS = """
schema = "assay-case-facts/1"
synthetic = true
[[supplier]]
id = "supplier-north"
name = "Supplier North"
[[fact]]
supplier = "supplier-north"
attribute = "supplier.seat"
value = "XN"
valid = { from = 2020-01-01 }
"""


@pytest.fixture
def ask(tmp_path, capsys):
    (tmp_path / "facts.toml").write_text(FACTS)
    store = str(tmp_path / "store")
    assert main(["init", store, "--no-passphrase"]) == 0
    certificate = str(SAMPLES / "certificate.json")
    added = ["add", certificate, "--type", "certificate", "--supplier", "supplier-north", "--store", store]
    assert main(added) == 0

    def answer(*words: str, on: str = "2027-11-01") -> str:
        capsys.readouterr()
        question = [
            "ask",
            "--supplier",
            "supplier-north",
            "--part",
            "core",
            "--activity",
            "purchase",
            "--in",
            "DE",
            "--context",
            "function=AMF",
        ]
        facts = ["--facts", str(tmp_path / "facts.toml"), "--known-at", "2100-01-01", "--on", on]
        main([*question, *facts, *(["--store", store] if words else []), *words])
        return capsys.readouterr().out.split("   ")[0]

    return answer


def test_a_certificate_in_the_store_meets_the_duty_to_certify(ask):
    assert ask() == "AUTHORISATION REQUIRED"
    assert ask("--product", "Northern Core 7.2") == "NO RESTRICTION FOUND"


def test_it_says_nothing_of_another_product_or_of_a_day_after_its_last(ask):
    assert ask("--product", "Northern Core 7.3") == "AUTHORISATION REQUIRED"
    assert ask("--product", "Northern Core 7.2", on="2028-03-01") == "AUTHORISATION REQUIRED"


def test_a_list_in_the_store_makes_graded_matches_and_changes_no_answer(ask, tmp_path, capsys):
    store, facts = str(tmp_path / "store"), tmp_path / "facts.toml"
    facts.write_text(FACTS.replace("Supplier North", "Supplier South Technologies"))
    added = ["add", str(SAMPLES / "eu-fsf.xml"), "--type", "list", "--supplier", "supplier-north", "--store", store]
    assert main(added) == 0
    library = load_library(frozenset({"DE"}), (), facts, "supplier-north")
    stored = facts_from_store(open_store(Path(store)), library, date(2100, 1, 1))
    assert [(fact.supplier, fact.value) for fact in stored.facts if fact.attribute == "supplier.list-match"] == [
        ("supplier-north", "exact 100: Supplier South Technologies")
    ]
    assert "supplier.sanction" not in {fact.attribute for fact in stored.facts}
    assert ask("--product", "Northern Core 7.2") == "NO RESTRICTION FOUND"
