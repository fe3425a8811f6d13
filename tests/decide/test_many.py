"""Questions decided together get, one by one, the answer and the id that they get alone."""

from dataclasses import replace

import pytest
from tests.decide.random_packs import TODAY, random_frame, random_law
from tests.decide.reference import question_of

from assay.decide.bind import Binder, bind
from assay.decide.decide import answer
from assay.decide.document import decision_id, document
from assay.decide.interpret import Interpreter
from assay.decide.many import Many, decide_many, decision_ids, explain_many
from assay.errors import InternalError, UsageError
from assay.model.decision import Outcome, Verdict


def world(seed, count=60):
    law = random_law(seed)
    questions = [question_of(row, "XX", TODAY, TODAY) for row in random_frame(seed, count).to_dicts()]
    return law, Interpreter(law.program), questions


@pytest.mark.parametrize("seed", range(40, 52))
def test_many_answers_are_the_answers_to_each(seed):
    law, interpreter, questions = world(seed)
    many = decide_many(interpreter, law.library.facts, questions)
    found = explain_many(interpreter, law.library, questions, many)
    ids = decision_ids(found, many)
    for question, together, name in zip(questions, found, ids, strict=True):
        alone = answer(interpreter, law.library, question)
        assert document(together) == document(alone)
        assert name == decision_id(document(alone))


def test_a_verdict_that_the_interpreter_does_not_share_is_refused():
    law, interpreter, questions = world(41, 10)
    many = decide_many(interpreter, law.library.facts, questions)
    other = Verdict(Outcome.CONFLICT if many.verdicts[0].outcome is not Outcome.CONFLICT else Outcome.PERMITTED)
    with pytest.raises(InternalError, match="E0022"):
        explain_many(interpreter, law.library, questions, Many(many.kinds, many.first, (other, *many.verdicts[1:]), 0))


def test_facts_looked_up_once_are_the_facts_of_each_question():
    law, _, questions = world(45, 200)
    binder = Binder(law.program, law.library.facts)
    for question in (*questions, replace(questions[0], given={"x.size": 3})):
        assert binder.bind(question) == bind(law.program, question, law.library.facts)


def test_an_installed_that_is_no_day_is_an_error_and_never_a_silent_gap():
    law, interpreter, questions = world(40, 1)
    assert "installed" in law.program.spans
    odd = replace(questions[0], context={"installed": ("soon",)})
    with pytest.raises(UsageError, match="E0110"):
        decide_many(interpreter, law.library.facts, [odd])
