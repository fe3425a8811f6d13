"""What a change of law would do: deciding rules left out, alone or together with facts that somebody could bring.

Kept apart from `whatif`: none of it is in the hands of the one who asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from assay.decide.decide import Answer, answer
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import Assumption, Line, build_program
from assay.decide.whatif import BLIND, Change, FlipSet, Search, changeable, direction
from assay.model.expression import Atom, Operator, atoms
from assay.model.law import Pack, Rule, State

__all__ = ["Fixed", "Withdrawal", "Withdrawals", "fixed", "who_changes", "withdrawals"]

_MOST_RULES: Final = 4
"""More deciding rules than these are left out all together or not at all."""
_MOST_TRIES: Final = 400
"""Sets of facts tried beside one set of rules."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Rules and facts that together make the answer milder, while no smaller part of them does. `then` was re-run."""

    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    then: Answer
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """Every minimal withdrawal that was found; `complete` says whether every set of rules and facts was tried."""

    found: tuple[Withdrawal, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a deciding rule reads and nobody can bring: `who` could change it by changing the law, or `nobody`."""

    fact: str
    title: str
    who: str


def who_changes(line: Line) -> str:
    """Who could withdraw a rule: the legislator a statute, the parties a contract, an authority everything else."""
    return {"statute": "legislator", "contract": "the parties"}.get(line.instrument.kind, "authority")


def withdrawals(
    library: Library, now: Answer, sets: Sequence[FlipSet], assumptions: tuple[Assumption, ...] = (), *,
    presume: bool = True,
) -> Withdrawals:  # fmt: skip
    """Leave out deciding rules, the fewest first, and try facts beside them where that alone is not milder.

    `sets` are the sets of facts that help without any change of law: nothing that contains one of them is offered.
    """
    deciding = [ln for ln in now.program.lines if ln.rule.id in now.verdict.deciding and ln.rule.effect.restricts]
    deciding.sort(key=lambda line: line.rule.id)
    known = [(frozenset[str](), _keys(one.changes)) for one in sets if one.direction == "milder"]
    found: list[Withdrawal] = []
    complete = len(deciding) <= _MOST_RULES
    for group in _groups(deciding):
        gone = frozenset(line.rule.id for line in group)
        for changes, then in _beside(_without(library, gone), now, assumptions, presume):
            if then is None:
                complete = False
            elif not any(rules <= gone and facts <= _keys(changes) for rules, facts in known):
                known.append((gone, _keys(changes)))
                found.append(Withdrawal(group, changes, then, _parties(group, changes)))
    found.sort(key=lambda one: (len(one.lines) + len(one.changes), [line.rule.id for line in one.lines]))
    return Withdrawals(tuple(found), complete)


def _groups(deciding: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    if len(deciding) > _MOST_RULES:
        yield tuple(deciding)
        return
    for size in range(1, len(deciding) + 1):
        yield from combinations(deciding, size)


def _without(library: Library, gone: frozenset[str]) -> Library:
    """The law without these rules, and without superseded law that they replaced: a repeal brings nothing back."""
    replaced = {
        defeat.rule for pack in library.packs for rule in pack.rules if rule.id in gone
        for defeat in rule.defeats if defeat.why == "lex posterior"
    }  # fmt: skip
    return replace(library, packs=tuple(replace(p, rules=_left(p, gone, replaced)) for p in library.packs))


def _left(pack: Pack, gone: frozenset[str], replaced: set[str]) -> tuple[Rule, ...]:
    return tuple(
        rule for rule in pack.rules
        if rule.id not in gone
        and not (rule.id in replaced and pack.instruments[rule.instrument].state is State.SUPERSEDED)
    )  # fmt: skip


def _beside(
    library: Library, now: Answer, assumptions: tuple[Assumption, ...], presume: bool
) -> Iterator[tuple[tuple[Change, ...], Answer | None]]:  # fmt: skip
    """The sets of facts that make the answer milder under this law: none where the law alone does.

    A last pair without an answer says that not every set was tried.
    """
    question = now.question
    program = build_program(library, question.jurisdiction, question.as_of, question.known_at, assumptions)
    interpreter = Interpreter(program)
    alone = answer(interpreter, library, question, presume=presume, hidden=now.hidden)
    if direction(now, alone) == "milder":
        yield (), alone
        return
    search = Search(interpreter, library, now, presume, most=_MOST_TRIES)
    for one in search.run(changeable(alone)):
        if one.direction == "milder":
            yield one.changes, one.then
    if not search.complete:
        yield (), None


def _keys(changes: Sequence[Change]) -> frozenset[tuple[str, object]]:
    return frozenset((change.fact, change.value) for change in changes)


def _parties(lines: Sequence[Line], changes: Sequence[Change]) -> tuple[str, ...]:
    from_law = [who_changes(line) for line in lines]
    from_facts = ["authority" if change.discretion else change.by[0] for change in changes]
    return tuple(dict.fromkeys((*from_law, *from_facts)))


def fixed(now: Answer) -> tuple[Fixed, ...]:
    """What the deciding rules find true of the subject and no party can bring, with who could change it at all."""
    given = changeable(now)
    out: dict[Fixed, None] = {}
    for line in now.program.lines:
        if line.rule.id not in now.verdict.deciding:
            continue
        for atom in atoms(line.reads):
            if atom.fact not in ("part", "activity", *given) and now.truths[now.program.numbers[atom]] is True:
                out[_fixed(now, line, atom)] = None
    return tuple(sorted(out, key=lambda one: (one.who == "nobody", one.fact, one.title)))


def _fixed(now: Answer, line: Line, atom: Atom) -> Fixed:
    if atom.op is Operator.IN_CLASS:
        listed = now.program.classes[str(atom.value)].of
        by_name = atom.fact in ("supplier", "product") and listed.facet not in BLIND
        return Fixed(atom.fact, f"one of: {listed.title}", who_changes(line) if by_name else "nobody")
    attribute = now.program.attributes.get(atom.fact)
    return Fixed(atom.fact, attribute.title if attribute else f"what was asked: {atom.fact}", "nobody")
