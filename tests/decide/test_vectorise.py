"""The column compiler says of every element what the interpreter says."""

from datetime import date
from itertools import islice

import polars as pl
import pytest
from tests.decide.random_packs import TODAY, frame_for, random_frame, random_law
from tests.decide.reference import Reference, columns

from assay.decide import cells
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import build_program
from assay.decide.vectorise import decide_frame
from assay.errors import UsageError
from assay.workflow.ground.library import jurisdictions, load_library


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_library()


@pytest.mark.parametrize("seed", range(1000, 1025))
def test_random_packs_agree_with_the_interpreter_on_every_element(seed):
    law = random_law(seed)
    reference, frame = Reference(law.library, law.program), random_frame(seed, 400)
    for row, got in zip(frame.to_dicts(), columns(reference, frame), strict=True):
        assert got == reference.quickly(row), row


@pytest.mark.parametrize("seed", range(2000, 2008))
def test_random_packs_agree_with_the_answer_to_one_question(seed):
    law = random_law(seed)
    reference, frame = Reference(law.library, law.program), random_frame(seed, 120)
    for row, got in zip(frame.to_dicts(), columns(reference, frame), strict=True):
        assert got == reference.slowly(row), row


@pytest.mark.parametrize("seed", range(3000, 3012))
def test_columns_named_like_attributes_agree_with_the_answer_to_one_question(seed):
    law = random_law(seed)
    reference, frame = Reference(law.library, law.program), random_frame(seed, 120, stated=True)
    for row, got in zip(frame.to_dicts(), columns(reference, frame), strict=True):
        assert got == reference.slowly(row) == reference.quickly(row), row


@pytest.mark.parametrize("day", [date(2020, 2, 15), date(2026, 11, 22)], ids=str)
def test_shipped_packs_agree_with_the_answer_to_one_question(shipped, day):
    for number, code in enumerate(jurisdictions()):
        program = build_program(shipped, code, day, date(2026, 11, 22))
        frame = frame_for(program, tuple(shipped.facts.suppliers), number, 25)
        reference = Reference(shipped, program)
        for row, got in zip(frame.to_dicts(), columns(reference, frame), strict=True):
            assert got == reference.slowly(row), (code, row)


def test_a_key_too_wide_for_one_integer_gives_the_same_decisions(monkeypatch):
    law = random_law(7)
    reference, frame = Reference(law.library, law.program), random_frame(7, 300)
    before = list(columns(reference, frame))
    monkeypatch.setattr(cells, "_MOST", 60)
    assert list(columns(reference, frame)) == before


@pytest.mark.parametrize("kind", [pl.Categorical, "enum"])
def test_text_columns_may_be_categories(kind):
    law = random_law(8)
    reference, frame = Reference(law.library, law.program), random_frame(8, 200)
    other = frame.with_columns(
        pl.col(name).cast(kind if kind != "enum" else pl.Enum(frame[name].drop_nulls().unique().sort()))
        for name, of in frame.schema.items() if of == pl.String
    )  # fmt: skip
    assert list(columns(reference, other)) == list(columns(reference, frame))


def test_an_estate_without_rows_has_no_classes():
    law = random_law(9)
    decided = decide_frame(Interpreter(law.program), law.library.facts, random_frame(9, 0).lazy())
    assert decided.classes.height == 0
    assert decided.elements.len() == 0


def test_an_estate_of_which_no_column_is_read_is_one_class():
    law = random_law(9)
    decided = decide_frame(Interpreter(law.program), law.library.facts, pl.LazyFrame({"site": [1, 2, 3]}))
    assert decided.elements.to_list() == [0, 0, 0]
    assert decided.classes["size"].to_list() == [3]


def test_an_installed_text_that_is_no_date_is_named():
    seed = next(n for n in range(99) if "installed" in random_law(n).program.spans)
    law = random_law(seed)
    frame = random_frame(seed, 3).with_columns(installed=pl.lit("2020-02-30"))
    with pytest.raises(UsageError, match="E0110"):
        decide_frame(Interpreter(law.program), law.library.facts, frame.lazy())


def test_unsettled_classes_are_unknown_and_the_others_the_same():
    law = random_law(1003)
    frame, interpreter = random_frame(3, 500), Interpreter(law.program)
    quick = decide_frame(interpreter, law.library.facts, frame.lazy(), settle=False).classes
    full = decide_frame(interpreter, law.library.facts, frame.lazy()).classes
    decided = quick.filter(pl.col("outcome") != "unknown")
    assert decided.height not in (0, quick.height)
    assert decided.equals(full.join(decided.select("class"), on="class", how="semi"))


def test_hidden_facets_never_make_an_unknown_answer_known():
    law = random_law(1004)
    frame, interpreter = random_frame(4, 400).lazy(), Interpreter(law.program)
    seen = decide_frame(interpreter, law.library.facts, frame, presume=False)
    blind = decide_frame(
        interpreter, law.library.facts, frame, presume=False, hidden=frozenset({"origin", "technical"})
    )
    for before, after in islice(zip(seen.elements, blind.elements, strict=True), 400):
        assert set(seen.classes["stated"][before]) <= set(blind.classes["stated"][after])


def test_classes_are_dated_by_the_program():
    assert random_law(5).program.as_of == TODAY
