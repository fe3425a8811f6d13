"""A graded match of names is confirmed or taken away by a person's upheld statement, and by nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.errors import UsageError
from assay.evidence.record import Spoken
from assay.evidence.signers import generate_key
from assay.workflow.answers.state import Law, state
from assay.workflow.ground.library import load_library
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store
from assay.workflow.keeping.stored import facts_from_store

LIST = Path(__file__).parents[1] / "readers" / "samples" / "eu-fsf.xml"
RECEIVED, LATER = "2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"
JUDGE, REVIEWER = generate_key(), generate_key()
FACTS = """schema = "assay-case-facts/1"
synthetic = true
[[supplier]]
id = "supplier-south"
name = "Supplier South Technologies GmbH"
"""


@pytest.fixture
def law(tmp_path):
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    return Law((), tmp_path / "facts.toml")


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, RECEIVED)
    made = open_store(tmp_path / "store")
    keys = open_keys(made, None, None)
    for key, holder, role in ((JUDGE, "Authority North", "discretion"), (REVIEWER, "Reviewer North", "statement")):
        policy = trust.enrol(trust.trust_of(made), key.public_key, holder, [role], 0)
        trust.put_policy(made, policy, keys.signers, keys.log, RECEIVED)
    add_files(made, [LIST], Entry("sanctions-list", supplier="supplier-south", synthetic=True), keys, RECEIVED)
    return made


@pytest.fixture
def matches(store, law):
    def found(day=LATER):
        library = load_library(None, (), law.case_facts)
        told = facts_from_store(store, library, date.fromisoformat(day[:10]))
        return [fact for fact in told.facts if fact.attribute == "supplier.list-match"]

    return found


@pytest.fixture
def say(store, law, tmp_path):
    def said(about, key=JUDGE, text="The register shows the same number.", **more):
        path = tmp_path / "why.txt"
        path.write_text(text, encoding="utf-8")
        keys = Keys((key,), open_keys(store, None, None).log)
        return state(store, Spoken("correction", about, **more), path, keys, LATER, law)

    return said


def test_the_reader_grades_and_never_says_same(matches):
    (match,) = matches()
    assert match.value.startswith(("exact 100: ", "normalised 100: ", "near "))


def test_a_judges_confirmation_takes_the_place_of_the_grade_and_keeps_the_entry(matches, say):
    (match,) = matches()
    listed = match.value.partition(": ")[2]
    say(match.id, value=f"same: {listed}")
    (settled,) = matches()
    assert (settled.value, settled.supersedes, settled.supplier) == (f"same: {listed}", match.id, "supplier-south")
    assert settled.text == f"The register shows the same number. · {match.text}"
    assert "list-entry eu-fsf:" in settled.text
    assert settled.source.title == "correction stated by Authority North"
    assert matches(RECEIVED) == [match]


def test_a_rejection_takes_the_match_away(matches, say):
    (match,) = matches()
    say(match.id, text="Another firm of that name.")
    assert matches() == []


def test_a_reviewer_who_may_not_judge_waits_for_one_who_may(matches, say):
    (match,) = matches()
    filed = say(match.id, key=REVIEWER, value="same: " + match.value.partition(": ")[2])
    assert matches() == [match]
    say(filed["statement"][:12])
    assert [one.value for one in matches()] == ["same: " + match.value.partition(": ")[2]]


@pytest.mark.parametrize("value", ["same: Another Company", "exact 100: Another Company", "no"])
def test_a_match_is_not_reworded(matches, say, value):
    (match,) = matches()
    with pytest.raises(UsageError, match="confirmed or taken away"):
        say(match.id, value=value)
