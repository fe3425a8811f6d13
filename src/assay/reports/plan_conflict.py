"""Why there is no schedule: the rules that cannot hold together, and the least that would mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from assay.reports.money import money_words

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
    broken: Sequence[tuple[str, int]], conflict: _Conflict, titles: Mapping[str, str], quarters: Sequence[str],
    currency: str, assumed: Sequence[tuple[str, str]] = (),
) -> Json:  # fmt: skip
    """The conflict as a document. `amount` counts in `unit`: sites, thousands of `currency`, quarters later."""
    return {
        "schema": "assay-plan-conflict/1", "currency": currency,
        "assumed": [{"id": name, "from": day} for name, day in assumed],
        "nearest_breaks": [{"rule": rule, "times": times, "title": titles.get(rule, rule)} for rule, times in broken],
        "cannot_hold_together": [{"rule": rule, "title": titles.get(rule, rule)} for rule in conflict.rules],
        "proved": conflict.proof > 0,
        "relaxations": [
            {"rule": r.rule, "amount": r.amount, "unit": r.unit, "quarters": [quarters[t] for t in r.quarters],
             "certain": r.certain, "whole": r.whole}
            for r in conflict.relaxations
        ],
    }  # fmt: skip


def render_conflict(found: Json, paint: Paint) -> str:
    """The conflict in a few lines."""
    lines = [paint("NO LAWFUL SCHEDULE WAS FOUND", "headline")]
    lines += [f"  ASSUMED      {row['id']} as if in force from {row['from']}" for row in found["assumed"]]
    if found["cannot_hold_together"]:
        lines.append("  proved       these cannot hold together; leaving out any one of them lifts the proof:")
        lines += [f"               {_named(row)}" for row in found["cannot_hold_together"]]
    else:
        lines.append("  not proved   no set of rules was proved to be in conflict: more --effort may find a schedule")
    lines += [f"  would mend   {_mended(row, found['currency'])}" for row in found["relaxations"]]
    for row in found["nearest_breaks"][:8]:
        times = "once" if row["times"] == 1 else f"{row['times']:,} times"
        lines.append(f"  nearest      the nearest schedule breaks {times} {_named(row)}")
    lines.append("  to do        leave out --strict (overtime at a premium), or relax what would mend it")
    return "\n".join(lines)


def _named(row: Mapping[str, Any]) -> str:
    """The rule and what it says; our own limits say it in their title."""
    title, rule = str(row["title"]), str(row["rule"])
    return title if title.startswith(rule) else f"{rule}: {title}"


def _mended(row: Mapping[str, Any], currency: str) -> str:
    """The least that would mend it, in words."""
    amount, unit = row["amount"], row["unit"]
    span = f" ({row['quarters'][0]} to {row['quarters'][-1]} together)" if row["quarters"] else ""
    match unit:
        case "thousands":
            words = f"{money_words(amount * 100_000, currency)} more{span}"
        case "quarters later":
            words = f"{amount} quarters later" if amount > 1 else "one quarter later"
        case "left out":
            words = "left out"
        case _:
            words = f"{amount:,} {unit} more{span}"
    if row["whole"]:
        return f"{row['rule']}: {words}; a schedule of the whole network was found with that"
    return f"{row['rule']}: {words}; {'enough for this conflict, others may remain' if row['certain'] else 'at least'}"
