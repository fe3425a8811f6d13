"""People's statements: who may judge, what a correction changes, what stands beside an answer."""

from __future__ import annotations

from datetime import date

import pytest

from assay.errors import InputError, PackError, UsageError
from assay.evidence.errors import PolicyError
from assay.evidence.record import Spoken
from assay.evidence.signers import generate_key
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.answers.state import Law, parse_value, state
from assay.workflow.ground.library import load_library
from assay.workflow.keeping import trust
from assay.workflow.keeping.evidence import Entry, add_files
from assay.workflow.keeping.logged import decided, evidence_why, log_decisions
from assay.workflow.keeping.shelf import Shelf
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store
from assay.workflow.keeping.stored import facts_from_store

BEGUN, FIRST, SECOND, THIRD = (f"2026-11-2{day}T12:00:00Z" for day in (1, 2, 3, 4))
DAYS = {text: date.fromisoformat(text[:10]) for text in (FIRST, SECOND, THIRD)}
JUDGE, SUPPLIER = generate_key(), generate_key()
LEFT_OPEN = "au.likely-extrajudicial-directions"
FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = []
[[supplier]]
id = "supplier-north"
name = "Supplier North"
[[fact]]
attribute = "supplier.seat"
value = "XX"
supplier = "supplier-north"
"""


@pytest.fixture
def law(tmp_path):
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    return Law((), tmp_path / "facts.toml")


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN)
    made = open_store(tmp_path / "store")
    keys = open_keys(made, None, None)
    for key, holder, role in ((JUDGE, "Authority North", "discretion"), (SUPPLIER, "Supplier North", "statement")):
        policy = trust.enrol(trust.trust_of(made), key.public_key, holder, [role], 0)
        trust.put_policy(made, policy, keys.signers, keys.log, BEGUN)
    return made


@pytest.fixture
def say(store, law, tmp_path):
    def said(kind, about, at=FIRST, key=JUDGE, text="Said.", **more):
        path = tmp_path / "text.txt"
        path.write_text(text, encoding="utf-8")
        keys = Keys((key,), open_keys(store, None, None).log)
        return state(store, Spoken(kind, about, **more), path, keys, at, law)

    return said


@pytest.fixture
def ask(store, law):
    def asked(at, log=False, code="AU"):
        library = load_library(frozenset({code}), (), law.case_facts)
        shelf = Shelf(store)
        library = shelf.lay(library, DAYS[at])
        question = question_of(library, "supplier-north", "core", "purchase", code, DAYS[at], DAYS[at], {})
        found = answer_question(library, question).found
        if log:
            log_decisions(store, [found], shelf.records, open_keys(store, None, None), at)
        return found, shelf

    return asked


def judged(found):
    return [row["value"] for row in found["evidence"] if row.get("attribute") == LEFT_OPEN]


def test_discretion_is_set_by_a_statement_in_the_role_and_by_nothing_else(store, say, ask, law):
    found, _ = ask(FIRST)
    assert judged(found) == []
    assert LEFT_OPEN in [p["key"] for p in found["answer"]["presumed"]]
    for key in (SUPPLIER, open_keys(store, None, None).signers[0]):
        with pytest.raises(PolicyError, match="E0383"):
            say("discretion", LEFT_OPEN, key=key, supplier="supplier-north", value=True)
    say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, _ = ask(FIRST)
    assert judged(found) == [True]
    assert found["answer"]["outcome"] == "prohibited"
    law.case_facts.write_text(
        FACTS + f'[[fact]]\nattribute = "{LEFT_OPEN}"\nvalue = false\nsupplier = "supplier-north"\n', encoding="utf-8"
    )
    with pytest.raises(PackError, match="E0215"):
        load_library(frozenset({"AU"}), (), law.case_facts)


def test_a_judgement_is_known_from_its_receipt_and_holds_from_its_effective_day(say, ask):
    say("discretion", LEFT_OPEN, at=SECOND, supplier="supplier-north", value=True, effective=THIRD[:10])
    assert [judged(ask(at)[0]) for at in (FIRST, SECOND, THIRD)] == [[], [], [True]]


def test_a_judgement_of_a_key_revoked_for_compromise_counts_no_more(store, say, ask):
    say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    keys = open_keys(store, None, None)
    gone = trust.revoke(trust.trust_of(store), JUDGE.public_key.key_id, "compromise", trust.decode_time(THIRD))
    trust.put_policy(store, gone, keys.signers, keys.log, SECOND)
    found, shelf = ask(SECOND)
    assert judged(found) == []
    assert "compromised later" in " ".join(one.why for one in shelf.refused)


def test_a_withdrawal_takes_back_ones_own_statement_and_no_others(say, ask):
    row = say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    say("withdrawal", row["statement"][:8], at=SECOND, key=SUPPLIER)
    assert judged(ask(SECOND)[0]) == [True]
    say("withdrawal", row["statement"][:8], at=THIRD)
    assert [judged(ask(at)[0]) for at in (SECOND, THIRD)] == [[True], []]


def test_a_correction_waits_until_a_judge_upholds_it_and_names_what_it_changed(say, ask):
    judged_row = say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, _ = ask(FIRST, log=True)
    fact = next(row["fact"] for row in found["evidence"] if row.get("attribute") == LEFT_OPEN)
    assert judged_row["statement"].startswith(fact.split(".")[1])
    filed = say("correction", fact, at=SECOND, key=SUPPLIER, text="The finding names another firm.")
    assert (filed["changed"], judged(ask(SECOND)[0])) == ([], [True])
    upheld = say("correction", filed["statement"][:10], at=THIRD)
    (changed,) = upheld["changed"]
    assert (changed["before"]["outcome"], changed["question"]["jurisdiction"]) == ("prohibited", "AU")
    assert changed["after"]["outcome"] != "prohibited"
    assert [judged(ask(at)[0]) for at in (SECOND, THIRD)] == [[True], []]


def test_an_upheld_correction_of_a_fact_supersedes_it_from_then_on(store, say, law):
    say("correction", "case.01", at=SECOND, value="YY", text="The seat moved.")
    for at, seats in ((FIRST, ["XX"]), (SECOND, ["YY"])):
        library = Shelf(store).lay(load_library(frozenset({"AU"}), (), law.case_facts), DAYS[at])
        found = [f for f in library.facts.facts if f.attribute == "supplier.seat" and f.supplier == "supplier-north"]
        assert [f.value for f in found] == seats
    assert (found[0].supersedes, found[0].known.start, found[0].synthetic) == ("case.01", DAYS[SECOND], True)


def test_replies_and_disputes_stand_beside_the_answer_and_the_fact(say, ask):
    say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, shelf = ask(FIRST, log=True)
    fact = next(row["fact"] for row in found["evidence"] if row.get("attribute") == LEFT_OPEN)
    answer_id = decided(shelf.store, "")[0].digest
    say("reply", answer_id[:12], at=SECOND, key=SUPPLIER, text="We disagree.")
    say("dispute", fact, at=SECOND, key=SUPPLIER, text="It is another firm.")
    assert ask(FIRST)[1].beside(found, DAYS[FIRST]) == []
    rows = Shelf(shelf.store).beside(found, DAYS[SECOND])
    assert sorted((row["kind"], row["by"], row["text"]) for row in rows) == [
        ("dispute", ["Supplier North"], "It is another firm."),
        ("reply", ["Supplier North"], "We disagree."),
    ]


def test_words_about_a_rule_or_its_instrument_stand_beside_every_answer_that_names_it(say, ask):
    found, _ = ask(FIRST)
    key = next(key for key in ("rules", "duties", "powers") if found[key])
    rule = found[key][0]
    named = {one.title: key for pack in load_library(None).packs for key, one in pack.instruments.items()}
    instrument = f"{rule['pack']}/{named[rule['instrument']['title']]}"
    say("dispute", rule["id"], key=SUPPLIER, text="The law does not say so.")
    say("reply", instrument, key=SUPPLIER, text="It binds others.")
    again, shelf = ask(FIRST)
    assert again == found
    rows = {row["text"]: row for row in shelf.beside(found, DAYS[FIRST])}
    assert rows["The law does not say so."]["beside"] == [f"/{key}/0"]
    assert f"/{key}/0" in rows["It binds others."]["beside"]
    other, shelf = ask(FIRST, code="FR")
    assert shelf.beside(other, DAYS[FIRST]) == []
    with pytest.raises(UsageError, match="changes no law"):
        say("correction", rule["id"], value=True)
    with pytest.raises(UsageError, match=f"did you mean {rule['id']}"):
        say("dispute", rule["id"] + "s")


def test_what_was_withdrawn_is_shown_as_withdrawn_with_day_and_by_whom(say, ask):
    say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, shelf = ask(FIRST, log=True)
    reply = say("reply", decided(shelf.store, "")[0].digest, key=SUPPLIER, text="We disagree.")
    say("withdrawal", reply["statement"], at=SECOND, key=SUPPLIER, text="We agree now.")
    (before,), (after,) = (Shelf(shelf.store).beside(found, DAYS[at]) for at in (FIRST, SECOND))
    assert (before["withdrawn"], before["withdrawn_by"]) == ("", [])
    assert (after["withdrawn"], after["withdrawn_by"]) == (SECOND[:10], ["Supplier North"])
    assert (after["text"], after["beside"]) == ("We disagree.", [""])


def test_a_withdrawn_correction_gives_the_fact_back_and_names_the_answers_that_turn(say, ask):
    say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, _ = ask(FIRST, log=True)
    fact = next(row["fact"] for row in found["evidence"] if row.get("attribute") == LEFT_OPEN)
    upheld = say("correction", fact, at=SECOND, text="It named another firm.")
    assert [row["before"]["outcome"] for row in upheld["changed"]] == ["prohibited"]
    back = say("withdrawal", upheld["statement"], at=THIRD, text="It did not.")
    assert [row["after"]["outcome"] for row in back["changed"]] == ["prohibited"]
    found, shelf = ask(THIRD)
    assert judged(found) == [True]
    (row,) = shelf.beside(found, DAYS[THIRD])
    assert (row["upheld"], row["withdrawn"]) == ("", THIRD[:10])


def test_a_logged_answer_names_what_it_cites_and_back(store, say, ask, tmp_path):
    stated = say("discretion", LEFT_OPEN, supplier="supplier-north", value=True)
    found, _ = ask(FIRST, log=True)
    unrelated = tmp_path / "other.txt"
    unrelated.write_bytes(b"other")
    add_files(store, [unrelated], Entry(), open_keys(store, None, None), FIRST)
    (row,) = evidence_why(store, stated["statement"][:8])["answers"]
    back = evidence_why(store, row["decision"][:8])
    assert [one["statement"] for one in back["cites"]] == [stated["statement"]]
    assert row["outcome"] == found["answer"]["outcome"]
    assert back["cites"][0]["facts"] == row["facts"] != []
    assert evidence_why(store, trust.digest(b"other")[:8])["answers"] == []
    with pytest.raises(UsageError, match="E0514"):
        evidence_why(store, "0" * 64)


def test_the_same_answer_again_is_one_entry_and_its_proof_holds(store, ask):
    ask(FIRST, log=True)
    ask(FIRST, log=True)
    ((record, _),) = [decided(store, "")]
    assert store.check_receipt(record.id).head.checkpoint.size == 4
    assert store.check().problems == ()


@pytest.mark.parametrize(
    ("kind", "about", "more", "code"),
    [
        ("discretion", "supplier.seat", {"value": True, "supplier": "supplier-north"}, "E0524"),
        ("discretion", LEFT_OPEN, {"value": True}, "E0523"),
        ("discretion", LEFT_OPEN, {"value": "yes", "supplier": "supplier-north"}, "E0523"),
        ("discretion", LEFT_OPEN, {"value": True, "supplier": "supplier-nrth"}, "E0102"),
        ("reply", "case.01", {"value": True}, "E0523"),
        ("reply", "nothing", {}, "E0524"),
        ("reply", "abcdef", {}, "E0524"),
        ("withdrawal", "case.01", {}, "E0524"),
        ("correction", "case.01", {"value": True}, "E0523"),
        ("praise", "case.01", {}, "E0523"),
        ("reply", "case.01\n", {}, "E0516"),
    ],
)
def test_a_statement_about_nothing_or_of_no_sense_is_refused(store, say, kind, about, more, code):
    size = len(list(store.ids()))
    with pytest.raises(UsageError) as caught:
        say(kind, about, **more)
    assert (caught.value.code, len(list(store.ids()))) == (code, size)


@pytest.mark.parametrize("data", [b"", b" \n", b"\xff", b"x" * (2**20 + 1)])
def test_a_text_that_nobody_can_read_is_refused(store, law, tmp_path, data):
    path = tmp_path / "text"
    path.write_bytes(data)
    with pytest.raises(InputError, match="E0400"):
        state(store, Spoken("reply", "case.01"), path, open_keys(store, None, None), FIRST, law)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("false", False), ("7", 7), ("-1", -1), ("07", "07"), ("", None), ("x", "x")]
)
def test_values_are_written_as_people_write_them(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def test_evidence_makes_facts_from_its_receipt_on_and_a_revision_takes_their_place(store, tmp_path):
    def certificate(state):
        path = tmp_path / f"{state}.json"
        text = (
            '{"schema":"assay-certificate/1","kind":"certificate","id":"N-1","scheme":"scheme-cc",'
            '"issuer":{"name":"Scheme North"},"holder":{"name":"Supplier North"},'
            '"product":{"name":"Router North","version":"7.2"},"issued":"2026-01-01",'
            f'"status":{{"is":"{state}","since":"2026-02-01"}}}}'
        )
        path.write_text(text, encoding="utf-8")
        return path

    keys, library = open_keys(store, None, None), load_library(None)
    subjects = {"supplier": "supplier-north", "product": "Router North 7.2", "synthetic": True}
    (first,) = add_files(store, [certificate("in-force")], Entry("certificate", **subjects), keys, FIRST)
    entry = Entry("certificate", supersedes=(first["sha256"],), **subjects)
    add_files(store, [certificate("withdrawn")], entry, keys, THIRD)

    def facts(at):
        found = facts_from_store(store, library, at)
        return {(f.attribute, f.value): f for f in found.facts if f.attribute == "scheme-cc.certificate"}, found

    (before, _), (early, found), (late, _) = (facts(day) for day in (date(2026, 11, 21), DAYS[FIRST], DAYS[THIRD]))
    assert before == {}
    fact = early["scheme-cc.certificate", True]
    assert (fact.known.start, fact.valid.start, fact.synthetic) == (DAYS[FIRST], date(2026, 1, 1), True)
    assert (fact.supplier, fact.product) == ("supplier-north", "Router North 7.2")
    assert found.records[fact.id] == first["statement"]
    assert ("scheme-cc.certificate", False) in late
    assert all(not f.id.startswith(f"evidence.{first['statement'][:16]}") for f in late.values())


def test_bytes_that_nobody_reads_make_no_fact_and_are_named(store, tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.7 nothing to read")
    (row,) = add_files(store, [path], Entry(), open_keys(store, None, None), FIRST)
    found = facts_from_store(store, load_library(frozenset({"AU"})), DAYS[FIRST])
    assert found.facts == ()
    (one,) = found.refused
    name, why = one.record, one.why
    assert (name, why[:5]) == (row["statement"], "E0800")
