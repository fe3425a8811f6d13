"""From the options of `assay plan` to a solved case."""

from __future__ import annotations

import argparse
from pathlib import Path

from assay.cli.options import asked_dates
from assay.cli.plan_progress import meter
from assay.workflow.answers.ask import parse_assumptions
from assay.workflow.planning.document import Planned
from assay.workflow.planning.plan import Unplannable, make_plan, parse_horizon, use_kernels, usual_effort
from assay.workflow.planning.problem import make_problem

__all__ = ["solved"]


def solved(args: argparse.Namespace, case: Path, *, prices: bool) -> Planned | Unplannable:
    """Read the case, ask the law, solve; with progress on a terminal. Raises AssayError with place and remedy."""
    on, known = asked_dates(args)
    assumptions = parse_assumptions(args.assume)
    effort = usual_effort(args.effort, args.solver)
    problem = make_problem(case, on, known, assumptions, tuple(args.laws), parse_horizon(args.horizon), args.scenario)
    with meter(ready=use_kernels(), limit=args.time_limit) as progress:
        return make_plan(
            problem, on, known, assumptions, effort, args.seed, strict=args.strict, prices=prices, progress=progress
        )
