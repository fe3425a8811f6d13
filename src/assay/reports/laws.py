"""Law packs in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.model.expression import All, Atom, Expression, Not, Operator
from assay.model.expression import Any as AnyOf
from assay.reports.toolbox import render_toolbox

__all__ = [
    "in_words", "render_coverage", "render_due", "render_list", "render_pack", "render_pack_difference", "render_rule",
    "render_timeline",
]  # fmt: skip

Json = Mapping[str, Any]
_OPERATORS: Final = {
    Operator.LT: "is before or below", Operator.LE: "is at most", Operator.GT: "is after or above",
    Operator.GE: "is at least",
}  # fmt: skip


def in_words(expression: Expression) -> str:
    """A predicate as one clause. `always` for one that asks nothing."""
    match expression:
        case Atom():
            return _atom(expression)
        case Not(part):
            return f"not ({in_words(part)})"
        case All(parts):
            return " and ".join(_inner(part) for part in parts) or "always"
        case AnyOf(parts):
            return " or ".join(_inner(part) for part in parts) or "never"


def _inner(part: Expression) -> str:
    many = isinstance(part, All | AnyOf) and len(part.parts) > 1
    return f"({in_words(part)})" if many else in_words(part)


def _atom(atom: Atom) -> str:
    if atom.op is Operator.IN_CLASS:
        return f"{atom.fact} is listed in {atom.value}"
    if isinstance(atom.value, tuple):
        return f"{atom.fact} is {' or '.join(atom.value)}"
    if isinstance(atom.value, bool):
        return f"{atom.fact}" if atom.value else f"not {atom.fact}"
    return f"{atom.fact} {_OPERATORS.get(atom.op, 'is')} {atom.value}"


def render_list(rows: Sequence[Json]) -> str:
    """Every pack with its counts, one a line."""
    lines = [f"{'pack':20} {'rules':>5} {'duties':>6} {'powers':>6} {'sources':>7}  coded       title"]
    for row in rows:
        counts = f"{row['rules']:5} {row['duties']:6} {row['powers']:6} {row['sources']:7}"
        private = " (private)" if row["private"] else ""
        lines.append(f"{row['pack']:20} {counts}  {row['coded']}  {row['title']}{private}")
    return "\n".join([*lines, f"{len(rows)} packs"])


def render_rule(rule: Json) -> str:
    """One rule in plain words."""
    by = rule["instrument"]
    scope = f"parts: {', '.join(rule['parts'])} · acts: {', '.join(rule['activities'])}"
    dates = f"valid from {rule['valid']['from']}" + (
        f" until before {rule['valid']['to']}" if rule["valid"]["to"] else ""
    )
    lines = [f"{rule['id']}  [{rule['effect']}, {by['force']}, {by['state']}]", f"  {rule['says']}"]
    lines += [f"  {by['title']} ({by['kind']}) · {by['authority']} · to {by['addressee']}", f"  {scope}"]
    lines.append(f"  when: {rule['when']}")
    lines.append(
        f"  {dates} · could be read from {rule['known']}" + (f" · last day {rule['until']}" if rule["until"] else "")
    )
    if rule["until_months"] is not None:
        lines.append(f"  last day: {rule['until_months']} months after it comes into force")
    if rule["cap"]:
        lines.append(
            f"  cap: {rule['cap']['share']} of {' and '.join(rule['cap']['metric'])}"
            f" per {' and '.join(rule['cap']['per'])}, out of: {rule['cap']['of']}"
        )
    lines += [f"  makes true: {rule['define']}"] if rule["define"] else []
    lines += [f"  takes away: {d['rule']} ({d['why']})" for d in rule["defeats"]]
    lines += [f"  condition: {text}" for text in rule["conditions"]]
    lines += [_cited(source) for source in rule["cite"]]
    lines += [f"  note: {rule['note']}"] if rule["note"] else []
    return "\n".join(lines)


def _cited(source: Json) -> str:
    read = f"read {source['read']['on']}, {source['read']['extent']}" if source["read"] else "not read"
    at = f", {source['at']}" if source["at"] else ""
    return f"  source: {source['title']}{at} [{source['grade']}, {read}] {source['url']}"


def render_pack(pack: Json) -> str:
    """One pack in plain words."""
    lines = [f"{pack['pack']}: {pack['title']}", f"coded {pack['coded']} · {pack['licence']} · sha256:{pack['digest']}"]
    for row in pack["residual"]:
        lines.append(f"where nothing restricts, from {row['from']}: {row['outcome']}: {row['why']}")
    for row in pack["presumptions"]:
        lines.append(f"a short question is taken to mean {row['key']} = {row['value']}: {row['why']}")
    for rule in pack["rules"]:
        lines += ["", render_rule(rule)]
    for found in pack["classes"]:
        lines += ["", *_class(found)]
    if pack["not_encoded"]:
        lines += ["", "known and not coded:"] + [f"  {row['event']}: {row['reason']}" for row in pack["not_encoded"]]
    lines += _requirements(pack.get("requirements", {})) + render_toolbox(pack.get("toolbox", {}))
    return "\n".join(lines)


def _class(found: Json) -> list[str]:
    kind = "closed list" if found["closed"] else "open list: who is not on it is unknown"
    members = [m["value"] + _span(m) for m in found["members"]]
    shown = members[:40] + ([f"and {len(members) - 40} more"] if len(members) > 40 else [])
    return [f"{found['id']}  [{found['of']}, {kind}]", f"  {found['title']}", f"  {'; '.join(shown) or 'no entries'}"]


def _span(member: Json) -> str:
    if not member["from"] and not member["to"]:
        return ""
    return f" ({member['from'] or '...'} to {member['to']})" if member["to"] else f" (from {member['from']})"


def _requirements(found: Json) -> list[str]:
    lines: list[str] = []
    for row in found.get("requirement", ()):
        evidence = ", ".join(row.get("evidence", ())) or "none"
        lines += ["", f"{row['id']}  [{row['coverage']}]", f"  {row['title']}", f"  evidence: {evidence}"]
        lines += [f"  {row['why']}"] if row.get("why") else []
        lines += [] if row.get("verified", True) else ["  general knowledge: the document was not read"]
    return lines


def render_timeline(rows: Sequence[Json], jurisdiction: str) -> str:
    """What begins and ends when, oldest first."""
    lines = [f"{jurisdiction}: what begins and ends when"]
    for row in rows:
        state = "" if row["state"] in ("", "in-force") else f" ({row['state']})"
        kind = f"{row['effect']}, {row['force']}{state}: " if row["effect"] else ""
        lines.append(f"{row['on']}  {row['what']:16} {row['id']:36} {kind}{row['says']}")
    return "\n".join(lines)


def render_coverage(rows: Sequence[Json]) -> str:
    """Events coded, left out with reason, missing."""
    lines = [f"{'':4} {'events':>6} {'coded':>6} {'left out':>9} {'missing':>8}"]
    for row in rows:
        counts = f"{row['events']:6} {len(row['coded']):6} {len(row['not_encoded']):9} {len(row['missing']):8}"
        lines.append(f"{row['jurisdiction']:4} {counts}  {', '.join(row['missing'])}".rstrip())
        lines += [f"       {event}: {reason}" for event, reason in row["not_encoded"].items()]
    total = [
        sum(row["events"] for row in rows),
        *(sum(len(row[k]) for row in rows) for k in ("coded", "not_encoded", "missing")),
    ]
    lines.append(f"{'all':4} {total[0]:6} {total[1]:6} {total[2]:9} {total[3]:8}")
    return "\n".join(lines)


def render_due(rows: Sequence[Json]) -> str:
    """Rules by age of the last reading of their sources."""
    lines = []
    for row in rows:
        age = "never read" if row["days"] is None else f"{row['days']} days ago"
        unread = (
            f"  ({len(row['unread'])} of {len(row['urls'])} sources not read)"
            if row["unread"] and row["last_read"]
            else ""
        )
        lines.append(f"{row['last_read'] or '-':10}  {age:14} {row['id']}{unread}")
    return "\n".join(
        [*lines, f"{len(rows)} rules; {sum(row['days'] is None for row in rows)} rest on sources never read"]
    )


def render_pack_difference(rows: Sequence[Json]) -> str:
    """What changed between two versions of packs."""
    if not rows:
        return "the same law"
    lines: list[str] = []
    for row in rows:
        lines.append(
            f"{row['pack']}: sha256:{row['digest']['old'][:8] or '-'} -> sha256:{row['digest']['new'][:8] or '-'}"
        )
        for kind in ("rules", "classes"):
            lines += [f"  + {name}" for name in row[kind]["came"]] + [f"  - {name}" for name in row[kind]["went"]]
            for name, fields in row[kind]["changed"].items():
                lines.append(f"  ~ {name}")
                lines += [f"      {field}: {pair['old']} -> {pair['new']}" for field, pair in fields.items()]
        if not any(row[kind][what] for kind in ("rules", "classes") for what in ("came", "went", "changed")):
            lines.append("  nothing in rules and classes; sources, instruments or notes differ")
    return "\n".join(lines)
