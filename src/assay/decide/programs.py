"""Programs by jurisdiction and dates, each built once: what asks many questions of one library goes through here."""

from __future__ import annotations

from datetime import date

from assay.decide.decide import Answer, answer
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import Assumption, build_program
from assay.model.question import Question

__all__ = ["Programs"]


class Programs:
    """Interpreters by jurisdiction, day and day of knowledge, under the same assumptions."""

    def __init__(self, library: Library, assumptions: tuple[Assumption, ...] = ()) -> None:
        self.library, self.assumptions = library, assumptions
        self._built: dict[tuple[str, date, date], Interpreter] = {}

    def get(self, jurisdiction: str, as_of: date, known_at: date) -> Interpreter:
        """The interpreter for one jurisdiction on one day with what was known by another."""
        key = (jurisdiction, as_of, known_at)
        if key not in self._built:
            program = build_program(self.library, jurisdiction, as_of, known_at, self.assumptions)
            self._built[key] = Interpreter(program)
        return self._built[key]

    def answer(self, question: Question, *, presume: bool = True, hidden: frozenset[str] = frozenset()) -> Answer:
        """Answer one question with the program of its jurisdiction and dates."""
        interpreter = self.get(question.jurisdiction, question.as_of, question.known_at)
        return answer(interpreter, self.library, question, presume=presume, hidden=hidden)
