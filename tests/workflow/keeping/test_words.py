"""People's words beside reviews and answers and in their bundles, and when witnesses are asked."""

from __future__ import annotations

import json
from datetime import date

import pytest
from tests.workflow.lent import ASK

from assay.canon import canonical, digest
from assay.evidence.catalogue import open_catalogue
from assay.evidence.container import read_container
from assay.evidence.predicates import ANSWER
from assay.workflow.bundles.verify import verify_bundle
from assay.workflow.keeping.store import open_store


def state(run, tmp_path, about, text, kind="reply"):
    path = tmp_path / "words.txt"
    path.write_text(text, encoding="utf-8")
    code, out, err = run("state", "--kind", kind, "--about", about, "--text", path, "--format", "json")
    assert code == 0, err
    return json.loads(out)["statement"]


@pytest.fixture
def disputed(run, tmp_path, case):
    """A review, logged; words about it, about an answer of it (taken back) and about a rule that it names."""
    assert run("review", case, "--out", tmp_path / "before")[0] == 0
    before = json.loads((tmp_path / "before" / "review.json").read_text(encoding="utf-8"))
    act, rule = before["classes"][0]["acts"]["purchase"], min(before["rules"])
    state(run, tmp_path, digest(canonical(before)), "The estate is older.")
    gone = state(run, tmp_path, act["decision"][:12], "We do not buy this.", "dispute")
    state(run, tmp_path, rule, "The rule says less.")
    state(run, tmp_path, gone, "We do buy it.", "withdrawal")
    return before, act, rule, gone


def test_words_about_a_review_its_answers_and_its_rules_stand_beside_them(run, tmp_path, case, disputed):
    before, act, rule, gone = disputed
    code, out, err = run("review", case, "--out", tmp_path / "out")
    assert code == 0, err
    for text in ("The estate is older.", "withdrawn on", "The rule says less.", "1 row of what is lawful now"):
        assert text in out
    found = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    (row,) = [row for row in found["now"] if gone in row.get("statements", ())]
    assert (row["act"], row["outcome"]) == ("purchase", act["outcome"])
    assert found["rules"][rule]["statements"]
    assert {key: found[key] for key in ("acts", "classes")} == {key: before[key] for key in ("acts", "classes")}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count(f'href="#s-{gone[:16]}"') == 1
    assert page.count(f'id="s-{gone[:16]}"') == 1
    assert page.count("<blockquote>") == 2


def test_words_about_a_review_leave_in_its_bundle_and_verify_says_what_each_is_about(
    run, tmp_path, case, disputed, pin, second
):  # fmt: skip
    path, rule = tmp_path / "r.zip", disputed[2]
    code, _, err = run("review", case, "--bundle", path, "--include-private")
    assert code == 0, err
    verified = verify_bundle(path, date(2027, 1, 1), pin)
    told = {row["text"]: row for row in verified["statements"]}
    assert verified["verdict"] == "same"
    assert "class c" in told["We do not buy this."]["what"]
    assert told["We do not buy this."]["withdrawn_by"] == told["We do not buy this."]["by"]
    assert "the review as its publisher keeps it" in told["The estate is older."]["what"]
    assert told["The rule says less."]["what"] == rule
    assert second.verify(path.read_bytes(), pin)[0] == 0
    assert "withdrawn on" in run("verify", path)[1]


def test_words_stated_after_an_answer_leave_with_it_and_change_no_byte_of_it(run, ask, tmp_path, pin, second):
    first = json.loads(read_container(ask().read_bytes())["decision.json"])
    answer = next(iter(open_catalogue(open_store(tmp_path / "store")).records((ANSWER,)))).digest
    state(run, tmp_path, answer, "We see it otherwise.", "dispute")
    path = ask()
    assert json.loads(read_container(path.read_bytes())["decision.json"]) == first
    found = verify_bundle(path, date(2027, 1, 1), pin)
    assert (found["verdict"], [row["what"] for row in found["statements"]]) == ("same", ["this answer"])
    assert second.verify(path.read_bytes(), pin)[0] == 0


@pytest.mark.parametrize("verb", ["ask", "review"])
def test_a_dry_run_asks_no_witness_and_too_few_witnesses_stop_answer_and_review(run, tmp_path, case, verb):
    witness, path = tmp_path / "witness", tmp_path / "b.zip"
    out = run("witness", "init", witness, "--name", "example.org/w", "--no-passphrase", "--format", "json")[1]
    run("witness", "trust", witness, open_store(tmp_path / "store").log_key)
    run("trust", "witness", json.loads(out)["witness"], "--threshold", "1", "--holder", "Witness North")
    what = ("ask", *ASK, "--facts", tmp_path / "facts.toml") if verb == "ask" else ("review", case)
    asked = (*what, "--bundle", path, "--include-private")
    code, _, err = run(*asked)
    assert (code, "the cosignatures of 1 witness" in err) == (64, True)
    before = sorted(witness.rglob("*"))
    code, out, err = run(*asked, "--witness", witness, "--dry-run")
    assert (code, "would leave" in out) == (0, True), err
    assert sorted(witness.rglob("*")) == before
    assert not path.exists()
    assert run(*asked, "--witness", witness)[0] == 0
    assert sorted(witness.rglob("*")) != before
    path.unlink()
    assert run("witness", "use", tmp_path / "nobody")[0] == 64
    assert run("witness", "use", witness)[0] == 0
    code, _, err = run(*asked)
    assert (code, path.exists()) == (0, True), err
    assert run("witness", "use")[0] == 0
    assert run(*asked)[0] == 64
