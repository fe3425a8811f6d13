from __future__ import annotations

from datetime import date

import pytest

from assay.decide.cases import read_cases
from assay.decide.mutate import mutants, score
from assay.errors import InputError
from worlds import LISTED, library, rule

LAW = rule("ban", "prohibit", LISTED + '\npart = ["core"]\nactivity = ["purchase"]', valid="from = 2020-03-01")
CASES = """
[[timeline]]
name = "ban of listed suppliers in the core"
from = "act, section 1"
for = { supplier = "north", part = "core", activity = "purchase" }
expect = [ { on = 2020-02-29, outcome = "permitted" }, { on = 2020-03-01, outcome = "prohibited", force = "binding" },
           { on = 2020-03-01, known = 2019-12-31, outcome = "permitted" },
           { on = 2020-03-01, known = 2020-01-01, outcome = "prohibited", force = "binding" } ]
[[case]]
name = "another supplier"
from = "act, section 1"
ask = { supplier = "south", part = "core", activity = "purchase", on = 2021-01-01 }
expect = { outcome = "permitted" }
"""


def test_mutants_cover_dates_operators_scope_force_and_classes():
    names = {m.name for m in mutants(library(LAW).packs[0])}
    assert {"xx.ban:valid.from-1", "xx.ban:known.from+1", "xx.ban:when:flipped", "xx.ban:part-widened"} <= names
    assert {"xx.ban:activity-widened", "act:force-swapped", "xx:listed:widened", "xx:listed:north:dropped"} <= names


def test_cases_kill_what_they_speak_of_and_survivors_are_named():
    world = library(LAW)
    found = score(world, world.packs[0], read_cases("xx", CASES.encode(), "XX", date(2026, 1, 1)))
    assert "xx.ban:part-widened" in found.survivors
    assert "xx.ban:valid.from+1" not in found.survivors
    assert "xx:listed:widened" not in found.survivors
    assert found.killed + len(found.survivors) == found.total


def test_without_cases_nothing_is_killed():
    world = library(LAW)
    assert score(world, world.packs[0], read_cases("xx", b"", "XX", date(2026, 1, 1))).killed == 0


def test_cases_that_fail_on_the_whole_pack_are_refused():
    world = library("")
    with pytest.raises(InputError) as caught:
        score(world, world.packs[0], read_cases("xx", CASES.encode(), "XX", date(2026, 1, 1)))
    assert caught.value.code == "E0121"


def test_several_equivalents_may_share_one_reason():
    listed = '[[equivalent]]\nwhy = "no case reaches it"\nmutants = ["xx.ban:part-widened", "xx.ban:no-such"]\n'
    world = library(LAW)
    found = score(world, world.packs[0], read_cases("xx", (CASES + listed).encode(), "XX", date(2026, 1, 1)))
    assert "xx.ban:part-widened" in found.equivalent
    assert found.wrong == ("xx.ban:no-such",)
