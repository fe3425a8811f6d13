"""An answer leaves as one file, is redone from that file alone, and a change anywhere is noticed."""

from __future__ import annotations

import json
import random
import stat
from datetime import date

import pytest

from assay.canon import canonical
from assay.cli.main import main
from assay.errors import IntegrityError
from assay.evidence.bundle import read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.errors import ContainerError
from assay.evidence.manifest import MANIFEST, check_opening, format_manifest
from assay.workflow.bundles.verify import judge, verify_bundle
from worlds import CLASSES, HEAD, LISTED, rule

QUESTION = ("--supplier", "ZTE", "--part", "ran", "--in", "GB", "--on", "2020-02-15", "--known-at", "2026-11-24")
TODAY = date(2026, 11, 24)
CASE_FACTS = """
schema = "assay-case-facts/1"
synthetic = true
[[supplier]]
id = "supplier-east"
name = "Supplier East"
[[membership]]
class = "xx:listed"
value = "supplier-east"
says = "Supplier East is treated as listed"
valid = { from = 2020-01-01 }
"""


def run(capsys, *argv):
    code = main([str(word) for word in argv])
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def bundle(capsys, tmp_path):
    path = tmp_path / "answer.zip"
    assert run(capsys, "ask", *QUESTION, "--bundle", path)[0] == 0
    return path


@pytest.fixture
def laws(tmp_path):
    """A folder with one private pack for the country XX, and a case's facts."""
    folder = tmp_path / "laws" / "xx"
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(HEAD, encoding="utf-8")
    (folder / "classes.toml").write_text(CLASSES, encoding="utf-8")
    (folder / "rules.toml").write_text(rule("ban", "prohibit", LISTED), encoding="utf-8")
    (tmp_path / "case.toml").write_text(CASE_FACTS, encoding="utf-8")
    return folder.parent


def rewritten(path, name, old, new):
    """The bundle with one text of one member replaced, and a manifest and container that fit."""
    members = read_container(path.read_bytes())
    assert old in members[name]
    members[name] = members[name].replace(old, new, 1)
    members[MANIFEST] = format_manifest(members)
    path.write_bytes(write_container(members))


def test_an_answer_is_redone_from_its_bundle_with_the_same_bytes(bundle, capsys):
    code, out, _ = run(capsys, "verify", bundle, "--offline", "--format", "json")
    found = json.loads(out)
    assert (code, found["verdict"]) == (0, "same")
    assert (found["answer"]["outcome"], found["answer"]["force"]) == ("prohibited", "advice")
    assert found["differences"] == []


def test_a_bundle_holds_the_packs_that_the_decision_names_and_one_supplier(bundle):
    members = read_bundle(bundle.read_bytes()).members
    decision = json.loads(members["decision.json"])
    assert {name.split("/")[1] for name in members if name.startswith("packs/")} == {p["id"] for p in decision["packs"]}
    assert [name for name in members if name.startswith("facts/suppliers/")] == ["facts/suppliers/zte.toml"]
    assert bundle.stat().st_size <= 200_000


def test_the_report_says_what_is_not_established(bundle, capsys):
    _, out, _ = run(capsys, "verify", bundle)
    established, _, missing = out.partition("not established")
    assert out.startswith("SAME")
    assert "redone from the bundle alone" in established
    for text in ("gb: 0 of 2 reviewers", "nobody signed", "revocation", "oldest on the deciding path"):
        assert text in missing
        assert text not in established


def test_the_age_of_readings_is_counted_from_the_day_of_verifying(bundle):
    rows = verify_bundle(bundle, date(2027, 11, 24))["not_established"]
    decision = json.loads(read_bundle(bundle.read_bytes()).members["decision.json"])
    days = (date(2027, 11, 24) - date.fromisoformat(decision["sources"]["oldest_reading"])).days
    assert any(row["what"] == "readings" and f"{days} days" in row["detail"] for row in rows)


def test_dry_run_lists_every_member_and_writes_nothing(bundle, capsys, tmp_path):
    path = tmp_path / "other.zip"
    code, out, _ = run(capsys, "ask", *QUESTION, "--bundle", path, "--dry-run")
    assert code == 0
    assert all(name in out for name in read_container(bundle.read_bytes()))
    assert not path.exists()


def test_json_on_standard_output_stays_json(capsys, tmp_path):
    _, out, err = run(capsys, "ask", *QUESTION, "--format", "json", "--bundle", tmp_path / "b.zip")
    assert json.loads(out)["schema"] == "assay-decision/1"
    assert "manifest sha256:" in err


def test_an_answer_without_presumptions_with_hidden_facets_and_assumptions_is_redone(capsys, tmp_path):
    path = tmp_path / "b.zip"
    more = ("--no-presumptions", "--hide", "origin", "--assume", "eu.csa2@2027-07-01", "--context", "generation=5G")
    asked = ("--supplier", "ZTE", "--part", "core", "--in", "SE", "--on", "2028-01-01", *more)
    run(capsys, "ask", *asked, "--bundle", path)
    found = verify_bundle(path, TODAY)
    assert found["verdict"] == "same"
    assert found["answer"]["assumed"] == [{"from": "2027-07-01", "id": "eu.csa2"}]
    assert found["answer"]["hidden"] == ["origin"]


def test_three_hundred_flips_are_all_caught(bundle):
    chance = random.Random(20261124)
    data = bundle.read_bytes()
    members = read_container(data)
    for _ in range(150):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(ContainerError):
            read_bundle(bytes(changed))
    for number in range(150):
        name = sorted(members)[number % len(members)]
        changed = bytearray(members[name])
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        with pytest.raises(ContainerError, match="E0374"):
            read_bundle(write_container({**members, name: bytes(changed)}))


def test_a_damaged_bundle_has_exit_code_3(bundle, capsys):
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    code, out, err = run(capsys, "verify", bundle)
    assert (code, out) == (3, "")
    assert err.startswith("E037")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("packs/gb/rules.toml", b"advises operators", b"advizes operators"),
        ("packs/gb/rules.toml", b"2018-04-16", b"2018-04-17"),
        ("packs/common/pack.toml", b"coded = 2", b"coded = 1"),
    ],
)
def test_a_pack_changed_by_one_character_makes_verify_say_different(bundle, capsys, name, old, new):
    rewritten(bundle, name, old, new)
    code, out, _ = run(capsys, "verify", bundle, "--format", "json")
    found = json.loads(out)
    assert (code, found["verdict"]) == (1, "different")
    assert found["differences"][0].startswith(f"pack {name.split('/')[1]} has digest ")
    assert not any(row["what"] == "decision" for row in found["established"])


def test_a_changed_answer_is_named_by_its_place(bundle):
    rewritten(bundle, "decision.json", b'"outcome":"prohibited"', b'"outcome":"permitted"')
    found = verify_bundle(bundle, TODAY)
    assert found["verdict"] == "different"
    assert any(text.startswith("answer.") and '"permitted" in the bundle' in text for text in found["differences"])


def test_a_changed_question_is_another_answer(bundle):
    rewritten(bundle, "question.json", b'"part":"ran"', b'"part":"core"')
    assert verify_bundle(bundle, TODAY)["verdict"] == "different"


def test_law_that_is_not_the_installed_one_is_named(bundle):
    rewritten(bundle, "packs/gb/rules.toml", b"\n", b"\n# a remark\n")
    found = verify_bundle(bundle, TODAY)
    assert found["verdict"] == "same"  # a remark is no law: it stands outside the pack's digest
    row = next(row for row in found["not_established"] if row["what"] == "installed law")
    assert row["detail"].startswith("packs/gb/rules.toml")


def test_only_the_pinned_manifest_passes(bundle, capsys):
    pin = read_bundle(bundle.read_bytes()).manifest
    assert run(capsys, "verify", bundle, "--trust", pin)[0] == 0
    rewritten(bundle, "packs/gb/rules.toml", b"\n", b"\n# a remark\n")
    code, _, err = run(capsys, "verify", bundle, "--trust", pin)
    assert (code, err[:5]) == (3, "E0387")
    code, _, err = run(capsys, "verify", bundle, "--trust", "abc")
    assert (code, err[:5]) == (64, "E0391")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("decision.json", b"[]"),
        ("decision.json", b"{}"),
        ("question.json", b'{"schema":"assay-bundle-question/1"}'),
        ("packs/gb/rules.toml", b"[[rule"),
        ("facts/suppliers/zte.toml", b"\xff"),
        ("facts/attributes.toml", b"x = " + b"[" * 5000),
        ("facts/suppliers/nokia.toml", b""),
    ],
)
def test_a_member_that_fits_its_manifest_and_is_nonsense_is_an_integrity_failure(bundle, name, data):
    members = {**read_container(bundle.read_bytes()), name: data}
    members[MANIFEST] = format_manifest(members)
    with pytest.raises(IntegrityError, match=r"^") as caught:
        judge(read_bundle(write_container(members)))
    assert caught.value.code == "E0388"


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("question.json", "presume", "yes"),
        ("question.json", "more", 1),
        ("decision.json", "sources", {}),
        ("decision.json", "packs", None),
        ("decision.json", "question", {}),
        ("decision.json", "sources", {"oldest_reading": "yesterday", "not_read": 0}),
    ],
)
def test_fields_of_another_shape_are_an_integrity_failure(bundle, capsys, name, key, value):
    members = read_container(bundle.read_bytes())
    members[name] = canonical({**json.loads(members[name]), key: value})
    members[MANIFEST] = format_manifest(members)
    bundle.write_bytes(write_container(members))
    code, out, err = run(capsys, "verify", bundle)
    assert (code, out, err[:5]) == (3, "", "E0388")


def test_a_bundles_texts_do_not_steer_the_terminal(bundle, capsys):
    members = read_container(bundle.read_bytes())
    decision = json.loads(members["decision.json"])
    decision["question"]["supplier"] = "\x1b[2Jother"
    members["decision.json"] = canonical(decision)
    members[MANIFEST] = format_manifest(members)
    bundle.write_bytes(write_container(members))
    code, out, _ = run(capsys, "verify", bundle)
    assert code == 1
    assert "\x1b" not in out


def test_a_decision_of_another_engine_cannot_be_established(bundle, capsys):
    rewritten(bundle, "decision.json", b'"engine":"1"', b'"engine":"9"')
    code, out, _ = run(capsys, "verify", bundle)
    assert code == 2
    assert "engine 9" in out


def test_a_private_pack_and_case_facts_stay_at_home(capsys, tmp_path, laws):
    path = tmp_path / "b.zip"
    asked = ("--supplier", "Supplier East", "--in", "XX", "--on", "2021-01-01", "--laws", laws)
    asked += ("--facts", tmp_path / "case.toml")
    assert run(capsys, "ask", *asked, "--bundle", path)[0] == 0
    data = path.read_bytes()
    assert (laws / "xx" / "rules.toml").read_bytes() not in data
    assert b"Supplier East is treated" not in data
    assert run(capsys, "verify", path)[0] == 2
    home = tmp_path / "b.zip.salts.json"
    salts = {name: bytes.fromhex(salt) for name, salt in json.loads(home.read_bytes()).items()}
    withheld = {entry.name: entry for entry in read_bundle(data).withheld}
    assert withheld.keys() == salts.keys()
    assert len(set(salts.values())) == len(salts)
    name = "packs/xx/rules.toml"
    check_opening(withheld[name], salts[name], (laws / "xx" / "rules.toml").read_bytes())
    assert stat.S_IMODE(home.stat().st_mode) == 0o600


def test_include_private_takes_them_along_and_the_answer_is_redone(capsys, tmp_path, laws):
    path = tmp_path / "b.zip"
    asked = ("--supplier", "Supplier East", "--in", "XX", "--on", "2021-01-01", "--laws", laws)
    asked += ("--facts", tmp_path / "case.toml")
    assert run(capsys, "ask", *asked, "--include-private", "--bundle", path)[0] == 0
    found = verify_bundle(path, TODAY)
    assert (found["verdict"], found["answer"]["outcome"]) == ("same", "prohibited")
    assert not (tmp_path / "b.zip.salts.json").exists()


def test_dry_run_says_that_the_answer_quotes_private_rules(capsys, tmp_path, laws):
    asked = ("--supplier", "north", "--in", "XX", "--on", "2021-01-01", "--laws", laws)
    _, out, _ = run(capsys, "ask", *asked, "--bundle", tmp_path / "b.zip", "--dry-run")
    assert "packs/xx/rules.toml: private law pack" in out
    assert "quotes rules of private packs: xx" in out


@pytest.mark.parametrize(
    "options", [("--dry-run",), ("--include-private",), ("--batch", "q.csv", "--bundle", "b.zip")]
)  # fmt: skip
def test_options_of_a_bundle_that_do_not_go_together_are_refused(capsys, options):
    code, _, err = run(capsys, "ask", *QUESTION, *options)
    assert (code, err[:5]) == (64, "E0385")


def test_a_file_that_is_not_there_is_bad_input(capsys, tmp_path):
    code, _, err = run(capsys, "verify", tmp_path / "none.zip")
    assert (code, err[:5]) == (64, "E0390")


def test_a_bundle_is_the_same_for_the_same_answer(bundle, capsys, tmp_path):
    other = tmp_path / "again.zip"
    run(capsys, "ask", *QUESTION, "--bundle", other)
    assert other.read_bytes() == bundle.read_bytes()
    decision = read_container(other.read_bytes())["decision.json"]
    assert canonical(json.loads(decision)) == decision
