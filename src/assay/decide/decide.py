"""One question to one answer: values, presumptions, rules, outcome, and the exact set of possible outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assay.decide.bind import Bound, bind
from assay.decide.combine import Named, combine
from assay.decide.complete import outcomes, relevant_facts
from assay.decide.interpret import Interpreter, Truths, View, anywhere
from assay.decide.library import Library
from assay.decide.program import Assumption, Program, build_program
from assay.model.decision import SEVERITY, Outcome, Truth, Verdict
from assay.model.expression import Atom, Operator
from assay.model.law import Effect
from assay.model.question import ANY_PART, Question

__all__ = ["Answer", "InParts", "Presumed", "answer", "ask", "in_parts"]


@dataclass(frozen=True, slots=True)
class Presumed:
    """Something that a short question was taken to mean."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class InParts:
    """Parts of a network in which rules read alike: the truths there, each rule's predicate and its value."""

    parts: tuple[str, ...]
    truths: Truths
    predicates: Truths
    finals: Truths


def in_parts(interpreter: Interpreter, view: View) -> InParts:
    """What all rules say in one view of the truths."""
    truths = view.truths
    return InParts(view.parts, truths, interpreter.predicates(truths), interpreter.finals(truths))


@dataclass(frozen=True)
class Answer:
    """An answer with what it was computed from.

    `verdict` is the headline under the presumptions; its outcome is UNKNOWN where `stated` has several members.
    `possible` is the exact set without presumptions. `views` has one row a part asked about, or fewer where rules
    read some alike.
    """

    question: Question
    program: Program
    bound: Bound
    verdict: Verdict
    stated: tuple[Named, ...]
    possible: tuple[Named, ...]
    presumed: tuple[Presumed, ...]
    missing: tuple[str, ...]
    truths: tuple[Truth, ...]
    views: tuple[InParts, ...]
    hidden: frozenset[str] = frozenset()

    @cached_property
    def predicates(self) -> tuple[Truth, ...]:
        """Each rule's predicate, in whichever part."""
        return tuple(anywhere([view.predicates for view in self.views]))

    @cached_property
    def finals(self) -> tuple[Truth, ...]:
        """Each rule's value after defeats: true where it holds in one of the parts."""
        return tuple(anywhere([view.finals for view in self.views]))

    def listed(self, effect: Effect) -> tuple[str, ...]:
        """Ids of the duties or powers that are not ruled out."""
        pairs = zip(self.program.lines, self.finals, strict=True)
        return tuple(sorted(ln.rule.id for ln, v in pairs if ln.rule.effect is effect and v is not False))


def ask(
    library: Library, question: Question, *, assumptions: tuple[Assumption, ...] = (), presume: bool = True,
    hidden: frozenset[str] = frozenset(),
) -> Answer:  # fmt: skip
    """Answer one question from a library. Pure: same input, same answer."""
    program = build_program(library, question.jurisdiction, question.as_of, question.known_at, assumptions)
    return answer(Interpreter(program), library, question, presume=presume, hidden=hidden)


def answer(
    interpreter: Interpreter, library: Library, question: Question, *, presume: bool = True,
    hidden: frozenset[str] = frozenset(),
) -> Answer:  # fmt: skip
    """Answer one question with a program that was built for its jurisdiction and dates.

    `hidden` are facets whose facts, and class memberships resting on them, read as unknown (origin-blind answers).
    """
    program = interpreter.program
    bound = bind(program, question, library.facts, hidden)
    plain = _mask(program, interpreter.truths(bound.values), hidden)
    possible = outcomes(interpreter, bound.values, plain)
    truths, used = _presume(interpreter, question, bound, plain) if presume else (plain, ())
    stated = outcomes(interpreter, bound.values, truths) if truths != plain else possible
    views = interpreter.views(truths, bound.values["part"])
    found = tuple(in_parts(interpreter, view) for view in views)
    verdict = _headline(program, [one.finals for one in found], stated)
    missing = relevant_facts(interpreter, views)
    return Answer(
        question, program, bound, verdict, _sorted(stated), _sorted(possible), used, missing, tuple(truths), found,
        hidden,
    )  # fmt: skip


def _headline(program: Program, rows: Sequence[Truths], stated: frozenset[Named]) -> Verdict:
    held = combine(program, rows)
    if len(stated) > 1:
        return replace(held, outcome=Outcome.UNKNOWN, force=None, deadline=None, cap=None, also=(), deciding=())
    (only,) = stated
    if held.named() == only:
        return held
    return Verdict(only[0], only[1])  # one outcome on every completion although no single rule is known to hold


def _sorted(found: frozenset[Named]) -> tuple[Named, ...]:
    return tuple(sorted(found, key=lambda named: (SEVERITY[named[0]], named[0].value, named[1] or "")))


def _mask(program: Program, truths: list[Truth], hidden: frozenset[str]) -> list[Truth]:
    if not hidden:
        return truths
    return [None if _rests_on(program, atom) in hidden else t for atom, t in zip(program.atoms, truths, strict=True)]


def _rests_on(program: Program, atom: Atom) -> str:
    if atom.op is Operator.IN_CLASS:
        return program.classes[str(atom.value)].of.facet
    return program.attributes[atom.fact].facet if atom.fact in program.attributes else "none"


def _presume(
    interpreter: Interpreter, question: Question, bound: Bound, plain: list[Truth]
) -> tuple[list[Truth], tuple[Presumed, ...]]:
    """Lay every presumption that applies over the truths; name those without which some rule would read otherwise."""
    steps = [*_by_value(interpreter.program, question, bound), *_by_class(interpreter.program, question, bound)]
    steps += _not_shown(interpreter.program, bound)
    full = _lay(plain, [step for _, step in steps])

    def rows(truths: list[Truth]) -> list[list[Truth]]:
        return [interpreter.finals(view.truths) for view in interpreter.views(truths, bound.values["part"])]

    before = rows(full)
    used = []
    for number, (presumed, _) in enumerate(steps):
        without = _lay(plain, [step for i, (_, step) in enumerate(steps) if i != number])
        if rows(without) != before:
            used.append(presumed)
    return full, tuple(used)


def _lay(plain: list[Truth], steps: list[dict[int, bool]]) -> list[Truth]:
    out = list(plain)
    for step in steps:
        for number, truth in step.items():
            if plain[number] is None:
                out[number] = truth
    return out


Step = tuple[Presumed, dict[int, bool]]


def _by_value(program: Program, question: Question, bound: Bound) -> list[Step]:
    out: list[Step] = []
    for found in program.presumptions:
        if not found.value or bound.values.get(found.key) is not None or not _part_fits(question, found.parts):
            continue
        start, end = program.spans.get(found.key, (0, 0))
        truths = {n: program.truth(program.atoms[n], (found.value,)) for n in range(start, end)}
        out.append((Presumed(found.key, found.value, found.why), {n: t for n, t in truths.items() if t is not None}))
    return out


def _by_class(program: Program, question: Question, bound: Bound) -> list[Step]:
    out: list[Step] = []
    for found in program.presumptions:
        if not found.in_class or bound.values.get(found.key) is not None or not _part_fits(question, found.parts):
            continue
        atom = Atom(found.key, Operator.IN_CLASS, found.in_class)
        if atom in program.numbers:
            title = program.classes[found.in_class].of.title
            out.append((Presumed(found.key, f"one of: {title}", found.why), {program.numbers[atom]: True}))
    return out


def _part_fits(question: Question, parts: tuple[str, ...]) -> bool:
    return question.part == ANY_PART or question.part in parts


def _not_shown(program: Program, bound: Bound) -> list[Step]:
    """An attribute that the applicant has to show is presumed not shown."""
    out: list[Step] = []
    for name, (start, end) in program.spans.items():
        attribute = program.attributes.get(name)
        if attribute is None or not attribute.burden or bound.values.get(name) is not None:
            continue
        why = f"nobody has shown that {attribute.title}"
        out.append((Presumed(name, "not shown", why), {n: program.atoms[n].value is False for n in range(start, end)}))
    return out
