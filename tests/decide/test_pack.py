from __future__ import annotations

import pytest

from assay.decide.pack import read_pack
from assay.errors import PackError
from worlds import CLASSES, HEAD, LISTED, SHARED, library, rule


def refused(rules: str, head: str = "", classes: str = CLASSES) -> PackError:
    files = {"pack.toml": (HEAD + head).encode(), "classes.toml": classes.encode(), "rules.toml": rules.encode()}
    with pytest.raises(PackError) as caught:
        read_pack("laws/xx", files, SHARED)
    return caught.value


def test_an_unknown_key_is_refused_with_file_and_line():
    error = refused(rule("a", "prohibit", "wehn = {}"))
    assert error.code == "E0201"
    assert error.where == "laws/xx/rules.toml, line 2"
    assert "wehn" in error.what


def test_a_key_written_twice_is_refused():
    assert refused(rule("a", "prohibit", 'says = "again"')).code == "E0204"


def test_an_id_that_stands_twice_is_refused_with_both_lines():
    error = refused(rule("a", "prohibit") + rule("a", "permit"))
    assert error.code == "E0206"
    assert "lines 2 and 12" in error.what


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        ('when = { fact = "supplier", op = "eq", value = "north" }', "cannot be asked with `eq`"),
        ('when = { fact = "operator", op = "in", value = ["Alpha"] }', "cannot be asked with `in`"),
        ('when = { fact = "colour", op = "in", value = ["red"] }', "not declared"),
        ('when = { fact = "generation", op = "in", value = ["7G"] }', "no value '7G'"),
        ('when = { fact = "product.audited", op = "eq", value = 1 }', "compared with int"),
        ('when = { fact = "generation", op = "like", value = ["5G"] }', "operator 'like'"),
        ("when = { any = [] }", "any (not empty)"),
        ("when = { xor = [] }", "keys ['xor']"),
        ("until = 2020-02-01", "limits a permission"),
        ("until = 2020-02-01T00:00:00", "not a date"),
        ('part = ["kitchen"]', "kitchen"),
    ],
)
def test_what_the_language_does_not_have_is_refused(extra, part):
    assert part in str(refused(rule("a", "prohibit", extra)))


def test_a_phase_out_needs_its_last_day():
    assert "without `until`" in refused(rule("a", "phase-out")).what


def test_an_exception_needs_what_it_takes_away():
    assert "without `defeats`" in refused(rule("a", "except")).what


def test_a_cap_needs_share_metric_and_groups():
    assert "belong together" in refused(rule("a", "cap")).what
    text = 'cap = { share = "0.35", metric = ["sites"], per = ["operator"] }'
    assert "no exact share" in refused(rule("a", "cap", text)).what


def test_an_empty_interval_is_refused():
    assert "is empty" in refused(rule("a", "prohibit", valid="from = 2020-01-01, to = 2020-01-01")).what


def test_overlapping_members_are_refused():
    again = '[[class.member]]\nvalue = "north"\nvalid = { from = 2021-01-01 }\n'
    assert (
        refused(
            "", classes=CLASSES.replace('[[class]]\nid = "xx:doubtful"', again + '[[class]]\nid = "xx:doubtful"')
        ).code
        == "E0207"
    )


def test_deep_nesting_is_refused_before_it_is_parsed():
    deep = "when = " + "{ not = " * 50 + "{}" + " }" * 50
    assert refused(rule("a", "prohibit", deep)).code == "E0205"


def test_seventeen_levels_are_refused():
    atom = '{ fact = "generation", op = "in", value = ["5G"] }'
    deep = "when = " + "{ not = " * 16 + atom + " }" * 16
    assert "nested too deeply" in refused(rule("a", "prohibit", deep)).what


def test_a_huge_file_is_refused():
    assert refused("#" * 4_000_001).code == "E0202"


def test_origin_is_never_obtainable():
    text = '[[attribute]]\nid = "xx.o"\ntype = "bool"\nfacet = "origin"\ntitle = "o"\nobtainable = ["supplier"]\n'
    assert "never offered" in refused("", head=text).what


def test_defeats_in_a_circle_are_refused_with_the_circle():
    first = rule("a", "prohibit", 'defeats = [ { rule = "xx.b", why = "lex posterior" } ]')
    second = rule("b", "permit", 'defeats = [ { rule = "xx.a", why = "lex posterior" } ]')
    with pytest.raises(PackError) as caught:
        library(first + second)
    assert caught.value.code == "E0212"
    assert "xx.a -> xx.b -> xx.a" in caught.value.what


def test_a_definition_cannot_be_defeated():
    word = '[[attribute]]\nid = "xx.w"\ntype = "bool"\nfacet = "derived"\ntitle = "w"\n'
    law = rule("w", "define", 'define = "xx.w"') + rule(
        "a", "except", 'defeats = [ { rule = "xx.w", why = "lex posterior" } ]'
    )
    with pytest.raises(PackError) as caught:
        library(law, word)
    assert (caught.value.code, caught.value.expected) == (
        "E0210", "a deciding rule, an exception, a duty or a power",
    )  # fmt: skip


def test_an_unknown_class_is_refused():
    with pytest.raises(PackError) as caught:
        library(rule("a", "prohibit", 'when = { fact = "supplier", op = "in-class", value = "xx:nobody" }'))
    assert caught.value.code == "E0208"


def test_a_gap_between_versions_is_refused():
    one = rule("a@1", "prohibit", valid="from = 2020-01-01, to = 2021-01-01")
    two = rule("a@2", "prohibit", valid="from = 2021-01-02")
    with pytest.raises(PackError) as caught:
        library(one + two)
    assert caught.value.code == "E0213"
    assert caught.value.what.startswith("gap")


def test_the_digest_covers_rules_and_not_layout():
    plain = library(rule("a", "prohibit", LISTED)).packs[0].digest
    spaced = library("\n\n# a remark\n" + rule("a", "prohibit", LISTED)).packs[0].digest
    other = library(rule("a", "prohibit")).packs[0].digest
    assert plain == spaced != other
