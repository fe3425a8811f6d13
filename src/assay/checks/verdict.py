"""From what a check saw to the verdict of its case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from assay.model.assessment import Case, Finding, Proof, Seen, Strength, Verdict

__all__ = ["conclude"]

_MOST_PROOFS: Final = 12
_MOST_REASONS: Final = 5


def conclude(case: Case, seen: Iterable[Seen], nothing: str) -> Finding:
    """The verdict over all instances: a violation decides, then a fulfilment, else it stays open.

    A fail without a proof is no fail: it is inconclusive. `nothing` is the reason where no instance was seen.
    """
    bad, good, rest = _Heap(), _Heap(), _Heap()
    for one in seen:
        if one.verdict is Verdict.FAIL and one.proof:
            bad.add(one)
        elif one.verdict is Verdict.PASS:
            good.add(one)
        else:
            rest.add(one)
    left = tuple(rest.reasons)
    if bad.count:
        return Finding(case, Verdict.FAIL, bad.told(), Strength.DECISIVE, bad.count, tuple(bad.proofs), left)
    if good.count:
        enough = 0 < case.decisive_from <= good.count
        strength = Strength.DECISIVE if enough else Strength.WEAK
        return Finding(case, Verdict.PASS, good.told(), strength, good.count, tuple(good.proofs), left)
    return Finding(case, Verdict.INCONCLUSIVE, rest.told() or nothing, proof=tuple(rest.proofs))


@dataclass(slots=True)
class _Heap:
    """Instances of one verdict: how many, and of reasons and proofs the first ones. A long log has millions."""

    count: int = 0
    reasons: dict[str, None] = field(default_factory=dict)
    proofs: dict[Proof, None] = field(default_factory=dict)

    def add(self, one: Seen) -> None:
        self.count += 1
        if one.reason and len(self.reasons) < _MOST_REASONS:
            self.reasons[one.reason] = None
        for proof in one.proof:
            if len(self.proofs) >= _MOST_PROOFS:
                break
            self.proofs[proof] = None

    def told(self) -> str:
        """The first reasons, and how many instances there are."""
        text = "; ".join(list(self.reasons)[:2])
        return f"{text} ({self.count} instances)" if self.count > 1 else text
