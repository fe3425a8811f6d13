"""What if: the answer blind to origin, and the smallest sets of facts that would change an answer.

Facts are changed, never the law. What only a change of law would mend is found by leaving rules out and is kept
apart. Origin, seat, ownership and identity are never offered as a remedy: nobody can bring another origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, product
from typing import Final

from assay.decide.combine import Named
from assay.decide.complete import OTHER, outcomes
from assay.decide.decide import Answer, answer, ask
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import Assumption, Program, Values
from assay.errors import InternalError
from assay.model.decision import SEVERITY, Outcome, Truth
from assay.model.expression import Atom, Literal, Operator, atoms
from assay.model.law import Effect, Force
from assay.model.question import CLOSED_VALUES, Question

__all__ = ["BLIND", "Change", "Flip", "FlipSet", "Search", "changeable", "direction", "flip", "origin_blind"]

BLIND: Final = frozenset({"origin", "ownership"})
"""Facets that an origin-blind answer does not look at, and that no remedy consists of."""

_LEAVE: Final = "prior-authorisation"
_CHOICES: Final[Mapping[str, str]] = {
    "function": "the network function that the equipment performs",
    "zone": "the security zone in which it stands",
    "place": "where it stands",
    "site-class": "the kind of site",
    "layer": "the layer of the network",
    "bands": "the frequency bands used",
    "funding": "the money it is paid from",
    _LEAVE: "an authority has given leave beforehand",
}
"""Context that is somebody's choice. A past date, an existing network or who one is cannot be chosen."""

_LARGEST: Final = 4
_MOST_TRIES: Final = 4_000
_UNLISTED: Final = (Effect.DUTY, Effect.POWER)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact set to one value. `alike` are other values that every rule reads in the same way.

    `by` are those who can bring it. Where an authority has to judge (`discretion`), nobody else can do it alone;
    `authorities` names it.
    """

    fact: str
    value: Literal
    alike: tuple[Literal, ...]
    was: Values
    title: str
    by: tuple[str, ...]
    authorities: tuple[str, ...]
    discretion: bool
    context: bool


@dataclass(frozen=True, slots=True)
class FlipSet:
    """Facts that together give another headline, while no smaller part of them does. `then` was re-run.

    `direction` is milder, stricter or other; `settles` where the present answer is not determined.
    """

    changes: tuple[Change, ...]
    then: Answer
    direction: str
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """What would change an answer. `complete`: every set of facts was tried, or shown to change nothing."""

    now: Answer
    blind: Answer
    sets: tuple[FlipSet, ...]
    tried: int
    complete: bool


def origin_blind(
    library: Library, question: Question, assumptions: tuple[Assumption, ...] = (), *, presume: bool = True
) -> Answer:
    """The answer as if nothing were known of origin and ownership."""
    return ask(library, question, assumptions=assumptions, presume=presume, hidden=BLIND)


def flip(library: Library, now: Answer, assumptions: tuple[Assumption, ...] = (), *, presume: bool = True) -> Flip:
    """Find the smallest sets of facts that would change the headline of an answer.

    Sets come smallest first, then by the fewest parties that have to act. Each was answered again. Within one
    direction no part of a set does what the set does.
    """
    interpreter = Interpreter(now.program)
    choices = changeable(now)
    search = Search(interpreter, library, now, presume)
    reachable = _reachable(interpreter, now, choices)
    sets: list[FlipSet] = []
    complete = True
    if reachable is None or reachable != {now.verdict.named()}:
        sets = list(search.run(choices))
        complete = search.complete
    sets.sort(key=lambda s: (s.direction != "milder", len(s.changes), len(s.parties), [c.fact for c in s.changes]))
    blind = origin_blind(library, now.question, assumptions, presume=presume)
    return Flip(now, blind, tuple(sets), search.tried, complete)


def changeable(now: Answer) -> dict[str, tuple[Change, ...]]:
    """For each fact that somebody can change and some rule reads: the values worth trying."""
    program = now.program
    read = {a.fact for line in program.lines if line.rule.effect not in _UNLISTED for a in atoms(line.reads)}
    out: dict[str, tuple[Change, ...]] = {}
    for fact in program.spans:
        by = _bringers(now, fact)
        if fact in read and by:
            found = tuple(_changes(now, fact, by))
            if found:
                out[fact] = found
    return out


def _bringers(now: Answer, fact: str) -> tuple[str, ...]:
    attribute = now.program.attributes.get(fact)
    if attribute is None:
        chosen = fact in _CHOICES and now.question.activity != "supply-components"
        return ("operator", *(("authority",) if fact == _LEAVE else ())) if chosen else ()
    if attribute.facet in BLIND | now.hidden:
        return ()
    judged = ("authority",) if attribute.discretion or attribute.facet == "discretion" else ()
    return tuple(dict.fromkeys((*attribute.obtainable, *judged)))


def _changes(now: Answer, fact: str, by: tuple[str, ...]) -> Iterator[Change]:
    """One change for each way in which the rules can read a value other than now."""
    program = now.program
    start, end = program.spans[fact]
    asked = program.atoms[start:end]
    rows: dict[tuple[Truth, ...], list[Literal]] = {}
    for value in _candidates(program, fact, asked):
        rows.setdefault(tuple(program.truth(atom, (value,)) for atom in asked), []).append(value)
    attribute = program.attributes.get(fact)
    discretion = attribute.discretion or attribute.facet == "discretion" if attribute else fact == _LEAVE
    readers = [
        ln for ln in program.lines if ln.rule.effect not in _UNLISTED and any(a.fact == fact for a in atoms(ln.reads))
    ]
    named = tuple(dict.fromkeys(ln.instrument.authority for ln in readers)) if discretion or "authority" in by else ()
    title = attribute.title if attribute else _CHOICES[fact]
    for row, values in rows.items():
        if row != now.truths[start:end]:
            yield Change(
                fact, values[0], tuple(values[1:]), now.bound.values.get(fact), title, by, named, discretion,
                attribute is None,
            )  # fmt: skip


def _candidates(program: Program, fact: str, asked: tuple[Atom, ...]) -> Iterable[Literal]:
    if fact == _LEAVE:
        return ("yes",)
    if fact in CLOSED_VALUES:
        return sorted(CLOSED_VALUES[fact])
    found: dict[Literal, None] = {}
    for atom in asked:
        if atom.op is Operator.IN_CLASS:
            found.update(dict.fromkeys(sorted(program.classes[str(atom.value)].members)))
        elif isinstance(atom.value, tuple):
            found.update(dict.fromkeys(atom.value))
        else:
            found.update(dict.fromkeys(_around(atom.value)))
    if not any(isinstance(value, bool | int | date) for value in found):
        found[OTHER] = None
    return found


def _around(value: Literal) -> tuple[Literal, ...]:
    if isinstance(value, bool):
        return True, False
    if isinstance(value, date):
        return value - timedelta(days=1), value, value + timedelta(days=1)
    return (value - 1, value, value + 1) if isinstance(value, int) else (value,)


def _reachable(
    interpreter: Interpreter, now: Answer, choices: Mapping[str, tuple[Change, ...]]
) -> frozenset[Named] | None:
    """Every headline over all values of the changeable facts; None where that is too much to go through.

    Where only the present one is left this proves that no set of facts of any size helps.
    """
    if now.verdict.outcome is Outcome.UNKNOWN:
        return None
    values, truths = dict(now.bound.values), list(now.truths)
    for fact in choices:
        values[fact] = None
        start, end = now.program.spans[fact]
        truths[start:end] = [None] * (end - start)
    try:
        return outcomes(interpreter, values, truths)
    except InternalError:
        return None


class Search:
    """Tries sets of changes, smallest first, and leaves out what contains a set that already works."""

    def __init__(
        self, interpreter: Interpreter, library: Library, now: Answer, presume: bool, most: int = _MOST_TRIES
    ) -> None:  # fmt: skip
        self._interpreter, self._library, self._now, self._presume = interpreter, library, now, presume
        self._most = most
        self.tried, self.complete = 0, True

    def run(self, choices: Mapping[str, tuple[Change, ...]]) -> Iterator[FlipSet]:
        """Every minimal set up to the bounds; `complete` says whether the bounds cut something off."""
        found: list[tuple[str, frozenset[tuple[str, Literal]]]] = []
        for picked in self._sets(choices):
            keys = frozenset((c.fact, c.value) for c in picked)
            self.tried += 1
            then = self._again(picked)
            goal = _goal(self._now, then)
            if goal and not any(goal == other and part <= keys for other, part in found):
                found.append((goal, keys))
                yield FlipSet(picked, then, goal.partition(":")[0], _fewest_parties(picked))

    def _sets(self, choices: Mapping[str, tuple[Change, ...]]) -> Iterator[tuple[Change, ...]]:
        for size in range(1, len(choices) + 1):
            for facts in combinations(choices, size):
                for picked in product(*(choices[fact] for fact in facts)):
                    if size > _LARGEST or self.tried >= self._most:
                        self.complete = False
                        return
                    yield picked

    def _again(self, picked: Sequence[Change]) -> Answer:
        question = self._now.question
        context, given = dict(question.context), dict(question.given)
        for change in picked:
            if change.context:
                context[change.fact] = (str(change.value),)
            else:
                given[change.fact] = change.value
        asked = replace(question, context=context, given=given)
        return answer(self._interpreter, self._library, asked, presume=self._presume, hidden=self._now.hidden)


def direction(now: Answer, then: Answer) -> str:
    """Milder, stricter, other or settles; empty where the headline stays, or may stay as strict as it is."""
    return _goal(now, then).partition(":")[0]


def _goal(now: Answer, then: Answer) -> str:
    """What a change does; empty where the headline stays, or may stay as strict as it is."""
    before, after = now.verdict.named(), then.verdict.named()
    if now.verdict.outcome is Outcome.UNKNOWN:
        return "" if after[0] is Outcome.UNKNOWN else f"settles:{after[0]}:{after[1]}"
    if after == before:
        return ""
    ranks = [_rank(named) for named in then.stated]  # several where the changed answer is not determined
    if max(ranks) < _rank(before):
        return "milder"
    if min(ranks) > _rank(before):
        return "stricter"
    return "other" if len(ranks) == 1 else ""


def _rank(named: Named) -> tuple[bool, int]:
    """The order of headlines: what binds before advice, then strictness."""
    return named[1] is Force.BINDING, SEVERITY[named[0]]


def _fewest_parties(picked: Sequence[Change]) -> tuple[str, ...]:
    """The smallest group that can bring all of it; what is left to an authority's judgement needs the authority."""
    needed = [{"authority"} if change.discretion else set(change.by) for change in picked]
    everybody = list(dict.fromkeys(name for change in picked for name in change.by))
    for size in range(1, len(everybody) + 1):
        for names in combinations(everybody, size):
            if all(set(names) & need for need in needed):
                return names
    return tuple(everybody)
