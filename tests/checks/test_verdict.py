"""The verdict algebra: a fail needs proof, silence proves nothing, few instances are weak."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.checks.verdict import conclude
from assay.model.assessment import Case, Clause, Proof, Seen, Strength, Verdict

CLAUSE = Clause("99.999", "1", "t", "p", "", ("AMF",), ("N1",), (), (), (), (), "made up")
PROOF = (Proof("a.pcap", 1, 0, 4),)


def case(decisive_from=1):
    return Case("99.999-1", CLAUSE, "provoke", "passes", "fails", "x.y", decisive_from=decisive_from)


def seen(verdict, proof=PROOF):
    return Seen(verdict, verdict.value, proof)


SEEN = st.lists(
    st.builds(seen, st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE]), st.sampled_from([PROOF, ()]))
)


@given(SEEN)
def test_a_fail_names_the_bytes_that_prove_it(instances):
    found = conclude(case(), instances, "nothing")
    assert (found.verdict is Verdict.FAIL) == any(one.verdict is Verdict.FAIL and one.proof for one in instances)
    if found.verdict is Verdict.FAIL:
        assert found.proof


@given(SEEN)
def test_a_pass_needs_an_instance_that_fulfils_and_none_that_violates(instances):
    found = conclude(case(), instances, "nothing")
    good = [one for one in instances if one.verdict is Verdict.PASS]
    bad = [one for one in instances if one.verdict is Verdict.FAIL and one.proof]
    assert (found.verdict is Verdict.PASS) == (bool(good) and not bad)


@given(SEEN)
def test_the_order_of_instances_does_not_change_the_verdict(instances):
    assert conclude(case(), instances, "").verdict is conclude(case(), instances[::-1], "").verdict


def test_nothing_seen_is_inconclusive_with_the_reason():
    found = conclude(case(), [], "nobody provoked it")
    assert (found.verdict, found.reason, found.strength) == (Verdict.INCONCLUSIVE, "nobody provoked it", Strength.NONE)


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_pass_is_decisive_from_the_declared_count_on(needed, count):
    found = conclude(case(needed), [seen(Verdict.PASS)] * count, "")
    assert found.count == count
    assert (found.strength is Strength.DECISIVE) == (count >= needed)


def test_a_violation_without_proof_stays_open():
    assert conclude(case(), [seen(Verdict.FAIL, ())], "").verdict is Verdict.INCONCLUSIVE


def test_many_instances_are_counted_and_the_first_ones_named():
    many = (Seen(Verdict.PASS, f"reason {n}", (Proof("a.pcap", n, 0, 4),)) for n in range(1, 100_001))
    found = conclude(case(), many, "nothing")
    assert found.count == 100_000
    assert found.reason == "reason 1; reason 2 (100000 instances)"
    assert [one.frame for one in found.proof] == list(range(1, 13))
