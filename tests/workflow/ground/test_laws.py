"""What `assay laws` reads out of packs, on the invented country and on folders of its pack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assay.errors import InputError, PackError, UsageError
from assay.reports.laws import (
    in_words,
    render_coverage,
    render_pack,
    render_pack_difference,
    render_rule,
    render_timeline,
)
from assay.workflow.ground import laws
from assay.workflow.ground.library import load_library, pack_folders, picked
from worlds import CLASSES, HEAD, LISTED, library, rule

LAW = rule("ban", "prohibit", LISTED + '\nevents = ["XX-01"]', valid="from = 2021-03-01, to = 2023-01-01")


def folder(root, law, head=""):
    root.mkdir(parents=True)
    (root / "pack.toml").write_text(HEAD + head, encoding="utf-8")
    (root / "classes.toml").write_text(CLASSES, encoding="utf-8")
    (root / "rules.toml").write_text(law, encoding="utf-8")
    return root


def test_a_timeline_gives_each_date_once_in_order():
    rows = laws.timeline(library(LAW), "XX")
    assert [(r["on"], r["what"], r["id"]) for r in rows] == [
        ("2020-01-01", "published", "xx.ban"), ("2020-01-01", "listed", "xx:listed"),
        ("2021-03-01", "begins", "xx.ban"), ("2023-01-01", "ends", "xx.ban"),
    ]  # fmt: skip
    assert render_timeline(rows, "XX").splitlines()[3].startswith("2021-03-01  begins")


def test_a_timeline_ends_superseded_law_on_the_day_of_the_law_that_replaced_it():
    rows = laws.timeline(load_library(frozenset({"IT"})), "IT")
    ended = {row["id"]: row["on"] for row in rows if row["what"] == "ends"}
    assert ended["it.art1bis2019.notify-ran"] == "2022-03-22"


def test_a_timeline_of_an_uncoded_country_is_refused():
    with pytest.raises(UsageError) as caught:
        laws.timeline(library(LAW), "ZZ")
    assert caught.value.code == "E0101"


def test_coverage_counts_coded_left_out_and_missing_events(monkeypatch):
    table = {key: {"event": key, "jurisdiction": "XX"} for key in ("XX-01", "XX-02", "XX-03")}
    monkeypatch.setattr(laws, "events", lambda: table)
    (row,) = laws.coverage(library(LAW, '[[not-encoded]]\nevent = "XX-02"\nreason = "a bill"\n'))
    assert row["coded"] == {"XX-01": ["xx.ban"]}
    assert row["not_encoded"] == {"XX-02": "a bill"}
    assert row["missing"] == ["XX-03"]
    assert render_coverage([row]).splitlines()[-1].split() == ["all", "3", "1", "1", "1"]


def test_due_lists_unread_rules_first_with_their_age():
    unread = '[[source]]\nid = "u"\ntitle = "Notice"\nurl = "https://law.example/n"\ngrade = "press"\n'
    law = LAW + rule("new", "condition").replace('source = "s"', 'source = "u"')
    rows = laws.due(library(law, unread), [], date(2025, 12, 31))
    assert [(r["id"], r["days"]) for r in rows] == [("xx.new", None), ("xx.ban", 30)]


def test_one_rule_is_shown_in_plain_words():
    found = laws.shown(library(LAW), {}, "xx.ban")
    text = render_rule(found["rule"])
    assert "when: supplier is listed in xx:listed" in text
    assert "valid from 2021-03-01 until before 2023-01-01" in text
    with pytest.raises(UsageError) as caught:
        laws.shown(library(LAW), {}, "ban")
    assert "xx.ban" in caught.value.remedy


def test_predicates_read_as_clauses():
    law = rule(
        "ban", "prohibit",
        """when = { all = [ { fact = "generation", op = "in", value = ["5G", "6G"] },
          { any = [ { fact = "xx.permit", op = "eq", value = false },
                    { fact = "installed", op = "lt", value = 2020-01-01 } ] },
          { not = { fact = "supplier", op = "in-class", value = "xx:listed" } } ] }""",
    )  # fmt: skip
    assert in_words(library(law).packs[0].rules[0].when) == (
        "generation is 5G or 6G and (not xx.permit or installed is before or below 2020-01-01)"
        " and not (supplier is listed in xx:listed)"
    )


def test_two_folders_of_one_pack_are_compared_rule_by_rule(tmp_path):
    old = folder(tmp_path / "old" / "xx", LAW + rule("gone", "condition"))
    new = folder(tmp_path / "new" / "xx", LAW.replace("2023-01-01", "2024-01-01") + rule("come", "condition"))
    (row,) = laws.difference_of_packs(old, new)
    assert (row["rules"]["came"], row["rules"]["went"]) == (["xx.come"], ["xx.gone"])
    changed = {"old": {"from": "2021-03-01", "to": "2023-01-01"}, "new": {"from": "2021-03-01", "to": "2024-01-01"}}
    assert row["rules"]["changed"] == {"xx.ban": {"valid": changed}}
    assert "  + xx.come" in render_pack_difference([row]).splitlines()
    assert laws.difference_of_packs(old, old) == []
    assert [r["pack"] for r in laws.difference_of_packs(old.parent, new.parent)] == ["xx"]


def test_a_folder_without_a_pack_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        laws.difference_of_packs(tmp_path, tmp_path)
    assert caught.value.code == "E0220"


def test_the_list_counts_rules_duties_and_powers_apart():
    duty = rule("report", "permit").replace("[[rule]]", "[[duty]]").replace('effect = "permit"\n', "")
    found = library(LAW + duty)
    (row,) = laws.listing(replace(found, packs=found.packs))
    assert (row["rules"], row["duties"], row["powers"]) == (1, 1, 0)


def test_every_shipped_pack_can_be_shown_with_all_its_rules():
    shipped, folders = load_library(), pack_folders()
    for pack in shipped.packs:
        text = render_pack(laws.shown(shipped, folders, pack.id))
        assert all(f"{rule.id}  [" in text for rule in pack.rules)
    assert "SM01" in render_pack(laws.shown(shipped, folders, "eu"))


def test_a_folder_without_packs_is_refused_and_a_pack_alone_says_what_to_give(tmp_path):
    with pytest.raises(InputError) as caught:
        load_library(frozenset(), (tmp_path,))
    assert caught.value.code == "E0220"
    folder(tmp_path / "own" / "xx", LAW)
    with pytest.raises(InputError) as caught:
        load_library(frozenset(), (tmp_path / "own" / "xx",))
    assert str(tmp_path / "own") in caught.value.remedy


@pytest.mark.parametrize("name", ["rules.toml", "classes.toml"])
def test_a_file_of_a_pack_that_is_none_is_refused(tmp_path, name):
    folder(tmp_path / "own" / "xx", LAW)
    (tmp_path / "own" / "xx" / name).unlink()
    (tmp_path / "own" / "xx" / name).mkdir()
    with pytest.raises(PackError) as caught:
        load_library(frozenset(), (tmp_path / "own",))
    assert (caught.value.code, caught.value.where) == ("E0401", f"xx/{name}")


def test_a_misspelt_file_of_a_private_pack_is_refused(tmp_path):
    folder(tmp_path / "own" / "xx", LAW)
    (tmp_path / "own" / "xx" / "rules.toml").rename(tmp_path / "own" / "xx" / "rule.toml")
    with pytest.raises(PackError) as caught:
        load_library(frozenset(), (tmp_path / "own",))
    assert caught.value.what == "unknown file `rule.toml`"


def test_packs_are_picked_by_id_and_by_country():
    shipped = load_library(frozenset({"US"}))
    assert [pack.id for pack in picked(shipped, ["us-export"])] == ["us-export"]
    assert [pack.id for pack in picked(load_library(frozenset({"GB"})), ["gb"])] == ["gb"]
    assert {pack.jurisdiction for pack in picked(shipped, ["United States"])} == {"US"}
    with pytest.raises(UsageError):
        picked(shipped, ["qq"])
