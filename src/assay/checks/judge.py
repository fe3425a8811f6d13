"""One case on one log: does it apply, can it be judged from a recording, what does its check see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Final

from assay.checks.exchange import sift
from assay.checks.log import Log
from assay.checks.verdict import conclude
from assay.errors import AssayError
from assay.model.assessment import Case, Finding, Product, Seen, Verdict

__all__ = ["function_of", "judge", "judge_all"]


def function_of(name: str) -> Callable[..., Iterable[Seen]]:
    """The check that a declaration names as `module.function` in this room."""
    module, _, function = name.partition(".")
    found: Callable[..., Iterable[Seen]] = getattr(import_module(f"assay.checks.{module}"), function)
    return found


def judge_all(cases: Iterable[Case], log: Log, product: Product, release: int) -> list[Finding]:
    """Every case that speaks of the product's functions, in the order given.

    What their checks sift (`SIEVES` of a file of checks) is sifted in one walk before.
    """
    cases = list(cases)
    files = {case.check.partition(".")[0]: None for case in cases if case.check}
    sift(log, (sieve for file in files for sieve in getattr(import_module(f"assay.checks.{file}"), "SIEVES", ())))
    return [judge(case, log, product.supports, release) for case in cases]


def judge(case: Case, log: Log, supports: Mapping[str, bool], release: int) -> Finding:
    """The finding of one case. A fault of the check itself is `error`, never a verdict on the product."""
    out = _not_applicable(case, supports, release)
    if out is not None:
        return out
    if not case.check:
        return Finding(case, Verdict.NOT_RUN, case.by_hand or "not judged from recordings: assay cases record")
    try:
        found = conclude(case, function_of(case.check)(log, **case.arguments), _nothing(case, log))
    except AssayError as error:
        return Finding(case, Verdict.ERROR, f"{error.code} {error.what}")
    except Exception as error:
        # a check reads what strangers recorded: its own fault must not hide the verdicts of the others
        return Finding(case, Verdict.ERROR, f"fault of the check: {type(error).__name__}: {error}"[:200])
    return found


def _not_applicable(case: Case, supports: Mapping[str, bool], release: int) -> Finding | None:
    first, last = case.releases
    if case.void:
        return Finding(case, Verdict.NOT_APPLICABLE, case.void)
    if release < first or (last and release > last):
        span = f"from release {first} on" if first else ""
        return Finding(
            case, Verdict.NOT_APPLICABLE,
            " ".join(text for text in ("stands", span, f"up to release {last}" if last else "") if text),
        )  # fmt: skip
    for feature in (case.applies_if, case.clause.applies_if):
        if feature and supports.get(feature) is False:
            return Finding(case, Verdict.NOT_APPLICABLE, f"the statement of conformance says: no {feature}")
    return None


def _nothing(case: Case, log: Log) -> str:
    """Why nothing could be judged: what the recording lacks and what would have to be provoked."""
    lacks = [point for point, protocols in _SEEN_BY.items() if point in case.clause.points and not _any(log, protocols)]
    if lacks:
        return f"{', '.join(lacks)} not in the recording or not readable; to provoke: {case.provoke}"
    return f"nothing in the recording provokes it; to provoke: {case.provoke}"


def _any(log: Log, protocols: tuple[str, ...]) -> bool:
    return any(log.has(protocol) for protocol in protocols)


_SEEN_BY: Final = {
    "N1": ("nas-5gs",), "N2": ("ngap",), "N3": ("gtp-u", "esp", "ike"), "N4": ("pfcp", "esp", "ike"),
    "N9": ("gtp-u", "esp", "ike"), "Uu": ("nr-rrc",), "F1": ("f1ap", "nr-rrc"), "Xn": ("xnap",),
    "N32": ("http", "tls"), "SBI": ("http", "tls"), "N10": ("http",), "N11": ("http",), "N12": ("http",),
    "N13": ("http",), "N33": ("http",), "N40": ("http",), "N58": ("http",),
}  # fmt: skip
"""Which protocols show something of a reference point."""
