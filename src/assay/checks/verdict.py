"""From what a check saw to the verdict of its case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from assay.model.assessment import Case, Finding, Proof, Seen, Strength, Verdict

__all__ = ["conclude"]

_MOST_PROOFS: Final = 12
_MOST_REASONS: Final = 5


def conclude(case: Case, seen: Iterable[Seen], nothing: str) -> Finding:
    """The verdict over all instances: a violation decides, then a fulfilment, else it stays open.

    A fail without a proof is no fail: it is inconclusive. `nothing` is the reason where no instance was seen.
    """
    instances = list(seen)
    bad = [one for one in instances if one.verdict is Verdict.FAIL and one.proof]
    good = [one for one in instances if one.verdict is Verdict.PASS]
    left = tuple(dict.fromkeys(one.reason for one in instances if one not in bad and one not in good))[:_MOST_REASONS]
    if bad:
        return Finding(case, Verdict.FAIL, _told(bad), Strength.DECISIVE, len(bad), _proofs(bad), left)
    if good:
        enough = 0 < case.decisive_from <= len(good)
        strength = Strength.DECISIVE if enough else Strength.WEAK
        return Finding(case, Verdict.PASS, _told(good), strength, len(good), _proofs(good), left)
    reason = _told([one for one in instances if one.reason]) if instances else nothing
    return Finding(case, Verdict.INCONCLUSIVE, reason or nothing, proof=_proofs(instances))


def _told(seen: list[Seen]) -> str:
    """The first reason, and how many more there are of it and of others."""
    reasons = list(dict.fromkeys(one.reason for one in seen))
    more = len(seen) - 1
    text = "; ".join(reasons[:2])
    return f"{text} ({len(seen)} instances)" if more else text


def _proofs(seen: list[Seen]) -> tuple[Proof, ...]:
    return tuple(dict.fromkeys(proof for one in seen for proof in one.proof))[:_MOST_PROOFS]
