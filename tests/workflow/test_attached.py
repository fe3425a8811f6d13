"""A bundle of what a store lent: signed, logged, sealed, under a policy that can be pinned; and the same with less."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest
from tests.workflow.lent import ASK, CASE, CERTIFICATE, ESTATE, FACTS

from assay.canon import canonical, digest
from assay.cli.clock import moment
from assay.errors import AssayError
from assay.evidence.bundle import POLICY, SEAL, SEAL_PROOF, STORED, read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.envelope import IN_TOTO, format_envelope, sign_envelope
from assay.evidence.manifest import MANIFEST, format_manifest
from assay.evidence.record import law_pack_statement
from assay.evidence.signers import generate_key
from assay.evidence.statement import Subject, format_statement
from assay.workflow.bundles.verify import verify_bundle
from assay.workflow.ground import library
from assay.workflow.keeping import trust
from assay.workflow.keeping.approving import approve_packs
from assay.workflow.keeping.store import Keys, open_keys, open_store


def changed(path, change):
    """The bundle with other members, and a manifest and container that fit."""
    members = read_container(path.read_bytes())
    change(members)
    withheld = read_bundle(path.read_bytes()).withheld
    members[MANIFEST] = format_manifest(members, withheld)
    path.write_bytes(write_container(members))


def code_of(path, pin=""):
    try:
        return verify_bundle(path, date(2027, 1, 1), pin)["verdict"]
    except AssayError as error:
        return error.code


def names(path, begin):
    return sorted(name for name in read_container(path.read_bytes()) if name.startswith(begin))


def test_a_bundle_out_of_a_store_is_signed_logged_sealed_and_redone_by_both(ask, pin, second):
    path = ask()
    found = verify_bundle(path, date(2027, 1, 1), pin)
    assert (found["verdict"], found["trust_policy"]) == ("same", pin)
    told = {row["what"] for row in found["established"]}
    assert {"trust policy", "publisher", "logged", "statements", "facts of evidence", "decision"} <= told
    assert {"roots", "witnesses", "revocation", "law pack"} <= {row["what"] for row in found["not_established"]}
    code, lines = second.verify(path.read_bytes(), pin)
    assert code == 0, lines
    assert len(names(path, "statements/")) == 2 * 3  # the policy, the certificate, the answer
    assert names(path, "bodies/") == [f"bodies/{digest(CERTIFICATE.read_bytes())}"]


def test_another_pin_is_an_integrity_failure(run, ask, pin, second):
    path, wrong = ask(), "0" * 64
    code, _, err = run("verify", path, "--trust", wrong)
    assert (code, err[:5]) == (3, "E0387")
    assert second.verify(path.read_bytes(), wrong)[0] == 3
    assert run("verify", path, "--trust", read_bundle(path.read_bytes()).manifest)[0] == 0


@pytest.mark.parametrize("member", ["packs/de/rules.toml", "facts/attributes.toml", "trust/policy.json"])
def test_a_refitted_bundle_breaks_its_seal(ask, pin, second, member):
    path = ask()
    changed(path, lambda members: members.update({member: members[member] + b"\n"}))
    for given in (pin, ""):
        assert code_of(path, given) not in ("same", "cannot-be-established")
        assert second.verify(path.read_bytes(), given)[0] == 3


def test_a_bundle_without_its_seal_is_nobodys(ask, pin, second):
    path = ask()
    changed(path, lambda members: [members.pop(name) for name in (SEAL, SEAL_PROOF)])
    assert code_of(path, pin) == "E0383"
    assert second.verify(path.read_bytes(), pin)[0] == 3
    found = verify_bundle(path, date(2027, 1, 1))
    assert "no seal that the policy stands behind" in [row["detail"] for row in found["not_established"]]


def test_a_seal_by_a_key_that_the_policy_does_not_know_does_not_count(ask, pin, second, tmp_path, run):
    path, other = ask(), tmp_path / "other"
    run("init", other, "--no-passphrase")
    store = open_store(other)
    data = path.read_bytes()
    from assay.workflow.bundles.attach import seal

    path.write_bytes(seal(store, data, open_keys(store, None, None), "2027-01-01T00:00:00Z"))
    assert code_of(path, pin) not in ("same", "cannot-be-established")
    assert second.verify(path.read_bytes(), pin)[0] == 3


def test_facts_that_the_evidence_does_not_give_are_told(ask, second):
    path = ask()

    def change(members):
        stored = json.loads(members[STORED])
        stored["facts"] = [row for row in stored["facts"] if row["attribute"] != "de.component-certified"]
        members[STORED] = canonical(stored)
        del members[SEAL], members[SEAL_PROOF]

    changed(path, change)
    assert code_of(path) == "different"
    assert second.verify(path.read_bytes())[0] == 1


def test_a_withheld_body_leaves_a_commitment_and_its_facts_unproven(run, ask, tmp_path, pin, second):
    path = ask("--withhold", f"{digest(CERTIFICATE.read_bytes())[:8]}=a trade secret")
    data = path.read_bytes()
    assert b"Fictional Office" not in data
    found = verify_bundle(path, date(2027, 1, 1), pin)
    assert found["verdict"] == "same"
    assert ("decision", "facts of certificate.json: a trade secret") in [
        (row["what"], row["detail"]) for row in found["not_established"]
    ]
    assert second.verify(data, pin)[0] == 0
    assert json.loads((tmp_path / "b.zip.salts.json").read_bytes()).keys() == {names_of_body()}


def names_of_body():
    return f"bodies/{digest(CERTIFICATE.read_bytes())}"


def test_a_large_body_stays_at_home_unless_asked_for(ask, tmp_path, pin, monkeypatch):
    monkeypatch.setattr("assay.workflow.bundles.attach.LARGEST_BODY", 100)
    path = ask()
    assert [entry.reason for entry in read_bundle(path.read_bytes()).withheld] == [
        "over 1 MB: --with-evidence takes it along"
    ]
    assert verify_bundle(path, date(2027, 1, 1), pin)["verdict"] == "same"
    assert read_bundle(ask("--with-evidence").read_bytes()).withheld == ()


def test_erased_words_leave_a_signed_statement_of_who_and_why(run, ask, pin, tmp_path, second):
    first = ask()
    answer = json.loads(read_container(first.read_bytes())["decision.json"])
    about = next(row["fact"] for row in answer["evidence"] if row.get("fact", "").startswith("evidence."))
    text = tmp_path / "reply.txt"
    text.write_text("We see it otherwise, says a person by name.", encoding="utf-8")
    assert run("state", "--kind", "reply", "--about", about, "--text", text)[0] == 0
    assert run("evidence", "erase", digest(text.read_bytes())[:8], "--reason", "order of a court")[0] == 0
    path = ask(path=tmp_path / "c.zip")
    assert verify_bundle(first, date(2027, 1, 1), pin)["verdict"] == "same"
    found = verify_bundle(path, date(2027, 1, 1), pin)
    assert found["verdict"] == "same"
    (told,) = [row["detail"] for row in found["not_established"] if "erased on" in row["detail"]]
    assert told.startswith("text of reply.txt: erased on ")
    assert "by the store's holder, because: order of a court" in told
    assert f"bodies/{digest(text.read_bytes())}" not in names(path, "bodies/")
    code, lines = second.verify(path.read_bytes(), pin)
    assert code == 0
    assert any("erased by the store's holder, because: order of a court" in line for line in lines)


def test_bytes_that_are_simply_left_out_are_not_called_erased(ask):
    path = ask()
    body = names_of_body()
    changed(path, lambda members: [members.pop(name) for name in (body, SEAL, SEAL_PROOF)])
    found = verify_bundle(path, date(2027, 1, 1))
    told = [row["detail"] for row in found["not_established"]]
    assert "facts of certificate.json: its bytes are missing: neither withheld nor erased" in told


def test_a_reply_travels_with_the_answer_and_is_shown(run, ask, tmp_path):
    ask()
    answer = json.loads(read_container((tmp_path / "b.zip").read_bytes())["decision.json"])
    text = tmp_path / "reply.txt"
    text.write_text("We see it otherwise.", encoding="utf-8")
    about = next(row["fact"] for row in answer["evidence"] if row.get("fact", "").startswith("evidence."))
    assert run("state", "--kind", "reply", "--about", about, "--text", text)[0] == 0
    path = ask()
    code, out, _ = run("verify", path)
    assert code == 0
    assert "We see it otherwise." in out
    assert "reply by" in out


def test_dry_run_writes_nothing_and_names_what_is_made_on_writing(run, ask, tmp_path):
    size = len(list((tmp_path / "store" / "statements").rglob("*")))
    path = tmp_path / "none.zip"
    code, out, _ = run("ask", *ASK, "--facts", tmp_path / "facts.toml", "--bundle", path, "--dry-run")
    assert code == 0
    assert not path.exists()
    assert len(list((tmp_path / "store" / "statements").rglob("*"))) == size
    for name in ("trust/policy.json", "statements/", "bodies/", "seal.dsse.json"):
        assert name in out


def test_readers_of_law_are_enrolled_and_approve_one_by_one(run, ask, tmp_path, second):
    """As the commands do it: `verify` counts holders, and only of the pack as it is."""

    def told(path):
        found = verify_bundle(path, date(2027, 1, 1))
        return {
            row["detail"] for row in (*found["established"], *found["not_established"]) if row["what"] == "law pack"
        }

    def approve(number, *packs):
        return run("laws", "approve", *packs, "--key", tmp_path / f"reader{number}.pem")

    for number in (1, 2):
        key = tmp_path / f"reader{number}"
        assert run("trust", "new-key", key.with_suffix(".pem"), "--no-passphrase")[0] == 0
        enrol = ("trust", "enrol", key.with_suffix(".pub"), "--holder", f"Reader {number}", "--role", "law-pack")
        assert run(*enrol)[0] == 0
        code, out, _ = approve(number, "de", "eu")
        assert code == 0
        assert f"{number} of 2 reviewers" in out
        assert f"de: {number} of 2 reviewers" in told(ask())
    path = ask()
    assert {"de: 2 of 2 reviewers", "eu: 2 of 2 reviewers", "common: 0 of 2 reviewers"} <= told(path)
    code, lines = second.verify(path.read_bytes())
    assert code == 0
    assert sum("2 of 2 reviewers" in line for line in lines) == 2
    # Said again, it is the same; another key than a reader's approves nothing.
    assert "2 of 2" in approve(1, "de")[1]
    assert run("trust", "new-key", tmp_path / "reader3.pem", "--no-passphrase")[0] == 0
    assert approve(3, "de")[2].startswith("E0383")
    assert approve(1, "nowhere")[0] == 64


def test_an_approval_of_another_version_of_a_pack_does_not_count(run, ask, tmp_path):
    store = open_store(tmp_path / "store")
    keys, reader = open_keys(store, None, None), generate_key()
    policy = trust.enrol(trust.trust_of(store), reader.public_key, "Reader", ["law-pack"], 0)
    trust.put_policy(store, policy, keys.signers, keys.log, moment())
    older = law_pack_statement(Subject("de", store.blobs.put(b"an older version")), moment())
    record, _ = store.keep(older, [reader])
    store.complete(keys.log, [record.id])
    path = ask()
    assert f"statements/{record.id}.dsse.json" not in names(path, "statements/")
    rows = verify_bundle(path, date(2027, 1, 1))["not_established"]
    assert ("law pack", "de: 0 of 2 reviewers") in [(row["what"], row["detail"]) for row in rows]


def test_an_approval_that_a_pack_carries_counts_with_the_readers_statements(run, ask, tmp_path, monkeypatch, second):
    laws = tmp_path / "laws"
    shutil.copytree(library.LAWS, laws, ignore=shutil.ignore_patterns("cases.toml"))
    for module in ("ground.library", "bundles.established"):
        monkeypatch.setattr(f"assay.workflow.{module}.LAWS", laws)
    store, readers = open_store(tmp_path / "store"), [generate_key(), generate_key()]
    keys = open_keys(store, None, None)
    for number, key in enumerate(readers):
        policy = trust.enrol(trust.trust_of(store), key.public_key, f"Reader {number}", ["law-pack"], 0)
        trust.put_policy(store, policy, keys.signers, keys.log, moment())
    pack = next(p for p in json.loads(read_container(ask().read_bytes())["decision.json"])["packs"] if p["id"] == "de")
    said = format_statement(law_pack_statement(Subject("de", pack["digest"]), moment()))
    (laws / "de" / "approval.dsse.json").write_bytes(format_envelope(sign_envelope(IN_TOTO, said, readers[:1])))
    approve_packs(store, ["de"], Keys((readers[1],), keys.log), moment())
    path = ask()
    rows = verify_bundle(path, date(2027, 1, 1))["established"]
    assert ("law pack", "de: 2 of 2 reviewers") in [(row["what"], row["detail"]) for row in rows]
    assert second.verify(path.read_bytes())[0] == 0


def test_signed_members_without_a_policy_are_refused(ask, second):
    path = ask()
    changed(path, lambda members: members.pop(POLICY))
    assert code_of(path) == "E0388"
    assert second.verify(path.read_bytes())[0] == 3


def test_a_review_reads_the_stores_facts_and_leaves_sealed(run, tmp_path, pin, second):
    folder, path = tmp_path / "case", tmp_path / "r.zip"
    folder.mkdir()
    for name, text in (("case.toml", CASE), ("estate.csv", ESTATE), ("facts.toml", FACTS)):
        (folder / name).write_text(text, encoding="utf-8")
    code, out, err = run("review", folder, "--out", tmp_path / "out", "--bundle", path, "--include-private")
    assert code == 0, err
    assert "logged" in out
    found = verify_bundle(path, date(2027, 1, 1), pin)
    assert (found["verdict"], found["elements"]) == ("same", 2)
    assert {"trust policy", "publisher", "facts of evidence"} <= {row["what"] for row in found["established"]}
    assert second.verify(path.read_bytes(), pin)[0] == 0
    review = json.loads(read_container(path.read_bytes())["review.json"])
    assert len({json.dumps(row["purchase"]["course"]) for row in review["answers"].values()}) == 2


def test_replies_stand_beside_the_review_and_leave_in_its_bundle(run, tmp_path):
    folder, path, text = tmp_path / "case", tmp_path / "r.zip", tmp_path / "reply.txt"
    folder.mkdir()
    for name, data in (("case.toml", CASE), ("estate.csv", ESTATE), ("facts.toml", FACTS)):
        (folder / name).write_text(data, encoding="utf-8")
    assert run("review", folder, "--out", tmp_path / "before", "--no-log")[0] == 0
    assert "statements" not in json.loads((tmp_path / "before" / "review.json").read_text(encoding="utf-8"))
    text.write_text("The <b>certificate</b> covers another build.\n", encoding="utf-8")
    about = digest(CERTIFICATE.read_bytes())
    code, _, err = run("state", "--kind", "reply", "--about", about, "--text", text)
    assert code == 0, err
    code, out, err = run("review", folder, "--out", tmp_path / "out", "--bundle", path, "--include-private")
    assert code == 0, err
    assert "covers another build" in out
    stated = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))["statements"]
    assert [(row["kind"], row["text"]) for row in stated] == [("reply", text.read_text(encoding="utf-8"))]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "The &lt;b&gt;certificate&lt;/b&gt; covers another build." in page
    assert f"bodies/{digest(text.read_bytes())}" in names(path, "bodies/")
    assert verify_bundle(path, date(2027, 1, 1))["verdict"] == "same"


def test_a_policy_that_wants_a_witness_gets_one_on_the_way(run, tmp_path, second):
    folder, path = tmp_path / "witness", tmp_path / "b.zip"
    code, out, err = run("witness", "init", folder, "--name", "example.org/w", "--no-passphrase", "--format", "json")
    assert code == 0, err
    assert run("witness", "trust", folder, open_store(tmp_path / "store").log_key)[0] == 0
    code, _, err = run("trust", "witness", json.loads(out)["witness"], "--threshold", "1", "--holder", "Witness North")
    assert code == 0, err
    asked = ("ask", *ASK, "--facts", tmp_path / "facts.toml", "--bundle", path, "--include-private")
    code, _, err = run(*asked)
    assert (code, path.exists()) == (64, False)
    assert "--witness URL|DIR" in err
    code, _, err = run(*asked, "--witness", folder)
    assert code == 0, err
    assert verify_bundle(path, date(2027, 1, 1))["verdict"] == "same"
    assert second.verify(path.read_bytes())[0] == 0
