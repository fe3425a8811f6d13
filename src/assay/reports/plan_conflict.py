"""Why there is no schedule: the rules that cannot hold together, and the least that would mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

__all__ = ["conflict_document", "render_conflict"]

Json = dict[str, Any]
Paint = Callable[[str, str], str]


class _Conflict(Protocol):
    """What is read of a conflict; the room of plans is not known here."""

    @property
    def rules(self) -> tuple[str, ...]: ...
    @property
    def proof(self) -> int: ...
    @property
    def relaxations(self) -> Sequence[Any]: ...


def conflict_document(
    broken: Sequence[tuple[str, int]], conflict: _Conflict, titles: Mapping[str, str], quarters: Sequence[str]
) -> Json:  # fmt: skip
    """The conflict as a document."""
    return {
        "schema": "assay-plan-conflict/1",
        "nearest_breaks": [{"rule": rule, "times": times, "title": titles.get(rule, rule)} for rule, times in broken],
        "cannot_hold_together": [{"rule": rule, "title": titles.get(rule, rule)} for rule in conflict.rules],
        "proved": conflict.proof > 0,
        "relaxations": [
            {"rule": r.rule, "amount": r.amount, "unit": r.unit, "quarters": [quarters[t] for t in r.quarters],
             "certain": r.certain}
            for r in conflict.relaxations
        ],
    }  # fmt: skip


def render_conflict(found: Json, paint: Paint) -> str:
    """The conflict in a few lines."""
    lines = [paint("NO LAWFUL SCHEDULE WAS FOUND", "headline")]
    if found["cannot_hold_together"]:
        lines.append("  proved       these cannot hold together; leaving out any one of them lifts the proof:")
        lines += [f"               {row['rule']}: {row['title']}" for row in found["cannot_hold_together"]]
    else:
        lines.append("  not proved   no set of rules was proved to be in conflict: more --effort may find a schedule")
    for row in found["relaxations"]:
        span = f"{row['quarters'][0]} to {row['quarters'][-1]}" if row["quarters"] else "no quarter"
        sure = "enough" if row["certain"] else "at least this, perhaps more"
        lines.append(f"  would mend   {row['rule']}: {row['amount']:,} {row['unit']} more, {span} ({sure})")
    for row in found["nearest_breaks"][:8]:
        lines.append(f"  nearest      breaks {row['rule']} {row['times']:,} times: {row['title']}")
    lines.append("  to do        leave out --strict (overtime at a premium), or relax what would mend it")
    return "\n".join(lines)
