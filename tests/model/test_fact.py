"""Names of companies: what tells two apart and what does not."""

from __future__ import annotations

import pytest

from assay.model.fact import Supplier, plain_name
from assay.workflow.ground.library import load_library


@pytest.mark.parametrize(
    "written",
    ["Supplier North", "SUPPLIER NORTH", "Supplier North Co., Ltd.", "supplier-north", "Supplier  North S.A."],
)
def test_case_punctuation_and_legal_form_tell_no_two_companies_apart(written: str) -> None:
    assert Supplier("supplier-north", "Supplier North Limited").goes_by(written)


@pytest.mark.parametrize("written", ["Supplier", "Supplier North West", "North", ""])
def test_other_words_do(written: str) -> None:
    assert not Supplier("supplier-north", "Supplier North Limited").goes_by(written)


def test_a_name_that_is_only_a_legal_form_stays_a_name() -> None:
    assert plain_name("AB") == "ab"


def test_no_two_shipped_suppliers_share_a_name() -> None:
    owners: dict[str, set[str]] = {}
    for supplier in load_library(frozenset()).facts.suppliers.values():
        for name in (supplier.id, supplier.name, *supplier.aliases):
            owners.setdefault(plain_name(name), set()).add(supplier.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}
