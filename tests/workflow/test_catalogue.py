"""Commands answer alike with an index, with one that lags behind and without; none hides what the log holds."""

from __future__ import annotations

import random
import shutil
from datetime import date

import pytest
import sqlalchemy as sa

from assay.errors import AssayError
from assay.evidence import catalogue
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import BlobError, LogError
from assay.evidence.index import RECORDS, connect
from assay.evidence.predicates import EVIDENCE
from assay.evidence.record import Spoken
from assay.evidence.signers import generate_key
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.answers.state import state
from assay.workflow.ground.library import load_library
from assay.workflow.keeping import trust
from assay.workflow.keeping.erasing import erase_bytes
from assay.workflow.keeping.evidence import Entry, add_files, check_store, list_evidence, show_evidence
from assay.workflow.keeping.logged import decided, evidence_why, log_decisions
from assay.workflow.keeping.shelf import Shelf
from assay.workflow.keeping.store import Keys, make_store, open_keys, open_store
from assay.workflow.keeping.stored import facts_from_store, words_from_store

BEGUN, NOW, DAY = "2026-11-20T00:00:00Z", "2026-11-22T12:00:00Z", date(2026, 11, 23)
SUPPLIER = generate_key()
CERTIFICATE = (
    '{{"schema":"assay-certificate/1","kind":"certificate","id":"N-{number}","scheme":"scheme-cc",'
    '"issuer":{{"name":"Scheme North"}},"holder":{{"name":"Supplier North"}},'
    '"product":{{"name":"Router North","version":"{number}"}},"issued":"2026-01-01",'
    '"status":{{"is":"in-force","since":"2026-02-01"}}}}'
)


@pytest.fixture(scope="module")
def library():
    return load_library(frozenset({"DE"}))


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN)
    return open_store(tmp_path / "store")


def fill(store, library, chance, tmp_path):
    """A store of some twenty-five statements of every type, in a random order."""
    keys, digests, decisions = open_keys(store, None, None), [], []
    policy = trust.enrol(trust.trust_of(store), SUPPLIER.public_key, "Supplier North", ["statement"], 0)
    trust.put_policy(store, policy, keys.signers, keys.log, BEGUN)

    def add(number):
        path = tmp_path / f"{number}.json"
        text = CERTIFICATE.format(number=number) if chance.random() < 0.6 else f"free text {number}"
        path.write_text(text, encoding="utf-8")
        earlier = (chance.choice(digests),) if digests and chance.random() < 0.3 else ()
        entry = Entry(
            "certificate", f"about {number % 3}", supersedes=earlier, supplier="adtran", product=f"R {number}"
        )
        digests.append(add_files(store, [path], entry, keys, NOW)[0]["sha256"])

    def answer(number):
        shelf = Shelf(store)
        laid = shelf.lay(library, DAY)
        question = question_of(laid, "adtran", "core", "purchase", "DE", date(2026, 1, 1 + number % 28), DAY, {})
        found = answer_question(laid, question).found
        decisions.extend(log_decisions(store, [found], shelf.records, keys, NOW))

    def say(number):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"we say {number}", encoding="utf-8")
        state(store, Spoken("reply", chance.choice(digests)), path, Keys((SUPPLIER,), keys.log), NOW)

    def erase(number):
        key = digests.pop(chance.randrange(len(digests)))
        erase_bytes(store, key, f"order {number}", keys, NOW)

    add(0)
    add(1)
    for number in range(2, 22):
        acts = [add, add, add, answer, say] + ([erase] if len(digests) > 3 else [])
        chance.choice(acts)(number)
    return digests, [record.digest for record in decisions]


def told(store, library, digests, decisions):
    """Everything that commands tell of a store."""
    stored = facts_from_store(store, library, DAY)
    return {
        "list": list_evidence(store), "narrow": list_evidence(store, "certificate", "about 1"),
        "show": [show_evidence(store, key[:9]) for key in digests],
        "why": [evidence_why(store, key[:9]) for key in (*digests, *decisions)],
        "decided": [decided(store, key[:9])[0].id for key in decisions],
        "trust": trust.trust_of(store).digest, "facts": stored, "words": words_from_store(store, DAY),
        "ids": [record.id for record in open_catalogue(store).records()], "fsck": check_store(store),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_commands_answer_alike_with_a_fresh_index_a_lagging_one_and_none(store, library, tmp_path, monkeypatch, seed):
    chance = random.Random(seed)
    digests, decisions = fill(store, library, chance, tmp_path)
    none = told(store, library, digests, decisions)
    assert not (store.folder / catalogue.INDEX).exists()
    size = catalogue.head_of(store).size
    monkeypatch.setattr(catalogue, "_WORTH", 1)
    monkeypatch.setattr(catalogue, "_AT_ONCE", chance.randrange(1, 9))
    assert catalogue.open_catalogue(store).covered == 0  # not many enough yet
    monkeypatch.setattr(catalogue, "_MANY", 1)
    assert catalogue.open_catalogue(store).covered == size
    assert told(store, library, digests, decisions) == none
    monkeypatch.setattr(catalogue, "_MANY", 10**6)
    (tmp_path / "later.txt").write_bytes(b"later")
    add_files(store, [tmp_path / "later.txt"], Entry("certificate"), open_keys(store, None, None), NOW)
    lagging = catalogue.open_catalogue(store)
    assert (lagging.covered, len(lagging.behind)) == (size, 1)
    lagged = told(store, library, digests, decisions)
    (store.folder / catalogue.INDEX).unlink()
    assert told(store, library, digests, decisions) == lagged != none


@pytest.fixture
def indexed(store, tmp_path, monkeypatch):
    """A store of six statements that its index covers."""
    paths = [tmp_path / f"{number}.txt" for number in range(5)]
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    add_files(store, paths, Entry(), open_keys(store, None, None), NOW)
    monkeypatch.setattr(catalogue, "_WORTH", 1)
    monkeypatch.setattr(catalogue, "_MANY", 1)
    assert catalogue.open_catalogue(store).covered == 6
    return store


def rows(store):
    return [row["name"] for row in list_evidence(store)["evidence"]]


def test_an_index_of_another_log_is_not_used_and_told(indexed, tmp_path):
    make_store(tmp_path / "other", None, BEGUN)
    shutil.copy(indexed.folder / catalogue.INDEX, tmp_path / "other" / catalogue.INDEX)
    other = open_store(tmp_path / "other")
    assert rows(other) == []
    assert catalogue.open_catalogue(other).covered == 0
    assert "not that of this log and version" in check_store(other)["problems"][0]


@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_broken_index_is_passed_over(indexed, data):
    before = rows(indexed)
    (indexed.folder / catalogue.INDEX).write_bytes(data)
    assert rows(indexed) == before


def test_an_index_that_cannot_be_written_is_passed_over(store, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_WORTH", 1)
    monkeypatch.setattr(catalogue, "_MANY", 1)

    def refuse(*_args):
        raise sa.exc.OperationalError("INSERT", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(catalogue, "extend_index", refuse)
    (tmp_path / "a.txt").write_bytes(b"a")
    add_files(store, [tmp_path / "a.txt"], Entry(), open_keys(store, None, None), NOW)
    assert rows(store) == ["a.txt"]
    assert list(store.folder.glob(".tmp-*")) == []


def test_a_row_that_says_otherwise_than_its_statement_is_found_by_the_check(indexed):
    with connect(indexed.folder / catalogue.INDEX) as connection:
        connection.exec_driver_sql("DROP TRIGGER record_no_update")
        connection.execute(sa.update(RECORDS).where(RECORDS.c.entry == 3).values(type="hidden"))
    assert check_store(indexed)["problems"] == ["index: entry 3 differs from its statement: assay index rebuild"]


def test_an_entry_changed_behind_or_before_the_index_is_noticed(indexed, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_MANY", 10**6)
    (tmp_path / "late.txt").write_bytes(b"late")
    add_files(indexed, [tmp_path / "late.txt"], Entry(), open_keys(indexed, None, None), NOW)
    (bundle,) = (indexed.log / "tile" / "entries").rglob("7")
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises((LogError, BlobError)):
        rows(indexed)
    bundle.write_bytes(whole)
    (tile,) = (indexed.log / "tile" / "0").rglob("7")
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    with pytest.raises(LogError, match="E0360"):
        rows(indexed)


def test_a_statement_that_was_taken_away_is_missed(store, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a")
    (row,) = add_files(store, [tmp_path / "a.txt"], Entry(), open_keys(store, None, None), NOW)
    for name in ("envelope", "receipt"):
        (store.folder / row[name]).unlink()
    with pytest.raises(AssayError, match="E0350"):
        list(open_catalogue(store).records((EVIDENCE,)))


def test_an_index_of_another_version_is_passed_over(indexed):
    before = rows(indexed)
    with connect(indexed.folder / catalogue.INDEX) as connection:
        connection.exec_driver_sql("ALTER TABLE record RENAME COLUMN supplier TO seller")
    assert rows(indexed) == before
    assert catalogue.open_catalogue(indexed).covered == 0


NAMES = ("supplier-north", "supplier-south", "supplier-west")
SUPPLIERS = 'schema = "assay-case-facts/1"\nsynthetic = true\noperators = []\n' + "".join(
    f'[[supplier]]\nid = "{name}"\nname = "{name.replace("-", " ").title()}"\n' for name in NAMES
)


@pytest.mark.parametrize("seed", range(2))
def test_evidence_that_names_another_supplier_changes_no_answer(store, tmp_path, seed):
    chance, keys, digests = random.Random(seed), open_keys(store, None, None), {}
    (tmp_path / "facts.toml").write_text(SUPPLIERS, encoding="utf-8")
    for number in range(24):
        name, path = chance.choice(NAMES), tmp_path / f"{number}.json"
        text = CERTIFICATE.format(number=number % 3).replace("scheme-cc", "scheme-nesas-ccs-gi")
        path.write_text(text.replace('"id"', '"meets":["de.component-certified"],"id"').replace("N-", f"N{number}-"))
        # One may supersede the evidence of another, and name its supplier by what the evidence is about.
        earlier = (chance.choice(list(digests.values())),) if digests and chance.random() < 0.3 else ()
        named = {"supplier": name} if chance.random() < 0.8 else {"about": name}
        entry = Entry("certificate", supersedes=earlier, product=f"Router North {number % 3}", synthetic=True, **named)
        digests[number] = add_files(store, [path], entry, keys, NOW)[0]["sha256"]
    library = load_library(frozenset({"DE"}), (), tmp_path / "facts.toml")
    read, cited = dict.fromkeys(("", *NAMES), 0), set()
    for name in NAMES:
        for product in range(3):
            answers = []
            for wanted in ("", name):
                shelf = Shelf(store)
                laid = shelf.lay(library, DAY, wanted)
                read[wanted] = len(shelf.records)
                asked = (name, "core", "purchase", "DE", DAY, DAY, {}, f"Router North {product}")
                found = answer_question(laid, question_of(laid, *asked)).found
                answers.append((found, {shelf.records.get(row.get("fact")) for row in found["evidence"]}))
            assert answers[0] == answers[1]
            cited |= answers[0][1] - {None}
    assert cited
    assert 0 < max(read[name] for name in NAMES) < read[""]
