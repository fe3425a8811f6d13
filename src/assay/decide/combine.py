"""From rule values to an outcome: the strictest binding restriction, else the strictest advice, else what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from assay.decide.program import Line, Program
from assay.model.decision import SEVERITY, Outcome, Truth, Verdict
from assay.model.law import Cap, Effect, Force

__all__ = ["OUTCOME_OF", "Named", "combine", "line_outcome"]

Named = tuple[Outcome, Force | None]
"""An outcome with its force: what two answers are compared by."""

OUTCOME_OF: Final = {
    Effect.PERMIT: Outcome.PERMITTED,
    Effect.CONDITION: Outcome.CONDITIONS,
    Effect.AUTHORISE: Outcome.AUTHORISATION,
    Effect.CAP: Outcome.CAPPED,
    Effect.PHASE_OUT: Outcome.PHASE_OUT,
    Effect.PROHIBIT: Outcome.PROHIBITED,
}


def line_outcome(line: Line, as_of: date) -> Outcome:
    """The outcome of a deciding rule that holds: a phase-out becomes a prohibition the day after its last day."""
    if line.rule.effect is Effect.PHASE_OUT and line.until is not None and as_of > line.until:
        return Outcome.PROHIBITED
    return OUTCOME_OF[line.rule.effect]


def combine(program: Program, rows: Sequence[Sequence[Truth]]) -> Verdict:
    """The verdict of the rules that hold (True) in each part asked about; unknown ones are not counted.

    `rows` has the values of all rules once a part: the strictest of what they say is the outcome. Source of the
    order: docs/semantics.md, "Several rules at once" and "Several parts at once".
    """
    in_parts = [_held(program, row) for row in rows]
    found = [_decide(program, held) for held in in_parts]
    if len(found) == 1:
        return _verdict(program, *found[0], in_parts[0])
    named, _ = max(found, key=_strictness)
    deciding = _together(program, [lines for other, lines in found if other == named])
    return _verdict(program, named, deciding, _together(program, in_parts))


def _held(program: Program, finals: Sequence[Truth]) -> list[Line]:
    return [line for line, value in zip(program.lines, finals, strict=True) if value and line.rule.effect.decides]


def _decide(program: Program, held: list[Line]) -> tuple[Named, list[Line]]:
    """Outcome and force in one part, with the rules that make them."""
    for force in (Force.BINDING, Force.ADVICE):
        here = [line for line in held if line.force is force]
        restricting = [line for line in here if line.rule.effect.restricts]
        permitting = [line for line in here if line.rule.effect is Effect.PERMIT]
        if restricting and permitting:
            return (Outcome.CONFLICT, force), here
        if restricting:
            outcomes = [line_outcome(line, program.as_of) for line in restricting]
            outcome = max(outcomes, key=SEVERITY.__getitem__)
            return (outcome, force), [ln for ln, own in zip(restricting, outcomes, strict=True) if own is outcome]
        if permitting and not any(line.rule.effect.restricts for line in held):
            return (Outcome.PERMITTED, None), permitting
    left = Outcome.NO_RULE if program.residual is None else Outcome(program.residual.outcome)
    return (left, None), []


def _strictness(found: tuple[Named, list[Line]]) -> tuple[bool, int, bool]:
    """Binding before advice, then by outcome; a permission by rule before what is left where no rule holds."""
    (outcome, force), deciding = found
    return force is Force.BINDING, SEVERITY[outcome], bool(deciding)


def _together(program: Program, groups: Iterable[list[Line]]) -> list[Line]:
    """The lines of several parts, each once, in the order of the program."""
    ids = {line.rule.id for group in groups for line in group}
    return [line for line in program.lines if line.rule.id in ids]


def _verdict(program: Program, named: Named, deciding: list[Line], held: list[Line]) -> Verdict:
    outcome, force = named
    also = tuple(pair for pair in _pairs(program, held) if pair != named)
    ids = [line.rule.id for line in deciding]
    if force is None:
        return Verdict(outcome, also=also, deciding=tuple(ids))
    if outcome is Outcome.CONFLICT:
        first = [line.rule.id for line in deciding if line.rule.effect.restricts]
        return Verdict(outcome, force, also=also, deciding=(*first, *[one for one in ids if one not in first]))
    deadline = _deadline(deciding, program.as_of, outcome)
    return Verdict(outcome, force, deadline, _cap(held, deciding), also, tuple(sorted(ids)))


def _pairs(program: Program, held: list[Line]) -> tuple[tuple[Outcome, Force], ...]:
    found = {(line_outcome(line, program.as_of), line.force) for line in held if line.rule.effect.restricts}
    return tuple(sorted(found, key=lambda pair: (pair[1] is Force.ADVICE, -SEVERITY[pair[0]])))


def _deadline(deciding: list[Line], as_of: date, outcome: Outcome) -> date | None:
    if outcome is Outcome.PROHIBITED:
        return None
    ahead = [line.until for line in deciding if line.until is not None and line.until >= as_of]
    return min(ahead, default=None)


def _cap(held: list[Line], deciding: list[Line]) -> Cap | None:
    caps = [line.rule.cap for line in (*deciding, *held) if line.rule.cap is not None]
    return min(caps, key=lambda cap: cap.share, default=None)
