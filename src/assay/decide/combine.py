"""From rule values to an outcome: the strictest binding restriction, else the strictest advice, else what is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from assay.decide.program import Line, Program
from assay.model.decision import SEVERITY, Outcome, Truth, Verdict
from assay.model.law import Cap, Effect, Force

__all__ = ["OUTCOME_OF", "combine", "line_outcome"]

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


def combine(program: Program, finals: Sequence[Truth]) -> Verdict:
    """The verdict of the rules that hold (True); unknown ones are not counted.

    Source of the order: docs/semantics.md, "Several rules at once".
    """
    held = [
        line for line, value in zip(program.lines, finals, strict=True) if value is True and line.rule.effect.decides
    ]
    for force in (Force.BINDING, Force.ADVICE):
        here = [line for line in held if line.force is force]
        restricting = [line for line in here if line.rule.effect.restricts]
        permitting = [line for line in here if line.rule.effect is Effect.PERMIT]
        if restricting and permitting:
            ids = tuple(line.rule.id for line in (*restricting, *permitting))
            return Verdict(Outcome.CONFLICT, force, also=_pairs(program, held), deciding=ids)
        if restricting:
            return _strictest(program, force, restricting, held)
        if permitting and not any(line.rule.effect.restricts for line in held):
            return Verdict(
                Outcome.PERMITTED, also=_pairs(program, held), deciding=tuple(ln.rule.id for ln in permitting)
            )
    left = Outcome.NO_RULE if program.residual is None else Outcome(program.residual.outcome)
    return Verdict(left)


def _strictest(program: Program, force: Force, restricting: list[Line], held: list[Line]) -> Verdict:
    outcomes = {line.rule.id: line_outcome(line, program.as_of) for line in restricting}
    outcome = max(outcomes.values(), key=SEVERITY.__getitem__)
    deciding = [line for line in restricting if outcomes[line.rule.id] is outcome]
    also = tuple(pair for pair in _pairs(program, held) if pair != (outcome, force))
    return Verdict(
        outcome, force, _deadline(deciding, program.as_of, outcome), _cap(held, deciding), also,
        tuple(sorted(line.rule.id for line in deciding)),
    )  # fmt: skip


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
