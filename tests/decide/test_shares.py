"""Cap sums are exact, and unknown members widen them."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from tests.decide.random_packs import random_frame, random_law
from tests.decide.reference import Reference

from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import build_program
from assay.decide.shares import BASE, cap_shares, check_weights, numbered, with_bases
from assay.decide.vectorise import RULE, decide_frame
from assay.errors import InputError
from assay.model.estate import Share
from assay.model.expression import All, Atom, Operator
from assay.model.law import PARTS, Cap, Effect, Interval

DAY = date(2026, 1, 1)


def capped(when, cap, seed=1) -> Library:
    """A library with one rule: a cap in the access network."""
    law = random_law(seed)
    (pack,) = law.library.packs
    rule = next(rule for rule in pack.rules if rule.effect is not Effect.DEFINE)
    one = replace(
        rule, id="x.cap", effect=Effect.CAP, parts=("ran",), activities=("operate",), when=when, cap=cap, defeats=(),
        until=None, valid=Interval(), instrument="law",
    )  # fmt: skip
    return replace(law.library, packs=(replace(pack, rules=(one,), presumptions=()),))


def share(library: Library, rows) -> list[Share]:
    program = with_bases(build_program(library, "XX", DAY, DAY))
    frame = pl.DataFrame(rows, infer_schema_length=None).lazy()
    decided = decide_frame(Interpreter(program), library.facts, frame)
    return cap_shares(program, decided.classes, numbered(frame, decided))


def element(operator, zone, site="s1", traffic=1, part="ran"):
    return {
        "part": part, "activity": "operate", "operator": operator, "zone": zone, "site": site, "traffic": traffic,
        "supplier": "North",
    }  # fmt: skip


IN_ZONE = Atom("zone", Operator.IN, ("z1",))


def cap(metric="elements", base=None, part=35):
    return Cap(Fraction(part, 100), (metric,), ("operator",), base or All(()))


@pytest.mark.parametrize(
    ("members", "unknown", "others", "state"),
    [
        (35, 0, 65, "within"),
        (36, 0, 64, "over"),
        (35, 1, 64, "unknown"),
        (34, 1, 65, "within"),
        (0, 36, 64, "unknown"),
        (36, 64, 0, "over"),
    ],
)
def test_state_on_both_sides_of_the_threshold(members, unknown, others, state):
    zones = ["z1"] * members + [None] * unknown + ["z2"] * others
    (found,) = share(capped(IN_ZONE, cap()), [element("o1", zone) for zone in zones])
    assert (found.low, found.high, found.base_low, found.base_high) == (members, members + unknown, 100, 100)
    assert found.state == state


def test_sites_are_counted_once_and_by_operator():
    rows = [element("o1", "z1", "a"), element("o1", "z1", "a"), element("o1", "z2", "b"), element("o1", None, "c")]
    rows += [
        element("o2", "z1", "a"),
        element("o2", "z2", "a"),
        element("o3", "z2", "a"),
        element("o1", "z1", "d", part="core"),
    ]
    found = {
        s.group["operator"]: (s.low, s.high, s.base_low, s.state) for s in share(capped(IN_ZONE, cap("sites")), rows)
    }
    assert found == {"o1": (1, 2, 3, "unknown"), "o2": (1, 1, 1, "over")}  # o3 has no possible member


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum(["", "o1"])], ids=["text", "categories", "enum"])
def test_a_site_whose_operator_is_empty_or_missing_is_one_site_of_one_group(kind):
    rows = [element("o1", "z1", "a"), element("", "z1", "b"), element(None, None, "b"), element(None, "z2", "c")]
    library = capped(IN_ZONE, cap("sites"))
    program = with_bases(build_program(library, "XX", DAY, DAY))
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("operator").cast(kind)).lazy()
    decided = decide_frame(Interpreter(program), library.facts, frame)
    found = {s.group["operator"]: s for s in cap_shares(program, decided.classes, numbered(frame, decided))}
    assert sorted(found) == ["not stated", "o1"]
    assert (found["not stated"].low, found["not stated"].high, found["not stated"].base_high) == (1, 1, 2)


def test_a_share_of_the_whole_territory_has_one_group():
    whole = Cap(Fraction(1, 2), ("sites",), ("jurisdiction",), All(()))
    (found,) = share(capped(IN_ZONE, whole), [element("o1", "z1", "a"), element("o2", "z2", "b")])
    assert (found.group, found.low, found.base_low) == ({"jurisdiction": "XX"}, 1, 2)


def test_weights_are_summed_and_a_missing_one_makes_the_share_unknown():
    rows = [element("o1", "z1", traffic=35), element("o1", "z2", traffic=65), element(None, "z1", traffic=None)]
    first, second = share(capped(IN_ZONE, cap("traffic")), rows)
    assert (first.group, first.state, first.why[:3]) == ({"operator": "not stated"}, "unknown", "the")
    assert (second.low, second.base_low, second.state, second.why) == (35, 100, "within", "")


def test_a_metric_without_a_column_says_so():
    (found,) = share(capped(IN_ZONE, cap("population")), [element("o1", "z1")])
    assert (found.state, "population" in found.why) == ("unknown", True)


def test_an_unknown_base_widens_the_denominator():
    base = Atom("generation", Operator.IN, ("5G",))
    rows = [element("o1", "z1") | {"generation": g} for g in ("5G", "5G", None, "4G")]
    rows += [element("o1", "z2") | {"generation": g} for g in ("5G", None)]
    (found,) = share(capped(IN_ZONE, cap(base=base)), rows)
    assert (found.low, found.high, found.base_low, found.base_high) == (2, 3, 3, 5)


def test_the_line_of_a_base_changes_no_decision():
    law = random_law(3)
    frame = random_frame(3, 300).lazy()
    plain = decide_frame(Interpreter(law.program), law.library.facts, frame)
    program = with_bases(law.program)
    more = decide_frame(Interpreter(program), law.library.facts, frame)
    for column in ("outcome", "force", "deadline"):
        assert plain.classes[column].gather(plain.elements).equals(more.classes[column].gather(more.elements))


@pytest.mark.parametrize("seed", range(6))
def test_random_shares_equal_a_plain_count(seed):
    dice = random.Random(seed)
    laws = (random_law(number) for number in range(seed * 50, 999))
    law = next(law for law in laws if any(line.rule.cap for line in law.program.lines))
    program = with_bases(law.program)
    frame = random_frame(seed, 600).with_columns(
        site=pl.Series([dice.randrange(60) for _ in range(600)]),
    )
    reference = Reference(law.library, program)
    lines = {line.rule.id: number for number, line in enumerate(program.lines)}
    finals = [(row, reference.quickly(row)[4]) for row in frame.to_dicts()]
    decided = decide_frame(Interpreter(program), law.library.facts, frame.lazy())
    for found in cap_shares(program, decided.classes, numbered(frame.lazy(), decided)):
        group = [(row, f) for row, f in finals if (row["operator"] or "not stated") == found.group["operator"]]
        held, base = lines[found.rule], lines[found.rule + BASE]
        low = {row["site"] for row, f in group if f[held] is True and f[base] is True}
        high = {row["site"] for row, f in group if f[held] is not False and f[base] is not False}
        whole = {row["site"] for row, f in group if f[base] is True}
        assert (found.low, found.high, found.base_low) == (len(low), len(high), len(whole))


@pytest.mark.parametrize(
    "weights", [pl.Series([-1]), pl.Series([0.5]), pl.Series([2**62, 2**62])], ids=["negative", "fraction", "too large"]
)
def test_weights_that_cannot_be_summed_exactly_are_refused(weights):
    with pytest.raises(InputError, match="E0150"):
        check_weights(pl.LazyFrame({"traffic": weights}), ("traffic",))


def test_base_lines_are_named_after_their_cap():
    program = with_bases(build_program(capped(IN_ZONE, cap()), "XX", DAY, DAY))
    assert [line.rule.id for line in program.lines] == ["x.cap", "x.cap" + BASE]
    assert RULE + BASE == "rule:#base"
    assert PARTS[1] == "ran"
