"""The store's commands as a person meets them: init, add, evidence, log."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from assay.cli.main import main

SAMPLES = Path(__file__).parents[1] / "readers" / "samples"
FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = []
[[supplier]]
id = "supplier-north"
name = "Supplier North"
"""


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_PASSPHRASE", "correct horse")
    monkeypatch.delenv("ASSAY_STORE", raising=False)
    path = tmp_path / "report.bin"
    path.write_bytes(bytes(range(256)))
    return path


@pytest.fixture
def store(tmp_path, report, monkeypatch):
    folder = tmp_path / "store"
    assert main(["init", str(folder), "--no-passphrase"]) == 0
    monkeypatch.setenv("ASSAY_STORE", str(folder))
    return folder


def asked(capsys, *argv):
    capsys.readouterr()
    code = main([*argv, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_init_add_list_show_and_fsck_with_encrypted_keys(report, tmp_path, capsys, monkeypatch):
    folder = str(tmp_path / "store")
    code, made = asked(capsys, "init", folder)
    assert (code, made["encrypted"]) == (0, True)
    argv = ["add", str(report), "--type", "lab-report", "--subject", "router 7.2", "--effective", "2026-03-01"]
    code, added = asked(capsys, *argv, "--store", folder)
    assert (code, added["evidence"][0]["added"]) == (0, True)
    monkeypatch.delenv("ASSAY_PASSPHRASE")  # reading needs no key
    code, listed = asked(capsys, "evidence", "list", "--store", folder)
    (row,) = listed["evidence"]
    assert (row["type"], row["subject"], row["effective"]) == ("lab-report", "router 7.2", "2026-03-01")
    code, shown = asked(capsys, "evidence", "show", row["sha256"][:8], "--store", folder)
    assert (code, shown["sha256"]) == (0, hashlib.sha256(bytes(range(256))).hexdigest())
    code, log = asked(capsys, "log", "show", "--store", folder)
    assert (code, log["size"], log["key"]) == (0, 2, made["log"])
    code, found = asked(capsys, "log", "fsck", "--store", folder)
    assert (code, found["problems"], found["leftovers"]) == (0, [], [])


def test_keys_in_the_clear_are_warned_about(report, tmp_path, capsys):
    assert main(["init", str(tmp_path / "store"), "--no-passphrase"]) == 0
    assert "in the clear" in capsys.readouterr().err


def test_show_raw_writes_the_same_bytes_and_nothing_else(store, report, capfdbinary):
    main(["add", str(report)])
    capfdbinary.readouterr()
    assert main(["evidence", "show", hashlib.sha256(report.read_bytes()).hexdigest(), "--raw"]) == 0
    assert capfdbinary.readouterr().out == report.read_bytes()


def test_a_flipped_stored_byte_is_reported_by_fsck_with_exit_3(store, report, capsys):
    main(["add", str(report)])
    digest = hashlib.sha256(report.read_bytes()).hexdigest()
    path = store / "blobs" / "sha256" / digest[:2] / digest[2:]
    path.chmod(0o644)
    path.write_bytes(b"\x01" + report.read_bytes()[1:])
    capsys.readouterr()
    assert main(["log", "fsck"]) == 3
    assert f"problem   bytes {digest}: E0351" in capsys.readouterr().out
    assert main(["evidence", "show", digest]) == 3
    assert capsys.readouterr().err.startswith("E0351")


def test_people_see_digest_receipt_and_what_superseded_what(store, report, tmp_path, capsys):
    capsys.readouterr()
    assert main(["add", str(report)]) == 0
    first = hashlib.sha256(report.read_bytes()).hexdigest()
    out = capsys.readouterr().out
    assert first in out
    assert ".tlog-proof" in out
    second = tmp_path / "second.bin"
    second.write_bytes(b"second")
    assert main(["add", str(second), "--supersedes", first]) == 0
    capsys.readouterr()
    assert main(["evidence", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"superseded by {hashlib.sha256(b'second').hexdigest()[:12]}" in lines[0]
    assert lines[-1] == "2 pieces of evidence"
    assert main(["log", "show"]) == 0
    assert "entries    3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["evidence", "show", "0" * 64], "E0514"),
        (["evidence", "show", "xyz"], "E0514"),
        (["evidence", "list", "--store", "absent"], "E0511"),
        (["add", "absent.bin"], "E0401"),
        (["add", "absent.bin", "--effective", "2026-02-30"], "E0103"),
        (["add", "absent.bin", "--type", "Lab Report"], "E0516"),
        (["add", "absent.bin", "--key", "absent.pem"], "E0401"),
    ],
)
def test_a_slip_says_what_and_what_to_do(store, capsys, argv, code):
    assert main(argv) == 64
    assert capsys.readouterr().err.startswith(code)


def test_a_command_without_a_store_says_how_to_name_one(report, capsys):
    assert main(["evidence", "list"]) == 64
    err = capsys.readouterr().err
    assert err.startswith("E0510")
    assert "ASSAY_STORE" in err


def test_nobody_to_ask_for_a_passphrase_makes_nothing(report, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("ASSAY_PASSPHRASE")
    assert main(["init", str(tmp_path / "store")]) == 64
    assert capsys.readouterr().err.startswith("E0513")
    assert not (tmp_path / "store").exists()


def test_two_different_passphrases_make_nothing(report, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("ASSAY_PASSPHRASE")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = iter(["one", "two"])
    monkeypatch.setattr("assay.cli.passphrase.getpass", lambda _: next(typed))
    assert main(["init", str(tmp_path / "store")]) == 64
    assert "differ" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


FACTS = """schema = "assay-case-facts/1"
synthetic = true
operators = []
[[supplier]]
id = "supplier-north"
name = "Supplier North"
"""


def test_from_enrolment_to_a_judged_and_disputed_answer(store, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ASSAY_STATE", str(tmp_path / "state"))
    facts, text, key = (str(tmp_path / name) for name in ("facts.toml", "text.txt", "judge.pem"))
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "text.txt").write_text("Satisfied that no such directions are likely.", encoding="utf-8")
    _, made = asked(capsys, "trust", "new-key", key)
    argv = ["trust", "enrol", made["public"], "--holder", "Authority North", "--role", "discretion"]
    code, shown = asked(capsys, *argv)
    assert (code, shown["version"]) == (0, 2)
    question = ["ask", "--supplier", "supplier-north", "--in", "AU", "--part", "core", "--facts", facts]
    _, before = asked(capsys, *question)
    argv = ["state", "--kind", "discretion", "--about", "au.likely-extrajudicial-directions", "--value", "true"]
    _, stated = asked(
        capsys, *argv, "--supplier", "supplier-north", "--text", text, "--key", key, "--facts", facts
    )  # fmt: skip
    _, after = asked(capsys, *question)
    assert (before["answer"]["outcome"], after["answer"]["outcome"]) != ("prohibited", "prohibited")
    assert after["answer"]["outcome"] == "prohibited"
    assert (before["logged"]["entry"], stated["entry"], after["logged"]["entry"]) == (2, 3, 4)
    assert main(["state", "--kind", "reply", "--about", after["id"][:10], "--text", text]) == 0
    capsys.readouterr()
    assert main(["why", after["id"][:10]]) == 0
    out = capsys.readouterr().out
    assert "reply" in out
    assert "Satisfied that no such directions are likely." in out
    assert main(question) == 0
    assert "Satisfied" in capsys.readouterr().out
    code, why = asked(capsys, "evidence", "why", stated["statement"][:12])
    assert [row["decision"] for row in why["answers"]] == [after["id"]]
    assert main([*question, "--no-log"]) == 0
    assert asked(capsys, "log", "show")[1]["size"] == 6
    assert main(["log", "fsck"]) == 0


@pytest.mark.parametrize("origin", ["https://log.example", "a b", "+x", "LOG.example", "x/"])
def test_an_origin_that_others_could_not_know_the_log_by_is_refused(tmp_path, capsys, origin):
    assert main(["init", str(tmp_path / "s"), "--no-passphrase", "--origin", origin]) == 64
    assert capsys.readouterr().err.startswith("E0530")


def test_the_log_is_known_by_the_origin_that_its_holder_chose(tmp_path, capsys):
    origin = "log.authority.example/assay"
    assert main(["init", str(tmp_path / "s"), "--no-passphrase", "--origin", origin]) == 0
    assert f"{origin}+" in capsys.readouterr().out
    assert main(["init", str(tmp_path / "t"), "--no-passphrase"]) == 0
    assert "name is made up" in capsys.readouterr().out


def test_made_up_evidence_is_never_about_a_real_supplier(store, report, capsys):
    assert main(["add", str(report), "--supplier", "adtran", "--synthetic", "--store", str(store)]) == 64
    assert capsys.readouterr().err.startswith("E0531")
    assert main(["add", str(report), "--supplier", "supplier-north", "--synthetic", "--store", str(store)]) == 0


def test_what_makes_no_fact_is_told_with_the_reason(store, tmp_path, capsys):
    path = tmp_path / "certificate.json"
    path.write_bytes((SAMPLES / "certificate.json").read_bytes())
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    options = ["--type", "certificate", "--supplier", "supplier-north", "--synthetic", "--store", str(store)]
    assert main(["add", str(path), *options, "--product", "Another 1"]) == 0
    capsys.readouterr()
    ask = ["ask", "--supplier", "supplier-north", "--product", "Northern Core 7.2", "--part", "core", "--in", "DE"]
    main([*ask, "--facts", str(tmp_path / "facts.toml"), "--store", str(store)])
    told = capsys.readouterr().err
    assert "certificate.json makes no fact here" in told
    assert "the file speaks of Northern Core 7.2, its statement of Another 1" in told
    assert main(["add", str(path), *options, "--product", "Northern Core 7.2"]) == 0
    capsys.readouterr()
    key = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    assert main(["evidence", "show", key, "--facts", "--store", str(store)]) == 0
    shown = capsys.readouterr().out
    assert "supplier-north Northern Core 7.2: de.component-certified = True" in shown
    assert "no fact /meets/0: the file speaks of Northern Core 7.2" in shown


def test_an_erasure_is_told_wherever_the_piece_is(store, report, tmp_path, capsys):
    other = tmp_path / "other.txt"
    other.write_bytes(b"other")
    folder = str(store)
    assert main(["add", str(report), str(other), "--store", folder]) == 0
    key = hashlib.sha256(report.read_bytes()).hexdigest()
    assert main(["evidence", "erase", key[:8], "--reason", "order 7 of a court", "--store", folder]) == 0
    assert "by the store's holder, because: order 7 of a court" in capsys.readouterr().out
    assert main(["evidence", "list", "--store", folder]) == 0
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first.endswith(" by the store's holder")
    assert "erased" not in second
    assert main(["log", "fsck", "--store", folder]) == 0
    assert "1 erased, 0 problems" in capsys.readouterr().out
    assert main(["evidence", "show", key, "--raw", "--store", folder]) == 3


def test_nobody_is_asked_for_a_passphrase_in_vain(store, monkeypatch, capsys):
    monkeypatch.delenv("ASSAY_PASSPHRASE", raising=False)
    for argv, code in (
        (["init", str(store)], "E0512"),
        (["init", str(store) + "2", "--origin", "a b"], "E0530"),
        (["trust", "revoke", "abcdef", "--reason", "retired", "--store", str(store)], "E0522"),
    ):
        assert main(argv) == 64
        assert capsys.readouterr().err.startswith(code)
