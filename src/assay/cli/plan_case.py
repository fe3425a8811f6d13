"""From the options of `assay plan` to a solved case."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from assay.cli.options import asked_dates
from assay.cli.plan_progress import meter
from assay.errors import UsageError
from assay.workflow.answers.ask import parse_assumptions
from assay.workflow.planning.document import Planned
from assay.workflow.planning.plan import Unplannable, make_plan, parse_horizon, use_kernels, usual_effort
from assay.workflow.planning.problem import make_problem

__all__ = ["solved"]

_MOST_SEED: Final = 2**63 - 1


def solved(args: argparse.Namespace, case: Path, *, prices: bool) -> Planned | Unplannable:
    """Read the case, ask the law, solve; with progress on a terminal. Raises AssayError with place and remedy."""
    _check_counts(args)
    on, known = asked_dates(args)
    assumptions = parse_assumptions(args.assume)
    effort = usual_effort(args.effort, args.solver)
    problem = make_problem(case, on, known, assumptions, tuple(args.laws), parse_horizon(args.horizon), args.scenario)
    with meter(ready=use_kernels(), limit=args.time_limit) as progress:
        return make_plan(
            problem, on, known, assumptions, effort, args.seed, strict=args.strict, prices=prices,
            scenario=args.scenario is not None, progress=progress,
        )  # fmt: skip


def _check_counts(args: argparse.Namespace) -> None:
    """Refuse numbers that cannot be meant, before anything is read (E0715)."""
    if not 0 <= args.seed <= _MOST_SEED:
        raise UsageError("E0715", f"seed {args.seed}", where="--seed", expected=f"0 to {_MOST_SEED}")
    if args.time_limit is not None and args.time_limit < 0:
        raise UsageError("E0715", f"{args.time_limit} seconds", where="--time-limit", expected="0 or more")
