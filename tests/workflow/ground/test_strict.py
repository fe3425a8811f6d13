"""What shipped packs must keep beyond the format, each fault made once on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.errors import InputError
from assay.workflow.ground import strict
from worlds import LISTED, library, rule

EVENT = 'events = ["XX-01"]'
LAW = rule("ban", "prohibit", LISTED + "\n" + EVENT)
CASE = """
[[case]]
name = "a listed supplier"
from = "act"
ask = { supplier = "north", part = "core", activity = "purchase", on = 2021-01-01 }
expect = { outcome = "prohibited", force = "binding" }
"""
NOT_LISTED = CASE.replace('"north"', '"west"').replace('"prohibited", force = "binding"', '"permitted"')
DEFINED = """
[[attribute]]
id = "xx.critical"
type = "bool"
facet = "derived"
title = "critical"
"""


@pytest.fixture
def faults(tmp_path, monkeypatch):
    """Faults of the pack XX with some law and cases, under a table of hosts and events of its own."""
    monkeypatch.setattr(strict, "best_grades", lambda: {"law.example": "official-text"})
    monkeypatch.setattr(strict, "events", lambda: {"XX-01": {"jurisdiction": "XX"}})

    def run(law=LAW, cases=CASE, head="", **changed):
        folder = tmp_path / "xx"
        folder.mkdir(exist_ok=True)
        (folder / "cases.toml").write_text(cases, encoding="utf-8")
        found = library(law, head)
        found = replace(found, packs=(replace(found.packs[0], **changed),))
        return list(strict.strict_faults(found, {"xx": folder}))

    return run


def test_a_pack_that_keeps_everything_has_no_fault(faults):
    assert faults() == []


def test_a_rule_that_no_case_exercises_is_a_fault_with_its_line(faults):
    (fault,) = faults(cases=NOT_LISTED)
    assert fault.startswith("xx/rules.toml, line ")
    assert fault.endswith("xx.ban")


def test_a_power_that_a_case_names_as_ruled_out_counts(faults):
    other = 'when = { not = { fact = "supplier", op = "in-class", value = "xx:listed" } }'
    power = rule("power", "permit", other).replace("[[rule]]", "[[power]]").replace('effect = "permit"\n', "")
    assert faults(LAW + power, CASE.replace('"binding"', '"binding", not-powers = ["xx.power"]')) == []
    assert len(faults(LAW + power)) == 1


def test_a_rule_of_a_bill_needs_no_case(faults):
    assert faults(LAW + rule("bill", "prohibit", instrument="bill")) == []


def test_a_definition_is_exercised_by_the_rule_that_reads_it(faults):
    define = rule("critical", "define", 'define = "xx.critical"\n' + LISTED)
    reader = rule("ban", "prohibit", 'when = { fact = "xx.critical", op = "eq", value = true }\n' + EVENT)
    assert faults(define + reader, CASE, DEFINED) == []
    assert len(faults(define + reader, NOT_LISTED, DEFINED)) == 2


def test_an_event_that_nothing_accounts_for_is_a_fault(faults):
    (fault,) = faults(rule("ban", "prohibit", LISTED))
    assert "XX-01" in fault


def test_an_event_left_out_with_a_reason_is_accounted_for(faults):
    left = '[[not-encoded]]\nevent = "XX-01"\nreason = "a bill"\n'
    assert faults(rule("ban", "prohibit", LISTED), head=left) == []


def test_an_event_that_is_not_in_the_table_is_a_fault(faults):
    assert any("XX-77" in fault for fault in faults(rule("ban", "prohibit", LISTED + '\nevents = ["XX-01", "XX-77"]')))


def test_a_grade_better_than_the_host_allows_is_a_fault(faults, monkeypatch):
    monkeypatch.setattr(strict, "best_grades", lambda: {"law.example": "press"})
    (fault,) = faults()
    assert "allows press at best" in fault


def test_a_host_that_nobody_graded_is_a_fault(faults, monkeypatch):
    monkeypatch.setattr(strict, "best_grades", lambda: {"other.example": "press"})
    (fault,) = faults()
    assert "'law.example' is not in hosts.csv" in fault


def test_a_jurisdiction_that_is_not_the_folders_is_a_fault(faults):
    assert any("jurisdiction YY, expected XX" in fault for fault in faults(jurisdiction="YY"))


def test_shared_packs_need_no_cases(tmp_path, monkeypatch):
    monkeypatch.setattr(strict, "best_grades", lambda: {"law.example": "official-text"})
    monkeypatch.setattr(strict, "events", dict)
    found = library(rule("ban", "prohibit"))
    pack = replace(found.packs[0], id="scheme-xx", jurisdiction="*")
    assert list(strict.strict_faults(replace(found, packs=(pack,)), {"scheme-xx": tmp_path / "scheme-xx"})) == []


def test_a_private_pack_is_held_to_its_cases_alone(faults, monkeypatch):
    monkeypatch.setattr(strict, "best_grades", dict)
    assert faults(rule("ban", "prohibit", LISTED), private=True) == []
    assert len(faults(rule("ban", "prohibit", LISTED), NOT_LISTED, private=True)) == 1


def test_a_rule_that_names_no_place_in_its_sources_is_a_fault_with_its_line(faults):
    (fault,) = faults(law=LAW.replace(', at = "section 1"', ""))
    assert fault.startswith("xx/rules.toml, line ")
    assert fault.endswith("xx.ban names no place (`at`) in any of its sources")


def test_a_host_with_a_grade_that_is_none_is_named_with_its_line(tmp_path):
    (tmp_path / "hosts.csv").write_text(
        "host,kind,best\na.example,official,official-text\nb.example,press,trade press\n"
    )
    with pytest.raises(InputError, match="E0221") as caught:
        strict.read_hosts(tmp_path / "hosts.csv")
    assert caught.value.where == "hosts.csv, line 3"
